import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import type { OpenLanding } from '../../connectors/landing-contract.ts'
import type { Stream, SyncPage, SyncTable } from '../../connectors/sync-contract.ts'
import { readWindows } from '../../connectors/sync-kit/read-windows.ts'
import { windowsOf } from '../../connectors/sync-kit/time-window.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { AnalyticsSession } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { readMembership } from '../../src/jobs/activation/read-membership.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { SyncEngine } from '../../src/jobs/sync/types.ts'
import { asked } from '../oracle/compare-answers.ts'
import { modelOf } from './schema-world.ts'
import { NOW, streamOf, syncOnce, syncsOf, toolOf } from './sync-world.ts'

const DAY = 86_400_000
/** Midnight; the present is at noon of the same day. */
const TODAY = NOW - DAY / 2
const dayBack = (days: number): number => TODAY - days * DAY

const model = modelOf(`
semantic_models:
  - name: orders
    source: synced
    table: shop_orders
    agg_time_dimension: ordered_at
    entities: [{ name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: ordered_at, type: time, expr: happened, granularity: minute }, { name: ordered_on, type: time, expr: day, granularity: day }]
  - name: customers
    source: synced
    table: shop_customers
    agg_time_dimension: signed_up_at
    validity: { start: signed_up_at, end: left_at }
    entities: [{ name: customer, type: primary, expr: id }]
    dimensions: [{ name: country, type: categorical }, { name: signed_up_at, type: time, expr: happened, granularity: minute }, { name: left_at, type: time, expr: ended, granularity: minute }]
metrics:
  - { name: orders, type: simple, semantic_model: orders, agg: count }
  - { name: orders_by_date, type: simple, semantic_model: orders, agg: count, agg_time_dimension: ordered_on }
  - { name: buyers, type: simple, semantic_model: orders, agg: count_distinct, expr: customer_id }
  - { name: active_buyers, type: active, entity: customer, activity: orders, window: 2 days }
  - { name: customers, type: simple, semantic_model: customers, agg: count, as_of: period_end }
`)

const ORDERS: SyncTable = { name: 'orders', description: 'Orders.', key: ['id'], columns: [{ name: 'id', kind: 'integer' }, { name: 'happened', kind: 'timestamp' }, { name: 'day', kind: 'date' }, { name: 'customer_id', kind: 'text' }] }
const CUSTOMERS: SyncTable = { name: 'customers', description: 'Customers.', key: ['id'], columns: [{ name: 'id', kind: 'text' }, { name: 'country', kind: 'text' }, { name: 'happened', kind: 'timestamp' }, { name: 'ended', kind: 'timestamp' }] }

let place: OpenLanding
let syncs: SyncEngine
/** Pages after which readings break off. */
let left: { orders: number; customers: number }

/** One order of each of ten days, at noon, newest last; today's is to come. Days of orders are read one by one, newest first; customers by name, one a page. */
const dayOrders = (fromUtcMs: number, toUtcMs: number) =>
  Array.from({ length: 10 }, (_, index) => ({ id: index, happened: dayBack(10 - index) + DAY / 2, customer_id: index % 2 === 0 ? 'ann' : 'bob' }))
    .filter(({ happened }) => happened >= fromUtcMs && happened < toUtcMs)
    .map((order) => ({ ...order, day: new Date(order.happened).toISOString().slice(0, 10) }))

function streams(): readonly Stream[] {
  const cut = async function* (pages: AsyncIterable<SyncPage>, of: 'orders' | 'customers'): AsyncIterable<SyncPage> {
    for await (const page of pages) {
      if (left[of]-- <= 0) throw new Error('The reading breaks off.')
      yield page
    }
  }
  const orders = streamOf('orders', [ORDERS], (request) =>
    cut(readWindows({ request, startOf: windowsOf(DAY), earliestUtcMs: dayBack(10), lookbackMs: 0, async *read({ fromUtcMs, toUtcMs }) { yield { writes: [{ kind: 'upsert', table: 'orders', records: dayOrders(fromUtcMs, toUtcMs) }] } } }), 'orders'),
  )
  const all = [{ id: 'ann', country: 'CH', happened: dayBack(30) }, { id: 'bob', country: 'DE', happened: dayBack(20) }]
  const customers = streamOf('customers', [CUSTOMERS], (request) =>
    cut((async function* () { for (let at = Number(request.cursor ?? 0); at < all.length; at++) yield { writes: [{ kind: 'upsert' as const, table: 'customers', records: [all[at] ?? {}] }], cursor: at + 1, done: null, completeUntilUtcMs: at === all.length - 1 ? NOW : null } })(), 'customers'),
  )
  return [orders, customers]
}

beforeEach(() => {
  place = openLanding('synced', { memoryLimit: '256MB', threads: 1 }, { log: silentLog, stateFolder: '' })
  left = { orders: 0, customers: 0 }
  syncs = syncsOf(toolOf(streams()), place.landing, { name: 'shop', limits: { records: 1, characters: 1_000, ms: 5000 } })
})
afterEach(async () => {
  await syncs.close()
  await place.source.close()
})

/** Reads on until so many more pages of each have come. */
async function readOn(orders: number, customers: number): Promise<void> {
  left = { orders, customers }
  await syncOnce(syncs, { source: 'shop' })
}

