import { aggregate, isNull, select } from '../../sql/tree.ts'
import type { Query } from '../../sql/tree.ts'
import { Relation } from '../relation.ts'
import type { PlanContext } from '../rows.ts'
import { CHANGED_ROWS, STARTS } from './rollup.ts'
import type { RollupShape } from './rollup.ts'

const ROWS = 'count|*'

/** The same shape, that of events with the number of rows behind each of its rows, so that it can be told whether all are in it. */
export function countingRows(shape: RollupShape): RollupShape {
  if (rowsIn(shape) !== null) return shape
  return { ...shape, parts: [...shape.parts, { id: ROWS, fn: { name: 'count' }, column: `part_${shape.parts.length + 1}`, type: 'integer' }] }
}

/** The column that sums up to the rows of the table, where another column is 1; null for a shape that counts none. */
export function rowsIn({ parts, time }: RollupShape): { readonly column: string; readonly where: string | null } | null {
  const part = parts.find(({ id }) => id === (time.kind === 'stock' ? CHANGED_ROWS : ROWS))
  return part === undefined ? null : { column: part.column, where: time.kind === 'stock' ? STARTS : null }
}

/** One number: the rows of a semantic model's table that are in a rollup of the shape. Stocks begin at some time, or are left out. */
export function tableRowsQuery(context: PlanContext, { semanticModel, time }: RollupShape, table: string): Query {
  const columns = [{ expr: aggregate({ name: 'count' }, null), as: 'rows' }]
  if (time.kind === 'event') return select({ columns, from: { kind: 'table', name: table } })
  const relation = new Relation(context, semanticModel)
  const { expr } = relation.dimension(time.start)
  return select({ columns, from: relation.from(), where: { kind: 'not', of: isNull(expr) } })
}
