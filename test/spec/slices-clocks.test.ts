import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Analytics } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Grain } from '../../src/base/grain.ts'
import { asked, differences } from '../oracle/compare-answers.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { Oracle } from '../oracle/oracle.ts'
import type { Row } from '../oracle/row-test.ts'
import { SHOP_COLUMNS, shopModel } from '../oracle/shop.ts'

// Sales noted by the wall clock of a shop in Berlin, around the hour that comes twice (27 October 2024) and the one that never
// came (31 March). A time that comes twice is the earlier one.

const NOW = Date.UTC(2026, 1, 1)
const CLOCKS = ['2024-01-01 00:00:00', '2024-03-31 01:59:00', '2024-03-31 03:00:00', '2024-03-31 03:30:00', '2024-10-27 01:59:00', '2024-10-27 02:00:00', '2024-10-27 02:30:00', '2024-10-27 02:59:59', '2024-10-27 03:00:00']
const orders = CLOCKS.map((shop_clock, order_id): Row => ({ order_id, shop_clock }))
const model = shopModel()
const oracle = new Oracle({ model, tables: new Map([['orders', orders]]), nowUtcMs: NOW })

let source: TestSource
let analytics: Analytics

beforeAll(async () => {
  source = await openTestSource('shop', Object.fromEntries(Object.entries(SHOP_COLUMNS).map(([name, columns]) => [name, { columns, rows: name === 'orders' ? orders : [] }])))
  analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: NOW }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 1000 })
})
afterAll(() => source.close())

async function count(zone: string, start: string, end: string, grain: Grain | null): Promise<readonly (number | null)[]> {
  const ask = { metric: 'orders_at_shop', predicate: { kind: 'all' }, zone, start, end, grain, by: [] } as const
  const answer = await analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal }).metric(asked(ask, model.calendar, NOW))
  expect(differences(answer, oracle.answer(ask))).toEqual([])
  return answer.groups[0]?.cells.map(({ value }) => value) ?? []
}

describe('wall clocks of a declared zone', () => {
  it('take a time that comes twice as the earlier one, wherever a bucket or a period begins', async () => {
    // 23:00, 00:00, 01:00 and 02:00 in UTC: 01:59 is 23:59, 02:00 to 02:59:59 are the hour of 00:00, 03:00 is 02:00.
    expect(await count('UTC', '2024-10-26T23:00', '2024-10-27T03:00', 'hour')).toEqual([1, 3, 0, 1])
    expect(await count('UTC', '2024-10-27T01:00', '2024-10-27T03:00', null)).toEqual([1])
    expect(await count('UTC', '2024-10-26T23:00', '2024-10-27T01:00', null)).toEqual([4])
    expect(await count('Asia/Kolkata', '2024-10-27T06:30', '2024-10-27T12:00', 'day')).toEqual([1])
  })

  it('have no hour that was skipped', async () => {
    // 00:59 and 01:00 in UTC are 01:59 and 03:00 in Berlin.
    expect(await count('UTC', '2024-03-31T00:00', '2024-03-31T02:00', 'hour')).toEqual([1, 2])
    expect(await count('Europe/Berlin', '2024-03-31', '2024-04-01', 'day')).toEqual([3])
  })

  it('give a day of 25 hours 25 buckets, the second of the two hours empty', async () => {
    const hours = await count('Europe/Berlin', '2024-10-27', '2024-10-28', 'hour')
    expect(hours).toHaveLength(25)
    expect(hours.slice(1, 5)).toEqual([1, 3, 0, 1])
  })
})
