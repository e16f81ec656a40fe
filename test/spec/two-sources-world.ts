import { createAnalytics } from '../../src/answer/analytics.ts'
import type { AnalyticsOptions } from '../../src/answer/analytics.ts'
import type { Analytics, AnalyticsSession, SessionOptions } from '../../src/answer/types.ts'
import type { QuerySource } from '../../connectors/contract.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import type { Period } from '../../src/base/period.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { modelOf } from './schema-world.ts'

// A shop knows its orders, a help desk its tickets and what customers pay for help. Both know where customers live; only their keys
// are the same, numbers here and texts there.

export const NOW = Date.UTC(2025, 4, 10)

export const TWO_SOURCES = `
semantic_models:
  - name: customers
    source: desk
    table: customers
    entities: [{ name: customer, type: primary, expr: id }]
    dimensions: [{ name: country, type: categorical }, { name: tier, type: categorical }]
  - name: orders
    source: shop
    table: orders
    agg_time_dimension: sold
    entities: [{ name: order, type: primary, expr: id }, { name: customer, type: foreign, expr: customer }]
    dimensions: [{ name: sold, type: time, granularity: day }, { name: channel, type: categorical }]
  - name: addresses
    source: shop
    table: addresses
    entities: [{ name: customer, type: primary, expr: customer }]
    dimensions: [{ name: country, type: categorical }]
  - name: tickets
    source: desk
    table: tickets
    agg_time_dimension: opened
    entities: [{ name: ticket, type: primary, expr: id }, { name: customer, type: foreign, expr: customer }]
    dimensions: [{ name: opened, type: time, granularity: day }, { name: topic, type: categorical }]
metrics:
  - { name: revenue, semantic_model: orders, agg: sum, expr: amount, unit: currency, currency: EUR }
  - { name: orders, semantic_model: orders, agg: count }
  - { name: tickets, semantic_model: tickets, agg: count }
  - { name: tickets_per_order, type: ratio, numerator: tickets, denominator: orders }
  - { name: contacts, type: derived, expr: orders + tickets, metrics: [orders, tickets] }
cohorts:
  - { name: gold, entity: customer, where: "tier = 'Gold'" }
  - { name: quiet, entity: customer, behavior: { event: tickets, at_most: 0 } }
  - { name: helped, entity: customer, behavior: { event: tickets, at_least: 1 } }
`

export interface TwoSources {
  readonly shop: TestSource
  readonly desk: TestSource
  analytics(change?: { readonly [name in 'shop' | 'desk']?: QuerySource }, options?: Partial<AnalyticsOptions>): Analytics
  close(): Promise<void>
}

export async function openTwoSources(): Promise<TwoSources> {
  const order = (id: number, customer: number | null, sold: string, amount: string, channel: string) => ({ id, customer, sold, amount, channel })
  const shop = await openTestSource('shop', {
    orders: {
      columns: { id: 'BIGINT', customer: 'BIGINT', sold: 'DATE', amount: 'DECIMAL(12,2)', channel: 'VARCHAR' },
      rows: [
        order(1, 1, '2025-03-03', '100.00', 'web'),
        order(2, 1, '2025-03-20', '20.00', 'shop'),
        order(3, 2, '2025-03-05', '50.00', 'web'),
        order(4, 3, '2025-04-06', '70.00', 'web'),
        order(5, 4, '2025-04-07', '5.50', 'web'),
        order(6, null, '2025-04-08', '1.25', 'shop'),
      ],
    },
    addresses: { columns: { customer: 'BIGINT', country: 'VARCHAR' }, rows: [{ customer: 1, country: 'DE' }, { customer: 2, country: 'FR' }, { customer: 3, country: 'DE' }, { customer: 4, country: 'US' }] },
  })
  const ticket = (id: number, customer: string, opened: string) => ({ id, customer, opened, topic: 'help' })
  const desk = await openTestSource('desk', {
    tickets: {
      columns: { id: 'BIGINT', customer: 'VARCHAR', opened: 'DATE', topic: 'VARCHAR' },
      rows: [ticket(1, '1', '2025-03-04'), ticket(2, '1', '2025-04-04'), ticket(3, '2', '2025-03-09'), ticket(4, '2', '2025-03-10'), ticket(5, '9', '2025-04-11')],
    },
    customers: {
      columns: { id: 'VARCHAR', country: 'VARCHAR', tier: 'VARCHAR' },
      rows: [
        { id: '1', country: 'DE', tier: 'Gold' },
        { id: '2', country: 'FR', tier: 'Silver' },
        { id: '3', country: 'DE', tier: 'Gold' },
        { id: '04', country: 'US', tier: 'Gold' },
        { id: '9', country: 'IT', tier: null },
      ],
    },
  })
  return {
    shop,
    desk,
    analytics: (change = {}, options = {}) =>
      createAnalytics({
        model: modelOf(TWO_SOURCES),
        sources: new Map([shop, desk].map((source) => [source.name, { source: change[source.name as 'shop' | 'desk'] ?? source, connector: 'duckdb', nowUtcMs: null }])),
        cacheBytes: 10_000_000,
        clock: fixedClock(NOW),
        maxGroups: 1000,
        ...options,
      }),
    close: async () => void (await Promise.all([shop.close(), desk.close()])),
  }
}

export function sessionOf(analytics: Analytics, options: Partial<SessionOptions> = {}): AnalyticsSession {
  return analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal, ...options })
}

export function periodOf(start: string, end: string): Period {
  return resolvePeriod({ between: { start, end } }, { zone: 'UTC', nowUtcMs: NOW, calendar: modelOf(TWO_SOURCES).calendar })
}
