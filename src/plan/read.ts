import type { Bucket } from '../base/bucket.ts'
import type { DecimalNumber } from '../base/decimal-number.ts'
import type { Grain } from '../base/grain.ts'
import type { Period } from '../base/period.ts'
import type { Interval } from '../model/interval.ts'
import type { Activity, Aggregation, FunnelOrder } from '../model/types.ts'
import type { Predicate } from '../model/predicate.ts'
import type { AskKey } from './ask.ts'
import type { KeyKind, KeySet } from './keys/key-set.ts'

/** One base aggregate of one semantic model, before slices and buckets. Equal measures have equal `id`. */
export interface Measure {
  readonly kind: 'aggregate'
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

interface EntityMeasureBase {
  readonly id: string
  /** Where slices apply and which source answers: of the stock, the events, the base events, the start, the first step. */
  readonly semanticModel: string
  readonly entity: string
}

/** Components of a movement in the order of a movement read's parts: first all amounts, then all counts of entities. */
export const MOVEMENT_PARTS = ['start', 'new', 'expansion', 'contraction', 'churned', 'reactivation', 'entering_segment', 'leaving_segment', 'end'] as const
export type MovementPart = (typeof MOVEMENT_PARTS)[number]

/** A stock followed per entity and local day. Parts: `MOVEMENT_PARTS` in amounts, then in entities; losses are positive. */
export interface MovementMeasure extends EntityMeasureBase {
  readonly kind: 'movement'
  /** Told entity by entity, one flow is read without the others, which may be those of many more entities: they come as 0 then. */
  readonly only: Exclude<MovementPart, 'start' | 'end'> | null
  readonly expr: string
  readonly filter: Predicate
  readonly money: boolean
  readonly validity: { readonly start: string; readonly end: string | null; readonly endInclusive: boolean }
}

/**
 * Entities of the slice as at the bucket's end less `window`, followed to the bucket's end. Parts: what they held then, hold at the
 * end, the smaller of the two; then entities: that held then, that hold at the end, the same once more.
 */
export interface FollowedMeasure extends EntityMeasureBase {
  readonly kind: 'followed'
  readonly expr: string
  readonly filter: Predicate
  readonly money: boolean
  readonly validity: { readonly start: string; readonly end: string | null; readonly endInclusive: boolean }
  readonly window: Interval
  /** A dimension, also a group key, whose values are followed each by itself: what moves from one to another is lost to it. Null for none. */
  readonly apart: string | null
}

/** Different entities active in the window that ends with each bucket's last local day. One part. */
export interface ActiveMeasure extends EntityMeasureBase {
  readonly kind: 'active'
  readonly activity: Activity
  readonly window: Interval
}

/** Parts: base events, base events converted, conversion events credited. */
export interface ConversionMeasure extends EntityMeasureBase {
  readonly kind: 'conversion'
  readonly base: Activity
  readonly conversion: Activity
  readonly window: Interval | null
  readonly constantProperties: readonly { readonly base: string; readonly conversion: string }[]
}

/**
 * Entities by the bucket of their start (their first start activity ever), and how many are active later.
 * Parts: the size, then one count a range of periods, in the order of `ranges`.
 */
export interface RetentionMeasure extends EntityMeasureBase {
  readonly kind: 'retention'
  readonly start: Activity
  readonly activity: Activity
  readonly unit: Grain
  /** Periods since the start, both ends included; a null end is open (`unbounded`). Bounded period 3 is `{from: 3, to: 3}`. */
  readonly ranges: readonly { readonly from: number; readonly to: number | null }[]
  /** `calendar`: units of the calendar since the unit of the start. `hours_24`: spans of 24 hours × the unit's days since the very moment. */
  readonly clock: 'calendar' | 'hours_24'
}

/**
 * Entities by the bucket of their first step. Parts: how many took each step, one a step; then the median seconds from each step
 * to the next, one fewer than steps.
 */
export interface FunnelMeasure extends EntityMeasureBase {
  readonly kind: 'funnel'
  readonly steps: readonly Activity[]
  readonly within: Interval
  readonly order: FunnelOrder
}

export type EntityMeasure = MovementMeasure | FollowedMeasure | ActiveMeasure | ConversionMeasure | RetentionMeasure | FunnelMeasure
export type AnyMeasure = Measure | EntityMeasure

/**
 * A measure for one slice over one time axis, grouped or not: what is fused with others, read, and cached.
 * `predicate` holds no cohorts any more.
 */
export interface Read<M extends AnyMeasure = Measure> {
  /** Equal questions have equal keys; holds no data version. */
  readonly key: string
  readonly measure: M
  readonly predicate: Predicate
  readonly period: Period
  readonly grain: Grain | null
  /** For `timeless` one bucket, the period. */
  readonly buckets: readonly Bucket[]
  readonly by: readonly AskKey[]
  /** Of a distinct count over events: the very keys that it counts are wanted beside the count. Part of the read's key. */
  readonly keys?: KeyKind
}

/** Any read, whatever it measures. */
export type AnyRead = Read<AnyMeasure>

export type Part = null | number | bigint | DecimalNumber

export interface ReadGroup {
  /** One a group key, as the engine gave them in JSON terms: text, number, boolean, null. Numbers that JSON or a double cannot hold are text. */
  readonly values: readonly (string | number | boolean | null)[]
  /** One a bucket; undefined where no row fell. */
  readonly parts: readonly (readonly Part[] | undefined)[]
  /** Of a read that wants keys: one set a bucket, where there are parts. */
  readonly keys?: readonly (KeySet | undefined)[]
}

export interface ReadResult {
  /** Milliseconds it took to read, with all that was read in the same statement; missing where that was elsewhere. */
  readonly costMs?: number | undefined
  readonly groups: readonly ReadGroup[]
}

/** Identifies a group whatever its values hold: null, '' and 'null' stay apart, as do 1 and '1'. Numbers are finite: other keys come as text. */
export function groupId(values: readonly (string | number | boolean | null)[]): string {
  return JSON.stringify(values)
}
