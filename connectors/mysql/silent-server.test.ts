import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { testDatabase, type TestDatabase } from '../../test/servers/mariadb-database.ts'
import type { QueryOptions, QueryResult, QuerySource } from '../contract.ts'

const server = inject('server')
const ENDLESS = 'SELECT count(*) AS n FROM seq_1_to_1000000000 AS a, seq_1_to_1000000000 AS b WHERE (a.seq * b.seq) % 7 = 3'
/** What a session is set up with, in order. */
const SET_UP = ['SELECT version()', 'SET NAMES', 'SET SESSION time_zone', 'SET SESSION TRANSACTION READ ONLY']

/** Stands before the server as a proxy does whose backend hangs: what is sent from the words on is taken, and never answered. */
class SilentProxy {
  /** Null lets all through. */
  silentFrom: string | null = null
  /** Resolves when the words came by. */
  readonly #waiting: (() => void)[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(host: string, port: number) {
    this.#server = createServer((client) => {
      const upstream = connect(port, host)
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket)
        socket.on('error', () => undefined)
        socket.on('close', () => {
          client.destroy()
          upstream.destroy()
        })
      }
      let isSilent = false
      client.on('data', (bytes) => {
        if (this.silentFrom !== null && bytes.includes(this.silentFrom)) {
          isSilent = true
          for (const resolve of this.#waiting.splice(0)) resolve()
        }
        if (!isSilent) upstream.write(bytes)
      })
      upstream.on('data', (bytes) => client.write(bytes))
    })
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  heard(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}

let own: TestDatabase
let proxy: SilentProxy
let port: number

beforeAll(async () => {
  if (server === null) throw new Error('There is no MariaDB server to test on.')
  own = await testDatabase(server)
  proxy = new SilentProxy(server.host, server.port)
  port = await proxy.listen()
})
afterAll(async () => {
  proxy.close()
  await own.dispose()
})
beforeEach(() => {
  proxy.silentFrom = null
})

const opened = (options: object = {}): QuerySource => own.open({ host: '127.0.0.1', port, maxConcurrent: 1, ...options })
const one = (source: QuerySource, options?: QueryOptions): Promise<QueryResult> => source.query({ text: 'SELECT 1 AS n', params: [], columns: ['integer'] }, options)

describe('a server that falls silent while a session is set up', () => {
  it.each(SET_UP)('holds a place no longer than a statement may take (%s)', async (words) => {
    const source = opened({ statementTimeoutMs: 1000 })
    proxy.silentFrom = words
    await expect(one(source)).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' })
    proxy.silentFrom = null
    expect((await one(source)).columns).toEqual([[1n]])
    await source.close()
  })

  it('lets a caller leave', async () => {
    const source = opened()
    proxy.silentFrom = 'SET SESSION'
    const stop = new AbortController()
    const heard = proxy.heard()
    const failed = expect(one(source, { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    await heard
    stop.abort()
    await failed
    proxy.silentFrom = null
    expect((await one(source)).columns).toEqual([[1n]])
    await source.close()
  })

  it('lets the source be closed', async () => {
    const source = opened()
    proxy.silentFrom = 'SET NAMES'
    const heard = proxy.heard()
    const failed = expect(one(source)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    await heard
    await source.close()
    await failed
  })
})

describe('a server that falls silent when a statement is to be stopped', () => {
  it('keeps the place for the few seconds that stopping may take, and no longer', async () => {
    const source = opened()
    await one(source)
    proxy.silentFrom = 'KILL QUERY'
    const stop = new AbortController()
    const failed = expect(source.query({ text: ENDLESS, params: [], columns: ['integer'] }, { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    const heard = proxy.heard()
    setTimeout(() => stop.abort(), 200)
    await heard
    await failed
    proxy.silentFrom = null
    expect((await one(source)).columns).toEqual([[1n]])
    await source.close()
  })
})
