import { FullReadNeeded } from '../sync-contract.ts'
import type { Json } from '../sync-contract.ts'

const LAYOUT = 'salesforce-2'

/** A place in the order by modification and id. The instant is ISO, as SOQL takes it. */
export interface Place {
  readonly stamp: string
  readonly id: string
}

/** How far an object was read; all other times UTC ms. */
export type ObjectCursor =
  /** The first reading, from the newest modification to the oldest. */
  | { readonly phase: 'first'; readonly startedUtcMs: number; readonly before: Place | null }
  /** Modifications up to `untilUtcMs` and deletions up to `deletedUntilUtcMs` were read; of the window that follows, what lies up to `after`. */
  | { readonly phase: 'changes'; readonly untilUtcMs: number; readonly deletedUntilUtcMs: number; readonly window: { readonly fromUtcMs: number; readonly toUtcMs: number; readonly after: Place | null } | null }

/** Of the objects of a stream, by name. */
export type StreamCursor = Readonly<Record<string, ObjectCursor>>

export function writeCursor(objects: StreamCursor): Json {
  return { layout: LAYOUT, objects: objects as unknown as Json }
}

/** @throws FullReadNeeded for another layout. */
export function readCursor(cursor: Json): StreamCursor {
  if (cursor === null) return {}
  const { layout, objects } = (typeof cursor === 'object' ? cursor : {}) as { layout?: Json; objects?: Json }
  if (layout !== LAYOUT || typeof objects !== 'object' || objects === null) throw new FullReadNeeded('The cursor has another layout.')
  return objects as unknown as StreamCursor
}
