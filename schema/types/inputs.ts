import { Field, Float, InputType, Int } from 'type-graphql'
import type { DatePart, Grain } from '../../src/base/grain.ts'
import type { PeriodPreset } from '../../src/base/period.ts'
import { CohortName, DimensionName, MetricName, Where } from '../placeholders.ts'
import { TimeZoneScalar } from '../scalars.ts'
import type { CohortMoment } from '../../src/plan/ask.ts'
import { CohortMomentEnum, ComparisonPresetEnum, DatePartEnum, GrainEnum, PeriodPresetEnum, SortOrderEnum } from './enums.ts'

export const ESTIMATES_TEXT = 'Fills what is missing with the estimates of the model. Whatever rests on one is ESTIMATED, and its `assumptions` say on what.'
export const AS_OF_TEXT = 'When membership of cohorts is decided.'

@InputType({ description: 'The last `count` calendar units before the present one. Counted from the present of the sources, in the time zone asked.' })
export class LastInput {
  @Field(() => Int, { description: '1 to 10,000.' })
  readonly count!: number

  @Field(() => GrainEnum)
  readonly unit!: Grain

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Ends with the present unit, which is still open, instead of the one before.' })
  readonly includeCurrent?: boolean | null
}

@InputType({ description: 'Half-open: `start` belongs to it, `end` does not. One day ends where the next begins.' })
export class BetweenInput {
  @Field(() => String, { description: 'ISO 8601 date (its local midnight) or datetime; without an offset it is a wall clock of the time zone asked.' })
  readonly start!: string

  @Field(() => String, { description: 'ISO 8601 date or datetime; the first moment that no longer belongs to it.' })
  readonly end!: string
}

@InputType({ description: 'A span of time; exactly one of its fields.' })
export class PeriodInput {
  @Field(() => LastInput, { nullable: true, description: '`{last: {count: 30, unit: DAY}}`' })
  readonly last?: LastInput | null

  @Field(() => BetweenInput, { nullable: true, description: '`{between: {start: "2026-01-01", end: "2026-04-01"}}` is the first quarter.' })
  readonly between?: BetweenInput | null

  @Field(() => PeriodPresetEnum, { nullable: true, description: '`{preset: THIS_MONTH}`' })
  readonly preset?: PeriodPreset | null
}

@InputType({ description: 'What to compare with; exactly one of its fields.' })
export class ComparisonInput {
  @Field(() => ComparisonPresetEnum, { nullable: true })
  readonly preset?: 'previous_period' | 'same_period_last_year' | null

  @Field(() => PeriodInput, { nullable: true, description: 'Any period, taken as it is.' })
  readonly period?: PeriodInput | null
}

@InputType({ description: 'One slice of a list.' })
export class SliceInput {
  @Field(() => String, { nullable: true, description: 'Comes back as `Slice.key`, to tell the slices of a list apart.' })
  readonly key?: string | null

  @Field(() => PeriodInput)
  readonly period!: PeriodInput

  @Field(() => Where, { nullable: true, description: 'Rows to keep; without it all.' })
  readonly where?: unknown

  @Field(() => [CohortName], { nullable: true, description: 'Members of all of these cohorts.' })
  readonly cohorts?: readonly string[] | null

  @Field(() => TimeZoneScalar, { nullable: true, description: 'UTC if not given.' })
  readonly timezone?: string | null

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: ESTIMATES_TEXT })
  readonly allowEstimates?: boolean | null

  @Field(() => CohortMomentEnum, { nullable: true, defaultValue: 'period_end', description: AS_OF_TEXT })
  readonly cohortsAsOf?: CohortMoment | null
}

@InputType({ description: 'What rows are grouped by: a dimension, or one row for each of some cohorts. Dates and times need a grain or a part.' })
export class GroupBy {
  @Field(() => DimensionName, { nullable: true, description: 'PERIOD is each metric’s own time. Rows without a value are a group of their own (null).' })
  readonly dimension?: string | null

  @Field(() => GrainEnum, { nullable: true, description: 'For PERIOD and other dates and times: rows by bucket, `{dimension: PERIOD, grain: MONTH}`. Column `period_month`.' })
  readonly grain?: Grain | null

  @Field(() => DatePartEnum, { nullable: true, description: 'For PERIOD and other dates and times: rows by a part of the local date. Column `period_day_of_week`.' })
  readonly datePart?: DatePart | null

  @Field(() => [CohortName], { nullable: true, description: 'A row for each cohort; cohorts may overlap. Column `cohort`.' })
  readonly cohorts?: readonly string[] | null
}

@InputType({ description: 'Keeps the rows whose metric meets every test given; a row without a number meets none.' })
export class MetricCondition {
  @Field(() => MetricName, { description: 'One of the metrics asked.' })
  readonly metric!: string

  @Field(() => Float, { nullable: true })
  readonly gt?: number | null

  @Field(() => Float, { nullable: true })
  readonly gte?: number | null

  @Field(() => Float, { nullable: true })
  readonly lt?: number | null

  @Field(() => Float, { nullable: true })
  readonly lte?: number | null

  @Field(() => Float, { nullable: true })
  readonly eq?: number | null

  @Field(() => Float, { nullable: true })
  readonly ne?: number | null
}

@InputType({ description: 'A column to order by: a metric asked, or any column by its name. Rows that are equal keep the order of their dimensions.' })
export class OrderBy {
  @Field(() => MetricName, { nullable: true })
  readonly metric?: string | null

  @Field(() => String, { nullable: true, description: 'The name of a column: `country`, `period_month`, `cohort`.' })
  readonly column?: string | null

  @Field(() => SortOrderEnum, { nullable: true, defaultValue: 'ASC' })
  readonly direction?: 'ASC' | 'DESC' | null
}
