import type { AggregateFunction } from '../../sql/tree.ts'
import type { Measure } from '../read.ts'

/**
 * What a rollup keeps of a semantic model: one row a day (or hour), dimensions and keys, with what aggregates need of the rows
 * behind it. A stock keeps its changes: what begins and what ends on that day.
 */
export interface RollupShape {
  readonly name: string
  readonly semanticModel: string
  readonly time: RollupTime
  readonly grain: 'day' | 'hour'
  /** Whose local days these are, for times that are no dates. */
  readonly zone: string
  readonly dimensions: readonly { readonly name: string; readonly column: string }[]
  readonly entities: readonly { readonly entity: string; readonly column: string }[]
  /** Keys of which distinct counts are taken, by their expression over the table. */
  readonly keys: readonly { readonly expr: string; readonly column: string }[]
  readonly parts: readonly StoredPart[]
}

export type RollupTime =
  | { readonly kind: 'event'; readonly dimension: string }
  | { readonly kind: 'stock'; readonly start: string; readonly end: string | null; readonly endInclusive: boolean }

/** A sufficient statistic of an aggregate. */
export interface StoredPart {
  /** Of the part as the table would compute it. */
  readonly id: string
  readonly fn: AggregateFunction
  readonly column: string
  /** Of the column, where it is known. */
  readonly type: 'integer' | 'decimal' | 'float' | null
}

/** A rollup that can be read now, in the engine that holds the table it is of. */
export interface RollupTable {
  readonly shape: RollupShape
  /** Those the shape was made for. */
  readonly measures: readonly Measure[]
  /** Its name in statements. */
  readonly table: string
  readonly rows: number
}

/** Start of the day (as a date) or hour (as a UTC clock). */
export const BUCKET = 'bucket'
/** Of stocks: 1 for what begins, 0 for what ends. */
export const STARTS = 'starts'
/** Of stocks: how many rows change. */
export const CHANGED_ROWS = 'changed_rows'

/** Of stocks: how many values are behind a sum that is not null. */
export function knownOf(id: string): string {
  return `known ${id}`
}

export function keeps({ parts }: RollupShape, id: string): boolean {
  return parts.some((part) => part.id === id)
}
