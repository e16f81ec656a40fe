import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { KpiqlApp } from '../../src/http/app.ts'
import { servedWorld, smallSaasFiles } from '../fixtures/served-world.ts'
import type { ServedWorld } from '../fixtures/served-world.ts'

const PERIOD = '{ between: { start: "2025-01-01", end: "2025-05-01" } }'
const REVENUE = `query Revenue { slice(period: ${PERIOD}) { metric(name: REVENUE) { exact } } }`
const LONG = `query Long { slice(period: ${PERIOD}) { metrics(names: [REVENUE, MRR]) { name series(grain: DAY) { start end value exact quality } } } }`

let served: ServedWorld
let app: KpiqlApp
const keys = { one: '', other: '', editor: '' }

beforeAll(async () => {
  served = await servedWorld({ files: smallSaasFiles(), data: 'saas', settings: { access: { anonymous: 'none', adminKey: null } } })
  app = served.app
  const store = await served.gateway.store.open()
  keys.one = (await store.keys.create('one', null, 'viewer')).secret
  keys.other = (await store.keys.create('other', null, 'viewer')).secret
  keys.editor = (await store.keys.create('editor', null, 'editor')).secret
})
afterEach(() => served.restore())
afterAll(() => served.stop())

type Asked = Readonly<Record<string, string>>

function addressOf(parameters: Asked): string {
  return `/graphql?${new URLSearchParams(parameters).toString()}`
}

async function get(parameters: Asked, headers: Asked = {}, key = keys.one) {
  return app.fastify.inject({ method: 'GET', url: addressOf(parameters), headers: { authorization: `Bearer ${key}`, 'apollo-require-preflight': '1', ...headers } })
}

async function post(body: object, headers: Asked = {}, key = keys.one) {
  return app.fastify.inject({ method: 'POST', url: '/graphql', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers }, payload: JSON.stringify(body) })
}

const hashOf = (query: string): string => createHash('sha256').update(query).digest('hex')
const persisted = (query: string): string => JSON.stringify({ persistedQuery: { version: 1, sha256Hash: hashOf(query) } })
const dataOf = (answer: { json<T>(): T }): unknown => answer.json<{ data: unknown }>().data

async function moveData(): Promise<void> {
  const payments = served.pathOf('saas/payments.csv')
  writeFileSync(payments, `${readFileSync(payments, 'utf8').trimEnd()}\np99,c1,2025-04-20,10.00,Success\n`)
  await post({ query: `{ slice(period: ${PERIOD}, freshness: REVALIDATE) { metric(name: REVENUE) { exact } } }` })
}

describe('a GET', () => {
  it('is answered with a tag, for its caller alone and to be asked about each time', async () => {
    for (let round = 0; round < 3; round++) {
      const answer = await get({ query: REVENUE })
      expect(answer.statusCode).toBe(200)
      expect(dataOf(answer)).toEqual({ slice: { metric: { exact: '1125.47' } } })
      expect(answer.headers).toMatchObject({ 'cache-control': 'private, max-age=0, must-revalidate', vary: 'Authorization, Accept, Accept-Encoding' })
      expect(answer.headers['etag']).toMatch(/^W\/"[\w-]{22}"$/)
    }
  })

  it('with the tag of the present answer is told so without the answer, whether that is kept or not', async () => {
    const { headers } = await get({ query: REVENUE })
    const tag = String(headers['etag'])
    for (let time = 0; time < 3; time++) {
      if (time > 0) await get({ query: REVENUE })
      const answer = await get({ query: REVENUE }, { 'if-none-match': `"another", ${tag}` })
      expect(answer.statusCode).toBe(304)
      expect(answer.body).toBe('')
      expect(answer.headers).toMatchObject({ etag: tag, 'cache-control': 'private, max-age=0, must-revalidate', vary: 'Authorization, Accept, Accept-Encoding' })
    }
    const keepsNothing = await served.another({ keptAnswersBytes: 0 })
    const answer = await keepsNothing.fastify.inject({ method: 'GET', url: addressOf({ query: REVENUE }), headers: { authorization: `Bearer ${keys.one}`, 'apollo-require-preflight': '1', 'if-none-match': tag } })
    expect(answer.statusCode).toBe(304)
    await keepsNothing.stop(0)
  })

  it('has another tag for another key, question, variables and operation', async () => {
    const two = `query One { slice(period: ${PERIOD}) { metric(name: REVENUE) { exact } } } query Two($name: MetricName = MRR) { slice(period: ${PERIOD}) { metric(name: $name) { exact } } }`
    const asked: (readonly [Asked, string])[] = [
      [{ query: REVENUE }, keys.one],
      [{ query: REVENUE }, keys.other],
      [{ query: REVENUE }, keys.editor],
      [{ query: REVENUE.replace('exact', 'value') }, keys.one],
      [{ query: two, operationName: 'One' }, keys.one],
      [{ query: two, operationName: 'Two' }, keys.one],
      [{ query: two, operationName: 'Two', variables: '{"name":"REVENUE"}' }, keys.one],
    ]
    const tags = await Promise.all(asked.map(async ([parameters, key]) => (await get(parameters, {}, key)).headers['etag']))
    expect(new Set(tags).size).toBe(asked.length)
    for (const tag of tags) expect(tag).toBeDefined()
    for (const key of [keys.other, keys.editor]) expect((await get({ query: REVENUE }, { 'if-none-match': String(tags[0]) }, key)).statusCode).toBe(200)
    const unknown = await get({ query: REVENUE }, { 'if-none-match': String(tags[0]) }, 'kpiql_000000000000_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')
    expect(unknown.statusCode).toBe(401)
    expect(unknown.headers['etag']).toBeUndefined()
  })

  it('is answered anew once the data has moved', async () => {
    const before = await get({ query: REVENUE })
    await moveData()
    const after = await get({ query: REVENUE }, { 'if-none-match': String(before.headers['etag']) })
    expect(after.statusCode).toBe(200)
    expect(dataOf(after)).toEqual({ slice: { metric: { exact: '1135.47' } } })
    expect(after.headers['etag']).not.toBe(before.headers['etag'])
  })

  it('has no tag where it failed, wholly or in part, asks for no cache, or tells of sources', async () => {
    const backwards = '{ between: { start: "2025-05-01", end: "2025-01-01" } }'
    const asked: readonly Asked[] = [
      { query: '{ nothing }' },
      { query: `{ slice(period: ${backwards}) { metric(name: REVENUE) { exact } } slices(inputs: [{ period: ${PERIOD} }]) { metric(name: MRR) { exact } } }` },
      { query: `{ slice(period: ${PERIOD}, freshness: NO_CACHE) { metric(name: REVENUE) { exact } } }` },
      { query: `{ slice(period: ${PERIOD}, freshness: REVALIDATE) { metric(name: REVENUE) { exact } } }` },
      { query: '{ catalog { sources { name ok } } }' },
      { query: 'mutation { recordCost(input: { date: "2026-02-03", type: OTHER, amount: "1", currency: "EUR" }) { id } }' },
    ]
    for (const parameters of asked) {
      const answer = await get(parameters, {}, keys.editor)
      expect(answer.headers['etag']).toBeUndefined()
      expect(answer.headers['cache-control'] ?? 'no-store').toBe('no-store')
    }
    const posted = await post({ query: REVENUE })
    expect(posted.headers['etag']).toBeUndefined()
    expect(posted.headers['cache-control']).toBe('no-store')
  })

  it('that a page of another origin could send is refused, also with the tag of an answer and while that is kept', async () => {
    const tag = String((await get({ query: REVENUE })).headers['etag'])
    const answer = await app.fastify.inject({ method: 'GET', url: addressOf({ query: REVENUE }), headers: { authorization: `Bearer ${keys.one}`, 'if-none-match': tag } })
    expect(answer.statusCode).toBe(400)
    expect(answer.body).toContain('CSRF')
  })
})

