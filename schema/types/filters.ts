import { Field, InputType } from 'type-graphql'
import type { PeriodPreset } from '../../src/base/period.ts'
import { CohortName } from '../placeholders.ts'
import { NumberScalar } from '../scalars.ts'
import { CohortInput } from './cohort-inputs.ts'
import { PeriodPresetEnum } from './enums.ts'
import { BetweenInput, LastInput } from './inputs.ts'

const NE = 'Everything but this value, rows without a value included: `ne` is the exact complement of `eq`.'
const NOT_IN = 'Everything but these values, rows without a value included.'
const IN = 'Any of these values; an empty list keeps nothing.'
const IS_NULL = 'true keeps the rows without a value, false those with one.'

@InputType({ description: 'Tests of a text; all that are given must hold. A row without a value meets none but `ne`, `notIn` and `isNull`.' })
export class StringFilter {
  @Field(() => String, { nullable: true })
  readonly eq?: string | null

  @Field(() => String, { nullable: true, description: NE })
  readonly ne?: string | null

  @Field(() => [String], { nullable: true, description: IN })
  readonly in?: readonly string[] | null

  @Field(() => [String], { nullable: true, description: NOT_IN })
  readonly notIn?: readonly string[] | null

  @Field(() => String, { nullable: true, description: 'Taken literally: no wildcards.' })
  readonly contains?: string | null

  @Field(() => String, { nullable: true, description: 'Taken literally: no wildcards.' })
  readonly startsWith?: string | null

  @Field(() => String, { nullable: true, description: 'Taken literally: no wildcards.' })
  readonly endsWith?: string | null

  @Field(() => Boolean, { nullable: true, description: IS_NULL })
  readonly isNull?: boolean | null

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Ignores upper and lower case in every test beside it.' })
  readonly caseInsensitive?: boolean | null
}

@InputType({ description: 'From and to, both belong to it.' })
export class NumberRange {
  @Field(() => NumberScalar)
  readonly from!: number | string

  @Field(() => NumberScalar)
  readonly to!: number | string
}

@InputType({ description: 'Tests of a number; all that are given must hold. A row without a value meets none but `ne`, `notIn` and `isNull`.' })
export class NumberFilter {
  @Field(() => NumberScalar, { nullable: true })
  readonly eq?: number | string | null

  @Field(() => NumberScalar, { nullable: true, description: NE })
  readonly ne?: number | string | null

  @Field(() => NumberScalar, { nullable: true })
  readonly gt?: number | string | null

  @Field(() => NumberScalar, { nullable: true })
  readonly gte?: number | string | null

  @Field(() => NumberScalar, { nullable: true })
  readonly lt?: number | string | null

  @Field(() => NumberScalar, { nullable: true })
  readonly lte?: number | string | null

  @Field(() => NumberRange, { nullable: true, description: 'Inclusive at both ends.' })
  readonly between?: NumberRange | null

  @Field(() => [NumberScalar], { nullable: true, description: IN })
  readonly in?: readonly (number | string)[] | null

  @Field(() => [NumberScalar], { nullable: true, description: NOT_IN })
  readonly notIn?: readonly (number | string)[] | null

  @Field(() => Boolean, { nullable: true, description: IS_NULL })
  readonly isNull?: boolean | null
}

const DAY = 'On a dimension of instants a date is its whole local day in the time zone asked; a datetime without an offset is a wall clock there. On a dimension of dates only dates are taken.'

@InputType({ description: `Tests of a date or instant, as ISO 8601 text or relative to the present of the sources; all that are given must hold. ${DAY} A row without a value meets none but \`ne\`, \`notIn\` and \`isNull\`.` })
export class DateFilter {
  @Field(() => String, { nullable: true })
  readonly eq?: string | null

  @Field(() => String, { nullable: true, description: NE })
  readonly ne?: string | null

  @Field(() => String, { nullable: true, description: 'After it; after the whole day, where a date is given.' })
  readonly gt?: string | null

  @Field(() => String, { nullable: true })
  readonly gte?: string | null

  @Field(() => String, { nullable: true })
  readonly lt?: string | null

  @Field(() => String, { nullable: true, description: 'Up to it; through the whole day, where a date is given.' })
  readonly lte?: string | null

  @Field(() => BetweenInput, { nullable: true, description: 'Half-open: the end does not belong to it.' })
  readonly between?: BetweenInput | null

  @Field(() => LastInput, { nullable: true, description: '`{last: {count: 30, unit: DAY}}`' })
  readonly last?: LastInput | null

  @Field(() => PeriodPresetEnum, { nullable: true })
  readonly preset?: PeriodPreset | null

  @Field(() => [String], { nullable: true, description: IN })
  readonly in?: readonly string[] | null

  @Field(() => [String], { nullable: true, description: NOT_IN })
  readonly notIn?: readonly string[] | null

  @Field(() => Boolean, { nullable: true, description: IS_NULL })
  readonly isNull?: boolean | null
}

@InputType({ description: 'Tests of a yes or no; all that are given must hold.' })
export class BooleanFilter {
  @Field(() => Boolean, { nullable: true })
  readonly eq?: boolean | null

  @Field(() => Boolean, { nullable: true, description: NE })
  readonly ne?: boolean | null

  @Field(() => Boolean, { nullable: true, description: IS_NULL })
  readonly isNull?: boolean | null
}

@InputType({ description: 'Membership of cohorts as at the end of the period; all tests given must hold.' })
export class CohortFilter {
  @Field(() => [CohortName], { nullable: true, description: 'Members of any of these; an empty list keeps nothing. For members of all, use `and` or the argument `cohorts`.' })
  readonly in?: readonly string[] | null

  @Field(() => [CohortName], { nullable: true, description: 'Members of none of these.' })
  readonly notIn?: readonly string[] | null

  @Field(() => CohortInput, { nullable: true, description: 'Members of a cohort composed here.' })
  readonly is?: CohortInput | null
}
