import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../test/servers/test-server.ts'
import { ENDLESS_SQL, makePlace, type PostgresPlace } from '../../test/servers/postgres-place.ts'
import { startPostgres, type PostgresServer } from '../../test/servers/postgres.ts'
import type { QuerySource } from '../contract.ts'
import postgres from './index.ts'

let place: PostgresPlace
let secure: PostgresServer
let securePlace: PostgresPlace
let silent: Server

beforeAll(async () => {
  place = await makePlace('CREATE TABLE books (id bigint PRIMARY KEY); CREATE TABLE salaries (amount numeric)')
  await place.own(`REVOKE ALL ON salaries FROM ${place.reader}`)
  const started = await startPostgres([], { tls: true })
  if (started === null) throw new Error('There is no second PostgreSQL server.')
  secure = started
  securePlace = await makePlace('CREATE TABLE books (id bigint)', secure)
  silent = createServer((socket) => void socket.resume().on('error', () => undefined))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await place.remove()
  await secure.stop()
  await new Promise((resolve) => silent.close(resolve))
})

const sources: QuerySource[] = []
afterAll(async () => {
  for (const source of sources) await source.close()
})

/** What a person is told; checked to hold nothing that a log must not. */
async function verdict(of: PostgresPlace, more: Readonly<Record<string, unknown>> = {}, tables?: readonly string[]): Promise<string> {
  const source = of.open(more, { tables })
  sources.push(source)
  const { ok, message } = await source.test()
  for (const secret of [of.password, of.reader, 'wr0ng', String(more['host'] ?? '127.0.0.1'), String(of.options['port']), String(more['database'] ?? 'kpiql_owner')]) expect(message).not.toContain(secret)
  return `${ok ? 'yes' : 'no'}: ${message}`
}

