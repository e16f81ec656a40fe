import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { AnalyticsSession, Cell } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Grain } from '../../src/base/grain.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Model } from '../../src/model/types.ts'
import type { GroupKey, MetricAsk } from '../../src/plan/ask.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { shopTables, SHOP_COLUMNS } from '../oracle/shop.ts'

// Visits of nine users in the first spring of 2024, a leap year; clocks change in Berlin on 31 March. It is 10 April, noon in UTC.

const NOW = Date.UTC(2024, 3, 10, 12)

const MODEL = `
semantic_models:
  - name: users
    table: users
    entities: [{ name: user, type: primary, expr: user_id }]
    dimensions: [{ name: plan, type: categorical }]
  - name: visits
    table: visits
    agg_time_dimension: visited_at
    entities:
      - { name: visit, type: primary, expr: visit_id }
      - { name: user, type: foreign, expr: user_id }
    dimensions:
      - { name: visited_at, type: time, granularity: minute, timezone: UTC }
      - { name: page, type: categorical }
  - name: stays
    table: stays
    agg_time_dimension: arrived
    entities: [{ name: user, type: foreign, expr: user_id }]
    dimensions:
      - { name: arrived, type: time, granularity: day }
      - { name: left_on, type: time, granularity: day }
    validity: { start: arrived, end: left_on }
metrics:
  - { name: visits, semantic_model: visits, agg: count }
  - { name: guests, semantic_model: stays, agg: count, as_of: period_end }
  - { name: dau, type: active, entity: user, activity: visits, window: 1 day, unit: count }
  - { name: wau, type: active, entity: user, activity: visits, window: 7 days, unit: count }
  - { name: mau, type: active, entity: user, activity: visits, window: 28 days, unit: count }
  - { name: mau_30, type: active, entity: user, activity: visits, window: 30 days, unit: count }
  - { name: monthly_readers, type: active, entity: user, activity: { metric: visits, filter: page = 'blog' }, window: 1 month, unit: count }
  - { name: monthly_users, type: active, entity: user, activity: visits, window: 1 month, unit: count }
  - { name: staying, type: active, entity: user, activity: guests, window: 1 day, unit: count }
  - { name: stickiness, type: derived, expr: dau / mau_30 * 100, metrics: [dau, mau_30], unit: percent }
`

const VISITS = [
  ['u9', '2024-01-01 08:00:00', 'home'],
  ['u2', '2024-01-31 09:00:00', 'home'],
  ['u1', '2024-02-28 10:00:00', 'home'],
  // Half past midnight on 1 March in Berlin.
  ['u1', '2024-02-29 23:30:00', 'blog'],
  [null, '2024-03-01 12:00:00', 'home'],
  // Half past midnight on 31 March in Berlin.
  ['u3', '2024-03-30 23:30:00', 'blog'],
  ['u1', '2024-03-31 12:00:00', 'home'],
  ['u1', '2024-03-31 12:05:00', 'blog'],
  // Half past midnight on 1 April in Berlin, after a day of 23 hours.
  ['u4', '2024-03-31 22:30:00', 'home'],
  ['u5', '2024-04-10 11:00:00', 'home'],
  // Not yet.
  ['u6', '2024-04-10 18:00:00', 'home'],
] as const

let source: TestSource
let model: Model

