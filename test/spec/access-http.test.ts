import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TRUSTED_MS } from '../../src/access/key-ring.ts'
import type { Role } from '../../src/access/role.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createLog } from '../../src/base/log.ts'
import { createApp } from '../../src/http/app.ts'
import type { KpiqlApp } from '../../src/http/app.ts'
import { createMetrics } from '../../src/http/metrics.ts'
import type { HttpSettings } from '../../src/http/served.ts'
import { openStore } from '../../src/store/open-store.ts'
import { recordedWorld, settings } from './recorded-world.ts'
import type { RecordedWorld } from './recorded-world.ts'

const READING = '{ slice(period: { between: { start: "2026-01-01", end: "2026-02-01" } }) { metric(name: JOINED) { value } } }'
const RECORDING = 'mutation { recordCost(input: { date: "2026-02-03", type: OTHER, amount: "1", currency: "EUR" }) { id } }'

let world: RecordedWorld
const keys: Record<Role, { id: string; secret: string }> = { viewer: { id: '', secret: '' }, editor: { id: '', secret: '' }, admin: { id: '', secret: '' } }
beforeAll(async () => {
  world = await recordedWorld()
  for (const role of ['viewer', 'editor', 'admin'] as const) {
    const { key, secret } = await (await world.gateway.store.open()).keys.create(role, null, role)
    keys[role] = { id: key.id, secret }
  }
})
afterAll(async () => {
  await world.stop()
  world.world.remove()
})

const apps: KpiqlApp[] = []
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop(0)))
})

async function start(over: Partial<HttpSettings> = {}) {
  const lines: string[] = []
  const log = createLog({ level: 'debug', format: 'json', write: (line) => void lines.push(line) })
  const app = await createApp(world.gateway, { ...settings, access: { anonymous: 'none', adminKey: null }, ...over }, log)
  apps.push(app)
  const ask = async (query: string, authorization?: string, headers: Record<string, string> = {}) => {
    const answer = await app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }), ...headers }, payload: JSON.stringify({ query }) })
    return { status: answer.statusCode, headers: answer.headers, body: answer.json<{ data?: Record<string, unknown> | null; errors?: { message: string; extensions: { code: string; hint: string } }[] }>() }
  }
  return { app, ask, lines, get: (url: string, headers: Record<string, string> = {}) => app.fastify.inject({ url, headers }) }
}

const bearer = (role: Role) => `Bearer ${keys[role].secret}`
const inJanuary = { data: { slice: { metric: { value: 2 } } } }

