import { inject } from 'vitest'
import clickhouse from '../../connectors/clickhouse/index.ts'
import type { Row } from '../oracle/row-test.ts'
import { askClickhouse } from '../servers/clickhouse.ts'
import type { ServerAddress } from '../servers/test-server.ts'
import { openDuckdbSource } from './duckdb.ts'
import type { ColumnType, TableSpec, TestSource } from './open-test-source.ts'
import { recording } from './recording.ts'

const TYPES: Readonly<Record<ColumnType, string>> = {
  VARCHAR: 'String',
  BIGINT: 'Int64',
  'DECIMAL(12,2)': 'Decimal(12, 2)',
  DOUBLE: 'Float64',
  BOOLEAN: 'Bool',
  DATE: 'Date32',
  // One type holds both; the model says which wall clocks are of a zone.
  TIMESTAMP: "DateTime64(6, 'UTC')",
  TIMESTAMPTZ: "DateTime64(6, 'UTC')",
}

let opened = 0

/** ClickHouse behind its connector, in a database of its own that is dropped when closed. Statistics and columns are those of the same tables in DuckDB. */
export async function openClickhouseSource(name: string, tables: Readonly<Record<string, TableSpec>>): Promise<TestSource> {
  const server = inject('server')
  if (server === null) throw new Error('ClickHouse is not installed: npm install --include=dev brings the package chdb.')
  const database = `test_${process.pid}_${opened++}`
  await askClickhouse(server, `CREATE DATABASE ${database}`)
  const model = await openDuckdbSource(name, tables)
  const held = new Map<string, readonly Row[]>()
  try {
    for (const [table, spec] of Object.entries(tables)) {
      held.set(table, await model.rows(table))
      await fill(server, database, table, spec, typeof spec.rows === 'string' ? (held.get(table) ?? []) : spec.rows)
    }
    const columns = await model.discover()
    const statistics = new Map(await Promise.all(Object.keys(tables).map(async (table) => [table, await model.statistics(table)] as const)))
    const { user, password } = server
    const options = clickhouse.options.parse({ url: `http://${server.host}:${server.port}`, database, user, password, statementTimeoutMs: 120_000, connectTimeoutMs: 120_000 })
    const real = clickhouse.open(name, options, { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
    return recording(real, {
      rollups: real.rollups,
      discover: () => Promise.resolve(columns),
      statistics: (table) => Promise.resolve(statistics.get(table) ?? { rows: 0, columns: {} }),
      run: async (sql) => void (await askClickhouse(server, sql, database)),
      explain: async ({ text, params }) => void (await real.query({ text: `EXPLAIN ${text}`, params, columns: ['text'] })),
      rows: (table) => Promise.resolve(held.get(table) ?? []),
      close: async () => {
        await askClickhouse(server, `DROP DATABASE IF EXISTS ${database} SYNC`)
      },
    })
  } finally {
    await model.close()
  }
}

async function fill(server: ServerAddress, database: string, table: string, { columns }: TableSpec, rows: readonly Row[]): Promise<void> {
  const names = Object.keys(columns)
  const created = Object.entries(columns).map(([column, type]) => `\`${column}\` Nullable(${TYPES[type]})`)
  await askClickhouse(server, `CREATE TABLE \`${table}\` (${created.join(', ')}) ENGINE = MergeTree ORDER BY tuple()`, database)
  if (rows.length === 0) return
  // One part, so that a table of any number of rows is read in one go.
  const lines = rows.map((row) => JSON.stringify(names.map((column) => row[column] ?? null)))
  await askClickhouse(server, `INSERT INTO \`${table}\` FORMAT JSONCompactEachRow\n${lines.join('\n')}`, database)
}
