import type { DuckDBConnection } from '@duckdb/node-api'
import { literal, readRows } from './sql-text.ts'

/** Steps of `events` by their values of `event`, of which no two share one. */
export interface FunnelCase {
  readonly steps: readonly [readonly string[], readonly string[], readonly string[]]
  readonly start: string
  readonly end: string
  readonly days: number
}

/** How many users reach each of three steps, and the median seconds from one to the next. */
export type CountedSteps = readonly [first: number, second: number, third: number, toSecond: number | null, toThird: number | null]
export type FunnelForm = (connection: DuckDBConnection) => Promise<CountedSteps>

/** Each event joined with the nearest after it, from the last step back; each step reads the table once. */
export function joinedToNearest(ask: FunnelCase): FunnelForm {
  const step = (index: number): string => `(SELECT user_id, ts FROM events WHERE ${insideSql(ask, index)})`
  const ways = `SELECT b.user_id, b.ts, c.ts AS third FROM ${step(1)} b ASOF LEFT JOIN ${step(2)} c ON b.user_id = c.user_id AND b.ts <= c.ts`
  return counted(ask, `SELECT a.user_id, a.ts AS first, b.ts AS second, b.third FROM ${step(0)} a ASOF LEFT JOIN (${ways}) b ON a.user_id = b.user_id AND a.ts <= b.ts`)
}

/** Windows over all steps, those of the way from the second step inside those from the first. */
export function nestedWindows(ask: FunnelCase): FunnelForm {
  return counted(
    ask,
    `SELECT user_id, ts AS first, second, third FROM (
       SELECT user_id, ts, step, min(CASE WHEN step = 2 THEN ts END) OVER behind AS second, min(CASE WHEN step = 2 THEN third END) OVER behind AS third FROM (
         SELECT user_id, ts, step, min(CASE WHEN step = 3 THEN ts END) OVER behind AS third FROM (${eventsSql(ask)}) WINDOW ${BEHIND}
       ) WHERE step < 3 WINDOW ${BEHIND}
     ) WHERE step = 1`,
  )
}

/** The same, but only two steps are sorted at a time. */
export function windowsOfPairs(ask: FunnelCase): FunnelForm {
  return counted(
    ask,
    `SELECT user_id, ts AS first, second, third FROM (
       SELECT user_id, ts, step, min(CASE WHEN step = 2 THEN ts END) OVER behind AS second, min(third) OVER behind AS third FROM (
         SELECT user_id, ts, step, third FROM (
           SELECT user_id, ts, step, min(CASE WHEN step = 3 THEN ts END) OVER behind AS third FROM (${eventsSql(ask)}) WHERE step > 1 WINDOW ${BEHIND}
         ) WHERE step = 2
         UNION ALL SELECT user_id, ts, 1, NULL FROM (${eventsSql(ask)}) WHERE step = 1
       ) WINDOW ${BEHIND}
     ) WHERE step = 1`,
  )
}

/** The same with time and step in one number, which sorts faster. */
export function packedPairs(ask: FunnelCase): FunnelForm {
  const rows = `SELECT user_id, (epoch_us(ts) << 2) | step AS k FROM (${eventsSql(ask)})`
  const behind = 'behind AS (PARTITION BY user_id ORDER BY k DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)'
  return counted(
    ask,
    `SELECT user_id, make_timestamp(k >> 2) AS first, make_timestamp(second >> 2) AS second, make_timestamp(third >> 2) AS third FROM (
       SELECT user_id, k, min(CASE WHEN k & 3 = 2 THEN k END) OVER behind AS second, min(third) OVER behind AS third FROM (
         SELECT user_id, k, third FROM (
           SELECT user_id, k, min(CASE WHEN k & 3 = 3 THEN k END) OVER behind AS third FROM (${rows}) WHERE k & 3 > 1 WINDOW ${behind}
         ) WHERE k & 3 = 2
         UNION ALL SELECT user_id, k, NULL FROM (${rows}) WHERE k & 3 = 1
       ) WINDOW ${behind}
     ) WHERE k & 3 = 1`,
  )
}

const BEHIND = 'behind AS (PARTITION BY user_id ORDER BY ts DESC, step DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)'

/** The best attempt of each user, without sorting: of those that reach a step the first to open is the first everywhere. */
function counted({ end, days }: FunnelCase, ways: string): FunnelForm {
  const seconds = (from: string, to: string): string => `median((epoch_us(${to}) - epoch_us(${from})) / 1e6)`
  const sql = `WITH attempts AS (
      SELECT user_id, first, CASE WHEN second < first + INTERVAL ${days} DAY THEN second END AS second, CASE WHEN third < first + INTERVAL ${days} DAY THEN third END AS third
      FROM (${ways}) WHERE first < TIMESTAMP '${end}'
    ), users AS (
      SELECT min(first) AS first_1, min(first) FILTER (second IS NOT NULL) AS first_2, min(first) FILTER (third IS NOT NULL) AS first_3,
        min(second) AS second_2, min(second) FILTER (third IS NOT NULL) AS second_3, min(third) AS third
      FROM attempts GROUP BY user_id
    ), best AS (SELECT coalesce(first_3, first_2, first_1) AS first, coalesce(second_3, second_2) AS second, third FROM users)
    SELECT count(first), count(second), count(third), ${seconds('first', 'second')}, ${seconds('second', 'third')} FROM best`
  return async (connection) => {
    const [row = []] = await readRows(connection, sql)
    const [first, second, third, toSecond, toThird] = row.map((value) => (value === null ? null : Number(value)))
    return [first ?? 0, second ?? 0, third ?? 0, toSecond ?? null, toThird ?? null]
  }
}

function eventsSql(ask: FunnelCase): string {
  const step = `CASE WHEN ${isStep(ask, 0)} THEN 1 WHEN ${isStep(ask, 1)} THEN 2 ELSE 3 END`
  return `SELECT user_id, ts, ${step} AS step FROM events WHERE ${ask.steps.map((_, index) => insideSql(ask, index)).map((one) => `(${one})`).join(' OR ')}`
}

function isStep({ steps }: FunnelCase, step: number): string {
  return `event IN (${(steps[step] ?? []).map(literal).join(', ')})`
}

function insideSql(ask: FunnelCase, step: number): string {
  const until = step === 0 ? `TIMESTAMP '${ask.end}'` : `TIMESTAMP '${ask.end}' + INTERVAL ${ask.days} DAY`
  return `ts >= TIMESTAMP '${ask.start}' AND ts < ${until} AND ${isStep(ask, step)}`
}
