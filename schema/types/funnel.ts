import { Field, Float, InputType, ObjectType } from 'type-graphql'
import type { Reason } from '../../src/answer/types.ts'
import { EntityName, MetricName, Where } from '../placeholders.ts'
import { DateTimeScalar, LongScalar, ValueScalar } from '../scalars.ts'
import { ReasonEnum } from './enums.ts'
import { AS_OF_TEXT, REMEDY_TEXT, STALE_TEXT } from './metric-value.ts'
import { ResolvedPeriod } from './slice.ts'

@InputType({ description: 'One step of a funnel: the rows of a simple metric.' })
export class FunnelStepInput {
  @Field(() => MetricName, { description: 'A simple metric whose rows are the step.' })
  readonly metric!: string

  @Field(() => Where, { nullable: true, description: 'Rows of it that count; without it all.' })
  readonly where?: unknown

  @Field(() => String, { nullable: true, description: 'What the step is called; the label of its metric if not given.' })
  readonly label?: string | null
}

@ObjectType({ simpleResolvers: true, description: 'How many got to a step.' })
export class FunnelStepType {
  @Field(() => String)
  readonly label!: string

  @Field(() => MetricName)
  readonly metric!: string

  @Field(() => LongScalar, { description: 'Entities that took it and every step before.' })
  readonly count!: number

  @Field(() => Float, { nullable: true, description: 'Of those of the first step, 0–100.' })
  readonly conversion!: number | null

  @Field(() => Float, { nullable: true, description: 'Of those of the step before, 0–100; null for the first.' })
  readonly fromPrevious!: number | null

  @Field(() => Float, { nullable: true, description: 'Seconds since the step before: half of them took no longer.' })
  readonly medianSeconds!: number | null
}

@ObjectType({ simpleResolvers: true, description: 'A funnel of one value of a dimension, or of all.' })
export class FunnelGroup {
  @Field(() => ValueScalar, { nullable: true, description: 'Null for rows without a value, and where nothing was asked by.' })
  readonly value!: string | number | boolean | null

  @Field(() => [FunnelStepType])
  readonly steps!: readonly FunnelStepType[]

  @Field(() => Float, { nullable: true, description: 'From the first step to the last, 0–100; null where nobody took the first.' })
  readonly conversion!: number | null
}

@ObjectType('Funnel', { simpleResolvers: true, description: 'Entities on their way through steps. The first step lies in the period.' })
export class FunnelType {
  @Field(() => EntityName)
  readonly entity!: string

  @Field(() => ResolvedPeriod)
  readonly period!: ResolvedPeriod

  @Field(() => [FunnelGroup], { description: 'One without a dimension; the largest first with one.' })
  readonly groups!: readonly FunnelGroup[]

  @Field(() => Boolean, { description: 'Some of the entities may still go on.' })
  readonly partial!: boolean

  @Field(() => DateTimeScalar, { description: AS_OF_TEXT })
  readonly asOf!: string

  @Field(() => Boolean, { description: STALE_TEXT })
  readonly stale!: boolean

  @Field(() => ReasonEnum, { nullable: true, description: 'Why there is no funnel; null where there is one.' })
  readonly reason!: Reason | null

  @Field(() => String, { nullable: true, description: REMEDY_TEXT })
  readonly remedy!: string | null
}