describe('a document known by its hash', () => {
  it('is asked by GET, tagged like any other, and is the same question as its text', async () => {
    const query = `query Known { slice(period: ${PERIOD}) { metric(name: MRR) { exact } } }`
    const unknown = await get({ extensions: persisted(query) })
    expect(unknown.json()).toMatchObject({ errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] })
    expect(unknown.headers['etag']).toBeUndefined()
    const registered = await post({ query, extensions: JSON.parse(persisted(query)) as object })
    const byHash = await get({ extensions: persisted(query) })
    const byText = await get({ query })
    expect(dataOf(byHash)).toEqual(dataOf(registered))
    expect(dataOf(byText)).toEqual(dataOf(registered))
    expect(byHash.headers['etag']).toBe(byText.headers['etag'])
    expect((await get({ extensions: persisted(query) }, { 'if-none-match': String(byText.headers['etag']) })).statusCode).toBe(304)
  })

  it('is refused under the hash of another', async () => {
    await get({ query: REVENUE })
    const answer = await post({ query: LONG, extensions: JSON.parse(persisted(REVENUE)) as object })
    expect(answer.json()).toMatchObject({ errors: [{ message: 'The hash is not that of the document sent with it.', extensions: { code: 'REQUEST_INVALID' } }] })
  })

  it('is registered though its answer is kept', async () => {
    const query = 'query Late($name: MetricName!) { slice(period: { between: { start: "2025-01-01", end: "2025-05-01" } }) { metric(name: $name) { exact } } }'
    const body = { query, variables: { name: 'REVENUE' } }
    for (let time = 0; time < 3; time++) await post(body)
    await post({ ...body, extensions: JSON.parse(persisted(query)) as object })
    expect(dataOf(await get({ extensions: persisted(query), variables: '{"name":"ARR"}' }))).toMatchObject({ slice: { metric: {} } })
  })
})

describe('a long answer', () => {
  it('is compressed for clients that take gzip, made anew or kept', async () => {
    const plain = await post({ query: LONG })
    for (let round = 0; round < 3; round++) {
      for (const answer of [await post({ query: LONG }, { 'accept-encoding': 'gzip, br;q=0.5' }), await get({ query: LONG }, { 'accept-encoding': 'gzip' }), await post({ query: LONG }, { 'accept-encoding': 'gzip', 'cache-control': 'no-cache' })]) {
        expect(answer.headers['content-encoding']).toBe('gzip')
        expect(answer.rawPayload.length).toBeLessThan(plain.rawPayload.length / 3)
        const body = JSON.parse(gunzipSync(answer.rawPayload).toString('utf8')) as { data: unknown; extensions: { kpiql: { requestId: string } } }
        expect(body.data).toEqual(dataOf(plain))
        expect(body.extensions.kpiql.requestId).toBe(answer.headers['x-request-id'])
        expect(Number(answer.headers['content-length'])).toBe(answer.rawPayload.length)
      }
    }
  })

  it('is sent as it is to clients that do not, and a short one to all', async () => {
    for (const encoding of ['', 'br', 'identity', 'gzip;q=0', '*;q=0']) expect((await post({ query: LONG }, encoding === '' ? {} : { 'accept-encoding': encoding })).headers['content-encoding']).toBeUndefined()
    for (let round = 0; round < 2; round++) expect((await post({ query: REVENUE }, { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined()
  })
})
