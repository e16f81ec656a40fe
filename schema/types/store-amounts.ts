import { Field, ID, InputType, ObjectType } from 'type-graphql'
import type { CostType, RevenueType } from '../../src/store/recorded-amount.ts'
import { DateTimeScalar, DecimalScalar, LongScalar } from '../scalars.ts'
import { PageInfo } from './page-info.ts'
import { CostTypeEnum, RevenueTypeEnum } from './store-enums.ts'

const DATE_TEXT = 'The day it counts on, `YYYY-MM-DD`.'
const AMOUNT_TEXT = 'Positive, in the currency’s major unit; at most 18 digits before and 9 after the point, all of them kept.'
const CURRENCY_TEXT = 'ISO 4217. The model’s own if not given, where it has one only.'
const CHANNEL_TEXT = 'As the model’s dimension of channels writes it.'
const CUSTOMER_TEXT = 'The customer’s key in the data.'

@InputType({ description: 'A cost to record.' })
export class RecordCostInput {
  @Field(() => String, { description: DATE_TEXT })
  readonly date!: string

  @Field(() => CostTypeEnum)
  readonly type!: CostType

  @Field(() => DecimalScalar, { description: AMOUNT_TEXT })
  readonly amount!: string

  @Field(() => String, { nullable: true, description: CURRENCY_TEXT })
  readonly currency?: string | null

  @Field(() => String, { nullable: true, description: CHANNEL_TEXT })
  readonly channel?: string | null

  @Field(() => String, { nullable: true })
  readonly description?: string | null
}

@InputType({ description: 'What to change of a recorded cost; what is left out stays. A null empties `channel` and `description`.' })
export class UpdateCostInput {
  @Field(() => String, { nullable: true, description: DATE_TEXT })
  readonly date?: string | null

  @Field(() => CostTypeEnum, { nullable: true })
  readonly type?: CostType | null

  @Field(() => DecimalScalar, { nullable: true, description: AMOUNT_TEXT })
  readonly amount?: string | null

  @Field(() => String, { nullable: true, description: 'ISO 4217.' })
  readonly currency?: string | null

  @Field(() => String, { nullable: true, description: CHANNEL_TEXT })
  readonly channel?: string | null

  @Field(() => String, { nullable: true })
  readonly description?: string | null
}

@InputType({ description: 'Revenue to record.' })
export class RecordRevenueInput {
  @Field(() => String, { description: DATE_TEXT })
  readonly date!: string

  @Field(() => RevenueTypeEnum)
  readonly type!: RevenueType

  @Field(() => DecimalScalar, { description: AMOUNT_TEXT })
  readonly amount!: string

  @Field(() => String, { nullable: true, description: CURRENCY_TEXT })
  readonly currency?: string | null

  @Field(() => ID, { nullable: true, description: CUSTOMER_TEXT })
  readonly customer?: string | null

  @Field(() => String, { nullable: true, description: CHANNEL_TEXT })
  readonly channel?: string | null

  @Field(() => String, { nullable: true })
  readonly description?: string | null
}

@InputType({ description: 'What to change of recorded revenue; what is left out stays. A null empties `customer`, `channel` and `description`.' })
export class UpdateRevenueInput {
  @Field(() => String, { nullable: true, description: DATE_TEXT })
  readonly date?: string | null

  @Field(() => RevenueTypeEnum, { nullable: true })
  readonly type?: RevenueType | null

  @Field(() => DecimalScalar, { nullable: true, description: AMOUNT_TEXT })
  readonly amount?: string | null

  @Field(() => String, { nullable: true, description: 'ISO 4217.' })
  readonly currency?: string | null

  @Field(() => ID, { nullable: true, description: CUSTOMER_TEXT })
  readonly customer?: string | null

  @Field(() => String, { nullable: true, description: CHANNEL_TEXT })
  readonly channel?: string | null

  @Field(() => String, { nullable: true })
  readonly description?: string | null
}

@ObjectType({ simpleResolvers: true, description: 'A cost that was recorded.' })
export class RecordedCost {
  @Field(() => ID)
  readonly id!: string

  @Field(() => String, { description: DATE_TEXT })
  readonly date!: string

  @Field(() => CostTypeEnum)
  readonly type!: string

  @Field(() => DecimalScalar)
  readonly amount!: string

  @Field(() => String, { description: 'ISO 4217.' })
  readonly currency!: string

  @Field(() => String, { nullable: true })
  readonly channel!: string | null

  @Field(() => String, { nullable: true })
  readonly description!: string | null

  @Field(() => DateTimeScalar)
  readonly createdAt!: string

  @Field(() => DateTimeScalar, { description: 'When it was last corrected.' })
  readonly updatedAt!: string
}

@ObjectType({ simpleResolvers: true, description: 'Revenue that was recorded.' })
export class RecordedRevenue {
  @Field(() => ID)
  readonly id!: string

  @Field(() => String, { description: DATE_TEXT })
  readonly date!: string

  @Field(() => RevenueTypeEnum)
  readonly type!: string

  @Field(() => DecimalScalar)
  readonly amount!: string

  @Field(() => String, { description: 'ISO 4217.' })
  readonly currency!: string

  @Field(() => ID, { nullable: true, description: CUSTOMER_TEXT })
  readonly customer!: string | null

  @Field(() => String, { nullable: true })
  readonly channel!: string | null

  @Field(() => String, { nullable: true })
  readonly description!: string | null

  @Field(() => DateTimeScalar)
  readonly createdAt!: string

  @Field(() => DateTimeScalar, { description: 'When it was last corrected.' })
  readonly updatedAt!: string
}

@ObjectType({ simpleResolvers: true, description: 'All of one currency added up, exactly.' })
export class CurrencyTotalType {
  @Field(() => String, { description: 'ISO 4217.' })
  readonly currency!: string

  @Field(() => DecimalScalar)
  readonly amount!: string

  @Field(() => LongScalar, { description: 'How many amounts.' })
  readonly count!: number
}

@ObjectType({ description: 'A page of recorded costs, newest date first.' })
export class RecordedCosts {
  @Field(() => [RecordedCost], { simple: true })
  readonly records!: readonly RecordedCost[]

  @Field(() => LongScalar, { simple: true, description: 'On all pages.' })
  readonly totalCount!: number

  @Field(() => PageInfo, { simple: true })
  readonly pageInfo!: PageInfo
}

@ObjectType({ description: 'A page of recorded revenue, newest date first.' })
export class RecordedRevenues {
  @Field(() => [RecordedRevenue], { simple: true })
  readonly records!: readonly RecordedRevenue[]

  @Field(() => LongScalar, { simple: true, description: 'On all pages.' })
  readonly totalCount!: number

  @Field(() => PageInfo, { simple: true })
  readonly pageInfo!: PageInfo
}
