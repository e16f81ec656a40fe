import type { DuckDBValue } from '@duckdb/node-api'
import { AnswerBuilder, bucketStarts, toUnits } from '../answer.ts'
import type { BenchAsk } from '../slices.ts'
import { at, halvingCase, readRows, sharedWindow } from './sql-text.ts'
import type { Form } from './sql-text.ts'
import { bucketEnds } from './stock.ts'

/** One statement a bucket: different customers among the rows live at its end. */
export function countABucket(ask: BenchAsk): Form {
  return async (connection) => {
    const builder = new AnswerBuilder(ask)
    for (const { startMs, end } of bucketEnds(ask)) {
      const sql = `SELECT count(DISTINCT customer_id) FROM subscriptions WHERE start_date < DATE '${end}' AND (end_date IS NULL OR end_date >= DATE '${end}')`
      for (const [customers] of await readRows(connection, sql)) builder.add(0, startMs, 0, toUnits(customers), 0n)
    }
    return builder.build()
  }
}

/**
 * One is added where a customer's rows grow from none, and taken off where they fall to none; running sums over the buckets give the count.
 *
 * @param stepOf the day or the bucket by which a customer's rows are netted; `bucketOf` makes the bucket of it.
 */
export function transitions(ask: BenchAsk, stepOf: (column: string) => string, bucketOf: (step: string) => string, toMs: (bucket: DuckDBValue | undefined) => number): Form {
  const { start, end } = sharedWindow(ask)
  const starts = bucketStarts(start, end, ask.grain)
  return async (connection) => {
    const sql = `WITH changes AS (
        SELECT customer_id, ${stepOf('start_date')} AS step, 1 AS rows FROM subscriptions WHERE start_date < DATE '${end}'
        UNION ALL SELECT customer_id, ${stepOf('end_date')}, -1 FROM subscriptions WHERE end_date < DATE '${end}'
      ), steps AS (SELECT customer_id, step, sum(rows) AS change FROM changes GROUP BY 1, 2 HAVING sum(rows) <> 0),
      running AS (SELECT step, change, sum(change) OVER (PARTITION BY customer_id ORDER BY step ROWS UNBOUNDED PRECEDING) AS live FROM steps)
      SELECT ${bucketOf('step')} AS bucket, count(*) FILTER (WHERE live = change) - count(*) FILTER (WHERE live = 0) FROM running GROUP BY 1`
    const changeOf = new Map((await readRows(connection, sql)).map(([bucket, change]) => [toMs(bucket), toUnits(change)]))
    const builder = new AnswerBuilder(ask)
    let live = 0n
    for (const startMs of starts) builder.add(0, startMs, 0, (live += changeOf.get(startMs) ?? 0n), 0n)
    return builder.build()
  }
}

/** The ends at which each customer is live as bits of one word, at most 63: one group a customer, and the bits are added up. */
export function endsAsBits(ask: BenchAsk): Form {
  const ends = bucketEnds(ask)
  const bounds = ends.map(({ end }) => `DATE '${end}'`)
  // A row is live from the first end after its start up to the one before the first after its own end: `2^to - 2^from`.
  const power = (column: string): string => halvingCase(column, bounds, (position) => String(2n ** BigInt(position)))
  const live = `CASE WHEN end_date IS NULL THEN ${2n ** BigInt(ends.length)} ELSE ${power('end_date')} END - ${power('start_date')}`
  return async (connection) => {
    const sql = `SELECT ${ends.map((_, position) => `sum((ends >> ${position}) & 1)`).join(', ')} FROM (
      SELECT customer_id, bit_or((${live})::BIGINT) AS ends FROM subscriptions GROUP BY 1)`
    const builder = new AnswerBuilder(ask)
    const [counts = []] = await readRows(connection, sql)
    for (const [position, { startMs }] of ends.entries()) builder.add(0, startMs, 0, toUnits(at(counts, position)), 0n)
    return builder.build()
  }
}
