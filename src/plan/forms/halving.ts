import type { Expr } from '../../sql/tree.ts'

/**
 * One of `edges + 1` leaves, found by halving: leaf `i` where `below` holds of edge `i` and of none before it, the last where it
 * holds of none. `below` must stay true once it is. Where it is unknown (a null) the search goes on as if it did not hold.
 */
export function halving(edges: number, below: (edge: number) => Expr, leaf: (position: number) => Expr): Expr {
  const between = (low: number, high: number): Expr => {
    if (low === high) return leaf(low)
    const middle = Math.floor((low + high) / 2)
    return { kind: 'case', whens: [{ when: below(middle), result: between(low, middle) }], otherwise: between(middle + 1, high) }
  }
  return between(0, edges)
}
