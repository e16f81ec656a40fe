import { stableHash } from '../base/stable-hash.ts'
import type { Versions } from './kept-answers.ts'

/**
 * An `ETag` for what one caller is answered to one question while all sources have these versions. Weak: the data are equal, what they
 * cost is told anew.
 */
export function answerTag(question: readonly string[], keyId: string | null, versions: Versions): string {
  return `W/"${stableHash([question, keyId, versions])}"`
}

/** Whether a client has the answer already, by its header `if-none-match`. */
export function hasTag(ifNoneMatch: string | undefined, tag: string): boolean {
  return ifNoneMatch !== undefined && ifNoneMatch.split(',').some((one) => one.trim() === tag)
}

/** Of an answer that its client may not keep. */
export const NOT_KEPT = { 'cache-control': 'no-store' } as const

/** Of an answer that may be kept by the client alone, and asked about before each use. */
export function tagHeaders(tag: string): Readonly<Record<string, string>> {
  return { etag: tag, 'cache-control': 'private, max-age=0, must-revalidate' }
}

/** On what an answer hangs besides its address; added to what stands there. */
export function varyOf(present: unknown): string {
  const own = 'Authorization, Accept, Accept-Encoding'
  return typeof present === 'string' && present !== '' ? `${present}, ${own}` : own
}
