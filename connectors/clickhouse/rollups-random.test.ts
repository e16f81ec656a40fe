import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Rollup } from '../../src/model/types.ts'
import { builtRollups } from '../../test/engines/built-rollups.ts'
import { openTestSource } from '../../test/engines/open-test-source.ts'
import type { Columns } from '../../test/engines/open-test-source.ts'
import type { Row } from '../../test/oracle/row-test.ts'
import { asked, differences } from '../../test/oracle/compare-answers.ts'
import { Oracle } from '../../test/oracle/oracle.ts'
import { ZONES, asksAt } from '../../test/oracle/random-asks.ts'
import { shopModel, shopTables } from '../../test/oracle/shop.ts'

const SEED = Number(process.env['ASK_SEED'] ?? 20_261_123)
const BATCHES = Number(process.env['ASK_BATCHES'] ?? 4)

const TOTALS = ['gross', 'revenue', 'weight_total', 'items', 'orders', 'orders_with_status', 'average_order', 'average_weight', 'smallest_amount', 'largest_amount', 'largest_weight', 'rush_orders']

const rollups = fc.constantFrom(...ZONES).map((zone): readonly Rollup[] => {
  const one = (name: string, rest: Partial<Rollup> & Pick<Rollup, 'metrics'>): Rollup => ({ name, semanticModel: 'orders', dimensions: ['status', 'channel', 'rush'], entities: [], grain: 'day', zone, ...rest })
  return [
    one('days', { metrics: TOTALS }),
    one('hours', { metrics: TOTALS, grain: 'hour', zone: 'UTC' }),
    one('buyers_a_day', { metrics: ['buyers', 'gross', 'orders'], entities: ['customer'] }),
    one('dates', { metrics: ['revenue_by_date', 'orders_by_date', 'buyers_by_date'], entities: ['customer'] }),
    one('placed', { metrics: ['orders_placed', 'buyers_placed'] }),
    one('stock', { semanticModel: 'subscriptions', metrics: ['mrr', 'subscriptions', 'average_price'], dimensions: ['plan'] }),
    one('leases_over_time', { semanticModel: 'leases', metrics: ['leases_out'], dimensions: [] }),
  ]
})

describe('random asks with rollups that ClickHouse keeps', () => {
  it(`agree with plain loops over the rows, half of which were inserted after they were made (${BATCHES} batches, seed ${SEED})`, { timeout: 600_000 }, async () => {
    const used = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000_000), rollups, fc.array(asksAt(2024, ['orders', 'orders', 'subscriptions', 'leases']), { minLength: 50, maxLength: 60 }), async (seed, declared, asks) => {
        const model = shopModel({ weekStart: 1, fiscalYearStart: 1 })
        const nowUtcMs = Date.UTC(2026, 5, 18, 10, 20)
        const tables = shopTables(seed, 2024, { customers: 14, orders: 160, subscriptions: 50 })
        const source = await openTestSource('shop', tables)
        // Statistics are those of all rows, and half of them come later.
        const insert = async (from: number, to: number): Promise<void> => {
          for (const name of ['orders', 'subscriptions', 'leases'] as const) {
            const { columns, rows }: { columns: Columns; rows: readonly Row[] } = tables[name]
            const some = rows.slice(rows.length * from, rows.length * to).map((row) => JSON.stringify(Object.keys(columns).map((column) => row[column] ?? null)))
            await source.run(`INSERT INTO ${name} FORMAT JSONCompactEachRow\n${some.join('\n')}`)
          }
        }
        try {
          for (const name of ['orders', 'subscriptions', 'leases']) await source.run(`TRUNCATE TABLE ${name}`)
          await insert(0, 0.5)
          const known = await builtRollups(source, 'shop', model, declared, nowUtcMs)
          await insert(0.5, 1)
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'clickhouse', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000, rollups: { of: () => known } })
          const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          const answers = await Promise.all(asks.map((ask) => session.metric(asked(ask, model.calendar, nowUtcMs))))
          const oracle = new Oracle({ model, tables: new Map(Object.entries(tables).map(([name, { rows }]) => [name, rows])), nowUtcMs })
          asks.forEach((ask, index) => expect({ ask, differences: differences(answers[index] as MetricAnswer, oracle.answer(ask)) }).toEqual({ ask, differences: [] }))
          for (const name of session.stats.rollups) used.set(name, (used.get(name) ?? 0) + 1)
          for (const { rollup } of known) expect([rollup.shape.name, await source.rollups?.maker?.holds(rollup.table)]).toEqual([rollup.shape.name, true])
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: SEED, endOnFailure: true },
    )
    expect(used.size).toBeGreaterThanOrEqual(4)
  })
})
