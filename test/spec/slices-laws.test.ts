import { afterEach, describe, expect, it } from 'vitest'
import type { QuerySource } from '../../connectors/contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Analytics, Cell, Freshness, MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import type { Grain } from '../../src/base/grain.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Model } from '../../src/model/types.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import type { Row } from '../oracle/row-test.ts'

// A stall with four sales from February to April 2026, and its rent by the month. It is 10 April, noon.

const NOW = Date.UTC(2026, 3, 10, 12)

const MODEL = `
semantic_models:
  - name: sales
    table: sales
    agg_time_dimension: sold_at
    entities: [{ name: sale, type: primary, expr: sale_id }]
    dimensions:
      - { name: sold_at, type: time, granularity: minute, timezone: UTC }
      - { name: fruit, type: categorical }
  - name: rents
    table: rents
    agg_time_dimension: month
    dimensions: [{ name: month, type: time, granularity: month }]
  - name: permits
    source: town
    table: permits
    agg_time_dimension: issued
    dimensions: [{ name: issued, type: time, granularity: day }]
metrics:
  - { name: sales, semantic_model: sales, agg: count }
  - { name: takings, semantic_model: sales, agg: sum, expr: price }
  - { name: rent, semantic_model: rents, agg: sum, expr: rent }
  - { name: left_over, type: derived, expr: takings - rent, metrics: [takings, rent] }
  - { name: permits, semantic_model: permits, agg: count }
`

const SALES: readonly Row[] = [
  { sale_id: 1, sold_at: '2026-02-03 09:00:00', fruit: 'apple', price: '2.50' },
  { sale_id: 2, sold_at: '2026-02-28 23:30:00', fruit: 'pear', price: '3.00' },
  { sale_id: 3, sold_at: '2026-04-01 08:00:00', fruit: null, price: '4.00' },
  { sale_id: 4, sold_at: '2026-04-09 18:00:00', fruit: 'apple', price: '2.50' },
]

const open: QuerySource[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.close()))
})

async function stall(): Promise<TestSource> {
  const source = await openTestSource('stall', {
    sales: { columns: { sale_id: 'BIGINT', sold_at: 'TIMESTAMP', fruit: 'VARCHAR', price: 'DECIMAL(12,2)' }, rows: SALES },
    rents: { columns: { month: 'DATE', rent: 'DECIMAL(12,2)' }, rows: [{ month: '2026-02-01', rent: '1.00' }, { month: '2026-03-01', rent: '1.00' }] },
  })
  open.push(source)
  return source
}

