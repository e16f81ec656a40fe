import type { DuckDBValue } from '@duckdb/node-api'
import { AnswerBuilder, toEpochMs, toUnits } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { BenchAsk } from '../slices.ts'
import { readRows, sharedWindow } from './sql-text.ts'
import type { BucketForm, Form } from './sql-text.ts'

/** What a day of a customer is, told by the balances before and after it and by whether it is the first day that holds anything. */
const KINDS: Readonly<Record<string, string>> = {
  new_mrr: 'before <= 0 AND balance > 0 AND is_first',
  expansion_mrr: 'before > 0 AND balance > before',
  contraction_mrr: 'balance > 0 AND balance < before',
  churned_mrr: 'before > 0 AND balance <= 0',
  reactivation_mrr: 'before <= 0 AND balance > 0 AND NOT is_first',
}
const LOSSES: ReadonlySet<string> = new Set(['contraction_mrr', 'churned_mrr'])

/** One statement a metric: what each customer holds at the end of a day, beside what the same one held at the end of their last such day. */
export function closesAMetric(ask: BenchAsk): Form {
  const { start, end } = sharedWindow(ask)
  return async (connection) => {
    const builder = new AnswerBuilder(ask)
    for (const [metric, { name }] of ask.metrics.entries()) {
      const sql = `WITH closes AS (
          SELECT DISTINCT customer_id, day, sum(amount) OVER (PARTITION BY customer_id ORDER BY day) AS balance FROM (${changesSql(end)})
        ), told AS (
          SELECT day, balance, lag(balance, 1, 0) OVER so_far AS before, coalesce(max(balance) OVER (so_far ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) <= 0 AS is_first
          FROM closes WINDOW so_far AS (PARTITION BY customer_id ORDER BY day)
        )
        SELECT date_trunc('month', day), sum(balance - before) FROM told WHERE day >= DATE '${start}' AND ${kindOf(name)} GROUP BY 1`
      for (const [bucket, change] of await readRows(connection, sql)) builder.add(0, toEpochMs(bucket), metric, signed(name, toUnits(change)), 1n)
    }
    return builder.build()
  }
}

/** No running sums: each day on which something of a customer begins or ends, joined with all rows of that customer. */
export function daysJoined(ask: BenchAsk): Form {
  const { start, end } = sharedWindow(ask)
  const before = 'start_date < day AND (end_date IS NULL OR end_date >= day)'
  const after = 'start_date <= day AND (end_date IS NULL OR end_date > day)'
  const sql = `WITH days AS (
      SELECT customer_id, start_date AS day FROM subscriptions WHERE start_date >= DATE '${start}' AND start_date < DATE '${end}'
      UNION SELECT customer_id, end_date FROM subscriptions WHERE end_date >= DATE '${start}' AND end_date < DATE '${end}'
    ), told AS (
      SELECT customer_id, day, coalesce(sum(monthly_price) FILTER (WHERE ${before}), 0) AS before, coalesce(sum(monthly_price) FILTER (WHERE ${after}), 0) AS balance,
        count(*) FILTER (WHERE start_date < day AND monthly_price > 0) = 0 AS is_first
      FROM days JOIN subscriptions USING (customer_id) GROUP BY 1, 2
    )
    SELECT date_trunc('month', day), ${ask.metrics.map(({ name }) => `sum(balance - before) FILTER (WHERE ${kindOf(name)})`).join(', ')} FROM told GROUP BY 1`
  return async (connection) => flowsOf(ask, toEpochMs, await readRows(connection, sql))
}

/** How the first day that holds anything is found. */
export type FirstDay = 'the first above 0' | 'the first'

/**
 * Changes alone, netted by customer and day, and running sums over them: one statement for all metrics.
 *
 * @param first 'the first' is right where no price is 0 or less, as the column's statistics say.
 */
export function sparseDeltas(ask: BenchAsk, bucket: BucketForm, first: FirstDay): Form {
  const { start, end } = sharedWindow(ask)
  const isFirst = first === 'the first' ? 'day = first_value(day) OVER so_far' : 'day = min(CASE WHEN balance > 0 THEN day END) OVER (PARTITION BY customer_id)'
  const running = `SELECT customer_id, day, change, sum(change) OVER so_far AS balance${first === 'the first' ? `, ${isFirst} AS is_first` : ''}
    FROM days WINDOW so_far AS (PARTITION BY customer_id ORDER BY day ROWS UNBOUNDED PRECEDING)`
  const told = first === 'the first' ? 'SELECT day, change, balance, balance - change AS before, is_first FROM running' : `SELECT day, change, balance, balance - change AS before, ${isFirst} AS is_first FROM running`
  const sql = `WITH days AS (SELECT customer_id, day, sum(amount) AS change FROM (${changesSql(end)}) GROUP BY 1, 2), running AS (${running}), told AS (${told})
    SELECT ${bucket.sql} AS bucket, ${ask.metrics.map(({ name }) => `sum(change) FILTER (WHERE ${kindOf(name)})`).join(', ')}
    FROM told WHERE day >= DATE '${start}' GROUP BY 1`
  return async (connection) => flowsOf(ask, bucket.toMs, await readRows(connection, sql))
}

/** A row adds its price on its first day and takes it off on the first day that is not paid any more. */
function changesSql(end: string): string {
  return `SELECT customer_id, start_date AS day, monthly_price AS amount FROM subscriptions WHERE start_date < DATE '${end}'
    UNION ALL SELECT customer_id, end_date, -monthly_price FROM subscriptions WHERE end_date < DATE '${end}'`
}

/** @param rows a bucket, and the change of each metric. */
function flowsOf(ask: BenchAsk, toMs: BucketForm['toMs'], rows: readonly (readonly DuckDBValue[])[]): Answer {
  const builder = new AnswerBuilder(ask)
  for (const [bucket, ...changes] of rows)
    for (const [metric, { name }] of ask.metrics.entries()) builder.add(0, toMs(bucket), metric, signed(name, toUnits(changes[metric])), 1n)
  return builder.build()
}

function kindOf(name: string): string {
  const kind = KINDS[name]
  if (kind === undefined) throw new RangeError(`No movement is called ${name}.`)
  return kind
}

const signed = (name: string, change: bigint): bigint => (LOSSES.has(name) ? -change : change)
