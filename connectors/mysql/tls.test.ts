import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { QUIET } from '../../test/servers/mariadb-database.ts'
import { startMariadb, type MariadbServer } from '../../test/servers/mariadb.ts'
import type { Certificate } from '../../test/servers/make-certificate.ts'
import mysql from './index.ts'
import { tlsOf } from './options.ts'

let server: MariadbServer
let certificate: Certificate

beforeAll(async () => {
  const started = await startMariadb({ tls: true })
  if (started?.certificate === null || started === null) throw new Error('There is no second MariaDB server.')
  server = started
  certificate = started.certificate
  const owner = await createConnection({ host: server.host, port: server.port, user: server.user, password: server.password })
  await owner.query('CREATE DATABASE own')
  await owner.query('CREATE TABLE own.books (id INT)')
  for (const [user, needs] of [['sealed', 'SSL'], ['known', 'X509']]) {
    await owner.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'x' REQUIRE ${needs}`)
    await owner.query(`GRANT SELECT ON own.* TO ${user}@'%'`)
  }
  await owner.end()
})
afterAll(() => server.stop())

const parse = (more: object) => mysql.options.parse({ host: 'localhost', port: server.port, user: 'sealed', password: 'x', database: 'own', ...more })

async function verdict(more: object): Promise<string> {
  const source = mysql.open('own', parse(more), { log: QUIET, stateFolder: '' })
  const { ok, message } = await source.test().finally(() => source.close())
  return `${ok ? 'yes' : 'no'}: ${message}`
}

describe('TLS to MariaDB', () => {
  it('encrypts without believing, and believes only what is signed for the name by whom it trusts', async () => {
    expect(await verdict({})).toMatch(/^no: /)
    expect(await verdict({ tls: 'require' })).toMatch(/^yes: /)
    expect(await verdict({ tls: 'require', host: '127.0.0.1' })).toMatch(/^yes: /)
    expect(await verdict({ tls: 'verify-full' })).toMatch(/^no: The TLS certificate of source "own" is not trusted\./)
    expect(await verdict({ tls: 'verify-full', caFile: certificate.certFile })).toMatch(/^yes: /)
    // Another name of the same machine, to the resolver.
    expect(await verdict({ tls: 'verify-full', host: '127.1', caFile: certificate.certFile })).toMatch(/^no: The TLS certificate of source "own" is not trusted\./)
  })

  it('shows a certificate of its own where the user needs one', async () => {
    expect(await verdict({ tls: 'require', user: 'known' })).toMatch(/^no: Source "own" refuses the user or the password\./)
    expect(await verdict({ tls: 'require', user: 'known', ...certificate })).toMatch(/^yes: /)
  })

  it('names the option whose file it cannot read', async () => {
    expect(await verdict({ tls: 'verify-full', caFile: '/no/such/file.pem' })).toBe('no: The `caFile` of source "own" cannot be read. Check `caFile` of the source, and who may read the file.')
    expect(await verdict({ tls: 'require', certFile: certificate.certFile, keyFile: certificate.certFile })).toMatch(/^no: The `keyFile` of source "own" holds no private key in PEM\./)
  })

  it('refuses options that nothing would look at, and names that could not be checked', () => {
    expect(() => parse({ tls: 'require', caFile: 'ca.pem' })).toThrow('`caFile` is for `tls: verify-full`')
    expect(() => parse({ certFile: 'a.pem', keyFile: 'b.pem' })).toThrow('are for encrypted connections')
    expect(() => parse({ tls: 'require', certFile: 'a.pem' })).toThrow('go together')
    expect(() => parse({ tls: 'verify-full', host: '127.0.0.1' })).toThrow('needs the `host` by its name')
    expect(() => parse({ tls: true })).toThrow()
  })

  it('encrypts what leaves the machine, unless told otherwise', () => {
    expect(['localhost', '127.0.0.1', '::1', 'db.internal', '10.0.0.5', 'localhost.example.com'].map((host) => tlsOf({ host }))).toEqual(['disable', 'disable', 'disable', 'require', 'require', 'require'])
    expect(tlsOf({ host: 'db.internal', tls: 'disable' })).toBe('disable')
    expect(tlsOf({ host: 'db.internal', socketPath: '/run/mysqld.sock' })).toBe('disable')
  })
})
