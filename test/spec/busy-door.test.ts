import { setImmediate } from 'node:timers'
import { parse } from 'graphql'
import type { DocumentNode } from 'graphql'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { QuerySource } from '../../connectors/contract.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { inTurns, nextStep, ownTurn } from '../../src/base/own-turn.ts'
import type { KpiqlApp } from '../../src/http/app.ts'
import { busyAnswer } from '../../src/http/busy-answer.ts'
import { DocumentStore } from '../../src/http/document-store.ts'
import { RunningLimit } from '../../src/http/running-limit.ts'
import { WaitingLine } from '../../src/sources/waiting-line.ts'
import { servedSettings, servedWorld } from '../fixtures/served-world.ts'
import type { ServedWorld } from '../fixtures/served-world.ts'

const MODEL = `
semantic_models:
  - name: orders
    source: shop
    table: orders
    agg_time_dimension: sold
    dimensions: [{ name: sold, type: time, granularity: day }, { name: channel, type: categorical }]
metrics:
  - { name: orders, semantic_model: orders, agg: count }
`
const RUNNING = 2
const WAITING = 3

let served: ServedWorld
let app: KpiqlApp
let shop: QuerySource

beforeAll(async () => {
  served = await servedWorld({
    files: {
      'shop/orders.csv': 'id,sold,channel\n1,2025-03-03,web\n2,2025-03-20,shop\n3,2025-04-06,web\n',
      'model.yml': MODEL,
      'kpiql.config.yml': 'model: ./model.yml\nsources: { shop: { connector: duckdb, folder: ./shop, now: 2025-05-10 } }\n',
    },
    settings: { deadlineMs: 30_000, limits: { ...servedSettings.limits, maxRequestsRunning: RUNNING, maxRequestsWaiting: WAITING, maxLoopDelayMs: 60_000 } },
  })
  app = served.app
  shop = (served.gateway.sources.get('shop') as { source: QuerySource }).source
})
afterAll(() => served.stop())

let asked = 0

/** Never the same question twice, unless a day is given. */
const ordersSince = (day: number): string => `{ slice(period: { between: { start: "2025-01-${String(day).padStart(2, '0')}", end: "2025-05-01" } }) { metric(name: ORDERS) { value } } }`

async function ask(remoteAddress = '127.0.0.1', query = ordersSince((asked++ % 27) + 2)) {
  const { statusCode, headers, body } = await app.fastify.inject({ method: 'POST', url: '/graphql', remoteAddress, headers: { 'content-type': 'application/json' }, payload: JSON.stringify({ query }) })
  const { data, errors } = JSON.parse(body) as { data?: { slice: { metric: { value: number } } }; errors?: readonly { extensions: { code: string; hint: string } }[] }
  return { status: statusCode, retryAfter: headers['retry-after'], value: data?.slice.metric.value, code: errors?.[0]?.extensions.code }
}

/** The source answers nothing until it is let go. */
function held() {
  const gate = Promise.withResolvers<undefined>()
  const query = shop.query.bind(shop)
  const spy = vi.spyOn(shop, 'query').mockImplementation(async (...args) => {
    await gate.promise
    return query(...args)
  })
  return {
    statements: () => spy.mock.calls.length,
    letGo: () => {
      spy.mockRestore()
      gate.resolve(undefined)
    },
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a server with more requests than it works on', () => {
  it('lets some wait and answers them in their turn; more are 503 SERVER_BUSY with Retry-After, and nothing is done for them', async () => {
    await ask()
    const source = held()
    const taken = Array.from({ length: RUNNING + WAITING }, () => ask())
    await expect.poll(source.statements, { interval: 2 }).toBe(RUNNING)
    const refused = await Promise.all([ask(), ask()])
    for (const one of refused) {
      expect(one).toMatchObject({ status: 503, code: 'SERVER_BUSY', retryAfter: expect.stringMatching(/^[1-9]\d*$/) })
      expect(Number(one.retryAfter)).toBeLessThanOrEqual(30)
    }
    expect(source.statements()).toBe(RUNNING)
    source.letGo()
    for (const one of await Promise.all(taken)) expect(one).toMatchObject({ status: 200, value: 3 })
    expect(await ask()).toMatchObject({ status: 200, value: 3 })
  })

  it('still serves whole answers that are kept', async () => {
    const kept = ordersSince(1)
    // Answers are kept from the second time on.
    await ask('127.0.0.1', kept)
    await ask('127.0.0.1', kept)
    const source = held()
    const taken = Array.from({ length: RUNNING + WAITING }, () => ask())
    await expect.poll(source.statements, { interval: 2 }).toBe(RUNNING)
    expect(await ask('127.0.0.1', kept)).toMatchObject({ status: 200, value: 3 })
    source.letGo()
    await Promise.all(taken)
  })

  it('makes room for a caller of fewer requests: the last of the caller of most is refused', async () => {
    const source = held()
    const taken = Array.from({ length: RUNNING + WAITING }, () => ask('127.0.0.1'))
    await expect.poll(source.statements, { interval: 2 }).toBe(RUNNING)
    await settled()
    const other = ask('127.0.0.2')
    expect(await taken.at(-1)).toMatchObject({ status: 503, code: 'SERVER_BUSY' })
    source.letGo()
    expect(await other).toMatchObject({ status: 200, value: 3 })
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 503])
  })
})

