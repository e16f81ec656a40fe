import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import clickhouse from '../connectors/clickhouse/index.ts'
import { startClickhouse } from '../test/servers/clickhouse.ts'
import { bucketStarts } from './answer.ts'
import { connectToBench } from './data.ts'
import type { BenchedDatabase, MonthForm } from './databases.ts'
import { halvingCase, sharedWindow } from './forms/sql-text.ts'
import type { BenchAsk } from './slices.ts'

const COLUMNS = {
  event_id: 'Int64', user_id: 'Int64', customer_id: 'Int64', ts: "DateTime64(6, 'UTC')", event: 'LowCardinality(String)', country: 'LowCardinality(Nullable(String))', device: 'LowCardinality(Nullable(String))', channel: 'LowCardinality(Nullable(String))', plan: 'LowCardinality(Nullable(String))', amount: 'Nullable(Decimal(18, 2))', duration_s: 'Nullable(Int32)', score: 'Nullable(Int32)',
} as const
const SETTINGS = { output_format_json_quote_64bit_integers: 1, output_format_json_quote_decimals: 1, session_timezone: 'UTC', cast_keep_nullable: 1 } as const

/** The engine of chdb, in a process of its own behind HTTP, with the bench's events as one MergeTree ordered by time. */
export async function openBenchClickhouse(path: string): Promise<BenchedDatabase> {
  const server = await startClickhouse()
  if (server === null) throw new Error('chdb is not installed.')
  const { user, password } = server
  const url = `http://${server.host}:${server.port}`
  const client = createClient({ url, username: user, password })
  await copyEvents(path, `${url}/?database=default`, { user, password })
  const [version] = await rowsOf(client, 'SELECT version()')
  const log = { debug: () => {}, info: () => {}, warn: (data: object, message: string) => console.error(message, data) }
  const source = clickhouse.open('bench', clickhouse.options.parse({ url, user, password, maxConcurrent: 2 }), { log, stateFolder: '' })
  return {
    name: `ClickHouse ${version?.[0] ?? ''} (chdb)`,
    connector: 'clickhouse',
    source,
    rows: (sql) => rowsOf(client, sql),
    months,
    close: async () => {
      await source.close()
      await client.close()
      await server.stop()
    },
  }
}

async function rowsOf(client: ReturnType<typeof createClient>, query: string): Promise<readonly (readonly (string | null)[])[]> {
  const answer = await client.query({ query, format: 'JSONCompactEachRow', clickhouse_settings: SETTINGS })
  const rows = await answer.json<(string | number | boolean | null)[]>()
  return rows.map((row) => row.map((cell) => (cell === null ? null : String(cell))))
}

function months(ask: BenchAsk): Readonly<Record<string, MonthForm>> {
  const { start, end } = sharedWindow(ask)
  const starts = bucketStarts(start, end, 'month').map((startMs) => new Date(startMs).toISOString().slice(0, 10))
  return {
    toStartOfMonth: { sql: 'toStartOfMonth(ts)', position: (cell) => starts.indexOf(String(cell).slice(0, 10)) },
    'compared months': { sql: halvingCase('ts', starts.slice(1).map((day) => `toDateTime64('${day} 00:00:00', 6, 'UTC')`), String), position: Number },
  }
}

async function copyEvents(path: string, url: string, { user, password }: { readonly user: string; readonly password: string }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kpiql-bench-'))
  const { connection, close } = await connectToBench(path)
  const send = async (sql: string): Promise<void> => {
    const response = await fetch(url, { method: 'POST', body: sql, headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` } })
    const text = await response.text()
    if (!response.ok) throw new Error(text)
  }
  try {
    const names = Object.keys(COLUMNS).join(', ')
    const file = join(folder, 'events.parquet')
    await connection.run(`COPY (SELECT ${names} FROM events) TO '${file}' (FORMAT parquet)`)
    await send(`CREATE TABLE events (${Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`).join(', ')}) ENGINE = MergeTree ORDER BY ts`)
    await send(`INSERT INTO events (${names}) SELECT ${names} FROM file('${file}', 'Parquet')`)
    await send('CREATE TABLE subscriptions (subscription_id Int64, customer_id Int64, plan String, country String, start_date Date32, end_date Nullable(Date32), monthly_price Decimal(18, 2)) ENGINE = MergeTree ORDER BY tuple()')
  } finally {
    close()
    await rm(folder, { recursive: true, force: true })
  }
}
