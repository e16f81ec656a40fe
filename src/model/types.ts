import type { Calendar, Grain } from '../base/grain.ts'
import type { ReadOptions } from '../base/read-options.ts'
import type { Formula } from './formula.ts'
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
  readonly tests: readonly ModelTest[]
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

export interface Benchmark {
  readonly text: string
  readonly good: number | null
  readonly excellent: number | null
  readonly source: string | null
}

export interface Metric extends Named {
  readonly unit: Unit
  /** ISO 4217 code of a constant currency; null where there is none. */
  readonly currency: string | null
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
  /** What an empty bucket holds; null leaves it null. Counts are 0 without saying so. */
  readonly fillNullsWith: number | null
  readonly deprecatedNames: readonly string[]
  /** In order of preference; the first whose source is configured and whose dimensions reach is used. Never empty. */
  readonly implementations: readonly MetricDefinition[]
}

export type MetricDefinition = SimpleMetric | RatioMetric | DerivedMetric | CumulativeMetric

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
  /** Semi-additive: only the rows of the last (`max`) or first (`min`) moment of each bucket count, per grouping entity if any. */
  readonly nonAdditive: {
    readonly dimension: string
    readonly choice: 'min' | 'max'
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

export interface Cohort extends Named {
  readonly entity: string
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
