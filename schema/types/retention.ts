import { Field, Float, Int, ObjectType } from 'type-graphql'
import type { Reason } from '../../src/answer/types.ts'
import { DateTimeScalar, LongScalar } from '../scalars.ts'
import { ReasonEnum } from './enums.ts'
import { AS_OF_TEXT, REMEDY_TEXT, STALE_TEXT } from './metric-value.ts'

const TO_TEXT = 'Last period of the range; the same as `period` but for brackets, null where the range is open.'

@ObjectType({ simpleResolvers: true, description: 'One cell of a retention matrix.' })
export class RetentionCell {
  @Field(() => Int, { description: 'Periods since the start; of a bracket the first.' })
  readonly period!: number

  @Field(() => Int, { nullable: true, description: TO_TEXT })
  readonly to!: number | null

  @Field(() => LongScalar, { nullable: true, description: 'Entities active then; null while nothing of it has elapsed, and in rows outside the data.' })
  readonly active!: number | null

  @Field(() => Float, { nullable: true, description: 'Active ÷ size, 0–100.' })
  readonly rate!: number | null

  @Field(() => Boolean, { description: 'It has elapsed for every entity of the row, by the clock and by the data.' })
  readonly complete!: boolean
}

@ObjectType({ simpleResolvers: true, description: 'The entities that started in one bucket.' })
export class RetentionRow {
  @Field(() => DateTimeScalar, { description: 'First moment of the bucket of starts.' })
  readonly cohortStart!: string

  @Field(() => DateTimeScalar, { description: 'The first moment that no longer belongs to it.' })
  readonly cohortEnd!: string

  @Field(() => LongScalar, { nullable: true, description: 'Null where the bucket lies outside the data: before its first row, or not begun yet.' })
  readonly size!: number | null

  @Field(() => [RetentionCell])
  readonly cells!: readonly RetentionCell[]

  @Field(() => ReasonEnum, { nullable: true, description: 'Why there is no size; null where there is one.' })
  readonly reason!: Reason | null

  @Field(() => String, { nullable: true, description: REMEDY_TEXT })
  readonly remedy!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'A rate over all rows whose cell is complete, weighted by their sizes.' })
export class RetentionAverage {
  @Field(() => Int)
  readonly period!: number

  @Field(() => Int, { nullable: true, description: TO_TEXT })
  readonly to!: number | null

  @Field(() => Float, { nullable: true, description: '0–100; null where no row is complete.' })
  readonly rate!: number | null

  @Field(() => LongScalar, { description: 'Entities of the rows it speaks of.' })
  readonly size!: number
}

@ObjectType({ simpleResolvers: true, description: 'Who came back, by when they started. Period 0 is 100 % where start and activity are the same.' })
export class Retention {
  @Field(() => [RetentionRow])
  readonly rows!: readonly RetentionRow[]

  @Field(() => [RetentionAverage])
  readonly average!: readonly RetentionAverage[]

  @Field(() => DateTimeScalar, { description: AS_OF_TEXT })
  readonly asOf!: string

  @Field(() => Boolean, { description: STALE_TEXT })
  readonly stale!: boolean

  @Field(() => ReasonEnum, { nullable: true, description: 'Why there is no matrix; null where there is one.' })
  readonly reason!: Reason | null

  @Field(() => String, { nullable: true, description: REMEDY_TEXT })
  readonly remedy!: string | null
}
