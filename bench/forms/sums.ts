import type { DuckDBValue } from '@duckdb/node-api'
import { AnswerBuilder, toEpochMs, toNumber, toUnits } from '../answer.ts'
import type { BenchAsk, BenchMetric } from '../slices.ts'
import { at, conditionSql, halvingCase, readRows, scoreThresholds, sharedWindow, slicesHolding, whereSql, windowSql } from './sql-text.ts'
import type { BucketForm, Form } from './sql-text.ts'

/** Sums, counts and averages: one obvious statement a slice, one after the other. */
export function oneStatementASlice(ask: BenchAsk): Form {
  return async (connection) => {
    const builder = new AnswerBuilder(ask)
    const metrics = ask.metrics.map(finishedMetric).join(', ')
    for (const [index, slice] of ask.slices.entries()) {
      const sql = `SELECT date_trunc('${ask.grain}', ts) AS bucket, ${metrics} FROM events WHERE ${whereSql(ask, slice)} GROUP BY 1`
      for (const [bucket, ...values] of await readRows(connection, sql))
        for (const [metric, value] of values.entries()) builder.set(index, toEpochMs(bucket), metric, toNumber(value))
    }
    return builder.build()
  }
}

/** The same statements as branches of one UNION ALL. */
export function oneBranchASlice(ask: BenchAsk): Form {
  return async (connection) => {
    const builder = new AnswerBuilder(ask)
    const metrics = ask.metrics.map(finishedMetric).join(', ')
    const branches = ask.slices.map(
      (slice, index) =>
        `SELECT ${index} AS slice, date_trunc('${ask.grain}', ts) AS bucket, ${metrics} FROM events WHERE ${whereSql(ask, slice)} GROUP BY 2`,
    )
    for (const [slice, bucket, ...values] of await readRows(connection, branches.join(' UNION ALL ')))
      for (const [metric, value] of values.entries()) builder.set(Number(slice), toEpochMs(bucket), metric, toNumber(value))
    return builder.build()
  }
}

/** Keys that a scan groups by besides the bucket, and the slices that a group belongs to. */
export interface Grouping {
  readonly keys: readonly string[]
  readonly slicesOf: (keys: readonly DuckDBValue[]) => readonly number[]
  readonly filter?: string
}

/** Groups are the raw values of the dimensions; values that no slice names are read too, unless filtered. */
export function rawDimensions(ask: BenchAsk, dimensions: readonly string[], filter?: string): Grouping {
  return {
    keys: dimensions,
    slicesOf: (keys) => slicesHolding(ask.slices, Object.fromEntries(dimensions.map((name, index) => [name, keys[index] ?? null]))),
    ...(filter === undefined ? {} : { filter }),
  }
}

/** Groups are one boolean a slice. */
export function booleans(ask: BenchAsk): Grouping {
  return {
    keys: ask.slices.map((slice) => slice.where.map(conditionSql).join(' AND ')),
    slicesOf: (keys) => keys.flatMap((key, index) => (key === true ? [index] : [])),
  }
}

/** Groups are one integer whose bit n says whether the row is in slice n; at most 31 slices. */
export function bitmask(ask: BenchAsk): Grouping {
  const bits = ask.slices.map((slice, index) => `(${slice.where.map(conditionSql).join(' AND ')})::INTEGER << ${index}`)
  return {
    keys: [`(${bits.join(') | (')})`],
    slicesOf: ([mask]) => ask.slices.flatMap((_, index) => ((Number(mask) >> index) & 1 ? [index] : [])),
  }
}

/** Groups are the interval of `score` between neighbouring thresholds, beside raw dimensions; `toCase` says how the interval is found. */
export function scoreIntervals(
  ask: BenchAsk,
  toCase: (column: string, bounds: readonly string[], result: (position: number) => string) => string,
  dimensions: readonly string[] = [],
  filter?: string,
): Grouping {
  const thresholds = scoreThresholds(ask.slices)
  return {
    keys: [toCase('score', thresholds.map(String), (position) => `${position}::UTINYINT`), ...dimensions],
    slicesOf: ([interval, ...values]) => {
      const below = Number(interval) - 1
      const score = below < 0 ? null : at(thresholds, below)
      return slicesHolding(ask.slices, { score, ...Object.fromEntries(dimensions.map((name, index) => [name, values[index] ?? null])) })
    },
    ...(filter === undefined ? {} : { filter }),
  }
}

