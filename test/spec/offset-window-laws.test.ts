import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Analytics } from '../../src/answer/types.ts'
import type { Grain } from '../../src/base/grain.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { ENGINE, openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { modelOf } from './schema-world.ts'

// Each day of 2023 and 2024 has one order: its amount is month and day as a number, so that 228 is the 28th of February.
const MODEL = modelOf(`
semantic_models:
  - { name: orders, source: shop, table: orders, agg_time_dimension: ordered_on, entities: [{ name: order, type: primary, expr: id }], dimensions: [{ name: ordered_on, type: time, expr: day, granularity: day }] }
metrics:
  - { name: gross, type: simple, semantic_model: orders, agg: sum, expr: amount }
  - { name: gross_a_month_before, type: derived, expr: before, metrics: [{ name: gross, alias: before, offset_window: 1 month }] }
`)
const DAY_MS = 86_400_000
const NOW = Date.UTC(2025, 0, 1)

let source: TestSource
let analytics: Analytics

beforeAll(async () => {
  const rows = Array.from({ length: 731 }, (_, index) => {
    const day = new Date(Date.UTC(2023, 0, 1) + index * DAY_MS)
    return { id: index, day: day.toISOString().slice(0, 10), amount: (day.getUTCMonth() + 1) * 100 + day.getUTCDate() }
  })
  source = await openTestSource('shop', { orders: { columns: { id: 'BIGINT', day: 'DATE', amount: 'BIGINT' }, rows } })
  analytics = createAnalytics({ model: MODEL, sources: new Map([['shop', { source, connector: ENGINE, nowUtcMs: null }]]), cacheBytes: 0, clock: { nowMs: () => NOW }, maxGroups: 10_000 })
})
afterAll(() => source.close())

async function before(start: string, end: string, grain: Grain): Promise<readonly (number | null)[]> {
  const session = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
  const period = resolvePeriod({ between: { start, end } }, { nowUtcMs: NOW, zone: 'UTC', calendar: MODEL.calendar })
  const { groups } = await session.metric({ metric: 'gross_a_month_before', predicate: { kind: 'all' }, period, grain, by: [] })
  return groups.flatMap(({ cells }) => cells.map(({ value }) => value))
}

describe('a month before', () => {
  it('the days that a shorter month lacks is its last day, as in MetricFlow', async () => {
    expect(await before('2023-03-27', '2023-04-02', 'day')).toEqual([227, 228, 228, 228, 228, 301])
    expect(await before('2024-03-27', '2024-04-02', 'day')).toEqual([227, 228, 229, 229, 229, 301])
    expect(await before('2023-05-30', '2023-06-01', 'day')).toEqual([430, 430])
  })

  it('of a period that ends within the days that it lacks is that day, too', async () => {
    expect(await before('2023-03-29', '2023-03-31', 'day')).toEqual([228, 228])
  })

  it('of a whole week is the whole week in which its first day lies then', async () => {
    // Mondays 3 and 10 April: 3 March lies in the week from 27 February on, 10 March in that from 6 March on.
    const first = 227 + 228 + 301 + 302 + 303 + 304 + 305
    const second = 306 + 307 + 308 + 309 + 310 + 311 + 312
    expect(await before('2023-04-03', '2023-04-17', 'week')).toEqual([first, second])
  })

  it('of a week that the period cuts are its own days, a month before', async () => {
    // From Wednesday to Sunday, 5 to 9 April; and Monday and Tuesday, 17 and 18 April.
    const [first, last] = [305 + 306 + 307 + 308 + 309, 317 + 318]
    expect(await before('2023-04-05', '2023-04-19', 'week')).toEqual([first, 306 + 307 + 308 + 309 + 310 + 311 + 312, last])
  })

  it('of a month is the month before, and of a quarter three months that begin one earlier', async () => {
    const sumOf = (month: number, days: number): number => month * 100 * days + (days * (days + 1)) / 2
    expect(await before('2023-03-01', '2023-05-01', 'month')).toEqual([sumOf(2, 28), sumOf(3, 31)])
    expect(await before('2023-04-01', '2023-07-01', 'quarter')).toEqual([sumOf(3, 31) + sumOf(4, 30) + sumOf(5, 31)])
  })
})
