import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { bucketStarts, toEpochMs, toUnits } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { BenchAsk, BenchSlice, SliceCondition } from '../slices.ts'

/** One way to answer a case: runs its statements one after the other and folds them in this process. */
export type Form = (connection: DuckDBConnection) => Promise<Answer>

export async function readRows(connection: DuckDBConnection, sql: string): Promise<readonly (readonly DuckDBValue[])[]> {
  return (await connection.runAndReadAll(sql)).getRows()
}

export function windowSql(slice: Pick<BenchSlice, 'start' | 'end'>): string {
  return `ts >= TIMESTAMP '${slice.start}' AND ts < TIMESTAMP '${slice.end}'`
}

export function conditionSql(condition: SliceCondition): string {
  if ('gte' in condition) return `${condition.dimension} >= ${condition.gte} AND ${condition.dimension} < ${condition.lt}`
  const [only, ...more] = condition.in.map(literal)
  return more.length === 0 ? `${condition.dimension} = ${only}` : `${condition.dimension} IN (${[only, ...more].join(', ')})`
}

/** All conditions of a slice and, for events, its window. */
export function whereSql(ask: BenchAsk, slice: BenchSlice): string {
  if (slice.cohort !== undefined) throw new RangeError('Cohorts are joined, not tested.')
  const tests = slice.where.map(conditionSql)
  return (ask.table === 'events' ? [windowSql(slice), ...tests] : tests).join(' AND ')
}

export function literal(value: string | number): string {
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`
}

/** The one window of a case whose slices all share it. */
export function sharedWindow(ask: BenchAsk): Pick<BenchSlice, 'start' | 'end'> {
  const [first] = ask.slices
  if (first === undefined || ask.slices.some((slice) => slice.start !== first.start || slice.end !== first.end))
    throw new RangeError('The slices of this case do not share one window.')
  return first
}

/** A way to name the bucket of a row: an expression, and the epoch milliseconds of what it returns. */
export interface BucketForm {
  readonly sql: string
  readonly toMs: (value: DuckDBValue | undefined) => number
}

export function truncatedBucket(ask: BenchAsk, column: string): BucketForm {
  return { sql: `date_trunc('${ask.grain}', ${column})`, toMs: toEpochMs }
}

/** The position of the bucket by comparing with the starts of all buckets, halving. */
export function comparedBucket(ask: BenchAsk, column: string): BucketForm {
  const { start, end } = sharedWindow(ask)
  const starts = bucketStarts(start, end, ask.grain)
  const bounds = starts.slice(1).map((at) => `TIMESTAMP '${new Date(at).toISOString().slice(0, 10)}'`)
  return { sql: halvingCase(column, bounds, (position) => `${position}::UTINYINT`), toMs: (value) => at(starts, Number(toUnits(value))) }
}

/** Months since year 0 by arithmetic on the parts of the date. */
export function countedMonth(column: string): BucketForm {
  return {
    sql: `year(${column}) * 12 + month(${column}) - 1`,
    toMs: (value) => {
      const months = Number(toUnits(value))
      return Date.UTC(Math.floor(months / 12), months % 12)
    },
  }
}

/** A balanced tree of CASE: `result(n)` for a value with n ascending bounds at or below it; a null lands behind the last bound. */
export function halvingCase(column: string, bounds: readonly string[], result: (position: number) => string, from = 0): string {
  const middle = Math.floor(bounds.length / 2)
  const bound = bounds[middle]
  if (bound === undefined) return result(from)
  const below = halvingCase(column, bounds.slice(0, middle), result, from)
  const above = halvingCase(column, bounds.slice(middle + 1), result, from + middle + 1)
  return `CASE WHEN ${column} < ${bound} THEN ${below} ELSE ${above} END`
}

/** The same result as `halvingCase`, tested one bound after the other. */
export function steppingCase(column: string, bounds: readonly string[], result: (position: number) => string): string {
  return `CASE ${bounds.map((bound, position) => `WHEN ${column} < ${bound} THEN ${result(position)}`).join(' ')} ELSE ${result(bounds.length)} END`
}

/** All bounds of the ranges on `score`, ascending, once each. */
export function scoreThresholds(slices: readonly BenchSlice[]): readonly number[] {
  const bounds = slices.flatMap((slice) => slice.where.flatMap((condition) => ('gte' in condition ? [condition.gte, condition.lt] : [])))
  return [...new Set(bounds)].sort((one, other) => one - other)
}

/** Positions of the slices that a row with these dimension values belongs to. */
export function slicesHolding(slices: readonly BenchSlice[], row: Readonly<Record<string, DuckDBValue>>): readonly number[] {
  return slices.flatMap((slice, index) => (slice.where.every((condition) => holds(condition, row[condition.dimension])) ? [index] : []))
}

function holds(condition: SliceCondition, value: DuckDBValue | undefined): boolean {
  if (value === null || value === undefined) return false
  if ('gte' in condition) return Number(value) >= condition.gte && Number(value) < condition.lt
  if (condition.dimension === 'user_id') return condition.in.includes(Number(value))
  return condition.in.includes(String(value))
}

export function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new RangeError(`No element ${index} of ${list.length}.`)
  return found
}

