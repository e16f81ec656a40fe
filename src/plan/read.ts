import type { Bucket } from '../base/bucket.ts'
import type { DecimalNumber } from '../base/decimal-number.ts'
import type { Grain } from '../base/grain.ts'
import type { Period } from '../base/period.ts'
import type { Aggregation } from '../model/types.ts'
import type { Predicate } from '../model/predicate.ts'
import type { GroupKey } from './ask.ts'

/** One base aggregate of one semantic model, before slices and buckets. Equal measures have equal `id`. */
export interface Measure {
  readonly id: string
  readonly semanticModel: string
  readonly agg: Aggregation
  /** SQL over the model's own table; null counts rows. */
  readonly expr: string | null
  readonly percentile: number | null
  /** Money: summed as decimals whatever the column's type. */
  readonly money: boolean
  readonly time: MeasureTime
}

export type MeasureTime =
  /** Rows lie in the bucket of a time dimension of the model itself. */
  | { readonly kind: 'event'; readonly dimension: string; readonly granularity: Grain | null }
  /** Only the rows of the last (or first) moment of each bucket, per grouping entity if any. */
  | { readonly kind: 'semi_additive'; readonly dimension: string; readonly granularity: Grain | null; readonly at: string; readonly choice: 'min' | 'max'; readonly groupings: readonly string[] }
  /** Rows true over an interval, taken just before an edge of each bucket. */
  | { readonly kind: 'stock'; readonly start: string; readonly end: string | null; readonly endInclusive: boolean; readonly asOf: 'period_start' | 'period_end' | 'average' }
  /** Every row, whenever. */
  | { readonly kind: 'timeless' }

/**
 * A measure for one slice over one time axis, grouped or not: what is fused with others, read, and cached.
 * `predicate` holds no cohorts any more.
 */
export interface Read {
  /** Equal questions have equal keys; holds no data version. */
  readonly key: string
  readonly measure: Measure
  readonly predicate: Predicate
  readonly period: Period
  readonly grain: Grain | null
  /** For `timeless` one bucket, the period. */
  readonly buckets: readonly Bucket[]
  readonly by: readonly GroupKey[]
}

export type Part = null | number | bigint | DecimalNumber

export interface ReadGroup {
  /** One a group key, as the engine gave them in JSON terms: text, number, boolean, null. Numbers that JSON or a double cannot hold are text. */
  readonly values: readonly (string | number | boolean | null)[]
  /** One a bucket; undefined where no row fell. */
  readonly parts: readonly (readonly Part[] | undefined)[]
}

export interface ReadResult {
  readonly groups: readonly ReadGroup[]
}

/** Identifies a group whatever its values hold: null, '' and 'null' stay apart, as do 1 and '1'. Numbers are finite: other keys come as text. */
export function groupId(values: readonly (string | number | boolean | null)[]): string {
  return JSON.stringify(values)
}
