import { VersionedCache } from '../cache/versioned-cache.ts'
import type { Answered } from './question.ts'

interface Kept {
  readonly answer: Answered
  readonly bytes: number
  readonly keptAtUtcMs: number
  readonly standing: string | null
  readonly reads: number
}

/** An answer, and of how many reads it was made. */
export type Made = Pick<Kept, 'answer' | 'reads'>

/** When a source was last seen to have a version, UTC ms; null where it has not been of late. */
export type LastSeen = (source: string, version: string) => number | null

/** A single answer of more than this is not kept. */
const MOST_BYTES = 4_000_000

/**
 * Answers as they were last given: for the same question while nothing has moved, and for the time when a source is down. Nothing
 * comes here but what was answered whole.
 */
export class LastAnswers {
  readonly #answers: VersionedCache<Kept>

  constructor(maxBytes: number) {
    this.#answers = new VersionedCache<Kept>(maxBytes, ({ bytes }) => bytes)
  }

  clear(): void {
    this.#answers.clear()
  }

  /**
   * @param nowUtcMs the present that the question was asked at.
   * @param standing the present and the versions of all sources, where all were known; null where they were not.
   * @param costMs what it took to answer.
   */
  keep(question: string, { answer, reads }: Made, nowUtcMs: number, standing: string | null, costMs: number): void {
    const bytes = bytesOf(answer)
    if (bytes < MOST_BYTES) this.#answers.set(atPresent(question, nowUtcMs), { answer, bytes, keptAtUtcMs: Date.now(), standing, reads }, costMs)
  }

  /** The answer to the same question at the same present from the same versions of all sources: planned and folded anew it would be equal. */
  same(question: string, nowUtcMs: number, standing: string): Made | null {
    const kept = this.#answers.get(atPresent(question, nowUtcMs))
    return kept?.standing === standing ? kept : null
  }

  /**
   * The answer to the same question, if all sources it speaks of were seen to be as it says at most so long ago; marked stale.
   *
   * @param maxAgeMs milliseconds.
   */
  find(question: string, nowUtcMs: number, maxAgeMs: number, lastSeen: LastSeen): Answered | null {
    const kept = this.#answers.get(atPresent(question, nowUtcMs))
    if (kept === undefined) return null
    const { answer, keptAtUtcMs } = kept
    const seen = Object.entries(answer.provenance.dataVersions).map(([source, version]) => Math.max(keptAtUtcMs, lastSeen(source, version) ?? 0))
    if (Date.now() - Math.min(...seen) > maxAgeMs) return null
    return { ...answer, provenance: { ...answer.provenance, stale: true } }
  }
}

/** A period that ends at the present is the same question a minute later. */
function atPresent(question: string, nowUtcMs: number): string {
  return question.replaceAll(String(nowUtcMs), 'now')
}

/** A little generous; stops counting where an answer is too large anyway. */
function bytesOf(answer: Answered): number {
  let bytes = 0
  const add = (value: unknown): void => {
    bytes += 16
    if (bytes > MOST_BYTES) return
    if (typeof value === 'string') bytes += value.length * 2
    else if (Array.isArray(value)) value.forEach(add)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(add)
  }
  add(answer)
  return bytes
}
