import type { Calendar, Grain } from '../base/grain.ts'
import type { ReadOptions } from '../base/read-options.ts'
import type { Formula } from './formula.ts'
import type { Interval } from './interval.ts'
import type { Predicate } from './predicate.ts'

/** The model as loaded and checked: plain frozen data. Everything refers to everything else by name. */
export interface Model {
  /** Hash of the whole definition; clients see it as `definitionVersion`. */
  readonly version: string
  readonly calendar: Calendar
  readonly semanticModels: ReadonlyMap<string, SemanticModel>
  readonly entities: ReadonlyMap<string, Entity>
  /** By public name. */
  readonly dimensions: ReadonlyMap<string, Dimension>
  readonly metrics: ReadonlyMap<string, Metric>
  readonly cohorts: ReadonlyMap<string, Cohort>
  readonly savedQueries: ReadonlyMap<string, SavedQuery>
  readonly exchangeRates: ExchangeRates | null
  readonly rollups: readonly Rollup[]
  readonly tests: readonly ModelTest[]
}

/**
 * Kept beside a table, so that questions need not read it: a row a day or hour, `dimensions` and keys of `entities`, with what the
 * aggregates of `metrics` need (Cube's rollup pre-aggregation).
 */
export interface Rollup {
  readonly name: string
  readonly semanticModel: string
  readonly metrics: readonly string[]
  /** Public names. */
  readonly dimensions: readonly string[]
  /** Their keys are kept, so that they can be counted and joined: exact distinct counts and trailing actives. */
  readonly entities: readonly string[]
  readonly grain: 'day' | 'hour'
  /** IANA; whose local days are kept of times that are no dates. */
  readonly zone: string
}

/** What every part of a model tells people. `enumName` is the GraphQL name (UPPER_SNAKE). */
export interface Named {
  readonly name: string
  readonly enumName: string
  readonly label: string
  readonly description: string | null
}

export interface SemanticModel {
  readonly name: string
  readonly label: string
  readonly description: string | null
  /** A connection of the configuration. */
  readonly source: string
  readonly relation: { readonly table: string } | { readonly sql: string; readonly tables: readonly string[] }
  readonly read: ReadOptions | null
  readonly entities: readonly EntityLink[]
  readonly dimensions: readonly ModelDimension[]
  /** Public name of the time dimension metrics follow unless they name their own. */
  readonly aggTimeDimension: string | null
  /** Rows that are true over an interval `[start, end)`; a null end is still true. Public dimension names. */
  readonly validity: { readonly start: string; readonly end: string | null; readonly endInclusive: boolean } | null
  readonly watermark: { readonly sql: string } | null
  readonly lateArrivalMs: number
  readonly refreshKey: { readonly sql: string } | null
}

export interface EntityLink {
  readonly entity: string
  readonly type: 'primary' | 'unique' | 'foreign'
  /** SQL over the table's columns. */
  readonly expr: string
}

/** How the values of a dimension behave. `date` never shifts zones; `timestamp` is an instant or a wall clock with a declared zone. */
export const DIMENSION_KINDS = ['text', 'integer', 'decimal', 'float', 'boolean', 'date', 'timestamp'] as const
export type DimensionKind = (typeof DIMENSION_KINDS)[number]

/** A dimension as one semantic model writes it. */
export interface ModelDimension {
  readonly name: string
  readonly publicName: string
  readonly kind: DimensionKind
  /** SQL over the table's columns. */
  readonly expr: string
  /** Finest grain that means something; null for dimensions that are not time. */
  readonly granularity: Grain | null
  /** Zone of wall-clock timestamps (IANA); null: the column holds instants, or is no timestamp. */
  readonly timezone: string | null
}

/** A dimension as clients see it. One entity's dimension seen in several models is one dimension. */
export interface Dimension extends Named {
  readonly kind: DimensionKind
  readonly granularity: Grain | null
  /** The entity it describes; null for one of a model without a primary entity, which only that model's metrics reach. */
  readonly entity: string | null
  /** Semantic models that hold it, in the model's order. */
  readonly homes: readonly { readonly semanticModel: string; readonly dimension: string }[]
}

export interface Entity extends Named {
  /** The semantic model in which it is primary; null when none is. */
  readonly primaryModel: string | null
}

export const AGGREGATIONS = [
  'sum',
  'count',
  'count_distinct',
  'approx_count_distinct',
  'average',
  'min',
  'max',
  'median',
  'percentile',
  'stddev',
  'sum_boolean',
] as const
export type Aggregation = (typeof AGGREGATIONS)[number]

