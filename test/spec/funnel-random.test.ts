import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { FunnelAnswer, FunnelAsk, MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { FUNNEL_ORDERS } from '../../src/model/types.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Activity } from '../../src/model/types.ts'
import { activityOn } from '../oracle/activity.ts'
import { funnelOracle } from '../oracle/funnel.ts'
import type { FunnelQuestion } from '../oracle/funnel.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { runsOf } from '../engines/runs-of.ts'
import { withMetrics } from '../oracle/metric-of.ts'
import { ZONES } from '../oracle/random-asks.ts'
import { shopModel, shopTables } from '../oracle/shop.ts'

const BATCHES = runsOf({ duckdb: 10, served: 5, clickhouse: 2 })
const ALL: Predicate = { kind: 'all' }
const eq = (dimension: string, ...values: (string | boolean)[]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })

/** Some overlap, so that one event fits several steps; some are of other tables and other times of the same rows. */
const STEPS: readonly Activity[] = [
  activityOn('orders', 'orders', 'ordered_at'),
  activityOn('orders', 'orders', 'ordered_at', eq('status', 'paid')),
  activityOn('orders', 'orders', 'ordered_at', eq('channel', 'web', 'shop')),
  activityOn('orders', 'orders', 'ordered_at', eq('status', 'failed', 'refund')),
  activityOn('orders_at_shop', 'orders', 'shop_clock', eq('rush', true)),
  activityOn('orders_placed', 'orders', 'placed_at', eq('status', 'paid')),
  activityOn('leases', 'leases', 'leased_at'),
]
const DATED: readonly Activity[] = [activityOn('orders_by_date', 'orders', 'order_date'), activityOn('orders_by_date', 'orders', 'order_date', eq('status', 'paid')), activityOn('new_subscriptions', 'subscriptions', 'start_date'), activityOn('new_subscriptions', 'subscriptions', 'start_date', eq('plan', 'pro'))]
/** No order fits two of these. */
const APART: readonly Activity[] = ['paid', 'failed', 'refund'].map((status) => activityOn('orders', 'orders', 'ordered_at', eq('status', status)))
const SLICES: readonly Predicate[] = [ALL, ALL, eq('segment', 'SMB'), { kind: 'not', of: eq('segment', 'SMB') }, eq('continent', 'Europe'), { kind: 'none' }]
const WINDOWS: readonly FunnelQuestion['within'][] = [{ count: 6, unit: 'hour' }, { count: 1, unit: 'day' }, { count: 14, unit: 'day' }, { count: 6, unit: 'week' }, { count: 3, unit: 'month' }, { count: 1, unit: 'year' }]

function questionsAt(year: number): fc.Arbitrary<FunnelQuestion> {
  const date = (offset: number): string => new Date(Date.UTC(year, 0, 1 + offset)).toISOString().slice(0, 10)
  return fc
    .record({
      order: fc.constantFrom(...FUNNEL_ORDERS, 'ordered' as const),
      kind: fc.constantFrom('mixed', 'mixed', 'orders', 'apart', 'dated', 'all'),
      count: fc.constantFrom(2, 3, 3, 4),
      picks: fc.array(fc.nat(100), { minLength: 4, maxLength: 4 }),
      within: fc.constantFrom(...WINDOWS),
      slice: fc.nat(100),
      by: fc.constantFrom(null, null, 'segment', 'vip'),
      zone: fc.constantFrom(...ZONES),
      offset: fc.nat(600),
      length: fc.integer({ min: 1, max: 300 }),
      cut: fc.constantFrom('', '', 'T04:30'),
      grain: fc.constantFrom<FunnelQuestion['grain']>(null, 'month', 'quarter'),
    })
    .map(({ order, kind, count, picks, within, slice, by, zone, offset, length, cut, grain }) => {
      const choices = { mixed: STEPS, orders: STEPS.slice(0, 4), apart: APART, dated: DATED, all: [...STEPS, ...DATED] }[kind] ?? STEPS
      const picked = picks.slice(0, count).map((pick, index) => choices[(kind === 'apart' ? (picks[0] ?? 0) + index : pick) % choices.length] as Activity)
      // An unordered funnel takes each activity once.
      const steps = order === 'unordered' ? [...new Set([...picked, ...choices])].slice(0, count) : picked
      return { steps, order, within, predicate: SLICES[slice % SLICES.length] ?? ALL, by, zone, from: date(offset), to: `${date(offset + length)}${cut}`, grain }
    })
}

