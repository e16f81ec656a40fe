import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { QuerySource } from '../../connectors/contract.ts'
import type { Freshness, MetricAnswer, RequestStats } from '../../src/answer/types.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Model } from '../../src/model/types.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { startRedis } from '../servers/redis.ts'
import type { TestRedis } from '../servers/redis.ts'
import { openInstance, untilUsable } from './shared-world.ts'
import type { Instance, InstanceOptions } from './shared-world.ts'

// A stall with four sales: 2.50 and 3.00 in February 2026, 4.00 and 2.50 in April. Two instances of a gateway stand before it.

const NOW = Date.UTC(2026, 4, 10)
const MODEL = `
semantic_models:
  - name: sales
    table: sales
    agg_time_dimension: sold_on
    dimensions:
      - { name: sold_on, type: time, granularity: day }
      - { name: fruit, type: categorical }
metrics:
  - { name: sales, semantic_model: sales, agg: count }
  - { name: takings, semantic_model: sales, agg: sum, expr: price }
`
const SALES = [
  { sold_on: '2026-02-03', fruit: 'apple', price: '2.50' },
  { sold_on: '2026-02-28', fruit: 'pear', price: '3.00' },
  { sold_on: '2026-04-01', fruit: null, price: '4.00' },
  { sold_on: '2026-04-09', fruit: 'apple', price: '2.50' },
]

const server = await startRedis()
const redis = server as TestRedis
let source: TestSource
const open: Instance[] = []

beforeAll(async () => {
  source = await openTestSource('stall', { sales: { columns: { sold_on: 'DATE', fruit: 'VARCHAR', price: 'DECIMAL(12,2)' }, rows: SALES } })
})
beforeEach(async () => {
  if (server === null) return
  await redis.startAgain()
  await redis.command('FLUSHALL')
  source.statements.length = 0
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((instance) => instance.close()))
})
afterAll(async () => {
  await source.close()
  await server?.stop()
})

