import { KpiqlError } from '../base/errors.ts'
import type { Model } from '../model/types.ts'
import type { From, Query } from '../sql/tree.ts'
import type { SourceState } from './source-set.ts'

/** Bounds the rows that the statements of one request may read, by what the sources say their tables hold. */
export class ScanBudget {
  readonly #maxRows: number | null
  // All sessions of a request share its signal.
  readonly #spent = new WeakMap<AbortSignal, number>()

  /** @param maxRows null for no bound. */
  constructor(maxRows: number | null) {
    this.#maxRows = maxRows
  }

  /** Takes the rows of a statement about to start from the request's bound; `QUERY_TOO_COSTLY`, and nothing taken, where they exceed it. */
  charge(request: AbortSignal, rows: number): KpiqlError | null {
    if (this.#maxRows === null) return null
    const estimate = (this.#spent.get(request) ?? 0) + rows
    if (estimate > this.#maxRows) {
      return new KpiqlError('QUERY_TOO_COSTLY', {
        message: `The request would read about ${estimate} rows; ${this.#maxRows} are allowed.`,
        hint: 'Ask for fewer metrics or slices at once, or raise limits.maxRowsScanned in the configuration.',
        data: { estimatedRows: estimate, limit: this.#maxRows },
      })
    }
    this.#spent.set(request, estimate)
    return null
  }
}

/**
 * An upper bound of what a statement reads: every table as often as the statement names it, whole. Tables of which the source
 * knows no count add nothing.
 */
export function rowsRead(query: Query, model: Model, state: SourceState | undefined): number {
  if (query.kind === 'union_all') return sum(query.parts.map((part) => rowsRead(part, model, state)))
  if (query.kind === 'with') return sum([...query.tables.map((table) => rowsRead(table.query, model, state)), rowsRead(query.body, model, state)])
  return rowsFrom(query.from, model, state)
}

function rowsFrom(from: From, model: Model, state: SourceState | undefined): number {
  switch (from.kind) {
    case 'table':
      return rowsOf(from.name, state)
    case 'written':
      return sum(tablesBehind(from.sql, model).map((table) => rowsOf(table, state)))
    case 'query':
      return rowsRead(from.query, model, state)
    case 'left_join':
    case 'inner_join':
      return rowsFrom(from.left, model, state) + rowsFrom(from.right, model, state)
    case 'named':
    case 'text_list':
    case 'values':
      return 0
  }
}

function rowsOf(table: string, state: SourceState | undefined): number {
  return state?.tables.get(table)?.statistics.rows ?? 0
}

function tablesBehind(sql: string, model: Model): readonly string[] {
  for (const { relation } of model.semanticModels.values()) if ('sql' in relation && relation.sql === sql) return relation.tables
  return []
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
