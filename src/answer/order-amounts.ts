import type { BreakdownAsk, Cell } from './types.ts'

type Order = BreakdownAsk['order']

/** Whether one amount is larger than another can be told: those of one currency, and nothing beside any. */
export function areComparable(a: Cell, b: Cell): boolean {
  return a.value === null || b.value === null || a.currency === b.currency || isNothing(a) || isNothing(b)
}

/** Nothing is nothing in any currency. */
function isNothing({ value, currency }: Cell): boolean {
  return value === 0 && currency === null
}

/** Whether some amounts are in more than one currency; money of an unknown one beside a known one is. */
export function areInSeveralCurrencies(cells: readonly Cell[]): boolean {
  return new Set(cells.filter((cell) => cell.value !== null && !isNothing(cell)).map(({ currency }) => currency)).size > 1
}

/**
 * By value, those without one last. Amounts of different currencies are not compared: the first of each currency come first, by
 * the name of the currency, an unknown one last; then the second of each, and so on.
 *
 * @param tie orders what has equal values.
 */
export function orderAmounts<T>(items: readonly T[], cellOf: (item: T) => Cell, order: Order, tie: (a: T, b: T) => number): readonly T[] {
  const sorted = items.toSorted((a, b) => compareValues(cellOf(a).value, cellOf(b).value, order) || tie(a, b))
  if (!areInSeveralCurrencies(sorted.map(cellOf))) return sorted
  const seen = new Map<string | null, number>()
  const ranked = sorted.map((item) => {
    const { value, currency } = cellOf(item)
    const rank = value === null ? null : (seen.get(currency) ?? 0)
    if (rank !== null) seen.set(currency, rank + 1)
    return { item, rank, currency }
  })
  return ranked.toSorted((a, b) => compareValues(a.rank, b.rank, 'ASC') || compareNames(a.currency, b.currency)).map(({ item }) => item)
}

/** Nulls last, whatever the order. */
function compareValues(a: number | null, b: number | null, order: Order): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return order === 'ASC' ? a - b : b - a
}

function compareNames(a: string | null, b: string | null): number {
  if (a === b) return 0
  if (a === null) return 1
  return b === null || a < b ? -1 : 1
}
