import { KpiqlError } from '../base/errors.ts'
import type { Model } from '../model/types.ts'
import { tablesNamed } from '../plan/tables-named.ts'
import type { Query } from '../sql/tree.ts'
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
  return tablesNamed(query, model).reduce((total, table) => total + (state?.tables.get(table)?.statistics.rows ?? 0), 0)
}
