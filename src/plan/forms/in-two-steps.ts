import { aggregate, column, select } from '../../sql/tree.ts'
import type { Aggregate, Expr, From, Query } from '../../sql/tree.ts'
import type { PartSpec } from '../parts.ts'
import type { GroupedColumns } from './scan-additive.ts'
import type { SliceKeys } from './slice-keys.ts'

const FINE = 'fine'
const STRETCHES = 'stretches'

/** Whether aggregates of groups make that of their rows, to the last digit. */
export function addsUpExactly({ fn }: Pick<PartSpec, 'fn'>): boolean {
  return fn.name === 'count' || fn.name === 'min' || fn.name === 'max' || (fn.name === 'sum' && fn.of !== undefined)
}

/**
 * Rows are grouped by columns as they stand, and those groups by the stretches that slices test: what tells stretches apart is
 * asked once a value, not once a row. Measured on 2 million rows and 48 stretches: 55 ms of processor time against 99.
 *
 * @param columns of the statement in one step, its slice columns those of `fine`; every part `addsUpExactly`.
 */
export function inTwoSteps(columns: GroupedColumns, from: From, slices: SliceKeys): Query {
  const keys = new Set<Expr>(columns.groupBy)
  const stretches = new Map(slices.columns.flatMap(({ as, fine }) => (fine ? [[as, fine] as const] : [])))
  const keyOf = (expr: Expr): Expr => (expr.kind === 'epoch' && !keys.has(expr) ? expr.of : expr)
  const isPart = (expr: Expr): expr is Aggregate => expr.kind === 'aggregate'
  const first = select({
    columns: columns.outputs.map(({ expr, as }) => ({ as, expr: isPart(expr) ? expr : keyOf(expr) })),
    from,
    groupBy: columns.groupBy,
  })
  const told = select({
    columns: columns.outputs.map(({ as }) => ({ as, expr: stretches.get(as)?.stretch(column(FINE, as)) ?? column(FINE, as) })),
    from: { kind: 'query', query: first, as: FINE },
  })
  const groupBy: Expr[] = []
  const outputs = columns.outputs.map(({ expr, as }) => {
    const found = column(STRETCHES, as)
    if (isPart(expr)) return { as, expr: aggregate(again(expr), found) }
    groupBy.push(found)
    return { as, expr: keyOf(expr) === expr ? found : ({ kind: 'epoch', of: found } satisfies Expr) }
  })
  return select({ columns: outputs, from: { kind: 'query', query: told, as: STRETCHES }, groupBy })
}

function again({ fn }: Aggregate): Aggregate['fn'] {
  return fn.name === 'count' ? { name: 'sum', of: 'integer' } : fn
}
