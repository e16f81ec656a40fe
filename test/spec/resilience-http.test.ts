import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { QuerySource } from '../../connectors/contract.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import type { KpiqlApp } from '../../src/http/app.ts'
import { servedWorld } from '../fixtures/served-world.ts'
import type { ServedWorld } from '../fixtures/served-world.ts'

const MODEL = `
semantic_models:
  - name: orders
    source: shop
    table: orders
    agg_time_dimension: sold
    dimensions: [{ name: sold, type: time, granularity: day }, { name: channel, type: categorical }]
  - name: tickets
    source: desk
    table: tickets
    agg_time_dimension: opened
    dimensions: [{ name: opened, type: time, granularity: day }, { name: topic, type: categorical }]
metrics:
  - { name: orders, semantic_model: orders, agg: count }
  - { name: tickets, semantic_model: tickets, agg: count }
`
const CONFIG = `
model: ./model.yml
sources:
  shop: { connector: duckdb, folder: ./shop, now: 2025-05-10 }
  desk: { connector: duckdb, folder: ./desk, now: 2025-05-10, guard: { failures: 1000, retries: 0 } }
`
const PERIOD = 'period: { between: { start: "2025-03-01", end: "2025-05-01" } }'
const DEADLINE_MS = 1_000
/** Far more than a request may take, and less than a test may. */
const HANGS_MS = 20_000

let served: ServedWorld
let app: KpiqlApp
let desk: QuerySource

beforeAll(async () => {
  served = await servedWorld({
    files: {
      'shop/orders.csv': 'id,sold,channel\n1,2025-03-03,web\n2,2025-03-20,shop\n3,2025-04-06,web\n',
      'desk/tickets.csv': 'id,opened,topic\n1,2025-03-04,help\n2,2025-03-09,help\n',
      'model.yml': MODEL,
      'kpiql.config.yml': CONFIG,
    },
    settings: { deadlineMs: DEADLINE_MS },
  })
  app = served.app
  desk = (served.gateway.sources.get('desk') as { source: QuerySource }).source
})
const restore: (() => void)[] = []
afterEach(() => {
  for (const one of restore.splice(0)) one()
})
afterAll(() => served.stop())

/** Lets the desk behave otherwise until the test is over, or until told. */
function replace<Name extends 'query' | 'dataVersion'>(name: Name, behaviour: QuerySource[Name]): () => void {
  const own = desk[name].bind(desk) as QuerySource[Name]
  desk[name] = behaviour
  const back = (): void => void (desk[name] = own)
  restore.push(back)
  return back
}

interface Answer {
  readonly data: Record<string, unknown>
  readonly errors?: readonly { readonly path: readonly string[]; readonly extensions: { readonly code: string } }[]
}

async function ask(query: string): Promise<Answer & { readonly elapsedMs: number }> {
  const fromMs = performance.now()
  const answer = await app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, payload: JSON.stringify({ query }) })
  const { data, errors } = answer.json<Answer>()
  return { data, ...(errors ? { errors } : {}), elapsedMs: performance.now() - fromMs }
}

const fails = (code: 'SOURCE_BUSY' | 'SOURCE_UNAVAILABLE') => (): Promise<never> => Promise.reject(new KpiqlError(code, { message: 'The desk is down.' }))
const hangs = (): Promise<never> => new Promise((_resolve, reject) => setTimeout(() => reject(new KpiqlError('SOURCE_TIMEOUT', { message: 'Too slow.' })), HANGS_MS).unref())

describe('a table of which one source failed', () => {
  const table = (words: string) => `{ table(${PERIOD}, metrics: [ORDERS, TICKETS]) { rows columnReasons { column reason } } } # ${words}`
  const whole = { rows: [{ orders: 3, tickets: 2 }], columnReasons: [] }
  const part = { rows: [{ orders: 3, tickets: null }], columnReasons: [{ column: 'tickets', reason: 'SOURCE_FAILED' }] }

  it('is whole again, word for word the same, as soon as the source is back', async () => {
    for (const [name, behaviour] of [['query', fails('SOURCE_BUSY')], ['dataVersion', fails('SOURCE_UNAVAILABLE')]] as const) {
      const back = replace(name, behaviour)
      expect((await ask(table(name))).data['table']).toEqual(part)
      back()
      expect((await ask(table(name))).data['table']).toEqual(whole)
      // And whole it is kept.
      expect((await ask(table(name))).data['table']).toEqual(whole)
    }
  })
})

describe('a source that hangs when it is looked at', () => {
  const both = (more = '') => `{ slice(${PERIOD}${more}) { orders: metric(name: ORDERS) { value } tickets: metric(name: TICKETS) { value stale } } }`

  it('costs its own fields at the deadline; the others have been answered', async () => {
    replace('dataVersion', hangs)
    const { data, errors, elapsedMs } = await ask(`${both()} # hanging`)
    expect(data).toEqual({ slice: { orders: { value: 3 }, tickets: null } })
    expect(errors?.map(({ path, extensions: { code } }) => [path.join('.'), code])).toEqual([['slice.tickets.value', 'DEADLINE_EXCEEDED'], ['slice.tickets.stale', 'DEADLINE_EXCEEDED']])
    expect(elapsedMs).toBeLessThan(HANGS_MS / 2)
  })

  it('keeps no list and no explanation of another source waiting, and its own state no longer than the request', async () => {
    replace('dataVersion', hangs)
    const { data, errors, elapsedMs } = await ask(`{ dimensionValues(dimension: CHANNEL) { totalCount } slice(${PERIOD}) { metric(name: ORDERS) { explain { scans { source } } } } catalog { sources { name } } }`)
    expect(data['dimensionValues']).toEqual({ totalCount: 2 })
    expect(data['slice']).toEqual({ metric: { explain: { scans: [{ source: 'shop' }] } } })
    expect(errors?.map(({ extensions: { code } }) => code)).toEqual(['DEADLINE_EXCEEDED'])
    expect(elapsedMs).toBeLessThan(HANGS_MS / 2)
  })

  it('is told as it was before, where the request takes that', async () => {
    expect((await ask(both())).data).toMatchObject({ slice: { tickets: { value: 2, stale: false } } })
    replace('dataVersion', hangs)
    const { data, errors } = await ask(both(', maxStale: "1 hour"'))
    expect(errors).toBeUndefined()
    expect(data).toEqual({ slice: { orders: { value: 3 }, tickets: { value: 2, stale: true } } })
  })
})
