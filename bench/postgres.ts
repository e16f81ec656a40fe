import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import postgres from '../connectors/postgres/index.ts'
import { startPostgres } from '../test/servers/postgres.ts'
import { bucketStarts } from './answer.ts'
import { connectToBench } from './data.ts'
import type { BenchedDatabase, MonthForm } from './databases.ts'
import { halvingCase, sharedWindow } from './forms/sql-text.ts'
import type { BenchAsk } from './slices.ts'

const COLUMNS = {
  event_id: 'bigint', user_id: 'bigint', customer_id: 'bigint', ts: 'timestamp', event: 'text', country: 'text', device: 'text', channel: 'text', plan: 'text', amount: 'numeric(18, 2)', duration_s: 'integer', score: 'integer',
} as const

/** A server of its own with the bench's events, analyzed; no index, as none serves a question over a year of all rows. */
export async function openBenchPostgres(path: string): Promise<BenchedDatabase> {
  const server = await startPostgres()
  if (server === null) throw new Error('PostgreSQL is not installed.')
  const { host, port, user, password } = server
  const client = new Client({ host, port, user, password, database: 'postgres', options: '-c timezone=UTC -c datestyle=ISO -c extra_float_digits=1' })
  await client.connect()
  await copyEvents(path, client)
  const version = String((await client.query<{ version: string }>("SELECT current_setting('server_version') AS version")).rows[0]?.version)
  const log = { debug: () => {}, info: () => {}, warn: (data: object, message: string) => console.error(message, data) }
  const source = postgres.open('bench', postgres.options.parse({ host, port, user, password, database: 'postgres', maxConcurrent: 2 }), { log, stateFolder: '' })
  const asWritten = { getTypeParser: () => (text: string) => text }
  return {
    name: `PostgreSQL ${version}`,
    connector: 'postgres',
    source,
    rows: async (sql) => (await client.query<(string | null)[]>({ text: sql, rowMode: 'array', types: asWritten })).rows,
    months,
    close: async () => {
      await source.close()
      await client.end()
      await server.stop()
    },
  }
}

function months(ask: BenchAsk): Readonly<Record<string, MonthForm>> {
  const { start, end } = sharedWindow(ask)
  const starts = bucketStarts(start, end, 'month').map((startMs) => new Date(startMs).toISOString().slice(0, 10))
  return {
    date_trunc: { sql: "date_trunc('month', ts)", position: (cell) => starts.indexOf(String(cell).slice(0, 10)) },
    'compared months': { sql: halvingCase('ts', starts.slice(1).map((day) => `TIMESTAMP '${day}'`), String), position: Number },
  }
}

/** Fills the tables of a new database, which the client has none of yet. */
export async function copyEvents(path: string, client: Client): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kpiql-bench-'))
  // The server runs as a user of its own.
  await chmod(folder, 0o755)
  const file = join(folder, 'events.csv')
  const { connection, close } = await connectToBench(path)
  try {
    await connection.run(`COPY (SELECT ${Object.keys(COLUMNS).join(', ')} FROM events) TO '${file}' (FORMAT csv, HEADER false)`)
    await chmod(file, 0o644)
    await client.query(`CREATE TABLE events (${Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`).join(', ')})`)
    await client.query(`COPY events FROM '${file}' (FORMAT csv)`)
    await client.query('CREATE TABLE subscriptions (subscription_id bigint, customer_id bigint, plan text, country text, start_date date, end_date date, monthly_price numeric(18, 2))')
    await client.query('VACUUM ANALYZE')
  } finally {
    close()
    await rm(folder, { recursive: true, force: true })
  }
}
