import type { ColumnInfo, TableInfo } from '../contract.ts'
import { columnInfo } from '../sql-kit/engine.ts'
import { columnTypeOf } from './cell-type.ts'
import { knownName, storedName } from './names.ts'
import type { Session } from './session.ts'

/** What INFORMATION_SCHEMA tells of a table, besides its columns. */
export interface TableFacts {
  readonly info: TableInfo
  readonly isTable: boolean
  /** Null for views. */
  readonly rows: number | null
  /** When DML, DDL, or Snowflake's own upkeep last touched it; null where it is not kept. */
  readonly lastAltered: string | null
}

const TABLES = 'SELECT table_name, table_type, CAST(row_count AS VARCHAR) AS row_count, CAST(last_altered AS VARCHAR) AS last_altered FROM INFORMATION_SCHEMA.TABLES WHERE table_schema = :1 ORDER BY table_name'
const COLUMNS =
  'SELECT table_name, column_name, data_type, CAST(numeric_scale AS VARCHAR) AS numeric_scale, is_nullable FROM INFORMATION_SCHEMA.COLUMNS WHERE table_schema = :1 ORDER BY table_name, ordinal_position'

/** All tables and views of the schema that the role may see. */
export async function readTables(session: Session, schema: string, signal: AbortSignal): Promise<ReadonlyMap<string, TableFacts>> {
  const [tables, columns, keys] = await Promise.all([session.rows(TABLES, [storedName(schema)], signal), session.rows(COLUMNS, [storedName(schema)], signal), readKeys(session, schema, signal)])
  const columnsOf = Map.groupBy(columns, (row) => row['table_name'] ?? '')
  const found = tables.flatMap((row): readonly (readonly [string, TableFacts])[] => {
    const stored = row['table_name'] ?? ''
    const name = knownName(stored)
    if (name === null) return []
    const isTable = row['table_type'] === 'BASE TABLE'
    const info: TableInfo = { name, columns: (columnsOf.get(stored) ?? []).flatMap(columnOf), primaryKey: keys.get(stored) ?? [] }
    return [[name, { info, isTable, rows: isTable && row['row_count'] !== null ? Number(row['row_count']) : null, lastAltered: row['last_altered'] ?? null }]]
  })
  return new Map(found)
}

function columnOf(row: Readonly<Record<string, string | null>>): readonly ColumnInfo[] {
  const name = knownName(row['column_name'] ?? '')
  const dataType = row['data_type'] ?? ''
  const scale = row['numeric_scale'] ?? null
  const type = columnTypeOf(dataType, scale === null ? null : Number(scale))
  return name === null || type === null ? [] : [columnInfo(name, dataType, type, row['is_nullable'] !== 'NO')]
}

/** Declared keys, by table; Snowflake does not enforce them. */
async function readKeys(session: Session, schema: string, signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await session.rows(`SHOW PRIMARY KEYS IN SCHEMA "${storedName(schema).replaceAll('"', '""')}"`, [], signal)
  const inOrder = rows.toSorted((a, b) => Number(a['key_sequence']) - Number(b['key_sequence']))
  return new Map([...Map.groupBy(inOrder, (row) => row['table_name'] ?? '')].map(([table, keys]) => [table, keys.flatMap((row) => knownName(row['column_name'] ?? '') ?? [])]))
}
