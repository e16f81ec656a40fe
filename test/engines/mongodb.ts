import { randomUUID } from 'node:crypto'
import { BSON } from 'mongodb'
import mongodb from '../../connectors/mongodb/index.ts'
import type { Cell, Row } from '../oracle/row-test.ts'
import { startMongodbServer, type MongodbServer } from '../servers/mongodb.ts'
import { openDuckdbSource } from './duckdb.ts'
import type { Columns, ColumnType, TableSpec, TestSource } from './open-test-source.ts'
import { recording } from './recording.ts'

const KINDS = { VARCHAR: 'text', BIGINT: 'integer', 'DECIMAL(12,2)': 'decimal', DOUBLE: 'float', BOOLEAN: 'boolean', DATE: 'date', TIMESTAMP: 'timestamp', TIMESTAMPTZ: 'timestamp' } as const satisfies Record<ColumnType, string>

/** One for all tests of a file; it holds nothing but memory, and ends with the process. */
let server: Promise<MongodbServer> | null = null

/**
 * The real connector over a database of its own in a server that speaks MongoDB's protocol (no MongoDB: see test/servers/mongodb.ts).
 * Rows told by SQL are made in DuckDB, and copied.
 */
export async function openMongodbSource(name: string, tables: Readonly<Record<string, TableSpec>>): Promise<TestSource> {
  server ??= startMongodbServer('reader', 'secret')
  const { host, port, user, password, put } = await server
  const database = `t${randomUUID().replaceAll('-', '')}`
  const made = Object.values(tables).some(({ rows }) => typeof rows === 'string')
  let twin: TestSource | null = made ? await openDuckdbSource('made', tables) : null
  const rowsOf = async (table: string): Promise<readonly Row[]> => {
    const rows = tables[table]?.rows ?? []
    return twin === null && typeof rows !== 'string' ? rows : ((await twin?.rows(table)) ?? [])
  }
  const fill = async (): Promise<void> => {
    for (const [table, { columns }] of Object.entries(tables)) put(database, table, (await rowsOf(table)).map((row) => documentOf(row, columns)))
  }
  await fill()
  const declared = Object.fromEntries(Object.entries(tables).map(([table, { columns }]) => [table, Object.fromEntries(Object.entries(columns).map(([column, type]) => [column, KINDS[type]]))]))
  const options = mongodb.options.parse({ host, port, user, password, database, columns: declared, ttlSeconds: 3600 })
  const inner = mongodb.open(name, options, { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
  return recording(inner, {
    run: async (sql) => {
      twin ??= await openDuckdbSource('twin', tables)
      await twin.run(sql)
      await fill()
    },
    // A pipeline that cannot be linked is refused by running it; there is no plan to be seen.
    explain: async (statement) => void (await inner.query(statement)),
    rows: rowsOf,
    close: async () => {
      await twin?.close()
      for (const table of Object.keys(tables)) put(database, table, [])
    },
  })
}

function documentOf(row: Row, columns: Columns): Record<string, unknown> {
  return Object.fromEntries(Object.entries(columns).map(([column, type]) => [column, stored(row[column] ?? null, type)]))
}

function stored(cell: Cell, type: ColumnType): unknown {
  if (cell === null || typeof cell === 'boolean') return cell
  switch (type) {
    case 'BIGINT':
      return BSON.Long.fromBigInt(BigInt(cell))
    case 'DECIMAL(12,2)':
      return BSON.Decimal128.fromString(String(cell))
    case 'DOUBLE':
      return new BSON.Double(Number(cell))
    case 'TIMESTAMP':
    case 'TIMESTAMPTZ':
      return new Date(`${String(cell).replace(' ', 'T').replace(/\+00$/, '')}Z`)
    default:
      return String(cell)
  }
}
