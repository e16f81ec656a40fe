import { KpiqlError } from '../base/errors.ts'

/** A place in a list ordered by date and id; stays where it is when others are recorded. */
export interface Place {
  readonly date: string
  readonly id: string
}

/** @param list which list it is a place of. */
export function encodePlace({ date, id }: Place, list: string): string {
  return Buffer.from(JSON.stringify([date, id, list])).toString('base64url')
}

/** @throws KpiqlError `INVALID_CURSOR`, also for a place in another list. */
export function decodePlace(cursor: string, list: string): Place {
  const [date, id, of] = parsed(cursor)
  if (typeof date === 'string' && typeof id === 'string' && of === list) return { date, id }
  throw new KpiqlError('INVALID_CURSOR', { message: 'The cursor is not one of this list.', hint: 'Pass `pageInfo.endCursor` of an earlier page as it stands, with the same arguments.' })
}

function parsed(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(value) ? value : []
  } catch {
    // Not one of ours: what follows says so.
    return []
  }
}
