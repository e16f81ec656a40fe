import { COUNTRIES } from './data.ts'

/** One test of a column; `gte` is inclusive and `lt` exclusive. A null column never passes. */
export type SliceCondition =
  | { readonly dimension: 'country' | 'device' | 'channel' | 'plan'; readonly in: readonly string[] }
  | { readonly dimension: 'user_id'; readonly in: readonly number[] }
  | { readonly dimension: 'score'; readonly gte: number; readonly lt: number }

/** What a client asks: the rows that pass all conditions, are of a user of the cohort where there is one, and whose time is in the half-open window `[start, end)`, ISO dates in UTC. */
export interface BenchSlice {
  readonly where: readonly SliceCondition[]
  readonly start: string
  readonly end: string
  readonly cohort?: BenchCohort
}

/** Users with at least `atLeast` events of `minScore` or more in the 28 days that end with the slice. */
export interface BenchCohort {
  readonly minScore: number
  readonly atLeast: number
}

/**
 * A metric as a model would declare it; `column` is null for a count of rows.
 * `live_sum` is a stock: the sum over rows with `start_date < E AND (end_date IS NULL OR end_date >= E)` at each bucket's exclusive end E.
 * `live_distinct` counts the different values of the column among the same rows. `trailing_distinct` counts those among the events of the
 * 28 days that end with each bucket. `movement` is a flow of recurring revenue: the changes of customers, netted by the day, that
 * are of the kind its name says; losses are positive, and what does not move is 0.
 */
export interface BenchMetric {
  readonly name: string
  readonly agg: 'sum' | 'count' | 'average' | 'count_distinct' | 'median' | 'live_sum' | 'live_distinct' | 'trailing_distinct' | 'movement'
  readonly column: string | null
}

/** One question of the bench as plain data: hand-written SQL and GraphQL are both made from it, each by its own code. */
export interface BenchAsk {
  readonly table: 'events' | 'subscriptions'
  readonly grain: 'month' | 'day'
  readonly metrics: readonly BenchMetric[]
  readonly slices: readonly BenchSlice[]
}

const YEAR_2025 = { start: '2025-01-01', end: '2026-01-01' }
const LAST_36_MONTHS = { start: '2023-01-01', end: '2026-01-01' }

/** Thresholds of 24 ranges over 0…999 that overlap up to five deep; no two are equal, and some bounds coincide. */
const SCORE_RANGES: readonly { gte: number; lt: number }[] = Array.from({ length: 24 }, (_, index) => {
  const gte = (index * 37) % 860
  return { gte, lt: gte + 100 + (index % 5) * 25 }
})

/** Everything, as one slice. */
export const wholeOf2025: readonly BenchSlice[] = [{ where: [], ...YEAR_2025 }]
export const wholeOf36Months: readonly BenchSlice[] = [{ where: [], ...LAST_36_MONTHS }]

export const byCountry: readonly BenchSlice[] = COUNTRIES.map((country) => ({ where: [{ dimension: 'country', in: [country] }], ...YEAR_2025 }))

export const byScoreRange: readonly BenchSlice[] = SCORE_RANGES.map((range) => ({ where: [{ dimension: 'score', ...range }], ...YEAR_2025 }))

export const liveByCountry: readonly BenchSlice[] = COUNTRIES.map((country) => ({
  where: [{ dimension: 'country', in: [country] }],
  ...LAST_36_MONTHS,
}))

/** 50 cohorts that overlap, no two of which ask the same. */
export const byCohort: readonly BenchSlice[] = Array.from({ length: 50 }, (_, index) => ({ where: [], ...YEAR_2025, cohort: { minScore: index * 15, atLeast: 1 + (index % 3) } }))

/** 24 equality slices over four dimensions, which overlap between dimensions. */
export const byFourDimensions: readonly BenchSlice[] = (
  [
    ['country', COUNTRIES.slice(0, 12)],
    ['device', ['desktop', 'mobile', 'tablet', 'api']],
    ['channel', ['organic', 'paid_search', 'referral', 'social', 'email']],
    ['plan', ['basic', 'pro', 'enterprise']],
  ] as const
).flatMap(([dimension, values]) => values.map((value) => ({ where: [{ dimension, in: [value] }], ...YEAR_2025 })))

/** A heavy user, a few ordinary ones; ranks of the smallest bench (30 users) exist in all. */
export const byOneUser: readonly BenchSlice[] = [0, 1, 5, 11, 19, 29].map((rank) => ({
  where: [{ dimension: 'user_id', in: [100_000 + rank] }],
  ...YEAR_2025,
}))

export const twoDistantWeeks: readonly BenchSlice[] = [
  { where: [], start: '2025-12-15', end: '2025-12-22' },
  { where: [], start: '2023-12-18', end: '2023-12-25' },
]

/** 16 score ranges × 8 countries. */
export const byRangeAndCountry: readonly BenchSlice[] = SCORE_RANGES.slice(0, 16).flatMap((range) =>
  COUNTRIES.slice(0, 8).map((country): BenchSlice => ({
    where: [{ dimension: 'score', ...range }, { dimension: 'country', in: [country] }],
    ...YEAR_2025,
  })),
)
