import { KpiqlError } from '../base/errors.ts'
import { areComparable, areInSeveralCurrencies } from './order-amounts.ts'
import { amountColumn, currencyColumn } from './table-columns.ts'
import { compareKeys, compareValues } from './to-cell.ts'
import type { Cell, GroupValue, TableAsk, TableColumn } from './types.ts'

export interface Row {
  /** Where rows are grouped by cohorts, the one it is of. */
  readonly cohort: string | null
  readonly keys: readonly GroupValue[]
  /** By column. */
  readonly cells: ReadonlyMap<string, Cell>
}

/**
 * The rows that pass every condition; one without a number passes none.
 *
 * @throws KpiqlError `FILTER_INVALID` for a condition on amounts in several currencies.
 */
export function shownRows<R extends Row>(rows: readonly R[], having: TableAsk['having']): readonly R[] {
  for (const { metric } of having) {
    if (areInSeveralCurrencies(rows.flatMap(({ cells }) => cells.get(metric) ?? []))) {
      throw new KpiqlError('FILTER_INVALID', {
        message: `"having" tests "${metric}", whose rows are in several currencies: a number says nothing of all of them.`,
        hint: 'Filter by one currency, or add exchange_rates to the model.',
      })
    }
  }
  return rows.filter((row) => having.every(({ metric, op, value }) => passes(row.cells.get(metric)?.value ?? null, op, value)))
}

function passes(found: number | null, op: TableAsk['having'][number]['op'], value: number): boolean {
  if (found === null) return false
  switch (op) {
    case 'gt':
      return found > value
    case 'gte':
      return found >= value
    case 'lt':
      return found < value
    case 'lte':
      return found <= value
    case 'eq':
      return found === value
    case 'ne':
      return found !== value
  }
}

/**
 * In the order asked, nulls last in either direction; then by keys.
 *
 * @throws KpiqlError `GROUPING_INVALID` where amounts in different currencies would have to be compared.
 */
export function sortRows<R extends Row>(rows: readonly R[], ask: TableAsk, columns: readonly TableColumn[]): readonly R[] {
  const keys = keyIndexOf(columns)
  const currencies = new Set(columns.filter(({ role }) => role === 'currency').map(({ name }) => name))
  const valueOf = (row: Row, column: string): GroupValue => {
    const index = keys.get(column)
    if (index !== undefined) return row.keys[index] ?? null
    return currencies.has(column) ? (row.cells.get(amountColumn(column))?.currency ?? null) : (row.cells.get(column)?.value ?? null)
  }
  return rows.toSorted((a, b) => {
    for (const { column, direction } of ask.orderBy) {
      const [left, right] = [valueOf(a, column), valueOf(b, column)]
      requireComparable(column, a.cells.get(column), b.cells.get(column))
      const order = left === null || right === null || direction === 'ASC' ? compareValues(left, right) : compareValues(right, left)
      if (order !== 0) return order
    }
    return compareKeys(a.keys, b.keys)
  })
}

// Neighbours in the order are always compared, so rows of two currencies that tie before are found in any order of the input.
function requireComparable(column: string, a: Cell | undefined, b: Cell | undefined): void {
  if (a === undefined || b === undefined || areComparable(a, b)) return
  throw new KpiqlError('GROUPING_INVALID', {
    message: `Rows cannot be ordered by "${column}": its amounts are in several currencies.`,
    hint: `Order by the currencies first ({column: "${currencyColumn(column)}"}), filter by one, or add exchange_rates to the model.`,
  })
}

/** A row as clients get it: a value a column. */
export function toRecord({ keys, cells }: Row, columns: readonly TableColumn[]): Readonly<Record<string, GroupValue>> {
  const keyIndex = keyIndexOf(columns)
  return Object.fromEntries(
    columns.map(({ name, role }) => {
      if (role === 'dimension') return [name, keys[keyIndex.get(name) ?? 0] ?? null]
      return [name, role === 'currency' ? (cells.get(amountColumn(name))?.currency ?? null) : (cells.get(name)?.value ?? null)]
    }),
  )
}

function keyIndexOf(columns: readonly TableColumn[]): ReadonlyMap<string, number> {
  return new Map(columns.filter(({ role }) => role === 'dimension').map(({ name }, index) => [name, index]))
}
