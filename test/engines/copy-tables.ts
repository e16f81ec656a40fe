import type { ColumnInfo, ColumnKind, QuerySource, TableInfo, Value } from '../../connectors/contract.ts'
import { decimalToText, type DecimalNumber } from '../../src/base/decimal-number.ts'
import { column, select } from '../../src/sql/tree.ts'
import type { Cell, Row } from '../oracle/row-test.ts'
import { ENGINE, openTestSource } from './open-test-source.ts'
import type { ColumnType, TableSpec } from './open-test-source.ts'

const TYPES: Readonly<Record<ColumnInfo['kind'], ColumnType>> = { text: 'VARCHAR', integer: 'BIGINT', decimal: 'DECIMAL(12,2)', float: 'DOUBLE', boolean: 'BOOLEAN', date: 'DATE', timestamp: 'TIMESTAMP' }

/** The same tables in the engine of the project: the source itself on DuckDB, elsewhere a copy of all it holds, in place of it. */
export async function inEngine(source: QuerySource): Promise<QuerySource> {
  if (ENGINE === 'duckdb') return source
  try {
    const tables = await Promise.all((await source.discover()).map(async (table): Promise<[string, TableSpec]> => [table.name, await specOf(source, table)]))
    return await openTestSource(source.name, Object.fromEntries(tables))
  } finally {
    await source.close()
  }
}

async function specOf(source: QuerySource, { name, columns }: TableInfo): Promise<TableSpec> {
  const { text, params } = source.dialect.print(select({ columns: columns.map((info) => ({ expr: column(name, info.name), as: info.name })), from: { kind: 'table', name } }))
  const answer = await source.query({ text, params, columns: columns.map(({ kind }): ColumnKind => kind) })
  const rows = Array.from({ length: answer.rowCount }, (_, row): Row => Object.fromEntries(columns.map((info, index) => [info.name, cellOf(answer.columns[index]?.[row] ?? null, info)])))
  return { columns: Object.fromEntries(columns.map((info) => [info.name, typeOf(info)])), rows }
}

function typeOf({ kind, zoned }: ColumnInfo): ColumnType {
  return zoned === true ? 'TIMESTAMPTZ' : TYPES[kind]
}

function cellOf(value: Value, { kind }: ColumnInfo): Cell {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (kind === 'decimal') return decimalToText(value as DecimalNumber)
  return kind === 'timestamp' ? String(value).replace('T', ' ').replace('Z', '') : String(value)
}
