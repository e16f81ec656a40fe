import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate, type Certificate } from '../../test/servers/make-certificate.ts'
import { startMongodbServer, type MongodbServer } from '../../test/servers/mongodb.ts'
import mongodb from './index.ts'
import { tlsOf } from './tls-of.ts'

const folder = mkdtempSync(join(tmpdir(), 'kpiql-mongodb-tls-'))
let server: MongodbServer
let certificate: Certificate

beforeAll(async () => {
  certificate = makeCertificate(folder)
  server = await startMongodbServer('reader', 'secret', certificate)
  server.put('shop', 'orders', [{ amount: 1 }])
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const parse = (more: object) => mongodb.options.parse({ database: 'shop', connectTimeoutMs: 2000, ...more })

async function verdict(more: object): Promise<string> {
  const source = mongodb.open('shop', parse({ host: 'localhost', port: server.port, user: 'reader', password: 'secret', ...more }), { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
  const { ok, message } = await source.test().finally(() => source.close())
  return `${ok ? 'yes' : 'no'}: ${message}`
}

describe('TLS to MongoDB', () => {
  it('encrypts without believing, and believes only what is signed for the name', async () => {
    expect(await verdict({ tls: 'require' })).toMatch(/^yes: /)
    expect(await verdict({ tls: 'verify-full' })).toMatch(/^no: Source "shop" offers no TLS connection that can be trusted\./)
    expect(await verdict({ tls: 'verify-full', caFile: certificate.certFile })).toMatch(/^yes: /)
    expect(await verdict({ tls: 'verify-full', caFile: certificate.certFile, host: '127.0.0.1' })).toMatch(/^no: Source "shop" offers no TLS connection that can be trusted\./)
  })

  it('takes the word of a connection string', async () => {
    const inUrl = { host: undefined, port: undefined, user: undefined, password: undefined }
    const url = `mongodb://reader:secret@localhost:${server.port}/?authSource=admin&tls=true`
    expect(await verdict({ ...inUrl, url, caFile: certificate.certFile })).toMatch(/^yes: /)
    expect(await verdict({ ...inUrl, url })).toMatch(/^no: Source "shop" offers no TLS connection that can be trusted\./)
    expect(await verdict({ ...inUrl, url, tls: 'require' })).toMatch(/^yes: /)
  })

  it('reads a file again that could not be read', async () => {
    const later = join(folder, 'later.pem')
    const source = mongodb.open('shop', parse({ host: 'localhost', port: server.port, user: 'reader', password: 'secret', tls: 'verify-full', caFile: later }), { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
    try {
      expect((await source.test()).message).toBe('The `caFile` of source "shop" cannot be read. Check `caFile` of the source, and who may read the file.')
      copyFileSync(certificate.certFile, later)
      expect((await source.test()).ok).toBe(true)
    } finally {
      await source.close()
    }
  })

  it('encrypts what leaves the machine, unless told otherwise', () => {
    expect(['localhost', '127.0.0.1', '/tmp/mongodb-27017.sock', 'db.internal'].map((host) => tlsOf({ host }))).toEqual(['disable', 'disable', 'disable', 'require'])
    const modes = {
      'mongodb://localhost': 'disable',
      'mongodb://u:p@127.0.0.1:27017,[::1]:27018/shop?retryReads=true': 'disable',
      'mongodb://%2Ftmp%2Fmongodb-27017.sock/shop': 'disable',
      'mongodb://localhost,db.internal:27017/': 'require',
      'mongodb://localhost:p@db.internal/': 'require',
      'mongodb://db.internal/?tls=false': 'disable',
      'mongodb://db.internal/?replicaSet=a&ssl=true': 'verify-full',
      'mongodb+srv://cluster.example.com': 'verify-full',
      'mongodb+srv://cluster.example.com/?tls=false': 'disable',
    }
    for (const [url, mode] of Object.entries(modes)) expect([url, tlsOf({ url })]).toEqual([url, mode])
    expect(tlsOf({ url: 'mongodb+srv://cluster.example.com', tls: 'require' })).toBe('require')
  })

  it('refuses what only the driver would hear, contradictions, and files that nothing would look at', () => {
    for (const said of ['tlsInsecure=true', 'tls=true&tlsCAFile=/ca.pem', 'TLSAllowInvalidCertificates=true', 'tls=yes', 'tls=true&ssl=true']) expect(() => parse({ url: `mongodb://db/?${said}` })).toThrow('`url` may say no more of TLS')
    expect(() => parse({ url: 'mongodb://db/?tls=true', tls: 'disable' })).toThrow('contradict')
    expect(() => parse({ url: 'mongodb://db/?ssl=false', tls: 'verify-full' })).toThrow('contradict')
    expect(() => parse({ host: 'db', caFile: 'ca.pem' })).toThrow('`caFile` is for `tls: verify-full`')
  })
})
