import { fieldOf, type Json, type TableRead } from './json.ts'

/** A column as an expression, and where it is stored, while it is still as the collection has it. */
export interface Located {
  readonly at: Json
  readonly stored: { readonly table: string; readonly path: string } | null
}

/** Finds the columns of what stands in a `from`, by its alias. */
export type Scope = ReadonlyMap<string, (name: string) => Located>

/** Columns of a collection are read as they are asked for. */
export function tableScope(alias: string, read: TableRead, prefix = '$'): Scope {
  const locate = (path: string): Located => {
    const field = fieldOf(path)
    read.columns.set(field, path)
    return { at: `${prefix}${field}`, stored: { table: read.name, path } }
  }
  return new Map([[alias, locate]])
}

export function fieldScope(alias: string, prefix = '$'): Scope {
  return new Map([[alias, (name: string) => ({ at: `${prefix}${fieldOf(name)}`, stored: null })]])
}

/** The same columns, each seen through a change of its expression. */
export function mapScope(scope: Scope, change: (at: Json) => Json): Scope {
  return new Map([...scope].map(([alias, locate]) => [alias, (name: string) => ({ ...locate(name), at: change(locate(name).at) })]))
}
