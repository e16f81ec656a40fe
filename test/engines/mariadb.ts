import { randomBytes } from 'node:crypto'
import type { RowDataPacket } from 'mysql2'
import { createConnection, type Connection } from 'mysql2/promise'
import { inject } from 'vitest'
import mysql from '../../connectors/mysql/index.ts'
import type { ServerAddress } from '../servers/test-server.ts'
import type { Cell, Row } from '../oracle/row-test.ts'
import { openDuckdbSource } from './duckdb.ts'
import type { Columns, ColumnType, TableSpec, TestSource } from './open-test-source.ts'
import { recording } from './recording.ts'

/** Instants as TIMESTAMP, wall clocks as DATETIME. */
const TYPES: Readonly<Record<ColumnType, string>> = {
  VARCHAR: 'VARCHAR(255)',
  BIGINT: 'BIGINT',
  'DECIMAL(12,2)': 'DECIMAL(12,2)',
  DOUBLE: 'DOUBLE',
  BOOLEAN: 'TINYINT(1)',
  DATE: 'DATE',
  TIMESTAMP: 'DATETIME(6)',
  TIMESTAMPTZ: 'TIMESTAMP(6) NULL DEFAULT NULL',
}
const ROWS_A_STATEMENT = 2000

/**
 * Tables made for a test in a database of their own, read through the connector. The server compares text without regard to case
 * unless told otherwise.
 */
export async function openMariadbSource(name: string, tables: Readonly<Record<string, TableSpec>>): Promise<TestSource> {
  const address = inject('server')
  if (address === null) throw new Error('There is no MariaDB server to test on.')
  const database = `test_${randomBytes(6).toString('hex')}`
  const owner = await ownerOf(address)
  await owner.query(`CREATE DATABASE "${database}"`)
  await owner.query(`USE "${database}"`)
  for (const [table, { columns, rows }] of Object.entries(tables)) {
    await owner.query(`CREATE TABLE "${table}" (${Object.entries(columns).map(([column, type]) => `"${column}" ${TYPES[type]}`).join(', ')})`)
    if (typeof rows !== 'string') await insert(owner, table, columns, rows)
  }
  await copyMade(owner, tables)

  const options = mysql.options.parse({ host: address.host, port: address.port, user: address.user, password: address.password, database, maxConcurrent: 2, ttlSeconds: 3600, statementTimeoutMs: 300_000 })
  const inner = mysql.open(name, options, { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
  return recording(inner, {
    run: async (sql) => void (await owner.query(sql)),
    explain: async ({ text, params }) => void (await owner.execute(`EXPLAIN ${text}`, params.map(({ value }) => (value === null ? null : String(value))))),
    rows: async (table) => {
      const columns = tables[table]?.columns ?? {}
      const [found] = await owner.query<RowDataPacket[]>(`SELECT * FROM "${table}"`)
      return found.map((row): Row => Object.fromEntries(Object.entries(columns).map(([column, type]) => [column, cellOf(row[column], type)])))
    },
    close: async () => {
      await owner.query(`DROP DATABASE IF EXISTS "${database}"`)
      await owner.end()
    },
  })
}

async function ownerOf({ host, port, user, password }: ServerAddress): Promise<Connection> {
  const owner = await createConnection({ host, port, user, password, charset: 'utf8mb4', dateStrings: true, supportBigNumbers: true, bigNumberStrings: true, timezone: 'Z' })
  await owner.query("SET time_zone = '+00:00', sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES', unique_checks = 0, foreign_key_checks = 0, collation_connection = utf8mb4_nopad_bin")
  return owner
}

async function insert(owner: Connection, table: string, columns: Columns, rows: readonly Row[]): Promise<void> {
  const types = Object.entries(columns)
  for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
    const values = rows.slice(from, from + ROWS_A_STATEMENT).map((row) => `(${types.map(([column, type]) => literal(row[column] ?? null, type)).join(', ')})`)
    await owner.query(`INSERT INTO "${table}" VALUES ${values.join(', ')}`)
  }
}

/** Rows told by a query of DuckDB are made there. */
async function copyMade(owner: Connection, tables: Readonly<Record<string, TableSpec>>): Promise<void> {
  const made = Object.entries(tables).filter(([, { rows }]) => typeof rows === 'string')
  if (made.length === 0) return
  const maker = await openDuckdbSource('made', tables)
  try {
    for (const [table, { columns }] of made) await insert(owner, table, columns, await maker.rows(table))
  } finally {
    await maker.close()
  }
}

function literal(cell: Cell, type: ColumnType): string {
  if (cell === null) return 'NULL'
  if (typeof cell === 'boolean') return cell ? '1' : '0'
  if (typeof cell === 'number') return String(cell)
  const text = type === 'TIMESTAMPTZ' ? cell.replace(/\+00$/, '') : cell
  return `'${text.replaceAll("'", "''")}'`
}

function cellOf(value: unknown, type: ColumnType): Cell {
  if (value === null || value === undefined) return null
  if (type === 'BOOLEAN') return Number(value) !== 0
  if (type === 'DOUBLE' || type === 'BIGINT') return Number(value)
  return String(value).replace(/\.000000$/, '')
}
