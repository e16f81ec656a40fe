import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { putAccount } from '../fixtures/stripe/account.ts'
import { sec } from '../fixtures/stripe/shapes.ts'
import { API_KEY, staleSubject, startStripe } from '../vendors/stripe.ts'
import type { FakeObject, StripeFake } from '../vendors/stripe.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

// The account of test/fixtures/stripe, from the tool into the gateway's tables and out through GraphQL.

let fake: StripeFake
let world: TestWorld

beforeEach(async () => {
  fake = await startStripe(Math.floor(Date.now() / 1_000))
  putAccount(fake)
  world = testWorld({ STRIPE_KEY: API_KEY })
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), `
sources:
  billing: { connector: stripe, apiKey: '\${STRIPE_KEY}', baseUrl: '${fake.url}', requestsPerSecond: 100, sync: { schedule: null } }
model:
  - { use: stripe, source: billing }
  - own.yml
log: { level: warn }
`)
  writeFileSync(join(world.cwd, 'own.yml'), `
semantic_models:
  - name: yen_items
    source: billing
    sql: SELECT start_date FROM {{ table('subscription_amounts') }} WHERE currency = 'JPY'
    agg_time_dimension: start_date
    dimensions: [{ name: start_date, type: time, granularity: minute, public_name: yen_since }]
metrics: [{ name: yen_items, semantic_model: yen_items, agg: count }]
`)
})
afterEach(async () => {
  world.remove()
  await fake.close()
})

interface Answer {
  readonly data: { readonly slice: Readonly<Record<string, { readonly series: readonly { readonly exact: string | null }[] }>> }
}

async function months(currency: string, ...metrics: readonly string[]): Promise<readonly (readonly (number | null)[])[]> {
  const fields = metrics.map((metric) => `${metric}: metric(name: ${metric}) { series(grain: MONTH) { exact } }`).join(' ')
  const code = await world.run('query', `{ slice(period: { between: { start: "2025-01-01", end: "2025-07-01" } }, where: { stripe_currency: { eq: "${currency}" } }) { ${fields} } }`, '--format', 'json')
  expect([code, world.written.err]).toEqual([0, expect.any(String)])
  const { data } = JSON.parse(world.written.out) as Answer
  return metrics.map((metric) => (data.slice[metric]?.series ?? []).map(({ exact }) => (exact === null ? null : Number(exact))))
}

describe('a gateway with nothing but Stripe', () => {
  it('checks its pack, syncs, and has recurring revenue and its movements as by hand', async () => {
    expect([await world.run('check'), world.written.err]).toEqual([0, expect.any(String)])
    expect([await world.run('sync', 'billing', '--json'), world.written.err]).toEqual([0, expect.any(String)])
    const status = JSON.parse(world.written.out) as readonly { readonly streams: readonly { readonly name: string; readonly state: string; readonly rows: number; readonly quarantined: number }[] }[]
    expect(status[0]?.streams.map(({ name, state, quarantined }) => [name, state, quarantined])).toEqual(
      ['subscriptions', 'customers', 'products', 'prices', 'coupons', 'invoices', 'charges', 'refunds', 'disputes', 'credit_notes', 'balance_transactions', 'payouts'].map((name) => [name, 'whole', 0]),
    )
    expect(await months('USD', 'STRIPE_MRR', 'STRIPE_NEW_MRR', 'STRIPE_EXPANSION_MRR', 'STRIPE_CONTRACTION_MRR', 'STRIPE_CHURNED_MRR', 'STRIPE_REACTIVATION_MRR')).toEqual([
      [520, 652, 872, 902, 850, 810], [320, 80, 150, 100, 0, 0], [0, 52, 70, 30, 0, 0], [0, 0, 0, 0, 52, 40], [0, 0, 0, 100, 0, 100], [0, 0, 0, 0, 0, 100],
    ])
    expect(await months('KWD', 'STRIPE_MRR')).toEqual([[null, null, 12.34, 12.34, 12.34, 12.34]])

    // The standard metrics are there without a word in the configuration, and the catalog says whose they are.
    expect(await months('USD', 'MRR', 'NEW_MRR', 'CHURNED_MRR')).toEqual([[520, 652, 872, 902, 850, 810], [320, 80, 150, 100, 0, 0], [0, 0, 0, 100, 0, 100]])
    expect(await world.run('query', '{ catalog(search: "monthly recurring revenue") { metrics { name label implementedBy } } }', '--format', 'json')).toBe(0)
    const { data } = JSON.parse(world.written.out) as { readonly data: { readonly catalog: { readonly metrics: readonly { readonly name: string }[] } } }
    expect(data.catalog.metrics.filter(({ name }) => name === 'MRR' || name === 'ARR')).toEqual([
      { name: 'MRR', label: 'Monthly recurring revenue', implementedBy: ['STRIPE_MRR'] },
      { name: 'ARR', label: 'Annual recurring revenue', implementedBy: ['STRIPE_ARR'] },
    ])

    // A query of one's own names the tool's tables as the tool does. Jun alone pays in yen, since 20 January.
    expect(await world.run('query', '{ slice(period: { between: { start: "2025-01-01", end: "2025-07-01" } }) { metric(name: YEN_ITEMS) { value } } }', '--format', 'json')).toBe(0)
    expect(JSON.parse(world.written.out)).toMatchObject({ data: { slice: { metric: { value: 1 } } } })

    // Layla ended on 20 June, which Stripe tells now.
    const ended = { ...(fake.objects.subscriptions.get('sub_12') as FakeObject), status: 'canceled', ended_at: sec('2025-06-20') }
    fake.put('subscriptions', ended)
    fake.tell('customer.subscription.deleted', staleSubject(ended))
    expect(await world.run('sync', 'billing')).toBe(0)
    expect(await months('KWD', 'STRIPE_MRR', 'STRIPE_CHURNED_MRR')).toEqual([[null, null, 12.34, 12.34, 12.34, null], [0, 0, 0, 0, 0, 12.34]])
  }, 60_000)
})
