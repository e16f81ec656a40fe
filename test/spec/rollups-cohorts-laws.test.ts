import { afterEach, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { activityOf } from '../../src/model/activity.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { ALL } from '../../src/model/predicate.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { builtRollups } from '../engines/built-rollups.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'

const MODEL = `
semantic_models:
  - name: customers
    table: customers
    entities: [{ name: customer, type: primary, expr: customer_id }]
    dimensions: [{ name: country, type: categorical }]
  - name: orders
    table: orders
    agg_time_dimension: ordered_on
    entities: [{ name: order, type: primary, expr: order_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: ordered_on, type: time, granularity: day }, { name: status, type: categorical }]
  - name: payments
    table: payments
    agg_time_dimension: paid_on
    entities: [{ name: order, type: foreign, expr: order_id }]
    dimensions: [{ name: paid_on, type: time, granularity: day }]
  - name: visits
    table: visits
    agg_time_dimension: visited_on
    entities: [{ name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: visited_on, type: time, granularity: day }]
metrics:
  - { name: orders, semantic_model: orders, agg: count }
  - { name: payments, semantic_model: payments, agg: count }
  - { name: visits, semantic_model: visits, agg: count }
`
const NOW = Date.parse('2024-03-01T00:00:00Z')

const opened: TestSource[] = []
afterEach(() => Promise.all(opened.splice(0).map((source) => source.close())))

/** By hand: ann has two orders, one of them paid; bob has one, and a visit. */
async function ask(metric: 'payments' | 'visits'): Promise<readonly unknown[]> {
  const source = await openTestSource('shop', {
    customers: { columns: { customer_id: 'VARCHAR', country: 'VARCHAR' }, rows: [{ customer_id: 'ann', country: 'DE' }, { customer_id: 'bob', country: 'US' }] },
    orders: { columns: { order_id: 'BIGINT', customer_id: 'VARCHAR', ordered_on: 'DATE', status: 'VARCHAR' }, rows: [{ order_id: 1, customer_id: 'ann', ordered_on: '2024-01-02', status: 'open' }, { order_id: 2, customer_id: 'ann', ordered_on: '2024-01-03', status: 'done' }, { order_id: 3, customer_id: 'bob', ordered_on: '2024-01-03', status: 'done' }] },
    payments: { columns: { order_id: 'BIGINT', paid_on: 'DATE' }, rows: [{ order_id: 2, paid_on: '2024-01-05' }] },
    visits: { columns: { customer_id: 'VARCHAR', visited_on: 'DATE' }, rows: [{ customer_id: 'bob', visited_on: '2024-01-05' }] },
  })
  opened.push(source)
  const loaded = loadModel([{ name: 'shop.yml', text: MODEL }], { source: 'shop' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  const { model } = loaded
  const known = await builtRollups(source, 'shop', model, [{ name: 'daily', semanticModel: 'orders', metrics: ['orders'], dimensions: [], entities: ['customer'], grain: 'day', zone: 'UTC' }], NOW)
  const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 1000, rollups: { of: () => known } })
  const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  const done: Predicate = metric === 'payments' ? { kind: 'atom', dimension: 'status', test: { op: 'in', values: ['done'], caseInsensitive: false } } : ALL
  const predicate: Predicate = { kind: 'member', of: { kind: 'behavior', entity: 'customer', activity: activityOf(model, metric, done), atLeast: 1, atMost: null, window: { kind: 'ever' } } }
  const { groups } = await session.metric({ metric: 'orders', predicate, grain: null, by: [], period: resolvePeriod({ between: { start: '2024-01-01', end: '2024-02-01' } }, { zone: 'UTC', nowUtcMs: NOW, calendar: model.calendar }) })
  return [groups[0]?.cells[0]?.exact, ...session.stats.rollups]
}

describe('cohorts and rollups', () => {
  it('are met by a key that the rollup keeps, where other tables decide', async () => {
    expect(await ask('visits')).toEqual(['1', 'daily'])
  })

  it('are read with the table where what decides is joined through it', async () => {
    // Payments know their customers, and whether the order is done, by the orders alone.
    expect(await ask('payments')).toEqual(['2'])
  })
})
