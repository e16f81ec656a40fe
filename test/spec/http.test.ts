import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { GraphQLFloat, GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import type { GraphQLFormattedError } from 'graphql'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { Analytics, AnalyticsSession, RequestStats, SessionOptions } from '../../src/answer/types.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { ISO_CALENDAR } from '../../src/base/grain.ts'
import { createLog } from '../../src/base/log.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import { createApp } from '../../src/http/app.ts'
import type { KpiqlApp } from '../../src/http/app.ts'
import { textDepth } from '../../src/http/input-depth.ts'
import type { GraphqlContext, HttpSettings, Served } from '../../src/http/served.ts'
import type { Model } from '../../src/model/types.ts'

const open: KpiqlApp[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.stop(0)))
})

const settings: HttpSettings = {
  access: { anonymous: 'loopback', adminKey: null },
  telemetry: noTelemetry,
  metrics: null,
  deadlineMs: 5_000,
  bodyLimitBytes: 100_000,
  keptAnswersBytes: 0,
  corsOrigins: [],
  introspection: true,
  landing: true,
  landingDocument: 'query Opening { version }',
  explorerFolder: null,
  limits: { maxDepth: 25, maxFields: 2_000, maxAliases: 500, maxTokens: 10_000 },
  requestTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  formatError,
}

function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const original = error instanceof Error && 'originalError' in error ? error.originalError : error
  return original instanceof KpiqlError ? { ...formatted, message: original.message, extensions: { code: original.code, hint: original.hint } } : formatted
}

interface World {
  readonly served: Served
  readonly signals: AbortSignal[]
  sourcesOk: boolean
  /** Ends every `slow` field that waits. */
  finish: () => void
}

/** A model whose only questions are its version, an endless nesting, and one that waits until it is told or stopped. */
function world(version = 1): World {
  const waiting: (() => void)[] = []
  const stats: RequestStats = { slices: 1, metrics: 2, scans: 1, scansBySemanticModel: { orders: 1 }, rowsRead: 30, rowsReadUnknown: false, cacheHits: 0, cacheMisses: 1, rollups: [], planningMs: 1, engineMs: 2, foldMs: 1, dataVersions: { demo: 'v1' }, staleSources: [] }
  const signals: AbortSignal[] = []
  const unused = (): never => {
    throw new Error('not asked here')
  }
  const analytics: Analytics = {
    session({ signal }: SessionOptions): AnalyticsSession {
      signals.push(signal)
      return { nowUtcMs: 0, stats, hasFailed: false, metric: unused, breakdown: unused, table: unused, size: unused, members: unused, dimensionValues: unused, explain: unused, retention: unused, funnel: unused, drill: unused }
    },
    sources: async () => [{ name: 'demo', connector: 'fake', ok: result.sourcesOk, message: 'as asked', nowUtcMs: null, dataVersion: null, quarantine: { total: 0, truncated: false, entries: [] } }],
    dataVersions: async () => ({ demo: 'v1' }),
    dimensionsOf: () => [],
    nowUtcMs: () => 0,
    finestGrain: () => null,
    planning: () => Promise.reject(new Error('not asked here')),
    clear: () => {},
    whenCleared: () => {},
  }
  const node: GraphQLObjectType<unknown, GraphqlContext> = new GraphQLObjectType<unknown, GraphqlContext>({
    name: 'Query',
    fields: () => ({
      version: { type: GraphQLInt, resolve: () => version },
      nested: { type: node, resolve: () => ({}) },
      broken: {
        type: GraphQLFloat,
        resolve: () => {
          throw new Error('row of bob@example.com')
        },
      },
      slow: {
        type: GraphQLString,
        resolve: (_parent, _args, context) => {
          context.session('CACHED_OK')
          const { signal } = context.scope
          return new Promise((resolve, reject) => {
            waiting.push(() => resolve('done'))
            signal.addEventListener('abort', () => reject(new KpiqlError('CANCELLED', { message: 'Stopped in the engine.' })))
          })
        },
      },
    }),
  })
  const model: Model = { version: String(version), calendar: ISO_CALENDAR, semanticModels: new Map(), entities: new Map(), dimensions: new Map(), metrics: new Map(), cohorts: new Map(), savedQueries: new Map(), exchangeRates: null, rollups: [], tests: [] }
  const mutation = new GraphQLObjectType({ name: 'Mutation', fields: { touch: { type: new GraphQLNonNull(GraphQLInt), resolve: () => 1 } } })
  const result: World = {
    served: { model, schema: new GraphQLSchema({ query: node, mutation }), analytics },
    signals,
    sourcesOk: true,
    finish: () => waiting.splice(0).forEach((resolve) => resolve()),
  }
  return result
}

