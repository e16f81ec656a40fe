import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { makeCertificate } from '../../test/servers/make-certificate.ts'
import { startVendor } from '../../test/vendors/vendor-server.ts'
import type { Heard, Reply, VendorServer } from '../../test/vendors/vendor-server.ts'
import { HttpClient } from './http-client.ts'
import type { HttpClientOptions } from './http-client.ts'
import { parseExact } from './parse-exact.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const SECRET = 'sk_live_0123456789abcdef'
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function vendor(answer: (heard: Heard) => Reply | Promise<Reply> = () => ({ json: { ok: true } })): Promise<VendorServer> {
  const server = await startVendor(answer)
  opened.push(server)
  return server
}

/** A client in a time of its own: waits take no time and move the clock. */
function clientOf(baseUrl: string, options: Partial<HttpClientOptions> = {}): { client: HttpClient; waits: number[]; now: () => number } {
  let now = NOW
  const waits: number[] = []
  const deps: HttpClientOptions['deps'] = {
    log: { debug() {}, info() {}, warn() {} },
    now: () => now,
    wait: async (ms, signal) => {
      signal.throwIfAborted()
      waits.push(ms)
      await Promise.resolve()
      now += ms
    },
  }
  const client = new HttpClient({ tool: 'Acme', baseUrl, headers: () => ({ authorization: `Bearer ${SECRET}` }), deps, maxConcurrent: 4, spacingMs: 0, timeoutMs: 5_000, attempts: 4, ...options })
  return { client, waits, now: () => now }
}

const live = (): AbortSignal => new AbortController().signal

async function failure(work: Promise<unknown>): Promise<KpiqlError> {
  const error: unknown = await work.then(() => null, (thrown: unknown) => thrown)
  if (!(error instanceof KpiqlError)) throw new Error('Nothing of ours was thrown.', { cause: error })
  const shown = [error.message, error.hint, JSON.stringify(error.data ?? null), (error.cause as Error | undefined)?.message, (error.cause as Error | undefined)?.stack].join('\n')
  expect(shown).not.toContain(SECRET)
  return error
}

