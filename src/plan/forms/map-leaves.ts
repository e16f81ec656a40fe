import type { Expr } from '../../sql/tree.ts'

type Leaf = Expr & { kind: 'tiny' | 'integer' }

/** The same search with other numbers at its ends: of a `CASE` whose results are small numbers, or such cases again. */
export function mapLeaves(expr: Expr, leaf: (value: number) => Leaf): Expr {
  switch (expr.kind) {
    case 'case':
      return { kind: 'case', whens: expr.whens.map(({ when, result }) => ({ when, result: mapLeaves(result, leaf) })), otherwise: mapLeaves(expr.otherwise, leaf) }
    case 'lookup':
      return { ...expr, values: expr.values.map((value) => leaf(Number(value)).value), otherwise: mapLeaves(expr.otherwise, leaf) }
    case 'counted_months':
      return mapLeaves(expr.otherwise, leaf)
    case 'tiny':
    case 'integer':
      return leaf(Number(expr.value))
    default:
      throw new TypeError(`A ${expr.kind} is no end of a search.`)
  }
}
