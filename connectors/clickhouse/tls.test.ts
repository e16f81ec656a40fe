import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makePlace, type ClickhousePlace } from '../../test/servers/clickhouse-place.ts'
import { makeCertificate, type Certificate } from '../../test/servers/make-certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'kpiql-clickhouse-tls-'))
let place: ClickhousePlace
let certificate: Certificate
let front: Server

/** Speaks TLS, and passes what it hears on to the server. */
beforeAll(async () => {
  place = await makePlace(['CREATE TABLE books (id Int64) ENGINE = MergeTree ORDER BY id'])
  certificate = makeCertificate(folder)
  const { hostname, port } = new URL(String(place.options['url']))
  front = createServer({ cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) }, (socket) => {
    const behind = connect(Number(port), hostname)
    for (const [one, other] of [[socket, behind], [behind, socket]] as const) one.on('error', () => other.destroy()).on('close', () => other.destroy())
    socket.pipe(behind).pipe(socket)
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await new Promise((resolve) => front.close(resolve))
  await place.remove()
  rmSync(folder, { recursive: true })
})

async function verdict(host: string, caFile?: string): Promise<string> {
  const source = place.open({ url: `https://${host}:${(front.address() as AddressInfo).port}`, caFile })
  const { ok, message } = await source.test().finally(() => source.close())
  return `${ok ? 'yes' : 'no'}: ${message}`
}

describe('TLS to ClickHouse', () => {
  it('believes only what is signed for the name by whom it trusts', async () => {
    expect(await verdict('localhost', certificate.certFile)).toMatch(/^yes: /)
    expect(await verdict('localhost')).toMatch(/^no: The certificate of source "books" is not trusted\./)
    expect(await verdict('127.0.0.1', certificate.certFile)).toMatch(/^no: The certificate of source "books" is not trusted\./)
    expect(await verdict('localhost', certificate.keyFile)).toMatch(/^no: The `caFile` of source "books" holds no certificate in PEM\./)
  })

  it('refuses certificates that nothing would look at', () => {
    expect(() => place.open({ url: 'http://localhost:8123', caFile: certificate.certFile })).toThrow('`caFile` is for a `url` that begins with https://')
  })
})
