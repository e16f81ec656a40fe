import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import type { Rollup } from '../../src/model/types.ts'
import { builtRollups } from '../engines/built-rollups.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { runsOf } from '../engines/runs-of.ts'
import { activityOn } from '../oracle/activity.ts'
import { ZONES } from '../oracle/random-asks.ts'
import { eq, questionsAt } from '../oracle/random-retentions.ts'
import { matrixOf, retentionAsMetrics } from '../oracle/retention-as-metrics.ts'
import { retentionOracle } from '../oracle/retention.ts'
import type { RetentionQuestion } from '../oracle/retention.ts'
import { shopModel, shopTables } from '../oracle/shop.ts'

const SEED = Number(process.env['ASK_SEED'] ?? 20_261_122)
const BATCHES = runsOf({ duckdb: 14, served: 4, clickhouse: 4 })
const QUESTIONS = 15

/** Of two tables, by moments of three kinds and by dates; and what lasts, of which no rollup tells. */
const ACTIVITIES = [
  activityOn('orders', 'orders', 'ordered_at'),
  activityOn('orders', 'orders', 'ordered_at', eq('status', 'paid')),
  activityOn('orders_placed', 'orders', 'placed_at'),
  activityOn('orders_at_shop', 'orders', 'shop_clock', eq('rush', true)),
  activityOn('orders_by_date', 'orders', 'order_date'),
  activityOn('orders_by_date', 'orders', 'order_date', eq('channel', 'web')),
  activityOn('signups', 'customers', 'signup_date'),
  activityOn('signups', 'customers', 'signup_date', eq('segment', 'SMB')),
  { metric: 'leases_out', semanticModel: 'leases', filter: { kind: 'all' }, time: { kind: 'interval', start: 'leased_at', end: 'returned_at', endInclusive: false } },
] as const

const DIMENSIONS = ['status', 'segment', 'continent', 'channel', 'rush', 'vip'] as const

const rollups: fc.Arbitrary<readonly Rollup[]> = fc
  .record({ zone: fc.constantFrom('UTC', ...ZONES), dimensions: fc.oneof(fc.constant([...DIMENSIONS]), fc.subarray([...DIMENSIONS])), kept: fc.uniqueArray(fc.nat(5), { minLength: 4, maxLength: 6 }) })
  .map(({ zone, dimensions, kept }) => {
    const one = (name: string, rest: Partial<Rollup> & Pick<Rollup, 'metrics'>): Rollup => ({ name, semanticModel: 'orders', dimensions, entities: ['customer'], grain: 'day', zone, ...rest })
    const all = [
      one('days', { metrics: ['orders'] }),
      one('hours', { metrics: ['orders'], grain: 'hour', zone: 'UTC' }),
      one('placed', { metrics: ['orders_placed'] }),
      one('at_shop', { metrics: ['orders_at_shop'], grain: 'hour', zone: 'UTC' }),
      one('dates', { metrics: ['orders_by_date'] }),
      one('signups', { semanticModel: 'customers', metrics: ['signups'], dimensions: ['segment', 'vip', 'continent'] }),
    ]
    return all.filter((_, index) => kept.includes(index))
  })

interface Batch {
  readonly seed: number
  readonly year: number
  readonly nowDay: number
  readonly zone: string | null
  readonly rollups: readonly Rollup[]
  readonly questions: readonly RetentionQuestion[]
}

const batches: fc.Arbitrary<Batch> = fc.constantFrom(2011, 2024).chain((year) =>
  fc.record({
    seed: fc.nat(1_000_000),
    year: fc.constant(year),
    nowDay: fc.oneof(fc.constant(1500), fc.integer({ min: 200, max: 730 })),
    // Half of them ask in the zone of the days that are kept.
    zone: fc.constantFrom('kept', null),
    rollups,
    questions: fc.array(questionsAt(year, ACTIVITIES), { minLength: QUESTIONS, maxLength: QUESTIONS }),
  }),
).map((batch) => ({ ...batch, questions: batch.questions.map((question) => ({ ...question, zone: batch.zone === null ? question.zone : (batch.rollups.find(({ grain }) => grain === 'day')?.zone ?? question.zone) })) }))

describe('random retention with rollups', () => {
  it(`agrees with plain loops over the rows, whichever rollups there are (${BATCHES} batches of ${QUESTIONS}, seed ${SEED})`, { timeout: 300_000 }, async () => {
    const used = new Map<string, number>()
    const found = { several: 0, tails: 0, mixed: 0 }
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, nowDay, rollups: declared, questions }) => {
        const model = shopModel()
        const nowUtcMs = Date.UTC(year, 0, 1 + nowDay, 10, 20)
        const tables = shopTables(seed, year, { customers: 30, orders: 120, subscriptions: 5 })
        const source = await openTestSource('shop', tables)
        try {
          const known = await builtRollups(source, 'shop', model, declared, nowUtcMs)
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000, rollups: { of: () => known } })
          source.statements.length = 0
          for (const question of questions) {
            const { start, activity, unit, clock, mode, periods, brackets, predicate, zone, from, to } = question
            const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
            const period = resolvePeriod({ between: { start: from, end: to } }, { zone, nowUtcMs, calendar: model.calendar })
            const answer = await session.retention({ entity: 'customer', start, activity, unit, clock, mode, periods, brackets, predicate, cohortsAsOf: 'period_end', period })
            expect({ question, ...matrixOf(answer) }).toEqual({ question, ...retentionOracle({ model, tables, nowUtcMs }, question) })
            const { rollups: names } = session.stats
            for (const name of names) used.set(name, (used.get(name) ?? 0) + 1)
            found.several += Number(names.length > 1)
            found.mixed += Number(names.length === 1 && start.semanticModel !== activity.semanticModel)
          }
          found.tails += source.statements.filter(({ text }) => text.includes('AS "tail"')).length
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: SEED, endOnFailure: process.env['ASK_SHRINK'] === undefined },
    )
    // A rollup that nothing reads proves nothing; one of six may have no luck in so few batches.
    expect(used.size).toBeGreaterThanOrEqual(5)
    expect(Math.min(found.several, found.tails, found.mixed)).toBeGreaterThan(0)
  })

  it('agrees as metrics, by buckets of any grain and groups of the first start', { timeout: 300_000 }, async () => {
    let read = 0
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, rollups: declared, questions }) => {
        const nowUtcMs = Date.UTC(year + 80, 0, 1)
        const asMetrics = retentionAsMetrics(questions, seed)
        const { model } = asMetrics
        const tables = shopTables(seed, year, { customers: 30, orders: 120, subscriptions: 5 })
        const source = await openTestSource('shop', tables)
        try {
          const known = await builtRollups(source, 'shop', model, declared, nowUtcMs)
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000, rollups: { of: () => known } })
          const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          await asMetrics.expectByHand(session, tables, nowUtcMs)
          read += session.stats.rollups.length
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: SEED + 1, endOnFailure: process.env['ASK_SHRINK'] === undefined },
    )
    expect(read).toBeGreaterThan(BATCHES / 2)
  })
})
