import { findEntityPath, findJoinPath } from '../../../model/join-path.ts'
import type { Measure } from '../../../plan/read.ts'
import { semanticModelOf } from '../../../plan/relation.ts'
import { rollupColumns, rollupQuery } from '../../../plan/rollups/rollup-query.ts'
import type { RollupShape } from '../../../plan/rollups/rollup.ts'
import type { PlanContext } from '../../../plan/rows.ts'
import { aggregate, select } from '../../../sql/tree.ts'
import type { Query } from '../../../sql/tree.ts'

const DAY_MS = 86_400_000
const HOURS_A_DAY = 24
/** Where statistics tell nothing. */
const UNKNOWN_DISTINCT = 1000
const UNKNOWN_DAYS = 1000

/** Rows of a rollup as if its columns had nothing to do with one another, and no more than the table has. */
export function estimatedRows(context: PlanContext, { semanticModel, time, grain, dimensions, entities, keys }: RollupShape): number {
  const { model, facts } = context
  const distinct = (home: string, expr: string): number => (facts.distinct(home, expr) ?? UNKNOWN_DISTINCT) + 1
  let rows = daysOf(context, semanticModel, time.kind === 'event' ? time.dimension : time.start) * (grain === 'hour' ? HOURS_A_DAY : 1) * (time.kind === 'stock' && time.end !== null ? 2 : 1)
  for (const { name } of dimensions) {
    const found = findJoinPath(model, semanticModel, name)
    rows *= found.kind === 'path' ? distinct(found.path.home, found.path.dimension.expr) : UNKNOWN_DISTINCT
  }
  for (const { entity } of entities) {
    const found = findEntityPath(model, semanticModel, entity)
    rows *= found.kind === 'path' && found.path.steps.length === 0 ? distinct(semanticModel, found.path.expr) : UNKNOWN_DISTINCT
  }
  for (const { expr, column } of keys) if (!entities.some((entity) => entity.column === column)) rows *= distinct(semanticModel, expr)
  return Math.min(rows, (facts.rows(semanticModel) ?? Infinity) * (time.kind === 'stock' && time.end !== null ? 2 : 1))
}

function daysOf({ model, facts }: PlanContext, semanticModel: string, dimension: string): number {
  const found = semanticModelOf(model, semanticModel).dimensions.find(({ publicName }) => publicName === dimension)
  const range = found === undefined ? null : facts.range(semanticModel, found.expr)
  const days = range === null ? Number.NaN : (Date.parse(range.max.slice(0, 10)) - Date.parse(range.min.slice(0, 10))) / DAY_MS + 1
  return Number.isFinite(days) ? days : UNKNOWN_DAYS
}

/** Bytes a row, by the width of its columns. */
export function rowBytes(context: PlanContext, shape: RollupShape): number {
  const { model, facts } = context
  const wide = new Set<string>()
  const widthOf = (home: string, expr: string): boolean => ['text', 'decimal', null].includes(facts.columnType(home, expr))
  for (const { name, column } of shape.dimensions) {
    const found = findJoinPath(model, shape.semanticModel, name)
    if (found.kind !== 'path' || widthOf(found.path.home, found.path.dimension.expr)) wide.add(column)
  }
  for (const { column } of shape.entities) wide.add(column)
  for (const { expr, column } of shape.keys) if (widthOf(shape.semanticModel, expr)) wide.add(column)
  for (const { column, type } of shape.parts) if (type === 'decimal' || type === null) wide.add(column)
  return rollupColumns(shape).reduce((bytes, column) => bytes + (wide.has(column) ? 16 : 8), 0)
}

/** One row, one column: how many rows the rollup would have. */
export function countQuery(context: PlanContext, shape: RollupShape, measures: readonly Measure[]): Query {
  return select({ columns: [{ expr: aggregate({ name: 'count' }, null), as: 'rows' }], from: { kind: 'query', query: rollupQuery(context, shape, measures, null), as: 'built' } })
}
