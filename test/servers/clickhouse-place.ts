import { inject } from 'vitest'
import clickhouse from '../../connectors/clickhouse/index.ts'
import type { QuerySource } from '../../connectors/contract.ts'
import { askClickhouse } from './clickhouse.ts'

/** A database of its own on the server of the project. */
export interface ClickhousePlace {
  readonly database: string
  readonly options: Readonly<Record<string, unknown>>
  /** What the owner of the data does, past the connector. */
  own(sql: string): Promise<string>
  open(more?: Readonly<Record<string, unknown>>): QuerySource
  /** Statements of this database that run in the engine now; one that was killed stays in the engine's list until its session is used again. */
  running(): Promise<number>
  witnessed(): Promise<{ readonly databases: readonly string[]; readonly killed: readonly string[] }>
  remove(): Promise<void>
}

export const ENDLESS_SQL = 'SELECT count() FROM numbers(1000000000000) WHERE (number * 7) % 11 = 3'

let made = 0

export async function makePlace(statements: readonly string[]): Promise<ClickhousePlace> {
  const server = inject('server')
  if (server === null) throw new Error('ClickHouse is not installed: npm install --include=dev brings the package chdb.')
  const database = `place_${process.pid}_${made++}`
  const options = { url: `http://${server.host}:${server.port}`, database, user: server.user, password: server.password }
  await askClickhouse(server, `CREATE DATABASE ${database}`)
  const own = (sql: string): Promise<string> => askClickhouse(server, sql, database)
  for (const statement of statements) await own(statement)
  return {
    database,
    options,
    own,
    open: (more = {}) => clickhouse.open('books', clickhouse.options.parse({ ...options, ...more }), { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' }),
    running: async () => Number(await own(`SELECT count() FROM system.processes WHERE is_cancelled = 0 AND current_database = '${database}' AND query NOT LIKE '%system.processes%'`)),
    witnessed: async () => (await (await fetch(`http://${server.host}:${server.port}/witnessed`)).json()) as { readonly databases: readonly string[]; readonly killed: readonly string[] },
    remove: async () => void (await askClickhouse(server, `DROP DATABASE ${database} SYNC`)),
  }
}
