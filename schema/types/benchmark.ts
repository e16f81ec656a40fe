import { Field, Float, ObjectType } from 'type-graphql'
import type { Verdict } from '../../src/model/verdict.ts'
import { VerdictEnum } from './enums.ts'

const BOUND_TEXT = 'In the metric’s unit; null where there is no such bound.'

@ObjectType('Benchmark', { simpleResolvers: true, description: 'What others reach, and where this value stands.' })
export class BenchmarkType {
  @Field(() => String)
  readonly text!: string

  @Field(() => Float, { nullable: true, description: BOUND_TEXT })
  readonly excellent!: number | null

  @Field(() => Float, { nullable: true, description: BOUND_TEXT })
  readonly good!: number | null

  @Field(() => Float, { nullable: true, description: BOUND_TEXT })
  readonly acceptable!: number | null

  @Field(() => String, { nullable: true, description: 'Who says so.' })
  readonly source!: string | null

  @Field(() => VerdictEnum, { nullable: true, description: 'By the metric’s direction and these bounds; null without a value, and where the bounds do not judge it.' })
  readonly verdict!: Verdict | null

  @Field(() => String, { nullable: true, description: 'The verdict with its bounds: "Acceptable (5–7 %)".' })
  readonly verdictText!: string | null
}
