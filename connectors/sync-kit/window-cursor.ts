import { FullReadNeeded } from '../sync-contract.ts'
import type { Json } from '../sync-contract.ts'
import type { TimeWindow } from './time-window.ts'

/**
 * How far a reading by windows of time has come; all times are UTC ms. Everything in `[backfilledTo, newest)` has been read.
 * `open` is a window of which only a part was committed.
 */
export interface WindowCursor {
  readonly newest: number
  readonly backfilledTo: number
  readonly open: { readonly window: TimeWindow; readonly at: Json } | null
}

/** As it is committed: a fixed layout, whose name changes with it. */
export function writeWindowCursor({ newest, backfilledTo, open }: WindowCursor): Json {
  return { layout: 'windows-1', newest, backfilledTo, open: open === null ? null : { from: open.window.fromUtcMs, to: open.window.toUtcMs, at: open.at } }
}

/** @returns Null for null: nothing was read yet. @throws FullReadNeeded for a cursor of another layout. */
export function readWindowCursor(cursor: Json): WindowCursor | null {
  if (cursor === null) return null
  const { layout, newest, backfilledTo, open } = fieldsOf(cursor)
  if (layout !== 'windows-1' || !isInstant(newest) || !isInstant(backfilledTo)) throw new FullReadNeeded('The cursor has another layout.')
  if (open === null || open === undefined) return { newest, backfilledTo, open: null }
  const { from, to, at } = fieldsOf(open)
  if (!isInstant(from) || !isInstant(to)) throw new FullReadNeeded('The cursor has another layout.')
  return { newest, backfilledTo, open: { window: { fromUtcMs: from, toUtcMs: to }, at: at ?? null } }
}

function fieldsOf(value: Json): { readonly [name: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { readonly [name: string]: Json }) : {}
}

function isInstant(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}
