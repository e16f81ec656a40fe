import type { ColumnInfo, TableInfo } from '../contract.ts'
import { columnInfo } from '../sql-kit/engine.ts'
import { columnTypeOf } from './cell-type.ts'

/** Rows of texts, as the server writes them. */
export type Ask = (text: string, ...params: readonly string[]) => Promise<readonly (readonly (string | null)[])[]>

export interface TableName {
  readonly schema: string
  readonly table: string
}

/** `schema.table`; without a dot it lies in the source's own schema. */
export function splitName(name: string, ownSchema: string): TableName {
  const dot = name.indexOf('.')
  return dot < 0 ? { schema: ownSchema, table: name } : { schema: name.slice(0, dot), table: name.slice(dot + 1) }
}

// Arrays, composites, ranges, shapes and bits have no kind of ours, and money is written as the server's country does.
const COLUMNS = `
  SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), b.oid, coalesce(nullif(a.atttypmod, -1), t.typtypmod), a.attnotnull OR t.typnotnull,
    coalesce(a.attnum = ANY (k.conkey), false), CASE WHEN o.collisdeterministic AND b.typname IN ('text', 'varchar') THEN o.oid END
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  LEFT JOIN pg_collation o ON o.oid = a.attcollation
  LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT')
    AND (b.typcategory IN ('B', 'D', 'E', 'I', 'N', 'S', 'T') OR b.typname IN ('uuid', 'json', 'jsonb', 'xml')) AND b.typname <> 'money'
    AND position('.' IN n.nspname || CASE WHEN n.nspname = $1 THEN c.relname ELSE '' END) = 0
  ORDER BY n.nspname, c.relname, a.attnum`

const HIDDEN = `
  SELECT c.relname
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT'))
  ORDER BY c.relname`

/** A name that stands for the same column without quotes. */
const FOLDED = /^[a-z_][a-z0-9_]*$/

/** All tables and views of all schemas that the user may read; those of the source's own schema by bare name, and partitions as the one table they are. */
export async function readTables(ask: Ask, ownSchema: string): Promise<readonly TableInfo[]> {
  const tables = new Map<string, { readonly columns: ColumnInfo[]; readonly primaryKey: string[] }>()
  for (const [schema, table, column, nativeType, typeId, modifier, notNull, isKey, collation] of await ask(COLUMNS, ownSchema)) {
    const name = schema === ownSchema ? String(table) : `${schema}.${table}`
    const found = tables.get(name) ?? { columns: [], primaryKey: [] }
    tables.set(name, found)
    const info = columnInfo(String(column), String(nativeType), columnTypeOf(Number(typeId), Number(modifier)), notNull !== 't')
    found.columns.push(typeof collation === 'string' && FOLDED.test(info.name) ? { ...info, exactCollation: collation } : info)
    if (isKey === 't') found.primaryKey.push(String(column))
  }
  return [...tables].map(([name, info]) => ({ name, ...info }))
}

/** Tables of the source's own schema that its user may not read. */
export async function hiddenTables(ask: Ask, ownSchema: string): Promise<readonly string[]> {
  return (await ask(HIDDEN, ownSchema)).map(([name]) => String(name))
}
