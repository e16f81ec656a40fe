import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { doubleOrder, exactOrder, textOrder } from '../../src/base/scalar.ts'
import type { Scalar } from '../../src/base/scalar.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate, Test } from '../../src/model/predicate.ts'
import type { Model } from '../../src/model/types.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'

describe('numbers', () => {
  const ascending: readonly (readonly Scalar[])[] = [
    [-1e21, '-1000000000000000000000'],
    [-9_223_372_036_854_775_808n, '-9223372036854775808'],
    ['-0.000000002', -2e-9],
    [0, -0, 0n, '0.00', '-0'],
    [1e-7, '0.0000001'],
    [0.1, '0.1', '0.10'],
    ['29.000000000000001'],
    [100, 100n, '100', '+100.0'],
    ['100.000000000000001'],
    [9_007_199_254_740_992, 9_007_199_254_740_992n, '9007199254740992.0'],
    [9_007_199_254_740_993n, '9007199254740993'],
  ]

  it('compare by value, however they are written', () => {
    ascending.forEach((same, place) => {
      ascending.forEach((others, other) => {
        for (const a of same) for (const b of others) expect(exactOrder.compare(a, b), `${a} and ${b}`).toBe(Math.sign(place - other))
      })
    })
  })

  it('have one id where they are one value, and different ids elsewhere', () => {
    expect(ascending.map((same) => new Set(same.map(exactOrder.id)).size)).toEqual(ascending.map(() => 1))
    expect(new Set(ascending.flatMap((same) => same.map(exactOrder.id))).size).toBe(ascending.length)
  })

  it('of doubles are one value where a double cannot tell them apart', () => {
    expect(doubleOrder.id(9_007_199_254_740_993n)).toBe(doubleOrder.id(9_007_199_254_740_992))
    expect(doubleOrder.compare(9_007_199_254_740_993n, 9_007_199_254_740_992)).toBe(0)
    expect(doubleOrder.id(-0)).toBe(doubleOrder.id(0))
  })

  it('in texts are texts', () => {
    expect(textOrder.compare('10', '9')).toBe(-1)
    expect(textOrder.id('1.50')).not.toBe(textOrder.id('1.5'))
  })
})

// Five boxes of January 2024. On 27 October 2024 clocks in Berlin went back, and 02:30 came twice: at 00:30 and 01:30 UTC.
const BOXES = [
  { box: 1, shipped_at: '2024-01-01 10:00:00', price: '8000000.00', pieces: 5, weight: 0.5, city: 'İstanbul', packed: '2024-10-27 01:59:00' },
  { box: 2, shipped_at: '2024-01-02 10:00:00', price: '9500000.00', pieces: '9007199254740992', weight: 1, city: 'ÅRHUS', packed: '2024-10-27 02:30:00' },
  { box: 3, shipped_at: '2024-01-03 10:00:00', price: '20000000.00', pieces: '9007199254740993', weight: 2, city: 'Ulm', packed: '2024-10-27 03:00:00' },
  { box: 4, shipped_at: '2024-01-04 10:00:00', price: '30.00', pieces: 2, weight: 2, city: 'ulm', packed: '2024-10-27 04:00:00' },
  { box: 5, shipped_at: '2024-01-05 10:00:00', price: null, pieces: null, weight: null, city: null, packed: null },
] as const

const MODEL = `
semantic_models:
  - name: boxes
    table: boxes
    agg_time_dimension: shipped_at
    entities: [{ name: box, type: primary, expr: box }]
    dimensions:
      - { name: shipped_at, type: time, granularity: minute, timezone: UTC }
      - { name: packed, type: time, granularity: minute, timezone: Europe/Berlin }
      - { name: price, type: categorical, value_type: decimal }
      - { name: pieces, type: categorical, value_type: integer }
      - { name: weight, type: categorical, value_type: float }
      - { name: city, type: categorical }
metrics:
  - { name: boxes, semantic_model: boxes, agg: count }
  - { name: middle_box, semantic_model: boxes, agg: median, expr: box }
`

