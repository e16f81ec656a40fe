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

/** So that no named result hides a table of the company. */
const PREFIX = 'kpiql_'

/** A named result of the statement, under its own name unless it is given another. */
export function named(name: string, as = name): From & { readonly as: string } {
  return { kind: 'named', name: `${PREFIX}${name}`, as }
}

/** A statement with results that `named` reads. */
export function withNamed(tables: readonly NamedQuery[], body: Query): Query {
  return tables.length === 0 ? body : { kind: 'with', tables: tables.map(({ name, query }) => ({ name: `${PREFIX}${name}`, query })), body }
}
