import { Field, ID, InputType, Int } from 'type-graphql'
import type { Grain } from '../../src/base/grain.ts'
import type { LifecycleState } from '../../src/model/types.ts'
import { CohortName, EntityName, MetricName, Where } from '../placeholders.ts'
import { DurationScalar } from '../scalars.ts'
import type { Interval } from '../../src/model/interval.ts'
import { GrainEnum, LifecycleStateEnum } from './enums.ts'
import { BetweenInput } from './inputs.ts'

const ENTITY_TEXT = 'What the members are.'

@InputType({ description: 'Something that happens to, or holds for, an entity: the rows that a simple metric counts or adds up.' })
export class ActivityInput {
  @Field(() => MetricName, { description: 'A simple metric; one taken as of a moment (active subscriptions) holds over time, any other happens.' })
  readonly metric!: string

  @Field(() => Where, { nullable: true, description: 'Rows of it that count; without it all.' })
  readonly where?: unknown
}

@InputType({ description: 'The span that ends at the moment of membership.' })
export class TrailingInput {
  @Field(() => Int, { description: '1 to 10,000; at most 100 years.' })
  readonly count!: number

  @Field(() => GrainEnum)
  readonly unit!: Grain
}

@InputType({ description: 'When it may have happened; exactly one of its fields.' })
export class WindowInput {
  @Field(() => TrailingInput, { nullable: true, description: '`{last: {count: 28, unit: DAY}}`: the 28 days that end when membership is decided.' })
  readonly last?: TrailingInput | null

  @Field(() => BetweenInput, { nullable: true })
  readonly between?: BetweenInput | null
}

@InputType({ description: 'Who has an attribute.' })
export class AttributeCohortInput {
  @Field(() => EntityName, { description: ENTITY_TEXT })
  readonly entity!: string

  @Field(() => Where, { description: 'Of the entity’s own table, or what it is joined to.' })
  readonly where!: unknown
}

@InputType({ description: 'Who did, or did not do, something some number of times.' })
export class BehaviorInput {
  @Field(() => EntityName, { description: ENTITY_TEXT })
  readonly entity!: string

  @Field(() => ActivityInput)
  readonly activity!: ActivityInput

  @Field(() => Int, { nullable: true, description: '1 if neither bound is given.' })
  readonly atLeast?: number | null

  @Field(() => Int, { nullable: true, description: '0 asks for those who did not do it.' })
  readonly atMost?: number | null

  @Field(() => WindowInput, { nullable: true, description: 'Ever before, if not given.' })
  readonly window?: WindowInput | null
}

@InputType({ description: 'Who did several things in this order.' })
export class SequenceInput {
  @Field(() => EntityName, { description: ENTITY_TEXT })
  readonly entity!: string

  @Field(() => [ActivityInput], { description: '2 to 10.' })
  readonly steps!: readonly ActivityInput[]

  @Field(() => DurationScalar, { nullable: true, description: 'From the first to the last, at most 100 years; as long as it takes if not given.' })
  readonly within?: Interval | null

  @Field(() => WindowInput, { nullable: true, description: 'Ever before, if not given.' })
  readonly window?: WindowInput | null
}

@InputType({ description: 'Who did something for the first time in a window.' })
export class AcquiredInput {
  @Field(() => EntityName, { description: ENTITY_TEXT })
  readonly entity!: string

  @Field(() => ActivityInput)
  readonly activity!: ActivityInput

  @Field(() => WindowInput)
  readonly window!: WindowInput
}

@InputType({ description: 'Who is in a state of the lifecycle.' })
export class LifecycleInput {
  @Field(() => EntityName, { description: ENTITY_TEXT })
  readonly entity!: string

  @Field(() => LifecycleStateEnum)
  readonly state!: LifecycleState

  @Field(() => ActivityInput)
  readonly activity!: ActivityInput

  @Field(() => DurationScalar, { description: 'Length of the window, at most 100 years: "28 days".' })
  readonly window!: Interval
}

@InputType({ description: 'Who is on a list.' })
export class IdListInput {
  @Field(() => EntityName, { description: ENTITY_TEXT })
  readonly entity!: string

  @Field(() => [ID], { description: 'Keys as the source writes them, at most 10,000; upload longer lists.' })
  readonly ids!: readonly string[]
}

@InputType({ description: 'A cohort composed in the query; exactly one of its fields.' })
export class CohortInput {
  @Field(() => CohortName, { nullable: true, description: 'One of the model’s.' })
  readonly name?: string | null

  @Field(() => ID, { nullable: true, description: 'One that was saved or uploaded.' })
  readonly saved?: string | null

  @Field(() => AttributeCohortInput, { nullable: true })
  readonly attribute?: AttributeCohortInput | null

  @Field(() => BehaviorInput, { nullable: true })
  readonly behavior?: BehaviorInput | null

  @Field(() => SequenceInput, { nullable: true })
  readonly sequence?: SequenceInput | null

  @Field(() => AcquiredInput, { nullable: true })
  readonly acquired?: AcquiredInput | null

  @Field(() => LifecycleInput, { nullable: true })
  readonly lifecycle?: LifecycleInput | null

  @Field(() => IdListInput, { nullable: true })
  readonly ids?: IdListInput | null

  @Field(() => [CohortInput], { nullable: true, description: 'Union: members of any of these.' })
  readonly anyOf?: readonly CohortInput[] | null

  @Field(() => [CohortInput], { nullable: true, description: 'Intersection: members of all of these.' })
  readonly allOf?: readonly CohortInput[] | null

  @Field(() => [CohortInput], { nullable: true, description: 'Difference: members of the first and of none of the others.' })
  readonly difference?: readonly CohortInput[] | null
}
