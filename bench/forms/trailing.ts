import { AnswerBuilder, bucketStarts, toEpochMs, toUnits } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { BenchAsk } from '../slices.ts'
import { at, readRows, sharedWindow } from './sql-text.ts'
import type { Form } from './sql-text.ts'

const WINDOW_DAYS = 28
const DAY_MS = 86_400_000
/** Days a word; with the days that a window reaches further, they stay below 63. */
const WORD_DAYS = 32

/** One statement a day: different users of the 28 days that end with it. */
export function countADay(ask: BenchAsk): Form {
  return async (connection) => {
    const { start, end } = sharedWindow(ask)
    const builder = new AnswerBuilder(ask)
    for (const dayMs of bucketStarts(start, end, 'day')) {
      const sql = `SELECT count(DISTINCT user_id) FROM events WHERE ts >= TIMESTAMP '${dateOf(dayMs - (WINDOW_DAYS - 1) * DAY_MS)}' AND ts < TIMESTAMP '${dateOf(dayMs + DAY_MS)}'`
      for (const [users] of await readRows(connection, sql)) builder.add(0, dayMs, 0, toUnits(users), 0n)
    }
    return builder.build()
  }
}

/**
 * A user's day counts until their next one, 28 days at most: `lead()` finds it, and running sums over what comes and goes give the counts.
 *
 * @param days 'distinct' nets a user's events of a day before they are put in order, 'all' orders events and leaves out all but a day's last.
 */
export function leadDeltas(ask: BenchAsk, days: 'distinct' | 'all'): Form {
  const { start, end } = sharedWindow(ask)
  const firstMs = Date.parse(start) - (WINDOW_DAYS - 1) * DAY_MS
  const own = `SELECT ${days === 'distinct' ? 'DISTINCT ' : ''}user_id, ts::DATE AS day FROM events WHERE ts >= TIMESTAMP '${dateOf(firstMs)}' AND ts < TIMESTAMP '${end}'`
  const sql = `WITH followed AS (SELECT day, lead(day) OVER (PARTITION BY user_id ORDER BY day) AS next FROM (${own})),
    spans AS (SELECT day, least(day + ${WINDOW_DAYS}, coalesce(next, day + ${WINDOW_DAYS})) AS until, count(*) AS users FROM followed WHERE next IS NULL OR next > day GROUP BY 1, 2)
    SELECT day, sum(users) FROM (SELECT day, users FROM spans UNION ALL SELECT until, -users FROM spans) GROUP BY 1`
  return async (connection) => {
    const changes = new Map((await readRows(connection, sql)).map(([day, change]) => [toEpochMs(day), toUnits(change)]))
    const builder = new AnswerBuilder(ask)
    let users = 0n
    for (let dayMs = firstMs; dayMs < Date.parse(end); dayMs += DAY_MS) {
      users += changes.get(dayMs) ?? 0n
      if (dayMs >= Date.parse(start)) builder.add(0, dayMs, 0, users, 0n)
    }
    return builder.build()
  }
}

/** A user's days as bits of words; moved by a day, two, four and so on they become the days whose windows hold the user. */
export function daysAsBits(ask: BenchAsk): Form {
  const { start, end } = sharedWindow(ask)
  const firstMs = Date.parse(start) - (WINDOW_DAYS - 1) * DAY_MS
  const number = `(ts::DATE - DATE '${dateOf(firstMs)}')`
  // Windows of 1, 2, 4, 8, 16 and at last 28 days.
  const wider = [1, 2, 4, 8, 12].reduce((from, by) => `SELECT user_id, word, bits | (bits << ${by}) AS bits FROM (${from})`, `
    SELECT user_id, (${number} // ${WORD_DAYS})::UTINYINT AS word, bit_or(1::BIGINT << (${number} % ${WORD_DAYS})) AS bits
    FROM events WHERE ts >= TIMESTAMP '${dateOf(firstMs)}' AND ts < TIMESTAMP '${end}' GROUP BY 1, 2`)
  const days = Array.from({ length: WORD_DAYS }, (_, day) => `sum((bits >> ${day}) & 1)`)
  const sql = `WITH windows AS (${wider})
    SELECT word, ${days.join(', ')} FROM (
      SELECT user_id, word, bit_or(bits) AS bits FROM (SELECT * FROM windows UNION ALL SELECT user_id, (word + 1)::UTINYINT, bits >> ${WORD_DAYS} FROM windows WHERE bits >> ${WORD_DAYS} <> 0) GROUP BY 1, 2
    ) GROUP BY 1`
  return async (connection): Promise<Answer> => {
    const builder = new AnswerBuilder(ask)
    for (const [word, ...counts] of await readRows(connection, sql))
      for (let day = 0; day < WORD_DAYS; day++) {
        const dayMs = firstMs + (Number(word) * WORD_DAYS + day) * DAY_MS
        if (dayMs >= Date.parse(start) && dayMs < Date.parse(end)) builder.add(0, dayMs, 0, toUnits(at(counts, day)), 0n)
      }
    return builder.build()
  }
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
