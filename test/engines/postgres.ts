import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { inject } from 'vitest'
import postgres from '../../connectors/postgres/index.ts'
import type { Cell, Row } from '../oracle/row-test.ts'
import { openDuckdbSource } from './duckdb.ts'
import type { ColumnType, TableSpec, TestSource } from './open-test-source.ts'
import { recording } from './recording.ts'

const TYPES: Readonly<Record<ColumnType, string>> = {
  VARCHAR: 'text',
  BIGINT: 'bigint',
  'DECIMAL(12,2)': 'numeric(12, 2)',
  DOUBLE: 'double precision',
  BOOLEAN: 'boolean',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  TIMESTAMPTZ: 'timestamptz',
}

const ROWS_A_STATEMENT = 1000
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The real connector over a schema of its own in the server of the project; `version` and `watermarks` are the test's. */
export async function openPostgresSource(name: string, tables: Readonly<Record<string, TableSpec>>): Promise<TestSource> {
  const server = inject('server')
  if (server === null) throw new Error('There is no PostgreSQL server to test on.')
  const schema = `t_${randomUUID().replaceAll('-', '')}`
  const { host, port, user, password } = server
  const owner = new Client({ host, port, user, password, database: 'postgres' })
  await owner.connect()
  await owner.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}; SET timezone = 'UTC'; SET datestyle = 'ISO'; SET extra_float_digits = 1`)
  for (const [table, { columns }] of Object.entries(tables)) await owner.query(`CREATE TABLE ${quoted(table)} (${Object.entries(columns).map(([column, type]) => `${quoted(column)} ${TYPES[type]}`).join(', ')})`)
  for (const [table, spec] of Object.entries(tables)) if (typeof spec.rows !== 'string') for (const sql of inserts(table, spec)) await owner.query(sql)
  await copyMade(tables, owner)

  const inner = postgres.open(name, postgres.options.parse({ host, port, user, password, database: 'postgres', schema, maxConcurrent: 2 }), { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
  return recording(inner, {
    discover: async () => (await inner.discover()).filter((table) => table.name in tables),
    run: async (sql) => void (await owner.query(sql)),
    explain: async ({ text, params }) => void (await inner.query({ text: `EXPLAIN ${text}`, params, columns: ['text'] })),
    rows: async (table) => {
      const columns = tables[table]?.columns ?? {}
      const shown = Object.entries(columns).map(([column, type]) => (type === 'DOUBLE' || type === 'BOOLEAN' ? quoted(column) : type === 'BIGINT' ? `${quoted(column)}::double precision AS ${quoted(column)}` : `${quoted(column)}::text AS ${quoted(column)}`))
      return (await owner.query<Record<string, Cell>>(`SELECT ${shown.join(', ')} FROM ${quoted(table)}`)).rows as readonly Row[]
    },
    close: async () => {
      await owner.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
      await owner.end()
    },
  })
}

function inserts(table: string, { columns, rows }: TableSpec): readonly string[] {
  if (typeof rows === 'string') return []
  const values = rows.map((row) => `(${Object.entries(columns).map(([column, type]) => literal(row[column] ?? null, type)).join(', ')})`)
  return Array.from({ length: Math.ceil(values.length / ROWS_A_STATEMENT) }, (_, at) => `INSERT INTO ${quoted(table)} VALUES ${values.slice(at * ROWS_A_STATEMENT, (at + 1) * ROWS_A_STATEMENT).join(', ')}`)
}

/** Rows told by a query of DuckDB are made there, and reach the server, which runs on this machine, as a file. */
async function copyMade(tables: Readonly<Record<string, TableSpec>>, owner: Client): Promise<void> {
  const made = Object.entries(tables).filter(([, { rows }]) => typeof rows === 'string')
  if (made.length === 0) return
  const folder = mkdtempSync(join(tmpdir(), 'kpiql-copied-'))
  // The server runs as a user of its own.
  chmodSync(folder, 0o755)
  const duckdb = await openDuckdbSource('made', tables)
  try {
    for (const [index, [table]] of made.entries()) {
      const file = join(folder, `${index}.csv`)
      await duckdb.run(`COPY ${quoted(table)} TO '${file}' (FORMAT csv, HEADER false, NULLSTR '\\N')`)
      chmodSync(file, 0o644)
      await owner.query(`COPY ${quoted(table)} FROM '${file}' (FORMAT csv, NULL '\\N')`)
    }
  } finally {
    await duckdb.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function literal(cell: Cell, type: ColumnType): string {
  if (cell === null) return 'NULL'
  if (typeof cell === 'boolean') return String(cell)
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : `'${cell}'::double precision`
  return `'${cell.replaceAll("'", "''")}${type === 'TIMESTAMPTZ' ? '+00' : ''}'`
}
