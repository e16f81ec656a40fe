import { LRUCache } from 'lru-cache'
import { bucketsOf } from '../../base/bucket.ts'
import type { Bucket } from '../../base/bucket.ts'
import { KpiqlError } from '../../base/errors.ts'
import type { Grain } from '../../base/grain.ts'
import type { Period } from '../../base/period.ts'
import { predicateText } from '../../model/predicate.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { Metric } from '../../model/types.ts'
import type { Amount } from '../amount.ts'
import type { AskKey } from '../ask.ts'
import { groupKeyId } from '../group-keys.ts'
import type { AnyMeasure, AnyRead, Read, ReadResult } from '../read.ts'
import type { Reason } from '../reason.ts'
import type { PlanContext } from '../rows.ts'

/** Most buckets a single series may have. */
export const MAX_BUCKETS = 10_000

/** From when until when a semantic model has data, as far as that is known. */
export interface Coverage {
  /** First moment with data of a time dimension: local ms for dates, UTC ms for timestamps; null unknown. */
  first(semanticModel: string, dimension: string): { readonly kind: 'date' | 'timestamp'; readonly ms: number } | null
  /** UTC ms before which nothing was wanted of its tables, whichever rows of then are there; null where all was. */
  wantedFromUtcMs(semanticModel: string): number | null
  /** UTC ms up to which data is complete. */
  watermarkUtcMs(semanticModel: string): number | null
  /** While the first reading of its tables goes on: UTC ms from when on nothing is missing, or null where anything may be. Null once all was read. */
  backfill(semanticModel: string): { readonly completeFromUtcMs: number | null } | null
}

export interface CompileContext extends PlanContext {
  readonly coverage: Coverage
  /** Null when the model's source can be asked; otherwise why not, and what to do. */
  missing(semanticModel: string): { readonly reason: Reason; readonly remedy: string } | null
}

/** Amounts by group and bucket. */
export interface Evaluated {
  readonly groups: ReadonlyMap<string, readonly (string | number | boolean | null)[]>
  /** One amount a bucket; also for groups without rows. */
  at(group: string): readonly Amount[]
}

export interface Compiled {
  readonly kind: 'computed'
  readonly buckets: readonly Bucket[]
  readonly reads: readonly AnyRead[]
  /** Buckets still open, by the clock or by the data of any part. */
  readonly partial: readonly boolean[]
  /** Position of the implementation used; −1 where an estimate stands in for all. */
  readonly implementation: number
  evaluate(resultOf: (read: AnyRead) => ReadResult): Evaluated
}

export interface Unavailable {
  readonly kind: 'unavailable'
  readonly buckets: readonly Bucket[]
  readonly reason: Reason
  readonly remedy: string
}

/** A question as it goes down into the inputs of a metric: the axis stays, filters gather. */
export interface Leaf {
  readonly period: Period
  readonly grain: Grain | null
  readonly buckets: readonly Bucket[]
  readonly predicate: Predicate
  readonly by: readonly AskKey[]
  readonly allowEstimates?: boolean
}

export type Node = Omit<Compiled, 'buckets' | 'kind' | 'implementation'>

/** Compiles an input of a metric. @throws NotAvailable where no implementation of it can be answered. */
export type CompileOne = (metric: Metric, leaf: Leaf) => Node

/** Thrown inside, caught where implementations are tried: not an error for callers but a reason for a null. */
export class NotAvailable extends Error {
  readonly reason: Reason
  readonly remedy: string

  constructor(reason: Reason, remedy: string) {
    super(remedy)
    this.reason = reason
    this.remedy = remedy
  }
}

/** The buckets of a period; those of one period object are made once, since many metrics share it. */
export function axisOf(context: PlanContext, period: Period, grain: Grain | null): readonly Bucket[] {
  const { zone, startUtcMs, endUtcMs, startLocalMs, endLocalMs } = period
  const { weekStart, fiscalYearStart } = context.calendar
  const key = `${zone}|${startUtcMs}|${endUtcMs}|${startLocalMs}|${endLocalMs}|${grain ?? ''}|${weekStart}|${fiscalYearStart}`
  let buckets = axes.get(key)
  if (buckets === undefined) {
    buckets = grain === null ? [wholePeriod(period)] : bucketsOf(period, grain, context.calendar, MAX_BUCKETS)
    axes.set(key, buckets)
  }
  return buckets
}

/** Slices of one request, and one dashboard after the other, ask for few periods. */
const axes = new LRUCache<string, readonly Bucket[]>({ max: 1_000, maxSize: 2 * MAX_BUCKETS, sizeCalculation: ({ length }) => Math.max(1, length) })

export function wholePeriod(period: Period): Bucket {
  const { startUtcMs, endUtcMs, startLocalMs, endLocalMs } = period
  return { startUtcMs, endUtcMs, startLocalMs, endLocalMs, cut: false, key: startLocalMs / 1000 }
}

export function metricOf(context: PlanContext, name: string): Metric {
  const metric = context.model.metrics.get(name)
  if (metric === undefined) throw new KpiqlError('METRIC_UNKNOWN', { message: `Metric "${name}" is not in the model.` })
  return metric
}

/** A measure read for a leaf; `predicate` is the leaf's with whatever narrows the measure. */
export function readOf<M extends AnyMeasure>(measure: M, predicate: Predicate, leaf: Leaf): Read<M> {
  const { period, grain, buckets, by } = leaf
  const { zone, startUtcMs, endUtcMs } = period
  const key = [measure.id, zone, startUtcMs, endUtcMs, grain ?? '', by.map(groupKeyId).join('&'), predicateText(predicate)].join('|')
  return { key, measure, predicate, period, grain, buckets, by }
}

