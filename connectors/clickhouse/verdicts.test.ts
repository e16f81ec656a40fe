import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makePlace, type ClickhousePlace } from '../../test/servers/clickhouse-place.ts'
import { NARROW_USER } from '../../test/servers/clickhouse.ts'
import { freePort } from '../../test/servers/test-server.ts'
import type { QuerySource } from '../contract.ts'
import clickhouse from './index.ts'

let place: ClickhousePlace
let silent: Server
const open: QuerySource[] = []

beforeAll(async () => {
  place = await makePlace(['CREATE TABLE books (id Int64) ENGINE = MergeTree ORDER BY id', 'CREATE TABLE secrets (id Int64) ENGINE = MergeTree ORDER BY id'])
  silent = createServer((socket) => void socket.resume().on('error', () => undefined))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.close()))
})
afterAll(async () => {
  await place.remove()
  await new Promise((resolve) => silent.close(resolve))
})

function source(more: Readonly<Record<string, unknown>> = {}): QuerySource {
  const opened = place.open(more)
  open.push(opened)
  return opened
}

/** What a person is told; checked to hold nothing that a log must not. */
async function verdict(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { ok, message } = await source(more).test()
  const { url, user, password, database } = { ...place.options, ...more } as Readonly<Record<string, string>>
  for (const secret of [user, password, database, new URL(url ?? '').hostname, new URL(url ?? '').port]) expect(message).not.toContain(secret)
  return `${ok ? 'yes' : 'no'}: ${message}`
}

describe('the verdict on a connection to ClickHouse', () => {
  it('names the server, and how many tables can be read', async () => {
    expect(await verdict()).toMatch(/^yes: ClickHouse \d+\.\d+\.[\d.]+ answers; 2 tables can be read\.$/)
  })

  it('tells a wrong password and a user that there is not alike', async () => {
    const refused = 'no: The server of source "books" refuses the user or the password. Check `user` and `password` of the source.'
    expect(await verdict({ password: 'wr0ng-and-long' })).toBe(refused)
    expect(await verdict({ user: 'nobody_wr0ng' })).toBe(refused)
  })

  it('says that there is no such host', async () => {
    expect(await verdict({ url: 'http://no-such-host.invalid:8123' })).toMatch(/^no: The host of source "books" is not known\./)
  })

  it('says that nothing listens', async () => {
    expect(await verdict({ url: `http://127.0.0.1:${await freePort()}` })).toMatch(/^no: Nothing answers at the address of source "books"\./)
  })

  it('does not wait for ever for a server that says nothing', async () => {
    const { port } = silent.address() as AddressInfo
    expect(await verdict({ url: `http://127.0.0.1:${port}`, connectTimeoutMs: 300 })).toBe('no: Source "books" did not answer within 300 ms. Check the host and port in `url` of the source, and what lies between; or raise `connectTimeoutMs`.')
  })

  it('says that there is no such database', async () => {
    expect(await verdict({ database: 'no_such_database' })).toBe('no: The server of source "books" has no such database. Check `database` of the source.')
  })

  it('says that the server does not speak TLS', async () => {
    expect(await verdict({ url: String(place.options['url']).replace('http:', 'https:') })).toMatch(/^no: The server of source "books" does not speak TLS at this port\./)
  })

  it('says that the certificates it is to trust cannot be read', async () => {
    expect(await verdict({ url: 'https://127.0.0.1:8443', caFile: '/no/such/file.pem' })).toMatch(/^no: The `caFile` of source "books" cannot be read\./)
  })

  it('says that a table may not be read, and answers of the others', async () => {
    const narrow = source({ user: NARROW_USER.name, password: NARROW_USER.password })
    expect((await narrow.query({ text: 'SELECT count() FROM books', params: [], columns: ['integer'] })).columns).toEqual([[0n]])
    await expect(narrow.query({ text: 'SELECT count() FROM secrets', params: [], columns: ['integer'] })).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: 'The user of source "books" may not read a table or column that is asked for.' })
  })

  it('takes a plain address only, and no option it does not know', () => {
    for (const url of ['http://user:pass@host:8123', 'http://host:8123/?readonly=0', 'http://host:8123/default', 'tcp://host:9000', 'host']) expect(() => clickhouse.options.parse({ url }), url).toThrow('an address such as')
    expect(() => clickhouse.options.parse({ url: 'http://host:8123', settings: {} })).toThrow('settings')
  })
})
