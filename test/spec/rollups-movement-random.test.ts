import { describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Rollup } from '../../src/model/types.ts'
import { builtRollups } from '../engines/built-rollups.ts'
import { ENGINE } from '../engines/open-test-source.ts'
import { runsOf } from '../engines/runs-of.ts'
import { randomFrom } from '../oracle/shop.ts'
import { NOW, STOCKS, ZONES, askEverything, expectByHand, movementModel, openRandomStocks, randomCase, randomTables } from './random-movements-world.ts'

const WORLDS = runsOf({ duckdb: 10, served: 3, clickhouse: 3 })
const CASES = 20

/** Of every stock its changes by days of a zone, some by hours, told apart by plan and country, or only one of them. */
function rollupsOf(random: () => number): readonly Rollup[] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  return STOCKS.flatMap((stock) => {
    const kept = pick([[`${stock}_plan`, 'country'], [`${stock}_plan`, 'country'], [`${stock}_plan`], ['country']])
    const common = { semanticModel: stock, metrics: [`${stock}_new_amount`, `${stock}_followed_kept_month_entities`], dimensions: kept, entities: [] }
    const days: Rollup = { ...common, name: `${stock}_days`, grain: 'day', zone: pick(ZONES) }
    return random() < 0.3 ? [{ ...days, name: `${stock}_hours`, grain: 'hour', zone: 'UTC' }] : [days]
  })
}

describe('random movements with rollups', () => {
  const found = { cases: 0, tails: 0, fromTables: 0, rollups: new Set<string>() }

  it.each([...Array.from({ length: WORLDS }).keys()])('agree with a count by hand in every component, slice, group, grain and zone (world %i)', async (seed) => {
    const random = randomFrom(seed + 900)
    const tables = randomTables(random, seed % 4 === 3)
    const source = await openRandomStocks(tables)
    try {
      const model = movementModel()
      const known = await builtRollups(source, 'shop', model, rollupsOf(random), NOW)
      const zones = new Map(known.map(({ rollup: { shape } }) => [shape.semanticModel, shape.grain === 'day' ? shape.zone : 'Pacific/Auckland']))
      const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: NOW }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 100_000, rollups: { of: () => known } })
      const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
      // Half of them in the zone of the days that are kept.
      const cases = Array.from({ length: CASES }, () => randomCase(random)).map((one, index) => (index % 2 === 0 ? { ...one, zone: zones.get(one.stock) ?? one.zone } : one))
      source.statements.length = 0
      const answers = await Promise.all(cases.map((one) => askEverything(session, one)))
      for (const answered of answers) expectByHand(tables, answered)
      found.cases += cases.length
      const statements = source.statements.filter(({ text }) => text.startsWith('WITH "kpiql_held"'))
      found.tails += statements.filter(({ text }) => text.includes('AS "tail"')).length
      found.fromTables += statements.filter(({ text }) => !/"(kpiql_)?rollup_/.test(text)).length
      for (const name of session.stats.rollups) found.rollups.add(name)
    } finally {
      await source.close()
    }
  })

  it(`were ${WORLDS * CASES}, from rollups of every kind, with rows of the day that is not over, and from tables`, () => {
    expect(found.cases).toBe(WORLDS * CASES)
    if (ENGINE === 'duckdb') expect([...found.rollups].toSorted()).toEqual(STOCKS.flatMap((stock) => [`${stock}_days`, `${stock}_hours`]).toSorted())
    else expect(found.rollups.size).toBeGreaterThanOrEqual(STOCKS.length)
    expect(Math.min(found.tails, found.fromTables)).toBeGreaterThan(0)
  })
})
