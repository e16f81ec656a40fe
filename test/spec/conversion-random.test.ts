import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Activity, ConversionMetric } from '../../src/model/types.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { activityOn } from '../oracle/activity.ts'
import { asked, differences, isSameAnswer } from '../oracle/compare-answers.ts'
import { conversionsOracle } from '../oracle/conversions.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { runsOf } from '../engines/runs-of.ts'
import { withMetrics } from '../oracle/metric-of.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import { ZONES } from '../oracle/random-asks.ts'
import { shopModel, shopTables } from '../oracle/shop.ts'

const BATCHES = runsOf({ duckdb: 50, served: 15, clickhouse: 8 })

const eq = (dimension: string, ...values: (string | number | boolean)[]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })
const ALL: Predicate = { kind: 'all' }
const ORDER_SLICES: readonly Predicate[] = [ALL, ALL, eq('status', 'paid', 'failed'), eq('segment', 'SMB'), { kind: 'not', of: eq('rush', true) }, eq('continent', 'Europe'), { kind: 'atom', dimension: 'quantity', test: { op: 'range', from: { value: 2, inclusive: true }, to: null } }, { kind: 'none' }]
const CUSTOMER_SLICES: readonly Predicate[] = [ALL, eq('segment', 'SMB'), eq('country', 'DE'), { kind: 'not', of: eq('vip', true) }]

interface Pair {
  readonly base: Activity
  readonly conversion: Activity
  readonly slices: readonly Predicate[]
  readonly by: readonly string[]
  readonly properties?: ConversionMetric['constantProperties']
}

const PAIRS: Readonly<Record<string, Pair>> = {
  order_to_paid: { base: activityOn('orders', 'orders', 'ordered_at'), conversion: activityOn('revenue', 'orders', 'ordered_at', eq('status', 'paid')), slices: ORDER_SLICES, by: ['status', 'rush', 'segment'] },
  order_to_placed: { base: activityOn('orders', 'orders', 'shop_clock', eq('status', 'paid', 'failed', 'refund')), conversion: activityOn('orders', 'orders', 'placed_at'), slices: ORDER_SLICES, by: ['channel', 'continent'], properties: [{ base: 'channel', conversion: 'channel' }] },
  order_to_lease: { base: activityOn('orders', 'orders', 'placed_at'), conversion: { ...activityOn('leases_out', 'leases', 'leased_at'), time: { kind: 'interval', start: 'leased_at', end: 'returned_at', endInclusive: false } }, slices: ORDER_SLICES, by: ['quantity', 'vip'] },
  order_to_subscription: { base: activityOn('orders', 'orders', 'ordered_at'), conversion: activityOn('new_subscriptions', 'subscriptions', 'start_date', eq('plan', 'pro', 'max')), slices: ORDER_SLICES, by: ['status', 'rush'] },
  subscription_to_order: { base: activityOn('new_subscriptions', 'subscriptions', 'start_date'), conversion: activityOn('orders', 'orders', 'shop_clock'), slices: CUSTOMER_SLICES, by: ['plan', 'segment'] },
  by_date: { base: activityOn('orders', 'orders', 'order_date'), conversion: activityOn('orders', 'orders', 'order_date', eq('rush', true)), slices: ORDER_SLICES, by: ['status'], properties: [{ base: 'quantity', conversion: 'quantity' }, { base: 'country', conversion: 'country' }] },
}

const WINDOWS: Readonly<Record<string, ConversionMetric['window']>> = { hours: { count: 30, unit: 'hour' }, day: { count: 1, unit: 'day' }, week: { count: 7, unit: 'day' }, month: { count: 1, unit: 'month' }, quarter: { count: 3, unit: 'month' }, ever: null }
const CALCULATIONS = ['rate', 'converted', 'conversions', 'opportunities'] as const

const DEFINITIONS = Object.fromEntries(
  Object.entries(PAIRS).flatMap(([name, { base, conversion, properties }]) =>
    Object.entries(WINDOWS).flatMap(([length, window]) =>
      CALCULATIONS.map((calculation): [string, ConversionMetric] => [`${name}_${length}_${calculation}`, { type: 'conversion', entity: 'customer', base, conversion, window, constantProperties: properties ?? [], calculation }]),
    ),
  ),
)

interface Span {
  readonly start: string
  readonly end: string
  readonly grains: readonly OracleAsk['grain'][]
}

const day = (year: number, offset: number): string => new Date(Date.UTC(year, 0, 1 + offset)).toISOString().slice(0, 10)

