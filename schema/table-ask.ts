import type { TableAsk } from '../src/answer/types.ts'
import { KpiqlError } from '../src/base/errors.ts'
import type { MetricCondition, OrderBy } from './types/inputs.ts'

const OPERATORS = ['gt', 'gte', 'lt', 'lte', 'eq', 'ne'] as const

/** @throws KpiqlError `FILTER_INVALID` for a metric that is no column, and for a condition without a test or with a null one. */
export function toHaving(conditions: readonly MetricCondition[], metrics: readonly string[]): TableAsk['having'] {
  return conditions.flatMap((condition, index) => {
    const place = `having[${index}]`
    const { metric } = condition
    if (!metrics.includes(metric)) throw new KpiqlError('FILTER_INVALID', { message: `${place} tests ${metric.toUpperCase()}, which is not among the metrics asked.`, hint: `Add ${metric.toUpperCase()} to \`metrics\`.` })
    const tests = OPERATORS.flatMap((op) => {
      const value = condition[op]
      if (value === null) throw new KpiqlError('FILTER_INVALID', { message: `${place}.${op} is null.`, hint: 'Give a number, or leave the test out.' })
      return value === undefined ? [] : [{ metric, op, value }]
    })
    if (tests.length === 0) throw new KpiqlError('FILTER_INVALID', { message: `${place} has no test.`, hint: `Give one of ${OPERATORS.join(', ')}.` })
    return tests
  })
}

/** @throws KpiqlError `GROUPING_INVALID` for an entry that names both or neither of a metric and a column, or a metric not asked. */
export function toOrder(orders: readonly OrderBy[], metrics: readonly string[]): TableAsk['orderBy'] {
  return orders.map(({ metric, column, direction }, index) => {
    const place = `orderBy[${index}]`
    if (Boolean(metric) === Boolean(column)) throw new KpiqlError('GROUPING_INVALID', { message: `${place} needs a metric or a column, one of them.`, hint: 'Write {metric: REVENUE, direction: DESC} or {column: "country"}.' })
    if (metric && !metrics.includes(metric)) throw new KpiqlError('GROUPING_INVALID', { message: `${place} names ${metric.toUpperCase()}, which is not among the metrics asked.`, hint: `Add ${metric.toUpperCase()} to \`metrics\`.` })
    return { column: metric ?? column ?? '', direction: direction ?? 'ASC' }
  })
}
