import { arithmetic, compare, integer } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import type { StockMeasure } from './movement-history.ts'
import { partsOf } from '../parts.ts'
import type { Relation } from '../relation.ts'
import { CHANGED_ROWS, STARTS } from '../rollups/rollup.ts'
import { worthOf } from '../rollups/worth-of-stock.ts'
import { measureColumn } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import type { TimeColumn } from '../time-column.ts'

/** The changes of a stock as a rollup keeps them: many rows of one day, entity, and what else it tells apart are one. */
export interface KeptChanges {
  readonly entity: Expr
  readonly moment: TimeColumn
  /** What begins less what ends; null where nothing is worth anything. */
  readonly amount: Expr
}

/**
 * @param relation of a rollup.
 * @param counted a key in place of the entity, and the number of rows in place of what they are worth.
 */
export function keptChanges(context: PlanContext, relation: Relation, measure: StockMeasure, counted: string | null): KeptChanges {
  const worth = counted === null ? (partsOf(worthOf(measure), relation, context.facts)[0]?.arg ?? null) : relation.stored(CHANGED_ROWS, { name: 'count' }).arg
  if (worth === null) throw new TypeError('What a stock is worth is a sum.')
  const begins = compare(relation.column(STARTS), '=', integer(1))
  return {
    entity: counted === null ? relation.entity(measure.entity) : relation.base(counted, 'key'),
    moment: measureColumn(context, relation, measure.validity.start),
    amount: { kind: 'case', whens: [{ when: begins, result: worth }], otherwise: arithmetic(integer(0), '-', worth) },
  }
}