export const UNITS = ['currency', 'percent', 'count', 'ratio', 'duration', 'score'] as const
export type Unit = (typeof UNITS)[number]

export const CATEGORIES = ['FINANCIAL', 'LOYALTY', 'ENGAGEMENT', 'PRODUCT', 'SATISFACTION', 'DELIVERY'] as const
export type MetricCategory = (typeof CATEGORIES)[number]

export const FRAMEWORKS = ['AARRR', 'HEART'] as const
export type Framework = (typeof FRAMEWORKS)[number]

export const STAGES = ['EARLY', 'MID', 'LATE'] as const
export type CompanyStage = (typeof STAGES)[number]

/**
 * What others reach, in the metric's unit. Bounds follow the direction: where higher is better a value at or above `excellent` is
 * excellent; where lower is better one below it is. `acceptable` includes its bound either way; what lies beyond is poor. A null
 * bound leaves its verdict out.
 */
export interface Benchmark {
  readonly text: string
  readonly excellent: number | null
  readonly good: number | null
  readonly acceptable: number | null
  /** Who says so, and when. */
  readonly source: string | null
}

/** What to say when nothing is there to compute from, in place of the general reason. */
export interface WhenMissing {
  readonly reason: MissingReason
  /** Names the mutation, file or connector that helps. */
  readonly remedy: string
}

/** Reasons that a model may give for the absence of its own data. */
export const MISSING_REASONS = ['COSTS_NOT_RECORDED', 'REVENUE_NOT_RECORDED', 'EVENTS_NOT_TRACKED', 'SURVEYS_NOT_TRACKED', 'SOURCE_MISSING'] as const
export type MissingReason = (typeof MISSING_REASONS)[number]

/** A stand-in on request (`allowEstimates`), where the metric has no value for want of data. Marked, with its assumption in words. */
export interface Estimate {
  readonly formula: Formula
  /** Inputs of the formula; empty for a constant. */
  readonly inputs: readonly MetricInput[]
  readonly assumption: string
}

/** What money a metric holds: one currency for all its rows, or one a row by a dimension of its semantic model (public name). */
export type MetricCurrency = { readonly code: string } | { readonly dimension: string }

/**
 * Rates to one reporting currency: a row says what one unit of `currency` is worth in `to` from its day on, until the next row.
 * Amounts of an event are converted at its day, stocks at the day before their edge.
 */
export interface ExchangeRates {
  readonly semanticModel: string
  /** Public dimension name. */
  readonly currency: string
  /** Public name of a time dimension of granularity day. */
  readonly date: string
  /** SQL over the table's columns. */
  readonly rate: string
  readonly to: string
}

export interface Metric extends Named {
  readonly unit: Unit
  /** Null where there is none, or none is known. Derived metrics take it from their inputs. */
  readonly currency: MetricCurrency | null
  readonly direction: 'higher_is_better' | 'lower_is_better' | null
  /** How it is computed, in words. */
  readonly formula: string | null
  readonly interpretation: string | null
  readonly category: MetricCategory | null
  readonly frameworks: Readonly<Partial<Record<Framework, readonly string[]>>>
  readonly stages: readonly CompanyStage[]
  readonly benchmark: Benchmark | null
  readonly goal: number | null
  /** The base period of a rate (churn: month); null for what is no rate. */
  readonly ratePeriod: Grain | null
  /** Something is recorded in each of these (costs: month): a longer bucket is their sum, and has no value while one that is over holds nothing. */
  readonly recordedEvery: Grain | null
  /** What an empty bucket holds; null leaves it null. Counts are 0 without saying so. */
  readonly fillNullsWith: number | null
  readonly deprecatedNames: readonly string[]
  /** Serves other metrics and is shown to no client. */
  readonly hidden: boolean
  readonly whenMissing: WhenMissing | null
  readonly estimate: Estimate | null
  /** In order of preference; the first whose source is configured and whose dimensions reach is used. Never empty. */
  readonly implementations: readonly MetricDefinition[]
  /** In the order of `implementations`: the metric that says it implements this one, whose definition that is; null for the metric's own. */
  readonly implementedBy: readonly (string | null)[]
}

export type MetricDefinition = SimpleMetric | RatioMetric | DerivedMetric | CumulativeMetric | MovementMetric | ActiveMetric | ConversionMetric | RetentionMetric | FunnelMetric

