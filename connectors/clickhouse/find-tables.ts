import type { ColumnInfo, TableInfo } from '../contract.ts'
import { columnInfo } from '../sql-kit/engine.ts'
import { cellTypeOf, isNullable } from './cell-type.ts'
import type { AskRows } from './engine.ts'
import { ROLLUP_PREFIX } from './rollup-book.ts'

const COLUMNS = `
SELECT table, name, type
FROM system.columns
WHERE database = currentDatabase() AND default_kind <> 'EPHEMERAL' AND NOT startsWith(table, '.') AND NOT startsWith(table, '${ROLLUP_PREFIX}')
ORDER BY table, position`

/**
 * Tables and views of the database that its user may see. ClickHouse's primary keys order rows and do not tell them apart, so
 * none is told as a key.
 */
export async function findTables(rows: AskRows): Promise<readonly TableInfo[]> {
  const columns = new Map<string, ColumnInfo[]>()
  for (const { table, name, type } of await rows(COLUMNS)) {
    if (typeof table !== 'string' || typeof name !== 'string' || typeof type !== 'string') continue
    const list = columns.get(table) ?? []
    columns.set(table, list)
    const cell = cellTypeOf(type)
    if (cell !== null && cell !== 'null') list.push(columnInfo(name, type, cell, isNullable(type)))
  }
  return [...columns].map(([name, found]) => ({ name, columns: found, primaryKey: [] }))
}
