import type { Bucket } from '../base/bucket.ts'
import type { Grain } from '../base/grain.ts'
import type { Period } from '../base/period.ts'
import type { Interval } from '../model/interval.ts'
import type { Activity, DimensionKind, FunnelOrder, MovementComponent, RetentionMode, Unit } from '../model/types.ts'
import type { Predicate } from '../model/predicate.ts'
import type { CohortMoment, GroupKey, MetricAsk } from '../plan/ask.ts'
import type { Reason } from '../plan/reason.ts'
import type { PlanContext } from '../plan/rows.ts'

export { REASONS } from '../plan/reason.ts'
export type { Reason } from '../plan/reason.ts'

export type Quality = 'ACTUAL' | 'ESTIMATED' | 'INSUFFICIENT_DATA'

/** One number, or the reason why there is none. */
export interface Cell {
  /** Never NaN or infinite. */
  readonly value: number | null
  /** Every digit, in plain notation; null for ratios and averages, which have none. */
  readonly exact: string | null
  readonly quality: Quality
  readonly reason: Reason | null
  readonly remedy: string | null
  /** The bucket, or a window in it, is still open by the clock or by the data. */
  readonly partial: boolean
  /** ISO 4217 of a value that is money; null where it is none, or its currency is not known. */
  readonly currency: string | null
  /** What an estimated or converted value takes for granted; empty for others. */
  readonly assumptions: readonly string[]
}

export type GroupValue = string | number | boolean | null

export interface Group {
  /** One value a group key; dates and times as ISO text. */
  readonly values: readonly GroupValue[]
  /** One cell a bucket. */
  readonly cells: readonly Cell[]
}

export interface MetricAnswer {
  readonly buckets: readonly Bucket[]
  /** Ordered by their values, null last. One group without values where nothing was asked by. */
  readonly groups: readonly Group[]
  /** Why the question as a whole cannot be answered; null when it was. */
  readonly unavailable: { readonly reason: Reason; readonly remedy: string } | null
  readonly provenance: Provenance
}

export interface Provenance {
  /** The source's present, or the moment its data was last looked at, whichever is earlier; UTC ms. */
  readonly asOfUtcMs: number
  /** Served from data known to be behind the source. */
  readonly stale: boolean
  readonly dataVersions: Readonly<Record<string, string>>
}

/** `CACHED_OK`: within the source's time to live; `REVALIDATE`: look at the data versions now; `NO_CACHE`: read again. */
export type Freshness = 'CACHED_OK' | 'REVALIDATE' | 'NO_CACHE'

/** What one request cost; goes to `extensions.kpiql`. */
export interface RequestStats {
  slices: number
  metrics: number
  scans: number
  /** The same by semantic model; a scan of two tables belongs to the one whose rows are sliced. */
  scansBySemanticModel: Record<string, number>
  rowsRead: number
  /** True when an engine did not say how many rows it read. */
  rowsReadUnknown: boolean
  cacheHits: number
  cacheMisses: number
  rollups: string[]
  planningMs: number
  engineMs: number
  foldMs: number
  dataVersions: Record<string, string>
  /** Sources that were down, for which something read before was served. */
  staleSources: string[]
}

export interface BreakdownAsk {
  readonly ask: MetricAsk
  readonly top: number
  readonly order: 'ASC' | 'DESC'
  readonly other: boolean
}

export interface BreakdownRow {
  readonly values: readonly GroupValue[]
  readonly cell: Cell
  /** Fraction 0–1 of the whole; null where parts do not add up to a whole. */
  readonly share: number | null
}

export interface BreakdownAnswer {
  readonly rows: readonly BreakdownRow[]
  readonly unavailable: { readonly reason: Reason; readonly remedy: string } | null
  /** Everything outside the rows, computed, not subtracted; null when nothing is left out or it was not asked. */
  readonly other: { readonly cell: Cell; readonly share: number | null } | null
  readonly truncated: boolean
  readonly totalCount: number
  readonly provenance: Provenance
}