describe('slices of one request', () => {
  let source: TestSource
  let model: Model

  beforeAll(async () => {
    const loaded = loadModel([{ name: 'boxes.yml', text: MODEL }], { source: 'store' })
    if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
    model = loaded.model
    source = await openTestSource('store', {
      boxes: { columns: { box: 'BIGINT', shipped_at: 'TIMESTAMP', price: 'DECIMAL(12,2)', pieces: 'BIGINT', weight: 'DOUBLE', city: 'VARCHAR', packed: 'TIMESTAMP' }, rows: BOXES },
    })
  })
  afterAll(() => source.close())

  /** One value a predicate, all asked at once. */
  async function values(metric: 'boxes' | 'middle_box', predicates: readonly Predicate[]): Promise<unknown> {
    const clock = Date.UTC(2025, 0, 1)
    const analytics = createAnalytics({ model, sources: new Map([['store', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(clock), maxGroups: 1000 })
    const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
    const period = resolvePeriod({ between: { start: '2024-01-01', end: '2024-02-01' } }, { zone: 'UTC', nowUtcMs: clock, calendar: { weekStart: 1, fiscalYearStart: 1 } })
    const answers = await Promise.all(predicates.map((predicate) => session.metric({ metric, predicate, period, grain: null, by: [] })))
    return answers.map(({ groups }) => groups[0]?.cells[0]?.value)
  }

  const atom = (dimension: string, test: Test): Predicate => ({ kind: 'atom', dimension, test })
  const oneOf = (dimension: string, ...of: Scalar[]): Predicate => atom(dimension, { op: 'in', values: of, caseInsensitive: false })
  const below = (dimension: string, value: Scalar, inclusive = false): Predicate => atom(dimension, { op: 'range', from: null, to: { value, inclusive } })
  const above = (dimension: string, value: Scalar, inclusive = false): Predicate => atom(dimension, { op: 'range', from: { value, inclusive }, to: null })

  it('keep long decimals in the order of numbers, not of texts', async () => {
    const slices = [below('price', '10000000.000000001'), above('price', '9000000.000000001'), oneOf('price', '30.000'), oneOf('price', 30)]
    // Below ten million: boxes 1, 2 and 4; above nine million: 2 and 3.
    expect(await values('boxes', slices)).toEqual([3, 2, 1, 1])
    expect(await values('middle_box', slices)).toEqual([2, 2.5, 4, 4])
  })

  it('take a number and a big integer of one value for one', async () => {
    const two53 = 9_007_199_254_740_992
    const slices = [oneOf('pieces', two53), oneOf('pieces', BigInt(two53)), oneOf('pieces', 9_007_199_254_740_993n), oneOf('pieces', 2, two53)]
    expect(await values('boxes', slices)).toEqual([1, 1, 1, 2])
    expect(await values('middle_box', slices)).toEqual([2, 2, 3, 3])
    const bounded = [...slices, above('pieces', two53), above('pieces', BigInt(two53), true), below('pieces', '2.5'), below('pieces', 2n, true)]
    expect(await values('boxes', bounded)).toEqual([1, 1, 1, 2, 1, 2, 1, 1])
    expect(await values('middle_box', bounded)).toEqual([2, 2, 3, 3, 3, 2.5, 4, 4])
  })

  it('of doubles agree on what a double is', async () => {
    const slices = [oneOf('weight', 2), oneOf('weight', 2n), below('weight', 2), below('weight', 2n, true), above('weight', 0.5)]
    expect(await values('boxes', slices)).toEqual([2, 2, 2, 4, 3])
    expect(await values('middle_box', slices)).toEqual([3.5, 3.5, 1.5, 2.5, 3])
  })

  it('take an instant for one whether its milliseconds are written or not', async () => {
    const slices = [oneOf('shipped_at', '2024-01-02T10:00:00Z'), oneOf('shipped_at', '2024-01-02T10:00:00.000Z'), below('shipped_at', '2024-01-02T10:00:00Z', true), above('shipped_at', '2024-01-02T10:00:00.000Z', true)]
    expect(await values('boxes', slices)).toEqual([1, 1, 2, 4])
    expect(await values('middle_box', slices)).toEqual([2, 2, 1.5, 3.5])
  })

  it('agree on the hour that comes twice, fused or alone', async () => {
    const slices = ['2024-10-26T23:59:00Z', '2024-10-27T00:30:00Z', '2024-10-27T01:00:00Z', '2024-10-27T01:30:00Z', '2024-10-27T02:00:00Z', '2024-10-27T03:00:00Z'].flatMap((at) => [below('packed', at), above('packed', at, true), oneOf('packed', at)])
    for (const metric of ['boxes', 'middle_box'] as const) {
      const alone: unknown[] = []
      for (const slice of slices) alone.push(...((await values(metric, [slice])) as unknown[]))
      expect(await values(metric, slices)).toEqual(alone)
    }
  })

  it('that ignore case leave both letters to the engine', async () => {
    const same = (text: string): Predicate => atom('city', { op: 'in', values: [text], caseInsensitive: true })
    const part = (op: 'contains' | 'startsWith' | 'endsWith', text: string): Predicate => atom('city', { op, text, caseInsensitive: true })
    const slices = [same('İstanbul'), part('startsWith', 'İST'), part('contains', 'İ'), same('århus'), same('ULM'), part('endsWith', 'BUL')]
    expect(await values('boxes', slices)).toEqual([1, 1, 1, 1, 2, 1])
  })

  it('never compare with a rounded number', async () => {
    await expect(values('boxes', [oneOf('price', '30.0000000001')])).rejects.toMatchObject({ code: 'FILTER_INVALID', message: expect.stringContaining('30.0000000001') })
    expect(await values('boxes', [oneOf('price', '30.0000000000')])).toEqual([1])
  })

  it('take the largest filters that are allowed', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => index)
    const numbers = many.map((index) => index * 3)
    expect(await values('boxes', [oneOf('pieces', ...numbers, 2), oneOf('price', ...numbers), below('price', 31)])).toEqual([1, 1, 1])
    const either: Predicate = { kind: 'or', of: many.slice(0, 2000).map((index) => (index % 2 === 0 ? oneOf('city', `Ulm${index === 0 ? '' : index}`) : below('pieces', index))) }
    expect(await values('boxes', [either, { kind: 'not', of: either }])).toEqual([3, 2])
  }, 30_000)
})