describe('asking a tool over HTTP', () => {
  it('keeps the beginnings of requests apart', async () => {
    const { url } = await vendor()
    const { client, waits } = clientOf(url, { spacingMs: 100, maxConcurrent: 1 })
    for (let index = 0; index < 4; index++) await client.json({ path: '/x' }, live())
    expect(waits).toEqual([100, 100, 100])
  })

  it('ends with a clock that stands still', async () => {
    const { url } = await vendor()
    const { client } = clientOf(url, { spacingMs: 100, deps: { log: { debug() {}, info() {}, warn() {} }, now: () => NOW, wait: () => Promise.resolve() } })
    await Promise.all(Array.from({ length: 8 }, () => client.json({ path: '/x' }, live())))
  })

  it('has no more requests under way than it may', async () => {
    let [under, most] = [0, 0]
    const { url } = await vendor(async () => {
      most = Math.max(most, ++under)
      await new Promise((resolve) => setTimeout(resolve, 20))
      under--
      return { json: {} }
    })
    const { client } = clientOf(url, { maxConcurrent: 3 })
    await Promise.all(Array.from({ length: 12 }, () => client.json({ path: '/x' }, live())))
    expect(most).toBe(3)
  })

  it('holds all requests for as long as one answer asks, through a storm of 429', async () => {
    const times: number[] = []
    let clock = (): number => NOW
    const server = await vendor(() => {
      times.push(clock())
      return { json: {} }
    })
    server.fail({ times: 6, what: { status: 429, headers: { 'retry-after': '7' } } })
    const { client, now } = clientOf(server.url, { maxConcurrent: 2, attempts: 8 })
    clock = now
    await Promise.all(Array.from({ length: 6 }, () => client.json({ path: '/x' }, live())))
    expect(Math.min(...times)).toBeGreaterThanOrEqual(NOW + 7_000)
    expect(server.heard).toHaveLength(12)
  })

  it.each([
    ['seconds', { 'retry-after': '9' }, 9_000],
    ['a date', { 'retry-after': 'Sat, 21 Nov 2026 12:00:09 GMT' }, 9_000],
    ['an epoch in seconds', { 'x-ratelimit-reset': String(NOW / 1000 + 9) }, 9_000],
    ['an epoch in ms', { 'x-ratelimit-reset': String(NOW + 9_000) }, 9_000],
    ['seconds to the reset', { 'ratelimit-reset': '9' }, 9_000],
  ])('waits as long as a 429 says in %s', async (_, headers, waitMs) => {
    const server = await vendor()
    server.fail({ times: 1, what: { status: 429, headers } })
    const { client, waits } = clientOf(server.url)
    await client.json({ path: '/x' }, live())
    expect(waits).toEqual([waitMs])
  })

  it('waits for the window to be reset once a success says that nothing remains', async () => {
    const { url } = await vendor(() => ({ json: {}, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '5' } }))
    const { client, waits } = clientOf(url)
    await client.json({ path: '/x' }, live())
    await client.json({ path: '/x' }, live())
    expect(waits).toEqual([5_000])
  })

  it('passes over a Retry-After of a success, which speaks of a result and not of the rate', async () => {
    const { url } = await vendor(() => ({ status: 202, json: {}, headers: { 'retry-after': '60' } }))
    const { client, waits } = clientOf(url)
    await client.json({ path: '/x' }, live())
    await client.json({ path: '/x' }, live())
    expect(waits).toEqual([])
  })

  it('fails at once where a tool asks to wait longer than is obeyed', async () => {
    const server = await vendor()
    server.fail({ times: 1, what: { status: 429, headers: { 'retry-after': '86400' } } })
    const { client, waits } = clientOf(server.url)
    expect(await failure(client.json({ path: '/x' }, live()))).toMatchObject({ code: 'SOURCE_BUSY', data: { retryAfterMs: 86_400_000 } })
    expect(waits).toEqual([])
  })

  it.each([
    ['an absurd Retry-After', { status: 429, headers: { 'retry-after': '31536000' } }],
    ['a reset in ms that reads as seconds', { status: 200, json: {}, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60000' } }],
  ])('is asked again after the longest wait that is obeyed, whatever it asked for: %s', async (_, what) => {
    const server = await vendor()
    let now = NOW
    const { client } = clientOf(server.url, { deps: { log: { debug() {}, info() {}, warn() {} }, now: () => now, wait: async (ms) => void (now += ms) } })
    server.fail({ times: 1, what })
    await client.json({ path: '/x' }, live()).catch(() => null)
    now += 3_599_000
    expect((await failure(client.json({ path: '/x' }, live()))).code).toBe('SOURCE_BUSY')
    expect(server.heard).toHaveLength(1)
    now += 1_000
    // A short wait after it is waited for.
    server.fail({ times: 1, what: { status: 429, headers: { 'retry-after': '2' } } })
    expect((await client.json({ path: '/x' }, live())).status).toBe(200)
    expect(now).toBe(NOW + 3_602_000)
  })

  it('tries failures that may pass again with a growing, jittered delay, and gives up after so many', async () => {
    const server = await vendor()
    server.fail({ times: 9, what: { status: 503, body: 'down' } })
    const { client, waits } = clientOf(server.url)
    expect((await failure(client.json({ path: '/x' }, live()))).code).toBe('SOURCE_UNAVAILABLE')
    expect(server.heard).toHaveLength(4)
    for (const [index, ms] of waits.entries()) {
      expect(ms).toBeGreaterThanOrEqual(250 * 2 ** index)
      expect(ms).toBeLessThanOrEqual(500 * 2 ** index)
    }
    expect(waits).toHaveLength(3)
  })

  it.each(['truncated', 'hang up'] as const)('asks again after an answer that was %s', async (what) => {
    const server = await vendor(() => ({ json: { rows: Array.from({ length: 500 }, (_, index) => index) } }))
    server.fail({ times: 2, what })
    const { client } = clientOf(server.url)
    expect((await client.json<{ rows: number[] }>({ path: '/x' }, live())).body.rows).toHaveLength(500)
    expect(server.heard).toHaveLength(3)
  })

  it('asks again after what is no JSON, and then says so without quoting it', async () => {
    const server = await vendor(() => ({ body: `<html>${SECRET}</html>` }))
    const { client } = clientOf(server.url)
    expect(await failure(client.json({ path: '/x' }, live()))).toMatchObject({ code: 'SOURCE_UNAVAILABLE', message: 'Acme answered with what is no JSON, or with a part of it.' })
    expect(server.heard).toHaveLength(4)
  })

  it('asks for new credentials once after a 401', async () => {
    const server = await vendor(({ headers }) => (headers['authorization'] === 'Bearer new' ? { json: {} } : { status: 401, json: {} }))
    const asked: boolean[] = []
    let token = 'old'
    const headers = (isAfterRefusal: boolean): Record<string, string> => {
      asked.push(isAfterRefusal)
      if (isAfterRefusal) token = 'new'
      return { authorization: `Bearer ${token}` }
    }
    const { client } = clientOf(server.url, { headers })
    server.fail({ times: 1, when: ({ headers }) => headers['authorization'] === 'Bearer new', what: { status: 500 } })
    await client.json({ path: '/x' }, live())
    expect(asked).toEqual([false, true, false])
  })

  it('says that a key is wrong after the second 401', async () => {
    const server = await vendor(() => ({ status: 401, body: `Invalid key ${SECRET}` }))
    const { client } = clientOf(server.url)
    expect(await failure(client.json({ path: '/x' }, live()))).toMatchObject({ code: 'SOURCE_FAILED', message: 'Acme refused the credentials (401).', data: { status: 401 } })
    expect(server.heard).toHaveLength(2)
  })

  it('quotes what a tool refuses without secrets, also those of Basic and of queries', async () => {
    const pair = Buffer.from(`user17:${SECRET}`).toString('base64')
    const server = await vendor(({ query }) => ({ status: 400, body: `No user17, no ${SECRET}, no ${pair}\nno ${query.get('api_key')}` }))
    const { client } = clientOf(server.url, { headers: () => ({ authorization: `Basic ${pair}` }), secrets: ['query key 9'] })
    const error = await failure(client.json({ path: '/x', query: { api_key: 'query key 9' } }, live()))
    expect(error.message).toBe('Acme refused a request with status 400: No ***, no ***, no *** no ***')
    expect(server.heard).toHaveLength(1)
  })

  it('says what 403 means, and that a host is not there', async () => {
    const server = await vendor(() => ({ status: 403, body: 'scope crm.read is missing' }))
    const denied = await failure(clientOf(server.url).client.json({ path: '/x' }, live()))
    expect(denied.message).toBe('Acme does not permit this request (403): scope crm.read is missing')
    const { client } = clientOf('http://nowhere.invalid')
    expect((await failure(client.json({ path: '/x' }, live()))).data).toEqual({ reason: 'no such host' })
  })

  it('says that a certificate is not trusted, or that there is no TLS', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kpiql-http-'))
    const { certFile, keyFile } = makeCertificate(folder)
    const secure = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_, response) => void response.end('{}'))
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
    opened.push({ close: () => new Promise((resolve) => void secure.close(() => resolve())) })
    const untrusted = await failure(clientOf(`https://localhost:${(secure.address() as AddressInfo).port}`).client.json({ path: '/x' }, live()))
    rmSync(folder, { recursive: true })
    expect(untrusted).toMatchObject({ code: 'SOURCE_FAILED', data: { reason: 'certificate' } })
    const server = await vendor()
    expect(await failure(clientOf(server.url.replace('http:', 'https:')).client.json({ path: '/x' }, live()))).toMatchObject({ code: 'SOURCE_FAILED', data: { reason: 'tls' } })
  })

  it('does not quote a key that no header can carry', async () => {
    const server = await vendor()
    const { client } = clientOf(server.url, { headers: () => ({ authorization: `Bearer ${SECRET}\nx` }) })
    expect(await failure(client.json({ path: '/x' }, live()))).toMatchObject({ code: 'SOURCE_FAILED', data: { reason: 'unsendable' } })
    expect(server.heard).toHaveLength(0)
  })

  it('reads failures that a success tells in its body', async () => {
    let left = 2
    const server = await vendor(() => ({ json: left-- > 0 ? { ok: false, error: 'ratelimited' } : { ok: true } }))
    const { client, waits } = clientOf(server.url, { failure: (_, __, body) => (body.includes('ratelimited') ? { kind: 'busy', text: body, waitMs: 3_000 } : null) })
    expect((await client.json({ path: '/x' }, live())).body).toEqual({ ok: true })
    expect(waits).toEqual([3_000, 3_000])
    const refusing = clientOf(server.url, { failure: (_, __, body) => ({ kind: 'refused', text: `${body} ${SECRET}` }) })
    expect((await failure(refusing.client.json({ path: '/x' }, live()))).message).toBe('Acme refused a request with status 200: {"ok":true} ***')
  })

  it('follows redirections, and takes no credentials to another host', async () => {
    const other = await vendor(({ headers }) => ({ json: { authorization: headers['authorization'] ?? null, key: headers['x-api-key'] ?? null } }))
    const server = await vendor(({ path }) => (path === '/here' ? { json: { here: true } } : { status: 302, headers: { location: path === '/a' ? '/here' : `${other.url}/b` } }))
    const { client } = clientOf(server.url, { headers: () => ({ authorization: `Bearer ${SECRET}`, 'X-Api-Key': SECRET }) })
    expect((await client.json({ path: '/a' }, live())).body).toEqual({ here: true })
    expect((await client.json({ path: '/b' }, live())).body).toEqual({ authorization: null, key: null })
    expect((await client.json({ path: `${other.url}/c` }, live())).body).toEqual({ authorization: null, key: null })
    const trusting = clientOf(server.url, { origins: [other.url] })
    expect((await trusting.client.json<{ authorization: string }>({ path: '/b' }, live())).body.authorization).toBe(`Bearer ${SECRET}`)
  })

  it('takes no body to another host, and does not follow in circles', async () => {
    const other = await vendor()
    const server = await vendor(({ path }) => ({ status: 307, headers: { location: path === '/round' ? '/round' : other.url } }))
    const { client } = clientOf(server.url)
    expect((await failure(client.json({ method: 'POST', path: '/x', json: { secret: SECRET } }, live()))).code).toBe('SOURCE_FAILED')
    expect(other.heard).toHaveLength(0)
    expect((await failure(client.json({ path: '/round' }, live()))).message).toBe('Acme redirects on and on.')
  })

  it('reads gzip, and holds no body larger than it may, counted after decompression', async () => {
    const { url } = await vendor(() => ({ headers: { 'content-encoding': 'gzip' }, body: gzipSync(JSON.stringify({ text: 'x'.repeat(3_000_000) })) }))
    const { client } = clientOf(url)
    expect((await client.json<{ text: string }>({ path: '/x' }, live())).body.text).toHaveLength(3_000_000)
    const small = clientOf(url, { maxHeldBytes: 1_048_576 })
    expect(await failure(small.client.json({ path: '/x' }, live()))).toMatchObject({ code: 'SOURCE_FAILED', message: 'Acme sent an answer of more than 1 MiB.' })
  })

  it('gives up between two pieces of a body, and not while they keep coming', async () => {
    let isStuck = false
    const slow = createServer((_, response) => {
      response.write('"')
      let pieces = 0
      const timer = setInterval(() => {
        if (isStuck || ++pieces > 6) {
          clearInterval(timer)
          if (!isStuck) response.end('"')
        } else response.write('x')
      }, 60)
    })
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    opened.push({
      close: () =>
        new Promise((resolve) => {
          slow.close(() => resolve())
          slow.closeAllConnections()
        }),
    })
    const { client } = clientOf(`http://127.0.0.1:${(slow.address() as AddressInfo).port}`, { timeoutMs: 250, attempts: 1 })
    expect((await client.json({ path: '/x' }, live())).body).toBe('xxxxxx')
    isStuck = true
    expect((await failure(client.json({ path: '/x' }, live()))).code).toBe('SOURCE_TIMEOUT')
  })

  it('gives up a body that drips without an end, held or streamed', async () => {
    const dripping = createServer((_, response) => {
      response.write(' ')
      const timer = setInterval(() => response.write(' '), 30)
      response.once('close', () => clearInterval(timer))
    })
    await new Promise<void>((resolve) => dripping.listen(0, '127.0.0.1', resolve))
    opened.push({
      close: () =>
        new Promise((resolve) => {
          dripping.close(() => resolve())
          dripping.closeAllConnections()
        }),
    })
    const { client } = clientOf(`http://127.0.0.1:${(dripping.address() as AddressInfo).port}`, { timeoutMs: 300, attempts: 1 })
    const streamed = client.stream({ path: '/x' }, live()).then(({ body }) => new Response(body).text())
    const failures = await Promise.all([client.json({ path: '/x' }, live()), client.text({ path: '/x' }, live()), streamed].map(failure))
    expect(failures.map(({ code, message }) => `${code}: ${message}`)).toEqual(Array(3).fill('SOURCE_TIMEOUT: Acme did not answer within 3 s.'))
  })

  it('streams a body for longer than ten waits while enough of it comes', async () => {
    const flowing = createServer((_, response) => {
      let pieces = 1
      response.write('x'.repeat(1_000))
      const timer = setInterval(() => {
        if (++pieces <= 60) return void response.write('x'.repeat(1_000))
        clearInterval(timer)
        response.end()
      }, 60)
    })
    await new Promise<void>((resolve) => flowing.listen(0, '127.0.0.1', resolve))
    opened.push({ close: () => new Promise((resolve) => void flowing.close(() => resolve())) })
    const { client } = clientOf(`http://127.0.0.1:${(flowing.address() as AddressInfo).port}`, { timeoutMs: 300, attempts: 1 })
    const { body } = await client.stream({ path: '/x' }, live())
    expect((await new Response(body).text()).length).toBe(60_000)
  })

  it('leaves the line when cancelled, and keeps no place', async () => {
    let release = (): void => {}
    const { url } = await vendor(async ({ path }) => {
      if (path === '/slow') await new Promise<void>((resolve) => (release = resolve))
      return { json: {} }
    })
    const { client } = clientOf(url, { maxConcurrent: 1 })
    const first = client.json({ path: '/slow' }, live())
    const controller = new AbortController()
    const second = failure(client.json({ path: '/x' }, controller.signal))
    controller.abort()
    expect((await second).code).toBe('CANCELLED')
    while (release.toString() === '() => {}') await new Promise((resolve) => setTimeout(resolve, 5))
    release()
    await first
    await client.json({ path: '/x' }, live())
  })

  it('is cancelled while it waits for the tool and while it reads', async () => {
    const server = await vendor(() => new Promise(() => {}))
    const { client } = clientOf(server.url)
    const controller = new AbortController()
    const asked = failure(client.json({ path: '/x' }, controller.signal))
    setTimeout(() => controller.abort(), 50)
    expect((await asked).code).toBe('CANCELLED')
  })

  it('keeps a place for a stream until its body is read, cancelled or broken', async () => {
    const server = await vendor(({ path }) => ({ body: path === '/big' ? 'x'.repeat(2_000_000) : '{}' }))
    const { client } = clientOf(server.url, { maxConcurrent: 1 })
    for (const ends of ['read', 'cancel', 'abort'] as const) {
      const controller = new AbortController()
      const { body } = await client.stream({ path: '/big' }, controller.signal)
      let isServed = false
      const next = client.json({ path: '/x' }, live()).then(() => (isServed = true))
      await new Promise((resolve) => setTimeout(resolve, 40))
      expect(isServed).toBe(false)
      if (ends === 'read') expect((await new Response(body).text()).length).toBe(2_000_000)
      else if (ends === 'cancel') await body.cancel()
      else {
        controller.abort()
        expect((await failure(new Response(body).text())).code).toBe('CANCELLED')
      }
      await next
    }
    server.fail({ times: 1, what: 'truncated' })
    const { body } = await client.stream({ path: '/big' }, live())
    expect((await failure(new Response(body).text())).code).toBe('SOURCE_UNAVAILABLE')
    await client.json({ path: '/x' }, live())
  })
})

describe('numbers of an answer', () => {
  it('keep their text where doubles would change them, and are numbers elsewhere', () => {
    const text = '{"id":9007199254740993,"low":-9007199254740993,"safe":9007199254740991,"rate":0.1234567890123456789,"sum":12345678901.12,"half":0.5,"text":"9007199254740993","big":1e21}'
    expect(parseExact(text)).toEqual({ id: '9007199254740993', low: '-9007199254740993', safe: 9_007_199_254_740_991, rate: '0.1234567890123456789', sum: 12_345_678_901.12, half: 0.5, text: '9007199254740993', big: 1e21 })
    expect(parseExact('[1,2.5]')).toEqual([1, 2.5])
    expect(() => parseExact('[1234567890123456789')).toThrow(SyntaxError)
  })
})