describe('a source with more statements than it takes', () => {
  const busy = (data: Readonly<Record<string, unknown>>) => vi.spyOn(shop, 'query').mockRejectedValue(new KpiqlError('SOURCE_BUSY', { message: 'Full.', data }))

  it('is 503 with Retry-After where nothing else came of the request, and 200 with it where something did', async () => {
    const refusing = busy({ retryAfterSeconds: 7 })
    expect(await ask()).toMatchObject({ status: 503, code: 'SOURCE_BUSY', retryAfter: '7' })
    const inner = ordersSince((asked++ % 27) + 2).slice(2, -2)
    expect(await ask('127.0.0.1', `{ __typename ${inner} }`)).toMatchObject({ status: 200, code: 'SOURCE_BUSY', retryAfter: '7' })
    expect(await ask('127.0.0.1', `{ ${inner.replace('value', 'value unknown')} }`)).toMatchObject({ status: 400, retryAfter: undefined })
    refusing.mockRestore()
    expect(await ask()).toMatchObject({ status: 200, value: 3, retryAfter: undefined })
  })

  it('says in seconds when those that wait should have had their turn, from 1 to 30', async () => {
    let fromMs = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => fromMs)
    const line = new WaitingLine('shop', 2, 3, () => undefined)
    const refused = async (): Promise<unknown> => line.within('', undefined, async () => null).catch(({ code, data }: KpiqlError) => ({ code, ...data }))
    const round = async (lastsMs: number): Promise<unknown> => {
      const gate = Promise.withResolvers<undefined>()
      const five = Array.from({ length: 5 }, () => line.within('', undefined, () => gate.promise))
      const told = await refused()
      fromMs += lastsMs
      gate.resolve(undefined)
      await Promise.all(five)
      return told
    }
    expect(await round(8_000)).toEqual({ code: 'SOURCE_BUSY', running: 2, waiting: 3, retryAfterSeconds: 1 })
    // Two of five have lasted 8 s, the others no time: an average of 1 s and 0.875 s on top of it, an eighth of which went with each of the three.
    const averageS = (1 + 7 / 8) * (7 / 8) ** 3
    expect(await round(0)).toMatchObject({ retryAfterSeconds: Math.ceil((3 * averageS) / 2) })
    await round(1e9)
    expect(await round(0)).toMatchObject({ retryAfterSeconds: 30 })
    clock.mockRestore()
  })

  it('is told of by the longest wait of all errors, and refuses only where every error is of it and nothing is there but nulls', () => {
    const error = (code: string, extensions: object = {}) => ({ message: '', extensions: { code, ...extensions } })
    expect(busyAnswer([], {})).toBeNull()
    expect(busyAnswer([error('SOURCE_FAILED')], null)).toBeNull()
    expect(busyAnswer([error('SOURCE_BUSY'), error('SOURCE_BUSY', { retryAfterSeconds: 4 }), error('SOURCE_BUSY', { retryAfterMs: 4_001 })], { slices: [{ metric: null }, null] })).toEqual({ retryAfter: 5, isRefusal: true })
    expect(busyAnswer([error('SOURCE_BUSY'), error('SOURCE_FAILED')], null)).toEqual({ retryAfter: 1, isRefusal: false })
    for (const value of [0, '', false, { key: 'a' }, [[null], ['a']]]) expect(busyAnswer([error('SOURCE_BUSY')], { slice: value })).toEqual({ retryAfter: 1, isRefusal: false })
  })
})

