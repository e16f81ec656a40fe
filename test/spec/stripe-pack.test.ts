import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileURLToPath } from 'node:url'
import stripe from '../../connectors/stripe/sync.ts'
import type { SyncRecord, SyncTable } from '../../connectors/sync-contract.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'
import { NOW, putAccount } from '../fixtures/stripe/account.ts'
import { Collected } from '../vendors/collect.ts'
import { API_KEY, startStripe } from '../vendors/stripe.ts'
import { openPack } from './synced-pack-world.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { PackWorld } from './synced-pack-world.ts'

// Numbers are those of test/fixtures/stripe/README.md, worked out there by hand.

const MONTHS = { start: '2025-01-01', end: NOW, grain: 'month' } as const
const JUNE = { start: '2025-06-01', end: NOW, grain: null } as const
let world: PackWorld
const tables: SyncTable[] = []

beforeAll(async () => {
  const fake = await startStripe(Date.parse(NOW) / 1_000)
  putAccount(fake)
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const source = stripe.open('stripe', stripe.options.parse({ apiKey: API_KEY, baseUrl: fake.url }), { log: silent, now: () => Date.parse(NOW), wait: () => Promise.resolve() })
  const records: Record<string, readonly SyncRecord[]> = {}
  for (const stream of await source.streams(new AbortController().signal)) {
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: Date.parse(NOW) })
    for (const table of stream.tables) {
      tables.push(table)
      records[table.name] = collected.rows(table.name)
    }
  }
  await source.close()
  await fake.close()
  world = await openPack('stripe', tables, records, `${NOW}T00:00:00Z`)
})

afterAll(() => world.close())

type Currency = 'USD' | 'EUR' | 'JPY' | 'KWD'

interface Ask {
  readonly start: string
  readonly end: string
  readonly grain: 'month' | null
}

/** By month, exact digits where there are such; of one currency, or of all. */
async function series(metric: string, currency: Currency | null = 'USD', ask: Ask = MONTHS, dimension = 'stripe_currency'): Promise<readonly (number | null)[]> {
  const where: Predicate = currency === null ? { kind: 'all' } : { kind: 'atom', dimension, test: { op: 'in', values: [currency], caseInsensitive: false } }
  const [group] = (await world.ask(metric, { ...ask, where })).groups
  return (group?.cells ?? []).map(({ exact, value }) => (exact === null ? value : Number(exact)))
}

const near = (values: readonly (number | null)[]): readonly unknown[] => values.map((value) => (value === null ? null : (expect.closeTo(value, 8) as unknown)))

