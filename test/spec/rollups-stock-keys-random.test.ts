import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Model, Rollup, SimpleMetric } from '../../src/model/types.ts'
import { builtRollups } from '../engines/built-rollups.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { runsOf } from '../engines/runs-of.ts'
import { asked, differences } from '../oracle/compare-answers.ts'
import { withMetrics } from '../oracle/metric-of.ts'
import { Oracle } from '../oracle/oracle.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import { ZONES, asksAt } from '../oracle/random-asks.ts'
import { shopModel, shopTables } from '../oracle/shop.ts'

const BATCHES = runsOf({ duckdb: 12, served: 3, clickhouse: 3 })
const QUESTIONS = 18

/** Customers of a stock at the end, and at the start, of each bucket. */
function model(): Model {
  const shop = shopModel()
  const atStart = (name: string): SimpleMetric => ({ ...(shop.metrics.get(name)?.implementations[0] as SimpleMetric), asOf: 'period_start' })
  return withMetrics(shop, { active_at_start: atStart('active_customers'), lessees_at_start: atStart('lessees') })
}

const batches = fc.constantFrom(2011, 2024).chain((year) =>
  fc.record({
    seed: fc.nat(1_000_000),
    year: fc.constant(year),
    nowDay: fc.oneof(fc.constant(900), fc.integer({ min: 200, max: 730 })),
    zone: fc.constantFrom('UTC', ...ZONES),
    grain: fc.constantFrom<Rollup['grain']>('day', 'day', 'hour'),
    asks: fc.array(fc.tuple(asksAt(year, ['subscriptions', 'leases']), fc.boolean(), fc.boolean()), { minLength: QUESTIONS, maxLength: QUESTIONS }),
  }),
)

describe('random counts of the keys of a stock, with rollups', () => {
  it(`agree with plain loops over the rows (${BATCHES} batches of ${QUESTIONS})`, { timeout: 300_000 }, async () => {
    const found = { keys: 0, tails: 0, rollups: new Set<string>() }
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, nowDay, zone, grain, asks }) => {
        const own = model()
        const nowUtcMs = Date.UTC(year, 0, 1 + nowDay, 10, 20)
        const tables = shopTables(seed, year, { customers: 14, orders: 10, subscriptions: 70 })
        const source = await openTestSource('shop', tables)
        try {
          const rollup = { entities: [], grain, zone: grain === 'hour' ? 'UTC' : zone }
          const known = await builtRollups(source, 'shop', own, [
            { ...rollup, name: 'customers', semanticModel: 'subscriptions', metrics: ['active_customers'], dimensions: ['plan', 'segment', 'country', 'vip', 'continent'] },
            { ...rollup, name: 'lessees', semanticModel: 'leases', metrics: ['lessees'], dimensions: ['segment', 'vip', 'country', 'continent'] },
          ], nowUtcMs)
          source.statements.length = 0
          const analytics = createAnalytics({ model: own, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000, rollups: { of: () => known } })
          const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          const questions = asks.map(([ask, atStart, inZone]): OracleAsk => {
            const name = ['leases_out', 'load_out', 'lessees'].includes(ask.metric) ? (atStart ? 'lessees_at_start' : 'lessees') : atStart ? 'active_at_start' : 'active_customers'
            return { ...ask, metric: name, zone: inZone ? zone : ask.zone }
          })
          const answers = await Promise.all(questions.map((ask) => session.metric(asked(ask, own.calendar, nowUtcMs))))
          const oracle = new Oracle({ model: own, tables: new Map(Object.entries(tables).map(([name, { rows }]) => [name, rows])), nowUtcMs })
          questions.forEach((ask, index) => expect({ ask, differences: differences(answers[index] as MetricAnswer, oracle.answer(ask)) }).toEqual({ ask, differences: [] }))
          const kept = source.statements.filter(({ text }) => /^WITH "kpiql_(held|moves)/.test(text) && /"(kpiql_)?rollup_/.test(text))
          found.keys += kept.length
          found.tails += kept.filter(({ text }) => text.includes('AS "tail"')).length
          for (const name of session.stats.rollups) found.rollups.add(name)
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: 20_261_125, endOnFailure: process.env['ASK_SHRINK'] === undefined },
    )
    expect([...found.rollups].toSorted()).toEqual(['customers', 'lessees'])
    expect(found.keys).toBeGreaterThan(BATCHES)
    expect(found.tails).toBeGreaterThan(0)
  })
})
