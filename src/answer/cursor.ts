import { KpiqlError } from '../base/errors.ts'

/** A place in an ordered list, and the version of the data in which it was that place. */
export interface Cursor {
  readonly version: string
  /** Hash of the question whose list it is. */
  readonly question: string
  readonly offset: number
}

export function encodeCursor({ version, question, offset }: Cursor): string {
  return Buffer.from(JSON.stringify([version, question, offset])).toString('base64url')
}

/** @throws KpiqlError `INVALID_CURSOR`, also for a cursor into the list of another question. */
export function decodeCursor(text: string, question: string): Cursor {
  const broken = new KpiqlError('INVALID_CURSOR', { message: 'The cursor is not one of ours.', hint: 'Pass `pageInfo.endCursor` of an earlier page as it stands.' })
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    throw broken
  }
  if (!Array.isArray(parsed)) throw broken
  const [version, origin, offset]: unknown[] = parsed
  if (typeof version !== 'string' || typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) throw broken
  if (origin !== question) {
    throw new KpiqlError('INVALID_CURSOR', { message: 'The cursor belongs to another question.', hint: 'Page with the same arguments that gave the cursor; leave `after` out for another question.' })
  }
  return { version, question, offset }
}
