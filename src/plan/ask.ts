import type { DatePart, Grain } from '../base/grain.ts'
import type { Period } from '../base/period.ts'
import type { Predicate } from '../model/predicate.ts'

/** What rows of an answer are grouped by. A null dimension is `PERIOD`: the metric's own time. */
export type GroupKey =
  | { readonly kind: 'dimension'; readonly dimension: string }
  | { readonly kind: 'time'; readonly dimension: string | null; readonly grain: Grain }
  | { readonly kind: 'date_part'; readonly dimension: string | null; readonly part: DatePart }

/** One leaf of a question: a metric, for one slice, over one period, by buckets and groups. */
export interface MetricAsk {
  readonly metric: string
  readonly predicate: Predicate
  readonly period: Period
  /** Grain of the series; null asks one bucket, the whole period. */
  readonly grain: Grain | null
  readonly by: readonly GroupKey[]
}
