import { registerEnumType } from 'type-graphql'
import { REASONS } from '../../src/answer/types.ts'
import type { Freshness, Quality, Reason, TableColumn } from '../../src/answer/types.ts'
import { DATE_PARTS, GRAINS } from '../../src/base/grain.ts'
import type { DatePart, Grain } from '../../src/base/grain.ts'
import { PERIOD_PRESETS } from '../../src/base/period.ts'
import type { PeriodPreset } from '../../src/base/period.ts'
import { CATEGORIES, DIMENSION_KINDS, FRAMEWORKS, FUNNEL_ORDERS, LIFECYCLE_STATES, MOVEMENT_COMPONENTS, RETENTION_MODES, STAGES, UNITS } from '../../src/model/types.ts'
import type { CompanyStage, DimensionKind, Framework, FunnelOrder, LifecycleState, Metric, MetricCategory, MovementComponent, RetentionMode, Unit } from '../../src/model/types.ts'
import { VERDICTS } from '../../src/model/verdict.ts'
import type { Verdict } from '../../src/model/verdict.ts'
import { COHORT_MOMENTS } from '../../src/plan/ask.ts'
import type { CohortMoment } from '../../src/plan/ask.ts'

/** An enum object for type-graphql: GraphQL names in upper case, our own values inside. */
function upperCase<T extends string>(values: readonly T[]): Readonly<Record<string, T>> {
  return Object.fromEntries(values.map((value) => [value.toUpperCase(), value]))
}

/** Makes an enum known to GraphQL. */
export function register<T extends string>(name: string, description: string, values: readonly T[], describe?: Readonly<Partial<Record<T, string>>>): Readonly<Record<string, T>> {
  const members = upperCase(values)
  const valuesConfig = Object.fromEntries(Object.entries(members).flatMap(([key, value]) => (describe?.[value] === undefined ? [] : [[key, { description: describe[value] }]])))
  registerEnumType(members, { name, description, valuesConfig })
  return members
}

export const GrainEnum = register<Grain>('Grain', 'The size of time buckets. Buckets are half-open local-calendar spans of the time zone asked; a period that cuts one yields it with its true bounds.', GRAINS, {
  week: 'Begins on Monday unless the model’s calendar says otherwise.',
  quarter: 'Of the fiscal year, if the model’s calendar has one.',
  year: 'The fiscal year, if the model’s calendar has one.',
})

export const DatePartEnum = register<DatePart>('DatePart', 'A part of the local date by which rows are grouped, so that all Mondays come together.', DATE_PARTS, {
  hour_of_day: '0 to 23.',
  day_of_week: 'ISO: Monday is 1, Sunday 7.',
  day_of_month: '1 to 31.',
  week_of_year: 'ISO week, 1 to 53.',
  month_of_year: '1 to 12.',
  quarter_of_year: '1 to 4.',
})

export const UnitEnum = register<Unit>('Unit', 'What a metric’s numbers count. It never changes with the question.', UNITS, {
  currency: 'Money in the currency’s major unit (dollars, not cents); `currency` names it.',
  percent: '0 to 100, not 0 to 1.',
  count: 'Whole things.',
  ratio: 'A plain quotient.',
  duration: 'Seconds.',
  score: 'Points on the metric’s own scale.',
})

export const DataQualityEnum = register<Quality>('DataQuality', 'Where a number comes from.', ['ACTUAL', 'ESTIMATED', 'INSUFFICIENT_DATA'], {
  ACTUAL: 'Computed from data.',
  ESTIMATED: 'Computed with assumptions, which are spelled out. Never given unasked.',
  INSUFFICIENT_DATA: 'There is no number: see `reason` and `remedy`.',
})

const REASON_TEXTS = {
  NO_ROWS: 'No row of the source fell into the slice and the period.',
  DIVISION_BY_ZERO: 'The denominator is zero.',
  DIMENSION_NOT_AVAILABLE: 'The metric cannot be sliced by a dimension asked: no path of joins leads there. The filter is never ignored.',
  SOURCE_MISSING: 'No source that holds the metric’s data is configured.',
  SOURCE_FAILED: 'The source did not answer.',
  WINDOW_NOT_COVERED: 'The data does not reach far enough back for the window.',
  BEFORE_FIRST_DATA: 'The period lies before the first data.',
  AFTER_WATERMARK: 'The period lies beyond what the source is known to hold.',
  BACKFILLING: 'The first reading of a synced table goes on, and what the value needs has not been read yet.',
  MIXED_CURRENCIES: 'Amounts in several currencies are never added up.',
  OVERFLOW: 'The number is too large to represent.',
  COSTS_NOT_RECORDED: 'No source holds the costs that the metric needs.',
  REVENUE_NOT_RECORDED: 'No source holds the revenue that the metric needs.',
  EVENTS_NOT_TRACKED: 'No source tracks the events that the metric needs.',
  SURVEYS_NOT_TRACKED: 'No source holds the surveys that the metric needs.',
  PERIOD_CUTS_FACTS: 'The period cuts facts that are kept by whole month (or other grain); they are never prorated.',
  PERIOD_CUTS_RATE: 'The period cuts a base period of the rate: a monthly rate needs whole months. Only the running one may be unfinished.',
  NOT_ADDITIVE: 'Values of shorter periods, such as different users of days, do not add up to one of this period, and none is recorded for it.',
  EXCHANGE_RATE_MISSING: 'An amount has no exchange rate on or before its day.',
} as const satisfies Record<Reason, string>
export const ReasonEnum = register<Reason>('Reason', 'Why there is no number. Branch on this; `remedy` is for people.', REASONS, REASON_TEXTS)