export interface TableAsk {
  readonly metrics: readonly string[]
  readonly by: readonly (GroupKey | { readonly kind: 'cohorts'; readonly cohorts: readonly string[] })[]
  readonly period: Period
  readonly predicate: Predicate
  readonly having: readonly { readonly metric: string; readonly op: 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'ne'; readonly value: number }[]
  readonly compare: Period | null
  /** Column names; rows with equal keys keep the order of their group values. */
  readonly orderBy: readonly { readonly column: string; readonly direction: 'ASC' | 'DESC' }[]
  readonly first: number
  readonly after: string | null
  readonly totals: boolean
  readonly allowEstimates?: boolean | undefined
  /** When membership of cohorts is decided; `period_end` without it. Rows by `PERIOD` are the buckets of `each_bucket`. */
  readonly cohortsAsOf?: CohortMoment | undefined
}

export interface TableColumn {
  readonly name: string
  readonly label: string
  readonly type: DimensionKind | 'number'
  /** `currency`: the currencies that the column before it is in. */
  readonly role: 'dimension' | 'metric' | 'comparison' | 'currency'
  readonly unit: Unit | null
  readonly currency: string | null
}

/** Why there is no value. */
export interface Unanswered {
  readonly reason: Reason
  readonly remedy: string
}

export interface ColumnReason {
  readonly column: string
  readonly reason: Reason
  readonly remedy: string | null
}

/** What is to be known of a value besides it. */
export interface CellNote {
  readonly column: string
  readonly quality: Quality
  readonly assumptions: readonly string[]
  readonly partial: boolean
}

export interface TableAnswer {
  readonly columns: readonly TableColumn[]
  readonly rows: readonly Readonly<Record<string, GroupValue>>[]
  /** Reasons of null metric cells: row index → column → reason; sparse. */
  readonly reasons: readonly (ColumnReason & { readonly row: number })[]
  /** Cells that are estimated, take something for granted or are still open: row index → column → note; sparse. */
  readonly notes: readonly (CellNote & { readonly row: number })[]
  /** Metrics that cannot be grouped so, or whose source failed. */
  readonly columnReasons: readonly ColumnReason[]
  readonly totals: Readonly<Record<string, GroupValue>> | null
  readonly totalsReasons: readonly ColumnReason[]
  readonly totalsNotes: readonly CellNote[]
  readonly totalCount: number
  readonly hasNextPage: boolean
  readonly endCursor: string | null
  readonly truncated: boolean
  /** The cursor came from an older version of the data; the page is of the present one. */
  readonly cursorOutdated: boolean
  readonly provenance: Provenance
}

export interface SizeAsk {
  readonly entity: string
  readonly predicate: Predicate
  readonly period: Period
  /** When membership of cohorts is decided; `period_end` without it, and for `each_bucket`. */
  readonly cohortsAsOf?: CohortMoment | undefined
  /** When the entity's own rows must hold, where its table has a validity; `period_end` without it. */
  readonly rowsAsOf?: 'period_end' | 'now' | undefined
}

export interface SizeAnswer {
  readonly count: number | null
  readonly reason: Reason | null
  readonly remedy: string | null
}

export interface MembersAsk {
  readonly entity: string
  readonly predicate: Predicate
  readonly period: Period
  /** When membership is decided and rows must hold; `period_end` without it, and for `each_bucket`. */
  readonly cohortsAsOf?: CohortMoment | undefined
  readonly first: number
  readonly after: string | null
  /** A dimension that the entity's own table reaches, told of each member. */
  readonly attribute?: string | null | undefined
}

export interface MembersAnswer {
  readonly ids: readonly string[]
  /** One a member, as text: the smallest where the table has several rows of one; null where it has none. Empty where no attribute was asked. */
  readonly attributes: readonly (string | null)[]
  readonly totalCount: number
  readonly hasNextPage: boolean
  readonly endCursor: string | null
  /** The cursor came from an older version of the data; the page is of the present one. */
  readonly cursorOutdated: boolean
}

