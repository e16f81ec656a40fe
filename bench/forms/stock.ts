import type { DuckDBValue } from '@duckdb/node-api'
import { AnswerBuilder, bucketStarts, toEpochMs, toUnits } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { BenchAsk } from '../slices.ts'
import { at, readRows, sharedWindow, slicesHolding, whereSql } from './sql-text.ts'
import type { Form } from './sql-text.ts'

/** One statement a slice: the bucket ends joined with the rows that are live just before them. */
export function joinASlice(ask: BenchAsk): Form {
  return async (connection) => {
    const ends = bucketEnds(ask)
    const builder = new AnswerBuilder(ask)
    for (const [index, slice] of ask.slices.entries()) {
      const sql = `SELECT bucket_end, sum(monthly_price)
        FROM (VALUES ${ends.map((end) => `(DATE '${end.end}')`).join(', ')}) AS ends(bucket_end)
        JOIN subscriptions ON start_date < bucket_end AND (end_date IS NULL OR end_date >= bucket_end)
        WHERE ${whereSql(ask, slice)} GROUP BY 1`
      const startOf = new Map(ends.map((bucket) => [Date.parse(bucket.end), bucket.startMs]))
      for (const [end, total] of await readRows(connection, sql)) {
        const startMs = startOf.get(toEpochMs(end))
        if (startMs === undefined) throw new RangeError('A bucket end that was not asked.')
        builder.add(index, startMs, 0, toUnits(total), 1n)
      }
    }
    return builder.build()
  }
}

/** One statement a bucket, grouped by country. */
export function scanABucket(ask: BenchAsk): Form {
  return async (connection) => {
    const builder = new AnswerBuilder(ask)
    for (const { startMs, end } of bucketEnds(ask)) {
      const sql = `SELECT country, sum(monthly_price) FROM subscriptions
        WHERE start_date < DATE '${end}' AND (end_date IS NULL OR end_date >= DATE '${end}') GROUP BY 1`
      for (const [country, total] of await readRows(connection, sql))
        for (const slice of slicesHolding(ask.slices, { country: country ?? null })) builder.add(slice, startMs, 0, toUnits(total), 1n)
    }
    return builder.build()
  }
}

/**
 * A row counts from the bucket of its start and no more from the bucket of its end, since `start < E` and `end < E` first become true
 * there: prices are added at the one and taken off at the other, and running sums over the buckets give the stock.
 */
export function deltas(ask: BenchAsk, bucketOf: (column: string) => string, toMs: (bucket: DuckDBValue | undefined) => number): Form {
  return async (connection) => {
    const { end } = sharedWindow(ask)
    const sql = `SELECT country, ${bucketOf('start_date')} AS bucket, sum(monthly_price), count(*) FROM subscriptions WHERE start_date < DATE '${end}' GROUP BY 1, 2
      UNION ALL
      SELECT country, ${bucketOf('end_date')}, -sum(monthly_price), -count(*) FROM subscriptions WHERE end_date < DATE '${end}' GROUP BY 1, 2`
    return runningSums(ask, (await readRows(connection, sql)).map(([country, bucket, total, rows]) => [country ?? null, toMs(bucket), toUnits(total), toUnits(rows)]))
  }
}

/** The same from one scan: groups of (country, start bucket, end bucket), taken apart here. */
export function deltasOfPairs(ask: BenchAsk): Form {
  return async (connection) => {
    const { end } = sharedWindow(ask)
    const sql = `SELECT country, ${monthFromFirst(ask, 'start_date')} AS starts, ${monthFromFirst(ask, 'end_date')} AS ends, sum(monthly_price), count(*)
      FROM subscriptions WHERE start_date < DATE '${end}' GROUP BY 1, 2, 3`
    const changes = (await readRows(connection, sql)).flatMap(([country, starts, ends, total, rows]): Change[] => {
      const added: Change = [country ?? null, monthToMs(starts), toUnits(total), toUnits(rows)]
      return ends === null || monthToMs(ends) >= Date.parse(end) ? [added] : [added, [country ?? null, monthToMs(ends), -toUnits(total), -toUnits(rows)]]
    })
    return runningSums(ask, changes)
  }
}

/** Months since year 0, those before the window counted as its first. */
export function monthFromFirst(ask: BenchAsk, column: string): string {
  const [year, month] = sharedWindow(ask).start.split('-').map(Number)
  // greatest() skips nulls, so that a live row would seem to end in the first month.
  const counted = `year(${column}) * 12 + month(${column}) - 1`
  return `CASE WHEN ${column} IS NOT NULL THEN greatest(${counted}, ${(year ?? 0) * 12 + (month ?? 1) - 1}) END`
}

export function monthToMs(value: DuckDBValue | undefined): number {
  const months = Number(toUnits(value))
  return Date.UTC(Math.floor(months / 12), months % 12)
}

type Change = readonly [country: DuckDBValue, bucketMs: number, total: bigint, rows: bigint]

function runningSums(ask: BenchAsk, changes: readonly Change[]): Answer {
  const { start, end } = sharedWindow(ask)
  const starts = bucketStarts(start, end, ask.grain)
  const positionOf = new Map(starts.map((startMs, position) => [startMs, position]))
  const added = ask.slices.map(() => starts.map(() => ({ total: 0n, rows: 0n })))
  for (const [country, bucketMs, total, rows] of changes) {
    const position = positionOf.get(bucketMs)
    if (position === undefined) throw new RangeError(`No bucket starts at ${bucketMs}.`)
    for (const slice of slicesHolding(ask.slices, { country })) {
      const change = at(at(added, slice), position)
      change.total += total
      change.rows += rows
    }
  }
  const builder = new AnswerBuilder(ask)
  for (const [slice, ofSlice] of added.entries()) {
    let total = 0n
    let rows = 0n
    for (const [position, change] of ofSlice.entries()) {
      total += change.total
      rows += change.rows
      builder.add(slice, at(starts, position), 0, total, rows)
    }
  }
  return builder.build()
}

export function bucketEnds(ask: BenchAsk): readonly { startMs: number; end: string }[] {
  const { start, end } = sharedWindow(ask)
  const starts = bucketStarts(start, end, ask.grain)
  return starts.map((startMs, position) => {
    const next = starts[position + 1]
    return { startMs, end: next === undefined ? end : new Date(next).toISOString().slice(0, 10) }
  })
}