export const FreshnessEnum = register<Freshness>('Freshness', 'How fresh an answer must be.', ['CACHED_OK', 'REVALIDATE', 'NO_CACHE'], {
  CACHED_OK: 'Cached data is fine within the source’s time to live. A new version of the data never serves old values.',
  REVALIDATE: 'Look at the versions of the data now; use the cache where they are unchanged.',
  NO_CACHE: 'Read everything again.',
})

export const SortOrderEnum = register<'ASC' | 'DESC'>('SortOrder', 'Ties are broken by the dimension’s value; nulls come last.', ['ASC', 'DESC'])

export const PeriodPresetEnum = register<PeriodPreset>(
  'PeriodPreset',
  'Periods by name, counted from the present of the sources in the time zone asked. THIS_* is the whole calendar period, its future too; *_TO_DATE ends now; LAST_n_* leaves the present day or month out.',
  PERIOD_PRESETS,
)

export const ComparisonPresetEnum = register<'previous_period' | 'same_period_last_year'>('ComparisonPreset', 'What a period is compared with.', ['previous_period', 'same_period_last_year'], {
  previous_period: 'Of a calendar month (quarter, year, week, day) the calendar one before; otherwise the equal length just before. A running period is compared with the same elapsed part.',
  same_period_last_year: 'The same local dates a year before; whole weeks stay whole weeks. A running period is compared with the same elapsed part.',
})

export const MetricCategoryEnum = register<MetricCategory>('MetricCategory', 'What a metric is about.', CATEGORIES)
export const FrameworkEnum = register<Framework>('Framework', 'Sets of metrics known by name.', FRAMEWORKS, {
  AARRR: 'Acquisition, activation, retention, referral, revenue.',
  HEART: 'Happiness, engagement, adoption, retention, task success.',
})
export const CompanyStageEnum = register<CompanyStage>('CompanyStage', 'The stage of a company in which a metric matters most.', STAGES)
export const DimensionKindEnum = register<DimensionKind>('DimensionKind', 'How the values of a dimension behave, and which filter `Where` has for it.', DIMENSION_KINDS, {
  date: 'A local date; never shifts with the time zone.',
  timestamp: 'An instant; shown and cut in the time zone asked.',
})
export const DirectionEnum = register<NonNullable<Metric['direction']>>('Direction', 'Which way is good.', ['higher_is_better', 'lower_is_better'])

export const ColumnRoleEnum = register<TableColumn['role']>('ColumnRole', 'What a column of a table holds.', ['dimension', 'metric', 'comparison', 'currency'], {
  comparison: 'A metric in the period compared with.',
  currency: 'ISO 4217 of the amounts in the column before it.',
})
export const ColumnTypeEnum = register<DimensionKind | 'number'>('ColumnType', 'The type of a column’s values.', [...DIMENSION_KINDS, 'number'])

export const VerdictEnum = register<Verdict>('Verdict', 'Where a value stands by a benchmark.', VERDICTS)

export const CohortMomentEnum = register<CohortMoment>('CohortMoment', 'When membership of cohorts is decided.', COHORT_MOMENTS, {
  period_end: 'At the end of the period asked, or now if that is earlier. A comparison takes the membership of its own period.',
  now: 'At the present of the sources.',
  each_bucket: 'Anew at the end of every bucket of a series.',
})

export const LifecycleStateEnum = register<LifecycleState>('LifecycleState', 'By an activity and a window of some length: the five states part everyone who ever did it.', LIFECYCLE_STATES, {
  new: 'Did it for the first time within the window.',
  active: 'Did it within the window and within the one before, and was not new.',
  resurrected: 'Did it within the window, not within the one before, and earlier than that.',
  dormant: 'Did it within the window before, not since.',
  churned: 'Did it once, but neither within the window nor within the one before.',
})

export const MovementComponentEnum = register<MovementComponent>('MovementComponent', 'What a stock that is followed by customer and day is made of. Start + new + expansion + reactivation + entering + fx − contraction − churned − leaving = end.', MOVEMENT_COMPONENTS, {
  entering_segment: 'Customers who paid before, outside the slice.',
  leaving_segment: 'Customers who pay on, outside the slice.',
  fx: 'What changed because exchange rates did.',
  net: 'End less start.',
})

export const RetentionModeEnum = register<RetentionMode>('RetentionMode', 'When someone counts as retained in a period.', RETENTION_MODES, {
  bounded: 'Active in that very period.',
  unbounded: 'Active in that or any later period.',
  bracket: 'Active in any period of a range; see `brackets`.',
})

export const RetentionClockEnum = register<'calendar' | 'hours_24'>('RetentionClock', 'How periods after the start are counted.', ['calendar', 'hours_24'], {
  calendar: 'Calendar units of the time zone asked: day 1 is the day after.',
  hours_24: 'Spans of 24 hours since the very moment of the start.',
})

export const FunnelOrderEnum = register<FunnelOrder>('FunnelOrder', 'How the steps of a funnel follow each other.', FUNNEL_ORDERS, {
  ordered: 'Each step after the one before, whatever else happens between.',
  strict: 'No other step between two.',
  unordered: 'All steps within the window, in any order.',
})
