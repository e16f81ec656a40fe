import { FullReadNeeded } from '../sync-contract.ts'
import type { Json } from '../sync-contract.ts'

const LAYOUT = 'hubspot-objects-1'

/** How far a kind of records was read; all times UTC ms. */
export type ObjectCursor =
  /** The first reading, from the highest id to the lowest. */
  | { readonly phase: 'first'; readonly startedUtcMs: number; readonly beforeId: string | null; readonly seen: number }
  /** Modifications up to `untilUtcMs` were read; of the window that follows, up to `toUtcMs`, the ids up to `afterId`. */
  | { readonly phase: 'changes'; readonly untilUtcMs: number; readonly window: { readonly toUtcMs: number; readonly afterId: string } | null }

export function writeCursor(cursor: ObjectCursor): Json {
  return { layout: LAYOUT, ...cursor }
}

/** @returns Null for null. @throws FullReadNeeded for another layout. */
export function readCursor(cursor: Json): ObjectCursor | null {
  if (cursor === null) return null
  if (typeof cursor !== 'object' || Array.isArray(cursor) || (cursor as { layout?: Json }).layout !== LAYOUT) throw new FullReadNeeded('The cursor has another layout.')
  return cursor as unknown as ObjectCursor
}