describe('a key', () => {
  it('lets a request in', async () => {
    const { ask } = await start()
    for (const role of ['viewer', 'editor', 'admin'] as const) expect(await ask(READING, bearer(role))).toMatchObject({ status: 200, body: inJanuary })
  })

  it('that is missing, malformed, unknown, expired or revoked is refused with one and the same answer, which tells nothing else', async () => {
    const store = await world.gateway.store.open()
    const revoked = await store.keys.create('gone', null, 'admin')
    await store.keys.revoke(revoked.key.id)
    const short = await store.keys.create('short', Date.now() + 20, 'admin')
    await new Promise((resolve) => setTimeout(resolve, 40))
    const { ask } = await start()
    const other = keys.admin.secret
    const asked = [undefined, '', 'Bearer', 'Basic YTpi', other, `Bearer ${other.slice(0, -1)}`, `Bearer ${other.slice(0, -1)}${other.endsWith('A') ? 'B' : 'A'}`, `Bearer kpiql_000000000000_${'A'.repeat(43)}`, `Bearer ${revoked.secret}`, `Bearer ${short.secret}`, 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.', `Bearer ' OR 1=1 --`]
    const answers = await Promise.all(asked.map((authorization) => ask(READING, authorization)))
    for (const [index, { status, headers, body }] of answers.entries()) {
      expect([asked[index], status, headers['www-authenticate'], body]).toEqual([asked[index], 401, 'Bearer', { errors: [{ message: 'This needs an API key.', extensions: { code: 'UNAUTHENTICATED', hint: 'Send a valid one as the header: Authorization: Bearer kpiql_…' } }] }])
    }
  })

  it('that is not valid is refused also where none is needed', async () => {
    const { ask } = await start({ access: { anonymous: 'loopback', adminKey: null } })
    expect(await ask(READING)).toMatchObject({ status: 200, body: inJanuary })
    expect(await ask(READING, 'Bearer nobody')).toMatchObject({ status: 401 })
    expect(await ask(READING, undefined, { host: 'rebound.example.com' })).toMatchObject({ status: 401 })
    expect(await ask(READING, undefined, { 'x-forwarded-for': '203.0.113.9' })).toMatchObject({ status: 401 })
    expect(await ask(READING, bearer('viewer'), { 'x-forwarded-for': '203.0.113.9' })).toMatchObject({ status: 200 })
  })

  it('in an address is refused wherever it stands, and in no log', async () => {
    const { get, lines, ask } = await start({ access: { anonymous: 'admin', adminKey: null } })
    for (const url of [`/graphql?key=${keys.admin.secret}`, `/${keys.admin.secret}`, `/healthz?${keys.admin.secret}`, `/explorer/?k=${keys.admin.secret.replace('_', '%5F')}`]) {
      const refused = await get(url, { 'apollo-require-preflight': 'yes' })
      expect([url, refused.statusCode, refused.json().errors[0].extensions.code]).toEqual([url, 401, 'UNAUTHENTICATED'])
    }
    await ask(READING, bearer('admin'))
    expect(lines.join('')).not.toContain(keys.admin.secret.slice(20))
    expect(lines.join('')).toContain(`"keyId":"${keys.admin.id}"`)
  })

  it('revoked by another process is refused within 5 s', async () => {
    const { key, secret } = await (await world.gateway.store.open()).keys.create('soon gone', null)
    const { ask } = await start()
    expect(await ask(READING, `Bearer ${secret}`)).toMatchObject({ status: 200 })
    const another = await openStore(world.gateway.store.file, systemClock)
    await another.keys.revoke(key.id)
    await another.close()
    await new Promise((resolve) => setTimeout(resolve, TRUSTED_MS + 50))
    expect(await ask(READING, `Bearer ${secret}`)).toMatchObject({ status: 401 })
  })

  it('made by another process is good at once', async () => {
    const { ask } = await start()
    const another = await openStore(world.gateway.store.file, systemClock)
    const { secret } = await another.keys.create('new', null)
    await another.close()
    expect(await ask(READING, `Bearer ${secret}`)).toMatchObject({ status: 200 })
  })

  it('given at the start is an admin’s', async () => {
    const adminKey = 'a-secret-of-the-container-of-32-chars'
    const { ask } = await start({ access: { anonymous: 'none', adminKey } })
    expect(await ask(RECORDING, `Bearer ${adminKey}`)).toMatchObject({ status: 200, body: { data: { recordCost: { id: expect.any(String) } } } })
    expect(await ask(READING, `Bearer ${adminKey}x`)).toMatchObject({ status: 401 })
  })

  it('is looked for before the body is read', async () => {
    const { app } = await start()
    const broken = await app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, payload: '{' })
    expect([broken.statusCode, broken.json().errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
  })

  it('is asked for again for an answer that was kept', async () => {
    const { ask } = await start({ keptAnswersBytes: 1_000_000 })
    for (let times = 0; times < 2; times++) expect(await ask(READING, bearer('viewer'))).toMatchObject({ status: 200, body: inJanuary })
    expect(await ask(READING)).toMatchObject({ status: 401 })
  })
})

describe('a role', () => {
  it('of viewers reads, the members behind a number included, and changes nothing', async () => {
    const { ask } = await start()
    const members = '{ cohort(name: GOLD) { members { ids } } }'
    expect(await ask(members, bearer('viewer'))).toMatchObject({ status: 200 })
    const before = await ask('{ recordedCosts { totalCount } savedCohorts { id } }', bearer('viewer'))
    const changes = [
      RECORDING,
      'mutation { uploadCosts(csv: "date,type,amount\\n2026-02-03,OTHER,1") { recorded } }',
      'mutation { deleteRevenue(id: "x") { id } }',
      'mutation { deleteCohort(id: "x") { id } }',
      'mutation { ... on Mutation { a: deleteCost(id: "x") { id } } }',
      'mutation { ...F } fragment F on Mutation { ...G } fragment G on Mutation { deleteCost(id: "x") { id } }',
      'mutation { __typename @include(if: true) deleteCost(id: "x") @skip(if: true) { id } }',
    ]
    for (const change of changes) {
      const { status, body } = await ask(change, bearer('viewer'))
      expect([change, status, body.data ?? null, body.errors]).toMatchObject([change, 403, null, [{ message: 'This needs the role editor; the request has the role viewer.', extensions: { code: 'FORBIDDEN', hint: 'Use an API key of the role editor.' } }]])
    }
    expect(await ask('mutation { __typename }', bearer('viewer'))).toMatchObject({ status: 200 })
    expect((await ask('{ recordedCosts { totalCount } savedCohorts { id } }', bearer('viewer'))).body.data).toEqual(before.body.data)
  })

  it('of editors records', async () => {
    const { ask } = await start()
    for (const role of ['editor', 'admin'] as const) expect(await ask(RECORDING, bearer(role))).toMatchObject({ status: 200, body: { data: { recordCost: { id: expect.any(String) } } } })
  })

  it('given to whoever comes without a key is theirs', async () => {
    const { ask } = await start({ access: { anonymous: 'viewer', adminKey: null } })
    expect(await ask(READING, undefined, { host: 'board.example.com' })).toMatchObject({ status: 200 })
    expect(await ask(RECORDING)).toMatchObject({ status: 403 })
    expect(await ask(RECORDING, bearer('editor'))).toMatchObject({ status: 200 })
  })
})

describe('without a key', () => {
  it('the process tells that it lives, and whether it is ready, but not of what sources', async () => {
    const { get } = await start()
    expect((await get('/healthz')).statusCode).toBe(200)
    const stranger = await get('/readyz', { authorization: 'Bearer nobody' })
    expect([stranger.statusCode, stranger.json()]).toEqual([200, { status: 'ready' }])
    const known = await get('/readyz', { authorization: bearer('viewer') })
    expect(known.json()).toMatchObject({ status: 'ready', sources: expect.arrayContaining([expect.objectContaining({ name: 'main', ok: true })]) })
  })

  it('figures are not told, unless they are open', async () => {
    const metrics = createMetrics()
    const { get } = await start({ telemetry: metrics.telemetry, metrics: { ...metrics, open: false } })
    expect((await get('/metrics')).statusCode).toBe(401)
    expect((await get('/metrics', { authorization: bearer('viewer') })).statusCode).toBe(200)
    const open = await start({ metrics: { ...metrics, open: true } })
    expect((await open.get('/metrics')).statusCode).toBe(200)
  })

  it('the page to ask from is shown, and asks nothing by itself', async () => {
    const { get } = await start({ landing: true })
    const page = await get('/graphql', { accept: 'text/html' })
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')])
    const asked = await get(`/graphql?query=${encodeURIComponent(READING)}`, { accept: 'application/json, text/html;q=0.1', 'apollo-require-preflight': 'yes' })
    expect([asked.statusCode, asked.json().errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
    const closed = await (await start({ landing: false })).get('/graphql', { accept: 'text/html' })
    expect(closed.statusCode).toBe(401)
  })

  it('no method of the endpoint answers', async () => {
    const { app } = await start()
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS'] as const) expect([method, (await app.fastify.inject({ method, url: `/graphql?query=${encodeURIComponent(READING)}`, headers: { 'apollo-require-preflight': 'yes' } })).statusCode]).toEqual([method, 401])
  })

  it('pages of other origins may ask first, so that they can send one', async () => {
    const { app } = await start({ corsOrigins: ['https://app.example.com'] })
    const preflight = await app.fastify.inject({ method: 'OPTIONS', url: '/graphql', headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' } })
    expect([preflight.statusCode, preflight.headers['access-control-allow-headers']]).toEqual([204, expect.stringContaining('authorization')])
  })
})

describe('a store that cannot be read', () => {
  it('is told as such, not as a wrong key', async () => {
    const broken = await recordedWorld()
    try {
      mkdirSync(dirname(broken.gateway.store.file), { recursive: true })
      writeFileSync(broken.gateway.store.file, 'no database at all, and never was one; '.repeat(200))
      const app = await createApp(broken.gateway, { ...settings, access: { anonymous: 'none', adminKey: null } }, createLog({ level: 'silent', format: 'json', write() {} }))
      apps.push(app)
      const answer = await app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json', authorization: bearer('admin') }, payload: JSON.stringify({ query: READING }) })
      expect([answer.statusCode, answer.json().errors[0].extensions.code]).toEqual([503, 'STORE_UNAVAILABLE'])
    } finally {
      await broken.stop()
      broken.world.remove()
    }
  })
})
