import { describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { runsOf } from '../engines/runs-of.ts'
import { randomFrom } from '../oracle/shop.ts'
import { NOW, STOCKS, ZONES, askEverything, expectByHand, movementModel, openRandomStocks, randomCase, randomTables } from './random-movements-world.ts'

/** A fourth of them, and so the fourth, has negative prices. */
const WORLDS = runsOf({ duckdb: 10, served: 5, clickhouse: 2 })
const CASES = 20

describe('random movements', () => {
  const checked = { cases: 0, statements: 0 }

  it.each([...Array.from({ length: WORLDS }).keys()])('agree with a count by hand in every component, slice, group, grain and zone (world %i)', async (seed) => {
    const random = randomFrom(seed + 100)
    const tables = randomTables(random, seed % 4 === 3)
    const source = await openRandomStocks(tables)
    try {
      const analytics = createAnalytics({ model: movementModel(), sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: NOW }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 100_000 })
      const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
      const cases = Array.from({ length: CASES }, () => randomCase(random))
      const answers = await Promise.all(cases.map((one) => askEverything(session, one)))
      checked.cases += cases.length
      checked.statements = Math.max(checked.statements, source.statements.filter(({ text }) => text.startsWith('WITH "kpiql_held"')).length)
      for (const answered of answers) expectByHand(tables, answered)
    } finally {
      await source.close()
    }
  })

  it(`were ${WORLDS * CASES}, a stock and zone to a statement`, () => {
    expect(checked.cases).toBe(WORLDS * CASES)
    expect(checked.statements).toBeLessThanOrEqual(STOCKS.length * ZONES.length)
  })
})
