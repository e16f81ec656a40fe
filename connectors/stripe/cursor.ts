import { FullReadNeeded } from '../sync-contract.ts'
import type { Json } from '../sync-contract.ts'
import { readObserved } from './observed.ts'
import type { Observed } from './observed.ts'

/** Where in a list of Stripe's, newest first, a reading stands. */
export interface ListPlace {
  /** Id that the last page ended with, and when it was created, in seconds; null before the first page. */
  readonly after: string | null
  readonly created: number | null
}

/** Times are seconds since 1970, as Stripe has them. */
export type StripeCursor =
  /** Lists objects; `begun` is when this began, `from` the oldest wanted. */
  | { readonly phase: 'list'; readonly begun: number; readonly from: number | null; readonly place: ListPlace; readonly observed: Observed }
  /** Follows events; everything before `since` is in the tables, `recent` are ids of the last events seen. While `until` is given, a walk through events up to it is under way. */
  | { readonly phase: 'events'; readonly since: number; readonly until: number | null; readonly place: ListPlace; readonly recent: readonly string[]; readonly observed: Observed }

export const BEGINNING: ListPlace = { after: null, created: null }
const LAYOUT = 'stripe-1'

export function writeCursor(cursor: StripeCursor): Json {
  return { layout: LAYOUT, ...(cursor as unknown as Record<string, Json>) }
}

/** @throws FullReadNeeded for a cursor of another layout. */
export function readCursor(cursor: Json): StripeCursor | null {
  if (cursor === null) return null
  const { layout, phase, begun, from, since, until, place, recent, observed } = cursor as { readonly [name: string]: Json | undefined }
  if (layout !== LAYOUT) throw new FullReadNeeded('The cursor has another layout.')
  const known = { place: readPlace(place), observed: readObserved(observed) }
  if (phase === 'list' && typeof begun === 'number') return { phase, begun, from: typeof from === 'number' ? from : null, ...known }
  if (phase === 'events' && typeof since === 'number') {
    return { phase, since, until: typeof until === 'number' ? until : null, recent: Array.isArray(recent) ? recent.filter((id) => typeof id === 'string') : [], ...known }
  }
  throw new FullReadNeeded('The cursor has another layout.')
}

function readPlace(place: Json | undefined): ListPlace {
  const { after, created } = (place ?? {}) as { readonly [name: string]: Json | undefined }
  return typeof after === 'string' ? { after, created: typeof created === 'number' ? created : null } : BEGINNING
}
