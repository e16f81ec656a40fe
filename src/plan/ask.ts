import type { DatePart, Grain } from '../base/grain.ts'
import type { Period } from '../base/period.ts'
import type { Predicate } from '../model/predicate.ts'

/** What rows of an answer are grouped by. A null dimension is `PERIOD`: the metric's own time. */
export type GroupKey =
  | { readonly kind: 'dimension'; readonly dimension: string }
  | { readonly kind: 'time'; readonly dimension: string | null; readonly grain: Grain }
  | { readonly kind: 'date_part'; readonly dimension: string | null; readonly part: DatePart }

/** As groups are asked inside: by the key of an entity, too, one group each, told as text. */
export type AskKey = GroupKey | { readonly kind: 'entity'; readonly entity: string }

/** One leaf of a question: a metric, for one slice, over one period, by buckets and groups. */
export interface MetricAsk {
  readonly metric: string
  readonly predicate: Predicate
  readonly period: Period
  /** Grain of the series; null asks one bucket, the whole period. */
  readonly grain: Grain | null
  readonly by: readonly AskKey[]
  /** Fills what is missing with the model's estimates, marked as such. */
  readonly allowEstimates?: boolean | undefined
  /** Each bucket of a series from the start of the period to its own end. Refused for stocks, ratios and what else is no total of its rows. */
  readonly cumulative?: boolean | undefined
  /** When membership of cohorts is decided; `period_end` without it. */
  readonly cohortsAsOf?: CohortMoment | undefined
}

/** `each_bucket`: anew at the end of every bucket of a series. */
export const COHORT_MOMENTS = ['period_end', 'now', 'each_bucket'] as const
export type CohortMoment = (typeof COHORT_MOMENTS)[number]