export interface SimpleMetric {
  readonly type: 'simple'
  readonly semanticModel: string
  readonly agg: Aggregation
  /** SQL over the table's columns; null counts rows. For `count_distinct` the key. */
  readonly expr: string | null
  /** Between 0 and 1, for `percentile`. */
  readonly percentile: number | null
  readonly filter: Predicate
  /** Public name of the time dimension that places rows in buckets; for stocks the validity does. */
  readonly timeDimension: string | null
  readonly asOf: 'period_start' | 'period_end' | 'average' | null
  /** Semi-additive: only the rows of the last (`max`) or first (`min`) moment of each bucket count, per grouping entity if any. `exact`: only buckets that are one unit of the dimension's granularity have a value. */
  readonly nonAdditive: {
    readonly dimension: string
    readonly choice: 'min' | 'max' | 'exact'
    readonly groupings: readonly string[]
  } | null
}

export interface MetricInput {
  readonly metric: string
  /** Name inside the formula. */
  readonly alias: string
  readonly filter: Predicate
  /** The same metric that long ago. */
  readonly offsetWindow: { readonly count: number; readonly unit: Grain } | null
  /** The metric of the bucket's first sub-bucket: from the start of that grain. */
  readonly offsetToGrain: Grain | null
  /** Where there is no data for it, it counts as nothing, and this stands among the assumptions. Null: then there is no value. */
  readonly assumeNone: string | null
}

export interface RatioMetric {
  readonly type: 'ratio'
  readonly numerator: MetricInput
  readonly denominator: MetricInput
}

export interface DerivedMetric {
  readonly type: 'derived'
  readonly formula: Formula
  readonly inputs: readonly MetricInput[]
}

/** Running total: over a trailing window, since the start of a grain, or since ever (both null). */
export interface CumulativeMetric {
  readonly type: 'cumulative'
  readonly input: MetricInput
  readonly window: { readonly count: number; readonly unit: Grain } | null
  readonly grainToDate: Grain | null
}

/** Components of a movement: what a stock followed per entity and day is made of. `net` is all flows together. */
export const MOVEMENT_COMPONENTS = ['start', 'new', 'expansion', 'contraction', 'churned', 'reactivation', 'entering_segment', 'leaving_segment', 'fx', 'net', 'end'] as const
export type MovementComponent = (typeof MOVEMENT_COMPONENTS)[number]

/**
 * Of the entities that held something a `window` before each bucket's end: what they held then, what they hold at the end, and
 * the smaller of the two for each (`kept`: without expansion).
 */
export const FOLLOWED_COMPONENTS = ['followed_start', 'followed_end', 'followed_kept'] as const
export type FollowedComponent = (typeof FOLLOWED_COMPONENTS)[number]

/** A stock of a semantic model with `validity`, followed per entity and day (ChartMogul's rules). */
export interface MovementMetric {
  readonly type: 'movement'
  readonly semanticModel: string
  readonly entity: string
  /** What a row is worth while it holds: SQL over the table's columns. */
  readonly expr: string
  /** Rows outside take no part at all: not even in whether an entity is new. */
  readonly filter: Predicate
  readonly component: MovementComponent | FollowedComponent
  /** Contraction, churned and leaving are positive sums of what was lost; `entities` counts entities instead. */
  readonly of: 'amount' | 'entities'
  /** Only, and always, with a followed component. */
  readonly window: Interval | null
}

/** Something that happens to, or holds for, an entity: the rows of a simple metric, narrowed. */
export interface Activity {
  /** The metric whose rows these are; names it to people. */
  readonly metric: string
  readonly semanticModel: string
  readonly filter: Predicate
  /** Public dimension names. `interval`: rows that hold from `start` to `end`; active in every period they touch. */
  readonly time:
    | { readonly kind: 'event'; readonly dimension: string }
    | { readonly kind: 'interval'; readonly start: string; readonly end: string | null; readonly endInclusive: boolean }
}

/** Different entities with an activity in the window that ends with the last day of each bucket: DAU, WAU, MAU. */
export interface ActiveMetric {
  readonly type: 'active'
  readonly entity: string
  readonly activity: Activity
  /** Whole days or calendar units; `7 days`, `28 days`, `1 month`. */
  readonly window: Interval
}

/**
 * Base events that a conversion event of the same entity followed within the window; each conversion is credited to the last base
 * event before it (MetricFlow). In the bucket of the base event.
 */
