import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { ActiveMetric, ConversionMetric } from '../../src/model/types.ts'
import { activesOracle } from '../oracle/actives.ts'
import { activityOn } from '../oracle/activity.ts'
import { asked, differences } from '../oracle/compare-answers.ts'
import { conversionsOracle } from '../oracle/conversions.ts'
import { ENGINE, openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { withMetrics } from '../oracle/metric-of.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import { shopModel, shopTables } from '../oracle/shop.ts'
import { expectGolden } from './golden-file.ts'

// As golden.test.ts, for trailing actives and conversions: the SQL as text, whether the engine takes it, and whether its rows are right.

const NOW = Date.UTC(2026, 1, 1)
const tables = shopTables(5, 2024, { customers: 20, orders: 400, subscriptions: 120 })
const ALL: Predicate = { kind: 'all' }
const eq = (dimension: string, value: string): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values: [value], caseInsensitive: false } })

const ordering = activityOn('orders', 'orders', 'ordered_at')
const active = (count: number, activity: ActiveMetric['activity'] = ordering): ActiveMetric => ({ type: 'active', entity: 'customer', activity, window: { count, unit: 'day' } })
const conversion = (part: Pick<ConversionMetric, 'conversion' | 'window'> & Partial<ConversionMetric>): ConversionMetric => ({ type: 'conversion', entity: 'customer', base: ordering, constantProperties: [], calculation: 'rate', ...part })

const definitions = {
  buyers_7_days: active(7),
  buyers_28_days: active(28),
  lessees_28_days: active(28, { metric: 'leases_out', semanticModel: 'leases', filter: ALL, time: { kind: 'interval', start: 'leased_at', end: 'returned_at', endInclusive: false } }),
  paid_within_a_week: conversion({ conversion: activityOn('orders', 'orders', 'placed_at', eq('status', 'paid')), window: { count: 7, unit: 'day' }, constantProperties: [{ base: 'channel', conversion: 'channel' }] }),
  subscribed_since: conversion({ conversion: activityOn('new_subscriptions', 'subscriptions', 'start_date'), window: null }),
} as const satisfies Record<string, ActiveMetric | ConversionMetric>
const model = withMetrics(shopModel(), definitions)

let source: TestSource

beforeAll(async () => {
  source = await openTestSource('shop', tables)
})
afterAll(() => source.close())

type Part = Partial<OracleAsk> & { readonly metric: keyof typeof definitions }
const ask = (part: Part): Part & OracleAsk => ({ predicate: ALL, zone: 'UTC', start: '2024-04-01', end: '2024-07-01', grain: 'month', by: [], ...part })

async function holds(name: string, asks: readonly (Part & OracleAsk)[]): Promise<void> {
  const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: NOW }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 100_000 })
  const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  const before = source.statements.length
  const answers = await Promise.all(asks.map((one) => session.metric(asked(one, model.calendar, NOW))))
  const statements = source.statements.slice(before)
  expectGolden(name, source.dialect.name, statements)
  for (const statement of statements) await source.explain(statement)
  const shop = { model, tables, nowUtcMs: NOW }
  const wanted = asks.map((one) => {
    const definition: ActiveMetric | ConversionMetric = definitions[one.metric]
    return definition.type === 'active' ? activesOracle(shop, definition, one) : conversionsOracle(shop, definition, one)
  })
  expect(answers.map((answer, index) => differences(answer, wanted[index] ?? { buckets: [], groups: [], unavailable: true }))).toEqual(asks.map(() => []))
}

describe(`SQL for ${ENGINE}`, () => {
  it('counts actives between a few edges that are spelled out', () => holds('active-edges-spelled-out', [ask({ metric: 'buyers_7_days' }), ask({ metric: 'buyers_28_days' })]))

  it('counts actives by local days where the edges are many', () => holds('active-days-in-berlin', [ask({ metric: 'buyers_28_days', grain: 'day', end: '2024-08-01', zone: 'Europe/Berlin' })]))

  it('follows the actives of each slice and grouping from one pass over the rows', () =>
    holds('active-slices-and-groups', [ask({ metric: 'buyers_28_days' }), ask({ metric: 'buyers_28_days', predicate: eq('segment', 'SMB') }), ask({ metric: 'buyers_28_days', by: [{ kind: 'dimension', dimension: 'status' }] })]))

  it('takes intervals for active as far as any has reached so far', () => holds('active-intervals', [ask({ metric: 'lessees_28_days' })]))

  it('credits conversions of equal properties in one order of both events', () =>
    holds('conversion-of-equal-channels', [ask({ metric: 'paid_within_a_week', zone: 'Europe/Berlin', predicate: eq('segment', 'SMB') }), ask({ metric: 'paid_within_a_week', zone: 'Europe/Berlin', by: [{ kind: 'dimension', dimension: 'rush' }] })]))

  it('compares a clock with a date by days', () => holds('conversion-by-days', [ask({ metric: 'subscribed_since' })]))
})