export interface DimensionValuesAsk {
  readonly dimension: string
  readonly search: string | null
  readonly first: number
  readonly predicate: Predicate
}

export interface DimensionValuesAnswer {
  readonly values: readonly { readonly value: GroupValue; readonly rows: number }[]
  readonly totalCount: number
  readonly truncated: boolean
}

export interface Explanation {
  /** In words, from the model. */
  readonly formula: string | null
  /** Which implementation serves, and why others do not. */
  readonly implementation: string
  readonly lineage: readonly { readonly metric: string; readonly semanticModel: string | null; readonly source: string | null; readonly expression: string | null }[]
  readonly sources: readonly { readonly name: string; readonly connector: string; readonly dataVersion: string; readonly asOfUtcMs: number }[]
  readonly scans: readonly { readonly source: string; readonly semanticModel: string; readonly form: string; readonly why: string; readonly sql: string; readonly params: readonly string[] }[]
  readonly rollup: string | null
}

export interface RetentionAsk {
  readonly entity: string
  /** Members of the cohort looked at: which entities take part at all. */
  readonly predicate: Predicate
  /** The starts looked at: rows are its buckets at `unit`. */
  readonly period: Period
  readonly unit: Grain
  /** Periods after the start, besides period 0. */
  readonly periods: number
  readonly mode: RetentionMode
  /** Ends of the ranges of `bracket`: [1, 3, 7] asks 0, 1, 2–3, 4–7. */
  readonly brackets: readonly number[]
  readonly clock: 'calendar' | 'hours_24'
  readonly start: Activity
  readonly activity: Activity
  readonly cohortsAsOf: CohortMoment
}

export interface RetentionCell {
  /** First and last period of the range; they are equal but for brackets. A null `to` is open. */
  readonly from: number
  readonly to: number | null
  /** Null while nothing of the range has elapsed. */
  readonly active: number | null
  /** 0–100; null where `active` is, or the row is empty. */
  readonly rate: number | null
  /** The whole range has elapsed, by the clock and by the data, for every entity of the row. */
  readonly complete: boolean
}

export interface RetentionRow {
  readonly bucket: Bucket
  /** Null, as are the counts of all its cells, where the bucket lies outside the data: before the first start, or not begun. */
  readonly size: number | null
  readonly cells: readonly RetentionCell[]
  /** Why there is no size. */
  readonly reason: Reason | null
  readonly remedy: string | null
}

export interface RetentionAnswer {
  readonly rows: readonly RetentionRow[]
  /** A rate each range: over complete cells, weighted by size; null where none is complete. */
  readonly average: readonly { readonly from: number; readonly to: number | null; readonly rate: number | null; readonly size: number }[]
  readonly unavailable: { readonly reason: Reason; readonly remedy: string } | null
  readonly provenance: Provenance
}

export interface FunnelAsk {
  readonly entity: string
  readonly steps: readonly Activity[]
  /** From the first step to the last. */
  readonly within: Interval
  readonly order: FunnelOrder
  /** Of the first step's rows. */
  readonly predicate: Predicate
  /** In which the first step lies. */
  readonly period: Period
  /** A dimension of the first step. */
  readonly by: string | null
  readonly cohortsAsOf: CohortMoment
}

export interface FunnelStep {
  readonly activity: Activity
  readonly count: number
  /** Of the first step, 0–100; null where nobody took it. */
  readonly conversion: number | null
  /** Of the step before, 0–100; null for the first. */
  readonly fromPrevious: number | null
  /** Seconds from the step before, half of the entities took no longer; null for the first step and where nobody came. */
  readonly medianSeconds: number | null
}

export interface FunnelAnswer {
  /** The largest first. */
  readonly groups: readonly { readonly value: GroupValue; readonly steps: readonly FunnelStep[] }[]
  /** The window of some of the entities is still open. */
  readonly partial: boolean
  readonly unavailable: { readonly reason: Reason; readonly remedy: string } | null
  readonly provenance: Provenance
}