function model(text = MODEL): Model {
  const loaded = loadModel([{ name: 'stall.yml', text }], { source: 'stall' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  return loaded.model
}

async function instance(options: InstanceOptions & { readonly over?: QuerySource; readonly model?: Model } = {}): Promise<Instance> {
  const { over = source, model: served = model(), ...rest } = options
  const opened = await openInstance(redis.url, served, over, NOW, rest)
  open.push(opened)
  return opened
}

interface Asked {
  readonly metric?: string
  readonly fruit?: string
  readonly freshness?: Freshness
  readonly signal?: AbortSignal
}

interface Told {
  /** February, March, April. */
  readonly values: readonly unknown[]
  readonly stats: RequestStats
}

async function ask({ analytics }: Instance, ...asked: readonly Asked[]): Promise<Told> {
  const [{ freshness = 'CACHED_OK' as const, signal = new AbortController().signal } = {}] = asked
  const session = analytics.session({ freshness, signal })
  const period = resolvePeriod({ between: { start: '2026-02-01', end: '2026-05-01' } }, { zone: 'UTC', nowUtcMs: NOW, calendar: { weekStart: 1, fiscalYearStart: 1 } })
  const answers = await Promise.all(
    asked.map(({ metric = 'takings', fruit }): Promise<MetricAnswer> => {
      const predicate: Predicate = fruit === undefined ? { kind: 'all' } : { kind: 'atom', dimension: 'fruit', test: { op: 'in', values: [fruit], caseInsensitive: false } }
      return session.metric({ metric, predicate, period, grain: 'month', by: [] })
    }),
  )
  return { values: answers.flatMap(({ groups }) => groups[0]?.cells.map(({ exact, value }) => exact ?? value)), stats: session.stats }
}

const TAKINGS = ['5.5', null, '6.5']

/** The source behind a door: statements wait until it is opened, and those that are stopped fail. */
function behindADoor(inner: TestSource): QuerySource & { readonly started: () => number; readonly stopped: () => number; open(): void; fail(): void } {
  let [started, stopped] = [0, 0]
  const gates: PromiseWithResolvers<void>[] = []
  return {
    ...inner,
    query: async (statement, options = {}) => {
      started += 1
      const gate = Promise.withResolvers<void>()
      gates.push(gate)
      options.signal?.addEventListener('abort', () => {
        stopped += 1
        gate.reject(new KpiqlError('CANCELLED', { message: 'stopped' }))
      })
      await gate.promise
      return inner.query(statement, options)
    },
    started: () => started,
    stopped: () => stopped,
    open: () => gates.splice(0).forEach(({ resolve }) => resolve()),
    fail: () => gates.splice(0).forEach(({ reject }) => reject(new KpiqlError('SOURCE_UNAVAILABLE', { message: 'gone' }))),
  }
}

const soon = (condition: () => boolean): Promise<void> => expect.poll(condition, { interval: 2, timeout: 10_000 }).toBe(true).then(() => undefined)
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe.skipIf(server === null)('what one instance has read', () => {
  it('another finds without a statement, and keeps in its own memory', async () => {
    const [first, second] = [await instance(), await instance()]
    expect(await ask(first, {})).toMatchObject({ values: TAKINGS, stats: { scans: 1, cacheHits: 0, cacheMisses: 1 } })
    expect(await ask(second, {})).toMatchObject({ values: TAKINGS, stats: { scans: 0, cacheHits: 1, cacheMisses: 0 } })
    await redis.command('FLUSHALL')
    expect(await ask(second, {})).toMatchObject({ values: TAKINGS, stats: { scans: 0 } })
    expect(source.statements).toHaveLength(1)
  })

  it('is found slice by slice: only what nobody has is scanned', async () => {
    const [first, second] = [await instance(), await instance()]
    await ask(first, {}, { fruit: 'apple' })
    expect(await ask(second, { fruit: 'apple' }, { fruit: 'pear' }, {})).toMatchObject({ values: ['2.5', null, '2.5', '3', null, null, ...TAKINGS], stats: { scans: 1, cacheHits: 2, cacheMisses: 1 } })
  })

  it('is none of the business of another data version, another model, another place or another build', async () => {
    await ask(await instance(), {})
    const others = [
      await instance({ over: { ...source, dataVersion: () => Promise.resolve('another') } }),
      await instance({ model: model(MODEL.replace('expr: price', 'expr: price * 2')) }),
      await instance({ sharedAs: 'another place' }),
      await instance({ prefix: 'another build:' }),
    ]
    for (const [index, other] of others.entries()) expect((await ask(other, {})).stats.scans, String(index)).toBe(1)
    expect(await ask(others[1] as Instance, {})).toMatchObject({ values: ['11', null, '13'] })
  })

  it('is passed by when freshness says so, and what was read instead is there for the others', async () => {
    const [first, second, third] = [await instance(), await instance(), await instance()]
    await ask(first, {})
    await redis.command('FLUSHALL')
    expect((await ask(second, { freshness: 'NO_CACHE' })).stats.scans).toBe(1)
    expect((await ask(first, { freshness: 'NO_CACHE' })).stats.scans).toBe(1)
    expect((await ask(third, {})).stats.scans).toBe(0)
  })

  it('is read again where its text is damaged', async () => {
    const [first, second] = [await instance(), await instance()]
    await ask(first, {})
    for (const key of (await redis.command('KEYS', 'test:read:*')) as readonly string[]) await redis.command('SET', key, '[1,[[[null],[[')
    expect(await ask(second, {})).toMatchObject({ values: TAKINGS, stats: { scans: 1 } })
    expect(await ask(await instance(), {})).toMatchObject({ values: TAKINGS, stats: { scans: 0 } })
  })

  it('is not kept when it is too large; everybody then reads it for himself, and waits for nobody', async () => {
    const [first, second, third] = [await instance({ maxValueBytes: 10 }), await instance({ maxValueBytes: 10 }), await instance({ maxValueBytes: 10 })]
    expect(await ask(first, {})).toMatchObject({ values: TAKINGS, stats: { scans: 1 } })
    expect((await Promise.all([second, third].map((one) => ask(one, {})))).map(({ values, stats }) => [values, stats.scans])).toEqual([[TAKINGS, 1], [TAKINGS, 1]])
  })

  it('is forgotten by Redis after the time configured', async () => {
    await ask(await instance({ ttlSeconds: 1234 }), {})
    const [key = ''] = (await redis.command('KEYS', 'test:read:*')) as readonly string[]
    expect(await redis.command('TTL', key)).toBeGreaterThan(1200)
    expect(await redis.command('KEYS', 'test:claim:*')).toEqual([])
  })
})

describe.skipIf(server === null)('equal questions to several instances at once', () => {
  it('are one statement', async () => {
    const door = behindADoor(source)
    const instances = await Promise.all(Array.from({ length: 5 }, () => instance({ over: door })))
    const answers = Promise.all(instances.flatMap((one) => [ask(one, {}), ask(one, {})]))
    await soon(() => door.started() === 1)
    await pause(100)
    door.open()
    const told = await answers
    expect(told.map(({ values }) => values)).toEqual(Array.from({ length: 10 }, () => TAKINGS))
    expect(told.reduce((sum, { stats }) => sum + stats.scans, 0)).toBe(1)
    expect(door.started()).toBe(1)
  })

  it('share what they have in common: the second instance scans only what the first does not', async () => {
    const door = behindADoor(source)
    const [first, second] = [await instance({ over: door }), await instance({ over: door })]
    const one = ask(first, {}, { fruit: 'apple' })
    await soon(() => door.started() === 1)
    const two = ask(second, { fruit: 'apple' }, { fruit: 'pear' })
    await soon(() => door.started() === 2)
    door.open()
    expect(await one).toMatchObject({ values: [...TAKINGS, '2.5', null, '2.5'], stats: { scans: 1, cacheMisses: 2 } })
    expect(await two).toMatchObject({ values: ['2.5', null, '2.5', '3', null, null], stats: { scans: 1, cacheHits: 1, cacheMisses: 1 } })
  })

  it('fail for themselves: a failure is neither kept nor waited for', async () => {
    const [broken, door] = [behindADoor(source), behindADoor(source)]
    const [first, second] = [await instance({ over: broken }), await instance({ over: door })]
    const one = ask(first, {})
    await soon(() => broken.started() === 1)
    const two = ask(second, {})
    await pause(50)
    expect(door.started()).toBe(0)
    broken.fail()
    await expect(one).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    await soon(() => door.started() === 1)
    door.open()
    expect(await two).toMatchObject({ values: TAKINGS, stats: { scans: 1 } })
  })

  it('go on when the one that reads ends in order', async () => {
    const [ending, door] = [behindADoor(source), behindADoor(source)]
    const [first, second] = [await instance({ over: ending }), await instance({ over: door })]
    ask(first, {}).catch(() => undefined)
    await soon(() => ending.started() === 1)
    const two = ask(second, {})
    await pause(50)
    await first.close()
    await soon(() => door.started() === 1)
    for (const each of [ending, door]) each.open()
    expect(await two).toMatchObject({ values: TAKINGS })
  })

  it('go on when the client of the one that reads has left: its statement stops, and another reads', async () => {
    const [left, door] = [behindADoor(source), behindADoor(source)]
    const [first, second] = [await instance({ over: left }), await instance({ over: door })]
    const client = new AbortController()
    const one = ask(first, { signal: client.signal })
    await soon(() => left.started() === 1)
    const two = ask(second, {})
    client.abort()
    await expect(one).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(left.stopped()).toBe(1)
    await soon(() => door.started() === 1)
    door.open()
    expect(await two).toMatchObject({ values: TAKINGS })
  })

  it('wait for an instance that died no longer than its lease, and for one that works as long as it does', async () => {
    const [dead, slow] = [behindADoor(source), behindADoor(source)]
    const [first, second, third] = [await instance({ over: dead }), await instance({ over: slow }), await instance()]
    ask(first, {}).catch(() => undefined)
    await soon(() => dead.started() === 1)
    await first.link.close()
    const two = ask(second, {})
    await soon(() => slow.started() === 1)
    // Longer than a lease: it is renewed while the statement runs.
    const three = ask(third, {})
    await pause(4_000)
    slow.open()
    expect(await two).toMatchObject({ values: TAKINGS, stats: { scans: 1 } })
    expect(await three).toMatchObject({ values: TAKINGS, stats: { scans: 0 } })
    dead.open()
  })

  it('wait no longer than they are told to', async () => {
    const door = behindADoor(source)
    const [first, second] = [await instance({ over: door }), await instance({ waitMs: 150 })]
    const one = ask(first, {})
    await soon(() => door.started() === 1)
    expect(await ask(second, {})).toMatchObject({ values: TAKINGS, stats: { scans: 1 } })
    door.open()
    expect(await one).toMatchObject({ values: TAKINGS })
  })
})

describe.skipIf(server === null)('without Redis', () => {
  it('all answers are right, and none waits for it; when it is back, it is used again', async () => {
    const [first, second] = [await instance({ timeoutMs: 10_000 }), await instance({ timeoutMs: 10_000 })]
    await ask(first, {})
    await redis.kill()
    for (const one of [first, second]) {
      expect(await ask(one, {}, { fruit: 'apple' }, { metric: 'sales' })).toMatchObject({ values: [...TAKINGS, '2.5', null, '2.5', '2', '0', '2'] })
    }
    await redis.startAgain()
    await Promise.all([untilUsable(first.link), untilUsable(second.link)])
    expect((await ask(first, { fruit: 'pear' })).stats.scans).toBe(1)
    expect(await ask(second, { fruit: 'pear' })).toMatchObject({ values: ['3', null, null], stats: { scans: 0 } })
  })

  it('whoever waits for another instance reads for himself at once', async () => {
    const [door, own] = [behindADoor(source), behindADoor(source)]
    const [first, second] = [await instance({ over: door }), await instance({ over: own })]
    const one = ask(first, {})
    await soon(() => door.started() === 1)
    const two = ask(second, {})
    await pause(50)
    await redis.kill()
    await soon(() => own.started() === 1)
    for (const each of [door, own]) each.open()
    expect((await Promise.all([one, two])).map(({ values }) => values)).toEqual([TAKINGS, TAKINGS])
    await redis.startAgain()
  })

  it('that hangs does not cost every question a wait: after one it is left alone for a while', async () => {
    // Longer than anything else takes here, so that waits can be told from work.
    const timeoutMs = 5_000
    const one = await instance({ timeoutMs })
    const fruits = ['apple', 'pear', 'plum', 'fig', 'lime', 'kiwi', 'date', 'sloe']
    redis.freeze()
    try {
      const startMs = performance.now()
      for (const fruit of fruits) expect((await ask(one, { fruit })).values).toHaveLength(3)
      const tookMs = performance.now() - startMs
      expect(tookMs).toBeGreaterThan(timeoutMs * 0.99)
      expect(tookMs).toBeLessThan(timeoutMs * fruits.length * 0.75)
    } finally {
      redis.thaw()
    }
    await untilUsable(one.link)
  })
})
