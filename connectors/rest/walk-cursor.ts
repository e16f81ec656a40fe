import { FullReadNeeded } from '../sync-contract.ts'
import type { Json } from '../sync-contract.ts'
import type { Position } from './paging.ts'

const LAYOUT = 'rest-1'

/** A reading that is not at its end; times are UTC ms. */
export interface Walk {
  readonly phase: 'records' | 'deletes'
  readonly sinceUtcMs: number | null
  readonly untilUtcMs: number
  readonly at: Position
  /** When `at` was told. */
  readonly touchedUtcMs: number
  /** The latest instant among the records so far. */
  readonly highUtcMs: number | null
  /** The cursor that was shown last, of streams that keep it. */
  readonly token: string | number | null
}

/** How far a stream has come. */
export interface RestCursor {
  /** When the reading from the beginning began. */
  readonly fullUtcMs: number
  /** The latest instant among all records, or the tool's own cursor. */
  readonly mark: string | number | null
  /** Null between readings. */
  readonly walk: Walk | null
}

export function writeCursor({ fullUtcMs, mark, walk }: RestCursor): Json {
  return { layout: LAYOUT, fullUtcMs, mark, walk: walk === null ? null : { ...walk, at: walk.at === null ? null : Object.fromEntries(Object.entries(walk.at).filter((entry): entry is [string, string | number] => entry[1] !== undefined)) } }
}

/** @throws FullReadNeeded for a cursor of another layout. */
export function readCursor(cursor: Json): RestCursor | null {
  if (cursor === null) return null
  if (typeof cursor !== 'object' || !('layout' in cursor) || cursor.layout !== LAYOUT) throw new FullReadNeeded('The cursor has another layout.')
  const { fullUtcMs, mark, walk } = cursor as unknown as RestCursor
  return { fullUtcMs, mark, walk }
}