export interface DrillAsk {
  readonly ask: MetricAsk
  /** Of a movement; null takes the metric's own. */
  readonly component: MovementComponent | null
  readonly first: number
  readonly after: string | null
}

export interface DrillAnswer {
  readonly entity: string
  /** The largest amounts first, by size whatever their sign; then by key. */
  readonly rows: readonly { readonly id: string | null; readonly cell: Cell }[]
  readonly totalCount: number
  readonly hasNextPage: boolean
  readonly endCursor: string | null
  /** The cursor came from an older version of the data; the page is of the present one. */
  readonly cursorOutdated: boolean
  readonly unavailable: { readonly reason: Reason; readonly remedy: string } | null
  readonly provenance: Provenance
}

/**
 * One request's view of the gateway. Questions asked in one tick are planned and fused together; equal questions are asked once.
 * Every method rejects with a KpiqlError; a metric whose source fails rejects alone, the others are served.
 */
export interface AnalyticsSession {
  readonly nowUtcMs: number
  readonly stats: RequestStats
  /** A question was rejected, or a source did not answer the look at it: asked again, the same may be answered otherwise. */
  readonly hasFailed: boolean
  metric(ask: MetricAsk): Promise<MetricAnswer>
  breakdown(ask: BreakdownAsk): Promise<BreakdownAnswer>
  table(ask: TableAsk): Promise<TableAnswer>
  /** How many entities are in the slice just before the period's end. */
  size(ask: SizeAsk): Promise<SizeAnswer>
  members(ask: MembersAsk): Promise<MembersAnswer>
  dimensionValues(ask: DimensionValuesAsk): Promise<DimensionValuesAnswer>
  explain(ask: MetricAsk): Promise<Explanation>
  retention(ask: RetentionAsk): Promise<RetentionAnswer>
  funnel(ask: FunnelAsk): Promise<FunnelAnswer>
  /** The entities behind a value, with amounts that add up to it. @throws KpiqlError `NOT_SUPPORTED` for metrics whose values do not add up over entities. */
  drill(ask: DrillAsk): Promise<DrillAnswer>
}

/** What the catalog tells of a source. */
export interface SourceStatus {
  readonly name: string
  readonly connector: string
  readonly ok: boolean
  readonly message: string
  readonly nowUtcMs: number | null
  readonly dataVersion: string | null
  readonly quarantine: { readonly total: number; readonly truncated: boolean; readonly entries: readonly { readonly table: string; readonly file: string; readonly line: number | null; readonly column: string | null; readonly reason: string; readonly content: string }[] }
}

export interface SessionOptions {
  readonly freshness: Freshness
  /** Where a source is down, answers given before are served if the source was last seen as they tell it at most so long ago; null or absent: none. */
  readonly maxStaleMs?: number | null | undefined
  readonly signal: AbortSignal
  /** Whose statements take turns with those of others; without it one nameless caller's. */
  readonly caller?: string | undefined
  /** Looks at data versions together with whoever else does so in this turn of the event loop; without it for itself. */
  readonly sharesLook?: boolean | undefined
}

/** The gateway for one loaded model: what schema and command line stand on. */
export interface Analytics {
  session(options: SessionOptions): AnalyticsSession
  sources(): Promise<readonly SourceStatus[]>
  /** The data version of every source that answers without delay, within its time to live. */
  dataVersions(): Promise<Readonly<Record<string, string>>>
  /** Dimensions by which a metric can be sliced. */
  dimensionsOf(metric: string): readonly string[]
  /** The present of the sources: what "last 30 days" counts from. */
  nowUtcMs(): number
  finestGrain(metric: string): Grain | null
  /** What planning knows of the sources now; sources that fail are left out of it. */
  planning(): Promise<PlanContext>
  /** Empties all caches, and tells the listeners: what they hold must be told to nobody any more. */
  clear(): void
  /** @param cleared called by `clear`, for caches of whole answers. */
  whenCleared(cleared: () => void): void
}