let analytics: ReturnType<typeof createAnalytics> | null = null
beforeEach(() => void (analytics = null))
function createAnalyticsHere(): ReturnType<typeof createAnalytics> {
  analytics ??= createAnalytics({ model, sources: new Map([['synced', { source: place.source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 1_000_000, clock: fixedClock(NOW), maxGroups: 1000 })
  return analytics
}

function session(): AnalyticsSession {
  return createAnalyticsHere().session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
}

const iso = (utcMs: number): string => new Date(utcMs).toISOString().slice(0, 10)
const ALL: Predicate = { kind: 'all' }
const SWISS: Predicate = { kind: 'atom', dimension: 'country', test: { op: 'in', values: ['CH'], caseInsensitive: false } }

/** Values or reasons of the last four whole days and today, oldest first. */
async function days(metric: string, predicate: Predicate = ALL, zone = 'UTC'): Promise<readonly unknown[]> {
  const answer = await session().metric(asked({ metric, predicate, zone, start: iso(dayBack(4)), end: iso(dayBack(-1)), grain: 'day', by: [] }, model.calendar, NOW))
  return answer.groups[0]?.cells.map(({ value, reason }) => value ?? reason) ?? []
}

const LATER = 'BACKFILLING'

describe('while the first reading of a table goes on', () => {
  it('what happens has a value from the day on that was read, and says before why it has none', async () => {
    // Of today (half a day), yesterday and the day before.
    await readOn(3, 2)
    expect(await days('orders')).toEqual([LATER, LATER, 1, 1, 0])
    expect(await days('buyers')).toEqual([LATER, LATER, 1, 1, 0])
    expect((await syncs.status())[0]?.streams.map(({ name, completeUntilUtcMs }) => [name, completeUntilUtcMs])).toEqual([['orders', null], ['customers', NOW]])
    await readOn(1, 0)
    expect(await days('orders')).toEqual([LATER, 1, 1, 1, 0])
    await readOn(20, 0)
    expect(await days('orders')).toEqual([1, 1, 1, 1, 0])
  })

  it('a window that reaches back beyond what was read has no value', async () => {
    await readOn(3, 2)
    // Two days that end with each day: the day before yesterday has only its own.
    expect(await days('active_buyers')).toEqual([LATER, LATER, LATER, 2, 1])
    await readOn(20, 0)
    expect(await days('active_buyers')).toEqual([2, 2, 2, 2, 1])
  })

  it('days of a table that has dates count once they were read by everybody\'s clock', async () => {
    await readOn(3, 2)
    expect(await days('orders_by_date')).toEqual([LATER, LATER, LATER, 1, 0])
  })

  it('what holds over time, and what is told by another table, waits for that table\'s end', async () => {
    await readOn(20, 1)
    expect(await days('customers')).toEqual([LATER, LATER, LATER, LATER, LATER])
    expect(await days('orders')).toEqual([1, 1, 1, 1, 0])
    expect(await days('orders', SWISS)).toEqual([LATER, LATER, LATER, LATER, LATER])
    expect(await session().size({ entity: 'customer', predicate: ALL, period: asked({ metric: 'orders', predicate: ALL, zone: 'UTC', start: iso(dayBack(4)), end: iso(TODAY), grain: null, by: [] }, model.calendar, NOW).period })).toMatchObject({ count: null, reason: LATER })
    await readOn(0, 1)
    expect(await days('customers')).toEqual([2, 2, 2, 2, 2])
    // Ann's are the even ones: of ten days, the third and the first from the end are Bob's.
    expect(await days('orders', SWISS)).toEqual([1, 0, 1, 0, 0])
  })

  it('nobody is told who belongs to a cohort', async () => {
    const members = () => session().members({ entity: 'customer', predicate: SWISS, period: asked({ metric: 'orders', predicate: ALL, zone: 'UTC', start: iso(dayBack(4)), end: iso(TODAY), grain: null, by: [] }, model.calendar, NOW).period, first: 10, after: null })
    await readOn(20, 1)
    await expect(members()).rejects.toMatchObject({ code: 'DATA_INCOMPLETE', hint: expect.stringContaining('syncStatus') })
    // Nor does a destination hear that everybody left who has not been read yet.
    const sent = () => readMembership(createAnalyticsHere(), { name: 'swiss', entity: 'customer', predicate: SWISS }, null, { members: 10, page: 10 }, new AbortController().signal)
    await expect(sent()).rejects.toMatchObject({ code: 'DATA_INCOMPLETE', message: expect.stringContaining('customers') })
    await readOn(0, 1)
    expect([(await members()).ids, [...(await sent()).addresses]]).toEqual([['ann'], ['ann']])
  })

  it('what was whole once keeps its values while it is read from the beginning', async () => {
    await readOn(20, 2)
    left = { orders: 1, customers: 1 }
    await syncOnce(syncs, { source: 'shop', full: true })
    expect((await syncs.status())[0]?.streams.map(({ state }) => state)).toEqual(['failed', 'failed'])
    expect([await days('orders'), await days('customers')]).toEqual([[1, 1, 1, 1, 0], [2, 2, 2, 2, 2]])
  })
})