function spansAt(year: number): fc.Arbitrary<Span> {
  const months = fc.tuple(fc.nat(22), fc.integer({ min: 1, max: 5 })).map(([from, length]): Span => ({ start: new Date(Date.UTC(year, from, 1)).toISOString().slice(0, 10), end: new Date(Date.UTC(year, from + length, 1)).toISOString().slice(0, 10), grains: [null, 'week', 'month', 'quarter', 'year'] }))
  const days = fc.tuple(fc.nat(700), fc.integer({ min: 1, max: 30 })).map(([from, length]): Span => ({ start: day(year, from), end: day(year, from + length), grains: [null, 'day', 'week', 'month'] }))
  const cut = fc.tuple(fc.constantFrom(71, 85, 92, 273, 302, 308, 400, 600), fc.integer({ min: 1, max: 9 })).map(([from, length]): Span => ({ start: `${day(year, from)}T04:30`, end: `${day(year, from + length)}T18:45`, grains: ['hour', 'day', null] }))
  const long = fc.constant<Span>({ start: day(year, 40), end: day(year, 405), grains: ['day'] })
  return fc.oneof({ weight: 8, arbitrary: months }, { weight: 6, arbitrary: days }, { weight: 3, arbitrary: cut }, { weight: 1, arbitrary: long })
}

function asksAt(year: number): fc.Arbitrary<OracleAsk> {
  return fc.constantFrom(...Object.keys(PAIRS)).chain((name) => {
    const { slices, by, base } = PAIRS[name] as Pair
    const groupings: readonly (readonly GroupKey[])[] = [[], [], [], ...by.map((dimension) => [{ kind: 'dimension' as const, dimension }]), by.slice(0, 2).map((dimension) => ({ kind: 'dimension' as const, dimension }))]
    const hasHours = base.time.kind === 'event' && !base.time.dimension.endsWith('_date')
    return fc
      .record({ window: fc.constantFrom(...Object.keys(WINDOWS)), calculation: fc.constantFrom(...CALCULATIONS), predicate: fc.constantFrom(...slices), zone: fc.constantFrom(...ZONES), span: spansAt(year), grain: fc.nat(4), by: fc.constantFrom(...groupings) })
      .map(({ window, calculation, predicate, zone, span, grain, by: keys }): OracleAsk => {
        const grains = span.grains.filter((one) => hasHours || one !== 'hour')
        return { metric: `${name}_${window}_${calculation}`, predicate, zone, start: span.start, end: span.end, grain: grains[grain % grains.length] ?? null, by: keys }
      })
  })
}

const batches = fc.constantFrom(2011, 2024).chain((year) =>
  fc.record({ seed: fc.nat(1_000_000), year: fc.constant(year), nowDay: fc.oneof(fc.constant(1000), fc.integer({ min: 200, max: 730 })), dataDays: fc.option(fc.tuple(fc.integer({ min: 200, max: 730 }), fc.integer({ min: 200, max: 730 }))), asks: fc.array(asksAt(year), { minLength: 4, maxLength: 6 }) }),
)

describe('random conversions', () => {
  it(`agree with plain loops over the rows, fused or apart (${BATCHES} batches)`, { timeout: 600_000 }, async () => {
    const model = withMetrics(shopModel(), DEFINITIONS)
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, nowDay, dataDays, asks }) => {
        const nowUtcMs = Date.UTC(year, 0, 1 + nowDay, 10, 20)
        const tables = shopTables(seed, year, { customers: 14, orders: 160, subscriptions: 50 })
        const source = await openTestSource('shop', tables)
        const completeUtcMs = new Map<string, number>()
        if (dataDays !== null) {
          completeUtcMs.set('orders', Date.UTC(year, 0, 1 + dataDays[0], 7))
          completeUtcMs.set('subscriptions', Date.UTC(year, 0, 1 + dataDays[1]))
          completeUtcMs.forEach((ms, table) => source.watermarks.set(table, ms))
        }
        try {
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000 })
          const session = () => analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          const questions = asks.map((ask) => asked(ask, model.calendar, nowUtcMs))
          const together = session()
          const answers = await Promise.all(questions.map((question) => together.metric(question)))
          asks.forEach((ask, index) => {
            const wanted = conversionsOracle({ model, tables, nowUtcMs }, DEFINITIONS[ask.metric] as ConversionMetric, ask, completeUtcMs)
            expect({ ask, differences: differences(answers[index] as MetricAnswer, wanted) }).toEqual({ ask, differences: [] })
          })
          for (const [index, question] of questions.entries()) {
            expect({ question, isSame: isSameAnswer(await session().metric(question), answers[index] as MetricAnswer) }).toEqual({ question, isSame: true })
          }
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: 20_261_121, endOnFailure: process.env['ASK_SHRINK'] === undefined },
    )
  })
})
