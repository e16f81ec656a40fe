import type { Query, SqlType } from './tree.ts'

export interface PrintedQuery {
  readonly text: string
  /** In the order of their placeholders. */
  readonly params: readonly { readonly value: string | number | bigint | boolean; readonly type: SqlType }[]
}

/** One engine's SQL: prints the tree; two dialects given one tree must yield statements with one answer. */
export interface Dialect {
  readonly name: string
  print(query: Query): PrintedQuery
}