const batches = fc.constantFrom(2011, 2024).chain((year) => fc.record({ seed: fc.nat(1_000_000), year: fc.constant(year), questions: fc.array(questionsAt(year), { minLength: 8, maxLength: 8 }) }))

describe('random funnels', () => {
  it(`agree with plain loops over the events, fused or apart (${BATCHES} batches of 8)`, { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, questions }) => {
        const nowUtcMs = Date.UTC(year + 6, 0, 1)
        const model = withMetrics(shopModel(), Object.fromEntries(questions.map(({ steps, within, order }, index) => [`funnel_${index}`, { type: 'funnel' as const, entity: 'customer', steps, within, order }])))
        const tables = shopTables(seed, year, { customers: 12, orders: 150, subscriptions: 60 })
        const source = await openTestSource('shop', tables)
        try {
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000 })
          const session = () => analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          const asks = questions.map(({ steps, within, order, predicate, by, zone, from, to }): FunnelAsk => ({
            entity: 'customer', steps, within, order, predicate, by, cohortsAsOf: 'period_end',
            period: resolvePeriod({ between: { start: from, end: to } }, { zone, nowUtcMs, calendar: model.calendar }),
          }))
          const together = session()
          const [funnels, sliced, series] = await Promise.all([
            Promise.all(asks.map((ask) => together.funnel(ask))),
            Promise.all(asks.map((ask) => together.funnel({ ...ask, predicate: eq('vip', true) }))),
            Promise.all(asks.map(({ predicate, period, by }, index) => together.metric({ metric: `funnel_${index}`, predicate, period, grain: questions[index]?.grain ?? null, by: by === null ? [] : [{ kind: 'dimension', dimension: by }] }))),
          ])
          expect(together.stats.scans).toBeLessThanOrEqual(questions.length)
          const shop = { model, tables, nowUtcMs }
          questions.forEach((question, index) => {
            const whole = { ...question, grain: null }
            expect({ question, funnel: told(funnels[index] as FunnelAnswer) }).toEqual({ question, funnel: wanted(funnelOracle(shop, whole)[0] ?? []) })
            expect({ question, funnel: told(sliced[index] as FunnelAnswer) }).toEqual({ question, funnel: wanted(funnelOracle(shop, { ...whole, predicate: eq('vip', true) })[0] ?? []) })
            expect({ question, series: rates(series[index] as MetricAnswer) }).toEqual({ question, series: wantedRates(question, funnelOracle(shop, question)) })
          })
          for (const [index, ask] of asks.entries()) expect(told(await session().funnel(ask))).toEqual(told(funnels[index] as FunnelAnswer))
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: 20_261_121, endOnFailure: process.env['ASK_SHRINK'] === undefined },
    )
  })
})

const byValue = <T extends { value: unknown }>(groups: readonly T[]): readonly T[] => groups.toSorted((a, b) => (JSON.stringify(a.value) < JSON.stringify(b.value) ? -1 : 1))

function told({ groups, unavailable }: FunnelAnswer): unknown {
  if (unavailable !== null) return unavailable.reason === 'BEFORE_FIRST_DATA' ? [] : unavailable
  const counted = groups.map(({ value, steps }) => ({ value, counts: steps.map(({ count }) => count), medians: steps.slice(1).map(({ medianSeconds }) => medianSeconds) }))
  return byValue(counted.filter(({ counts }) => counts[0] !== 0))
}

function wanted(groups: ReturnType<typeof funnelOracle>[number]): unknown {
  return byValue(groups.filter(({ counts }) => counts[0] !== 0))
}

function rates({ groups }: MetricAnswer): unknown {
  return byValue(groups.map(({ values, cells }) => ({ value: values[0] ?? null, rates: cells.map(({ value }) => value) }))).filter(({ rates: found }) => found.some((rate) => rate !== null))
}

function wantedRates({ steps }: FunnelQuestion, buckets: ReturnType<typeof funnelOracle>): unknown {
  const values = new Set(buckets.flatMap((groups) => groups.filter(({ counts }) => counts[0] !== 0).map(({ value }) => value)))
  const rateOf = ({ counts }: { readonly counts: readonly number[] }): number => (100 * (counts[steps.length - 1] ?? 0)) / (counts[0] ?? 0)
  return byValue([...values].map((value) => ({ value, rates: buckets.map((groups) => groups.filter((group) => group.value === value && group.counts[0] !== 0).map(rateOf)[0] ?? null) })))
}
