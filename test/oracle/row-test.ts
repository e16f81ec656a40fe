import type { Predicate, Scalar } from '../../src/model/predicate.ts'

/** One cell: dates `YYYY-MM-DD`, timestamps `YYYY-MM-DD HH:MM:SS`, decimals as text, floats and integers as numbers. */
export type Cell = null | string | number | boolean
export type Row = Readonly<Record<string, Cell>>

export type CellOf = (dimension: string) => { readonly cell: Cell; readonly kind: string; readonly utcMs: number | null }

/** Whether a row belongs to a slice: a test on a null is false, and `not` turns false into true. */
export function belongs(predicate: Predicate, cellOf: CellOf): boolean {
  switch (predicate.kind) {
    case 'all':
      return true
    case 'none':
      return false
    case 'and':
      return predicate.of.every((part) => belongs(part, cellOf))
    case 'or':
      return predicate.of.some((part) => belongs(part, cellOf))
    case 'not':
      return !belongs(predicate.of, cellOf)
    case 'member':
    case 'cohort':
      throw new Error('The oracle knows no cohorts.')
    case 'atom': {
      const { cell, kind, utcMs } = cellOf(predicate.dimension)
      const { test } = predicate
      if (test.op === 'isNull') return cell === null
      if (cell === null) return false
      const value = comparable(kind, cell, utcMs)
      const other = (scalar: Scalar): string | number | boolean => comparable(kind, typeof scalar === 'bigint' ? Number(scalar) : scalar, typeof scalar === 'string' ? Date.parse(scalar) : null)
      if (test.op === 'in') return test.values.some((wanted) => (test.caseInsensitive ? String(value).toLowerCase() === String(wanted).toLowerCase() : value === other(wanted)))
      if (test.op === 'range') {
        if (test.from !== null && !(value > other(test.from.value) || (test.from.inclusive && value === other(test.from.value)))) return false
        return test.to === null || value < other(test.to.value) || (test.to.inclusive && value === other(test.to.value))
      }
      const [text, part] = test.caseInsensitive ? [String(cell).toLowerCase(), test.text.toLowerCase()] : [String(cell), test.text]
      return test.op === 'contains' ? text.includes(part) : test.op === 'startsWith' ? text.startsWith(part) : text.endsWith(part)
    }
  }
}

function comparable(kind: string, cell: string | number | boolean, utcMs: number | null): string | number | boolean {
  if (kind === 'timestamp' && utcMs !== null) return utcMs
  return kind === 'decimal' || kind === 'integer' || kind === 'float' ? Number(cell) : cell
}
