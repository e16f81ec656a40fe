import type { Client, ClientConfig, Connection } from 'pg'
import { loadClient } from '../sql-kit/load-client.ts'
import { tlsSettings, type TlsSettings } from '../sql-kit/tls.ts'
import type { Address } from './connection-string.ts'

export type Driver = (typeof import('pg'))['default']

/** What the driver does not say of its own objects. */
type Wire = Connection & { connect(port: number | string, host?: string): void; requestSsl(): void; cancel(processId: number, key: number): void }
type Keyed = Client & { readonly processID: number; readonly secretKey: number }

export interface SessionSettings {
  /** Name of the source. */
  readonly source: string
  readonly address: Address
  readonly schema: string
  readonly statementTimeoutMs: number
  readonly connectTimeoutMs: number
  /** For sessions that land synced records: they write, for as long as it takes. */
  readonly writes?: boolean | undefined
}

/**
 * In place of the server's default of 1000: with that, a statement of 55 ms alone (a cost of 20,000) has two workers, which start, and
 * map the buffers they read, for 25 ms of processor time, and is done no sooner. Those from some 70 ms on still have them.
 */
const SETUP_COST = '15000'

/** A lock that is held must end with its connection, also where that breaks without a word. */
const WRITING = { default_transaction_read_only: 'off', statement_timeout: '0', tcp_keepalives_idle: '30', tcp_keepalives_interval: '10', tcp_keepalives_count: '3' }

export function loadDriver(): Promise<Driver> {
  driver ??= loadClient('pg', 'postgres', () => import('pg')).then(
    ({ default: loaded }) => loaded,
    (error: unknown) => {
      driver = null
      throw error
    },
  )
  return driver
}

/** Every statement asks for it. */
let driver: Promise<Driver> | null = null

/** One connection, whose session only reads unless told otherwise, in UTC. */
export class Session {
  readonly client: Client
  readonly #driver: Driver
  readonly #settings: SessionSettings
  readonly #tls: TlsSettings | false
  #isDead = false
  #takesWorkers = true

  private constructor(driver: Driver, settings: SessionSettings, tls: TlsSettings | false) {
    this.#driver = driver
    this.#settings = settings
    this.#tls = tls
    this.client = new driver.Client(clientConfig(settings, tls))
    const dies = (): void => {
      this.#isDead = true
    }
    this.client.on('error', dies)
    this.client.on('end', dies)
  }

  /** @throws what the driver throws; KpiqlError where a file that is needed cannot be read. */
  static async open(settings: SessionSettings): Promise<Session> {
    const { address, source } = settings
    const session = new Session(await loadDriver(), settings, await tlsSettings(address.tls, address, source))
    try {
      await session.client.connect()
      await session.#begin()
      return session
    } catch (error) {
      session.destroy()
      throw error
    }
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** Whether the server may share its statements out among parallel workers. */
  get takesWorkers(): boolean {
    return this.#takesWorkers
  }

  async letWorkers(allowed: boolean): Promise<void> {
    await this.client.query(allowed ? 'RESET max_parallel_workers_per_gather' : 'SET max_parallel_workers_per_gather = 0')
    this.#takesWorkers = allowed
  }

  /** Set by statements rather than with the greeting: poolers refuse greetings with settings that they do not know. */
  async #begin(): Promise<void> {
    const { schema, statementTimeoutMs, writes = false } = this.#settings
    // The gateway's own clock stops statements first; the server's is for a gateway that is gone.
    const limits = writes ? WRITING : { default_transaction_read_only: 'on', statement_timeout: String(statementTimeoutMs + 1000) }
    const settings = { TimeZone: 'UTC', DateStyle: 'ISO', IntervalStyle: 'iso_8601', extra_float_digits: '1', ...limits }
    const names = Object.keys(settings)
    await this.client.query(`SELECT ${names.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`).join(', ')}, set_config('search_path', quote_ident($${2 * names.length + 1}), false)`, [...Object.entries(settings).flat(), schema])
    // Both only save: a server that speaks like PostgreSQL and knows no workers refuses the first, one whose operating system cannot
    // look whether its client is still there the second, and each is asked as well without.
    await this.client.query("SELECT set_config('parallel_setup_cost', $1, false) WHERE current_setting('parallel_setup_cost') = '1000'", [SETUP_COST]).catch(() => undefined)
    await this.client.query("SET client_connection_check_interval = '2s'").catch(() => undefined)
  }

  /**
   * Asks the server to stop what this session runs, over a connection of its own that takes no place among the server's. Settles when
   * the server has passed it on, or cannot be reached.
   */
  cancel(): Promise<void> {
    const { address } = this.#settings
    const { processID, secretKey } = this.client as Keyed
    const wire = new this.#driver.Connection({ ssl: this.#tls }) as Wire
    return new Promise((resolve) => {
      const tooLong = setTimeout(() => wire.stream.destroy(), this.#settings.connectTimeoutMs)
      const done = (): void => {
        clearTimeout(tooLong)
        resolve()
      }
      wire.on('connect', () => (this.#tls === false ? wire.cancel(processID, secretKey) : wire.requestSsl()))
      wire.on('sslconnect', () => wire.cancel(processID, secretKey))
      wire.on('error', () => wire.stream.destroy())
      // The server answers nothing: it closes once the backend has been told.
      wire.on('end', done)
      if (address.host.startsWith('/')) wire.connect(`${address.host}/.s.PGSQL.${address.port}`)
      else wire.connect(address.port, address.host)
    })
  }

  async end(): Promise<void> {
    if (!this.#isDead) await this.client.end().catch(() => undefined)
    this.#isDead = true
  }

  /** Leaves at once, whatever the server does. */
  destroy(): void {
    this.#isDead = true
    const { connection } = this.client as Client & { readonly connection: Connection }
    connection.stream.destroy()
  }
}

function clientConfig({ address, connectTimeoutMs }: SessionSettings, ssl: TlsSettings | false): ClientConfig {
  const { host, port, database, user, password } = address
  // A function, since for want of a text the driver would look in the environment and the home folder.
  return { host, port, database, user, password: () => password ?? '', ssl, application_name: 'kpiql', connectionTimeoutMillis: connectTimeoutMs, keepAlive: true }
}