describe('documents that were parsed', () => {
  it('are kept up to a bound, those asked last the longest', async () => {
    const store = new DocumentStore()
    const parsed = (number: number): DocumentNode => parse(`{ slice(period: { last: { count: 30, unit: DAY } }) { tile_${number}: metric(name: REVENUE) { value } } }`)
    for (let number = 0; number < 6_000; number++) await store.set(`key ${number}`, parsed(number))
    const kept = await Promise.all(Array.from({ length: 6_000 }, async (_, number) => ((await store.get(`key ${number}`)) === undefined ? 0 : 1)))
    const count = kept.reduce<number>((sum, one) => sum + one, 0)
    // 32 MB at about 9 kB each.
    expect(count).toBeGreaterThan(2_000)
    expect(count).toBeLessThan(4_000)
    expect(kept.slice(-count)).toEqual(Array.from({ length: count }, () => 1))
  })
})

describe('how many requests are worked on at once', () => {
  it('grows while they are all used and the event loop keeps up, and no further than the bound', () => {
    const limit = new RunningLimit(1_000, 200)
    expect([limit.now, ...[128, 256, 512, 1_000].map((running) => limit.told(1, running, 0.5))]).toEqual([128, 256, 512, 1_000, 1_000])
    expect(limit.told(1, 5, 0.5)).toBe(1_000)
  })

  it('falls below what runs while the loop is late, and never below what keeps the processor busy while sources are waited for', () => {
    const limit = new RunningLimit(1_000, 200)
    expect(limit.told(201, 100, 1)).toBe(70)
    expect(limit.told(500, 70, 1)).toBe(49)
    for (let times = 0; times < 10; times++) limit.told(500, limit.now, 1)
    expect(limit.now).toBe(32)
    expect(limit.told(0, 32, 0.5)).toBe(64)
  })

  it('comes down while the loop is busy all the time, though it keeps up, and grows again once it waits', () => {
    const limit = new RunningLimit(1_000, 200)
    expect([0.96, 1, 0.96, 1, 1].map((utilization) => limit.told(5, 128, utilization))).toEqual([89, 62, 43, 32, 32])
    expect(limit.told(5, 32, 0.94)).toBe(64)
    expect(limit.told(5, 20, 0.94)).toBe(64)
  })

  it('is not what a single slow piece of work takes from many that wait for a source', () => {
    const limit = new RunningLimit(8, 200)
    expect(limit.told(5_000, 8, 1)).toBe(8)
  })
})

describe('work that takes more than a moment', () => {
  const busyFor = (ms: number): void => {
    const untilMs = performance.now() + ms
    while (performance.now() < untilMs);
  }

  /** Of the event loop, from now on. */
  const countTurns = () => {
    const counted = { now: 0, stop: () => (isCounting = false) }
    let isCounting = true
    const count = (): void => {
      counted.now += 1
      if (isCounting) setImmediate(count)
    }
    setImmediate(count)
    return counted
  }

  it('is done a piece a turn of the event loop once a turn is old, in the order it was asked for', async () => {
    const turns = countTurns()
    await ownTurn()
    busyFor(6)
    const begun: number[] = []
    const order: number[] = []
    await Promise.all(Array.from({ length: 6 }, async (_, piece) => {
      await ownTurn()
      begun.push(turns.now)
      order.push(piece)
      busyFor(6)
      await ownTurn()
    }))
    turns.stop()
    expect(order).toEqual([0, 1, 2, 3, 4, 5])
    expect(new Set(begun).size).toBe(6)
  })

  it('shares a turn among light pieces, and ends what has begun before it begins what has not', async () => {
    await new Promise((resolve) => setImmediate(resolve))
    const turns = countTurns()
    await ownTurn()
    busyFor(6)
    const told: string[] = []
    const begun = new Set<number>()
    await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => {
      await ownTurn()
      begun.add(turns.now)
      if (name === 'b') busyFor(6)
      told.push(`${name} begins`)
      await nextStep()
      told.push(`${name} ends`)
    }))
    turns.stop()
    // What b took is more than a turn: its end waits for the next one, and comes before c.
    expect(told).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends', 'd begins', 'd ends'])
    expect(begun.size).toBe(2)
  })

  it('goes on at once where the turn is young, and yields between the steps of long work', async () => {
    await new Promise((resolve) => setImmediate(resolve))
    let isLater = false
    setImmediate(() => (isLater = true))
    await ownTurn()
    expect(isLater).toBe(false)

    let heard = 0
    const listening = setInterval(() => (heard += 1), 1)
    function* steps(): Generator<undefined, string> {
      for (let step = 0; step < 5; step++) {
        busyFor(6)
        yield
      }
      return 'done'
    }
    expect(await inTurns(steps())).toBe('done')
    clearInterval(listening)
    expect(heard).toBeGreaterThanOrEqual(3)
  })
})
