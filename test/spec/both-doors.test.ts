import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { ApolloServer } from '@apollo/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { KpiqlApp } from '../../src/http/app.ts'
import { KnownShapes } from '../../src/http/known-shapes.ts'
import { servedWorld, smallSaasFiles } from '../fixtures/served-world.ts'
import type { ServedWorld } from '../fixtures/served-world.ts'

interface Asked {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

let served: ServedWorld
let known: KpiqlApp
let knownUrl = ''
let key = ''

beforeAll(async () => {
  served = await servedWorld({ files: smallSaasFiles(), data: 'saas', settings: { access: { anonymous: 'none', adminKey: null }, keptAnswersBytes: 0 } })
  key = (await (await served.gateway.store.open()).keys.create('one', null, 'viewer')).secret
  known = await served.another()
  knownUrl = await known.listen('127.0.0.1', 0)
})
afterAll(async () => {
  await known.stop(0)
  await served.stop()
})

/** Everything a client sees, but for times. */
async function seen(url: string, { method, path, headers, body }: Asked): Promise<string> {
  const answer = await new Promise<{ status: number; raw: readonly string[]; body: Buffer }>((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers: { ...headers, 'x-request-id': 'the-same', ...(body === null ? {} : { 'content-length': Buffer.byteLength(body) }) }, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, raw: response.rawHeaders, body: Buffer.concat(chunks) }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
  const headerLines = answer.raw.flatMap((name, at) => (at % 2 === 1 ? [] : [`${name}: ${answer.raw[at + 1]}`]))
  const length = headerLines.find((line) => /^content-length/i.test(line))
  expect(length ?? `content-length: ${answer.body.length}`).toBe(`content-length: ${answer.body.length}`)
  const text = (headerLines.includes('content-encoding: gzip') ? gunzipSync(answer.body) : answer.body).toString('utf8')
  // The length hangs on the times' digits.
  const lines = headerLines.filter((line) => !/^(date|content-length):/i.test(line))
  return [answer.status, ...lines, text.replaceAll(/"(elapsedMs|planningMs|engineMs|foldMs)":[\d.]+/g, '"$1":0')].join('\n')
}

/** Answered by a server that has seen no document before. */
async function byApollo(asked: Asked, before: readonly Asked[]): Promise<string> {
  const app = await served.another()
  try {
    const url = await app.listen('127.0.0.1', 0)
    for (const one of before) await seen(url, one)
    return await seen(url, asked)
  } finally {
    await app.stop(0)
  }
}

/** Answered by a server that has been asked the same before, and whether Apollo had a part in it. */
async function byKnown(asked: Asked, before: readonly Asked[]): Promise<{ readonly text: string; readonly isPastApollo: boolean }> {
  for (const one of [...before, asked]) await seen(knownUrl, one)
  const apollo = vi.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest')
  try {
    return { text: await seen(knownUrl, asked), isPastApollo: apollo.mock.calls.length === 0 }
  } finally {
    apollo.mockRestore()
  }
}

const PERIOD = { between: { start: '2025-01-01', end: '2025-05-01' } }
const PAGE = 'query Page($inputs: [SliceInput!]!, $grain: Grain = DAY, $with: Boolean = true) { slices(inputs: $inputs) { key period { start end } metrics(names: [REVENUE, MRR]) { name value ...Long @include(if: $with) } } } fragment Long on MetricValue { series(grain: $grain) { start value exact } seriesColumns(grain: $grain) { starts values } }'
const TWO = `query One { slice(period: { between: { start: "2025-01-01", end: "2025-05-01" } }) { metric(name: REVENUE) { exact } } } query Two { __typename }`

const QUERIES = [
  PAGE, PAGE, PAGE, PAGE, TWO,
  '{ __typename }',
  '{ slice(period: { between: { start: "2025-01-01", end: "2025-05-01" } }) { metric(name: REVENUE) { unknown } } }',
  '{ slice(period: { between: { start: "2025-05-01", end: "2025-01-01" } }) { metric(name: REVENUE) { value } } }',
  'query { slices(inputs: [{ period: { between: { start: "2025-01-01", end: "2025-05-01" } } }, { period: { between: { start: "2025-05-01", end: "2025-01-01" } } }]) { metric(name: REVENUE) { value } } }',
  'mutation { recordCost(input: { date: "2026-02-03", type: OTHER, amount: "1", currency: "EUR" }) { id } }',
  '{ __type(name: "Point") { name fields { name } } }',
  '{ catalog { metrics { name label } } }',
  '{ slice(',
  '',
]
const VARIABLES = [{ inputs: [{ key: 'a', period: PERIOD }] }, { inputs: [{ key: 'Ω "', period: PERIOD }, { period: PERIOD, timezone: 'Europe/Berlin' }], grain: 'MONTH' }, { inputs: [{ period: PERIOD }], with: false }, { inputs: [{ period: PERIOD, colour: 1 }] }, { inputs: 'no' }, { inputs: [null] }, {}, null, undefined, 'text', [1]]
const ACCEPTS = [null, null, '*/*', 'application/json', 'application/graphql-response+json', 'application/graphql-response+json, application/json;q=0.5', 'text/html', 'image/png', 'text/html, application/json']
const TYPES = ['application/json', 'application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'text/plain', null]
const NAMES = [undefined, undefined, undefined, null, 'Page', 'One', 'Two', 'Three', '', 3]

function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return ((state >>> 8) & 0xffff) / 65_536
  }
}

const hashOf = (query: string): string => createHash('sha256').update(query).digest('hex')

/** A request, and those that must come before it. Half of all have nothing about them that is out of the ordinary. */
function requestFrom(draw: () => number): readonly [asked: Asked, before: readonly Asked[]] {
  const isPlain = draw() < 0.5
  const one = <T>(list: readonly T[], plain: T): T => (isPlain ? plain : (list[Math.floor(draw() * list.length)] as T))
  const query = QUERIES[Math.floor(draw() * (isPlain ? 6 : QUERIES.length))] as string
  const variables = query === PAGE ? VARIABLES[Math.floor(draw() * (isPlain ? 3 : VARIABLES.length))] : one(VARIABLES, undefined)
  const operationName = query === TWO ? (draw() < 0.8 ? 'One' : one(NAMES, 'Two')) : one(NAMES, undefined)
  const hashing = draw() < 0.3 ? one(['with', 'alone', 'wrong', 'never sent'] as const, draw() < 0.5 ? 'alone' : 'with') : 'no'
  const persistedQuery = { version: 1, sha256Hash: hashing === 'never sent' ? hashOf(`${query} # never`) : hashing === 'wrong' ? hashOf('{ a }') : hashOf(query) }
  const parts = { ...(hashing === 'alone' || hashing === 'never sent' ? {} : { query }), ...(variables === undefined ? {} : { variables }), ...(operationName === undefined ? {} : { operationName }), ...(hashing === 'no' ? {} : { extensions: { persistedQuery } }) }
  const authorization = one([`Bearer ${key}`, `Bearer ${key}`, 'Bearer wrong', ''], `Bearer ${key}`)
  const accept = draw() < 0.4 ? one(ACCEPTS, '*/*') : null
  const headers: Record<string, string> = { ...(authorization === '' ? {} : { authorization }), ...(accept === null ? {} : { accept }), ...(draw() < 0.3 ? { 'accept-encoding': 'gzip' } : {}) }
  const before: Asked[] = hashing === 'alone' ? [{ method: 'POST', path: '/graphql', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify({ ...parts, query }) }] : []
  if (draw() < 0.3) {
    const parameters = Object.entries(parts).map(([name, value]): [string, string] => [name, typeof value === 'string' ? value : JSON.stringify(value)])
    const guard = one<Record<string, string>>([{ 'apollo-require-preflight': '1' }, { 'content-type': 'application/json' }, {}, { 'content-type': 'text/plain' }], { 'apollo-require-preflight': '1' })
    return [{ method: 'GET', path: `/graphql?${new URLSearchParams(parameters).toString()}`, headers: { ...headers, ...guard }, body: null }, before]
  }
  const type = one(TYPES, 'application/json')
  const body = one([JSON.stringify(parts), JSON.stringify(parts), JSON.stringify([parts]), JSON.stringify(parts).slice(0, -1), 'null', ''], JSON.stringify(parts))
  return [{ method: 'POST', path: '/graphql', headers: { ...headers, ...(type === null ? {} : { 'content-type': type }) }, body }, before]
}

/**
 * A document with its values in it and names of its own, hardly ever the same twice; some are not valid, or ask what cannot be answered.
 *
 * @param form draws what is asked, `draw` in which words.
 */
function wordedAnew(form: () => number, draw: () => number): string {
  const of = <T>(drawn: () => number, list: readonly T[]): T => list[Math.floor(drawn() * list.length)] as T
  const number = (most: number): number => Math.floor(draw() * most)
  const alias = (): string => (form() < 0.7 ? '' : `${draw() < 0.9 ? `own_${number(1e6)}` : of(draw, ['value', 'a', 'slice'])}${of(draw, ['', '', ' # so\n'])}: `)
  const start = (): string => `"2025-0${1 + number(3)}-0${1 + number(9)}"`
  const end = (): string => (form() < 0.1 ? `"""2025-04-0${1 + number(9)}"""` : of(draw, [start(), '"2025-05-01"', `"2025-05-0${1 + number(9)}"`, `"2025-04-1${number(9)}"`, `"2025-04-2${number(9)}"`, '"2025-05-03"', '"2025-02-30"', `"no ${number(9)}"`]))
  const period = (): string => (form() < 0.6 ? `{ between: { start: ${start()}, end: ${end()} } }` : `{ last: { count: ${of(draw, [30, 7, 1 + number(400), 1 + number(400), 1 + number(40), 12, -1, 99_999_999_999, '1.5', '"7"'])}, unit: ${of(form, ['DAY', 'MONTH'])} } }`)
  const series = (): string => `${alias()}series(grain: ${form() < 0.05 ? '"DAY"' : of(form, ['MONTH', 'DAY'])}) { ${alias()}start ${alias()}value }`
  const metric = (): string => `${alias()}metric(name: ${form() < 0.05 ? 'NONE' : of(form, ['REVENUE', 'MRR'])}) { ${alias()}value ${form() < 0.5 ? series() : ''}${of(form, ['', '', ' exact @include(if: true)', ' exact @skip(if: $no)'])} }`
  const slice = (): string =>
    form() < 0.6
      ? `${alias()}slice(period: ${period()}${form() < 0.4 ? `, timezone: "${of(draw, ['UTC', 'UTC', 'UTC', 'Europe/Berlin', 'Europe/Berlin', 'Mars'])}"` : ''}) { ${metric()} ${form() < 0.3 ? metric() : ''} }`
      : `${alias()}slices(inputs: [{ key: "${of(draw, ['k', 'Ω \\"'])}${number(1e6)}", period: ${period()} }${form() < 0.3 ? `, { key: "${number(3)}", period: ${period()} }` : ''}]) { ${alias()}key ${metric()} }`
  const body = `{ ${slice()} ${form() < 0.2 ? slice() : ''} }`
  return `${body.includes('$no') ? 'query ($no: Boolean = false) ' : ''}${body}`
}

describe('a document worded anew', () => {
  const CASES = 300
  it(`is answered by the same bytes, by its shape and by Apollo, for ${CASES} random ones, valid or not`, async () => {
    const draw = numbersFrom(5)
    const [reader, plain] = [await served.another(), await served.another()]
    const [readerUrl, plainUrl] = [await reader.listen('127.0.0.1', 0), await plain.listen('127.0.0.1', 0)]
    const apollo = vi.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest')
    let [past, whole, invalid] = [0, 0, 0]
    for (let number = 0; number < CASES; number++) {
      const asked: Asked = { method: 'POST', path: '/graphql', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify({ query: `${wordedAnew(numbersFrom((number % 20) * 7_919), draw)} # ${number}` }) }
      // Read, so that both find the same in the cache.
      await seen(readerUrl, asked)
      apollo.mockClear()
      const text = await seen(knownUrl, asked)
      const isPast = apollo.mock.calls.length === 0
      const find = vi.spyOn(KnownShapes.prototype, 'find').mockReturnValue(null)
      const first = await seen(plainUrl, asked)
      find.mockRestore()
      expect(text, String(asked.body)).toBe(first)
      if (isPast) past += 1
      if (first.startsWith('200\n') && !first.includes('\n{"errors"')) whole += 1
      if (first.startsWith('400\n')) invalid += 1
    }
    apollo.mockRestore()
    await Promise.all([reader.stop(0), plain.stop(0)])
    expect(past).toBeGreaterThan(CASES / 5)
    expect(whole).toBeGreaterThan(CASES / 4)
    expect(invalid).toBeGreaterThan(CASES / 4)
  })
})

describe('a request', () => {
  const CASES = 300
  it(`is answered by the same bytes, asked for the first time and asked again, for ${CASES} random ones, in order and out of it`, async () => {
    let [past, inOrder] = [0, 0]
    for (let seed = 1; seed <= CASES; seed++) {
      const [asked, before] = requestFrom(numbersFrom(seed * 7_919))
      // Read, so that both find the same in the cache.
      const { text, isPastApollo } = await byKnown(asked, before)
      const first = await byApollo(asked, before)
      expect(text, `seed ${seed}: ${asked.method} ${asked.path} ${JSON.stringify(asked.headers)} ${asked.body}`).toBe(first)
      const isWhole = first.startsWith('200\n') && !first.includes('\n{"errors"')
      if (isWhole) inOrder += 1
      if (isPastApollo && isWhole) past += 1
    }
    expect(past).toBeGreaterThan(inOrder * 0.7)
    expect(inOrder).toBeGreaterThan(CASES / 3)
    expect(inOrder).toBeLessThan((CASES * 2) / 3)
  })

  it('for a long answer is answered by the same bytes, whether they are made in parts, kept from before, or compressed', async () => {
    const inputs = Array.from({ length: 100 }, (_, at) => ({ key: String(at), period: PERIOD }))
    for (const encoding of ['identity', 'gzip']) {
      const asked: Asked = { method: 'POST', path: '/graphql', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'accept-encoding': encoding }, body: JSON.stringify({ query: PAGE, variables: { inputs } }) }
      const { text, isPastApollo } = await byKnown(asked, [])
      expect(isPastApollo).toBe(true)
      expect(text === (await byApollo(asked, []))).toBe(true)
      const { data } = JSON.parse(text.slice(text.indexOf('\n{') + 1)) as { data: { slices: readonly { readonly key: string; readonly metrics: readonly { readonly series: readonly object[] }[] }[] } }
      expect(data.slices.map((slice) => slice.key)).toEqual(inputs.map((input) => input.key))
      for (const { metrics } of data.slices) expect(metrics).toEqual(data.slices[0]?.metrics)
      // 120 days of two metrics, a hundred times: too much for one go.
      expect(data.slices[0]?.metrics.map(({ series }) => series.length)).toEqual([120, 120])
    }
  })

  it('known as a query with other variables goes past Apollo, and with its errors through it', async () => {
    const asked = (variables: unknown): Asked => ({ method: 'POST', path: '/graphql', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify({ query: PAGE, variables }) })
    await byKnown(asked(VARIABLES[0]), [])
    for (const [variables, past] of [[VARIABLES[1], true], [VARIABLES[2], true], [{ inputs: 'no' }, false], [{ inputs: [{ period: { between: { start: '2025-05-01', end: '2025-01-01' } } }] }, false]] as const) {
      const apollo = vi.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest')
      await seen(knownUrl, asked(variables))
      expect([variables, apollo.mock.calls.length === 0]).toEqual([variables, past])
      apollo.mockRestore()
    }
  })
})
