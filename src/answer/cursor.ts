import { KpiqlError } from '../base/errors.ts'

/** A place in an ordered list, and the version of the data in which it was that place. */
export interface Cursor {
  readonly version: string
  readonly offset: number
}

export function encodeCursor({ version, offset }: Cursor): string {
  return Buffer.from(JSON.stringify([version, offset])).toString('base64url')
}

/** @throws KpiqlError `INVALID_CURSOR`. */
export function decodeCursor(text: string): Cursor {
  const broken = new KpiqlError('INVALID_CURSOR', { message: 'The cursor is not one of ours.', hint: 'Pass `pageInfo.endCursor` of an earlier page as it stands.' })
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    throw broken
  }
  if (!Array.isArray(parsed)) throw broken
  const [version, offset]: unknown[] = parsed
  if (typeof version !== 'string' || typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) throw broken
  return { version, offset }
}