describe('an account of sixteen subscriptions', () => {
  it('has its recurring revenue by month, each currency by itself', async () => {
    expect(await series('stripe_mrr')).toEqual([520, 652, 872, 902, 850, 810])
    expect(await series('stripe_mrr', 'EUR')).toEqual([null, 40, 40, 80, 80, null])
    expect(await series('stripe_mrr', 'JPY')).toEqual([5_000, 5_000, 5_000, 5_000, 5_000, 5_000])
    expect(await series('stripe_mrr', 'KWD')).toEqual([null, null, 12.34, 12.34, 12.34, 12.34])
    expect(await series('stripe_arr')).toEqual([6_240, 7_824, 10_464, 10_824, 10_200, 9_720])
  })

  it('never adds up currencies', async () => {
    const [group] = (await world.ask('stripe_mrr', MONTHS)).groups
    expect(group?.cells.map(({ value, reason }) => [value, reason])).toEqual(Array.from({ length: 6 }, () => [null, 'MIXED_CURRENCIES']))
    expect(await series('stripe_paying_customers', null)).toEqual([7, 9, 12, 12, 12, 11])
    expect(await series('stripe_paying_subscriptions', null)).toEqual([7, 10, 13, 13, 12, 11])
  })

  it('moves as by hand from month to month', async () => {
    expect(await series('stripe_new_mrr')).toEqual([320, 80, 150, 100, 0, 0])
    expect(await series('stripe_expansion_mrr')).toEqual([0, 52, 70, 30, 0, 0])
    expect(await series('stripe_contraction_mrr')).toEqual([0, 0, 0, 0, 52, 40])
    expect(await series('stripe_churned_mrr')).toEqual([0, 0, 0, 100, 0, 100])
    expect(await series('stripe_reactivation_mrr')).toEqual([0, 0, 0, 0, 0, 100])
    expect(await series('stripe_net_new_mrr')).toEqual([320, 132, 220, 30, -52, -40])
    expect(await series('stripe_quick_ratio')).toEqual(near([null, null, null, 1.3, 0, 100 / 140]))
  })

  it('moves in euros, yen and dinars too', async () => {
    const moves = async (currency: Currency): Promise<unknown> => Promise.all(['new', 'expansion', 'churned'].map((component) => series(`stripe_${component}_mrr`, currency)))
    const sums = (of: unknown): unknown => (of as readonly (readonly (number | null)[])[]).map((values) => values.map((value) => value ?? 0))
    expect(sums(await moves('EUR'))).toEqual([[0, 40, 0, 0, 0, 0], [0, 0, 0, 40, 0, 0], [0, 0, 0, 0, 0, 80]])
    expect(sums(await moves('JPY'))).toEqual([[5_000, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]])
    expect(sums(await moves('KWD'))).toEqual([[0, 0, 12.34, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]])
  })

  it('wins, loses and wins back customers', async () => {
    expect(await series('stripe_customers_at_start')).toEqual([2, 6, 7, 9, 9, 9])
    expect(await series('stripe_new_customers')).toEqual([4, 1, 2, 1, 0, 0])
    expect(await series('stripe_churned_customers')).toEqual([0, 0, 0, 1, 0, 1])
    expect(await series('stripe_reactivated_customers')).toEqual([0, 0, 0, 0, 0, 1])
    expect(await series('stripe_churn_rate')).toEqual(near([0, 0, 0, 100 / 9, 0, 100 / 9]))
    expect(await series('stripe_churn_rate', 'USD', { ...MONTHS, grain: null })).toEqual(near([200 / 42]))
    expect(await series('stripe_revenue_churn_rate')).toEqual(near([0, 0, 0, 10_000 / 872, 5_200 / 902, 14_000 / 850]))
    expect(await series('stripe_arpa')).toEqual(near([520 / 6, 652 / 7, 872 / 9, 902 / 9, 850 / 9, 90]))
    expect(await series('stripe_ltv')).toEqual(near([null, null, null, 902, null, 810]))
  })

  it('keeps what the customers of a year ago paid, with and without expansion', async () => {
    expect(await series('stripe_nrr')).toEqual(near([null, 100, 110, 110, 110, 60]))
    expect(await series('stripe_grr')).toEqual(near([null, 100, 100, 100, 100, 50]))
  })

  it('is cut by plan, by product and by the country of customers', async () => {
    const june = { ...JUNE, where: { kind: 'atom', dimension: 'stripe_currency', test: { op: 'in', values: ['USD'], caseInsensitive: false } } } as const
    const plans = { pro: 580, annual_2025: 120, seat: 60, basic: 50 }
    expect(await world.groups('stripe_mrr', { ...june, by: 'stripe_plan' })).toEqual(plans)
    expect(await world.groups('stripe_mrr', { ...june, by: 'stripe_product_name' })).toEqual(plans)
    expect(await world.groups('stripe_mrr', { ...june, by: 'billing_country' })).toEqual({ US: 610, GB: 200 })
    expect(await world.groups('stripe_mrr', { ...JUNE, by: 'stripe_currency' })).toEqual({ USD: 810, JPY: 5_000, KWD: 12.34 })
  })

  it('converts one trial of three, and none whose payment never succeeded', async () => {
    // Before the first trial nothing is known of trials.
    expect(await series('stripe_trials', null)).toEqual([null, null, 1, 1, 1, 0])
    expect(await series('stripe_trial_conversion_rate', null)).toEqual([null, null, 100, 0, 0, null])
  })

  it('collects, fails, refunds and disputes in June', async () => {
    expect(await series('stripe_collected', 'USD', JUNE, 'stripe_charge_currency')).toEqual([380])
    expect(await series('stripe_collected', 'JPY', JUNE, 'stripe_charge_currency')).toEqual([5_000])
    expect(await series('stripe_payments', null, JUNE)).toEqual([7])
    expect(await series('stripe_failed_payment_rate', null, JUNE)).toEqual(near([200 / 7]))
    expect(await series('stripe_failed_amount', null, JUNE)).toEqual([100])
    expect(await series('stripe_refunded', null, JUNE)).toEqual([25])
    expect(await series('stripe_refunds', null, JUNE)).toEqual([1])
    expect(await series('stripe_disputes', null, JUNE)).toEqual([1])
    expect(await series('stripe_inquiries', null, JUNE)).toEqual([1])
    expect(await series('stripe_disputed', null, JUNE)).toEqual([100])
    expect(await series('stripe_dispute_rate', null, JUNE)).toEqual([20])
    expect(await series('stripe_net_cash', null, JUNE)).toEqual([251.48])
    expect(await series('stripe_fees', null, JUNE)).toEqual([38.02])
  })

  it('bills and is paid in June', async () => {
    const of = (metric: string, currency: Currency): Promise<unknown> => series(metric, currency, JUNE, 'stripe_invoice_currency')
    expect(await of('stripe_invoices_paid', 'USD')).toEqual([680])
    expect(await of('stripe_invoices_paid', 'KWD')).toEqual([12.34])
    expect(await of('stripe_paid_invoices', 'USD')).toEqual([7])
    expect(await of('stripe_invoiced', 'USD')).toEqual([730])
    expect(await of('stripe_unpaid_invoices', 'USD')).toEqual([50])
    expect(await series('stripe_credited', null, JUNE)).toEqual([25])
  })
})

