import { AnswerBuilder, toNumber } from '../answer.ts'
import type { BenchAsk } from '../slices.ts'
import { readRows, sharedWindow, slicesHolding, windowSql } from './sql-text.ts'
import type { BucketForm, Form } from './sql-text.ts'
import { finishedMetric } from './sums.ts'

/** Medians by each of several dimensions from one scan. Each slice must name one value of one dimension. */
export function groupingSets(ask: BenchAsk, bucket: BucketForm, dimensions: readonly string[]): Form {
  return async (connection) => {
    const metrics = ask.metrics.map(finishedMetric).join(', ')
    const sets = dimensions.map((dimension) => `(bucket, ${dimension})`).join(', ')
    const sql = `SELECT bucket, grouping(${dimensions.join(', ')}), ${dimensions.join(', ')}, ${metrics}
      FROM (SELECT ${bucket.sql} AS bucket, * FROM events WHERE ${windowSql(sharedWindow(ask))}) GROUP BY GROUPING SETS (${sets})`
    const builder = new AnswerBuilder(ask)
    for (const [start, , ...cells] of await readRows(connection, sql)) {
      // A dimension outside of the row's set is null, and a null is in no slice; so the set need not be looked at.
      const row = Object.fromEntries(dimensions.map((dimension, index) => [dimension, cells[index] ?? null]))
      for (const slice of slicesHolding(ask.slices, row))
        for (const [metric, value] of cells.slice(dimensions.length).entries()) builder.set(slice, bucket.toMs(start), metric, toNumber(value))
    }
    return builder.build()
  }
}

/** One statement a dimension, grouped by its values. */
export function scanADimension(ask: BenchAsk, bucket: BucketForm, dimensions: readonly string[]): Form {
  return async (connection) => {
    const metrics = ask.metrics.map(finishedMetric).join(', ')
    const builder = new AnswerBuilder(ask)
    for (const dimension of dimensions) {
      const sql = `SELECT ${bucket.sql} AS bucket, ${dimension}, ${metrics} FROM events WHERE ${windowSql(sharedWindow(ask))} GROUP BY ALL`
      for (const [start, value, ...values] of await readRows(connection, sql))
        for (const slice of slicesHolding(ask.slices, { [dimension]: value ?? null }))
          for (const [metric, cell] of values.entries()) builder.set(slice, bucket.toMs(start), metric, toNumber(cell))
    }
    return builder.build()
  }
}
