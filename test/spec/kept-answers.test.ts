import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { KpiqlApp } from '../../src/http/app.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import { servedWorld, smallSaasFiles } from '../fixtures/served-world.ts'
import type { ServedWorld } from '../fixtures/served-world.ts'

const PERIOD = '{ between: { start: "2025-01-01", end: "2025-05-01" } }'
const REVENUE = `{ slice(period: ${PERIOD}) { metric(name: REVENUE) { exact } } }`

/** Whole answers found so far. */
let answersFound = 0

let served: ServedWorld
let app: KpiqlApp

beforeAll(async () => {
  served = await servedWorld({ files: smallSaasFiles(), data: 'saas', settings: { telemetry: { ...noTelemetry, cacheLooked: (level, found) => void (answersFound += level === 'answers' ? found : 0) } } })
  app = served.app
})
afterEach(() => served.restore())
afterAll(() => served.stop())

async function ask(query: string, headers: Record<string, string> = {}) {
  const before = answersFound
  const answer = await app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json', ...headers }, payload: JSON.stringify({ query }) })
  const body = answer.json<{ data: { slice: { metric: { exact: string } } }; extensions: { kpiql: { requestId: string; cacheHits: number; cacheMisses: number; planningMs: number } } }>()
  return { ...body, type: answer.headers['content-type'], cost: body.extensions.kpiql, wasKept: answersFound > before }
}

describe('an answer asked again word for word', () => {
  it('is kept from the second time on, and then the same, with a request id of its own, and says that nothing was read', async () => {
    const first = await ask(REVENUE)
    expect((await ask(REVENUE)).wasKept).toBe(false)
    const second = await ask(REVENUE)
    expect(first.data.slice.metric.exact).toBe('1125.47')
    expect(second.data).toEqual(first.data)
    expect(second.type).toBe(first.type)
    expect(second.wasKept).toBe(true)
    expect(second.cost.cacheHits).toBeGreaterThan(0)
    expect(second.cost.requestId).not.toBe(first.cost.requestId)
  })

  it('is not served once the data has moved', async () => {
    await ask(REVENUE)
    const payments = served.pathOf('saas/payments.csv')
    writeFileSync(payments, `${readFileSync(payments, 'utf8').trimEnd()}\np99,c1,2025-04-20,10.00,Success\n`)
    // Looks at the files now; whoever asks after it sees the new version, also without looking.
    await ask(`{ slice(period: ${PERIOD}, freshness: REVALIDATE) { metric(name: REVENUE) { exact } } }`)
    expect((await ask(REVENUE)).data.slice.metric.exact).toBe('1135.47')
  })

  it('is made anew when it asks for no cache, tells of sources, or failed', async () => {
    const fresh = `{ slice(period: ${PERIOD}, freshness: NO_CACHE) { metric(name: REVENUE) { exact } } }`
    const catalog = `{ catalog { sources { name ok } } slice(period: ${PERIOD}) { metric(name: MRR) { exact } } }`
    const failing = `{ slice(period: { between: { start: "2025-05-01", end: "2025-01-01" } }) { metric(name: REVENUE) { exact } } other: slice(period: ${PERIOD}) { metric(name: ARR) { exact } } }`
    for (const query of [fresh, catalog, failing]) {
      for (let time = 0; time < 3; time++) await ask(query)
      expect((await ask(query)).wasKept).toBe(false)
    }
  })

  it('is given to each client in the media type it takes', async () => {
    const wanted = { accept: 'application/graphql-response+json, application/json;q=0.9' }
    const first = await ask(REVENUE, wanted)
    await ask(REVENUE, wanted)
    const second = await ask(REVENUE, wanted)
    expect(first.type).toMatch(/^application\/graphql-response\+json/)
    expect(second).toMatchObject({ type: first.type, data: first.data, wasKept: true })
    expect(await ask(REVENUE)).toMatchObject({ type: 'application/json; charset=utf-8', data: first.data })
  })

  it('is made anew for whoever asks for no cache', async () => {
    for (let time = 0; time < 2; time++) await ask(REVENUE)
    expect((await ask(REVENUE, { 'cache-control': 'no-cache' })).wasKept).toBe(false)
    expect((await ask(REVENUE)).wasKept).toBe(true)
  })

  it('is the same whatever the order of its variables and the blanks around it', async () => {
    const query = 'query Q($period: PeriodInput!, $grain: Grain!) { slice(period: $period) { metric(name: REVENUE) { series(grain: $grain) { start value } } } }'
    const period = { between: { start: '2025-01-01', end: '2025-05-01' } }
    const bodies = [JSON.stringify({ query, variables: { period, grain: 'MONTH' } }), JSON.stringify({ variables: { grain: 'MONTH', period }, query }, null, 2)]
    const answers: unknown[] = []
    for (const payload of [...bodies, ...bodies]) answers.push((await app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, payload })).json<{ data: unknown }>().data)
    const before = answersFound
    await app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, payload: bodies[1] ?? '' })
    expect(answersFound).toBe(before + 1)
    for (const data of answers) expect(data).toEqual(answers[0])
  })

  it('hangs on the model alone where it speaks of no data', async () => {
    const query = '{ __typename __type(name: "Point") { fields { name } } }'
    const first = await ask(query)
    await ask(query)
    expect(await ask(query)).toMatchObject({ data: first.data, wasKept: true })
  })
})