/** One scan of the window by bucket and grouping; parts are added up here. */
export function oneScan(ask: BenchAsk, bucket: BucketForm, grouping: Grouping): Form {
  return async (connection) => {
    const sql = `SELECT ${bucket.sql} AS bucket, ${ask.metrics.flatMap(partsOf).join(', ')}, ${grouping.keys.join(', ')}
      FROM events WHERE ${[windowSql(sharedWindow(ask)), ...(grouping.filter === undefined ? [] : [grouping.filter])].join(' AND ')} GROUP BY ALL`
    return foldParts(ask, bucket, grouping, await readRows(connection, sql))
  }
}

/** One scan by bucket and raw score, whose groups the engine itself adds up to the intervals between thresholds, so that few rows travel. */
export function rawScoreThenIntervals(ask: BenchAsk, bucket: BucketForm): Form {
  const grouping = scoreIntervals(ask, halvingCase)
  return async (connection) => {
    const parts = ask.metrics.flatMap(partsOf)
    const sql = `SELECT bucket, ${parts.map((_, index) => `sum(part${index})`).join(', ')}, ${grouping.keys.join(', ')} FROM (
      SELECT ${bucket.sql} AS bucket, score, ${parts.map((part, index) => `${part} AS part${index}`).join(', ')}
      FROM events WHERE ${windowSql(sharedWindow(ask))} GROUP BY ALL) GROUP BY ALL`
    return foldParts(ask, bucket, grouping, await readRows(connection, sql))
  }
}

/** One branch a bucket, each a window of its own; right for any data, fast only where rows lie in the order of time. */
export function oneBranchABucket(ask: BenchAsk, starts: readonly number[], grouping: Grouping): Form {
  const bounds = [...starts.map((start) => new Date(start).toISOString().slice(0, 10)), sharedWindow(ask).end]
  return async (connection) => {
    const branches = starts.map((_, index) => {
      const window = windowSql({ start: at(bounds, index), end: at(bounds, index + 1) })
      return `SELECT ${index} AS bucket, ${ask.metrics.flatMap(partsOf).join(', ')}, ${grouping.keys.join(', ')} FROM events WHERE ${window} GROUP BY ALL`
    })
    const bucket: BucketForm = { sql: '', toMs: (value) => at(starts, Number(value)) }
    return foldParts(ask, bucket, grouping, await readRows(connection, branches.join(' UNION ALL ')))
  }
}

function foldParts(ask: BenchAsk, bucket: BucketForm, grouping: Grouping, rows: readonly (readonly DuckDBValue[])[]) {
  const builder = new AnswerBuilder(ask)
  const width = ask.metrics.flatMap(partsOf).length
  const known = new Map<string, readonly number[]>()
  for (const row of rows) {
    const keys = row.slice(1 + width)
    const name = keys.join('|')
    const slices = known.get(name) ?? grouping.slicesOf(keys)
    known.set(name, slices)
    if (slices.length === 0) continue
    const bucketMs = bucket.toMs(row[0])
    const parts = readParts(ask.metrics, row)
    for (const slice of slices) for (const [metric, part] of parts.entries()) builder.add(slice, bucketMs, metric, part.total, part.rows)
  }
  return builder.build()
}

function readParts(metrics: readonly BenchMetric[], row: readonly DuckDBValue[]) {
  let column = 1
  return metrics.map((metric) => {
    const value = row[column++] ?? null
    const rows = metric.agg === 'average' ? toUnits(row[column++]) : value === null ? 0n : 1n
    return { total: toUnits(value), rows }
  })
}

function partsOf(metric: BenchMetric): readonly string[] {
  if (metric.agg === 'count') return ['count(*)']
  if (metric.agg === 'sum') return [`sum(${metric.column})`]
  if (metric.agg === 'average') return [`sum(${metric.column})`, `count(${metric.column})`]
  throw new TypeError(`${metric.agg} does not add up from parts.`)
}

/** The metric as anyone would write it for one slice. */
export function finishedMetric(metric: BenchMetric): string {
  if (metric.agg === 'count') return 'count(*)'
  if (metric.agg === 'average') return `avg(${metric.column})`
  if (metric.agg === 'count_distinct') return `count(DISTINCT ${metric.column})`
  if (['live_sum', 'live_distinct', 'trailing_distinct', 'movement'].includes(metric.agg)) throw new TypeError(`${metric.agg} is no plain aggregate.`)
  return `${metric.agg}(${metric.column})`
}
