import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import type { ConnectorDeps, QuerySource } from '../../connectors/contract.ts'
import postgres from '../../connectors/postgres/index.ts'
import type { ServerAddress } from './test-server.ts'

/** A schema of its own in the project's server, and a user who may read its tables and no more. */
export interface PostgresPlace {
  readonly schema: string
  readonly reader: string
  readonly password: string
  /** Options of a source that comes as the reader. */
  readonly options: Readonly<Record<string, unknown>>
  open(more?: Readonly<Record<string, unknown>>, deps?: Partial<ConnectorDeps>): QuerySource
  /** Runs SQL as the owner, on a connection that is closed before this settles. */
  own(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Statements of the reader that the server is busy with. */
  running(): Promise<number>
  remove(): Promise<void>
}

/** @param sql makes the tables, with the schema as the search path. */
export async function makePlace(sql: string, server: ServerAddress | null = inject('server')): Promise<PostgresPlace> {
  if (server === null) throw new Error('There is no PostgreSQL server to test on.')
  const id = randomBytes(6).toString('hex')
  const [schema, reader, password] = [`place_${id}`, `reader_${id}`, `Gehe1m/${id}?&%`]
  const { host, port } = server
  const own = async (text: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const client = new Client({ host, port, user: server.user, password: server.password, database: 'postgres', options: `-c search_path=${schema} -c timezone=UTC` })
    await client.connect()
    try {
      const result = await client.query<Record<string, unknown>>(text)
      return (Array.isArray(result) ? (result.at(-1) as typeof result) : result).rows
    } finally {
      await client.end()
    }
  }
  await own(`CREATE SCHEMA ${schema}; CREATE ROLE ${reader} LOGIN PASSWORD '${password}'; GRANT USAGE ON SCHEMA ${schema} TO ${reader}; ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT SELECT ON TABLES TO ${reader}; ${sql}`)
  const options = { host, port, user: reader, password, database: 'postgres', schema }
  return {
    schema,
    reader,
    password,
    options,
    open: (more = {}, deps = {}) => postgres.open('books', postgres.options.parse({ ...options, ...more }), { log: { debug() {}, info() {}, warn() {} }, stateFolder: '', ...deps }),
    own,
    running: async () => Number((await own(`SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '${reader}' AND state <> 'idle'`))[0]?.['n']),
    remove: async () => {
      await own(`DROP SCHEMA ${schema} CASCADE; DROP OWNED BY ${reader}; DROP ROLE ${reader}`)
    },
  }
}

/** Counts numbers, one after the other, for longer than any test waits. */
export const ENDLESS_SQL = 'SELECT count(*) FROM (SELECT generate_series(1, 1000000000000)) AS numbers'