beforeAll(async () => {
  source = await openTestSource('site', {
    users: { columns: { user_id: 'VARCHAR', plan: 'VARCHAR' }, rows: [{ user_id: 'u1', plan: 'pro' }, { user_id: 'u3', plan: 'free' }, { user_id: 'u4', plan: 'free' }] },
    visits: { columns: { visit_id: 'BIGINT', user_id: 'VARCHAR', visited_at: 'TIMESTAMP', page: 'VARCHAR' }, rows: VISITS.map(([user_id, visited_at, page], visit_id) => ({ visit_id, user_id, visited_at, page })) },
    stays: {
      columns: { user_id: 'VARCHAR', arrived: 'DATE', left_on: 'DATE' },
      rows: [
        { user_id: 'u0', arrived: '2024-01-01', left_on: '2024-01-02' },
        { user_id: 'u1', arrived: '2024-02-10', left_on: '2024-03-01' },
        { user_id: 'u1', arrived: '2024-02-20', left_on: '2024-02-25' },
        { user_id: 'u2', arrived: '2024-02-29', left_on: null },
        // No day at all.
        { user_id: 'u3', arrived: '2024-02-29', left_on: '2024-02-29' },
      ],
    },
  })
  const loaded = loadModel([{ name: 'site.yml', text: MODEL }], { source: 'site' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  model = loaded.model
})
afterAll(() => source.close())

function session(): AnalyticsSession {
  const analytics = createAnalytics({ model, sources: new Map([['site', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 1000 })
  return analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
}

interface Asked {
  readonly metric: string
  readonly start: string
  readonly end: string
  readonly grain?: Grain
  readonly zone?: string
  readonly predicate?: Predicate
  readonly by?: readonly GroupKey[]
}

function ask({ metric, start, end, grain, zone = 'UTC', predicate = { kind: 'all' }, by = [] }: Asked): MetricAsk {
  const period = resolvePeriod({ between: { start, end } }, { zone, nowUtcMs: NOW, calendar: { weekStart: 1, fiscalYearStart: 1 } })
  return { metric, predicate, period, grain: grain ?? null, by }
}

const told = ({ value, reason, partial }: Cell): unknown => (reason === null && !partial ? value : [value, reason, ...(partial ? ['partial'] : [])])

async function cells(asked: Asked): Promise<readonly unknown[]> {
  const { groups } = await session().metric(ask(asked))
  return groups[0]?.cells.map(told) ?? []
}

const is = (dimension: string, value: string): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values: [value], caseInsensitive: false } })

describe('trailing actives', () => {
  const spring = { start: '2024-02-01', end: '2024-04-01', grain: 'month' } as const

  it('end with the last day of each bucket, the leap day too', async () => {
    expect(await cells({ metric: 'dau', ...spring })).toEqual([1, 2])
    // [2 February, 1 March) and [4 March, 1 April); with thirty days 31 January is in the first.
    expect(await cells({ metric: 'mau', ...spring })).toEqual([1, 3])
    expect(await cells({ metric: 'mau_30', ...spring })).toEqual([2, 3])
  })

  it('follow the local days of the zone asked, through the day on which its clocks change', async () => {
    expect(await cells({ metric: 'dau', ...spring, zone: 'Europe/Berlin' })).toEqual([0, 2])
    const days = { start: '2024-03-30', end: '2024-04-02', grain: 'day' } as const
    expect(await cells({ metric: 'dau', ...days })).toEqual([1, 2, 0])
    expect(await cells({ metric: 'dau', ...days, zone: 'Europe/Berlin' })).toEqual([0, 2, 1])
  })

  it('go back months by the calendar: a month before 31 March is the last of February', async () => {
    expect(await cells({ metric: 'monthly_readers', start: '2024-03-29', end: '2024-04-01', grain: 'day' })).toEqual([1, 2, 2])
    // To the end of 31 March, from 1 March: the visit of 29 February is out for the users, and that of 31 March in.
    expect(await cells({ metric: 'monthly_users', start: '2024-03-30', end: '2024-04-01', grain: 'day' })).toEqual([2, 3])
  })

  it('are null where the window begins before the data, or the bucket before or after it', async () => {
    expect(await cells({ metric: 'mau', start: '2023-12-31', end: '2024-01-02', grain: 'day' })).toEqual([[null, 'BEFORE_FIRST_DATA'], [null, 'WINDOW_NOT_COVERED']])
    expect(await cells({ metric: 'mau', start: '2024-01-27', end: '2024-01-29', grain: 'day' })).toEqual([[null, 'WINDOW_NOT_COVERED'], 1])
    expect(await cells({ metric: 'dau', start: '2024-01-01', end: '2024-01-03', grain: 'day' })).toEqual([1, 0])
    expect(await cells({ metric: 'wau', start: '2024-05-01', end: '2024-06-01' })).toEqual([[null, 'AFTER_WATERMARK', 'partial']])
  })

  it('end today in the running bucket, and know nothing of what is still to come', async () => {
    expect(await cells({ metric: 'dau', start: '2024-04-01', end: '2024-06-01', grain: 'month' })).toEqual([[1, null, 'partial'], [null, 'AFTER_WATERMARK', 'partial']])
    expect(await cells({ metric: 'mau', start: '2024-04-01', end: '2024-05-01' })).toEqual([[4, null, 'partial']])
  })

  it('end with the last day of the data where that is behind the clock', async () => {
    source.watermarks.set('visits', Date.UTC(2024, 3, 1))
    try {
      expect(await cells({ metric: 'dau', start: '2024-03-01', end: '2024-05-01', grain: 'month' })).toEqual([2, [null, 'AFTER_WATERMARK', 'partial']])
      expect(await cells({ metric: 'dau', start: '2024-03-25', end: '2024-04-08', grain: 'week' })).toEqual([2, [null, 'AFTER_WATERMARK', 'partial']])
      expect(await cells({ metric: 'dau', start: '2024-03-01', end: '2024-04-15' })).toEqual([[2, null, 'partial']])
    } finally {
      source.watermarks.delete('visits')
    }
  })

  it('count an entity once in every group and slice it was active in', async () => {
    const march = { metric: 'mau', start: '2024-03-01', end: '2024-04-01' }
    const { groups } = await session().metric(ask({ ...march, by: [{ kind: 'dimension', dimension: 'page' }] }))
    expect(groups.map(({ values, cells: [cell] }) => [...values, cell?.value])).toEqual([['blog', 2], ['home', 2]])
    expect(await cells({ ...march, predicate: is('plan', 'pro') })).toEqual([1])
    expect(await cells({ ...march, predicate: { kind: 'not', of: is('plan', 'pro') } })).toEqual([2])
    expect(await cells({ ...march, predicate: { kind: 'none' } })).toEqual([0])
  })

  it('take intervals for active on every day they touch, overlapping or not', async () => {
    expect(await cells({ metric: 'staying', start: '2024-02-28', end: '2024-03-03', grain: 'day' })).toEqual([1, 2, 1, 1])
    expect(await cells({ metric: 'staying', start: '2024-02-09', end: '2024-02-11', grain: 'day' })).toEqual([0, 1])
  })

  it('are refused by the hour', async () => {
    await expect(cells({ metric: 'dau', start: '2024-03-01', end: '2024-03-02', grain: 'hour' })).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE' })
  })

  it('make stickiness of the last day and its thirty days', async () => {
    expect(await cells({ metric: 'stickiness', ...spring })).toEqual([50, expect.closeTo(200 / 3, 10)])
  })

  it('of many windows, slices, groups and series are one statement', async () => {
    const one = session()
    const year = { start: '2024-02-01', end: '2024-04-10' }
    const asks = ['dau', 'wau', 'mau', 'mau_30', 'monthly_users'].flatMap((metric) =>
      [undefined, is('page', 'blog'), is('plan', 'free')].flatMap((predicate) => [
        ask({ metric, ...year, grain: 'day', ...(predicate ? { predicate } : {}) }),
        ask({ metric, ...year, grain: 'month', by: [{ kind: 'dimension', dimension: 'page' }], ...(predicate ? { predicate } : {}) }),
      ]),
    )
    await Promise.all(asks.map((asked) => one.metric(asked)))
    expect(one.stats.scans).toBe(1)
    expect(source.statements.at(-1)?.text.split('FROM "visits"')).toHaveLength(2)
  })
})

describe('DAU ≤ WAU ≤ MAU', () => {
  it('on every day of a year of a random shop', async () => {
    const { orders } = shopTables(7, 2024, { customers: 30, orders: 600, subscriptions: 1 })
    const shop = await openTestSource('site', {
      users: { columns: { user_id: 'VARCHAR', plan: 'VARCHAR' }, rows: [] },
      stays: { columns: { user_id: 'VARCHAR', arrived: 'DATE', left_on: 'DATE' }, rows: [] },
      orders: { columns: SHOP_COLUMNS.orders, rows: orders.rows },
      visits: { columns: { visit_id: 'BIGINT', user_id: 'VARCHAR', visited_at: 'TIMESTAMP', page: 'VARCHAR' }, rows: orders.rows.map((row) => ({ visit_id: row['order_id'] ?? null, user_id: row['customer_id'] ?? null, visited_at: row['ordered_at'] ?? null, page: row['channel'] ?? null })) },
    })
    try {
      const analytics = createAnalytics({ model, sources: new Map([['site', { source: shop, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(Date.UTC(2026, 1, 1)), maxGroups: 10_000 })
      const one = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
      const year = { start: '2024-03-01', end: '2025-03-01', grain: 'day', zone: 'America/New_York' } as const
      const [dau, wau, mau] = await Promise.all(['dau', 'wau', 'mau'].map(async (metric) => (await one.metric(ask({ metric, ...year }))).groups[0]?.cells.map(({ value }) => value ?? Number.NaN) ?? []))
      expect(one.stats.scans).toBe(1)
      expect(dau?.length).toBe(365)
      expect(dau?.every((value, index) => value <= (wau?.[index] ?? -1) && (wau?.[index] ?? 0) <= (mau?.[index] ?? -1))).toBe(true)
      expect(mau?.some((value, index) => value > (wau?.[index] ?? 0) && (wau?.[index] ?? 0) > (dau?.[index] ?? 0))).toBe(true)
    } finally {
      await shop.close()
    }
  })
})
