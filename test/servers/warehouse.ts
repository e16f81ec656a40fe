import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import type { ConformanceRow } from '../../connectors/conformance.ts'

// What stands behind the servers that play BigQuery and Snowflake: DuckDB, which answers their few statements once these are said in its words.

/** One answer: types as DuckDB names them, cells as its texts; times with microseconds, instants in UTC. */
export interface WarehouseAnswer {
  readonly names: readonly string[]
  readonly types: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
}

export interface Warehouse {
  /** Runs one statement of DuckDB's; `$1`, `$2`, … are texts, to be cast. */
  ask(sql: string, params?: readonly (string | null)[]): Promise<WarehouseAnswer>
  close(): void
}

export async function openWarehouse(): Promise<Warehouse> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  let last: Promise<unknown> = Promise.resolve()
  return {
    ask(sql, params = []) {
      const next = last.then(() => answer(connection, sql, params))
      last = next.catch(() => undefined)
      return next
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

async function answer(connection: DuckDBConnection, sql: string, params: readonly (string | null)[]): Promise<WarehouseAnswer> {
  const reader = await connection.runAndReadAll(sql, [...params])
  const names = reader.columnNames()
  const types = reader.columnTypes().map(String)
  const rows = reader.getRows().map((row) => row.map((value) => (value === null ? null : typeof value === 'number' ? floatText(value) : String(value))))
  return { names, types, rows }
}

const floatText = (value: number): string => (Number.isNaN(value) ? 'NaN' : value === Infinity ? 'Infinity' : value === -Infinity ? '-Infinity' : String(value))

const COLUMNS: Readonly<Record<keyof ConformanceRow, string>> = { id: 'BIGINT', amount: 'DECIMAL(18, 2)', ratio: 'DOUBLE', label: 'VARCHAR', active: 'BOOLEAN', day: 'DATE', happened_at: 'TIMESTAMP' }

/** SQL that makes the rows of the suite a table; names quoted as they are given. */
export async function loadConformance(warehouse: Warehouse, rows: readonly ConformanceRow[], rename: (name: string) => string = (name) => name): Promise<void> {
  const names = Object.keys(COLUMNS) as (keyof ConformanceRow)[]
  const table = `"${rename('conformance')}"`
  await warehouse.ask(`CREATE OR REPLACE TABLE ${table} (${names.map((name) => `"${rename(name)}" ${COLUMNS[name]}`).join(', ')})`)
  for (const row of rows) {
    const values = names.map((name) => (row[name] === null ? null : String(row[name]).replace(/^(\d{4}-\S+)Z$/, '$1')))
    await warehouse.ask(`INSERT INTO ${table} VALUES (${names.map((name, index) => `CAST($${index + 1} AS ${COLUMNS[name]})`).join(', ')})`, values)
  }
}
