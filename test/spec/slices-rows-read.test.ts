import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Analytics } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { asked } from '../oracle/compare-answers.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import { largeShopTables, shopModel } from '../oracle/shop.ts'

// 400,000 orders of two years in the order of their time, in blocks of 8,192 that the engine skips by their bounds.

const NOW = Date.UTC(2026, 5, 1)
const ROWS = 400_000
const model = shopModel()

let source: TestSource
let analytics: Analytics

beforeAll(async () => {
  source = await openTestSource('shop', largeShopTables(2024, ROWS), 8192)
  analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: NOW }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 100_000 })
})
afterAll(() => source.close())

async function rowsRead(asks: readonly OracleAsk[]): Promise<number> {
  const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  await Promise.all(asks.map((ask) => session.metric(asked(ask, model.calendar, NOW))))
  return session.stats.rowsRead
}

async function together(asks: readonly OracleAsk[]): Promise<{ readonly fused: number; readonly apart: number }> {
  let apart = 0
  for (const ask of asks) apart += await rowsRead([ask])
  return { fused: await rowsRead(asks), apart }
}

const twoYears: OracleAsk = { metric: 'orders', predicate: { kind: 'all' }, zone: 'UTC', start: '2024-01-01', end: '2026-01-01', grain: 'month', by: [] }
const dated = (from: string | null, to: string | null): Predicate => ({
  kind: 'atom',
  dimension: 'order_date',
  test: { op: 'range', from: from === null ? null : { value: from, inclusive: true }, to: to === null ? null : { value: to, inclusive: false } },
})

describe('rows read', () => {
  it('are those of one pass for slices that share it', async () => {
    const slices = ['paid', 'failed', 'refund'].map((value): OracleAsk => ({ ...twoYears, predicate: { kind: 'atom', dimension: 'status', test: { op: 'in', values: [value], caseInsensitive: false } } }))
    expect(await rowsRead(slices)).toBe(ROWS)
  })

  it('are not those between two windows far apart', async () => {
    const windows = ['orders', 'buyers', 'median_amount'].flatMap((metric) => [
      { ...twoYears, metric, start: '2024-01-01', end: '2024-01-15' },
      { ...twoYears, metric, start: '2025-12-01', end: '2025-12-15' },
    ])
    const { fused, apart } = await together(windows)
    expect(fused).toBeLessThanOrEqual(1.2 * apart)
    expect(fused).toBeLessThan(ROWS / 5)
  })

  it('are not those between two slices by date far apart', async () => {
    const { fused, apart } = await together([{ ...twoYears, predicate: dated(null, '2024-02-01') }, { ...twoYears, predicate: dated('2025-12-01', null) }])
    expect(fused).toBeLessThanOrEqual(1.2 * apart)
  })

  it('are two passes at most for a stock, however many slices', async () => {
    const slices = ['basic', 'pro', 'max', 'none'].map((value): OracleAsk => ({ ...twoYears, metric: 'mrr', predicate: { kind: 'atom', dimension: 'plan', test: { op: 'in', values: [value], caseInsensitive: false } } }))
    expect(await rowsRead(slices)).toBeLessThanOrEqual(2 * ROWS)
  })
})