async function start(over: Partial<HttpSettings> = {}, of = world(), lines: string[] = []) {
  const log = createLog({ level: 'debug', format: 'json', write: (line) => void lines.push(line) })
  const app = await createApp(of.served, { ...settings, ...over }, log)
  open.push(app)
  const ask = (query: string, headers: Record<string, string> = {}) =>
    app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json', ...headers }, payload: JSON.stringify({ query }) })
  return { app, world: of, lines, ask }
}

function codeOf(body: string): unknown {
  const { errors } = JSON.parse(body) as { errors: { extensions: { code: string } }[] }
  return errors[0]?.extensions.code
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(holds()).toBe(true)
}

describe('nesting', () => {
  it('is refused before any parser calls itself for each level, in the text and in the variables', async () => {
    const { app, ask } = await start()
    const literal = `{ nested(where: ${'{not: '.repeat(2_000)}{}${'}'.repeat(2_000)}) { version } }`
    const refused = await ask(literal)
    expect([refused.statusCode, codeOf(refused.body)]).toEqual([400, 'QUERY_TOO_DEEP'])
    const variables = `${'{"not":'.repeat(2_000)}{}${'}'.repeat(2_000)}`
    const body = `{"query":"{ version }","variables":{"where":${variables}}}`
    const again = await app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, payload: body })
    expect([again.statusCode, codeOf(again.body)]).toEqual([400, 'QUERY_TOO_DEEP'])
  })

  it('of brackets inside strings and comments counts for nothing', () => {
    expect(textDepth('{ a(b: "((((", c: """[[[[ " [[""") # {{{{\n { d } }')).toBe(2)
    expect(textDepth('{ a(b: "\\"{{{{") }')).toBe(2)
  })
})

describe('health', () => {
  it('is alive while the process answers, and ready while every source answers', async () => {
    const { app, world } = await start()
    expect((await app.fastify.inject('/healthz')).statusCode).toBe(200)
    expect((await app.fastify.inject('/readyz')).statusCode).toBe(200)
    world.sourcesOk = false
    const { app: other } = await start({}, world)
    const answer = await other.fastify.inject('/readyz')
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ sources: [{ name: 'demo', ok: false }] })
    expect((await other.fastify.inject('/healthz')).statusCode).toBe(200)
  })
})

