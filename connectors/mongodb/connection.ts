import type { ClientSession, MongoClient, MongoClientOptions } from 'mongodb'
import { KpiqlError } from '../../src/base/errors.ts'
import { loadClient } from '../sql-kit/load-client.ts'
import { tlsSettings } from '../sql-kit/tls.ts'
import { untilAborted } from '../../src/base/until-aborted.ts'
import type { Mongodb } from './client.ts'
import type { MongodbOptions } from './options.ts'
import { tlsOf } from './tls-of.ts'

export interface Connected {
  readonly driver: Mongodb
  readonly client: MongoClient
}

/** One client of the driver, made at the first call; the driver keeps the connections. */
export class Connection {
  readonly #source: string
  readonly #options: MongodbOptions
  #connected: Promise<Connected> | null = null
  #closed = false

  constructor(source: string, options: MongodbOptions) {
    this.#source = source
    this.#options = options
  }

  get(): Promise<Connected> {
    if (this.#closed) return Promise.reject(new KpiqlError('SOURCE_UNAVAILABLE', { message: 'The connection is closed.', hint: 'Ask again once the gateway runs.' }))
    if (this.#connected === null) {
      const connected = this.#connect()
      this.#connected = connected
      connected.catch(() => {
        if (this.#connected === connected) this.#connected = null
      })
    }
    return this.#connected
  }

  /** Work in a session of its own; when the signal aborts, everything that runs in the session is stopped in the server. */
  async inSession<T>(signal: AbortSignal, work: (connected: Connected, session: ClientSession) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const connected = await untilAborted(this.get(), signal)
    const session = connected.client.startSession({ causalConsistency: false })
    const stop = (): void => {
      const id = session.id
      if (id === undefined) return
      // What cannot be told to the server (it is gone, or the client is closed) it stops by itself once the connection ends.
      connected.client.db('admin').command({ killSessions: [id] }).catch(() => undefined)
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await untilAborted(work(connected, session), signal)
    } finally {
      signal.removeEventListener('abort', stop)
      if (!signal.aborted) await session.endSession()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const connected = await this.#connected?.catch(() => null)
    await connected?.client.close()
  }

  async #connect(): Promise<Connected> {
    const driver = await loadClient('mongodb', 'mongodb', () => import('mongodb'))
    const { url, host, port, user, password, authSource, readPreference, connectTimeoutMs, maxConcurrent, readConcern } = this.#options
    const tls = await tlsSettings(tlsOf(this.#options), this.#options, this.#source)
    const settings: MongoClientOptions = {
      appName: 'kpiql',
      readPreference,
      readConcern: { level: readConcern },
      retryReads: true,
      retryWrites: false,
      connectTimeoutMS: connectTimeoutMs,
      serverSelectionTimeoutMS: connectTimeoutMs,
      // One more, on which statements are stopped while all others run.
      maxPoolSize: maxConcurrent + 1,
      ...(tls === false ? { tls } : { tls: true, tlsAllowInvalidCertificates: !tls.rejectUnauthorized, ...(tls.ca === undefined ? {} : { ca: tls.ca }) }),
      ...(user === undefined ? {} : { auth: { username: user, password: password ?? '' }, authSource: authSource ?? 'admin' }),
    }
    const place = host?.includes(':') === true ? `[${host}]` : (host ?? '')
    return { driver, client: new driver.MongoClient(url ?? `mongodb://${place}:${port}/`, settings) }
  }
}
