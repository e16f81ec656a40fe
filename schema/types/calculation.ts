import { Field, Float, ObjectType } from 'type-graphql'
import type { Unit } from '../../src/model/types.ts'
import { DecimalScalar } from '../scalars.ts'
import { BenchmarkType } from './benchmark.ts'
import { UnitEnum } from './enums.ts'

@ObjectType('Calculation', { simpleResolvers: true, description: 'A metric worked out of the numbers given; no source is read. Formula, unit, interpretation and benchmark are those of the standard metric.' })
export class CalculationType {
  @Field(() => String, { description: 'Of the standard metric.' })
  readonly label!: string

  @Field(() => Float, { description: 'In the unit; percentages are 0–100, durations seconds, money in the major unit.' })
  readonly value!: number

  @Field(() => DecimalScalar, { nullable: true, description: 'The same with every digit; null for quotients, which have none.' })
  readonly exact!: string | null

  @Field(() => UnitEnum)
  readonly unit!: Unit

  @Field(() => String, { nullable: true, description: 'ISO 4217, as named in the input; null where none is, and for what is no money.' })
  readonly currency!: string | null

  @Field(() => String, { description: 'For people: rounded, with unit. Never calculate with it.' })
  readonly formatted!: string

  @Field(() => String, { nullable: true, description: 'In words.' })
  readonly formula!: string | null

  @Field(() => String, { nullable: true, description: 'How to read the number.' })
  readonly interpretation!: string | null

  @Field(() => BenchmarkType, { nullable: true })
  readonly benchmark!: BenchmarkType | null
}
