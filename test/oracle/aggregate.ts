import type { SimpleMetric } from '../../src/model/types.ts'
import { float, fractionOf, isLess, over, plus, toNumber, whole } from './amount.ts'
import type { Amount } from './amount.ts'
import type { Cell, Row } from './row-test.ts'

/** A column's cells as numbers; text is a decimal, a float stays one. */
function amountOf(cell: Exclude<Cell, null>, isFloat: boolean): Amount {
  if (isFloat) return float(Number(cell))
  return typeof cell === 'string' ? fractionOf(cell) : whole(Number(cell))
}

/** One aggregate over the rows of one bucket, group and slice; null where there is nothing to aggregate. */
export function aggregate(definition: SimpleMetric, rows: readonly Row[], isFloat: boolean): Amount | null {
  const { agg, expr, percentile } = definition
  if (expr === null) return whole(rows.length)
  const cells = rows.map((row) => row[expr] ?? null).filter((cell) => cell !== null)
  const amounts = (): readonly Amount[] => cells.map((cell) => amountOf(cell, isFloat))
  switch (agg) {
    case 'count':
      return whole(cells.length)
    case 'count_distinct':
    case 'approx_count_distinct':
      return whole(new Set(cells).size)
    case 'sum_boolean':
      return whole(cells.filter((cell) => cell === true).length)
    case 'sum':
      return cells.length === 0 ? null : amounts().reduce(plus)
    case 'average':
      return cells.length === 0 ? null : over(amounts().reduce(plus), whole(cells.length))
    case 'min':
      return cells.length === 0 ? null : amounts().reduce((least, one) => (isLess(one, least) ? one : least))
    case 'max':
      return cells.length === 0 ? null : amounts().reduce((most, one) => (isLess(most, one) ? one : most))
    case 'median':
      return quantile(amounts(), 0.5)
    case 'percentile':
      return quantile(amounts(), percentile ?? 0.5)
    case 'stddev':
      return deviation(amounts().map(toNumber))
  }
}

/** Between the two nearest of the sorted values, in proportion. */
function quantile(amounts: readonly Amount[], fraction: number): Amount | null {
  if (amounts.length === 0) return null
  const sorted = amounts.map(toNumber).toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * fraction
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? 0
  return float(low + (high - low) * (place - Math.floor(place)))
}

/** Of a sample: null for fewer than two values. */
function deviation(values: readonly number[]): Amount | null {
  if (values.length < 2) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return float(Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)))
}
