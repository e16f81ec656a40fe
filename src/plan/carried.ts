import { column } from '../sql/tree.ts'
import type { From, OutputColumn, Query } from '../sql/tree.ts'

export interface NamedQuery {
  readonly name: string
  readonly query: Query
}

/** The same columns of a result, one query further out. */
export function carried(columns: readonly (OutputColumn | string)[], table: string): readonly OutputColumn[] {
  return columns.map((one) => {
    const as = typeof one === 'string' ? one : one.as
    return { expr: column(table, as), as }
  })
}

/** A named result under its own name. */
export function named(name: string): From & { readonly as: string } {
  return { kind: 'named', name, as: name }
}
