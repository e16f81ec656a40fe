import { KpiqlError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { onlyCurrency, variesInCurrency } from '../model/currency.ts'
import type { Metric, Model } from '../model/types.ts'
import type { GroupKey } from '../plan/ask.ts'
import type { TableAsk, TableColumn } from './types.ts'

/** Column that tells the cohort of a row, where rows are grouped by cohorts. */
const COHORT_COLUMN = 'cohort'

const COMPARE = '_compare'
const CURRENCY = '_currency'

export function compareColumn(metric: string): string {
  return `${metric}${COMPARE}`
}

/** Column of the currencies that a column of amounts is in. */
export function currencyColumn(column: string): string {
  return `${column}${CURRENCY}`
}

/** The column whose amounts a column tells the currencies of. */
export function amountColumn(currency: string): string {
  return currency.slice(0, -CURRENCY.length)
}

/** The name of a key's column: the dimension, with the grain or part of a time behind it. `period` is the metric's own time. */
export function keyColumn(key: GroupKey): string {
  switch (key.kind) {
    case 'dimension':
      return key.dimension
    case 'time':
      return `${key.dimension ?? 'period'}_${key.grain}`
    case 'date_part':
      return `${key.dimension ?? 'period'}_${key.part}`
  }
}

/** Keys first, then metrics, each with its currencies where they vary and what it is compared with. They follow from the question alone. */
export function columnsOf(model: Model, ask: TableAsk, keys: readonly GroupKey[], byCohort: boolean): readonly TableColumn[] {
  const plain = { unit: null, currency: null, role: 'dimension' as const }
  const dimensions = keys.map((key): TableColumn => {
    const dimension = key.dimension === null ? undefined : model.dimensions.get(key.dimension)
    const label = dimension?.label ?? 'Period'
    if (key.kind === 'dimension') return { ...plain, name: keyColumn(key), label, type: dimension?.kind ?? 'text' }
    return { ...plain, name: keyColumn(key), label, type: key.kind === 'date_part' ? 'integer' : key.grain === 'hour' || key.grain === 'minute' ? 'timestamp' : 'date' }
  })
  const cohort: readonly TableColumn[] = byCohort ? [{ ...plain, name: COHORT_COLUMN, label: 'Cohort', type: 'text' }] : []
  return [...cohort, ...dimensions, ...ask.metrics.flatMap((name) => metricColumns(model, name, model.metrics.get(name), ask.compare !== null))]
}

function metricColumns(model: Model, name: string, metric: Metric | undefined, compared: boolean): readonly TableColumn[] {
  const varies = metric !== undefined && variesInCurrency(model, metric)
  const withCurrency = (column: TableColumn): readonly TableColumn[] =>
    varies ? [column, { name: currencyColumn(column.name), label: `${column.label}: currency`, type: 'text', role: 'currency', unit: null, currency: null }] : [column]
  const column: TableColumn = { name, label: metric?.label ?? name, type: 'number', role: 'metric', unit: metric?.unit ?? null, currency: metric === undefined ? null : onlyCurrency(model, metric) }
  if (!compared) return withCurrency(column)
  return [...withCurrency(column), ...withCurrency({ ...column, name: compareColumn(name), label: `${column.label} (compared)`, role: 'comparison' })]
}

/** @throws KpiqlError `GROUPING_INVALID` for a column twice, and for an order or a condition on one that is not there. */
export function checkColumns(ask: TableAsk, columns: readonly TableColumn[]): void {
  const names = columns.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new KpiqlError('GROUPING_INVALID', { message: `Column "${twice}" is asked twice.`, hint: 'Name each metric and group key once.' })
  }
  for (const { column } of ask.orderBy) {
    if (!names.includes(column)) {
      throw new KpiqlError('GROUPING_INVALID', { message: `Rows cannot be ordered by "${column}": the table has no such column.`, hint: `Closest: ${nearest(column, names, 3).join(', ')}.` })
    }
  }
  for (const { metric } of ask.having) {
    if (!ask.metrics.includes(metric)) {
      throw new KpiqlError('GROUPING_INVALID', { message: `"having" tests "${metric}", which the table does not show.`, hint: `Add "${metric}" to metrics.` })
    }
  }
}
