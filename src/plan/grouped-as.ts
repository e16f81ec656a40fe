import type { Expr } from '../sql/tree.ts'
import type { Facts } from './facts.ts'
import type { ReachedDimension } from './relation.ts'

/** Up to this many distinct values rows are put into groups by hash, whatever the collation. */
const FEW = 256

/**
 * A dimension that rows are grouped by, and nothing is ordered by: of few texts as the column has them where its own equality is exact,
 * since an engine knows how many values a column has, and not how many an expression. Sorting many under its collation would cost more.
 */
export function groupedAs({ expr, home, dimension }: ReachedDimension, facts: Facts): Expr {
  if (expr.kind !== 'exact_text' || expr.collation === undefined) return expr
  const distinct = facts.distinct(home, dimension.expr)
  return distinct !== null && distinct <= FEW ? expr.of : expr
}