describe('trials of which one is past due', () => {
  it('are converted by an invoice above 0 that was paid, not by what is charged, nor by a fee at the start', async () => {
    const at = (day: string): number => Date.parse(`2025-${day}`)
    const bill = (id: string, of: string, day: string, total: string, status: string, billing_reason: string): SyncRecord => ({ id, subscription_id: of, created: at(day), paid_at: status === 'paid' ? at(day) : null, status, billing_reason, total, currency: 'USD' })
    // Both bring 100 a month since 15 March. The payment of late is still tried; 20 for its setup were paid when it began.
    const records = {
      subscriptions: ['late', 'paid'].map((id): SyncRecord => ({ id, start_date: at('03-01'), trial_start: at('03-01'), trial_end: at('03-15'), status: id === 'late' ? 'past_due' : 'active' })),
      subscription_amounts: ['late', 'paid'].map((id): SyncRecord => ({ id: `${id}:1`, subscription_id: id, customer_id: id, start_date: at('03-15'), end_date: null, mrr: '100', currency: 'USD' })),
      invoices: [
        bill('in_1', 'late', '03-01', '20', 'paid', 'subscription_create'), bill('in_2', 'late', '03-15', '100', 'open', 'subscription_cycle'),
        bill('in_3', 'paid', '03-01', '0', 'paid', 'subscription_create'), bill('in_4', 'paid', '03-15', '100', 'paid', 'subscription_cycle'),
      ],
    }
    const small = await openPack('stripe', tables, records, '2025-04-01T00:00:00Z')
    const march = { start: '2025-03-01', end: '2025-04-01', grain: null } as const
    expect([await small.series('stripe_trials', march), await small.series('stripe_trial_conversion_rate', march), await small.series('stripe_mrr', march)]).toEqual([[2], [50], [200]])
    await small.close()
  })
})

describe('the Stripe pack', () => {
  it('tells of every metric and dimension what it is, and binds every table', () => {
    const { metrics, semanticModels, dimensions } = world.model
    for (const metric of metrics.values()) expect(metric, metric.name).toMatchObject({ description: expect.any(String) as string, formula: expect.any(String) as string, category: expect.any(String) as string })
    for (const dimension of dimensions.values()) expect(dimension, dimension.name).toMatchObject({ description: expect.any(String) as string })
    for (const { name, description, source } of semanticModels.values()) expect([name, source, typeof description]).toEqual([name, 'tool', 'string'])
  })

  it('loads beside the other packs', async () => {
    const names = ['saas', 'product', 'satisfaction', 'delivery', 'stripe']
    const loaded = loadModel(await readModelFiles(names.map((name) => fileURLToPath(new URL(`../../models/${name}.yml`, import.meta.url))), 'company'))
    expect(loaded.problems.map(formatProblem)).toEqual([])
  })
})
