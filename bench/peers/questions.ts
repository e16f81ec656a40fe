import { COUNTRIES } from '../data.ts'
import type { PeersDatabase } from './database.ts'

/** Revenue by month of 2025, of events whose score is in a range: a slice a country, all in one request. */
export interface Question {
  readonly name: string
  readonly countries: readonly string[]
}

/** Half of all scores; `gte` is inclusive and `lt` exclusive. */
export interface ScoreRange {
  readonly gte: number
  readonly lt: number
}

/** Cents by slice and month (`0/2025-01`). */
export type PeersAnswer = ReadonlyMap<string, bigint>

const MONTHS = 12

export const ONE_SLICE: Question = { name: 'one slice', countries: COUNTRIES.slice(1, 2) }
export const PAGE: Question = { name: 'a page of 12 slices', countries: COUNTRIES.slice(0, 12) }

const RANGES = 62_500

/** The same ranges in the same order for whoever asks, each another. @throws RangeError when there are no more. */
export function rangeDrawer(): () => ScoreRange {
  let drawn = 0
  return () => {
    if (drawn >= RANGES) throw new RangeError(`The bench has no more than ${RANGES} filters.`)
    const gte = drawn % 250
    const lt = gte + 500 + Math.floor(drawn / 250)
    drawn += 1
    return { gte, lt }
  }
}

/** One obvious statement a slice. */
export async function answerBySql(database: PeersDatabase, { countries }: Question, { gte, lt }: ScoreRange): Promise<PeersAnswer> {
  const answer = new Map<string, bigint>()
  for (const [slice, country] of countries.entries()) {
    const rows = await database.rows(
      `SELECT to_char(ts, 'YYYY-MM'), CAST(sum(amount) * 100 AS bigint) FROM events WHERE country = $1 AND score >= $2 AND score < $3 AND ts >= '2025-01-01' AND ts < '2026-01-01' GROUP BY 1`,
      [country, gte, lt],
    )
    for (const [month, cents] of rows) answer.set(`${slice}/${month}`, BigInt(cents ?? 0))
  }
  return answer
}

/** The first point where an answer differs; null where it is the same. Every slice must have every month. */
export function differenceFrom(expected: PeersAnswer, { countries }: Question, found: PeersAnswer): string | null {
  if (expected.size !== countries.length * MONTHS) return `the bench expects ${expected.size} points`
  if (found.size !== expected.size) return `${found.size} points in place of ${expected.size}`
  for (const [key, cents] of expected) if (found.get(key) !== cents) return `${key} is ${found.get(key)} in place of ${cents} cents`
  return null
}

/** @param months one entry a month, with how it begins as an ISO date and its sum as an exact text or a double. */
export function answerOf(slices: readonly (readonly { readonly start: string; readonly sum: string | number | null }[])[]): PeersAnswer {
  return new Map(slices.flatMap((months, slice) => months.filter(({ sum }) => sum !== null).map(({ start, sum }): [string, bigint] => [`${slice}/${start.slice(0, 7)}`, BigInt(Math.round(Number(sum) * 100))])))
}
