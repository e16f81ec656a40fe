import type { QuerySource, Statement } from '../../../connectors/contract.ts'
import type { MadeRollup } from '../../../connectors/rollup-contract.ts'
import { KpiqlError } from '../../base/errors.ts'
import type { Model, Rollup } from '../../model/types.ts'
import { semanticModelOf } from '../../plan/relation.ts'
import { rowsIn, tableRowsQuery } from '../../plan/rollups/counting-rows.ts'
import { rollupColumns, rollupQuery } from '../../plan/rollups/rollup-query.ts'
import type { PlanContext } from '../../plan/rows.ts'
import type { Query } from '../../sql/tree.ts'
import { planRollup } from './plan-build.ts'

/** How two rows become one; what is not here could not be kept up row by row. */
const MERGED: Readonly<Record<string, 'sum' | 'min' | 'max' | undefined>> = { count: 'sum', sum: 'sum', sum_float: 'sum', min: 'min', max: 'max' }

/** What a source that keeps rollups up by itself is told of one. @throws KpiqlError `ROLLUP_UNFIT` where none of its metrics can be kept, or it is not of one table. */
export function madeRollup(context: PlanContext, source: QuerySource, rollup: Rollup): MadeRollup {
  const planned = planRollup(context, source, rollup)
  if (!('shape' in planned)) throw new KpiqlError('ROLLUP_UNFIT', { message: `Nothing of the rollup "${rollup.name}" can be kept: ${planned.unserved.join('; ')}.`, hint: 'Name other metrics.' })
  const { shape, measures, definition, tables } = planned
  const counted = rowsIn(shape)
  const { relation } = semanticModelOf(context.model, rollup.semanticModel)
  if (counted === null || !('table' in relation)) throw new KpiqlError('ROLLUP_UNFIT', { message: `The rollup "${rollup.name}" is of a query, and a materialized view follows one table.`, hint: 'Declare a semantic model of the table itself.' })
  // Of whatever times: rows that come later are in it, too.
  const anytime = { ...context, facts: { ...context.facts, range: () => null } }
  const print = (query: Query): Statement => ({ ...source.dialect.print(query), columns: [] })
  const merged = new Map(
    shape.parts.map(({ column, fn }) => {
      const how = MERGED[fn.name]
      if (how === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `The rollup "${rollup.name}" keeps a ${fn.name}, and two of them do not make one.` })
      return [column, how] as const
    }),
  )
  return {
    name: rollup.name,
    definition,
    table: relation.table,
    tables,
    over: (table) => print(rollupQuery({ ...anytime, model: readingFrom(context.model, rollup.semanticModel, table) }, shape, measures, null)),
    keyNames: rollupColumns(shape).filter((column) => !merged.has(column)),
    merged,
    rowsColumn: counted.column,
    rowsWhere: counted.where,
    tableRows: print(tableRowsQuery(context, shape, relation.table)),
  }
}

function readingFrom(model: Model, name: string, table: string): Model {
  const own = semanticModelOf(model, name)
  return { ...model, semanticModels: new Map([...model.semanticModels, [name, { ...own, relation: { table } }]]) }
}