function model(): Model {
  const loaded = loadModel([{ name: 'stall.yml', text: MODEL }], { source: 'stall' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  return loaded.model
}

function analyticsOver(source: QuerySource, others: Readonly<Record<string, QuerySource>> = {}): Analytics {
  const sources = new Map(Object.entries({ stall: source, ...others }).map(([name, one]) => [name, { source: one, connector: 'duckdb', nowUtcMs: null }]))
  return createAnalytics({ model: model(), sources, cacheBytes: 1_000_000, clock: fixedClock(NOW), maxGroups: 1000 })
}

interface Asked {
  readonly metric: string
  readonly start: string
  readonly end: string
  readonly grain?: Grain
  readonly predicate?: Predicate
  readonly freshness?: Freshness
  readonly signal?: AbortSignal
  readonly zone?: string
}

function ask(analytics: Analytics, { metric, start, end, grain, predicate = { kind: 'all' }, freshness = 'CACHED_OK', signal = new AbortController().signal, zone = 'UTC' }: Asked): Promise<MetricAnswer> {
  const period = resolvePeriod({ between: { start, end } }, { zone, nowUtcMs: NOW, calendar: { weekStart: 1, fiscalYearStart: 1 } })
  return analytics.session({ freshness, signal }).metric({ metric, predicate, period, grain: grain ?? null, by: [] })
}

const told = ({ value, reason, partial }: Cell): unknown => [value, reason, ...(partial ? ['partial'] : [])]
const cells = ({ groups }: MetricAnswer): unknown => groups[0]?.cells.map(told)
const year = { start: '2026-01-01', end: '2026-06-01', grain: 'month' } as const
const fruit = (...values: string[]): Predicate => ({ kind: 'atom', dimension: 'fruit', test: { op: 'in', values, caseInsensitive: false } })

/** A source whose statements wait until they are let go, and that notes which were stopped. */
function waiting(source: TestSource): QuerySource & { readonly started: () => number; readonly stopped: () => number; letGo(): void } {
  let started = 0
  let stopped = 0
  const gates: (() => void)[] = []
  return {
    ...source,
    query: async (statement, options = {}) => {
      started += 1
      await new Promise<void>((resolve, reject) => {
        gates.push(resolve)
        options.signal?.addEventListener('abort', () => {
          stopped += 1
          reject(new KpiqlError('CANCELLED', { message: 'stopped' }))
        })
      })
      return source.query(statement, options)
    },
    started: () => started,
    stopped: () => stopped,
    letGo: () => gates.splice(0).forEach((open) => open()),
  }
}

const soon = (condition: () => boolean): Promise<void> => expect.poll(condition, { interval: 2 }).toBe(true).then(() => undefined)

describe('a number that is not there', () => {
  it('says whether the data begins later, has a gap, or does not reach so far; counts fill gaps with 0', async () => {
    const analytics = analyticsOver(await stall())
    expect(cells(await ask(analytics, { metric: 'sales', ...year }))).toEqual([[null, 'BEFORE_FIRST_DATA'], [2, null], [0, null], [2, null, 'partial'], [null, 'AFTER_WATERMARK', 'partial']])
    expect(cells(await ask(analytics, { metric: 'takings', ...year }))).toEqual([[null, 'BEFORE_FIRST_DATA'], [5.5, null], [null, 'NO_ROWS'], [6.5, null, 'partial'], [null, 'AFTER_WATERMARK', 'partial']])
  })

  it('follows the watermark of the data before the clock', async () => {
    const source = await stall()
    source.watermarks.set('sales', Date.UTC(2026, 2, 20))
    expect(cells(await ask(analyticsOver(source), { metric: 'sales', ...year }))).toEqual([[null, 'BEFORE_FIRST_DATA'], [2, null], [0, null, 'partial'], [null, 'AFTER_WATERMARK', 'partial'], [null, 'AFTER_WATERMARK', 'partial']])
  })

  it('is never prorated from monthly facts, and a zone does not shift them', async () => {
    const analytics = analyticsOver(await stall())
    expect(cells(await ask(analytics, { metric: 'rent', start: '2026-02-01', end: '2026-03-15' }))).toEqual([[null, 'PERIOD_CUTS_FACTS']])
    expect(cells(await ask(analytics, { metric: 'left_over', start: '2026-02-10', end: '2026-03-01' }))).toEqual([[null, 'PERIOD_CUTS_FACTS']])
    expect(cells(await ask(analytics, { metric: 'rent', start: '2026-02-01', end: '2026-04-01', grain: 'month', zone: 'America/New_York' }))).toEqual([[1, null], [1, null]])
    await expect(ask(analytics, { metric: 'rent', start: '2026-02-01', end: '2026-03-01', grain: 'day' })).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE' })
  })

  it('names the dimension and the path that is missing', async () => {
    const answer = await ask(analyticsOver(await stall()), { metric: 'left_over', start: '2026-02-01', end: '2026-03-01', predicate: fruit('apple') })
    expect(answer.unavailable).toMatchObject({ reason: 'DIMENSION_NOT_AVAILABLE', remedy: expect.stringMatching(/"rent".*"fruit"/s) })
    expect(cells(answer)).toEqual([[null, 'DIMENSION_NOT_AVAILABLE']])
  })
})

describe('a slice', () => {
  it('of no values keeps no row, and its complement every row, nulls included', async () => {
    const source = await stall()
    const analytics = analyticsOver(source)
    const spring = { start: '2026-02-01', end: '2026-05-01' }
    expect(cells(await ask(analytics, { metric: 'sales', ...spring, predicate: fruit() }))).toEqual([[0, null, 'partial']])
    expect(cells(await ask(analytics, { metric: 'takings', ...spring, predicate: fruit() }))).toEqual([[null, 'NO_ROWS', 'partial']])
    expect(source.statements).toHaveLength(0)
    expect(cells(await ask(analytics, { metric: 'sales', ...spring, predicate: { kind: 'not', of: fruit() } }))).toEqual([[4, null, 'partial']])
    expect(cells(await ask(analytics, { metric: 'sales', ...spring, predicate: { kind: 'not', of: fruit('apple') } }))).toEqual([[2, null, 'partial']])
  })

  it('moves with the zone: the last half hour of February in UTC is March in Berlin', async () => {
    const analytics = analyticsOver(await stall())
    const march = { metric: 'sales', start: '2026-03-01', end: '2026-04-01' }
    expect(cells(await ask(analytics, march))).toEqual([[0, null]])
    expect(cells(await ask(analytics, { ...march, zone: 'Europe/Berlin' }))).toEqual([[1, null]])
  })
})

describe('what was read', () => {
  const april = { metric: 'sales', start: '2026-02-01', end: '2026-04-01' }

  it('answers again without a statement, until the data version moves', async () => {
    const source = await stall()
    const analytics = analyticsOver(source)
    expect(cells(await ask(analytics, april))).toEqual([[2, null]])
    expect(cells(await ask(analytics, april))).toEqual([[2, null]])
    expect(source.statements).toHaveLength(1)
    await source.run("INSERT INTO sales VALUES (5, '2026-03-02 10:00', 'plum', 1.00)")
    source.version = '2'
    expect(cells(await ask(analytics, april))).toEqual([[3, null]])
    expect(source.statements).toHaveLength(2)
  })

  it('is read again when no cache may answer', async () => {
    const source = await stall()
    const analytics = analyticsOver(source)
    await ask(analytics, april)
    await source.run("INSERT INTO sales VALUES (5, '2026-03-02 10:00', 'plum', 1.00)")
    expect(cells(await ask(analytics, { ...april, freshness: 'NO_CACHE' }))).toEqual([[3, null]])
    expect(source.statements).toHaveLength(2)
  })

  it('is read once for two requests that ask it at one time', async () => {
    const source = waiting(await stall())
    const analytics = analyticsOver(source)
    const both = [ask(analytics, april), ask(analytics, april)]
    await soon(() => source.started() === 1)
    source.letGo()
    expect((await Promise.all(both)).map(cells)).toEqual([[[2, null]], [[2, null]]])
    expect(source.started()).toBe(1)
  })

  it('stops when the last request that waits for it leaves, and not before', async () => {
    const source = waiting(await stall())
    const analytics = analyticsOver(source)
    const [first, second] = [new AbortController(), new AbortController()]
    const answers = [ask(analytics, { ...april, signal: first.signal }), ask(analytics, { ...april, signal: second.signal })]
    const outcomes = Promise.allSettled(answers)
    await soon(() => source.started() === 1)
    // Requests are planned a turn each: the second joins in one of the next.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    first.abort()
    await expect(answers[0]).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(source.stopped()).toBe(0)
    second.abort()
    await soon(() => source.stopped() === 1)
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('is not remembered when it failed', async () => {
    const source = await stall()
    let failures = 1
    const failing: QuerySource = {
      ...source,
      query: (statement, options) => (failures-- > 0 ? Promise.reject(new KpiqlError('SOURCE_FAILED', { message: 'The line is down.' })) : source.query(statement, options)),
    }
    const analytics = analyticsOver(failing)
    await expect(ask(analytics, april)).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    expect(cells(await ask(analytics, april))).toEqual([[2, null]])
  })

  it('fails only where its source fails', async () => {
    const source = await stall()
    const town: QuerySource = { ...source, name: 'town', dataVersion: () => Promise.reject(new KpiqlError('SOURCE_UNAVAILABLE', { message: 'The town hall is closed.' })) }
    const analytics = analyticsOver(source, { town })
    const session = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
    const period = resolvePeriod({ between: april }, { zone: 'UTC', nowUtcMs: NOW, calendar: { weekStart: 1, fiscalYearStart: 1 } })
    const [sales, permits] = await Promise.allSettled(['sales', 'permits'].map((metric) => session.metric({ metric, predicate: { kind: 'all' }, period, grain: null, by: [] })))
    expect(sales).toMatchObject({ status: 'fulfilled', value: { groups: [{ cells: [{ value: 2 }] }] } })
    expect(permits).toMatchObject({ status: 'rejected', reason: { code: 'SOURCE_UNAVAILABLE' } })
  })

  it('is missing with a remedy where its source is not connected', async () => {
    const answer = await ask(analyticsOver(await stall()), { ...april, metric: 'permits' })
    expect(answer.unavailable).toMatchObject({ reason: 'SOURCE_MISSING', remedy: expect.stringContaining('"town"') })
  })
})
