import type { DuckDBConnection } from '@duckdb/node-api'
import { toUnits } from '../answer.ts'
import { halvingCase, readRows } from './sql-text.ts'

/** Counts by `<slice>|<month of the start>|<period>`, and sizes with period `size`; what is not there is 0. */
export type Matrix = ReadonlyMap<string, number>
export type RetentionForm = (connection: DuckDBConnection) => Promise<Matrix>

export interface MatrixAsk {
  /** First days of the months of starts, and the end of the last. */
  readonly months: readonly string[]
  readonly periods: number
  /** Values of `plan` at the start, one matrix each; null for one matrix of all. */
  readonly plans: readonly string[] | null
}

/** The start's month by a join, and different pairs of user and month: as one would first write it. */
export function joinedPairs(ask: MatrixAsk): RetentionForm {
  return fromPairs(
    ask,
    `WITH firsts AS (SELECT user_id, date_trunc('month', min(ts)) AS start, arg_min(plan, ts) AS plan FROM events GROUP BY user_id),
     months AS (SELECT DISTINCT user_id, date_trunc('month', ts) AS month FROM events)
     SELECT plan, start, datediff('month', start, month) AS period, count(*) FROM months JOIN firsts USING (user_id) WHERE ${insideSql(ask, 'start')} GROUP BY ALL`,
  )
}

/** Different users counted by the engine, each event joined with its user's start. */
export function countedDistinct(ask: MatrixAsk): RetentionForm {
  return fromPairs(
    ask,
    `WITH firsts AS (SELECT user_id, date_trunc('month', min(ts)) AS start, arg_min(plan, ts) AS plan FROM events GROUP BY user_id)
     SELECT firsts.plan, start, datediff('month', start, date_trunc('month', ts)) AS period, count(DISTINCT user_id) FROM events JOIN firsts USING (user_id)
     WHERE ${insideSql(ask, 'start')} GROUP BY ALL`,
  )
}

/** Pairs of user and month, the first of each user by a window over them: one scan. */
export function windowedPairs(ask: MatrixAsk): RetentionForm {
  return fromPairs(
    ask,
    `SELECT plan, start, datediff('month', start, month) AS period, count(*) FROM (
       SELECT month, min(month) OVER users AS start, first_value(plan) OVER (users ORDER BY month) AS plan
       FROM (SELECT user_id, date_trunc('month', ts) AS month, arg_min(plan, ts) AS plan FROM events GROUP BY 1, 2) WINDOW users AS (PARTITION BY user_id)
     ) WHERE ${insideSql(ask, 'start')} GROUP BY ALL`,
  )
}

/** One word of months a user; `bits` makes the month's bit of a row. One scan, one group a user, periods counted by moving the word to its start. */
export function monthsAsBits(ask: MatrixAsk, bits: 'literals' | 'shifted'): RetentionForm {
  const edges = monthsAfter(ask)
  const timestamps = edges.map((edge) => `TIMESTAMP '${edge}'`)
  const number = (column: string): string => halvingCase(column, timestamps, (position) => `${position}::INTEGER`)
  const bit = bits === 'literals' ? halvingCase('ts', timestamps, (position) => (position === 0 || position === edges.length ? '0' : `${1n << BigInt(position - 1)}`)) : `(1::BIGINT << (${number('ts')})) >> 1`
  const plan = ask.plans === null ? "''" : 'arg_min(plan, ts)'
  const counts = Array.from({ length: ask.periods }, (_, period) => `count(*) FILTER (WHERE (months >> (start - 1)) & ${1n << BigInt(period)} <> 0)`)
  const sql = `SELECT plan, start, count(*), ${counts.join(', ')} FROM (
      SELECT plan, months, ${number('first')} AS start FROM (
        SELECT user_id, min(ts) AS first, bit_or(${bit}) AS months, ${plan} AS plan FROM events WHERE ts < ${timestamps.at(-1)} GROUP BY user_id
      ) WHERE ${insideSql(ask, 'first')}
    ) GROUP BY plan, start`
  return async (connection) => {
    const found = new Map<string, number>()
    for (const [ofPlan, start, size, ...actives] of await readRows(connection, sql)) {
      const slice = sliceOf(ask, String(ofPlan))
      if (slice === null) continue
      const month = edges[Number(start) - 1] ?? ''
      found.set(`${slice}|${month}|size`, Number(toUnits(size)))
      actives.forEach((active, period) => put(found, `${slice}|${month}|${period}`, Number(toUnits(active))))
    }
    return found
  }
}

function fromPairs(ask: MatrixAsk, sql: string): RetentionForm {
  return async (connection) => {
    const found = new Map<string, number>()
    for (const [plan, start, period, users] of await readRows(connection, sql)) {
      const slice = sliceOf(ask, String(plan))
      if (slice === null || Number(period) >= ask.periods) continue
      const month = String(start).slice(0, 10)
      const add = (key: string): void => put(found, key, (found.get(key) ?? 0) + Number(toUnits(users)))
      add(`${slice}|${month}|${Number(period)}`)
      // In the month of the start everybody is active.
      if (Number(period) === 0) add(`${slice}|${month}|size`)
    }
    return found
  }
}

function put(found: Map<string, number>, key: string, count: number): void {
  if (count > 0) found.set(key, count)
}

function sliceOf({ plans }: MatrixAsk, plan: string): number | null {
  if (plans === null) return 0
  const index = plans.indexOf(plan)
  return index < 0 ? null : index
}

function insideSql({ months }: MatrixAsk, column: string): string {
  return `${column} >= TIMESTAMP '${months[0]}' AND ${column} < TIMESTAMP '${months.at(-1)}'`
}

/** The months of starts and as many after them as there are periods. */
function monthsAfter({ months, periods }: MatrixAsk): readonly string[] {
  const [year = 0, month = 1] = (months[0] ?? '').split('-').map(Number)
  return Array.from({ length: months.length + periods - 1 }, (_, index) => new Date(Date.UTC(year, month - 1 + index)).toISOString().slice(0, 10))
}
