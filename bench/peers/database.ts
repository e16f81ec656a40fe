import { readdir, readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { startPostgres } from '../../test/servers/postgres.ts'
import { copyEvents } from '../postgres.ts'

/** As a fresh installation has them. */
const PLAIN_DEFAULTS = ['timezone=UTC', 'datestyle=ISO,MDY', 'intervalstyle=postgres', 'extra_float_digits=1', 'bytea_output=hex']
/** Each entry of the log begins with who asked. */
const LOGGED = ['log_line_prefix=\u0001%u\u0002']
/** The whole table lies in memory, as the system's own cache would have it; a connection for each client of the largest pool. */
const SIZED = ['shared_buffers=512MB', 'max_connections=200']

/** How one of the peers comes to the database: a role of its own, so that the log tells whose a statement is. */
export interface DatabaseLogin {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
}

export interface Statements {
  /** All that the server ran, also `BEGIN`, `SET` and looks into its catalogue. */
  readonly all: number
  /** Those that read the table. */
  readonly ofEvents: readonly string[]
}

/** PostgreSQL with the bench's `events`, a primary key, and an index that serves one country over some time. */
export interface PeersDatabase {
  readonly version: string
  login(user: string): Promise<DatabaseLogin>
  /** What the server ran for a user while `run` went on. */
  statementsOf(user: string, run: () => Promise<unknown>): Promise<Statements>
  /** Rows of a statement, as texts. */
  rows(sql: string, params: readonly (string | number)[]): Promise<readonly (readonly (string | null)[])[]>
  /** Milliseconds of processor time that the server and all its processes have used, in steps of 10. */
  processorMs(): Promise<number>
  stop(): Promise<void>
}

/** @param path the bench's database of as many rows as wanted. */
export async function openPeersDatabase(path: string): Promise<PeersDatabase> {
  let log = ''
  const server = await startPostgres([...PLAIN_DEFAULTS, ...LOGGED, ...SIZED], { onLog: (text) => (log += text) })
  if (server === null) throw new Error('PostgreSQL is not installed.')
  const { host, port, user, password } = server
  const client = new Client({ host, port, user, password, database: 'postgres' })
  await client.connect()
  await copyEvents(path, client)
  // PostGraphile has a type of this name already.
  await client.query('DROP TABLE subscriptions')
  await client.query('ALTER TABLE events ADD PRIMARY KEY (event_id)')
  await client.query('CREATE INDEX events_country_ts ON events (country, ts)')
  await client.query('VACUUM ANALYZE events')
  const setting = async (name: string): Promise<string> => String((await client.query<{ value: string }>('SELECT current_setting($1) AS value', [name])).rows[0]?.value)
  const postmaster = Number((await readFile(`${await setting('data_directory')}/postmaster.pid`, 'utf8')).split('\n')[0])

  const logging = async (what: 'all' | 'none'): Promise<void> => {
    await client.query(`ALTER SYSTEM SET log_statement = '${what}'`)
    await client.query('SELECT pg_reload_conf()')
    // Every process of the server takes the new setting in its own time.
    await client.query('SELECT pg_sleep(0.3)')
  }
  return {
    version: await setting('server_version'),
    async login(name) {
      await client.query(`CREATE ROLE ${name} LOGIN PASSWORD '${name}'`)
      await client.query(`GRANT SELECT ON events TO ${name}`)
      return { host, port, database: 'postgres', user: name, password: name }
    },
    async statementsOf(name, run) {
      await logging('all')
      log = ''
      await run()
      await logging('none')
      const texts = log.split('\u0001').flatMap((entry) => (entry.startsWith(`${name}\u0002`) ? (STATEMENT.exec(entry)?.[1] ?? []) : []))
      return { all: texts.length, ofEvents: texts.filter((text) => /\bevents\b/i.test(text)) }
    },
    rows: async (sql, params) => (await client.query<(string | null)[]>({ text: sql, values: [...params], rowMode: 'array', types: { getTypeParser: () => (text: string) => text } })).rows,
    processorMs: () => processorMsOfAll(postmaster),
    async stop() {
      await client.end()
      await server.stop()
    },
  }
}

const STATEMENT = /LOG: {2}(?:statement|execute [^:]*): ([^]*)/

/** Fields of `/proc/PID/stat` behind the name, in hundredths of a second: its own time, and that of children that ended (workers of a parallel scan). */
async function processorMsOfAll(postmaster: number): Promise<number> {
  const ids = [postmaster, ...(await childrenOf(postmaster))]
  const times = await Promise.all(
    ids.map(async (id) => {
      // A process may end between the list and this.
      const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => null)
      if (stat === null) return 0
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number)
      const [own = 0, ofSystem = 0, ended = 0, endedOfSystem = 0] = fields.slice(11, 15)
      return (own + ofSystem + (id === postmaster ? ended + endedOfSystem : 0)) * 10
    }),
  )
  return times.reduce((sum, time) => sum + time, 0)
}

async function childrenOf(parent: number): Promise<readonly number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(ids.map(async (id) => Number(/^PPid:\s+(\d+)$/m.exec(await readFile(`/proc/${id}/status`, 'utf8').catch(() => ''))?.[1])))
  return ids.filter((_, index) => parents[index] === parent)
}