describe('the verdict on a connection to PostgreSQL', () => {
  it('names the server, and how many tables can be read', async () => {
    expect(await verdict(securePlace)).toMatch(/^yes: PostgreSQL \d+\.\d+ answers; 1 table can be read\.$/)
  })

  it('names tables that its user may not read', async () => {
    expect(await verdict(place)).toMatch(/^yes: PostgreSQL \d+\.\d+, whose user lacks the permission to read salaries, answers; 1 table can be read\.$/)
    const source = place.open()
    sources.push(source)
    await expect(source.query({ text: 'SELECT count(*) FROM salaries', params: [], columns: ['integer'] })).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: 'The user of source "books" may not read "salaries".' })
    await expect(source.dataVersion(['salaries'], false)).rejects.toMatchObject({ code: 'TABLE_MISSING' })
  })

  it('fails where a table that the model reads may not be read or is not there, and where none can be', async () => {
    expect(await verdict(place, {}, ['books'])).toMatch(/^yes: /)
    const message = await verdict(place, {}, ['books', 'salaries', 'bookz'])
    expect(message).toMatch(/^no: .* 1 table can be read\. The model reads what cannot be: bookz, salaries\. Source "books" has no table "bookz" \(closest: books\)\. The user of source "books" may not read "salaries"\. .*GRANT SELECT/)
    await securePlace.own(`REVOKE ALL ON books FROM ${securePlace.reader}`)
    expect(await verdict(securePlace)).toMatch(/^no: PostgreSQL \d+\.\d+, whose user lacks the permission to read books, answers, but no table can be read\. Grant/)
    await securePlace.own(`GRANT SELECT ON books TO ${securePlace.reader}`)
  })

  it("gives the server's own code where only its words would tell more", async () => {
    const source = place.open()
    sources.push(source)
    const refused = source.query({ text: "SELECT no_such_function('secret')", params: [], columns: ['integer'] })
    await expect(refused).rejects.toMatchObject({ hint: "Check the `expr` and `where` of the metrics asked; the server's code for the fault is 42883.", data: { nativeCode: '42883' } })
  })

  it('tells a wrong password and a user that there is not alike', async () => {
    const refused = 'no: The server of source "books" refused the user or the password. Check `user` and `password` of the source.'
    expect(await verdict(place, { password: 'wr0ng' })).toBe(refused)
    expect(await verdict(place, { user: 'nobody_wr0ng' })).toBe(refused)
  })

  it('does without a password only where the server does, whatever the environment says', async () => {
    process.env['PGPASSWORD'] = place.password
    try {
      expect(await verdict(place, { password: undefined })).toMatch(/^no: Source "books" has no password that its server takes\./)
    } finally {
      delete process.env['PGPASSWORD']
    }
  })

  it('says that there is no such host', async () => {
    expect(await verdict(place, { host: 'no-such-host.invalid' })).toMatch(/^no: The host of source "books" has no address\./)
  })

  it('says that nothing listens', async () => {
    expect(await verdict(place, { port: await freePort() })).toMatch(/^no: Nothing listens where source "books" is said to be\./)
  })

  it('does not wait for ever for a server that says nothing', async () => {
    const { port } = silent.address() as AddressInfo
    expect(await verdict(place, { port, connectTimeoutMs: 300 })).toMatch(/^no: The server of source "books" did not answer in time\./)
  })

  it('says that there is no such database', async () => {
    expect(await verdict(place, { database: 'no_such_database' })).toBe('no: The server of source "books" has no database of that name. Check `database` of the source.')
  })

  it('says that the server does not speak TLS', async () => {
    expect(await verdict(place, { tls: 'require' })).toMatch(/^no: The server of source "books" does not speak TLS\./)
  })

  it('encrypts without believing, and believes only what is signed for the name', async () => {
    const caFile = secure.certFile
    expect(await verdict(securePlace, { tls: 'require' })).toMatch(/^yes: /)
    expect(await verdict(securePlace, { tls: 'verify-full', host: 'localhost' })).toMatch(/^no: The certificate of the server of source "books" is not signed by an authority that is believed\./)
    expect(await verdict(securePlace, { tls: 'verify-full', host: 'localhost', caFile })).toMatch(/^yes: /)
    expect(await verdict(securePlace, { tls: 'verify-full', caFile })).toMatch(/^no: The certificate of the server of source "books" is for another name\./)
  })

  it('names the option whose file it cannot read, and refuses one that nothing would look at', async () => {
    expect(await verdict(securePlace, { tls: 'verify-full', caFile: '/no/such/file.pem' })).toBe('no: The `caFile` of source "books" cannot be read. Check `caFile` of the source, and who may read the file.')
    expect(await verdict(securePlace, { tls: 'verify-full', caFile: import.meta.filename })).toMatch(/^no: The `caFile` of source "books" holds no certificate in PEM\./)
    expect(() => securePlace.open({ tls: 'require', caFile: 'ca.pem' })).toThrow('`caFile` is for `tls: verify-full`')
  })

  it('stops a statement over an encrypted connection', async () => {
    const source = securePlace.open({ tls: 'verify-full', host: 'localhost', caFile: secure.certFile })
    sources.push(source)
    await expect(source.query({ text: ENDLESS_SQL, params: [], columns: ['integer'] }, { signal: AbortSignal.timeout(300) })).rejects.toThrow()
    await expect.poll(() => securePlace.running(), { timeout: 5000 }).toBe(0)
  })

  it('takes a connection string, and refuses one that asks for what it would not do', async () => {
    const { host, port, password, reader } = { ...(place.options as { host: string; port: number }), ...place }
    const open = (text: string): QuerySource => {
      const source = postgres.open('books', postgres.options.parse({ connectionString: text, schema: place.schema }), { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
      sources.push(source)
      return source
    }
    const address = `postgres://${reader}:${encodeURIComponent(password)}@${host}:${port}/postgres`
    expect(await open(address).test()).toMatchObject({ ok: true })
    expect((await open(`${address}?sslmode=require`).test()).message).toContain('does not speak TLS')
    for (const wrong of [`${address}?sslmode=prefer`, `${address}?options=-c%20statement_timeout=0`, 'mysql://a:b@c/d', 'postgres://host/db', 'nonsense']) expect(() => open(wrong)).toThrow('connectionString')
    expect(() => postgres.options.parse({ host, user: 'a' })).toThrow('`database` and `user`')
    expect(() => postgres.options.parse({ host, database: 'a', user: 'b', connectionString: address })).toThrow('either')
  })
})
