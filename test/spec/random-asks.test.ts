import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { asked, differences, isSameAnswer } from '../oracle/compare-answers.ts'
import { COUNTS_TABLES_ONLY, ENGINE, TELLS_ROWS_READ, openTestSource } from '../engines/open-test-source.ts'
import { runsOf } from '../engines/runs-of.ts'
import { Oracle } from '../oracle/oracle.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import { asksAt } from '../oracle/random-asks.ts'
import { largeShopTables, randomFrom, shopModel, shopTables } from '../oracle/shop.ts'

// A server takes longer for a table of a dozen rows than the engine in this process for all of a batch.
const BATCHES = runsOf({ duckdb: 200, served: 30, clickhouse: 12 })
// Where the engine does not tell what it read, there is nothing that many rows would show.
const MANY_ROWS = TELLS_ROWS_READ ? 400_000 : 40_000
const SEED = Number(process.env['ASK_SEED'] ?? 20_260_301)

const calendars = [
  { weekStart: 1, fiscalYearStart: 1 },
  { weekStart: 7, fiscalYearStart: 4 },
] as const
const models = calendars.map((calendar) => shopModel(calendar))

interface Batch {
  readonly seed: number
  readonly year: number
  readonly calendar: number
  /** Days after the first of the data. */
  readonly nowDay: number
  readonly asks: readonly OracleAsk[]
}

// 2011: Apia skipped a day and changed its clocks; 2024: a leap year.
const batches: fc.Arbitrary<Batch> = fc.constantFrom(2011, 2024).chain((year) =>
  fc.record({
    seed: fc.nat(1_000_000),
    year: fc.constant(year),
    calendar: fc.nat(calendars.length - 1),
    nowDay: fc.oneof({ weight: 2, arbitrary: fc.constant(900) }, { weight: 1, arbitrary: fc.integer({ min: 200, max: 730 }) }),
    asks: fc.array(asksAt(year), { minLength: 2, maxLength: 7 }),
  }),
)

/** Rows of the tables a statement names, as often as it names them. */
function rowsNamed(text: string, tables: Readonly<Record<string, { readonly rows: readonly unknown[] }>>): number {
  return Object.entries(tables).reduce((sum, [name, { rows }]) => sum + (text.split(`FROM "${name}"`).length - 1) * rows.length, 0)
}

describe('random asks', () => {
  it(`agree with plain loops over the rows, fused or apart, and read no more rows fused (${BATCHES} batches, seed ${SEED})`, { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, calendar, nowDay, asks }) => {
        const model = models[calendar] ?? shopModel()
        const nowUtcMs = Date.UTC(year, 0, 1 + nowDay, 10, 20)
        const tables = shopTables(seed, year, { customers: 14, orders: 160, subscriptions: 50 })
        const source = await openTestSource('shop', tables)
        try {
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000 })
          const session = () => analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          const random = randomFrom(seed)
          const shuffled = asks.map((ask) => ({ ask, place: random() })).toSorted((a, b) => a.place - b.place).map(({ ask }) => ask)
          const questions = shuffled.map((ask) => asked(ask, model.calendar, nowUtcMs))

          const rowsNamedSince = (before: number): number => source.statements.slice(before).reduce((sum, { text }) => sum + rowsNamed(text, tables), 0)
          const beforeAll = source.statements.length
          const together = session()
          const answers = await Promise.all(questions.map((question) => together.metric(question)))
          const namedTogether = rowsNamedSince(beforeAll)
          const oracle = new Oracle({ model, tables: new Map(Object.entries(tables).map(([name, { rows }]) => [name, rows])), nowUtcMs })
          shuffled.forEach((ask, index) => expect({ ask, differences: differences(answers[index] as MetricAnswer, oracle.answer(ask)) }).toEqual({ ask, differences: [] }))

          let rowsApart = 0
          for (const [index, question] of questions.entries()) {
            const alone = session()
            const before = source.statements.length
            expect({ question, isSame: isSameAnswer(await alone.metric(question), answers[index] as MetricAnswer) }).toEqual({ question, isSame: true })
            // A table this small is one block: where the engine knew from its statistics that no row fits, it counts as read all the same.
            rowsApart += Math.max(alone.stats.rowsRead, rowsNamedSince(before))
          }
          expect(together.stats.rowsReadUnknown).toBe(!TELLS_ROWS_READ && together.stats.scans > 0)
          expect(COUNTS_TABLES_ONLY ? together.stats.rowsRead : namedTogether).toBeLessThanOrEqual(1.2 * rowsApart)
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: SEED, endOnFailure: process.env['ASK_SHRINK'] === undefined },
    )
  })

  it(`read no more rows fused than apart where the engine can skip what a slice leaves out (${MANY_ROWS} rows)`, { timeout: 600_000 }, async () => {
    const source = await openTestSource('shop', largeShopTables(2024, MANY_ROWS), 8192)
    const model = models[0] ?? shopModel()
    const nowUtcMs = Date.UTC(2026, 5, 1)
    const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 1_000_000 })
    const session = () => analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(asksAt(2024, ['orders', 'subscriptions']), { minLength: 2, maxLength: 6 }), async (asks) => {
          const questions = asks.map((ask) => asked(ask, model.calendar, nowUtcMs))
          const together = session()
          const answers = await Promise.all(questions.map((question) => together.metric(question)))
          const rowsApart: number[] = []
          for (const [index, question] of questions.entries()) {
            const alone = session()
            expect({ question, isSame: isSameAnswer(await alone.metric(question), answers[index] as MetricAnswer) }).toEqual({ question, isSame: true })
            rowsApart.push(alone.stats.rowsRead)
          }
          if (!TELLS_ROWS_READ) return
          // A slice of which the engine's statistics say that no row can be in it is free alone, whatever it is asked beside.
          const reading = questions.filter((_, index) => (rowsApart[index] ?? 0) > 0)
          const fused = session()
          await Promise.all(reading.map((question) => fused.metric(question)))
          expect(fused.stats.rowsRead).toBeLessThanOrEqual(1.2 * rowsApart.reduce((sum, rows) => sum + rows, 0) + (COUNTS_TABLES_ONLY ? 0 : 1000))
        }),
        { numRuns: Number(process.env['LARGE_BATCHES'] ?? (ENGINE === 'duckdb' ? 30 : ENGINE === 'clickhouse' ? 3 : 5)), seed: SEED, endOnFailure: process.env['ASK_SHRINK'] === undefined },
      )
    } finally {
      await source.close()
    }
  })
})
