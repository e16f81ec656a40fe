import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { ActiveMetric, Activity } from '../../src/model/types.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { activesOracle } from '../oracle/actives.ts'
import { activityOn } from '../oracle/activity.ts'
import { asked, differences, isSameAnswer } from '../oracle/compare-answers.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { runsOf } from '../engines/runs-of.ts'
import { withMetrics } from '../oracle/metric-of.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import { ZONES } from '../oracle/random-asks.ts'
import { shopModel, shopTables } from '../oracle/shop.ts'

const BATCHES = runsOf({ duckdb: 50, served: 15, clickhouse: 8 })

const eq = (dimension: string, ...values: (string | number | boolean)[]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })
const ALL: Predicate = { kind: 'all' }

const ORDER_SLICES: readonly Predicate[] = [ALL, ALL, eq('status', 'paid'), eq('status', 'paid', 'failed'), eq('segment', 'SMB'), { kind: 'not', of: eq('segment', 'SMB') }, eq('continent', 'Europe'), { kind: 'atom', dimension: 'quantity', test: { op: 'range', from: { value: 2, inclusive: true }, to: null } }, { kind: 'and', of: [eq('rush', true), eq('vip', false)] }, { kind: 'none' }]
const CUSTOMER_SLICES: readonly Predicate[] = [ALL, eq('segment', 'SMB'), eq('country', 'DE'), { kind: 'not', of: eq('vip', true) }]
const LEASE_TIME: Activity['time'] = { kind: 'interval', start: 'leased_at', end: 'returned_at', endInclusive: false }

const ACTIVITIES: Readonly<Record<string, { readonly activity: Activity; readonly slices: readonly Predicate[]; readonly by: readonly string[] }>> = {
  ordered: { activity: activityOn('orders', 'orders', 'ordered_at'), slices: ORDER_SLICES, by: ['status', 'segment', 'continent', 'rush'] },
  placed: { activity: activityOn('orders', 'orders', 'placed_at', eq('status', 'paid', 'failed')), slices: ORDER_SLICES, by: ['channel', 'quantity'] },
  in_shop: { activity: activityOn('orders', 'orders', 'shop_clock'), slices: ORDER_SLICES, by: ['status', 'vip'] },
  by_date: { activity: activityOn('orders', 'orders', 'order_date'), slices: ORDER_SLICES, by: ['channel', 'score'] },
  leasing: { activity: { metric: 'leases_out', semanticModel: 'leases', filter: ALL, time: LEASE_TIME }, slices: CUSTOMER_SLICES, by: ['segment'] },
  lasting: { activity: { metric: 'leases_out', semanticModel: 'leases', filter: ALL, time: { ...LEASE_TIME, end: null } }, slices: CUSTOMER_SLICES, by: ['segment'] },
  member: { activity: { metric: 'members', semanticModel: 'memberships', filter: ALL, time: { kind: 'interval', start: 'member_since', end: 'member_until', endInclusive: true } }, slices: CUSTOMER_SLICES, by: ['country'] },
  subscribed: { activity: { metric: 'subscriptions', semanticModel: 'subscriptions', filter: eq('plan', 'pro', 'max'), time: { kind: 'interval', start: 'start_date', end: 'end_date', endInclusive: false } }, slices: CUSTOMER_SLICES, by: ['plan'] },
}

const WINDOWS: readonly ActiveMetric['window'][] = [{ count: 1, unit: 'day' }, { count: 7, unit: 'day' }, { count: 28, unit: 'day' }, { count: 2, unit: 'week' }, { count: 1, unit: 'month' }, { count: 1, unit: 'quarter' }]

const DEFINITIONS = Object.fromEntries(
  Object.entries(ACTIVITIES).flatMap(([name, { activity }]) => WINDOWS.map((window): [string, ActiveMetric] => [`${name}_${window.count}_${window.unit}`, { type: 'active', entity: 'customer', activity, window }])),
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
  const cut = fc.tuple(fc.nat(700), fc.integer({ min: 1, max: 20 })).map(([from, length]): Span => ({ start: `${day(year, from)}T04:30`, end: `${day(year, from + length)}T18:45`, grains: [null, 'day', 'month'] }))
  // More edges than a statement spells out one by one.
  const long = fc.constant<Span>({ start: day(year, 40), end: day(year, 405), grains: ['day'] })
  return fc.oneof({ weight: 8, arbitrary: months }, { weight: 6, arbitrary: days }, { weight: 2, arbitrary: cut }, { weight: 1, arbitrary: long })
}

function asksAt(year: number): fc.Arbitrary<OracleAsk> {
  return fc.constantFrom(...Object.keys(ACTIVITIES)).chain((name) => {
    const { slices, by } = ACTIVITIES[name] ?? { slices: [ALL], by: [] }
    const groupings: readonly (readonly GroupKey[])[] = [[], [], [], ...by.map((dimension) => [{ kind: 'dimension' as const, dimension }]), by.slice(0, 2).map((dimension) => ({ kind: 'dimension' as const, dimension }))]
    return fc
      .record({ window: fc.constantFrom(...WINDOWS), predicate: fc.constantFrom(...slices), zone: fc.constantFrom(...ZONES), span: spansAt(year), grain: fc.nat(4), by: fc.constantFrom(...groupings) })
      .map(({ window, predicate, zone, span, grain, by: keys }): OracleAsk => ({ metric: `${name}_${window.count}_${window.unit}`, predicate, zone, start: span.start, end: span.end, grain: span.grains[grain % span.grains.length] ?? null, by: keys }))
  })
}

const batches = fc.constantFrom(2011, 2024).chain((year) =>
  fc.record({ seed: fc.nat(1_000_000), year: fc.constant(year), nowDay: fc.oneof(fc.constant(900), fc.integer({ min: 200, max: 730 })), dataDay: fc.oneof(fc.constant(null), fc.integer({ min: 200, max: 730 })), asks: fc.array(asksAt(year), { minLength: 4, maxLength: 5 }) }),
)

describe('random trailing actives', () => {
  it(`agree with plain loops over the rows, fused or apart (${BATCHES} batches)`, { timeout: 600_000 }, async () => {
    const model = withMetrics(shopModel(), DEFINITIONS)
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, nowDay, dataDay, asks }) => {
        const nowUtcMs = Date.UTC(year, 0, 1 + nowDay, 10, 20)
        const tables = shopTables(seed, year, { customers: 14, orders: 160, subscriptions: 50 })
        const source = await openTestSource('shop', tables)
        const completeUtcMs = dataDay === null ? nowUtcMs : Date.UTC(year, 0, 1 + dataDay, 7)
        if (dataDay !== null) for (const table of Object.keys(tables)) source.watermarks.set(table, completeUtcMs)
        try {
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000 })
          const session = () => analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          const questions = asks.map((ask) => asked(ask, model.calendar, nowUtcMs))
          const together = session()
          const answers = await Promise.all(questions.map((question) => together.metric(question)))
          asks.forEach((ask, index) => {
            const definition = DEFINITIONS[ask.metric] as ActiveMetric
            const wanted = activesOracle({ model, tables, nowUtcMs }, definition, ask, completeUtcMs)
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
