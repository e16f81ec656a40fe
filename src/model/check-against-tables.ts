import { plainColumn } from './expression.ts'
import { suggest } from './problem.ts'
import type { Problem } from './problem.ts'
import type { Model, ModelDimension, SemanticModel } from './types.ts'

/** A table as its source describes it. */
export interface TableShape {
  readonly name: string
  readonly columns: readonly {
    readonly name: string
    readonly kind: 'text' | 'boolean' | 'float' | 'integer' | 'decimal' | 'date' | 'timestamp'
    /** Timestamps: true for instants, false for wall clocks. */
    readonly zoned?: boolean | undefined
  }[]
}

/**
 * Compares the semantic models of one source with its tables: tables and columns exist, kinds agree, wall-clock timestamps
 * have a zone. Expressions that are more than a column, and semantic models with `sql`, are left to the engine.
 *
 * @returns Problems without a place in a file; `path` names the part of the model.
 */
export function checkAgainstTables(model: Model, source: string, tables: readonly TableShape[]): readonly Problem[] {
  const byName = new Map(tables.map((table) => [table.name.toLowerCase(), table]))
  const problems: Problem[] = []
  for (const semanticModel of model.semanticModels.values()) {
    if (semanticModel.source !== source) continue
    const path = `semantic_models.${semanticModel.name}`
    const { relation } = semanticModel
    const names = 'table' in relation ? [relation.table] : relation.tables
    for (const name of names) {
      if (!byName.has(name.toLowerCase())) problems.push(problem(path, `"${semanticModel.name}" reads the table "${name}", and the source "${source}" has none of that name.`, suggest(name, tables.map((table) => table.name))))
    }
    const table = 'table' in relation ? byName.get(relation.table.toLowerCase()) : undefined
    if (table) problems.push(...checkColumns(model, semanticModel, table, path))
  }
  return problems
}

function checkColumns(model: Model, semanticModel: SemanticModel, table: TableShape, path: string): readonly Problem[] {
  const columns = new Map(table.columns.map((column) => [column.name.toLowerCase(), column]))
  const problems: Problem[] = []
  const columnOf = (expr: string | null, place: string): Column | null => {
    const name = expr === null ? null : plainColumn(expr)
    if (name === null) return null
    const column = columns.get(name.toLowerCase())
    if (!column) problems.push(problem(place, `The table "${table.name}" has no column "${name}".`, suggest(name, table.columns.map((candidate) => candidate.name))))
    return column ?? null
  }
  for (const link of semanticModel.entities) columnOf(link.expr, `${path}.entities.${link.entity}`)
  for (const dimension of semanticModel.dimensions) {
    const place = `${path}.dimensions.${dimension.name}`
    const column = columnOf(dimension.expr, place)
    if (!column) continue
    const fault = faultOfReadKind(dimension, column)
    if (fault) problems.push(problem(place, fault.message, fault.hint))
  }
  for (const metric of model.metrics.values()) {
    for (const definition of metric.implementations) {
      if ((definition.type !== 'simple' && definition.type !== 'movement') || definition.semanticModel !== semanticModel.name) continue
      const column = columnOf(definition.expr, `metrics.${metric.name}`)
      const isNumber = column === null || ['integer', 'decimal', 'float'].includes(column.kind)
      if (definition.type === 'movement') {
        if (!isNumber) problems.push(problem(`metrics.${metric.name}`, `"${metric.name}" follows the amounts of "${column.name}", which holds ${column.kind}.`, null))
        continue
      }
      const needsNumbers = ['sum', 'average', 'median', 'percentile', 'stddev'].includes(definition.agg)
      if (needsNumbers && !isNumber) {
        problems.push(problem(`metrics.${metric.name}`, `"${metric.name}" takes the ${definition.agg} of "${column.name}", which holds ${column.kind}.`, column.kind === 'boolean' && definition.agg === 'sum' ? 'Write agg: sum_boolean.' : null))
      }
      if (column && definition.agg === 'sum_boolean' && column.kind !== 'boolean') problems.push(problem(`metrics.${metric.name}`, `"${metric.name}" counts where "${column.name}" is true, and it holds ${column.kind}.`, 'Write a condition as expr.'))
    }
  }
  return problems
}

type Column = TableShape['columns'][number]

/** Numbers may be read as one another where no digit is cut; nothing else passes for something else. */
const READABLE_AS = {
  text: ['text'],
  boolean: ['boolean'],
  integer: ['integer', 'decimal', 'float'],
  decimal: ['decimal', 'float'],
  float: ['float', 'decimal'],
  date: ['date'],
  timestamp: ['timestamp'],
} as const satisfies Record<Column['kind'], readonly ModelDimension['kind'][]>

/** @returns What keeps a column from being read as the dimension says; null where nothing does. */
function faultOfReadKind(dimension: ModelDimension, column: Column): { readonly message: string; readonly hint: string | null } | null {
  const readable: readonly ModelDimension['kind'][] = READABLE_AS[column.kind]
  if (!readable.includes(dimension.kind)) {
    return { message: `The dimension "${dimension.name}" holds ${dimension.kind}, and its column "${column.name}" ${column.kind}.`, hint: `Write value_type: ${column.kind}, or an expr that converts it.` }
  }
  if (column.kind !== 'timestamp' || column.zoned === undefined) return null
  if (!column.zoned && dimension.timezone === null) {
    return { message: `The column "${column.name}" holds times without a zone, and the dimension "${dimension.name}" names none.`, hint: 'Write timezone: UTC, or the zone they were written in.' }
  }
  if (column.zoned && dimension.timezone !== null) {
    return { message: `The column "${column.name}" holds instants, and the dimension "${dimension.name}" declares them as times of ${dimension.timezone}.`, hint: 'Remove its timezone.' }
  }
  return null
}

function problem(path: string, message: string, hint: string | null): Problem {
  return { file: '', line: 0, column: 0, path, message, hint }
}