export interface ConversionMetric {
  readonly type: 'conversion'
  readonly entity: string
  readonly base: Activity
  readonly conversion: Activity
  /** Null: ever since. */
  readonly window: Interval | null
  /** Pairs of dimensions that must be equal on both events. Public names. */
  readonly constantProperties: readonly { readonly base: string; readonly conversion: string }[]
  /** `rate`: converted base events ÷ base events × 100. `conversions`: conversion events credited. `opportunities`: base events. */
  readonly calculation: 'rate' | 'conversions' | 'converted' | 'opportunities'
}

/** Share of the entities whose start activity lies in the bucket that come back `period` units later, in per cent. */
export interface RetentionMetric {
  readonly type: 'retention'
  readonly entity: string
  readonly start: Activity
  readonly activity: Activity
  readonly unit: Grain
  readonly period: number
  readonly mode: RetentionMode
}

/** `bounded`: active in that period; `unbounded`: in that or any later one; `bracket`: in a range of periods. */
export const RETENTION_MODES = ['bounded', 'unbounded', 'bracket'] as const
export type RetentionMode = (typeof RETENTION_MODES)[number]

/** Entities that went through all steps ÷ those that took the first, in per cent; in the bucket of the first step. */
export interface FunnelMetric {
  readonly type: 'funnel'
  readonly entity: string
  readonly steps: readonly Activity[]
  readonly within: Interval
  readonly order: FunnelOrder
}

/** `ordered`: each step after the one before, whatever else happens; `strict`: no other step between; `unordered`: all within the window. */
export const FUNNEL_ORDERS = ['ordered', 'strict', 'unordered'] as const
export type FunnelOrder = (typeof FUNNEL_ORDERS)[number]

/** When something that decides membership may have happened. */
export type MembershipWindow =
  | { readonly kind: 'ever' }
  /** The span that ends at the moment the cohort is taken as of. */
  | { readonly kind: 'trailing'; readonly interval: Interval }
  /** Half-open ISO dates or instants. */
  | { readonly kind: 'between'; readonly start: string; readonly end: string }

/** Lifecycle by an activity and a window, as at a moment (see the membership rules in docs/guides/cohorts.md). */
export const LIFECYCLE_STATES = ['new', 'active', 'dormant', 'resurrected', 'churned'] as const
export type LifecycleState = (typeof LIFECYCLE_STATES)[number]

/** Who belongs, by more than the attributes of a row. Stands in predicates; always of one entity. */
export type Membership =
  /** Did the activity between `atLeast` and `atMost` times in the window; `atMost: 0` is "did not". */
  | { readonly kind: 'behavior'; readonly entity: string; readonly activity: Activity; readonly atLeast: number | null; readonly atMost: number | null; readonly window: MembershipWindow }
  /** Did all in this order; with `within`, from the first to the last in that time. */
  | { readonly kind: 'sequence'; readonly entity: string; readonly steps: readonly Activity[]; readonly within: Interval | null; readonly window: MembershipWindow }
  /** First did the activity in the window. */
  | { readonly kind: 'acquired'; readonly entity: string; readonly activity: Activity; readonly window: MembershipWindow }
  | { readonly kind: 'lifecycle'; readonly entity: string; readonly state: LifecycleState; readonly activity: Activity; readonly window: Interval }
  /** Keys of the entity as text; `version` names the list's content, so that equal lists are equal questions. Empty: the keys tell. */
  | { readonly kind: 'list'; readonly entity: string; readonly version: string; readonly ids: readonly string[] }
  /** Entities (customers) of which any or all members (users) meet a predicate over the members' own table. */
  | { readonly kind: 'members'; readonly entity: string; readonly of: string; readonly where: Predicate; readonly match: 'any' | 'all' }

export interface Cohort extends Named {
  readonly entity: string
  /** How a cohort of users slices a metric of customers: by any, or all, of a customer's users. */
  readonly match: 'any' | 'all'
  readonly where: Predicate
  /** As written, for people. */
  readonly definition: string
}

export interface SavedQuery extends Named {
  readonly metrics: readonly string[]
  readonly groupBy: readonly { readonly dimension: string; readonly grain: Grain | null }[]
  readonly where: Predicate
}

/** A slice and the value expected, run by `kpiql check --data`. */
export interface ModelTest {
  readonly name: string
  readonly metric: string
  /** Half-open ISO dates. */
  readonly period: { readonly start: string; readonly end: string }
  readonly where: Predicate
  readonly cohorts: readonly string[]
  /** Null expects no value. Text keeps every digit. */
  readonly expected: string | null
  /** Largest absolute difference that still passes. */
  readonly tolerance: number
  readonly place: string
}
