import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { RetentionAnswer, RetentionAsk } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { runsOf } from '../engines/runs-of.ts'
import { SLICES, questionsAt } from '../oracle/random-retentions.ts'
import { matrixOf, retentionAsMetrics } from '../oracle/retention-as-metrics.ts'
import { retentionOracle } from '../oracle/retention.ts'
import type { RetentionQuestion } from '../oracle/retention.ts'
import { shopModel, shopTables } from '../oracle/shop.ts'

const BATCHES = runsOf({ duckdb: 20, served: 6, clickhouse: 3 })

const batches = fc.constantFrom(2011, 2024).chain((year) =>
  fc.record({ seed: fc.nat(1_000_000), year: fc.constant(year), nowDay: fc.oneof(fc.constant(1500), fc.integer({ min: 200, max: 730 })), dataDay: fc.oneof(fc.constant(null), fc.integer({ min: 200, max: 730 })), questions: fc.array(questionsAt(year), { minLength: 6, maxLength: 6 }) }),
)

describe('random retention matrices', () => {
  it(`agree with plain loops over the rows, fused or apart (${BATCHES} batches of 6)`, { timeout: 300_000 }, async () => {
    const model = shopModel()
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, nowDay, dataDay, questions }) => {
        const nowUtcMs = Date.UTC(year, 0, 1 + nowDay, 10, 20)
        const completeUtcMs = dataDay === null ? nowUtcMs : Date.UTC(year, 0, 1 + dataDay, 7)
        const tables = shopTables(seed, year, { customers: 30, orders: 120, subscriptions: 50 })
        const source = await openTestSource('shop', tables)
        if (dataDay !== null) for (const table of Object.keys(tables)) source.watermarks.set(table, completeUtcMs)
        try {
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000 })
          const session = () => analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          const asks = questions.map(({ start, activity, unit, clock, mode, periods, brackets, predicate, zone, from, to }): RetentionAsk => ({
            entity: 'customer', start, activity, unit, clock, mode, periods, brackets, predicate, cohortsAsOf: 'period_end',
            period: resolvePeriod({ between: { start: from, end: to } }, { zone, nowUtcMs, calendar: model.calendar }),
          }))
          const together = session()
          // The same questions for two more slices share the statement of the first.
          const sliced = asks.map((ask, index) => ({ ...ask, predicate: SLICES[(index % 3) + 2] ?? ask.predicate }))
          const answers = await Promise.all([...asks, ...sliced].map((ask) => together.retention(ask)))
          expect(together.stats.scans).toBeLessThanOrEqual(questions.length)
          questions.forEach((question, index) => {
            const wanted = retentionOracle({ model, tables, nowUtcMs }, question, completeUtcMs)
            expect({ question, ...matrixOf(answers[index] as RetentionAnswer) }).toEqual({ question, ...wanted })
          })
          for (const [index, ask] of asks.entries()) expect(matrixOf(await session().retention(ask))).toEqual(matrixOf(answers[index] as RetentionAnswer))
          for (const [index, { predicate }] of sliced.entries()) {
            const question = { ...(questions[index] as RetentionQuestion), predicate }
            expect({ question, ...matrixOf(answers[asks.length + index] as RetentionAnswer) }).toEqual({ question, ...retentionOracle({ model, tables, nowUtcMs }, question, completeUtcMs) })
          }
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: 20_261_121, endOnFailure: process.env['ASK_SHRINK'] === undefined },
    )
  })

  it('agree as metrics, by buckets of any grain and groups of the first start', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, questions }) => {
        const nowUtcMs = Date.UTC(year + 80, 0, 1)
        const asMetrics = retentionAsMetrics(questions, seed)
        const { model } = asMetrics
        const tables = shopTables(seed, year, { customers: 30, orders: 120, subscriptions: 50 })
        const source = await openTestSource('shop', tables)
        try {
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000 })
          const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          await asMetrics.expectByHand(session, tables, nowUtcMs)
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: 20_261_122, endOnFailure: process.env['ASK_SHRINK'] === undefined },
    )
  })
})
