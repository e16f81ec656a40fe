import { FullReadNeeded } from '../sync-contract.ts'
import type { Json } from '../sync-contract.ts'

const HOUR_MS = 3_600_000

/** Of a list that is read whole every so often: where in it, or when it was read to its end. */
export interface ListCursor {
  /** Which list of several; 0 where there is one. */
  readonly list: number
  readonly page: number
  /** What the tool told pages by; null for the first one. */
  readonly token: string | null
  /** When this reading began, UTC ms. */
  readonly begunUtcMs: number
  readonly isDone: boolean
}

/**
 * @returns Null where the list was read and is not due again.
 * @throws FullReadNeeded where it is due, which also tells what was deleted, and for a cursor of another layout.
 */
export function listCursor(cursor: Json, nowUtcMs: number, everyHours: number): ListCursor | null {
  if (cursor === null) return { list: 0, page: 0, token: null, begunUtcMs: nowUtcMs, isDone: false }
  const { layout, list, page, token, begunUtcMs, isDone } = cursor as { readonly [name: string]: Json | undefined }
  if (layout !== 'list-1' || typeof list !== 'number' || typeof page !== 'number' || typeof begunUtcMs !== 'number') throw new FullReadNeeded('The cursor has another layout.')
  if (isDone !== true) return { list, page, token: typeof token === 'string' ? token : null, begunUtcMs, isDone: false }
  if (nowUtcMs - begunUtcMs < everyHours * HOUR_MS) return null
  throw new FullReadNeeded('The list is due again.')
}

export function writeListCursor(cursor: ListCursor): Json {
  return { layout: 'list-1', ...cursor }
}