describe('a request', () => {
  it('keeps the id it came with, and is given one where it has none or an ill-formed one', async () => {
    const { ask } = await start()
    const named = await ask('{ version }', { 'x-request-id': 'page-7' })
    expect(named.headers['x-request-id']).toBe('page-7')
    expect(named.json().extensions.kpiql.requestId).toBe('page-7')
    expect((await ask('{ version }')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect((await ask('{ version }', { 'x-request-id': 'a b\u00e9' })).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('tells what it cost, also when it fails', async () => {
    const { ask, world } = await start()
    const slow = ask('{ slow }')
    await until(() => world.signals.length === 1)
    world.finish()
    expect((await slow).json()).toMatchObject({ data: { slow: 'done' }, extensions: { kpiql: { slices: 1, metrics: 2, scans: 1, rowsRead: 30, dataVersions: { demo: 'v1' } } } })
    expect((await ask('{ nope }')).json().extensions.kpiql).toHaveProperty('elapsedMs')
  })

  it('leaves neither its text, its variables nor what an error quoted in the log', async () => {
    const adminKey = 'abc'.repeat(11)
    const { ask, lines } = await start({ access: { anonymous: 'none', adminKey } })
    await ask('query Board { version broken secretField: version }', { authorization: `Bearer ${adminKey}` })
    const log = lines.join('')
    expect(log).toContain('"operationName":"Board"')
    expect(log).toContain('A field failed unexpectedly')
    for (const secret of ['secretField', 'bob@example.com', 'Bearer', 'abc']) expect(log).not.toContain(secret)
  })
})

describe('what is refused', () => {
  it('is a GET that no preflight header protects, a GET mutation, and a batch', async () => {
    const { app } = await start()
    const get = (query: string, headers = {}) => app.fastify.inject({ url: '/graphql', query: { query }, headers })
    expect((await get('{ version }')).statusCode).toBe(400)
    expect((await get('{ version }', { 'apollo-require-preflight': '1' })).json().data).toEqual({ version: 1 })
    expect((await get('mutation { touch }', { 'apollo-require-preflight': '1' })).statusCode).toBe(405)
    const batch = await app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, payload: '[{"query":"{version}"}]' })
    expect(batch.statusCode).toBe(400)
  })

  it('is a body over the limit, of another type, compressed, not UTF-8, not JSON, or with a prototype key', async () => {
    const { app } = await start()
    const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
      app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json', ...headers }, payload })
    const answers = [
      await post(JSON.stringify({ query: `{ version } #${'x'.repeat(100_000)}` })),
      await post('{ version }', { 'content-type': 'text/plain' }),
      await post('{ version }', { 'content-type': 'application/graphql' }),
      await post(Buffer.from([0x1f, 0x8b]), { 'content-encoding': 'gzip' }),
      await post(Buffer.concat([Buffer.from('{"query":"{ version }","a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])),
      await post('{"query":'),
      await post(''),
      await post('{"query":"{ version }","variables":{"__proto__":{"a":1}}}'),
    ]
    expect(answers.map(({ statusCode, body }) => [statusCode, codeOf(body)])).toEqual([
      [413, 'BODY_TOO_LARGE'],
      [415, 'MEDIA_TYPE_UNSUPPORTED'],
      [415, 'MEDIA_TYPE_UNSUPPORTED'],
      [415, 'MEDIA_TYPE_UNSUPPORTED'],
      [400, 'REQUEST_INVALID'],
      [400, 'REQUEST_INVALID'],
      [400, 'REQUEST_INVALID'],
      [400, 'REQUEST_INVALID'],
    ])
  })

  it('is a query too deep, too long, of too many fields or aliases, or with fragments that double or go round', async () => {
    const { ask } = await start()
    const doubling = Array.from({ length: 40 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')
    const queries: readonly (readonly [string, string])[] = [
      [`${'{ nested '.repeat(25)}{ version }${' }'.repeat(25)}`, 'QUERY_TOO_DEEP'],
      [`{ ${'version '.repeat(11_000)} }`, 'QUERY_TOO_LARGE'],
      [`{ ${Array.from({ length: 501 }, (_, i) => `a${i}: version`).join(' ')} }`, 'QUERY_TOO_LARGE'],
      [`{ ${'version '.repeat(101)} }`, 'QUERY_TOO_LARGE'],
      [`{ ${'nested { version } '.repeat(60)} ${'nested { version } '.repeat(60)} }`, 'QUERY_TOO_LARGE'],
      [`{ ...F0 } ${doubling} fragment F40 on Query { version }`, 'QUERY_TOO_LARGE'],
      [`{ ...F0 } ${doubling} fragment F40 on Query { ...Unknown }`, 'QUERY_TOO_LARGE'],
      ['{ ...A } fragment A on Query { nested { ...B } } fragment B on Query { nested { ...A } }', 'GRAPHQL_VALIDATION_FAILED'],
      [`{ ${Array.from({ length: 301 }, (_, i) => `...F${i}`).join(' ')} } ${Array.from({ length: 301 }, (_, i) => `fragment F${i} on Query { a${i}: version }`).join(' ')}`, 'QUERY_TOO_LARGE'],
    ]
    for (const [query, code] of queries) {
      const answer = await ask(query)
      expect([codeOf(answer.body), answer.statusCode, query.slice(0, 60)]).toEqual([code, 400, query.slice(0, 60)])
      expect(codeOf((await ask(query)).body)).toBe(code) // the second time it comes out of the document cache
    }
    expect((await ask(`${'{ nested '.repeat(24)}{ version }${' }'.repeat(24)}`)).json().errors).toBeUndefined()
  })

  it('is every road to the schema where introspection is off, suggestions included', async () => {
    const { ask } = await start({ introspection: false })
    expect((await ask('{ __schema { types { name } } }')).statusCode).toBe(400)
    const misspelled = await ask('{ versio }')
    expect(misspelled.body).not.toContain('Did you mean')
  })

  it('is an unknown address, in the same shape as every error', async () => {
    const { app } = await start()
    const answer = await app.fastify.inject('/nowhere')
    expect([answer.statusCode, codeOf(answer.body)]).toEqual([404, 'NOT_FOUND'])
  })

  it('is what is no HTTP at all', async () => {
    const { app } = await start()
    const { port } = new URL(await app.listen('127.0.0.1', 0))
    const answer = await new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('HELO there\r\n\r\n'))
      socket.on('data', (data) => (text += data.toString())).on('end', () => resolve(text)).on('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request/)
    expect(answer).toContain('REQUEST_INVALID')
  })
})

describe('an address that cannot be decoded', () => {
  it('is refused in the shape of all refusals, and is neither repeated nor logged', async () => {
    const { app, lines } = await start()
    for (const url of ['/%zzsecret', '/graphql/%secret', '/explorer/%E0%A4%Asecret?x=1']) {
      const answer = await app.fastify.inject({ url, headers: { 'x-request-id': 'mine-1' } })
      expect([url, answer.statusCode, codeOf(answer.body), answer.headers['x-request-id'], answer.headers['content-type']]).toEqual([url, 400, 'REQUEST_INVALID', 'mine-1', 'application/json; charset=utf-8'])
      expect(answer.body + JSON.stringify(answer.headers)).not.toContain('secret')
    }
    expect(lines.join('')).not.toContain('secret')
  })
})

describe('pages of other origins', () => {
  it('read answers only where the configuration names them', async () => {
    const { app } = await start({ corsOrigins: ['https://app.example.com'] })
    const asked = async (origin: string) => (await app.fastify.inject({ method: 'OPTIONS', url: '/graphql', headers: { origin, 'access-control-request-method': 'POST' } })).headers['access-control-allow-origin']
    expect(await asked('https://app.example.com')).toBe('https://app.example.com')
    expect(await asked('https://evil.example.com')).toBeUndefined()
    const { app: closed } = await start()
    expect((await closed.fastify.inject({ url: '/healthz', headers: { origin: 'https://app.example.com' } })).headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('pages that may read answers', () => {
  const touch = async (headers: Record<string, string>) => {
    const { ask } = await start({ corsOrigins: ['*'] })
    return ask('mutation { touch }', { host: 'localhost:4000', ...headers })
  }

  it('need a key like all beyond this machine, though the browser runs on it; pages of this machine need none', async () => {
    const refused = await touch({ origin: 'https://evil.example' })
    expect([refused.statusCode, codeOf(refused.body), refused.headers['access-control-allow-origin']]).toEqual([401, 'UNAUTHENTICATED', '*'])
    for (const headers of [{}, { origin: 'http://localhost:4000' }, { origin: 'http://127.0.0.1:5173' }]) expect((await touch(headers)).json().data).toEqual({ touch: 1 })
  })
})

describe('a request under way', () => {
  it('has its signal aborted when the client leaves', async () => {
    const { app, world } = await start()
    const address = await app.listen('127.0.0.1', 0)
    const request = httpRequest(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' } })
    request.on('error', () => {})
    request.end(JSON.stringify({ query: '{ slow }' }))
    await until(() => world.signals.length === 1)
    expect(world.signals[0]?.aborted).toBe(false)
    request.destroy()
    await until(() => world.signals[0]?.aborted === true)
    expect(world.signals[0]?.reason).toMatchObject({ code: 'CANCELLED' })
  })

  it('is stopped at the deadline and says so, whatever the engine says; the rest is served', async () => {
    const { ask } = await start({ deadlineMs: 50 })
    const answer = (await ask('{ slow version }')).json()
    expect(answer.errors).toMatchObject([{ path: ['slow'], extensions: { code: 'DEADLINE_EXCEEDED', deadlineMs: 50 } }])
    expect(answer.data).toEqual({ slow: null, version: 1 })
  })

  it('keeps the model it began with while another takes its place', async () => {
    const { app, ask, world: first } = await start()
    const slow = ask('{ slow version }')
    await until(() => first.signals.length === 1)
    let gone = false
    const swapped = app.swap(world(2).served).then(() => (gone = true))
    await until(() => app.served().model.version === '2')
    expect((await ask('{ version }')).json().data).toEqual({ version: 2 })
    expect(gone).toBe(false)
    first.finish()
    expect((await slow).json().data).toEqual({ slow: 'done', version: 1 })
    await swapped
    expect(gone).toBe(true)
  })
})

describe('stopping', () => {
  const slowly = (address: string) => fetch(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: '{ slow }' }) })

  it('finishes what is under way and accepts nothing new', async () => {
    const { app, world } = await start()
    const address = await app.listen('127.0.0.1', 0)
    const slow = slowly(address)
    await until(() => world.signals.length === 1)
    const stopped = app.stop(5_000)
    await expect(fetch(`${address}/healthz`)).rejects.toThrow()
    world.finish()
    expect(await (await slow).json()).toMatchObject({ data: { slow: 'done' } })
    await stopped
  })

  it('cancels what is not done within the grace, and tells the client', async () => {
    const { app, world } = await start()
    const address = await app.listen('127.0.0.1', 0)
    const slow = slowly(address)
    await until(() => world.signals.length === 1)
    await app.stop(100)
    const answer = await slow
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await answer.json()).toMatchObject({ errors: [{ message: 'The server stopped before the answer was ready.', extensions: { code: 'CANCELLED' } }] })
  })

  it('refuses a request that has only half arrived, and says when to ask again', async () => {
    const { app } = await start()
    const { port } = new URL(await app.listen('127.0.0.1', 0))
    let text = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('GET /explorer/ HTTP/1.1\r\nhost: a\r\n'))
    const closed = new Promise((resolve) => socket.on('data', (data) => (text += data.toString())).on('close', resolve))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const stopped = app.stop(5_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.write('\r\n')
    await Promise.all([closed, stopped])
    expect(text).toMatch(/^HTTP\/1\.1 503 /)
    expect(text).toContain('retry-after: 5')
    expect(text).toContain('SHUTTING_DOWN')
  })

  it('is no longer alive to a health check that comes over an open connection', async () => {
    const { app } = await start()
    const { port } = new URL(await app.listen('127.0.0.1', 0))
    let text = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\n'))
    const closed = new Promise((resolve) => socket.on('data', (data) => (text += data.toString())).on('close', resolve))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const stopped = app.stop(5_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.write('\r\n')
    await Promise.all([closed, stopped])
    expect(text).toMatch(/^HTTP\/1\.1 503 /)
    expect(text).toContain('{"status":"stopping"}')
  })

  it('closes idle connections at once', async () => {
    const { app } = await start()
    const { port } = new URL(await app.listen('127.0.0.1', 0))
    const closed = new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: keep-alive\r\n\r\n'))
      // Longer than the test may take.
      socket.once('data', () => void app.stop(600_000)).on('close', () => resolve()).on('error', reject)
    })
    await closed
  })
})

describe('listening', () => {
  it('says in one line that the port is taken', async () => {
    const { app } = await start()
    const { port } = new URL(await app.listen('127.0.0.1', 0))
    const { app: second } = await start()
    await expect(second.listen('127.0.0.1', Number(port))).rejects.toMatchObject({ code: 'USAGE', message: `Port ${port} on 127.0.0.1 is taken by another program.` })
  })
})

describe('the explorer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'explorer-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<p>explorer</p>')
  writeFileSync(join(folder, 'assets', 'index-abc123.js'), 'export {}')
  writeFileSync(`${folder}.secret`, 'secret')
  afterAll(() => {
    rmSync(folder, { recursive: true })
    rmSync(`${folder}.secret`)
  })

  it('is served with its types, held to its own origin, and cached by the names that hold a hash', async () => {
    const { app } = await start({ explorerFolder: folder })
    expect((await app.fastify.inject('/explorer')).headers.location).toBe('/explorer/')
    const page = await app.fastify.inject('/explorer/')
    expect([page.statusCode, page.headers['content-type'], page.headers['cache-control'], page.body]).toEqual([200, 'text/html; charset=utf-8', 'no-cache', '<p>explorer</p>'])
    expect(page.headers['content-security-policy']).toContain("default-src 'self'")
    const script = await app.fastify.inject('/explorer/assets/index-abc123.js')
    expect([script.headers['content-type'], script.headers['cache-control']]).toEqual(['text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'])
  })

  it('serves nothing but its own files', async () => {
    const { app } = await start({ explorerFolder: folder })
    const name = `${basename(folder)}.secret`
    for (const path of [`../${name}`, `..%2f${name}`, `assets/../../${name}`, `assets%2f..%2f..%2f${name}`, '%00', 'assets', 'assets/', '/etc/passwd']) {
      expect([path, (await app.fastify.inject(`/explorer/${path}`)).statusCode]).toEqual([path, 404])
    }
  })

  it('says how to build it where it is not built', async () => {
    const { app } = await start({ explorerFolder: join(folder, 'nowhere') })
    expect((await app.fastify.inject('/explorer/')).body).toContain('npm run build')
  })
})

describe('a browser at the endpoint', () => {
  it('sees Sandbox with the first operation filled in, and nothing where the landing page is off', async () => {
    const { app } = await start()
    const page = await app.fastify.inject({ url: '/graphql', headers: { accept: 'text/html' } })
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    expect(page.body).toMatch(/query(%20| )Opening/)
    const { app: off } = await start({ landing: false })
    expect((await off.fastify.inject({ url: '/graphql', headers: { accept: 'text/html' } })).statusCode).toBe(400)
  })
})
