import { afterEach, describe, expect, it } from 'vitest'
import { coupon, customer, daysOn, discount, invoice, invoiceItem, item, line, monthsOn, price, sec, subscription } from '../../test/fixtures/stripe/shapes.ts'
import { staleSubject } from '../../test/vendors/stripe.ts'
import type { FakeObject } from '../../test/vendors/stripe.ts'
import { openStripe } from '../../test/vendors/stripe-world.ts'
import type { StripeWorld } from '../../test/vendors/stripe-world.ts'
import { priceTerms } from './price-terms.ts'

const worlds: StripeWorld[] = []

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})

async function open(now: string): Promise<StripeWorld> {
  const world = await openStripe(sec(now))
  worlds.push(world)
  return world
}

const CUSTOMER = customer('cus_1', 'Ann', '2025-01-01', 'US')
const pro = price('price_pro', 'usd', 100_00, 'month')
const seat = price('price_seat', 'usd', 10_00, 'month')

/** The subscription sub_1 with one item, renewed monthly from `from`, so often. */
function renewed(world: StripeWorld, of: FakeObject, from: string, count: number, { quantity = 1, more = {}, invoices = {} }: { readonly quantity?: number; readonly more?: Readonly<Record<string, unknown>>; readonly invoices?: Readonly<Record<string, unknown>> } = {}): FakeObject {
  for (let index = 0; index < count; index++) bill(world, of, monthsOn(from, index), monthsOn(from, index + 1), quantity, invoices)
  return put(world, of, [monthsOn(from, count - 1), monthsOn(from, count)], from, quantity, more)
}

function put(world: StripeWorld, of: FakeObject, period: readonly [string, string], from: string, quantity = 1, more: Readonly<Record<string, unknown>> = {}): FakeObject {
  const one = subscription('sub_1', CUSTOMER, from, [item('si_1', 'sub_1', of, quantity, from, period)], more)
  world.fake.put('subscriptions', one)
  world.fake.put('prices', of)
  return one
}

function bill(world: StripeWorld, of: FakeObject, from: string, to: string, quantity = 1, more: Readonly<Record<string, unknown>> = {}): void {
  world.fake.put('invoices', invoice(`in_${from}`, 'cus_1', 'sub_1', from, [line(`il_${from}`, 'sub_1', { item: 'si_1', price: of, quantity, from, to })], more))
}

/** `mrr from to`, in the order of time. */
function amounts(world: StripeWorld): readonly string[] {
  const day = (ms: unknown): string => (ms === null ? 'now' : new Date(Number(ms)).toISOString().slice(0, 10))
  return world
    .rows('subscription_amounts')
    .toSorted((a, b) => Number(a['start_date']) - Number(b['start_date']) || (String(a['id']) < String(b['id']) ? -1 : 1))
    .map((row) => `${Number(row['mrr'])} ${day(row['start_date'])} ${day(row['end_date'])}`)
}

function tell(world: StripeWorld, on: string, previous: Readonly<Record<string, unknown>>, type = 'customer.subscription.updated'): void {
  world.fake.tell(type, { id: 'sub_1', object: 'subscription', customer: 'cus_1' }, sec(on), previous)
}

describe('a price a month', () => {
  const terms: readonly (readonly [string, FakeObject, number, string])[] = [
    ['a year is twelve months', price('price_1', 'usd', 1_000_00, 'year'), 1, '83.333333'],
    ['a week is 12/52 of a month', price('price_1', 'usd', 12_00, 'week'), 1, '52.000000'],
    ['a day is 12/365 of a month', price('price_1', 'usd', 1_00, 'day'), 1, '30.416667'],
    ['three months are three', price('price_1', 'usd', 270_00, 'month', { recurring: { interval_count: 3 } }), 1, '90.000000'],
    ['parts of a cent count', price('price_1', 'usd', 0, 'month', { unit_amount: null, unit_amount_decimal: '0.05' }), 12_345, '6.172500'],
    ['yen have no cents', price('price_1', 'jpy', 5_000, 'year'), 1, '416.666667'],
    ['dinars have a thousand fils', price('price_1', 'kwd', 12_340, 'month'), 2, '24.680000'],
    // 5 at 10, 5 at 8, 2 at 5 and 3 besides.
    ['graduated tiers', price('price_1', 'usd', 0, 'month', { unit_amount: null, unit_amount_decimal: null, billing_scheme: 'tiered', tiers_mode: 'graduated', tiers: [{ up_to: 5, unit_amount: 10_00, flat_amount: null }, { up_to: 10, unit_amount: 8_00, flat_amount: null }, { up_to: null, unit_amount: 5_00, flat_amount: 3_00 }] }), 12, '103.000000'],
    ['volume tiers', price('price_1', 'usd', 0, 'month', { unit_amount: null, unit_amount_decimal: null, billing_scheme: 'tiered', tiers_mode: 'volume', tiers: [{ up_to: 5, unit_amount: 10_00, flat_amount: null }, { up_to: null, unit_amount: 5_00, flat_amount: 3_00 }] }), 12, '63.000000'],
    ['packages of ten, begun ones too', price('price_1', 'usd', 7_00, 'month', { transform_quantity: { divide_by: 10, round: 'up' } }), 21, '21.000000'],
  ]
  it.each(terms)('%s', async (_, of, quantity, mrr) => {
    const world = await open('2025-03-10')
    world.fake.put('invoices', invoice('in_1', 'cus_1', 'sub_1', '2025-03-01', [line('il_1', 'sub_1', { item: 'si_1', price: of, quantity, from: '2025-03-01', to: '2025-04-01', amount: 1 })]))
    put(world, of, ['2025-03-01', '2025-04-01'], '2025-03-01', quantity)
    await world.sync('subscriptions')
    expect(world.rows('subscription_amounts')).toMatchObject([{ mrr, gross_mrr: mrr, quantity, start_date: Date.parse('2025-03-01'), end_date: null }])
  })

  it('is that of the tiers of the subscription’s currency, not those of the price’s own', async () => {
    const world = await open('2025-03-10')
    const dollars = { unit_amount: null, unit_amount_decimal: null, billing_scheme: 'tiered', tiers_mode: 'graduated', tiers: [{ up_to: 5, unit_amount: 10_00, flat_amount: null }, { up_to: null, unit_amount: 5_00, flat_amount: null }] }
    const euros = { unit_amount: null, unit_amount_decimal: null, tiers: [{ up_to: 5, unit_amount: 9_00, flat_amount: null }, { up_to: null, unit_amount: 4_00, flat_amount: 2_00 }] }
    const tiered = price('price_1', 'usd', 0, 'month', { ...dollars, currency_options: { usd: { ...dollars }, eur: euros } })
    world.fake.put('invoices', invoice('in_1', 'cus_1', 'sub_1', '2025-03-01', [line('il_1', 'sub_1', { item: 'si_1', price: tiered, quantity: 8, from: '2025-03-01', to: '2025-04-01', amount: 1 })], { currency: 'eur' }))
    put(world, tiered, ['2025-03-01', '2025-04-01'], '2025-03-01', 8, { currency: 'eur' })
    await world.sync('subscriptions')
    // 5 at 9, 3 at 4 and 2 besides; in dollars it would be 65.
    expect(world.rows('subscription_amounts')).toMatchObject([{ mrr: '59.000000', gross_mrr: '59.000000', currency: 'EUR' }])
  })

  it('is none where the tiers of the currency are not told', () => {
    const terms = (option: Readonly<Record<string, unknown>>): unknown => priceTerms(price('price_1', 'usd', 0, 'month', { billing_scheme: 'tiered', tiers_mode: 'volume', tiers: [{ up_to: null, unit_amount: 10_00, flat_amount: null }], currency_options: { eur: option } }), 'eur')
    expect(terms({ unit_amount: null })).toBeNull()
    expect(terms({ tiers: [{ up_to: null, unit_amount: 9_00, flat_amount: null }] })).not.toBeNull()
  })

  it('is none for metered usage and for single charges', async () => {
    const world = await open('2025-03-10')
    const metered = price('price_use', 'usd', 1_00, 'month', { recurring: { usage_type: 'metered' } })
    const lines = [line('il_1', 'sub_1', { item: 'si_1', price: metered, quantity: 90, from: '2025-03-01', to: '2025-04-01' }), line('il_2', 'sub_1', { item: 'si_2', price: price('price_setup', 'usd', 500_00, 'month', { type: 'one_time', recurring: { interval: null } }), from: '2025-03-01', to: '2025-04-01' })]
    world.fake.put('invoices', invoice('in_1', 'cus_1', 'sub_1', '2025-03-01', lines))
    put(world, metered, ['2025-03-01', '2025-04-01'], '2025-03-01')
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual([])
  })
})

describe('a subscription', () => {
  it('brings nothing until its first payment, and nothing when that never comes', async () => {
    for (const status of ['incomplete', 'incomplete_expired']) {
      const world = await open('2025-03-10')
      renewed(world, pro, '2025-03-01', 1, { more: { status }, invoices: { status: status === 'incomplete' ? 'open' : 'void' } })
      await world.sync('subscriptions')
      expect(amounts(world)).toEqual([])
    }
  })

  it('brings something until the end of the period when it is cancelled to it, and goes on when that is taken back', async () => {
    const world = await open('2025-04-10')
    const one = renewed(world, pro, '2025-03-01', 2, { more: { cancel_at_period_end: true, canceled_at: sec('2025-04-09') } })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 2025-05-01'])
    world.fake.now = sec('2025-04-11')
    world.fake.put('subscriptions', { ...one, cancel_at_period_end: false, canceled_at: null })
    tell(world, '2025-04-11', { cancel_at_period_end: true })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 now'])
  })

  it('ends on the spot, before what was paid for ends', async () => {
    const world = await open('2025-04-10')
    renewed(world, pro, '2025-03-01', 2, { more: { status: 'canceled', canceled_at: sec('2025-04-05'), ended_at: sec('2025-04-05') } })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 2025-04-05'])
  })

  it('is past due and counts; unpaid, it counts as far as it was paid, or until that was told', async () => {
    const world = await open('2025-05-10')
    const one = renewed(world, pro, '2025-03-01', 2, { more: { status: 'past_due' } })
    bill(world, pro, '2025-05-01', '2025-06-01', 1, { status: 'open' })
    world.fake.put('subscriptions', { ...one, status: 'past_due', items: { object: 'list', data: [item('si_1', 'sub_1', pro, 1, '2025-03-01', ['2025-05-01', '2025-06-01'])] } })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 now'])
    world.fake.now = sec('2025-05-20')
    world.fake.put('subscriptions', { ...one, status: 'unpaid' })
    tell(world, '2025-05-15', { status: 'past_due' })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 2025-05-15'])
    // Whoever reads the account only now is not told when it became unpaid.
    const later = await open('2025-05-20')
    for (const [, found] of world.fake.objects.invoices) later.fake.put('invoices', found)
    later.fake.put('subscriptions', { ...one, status: 'unpaid' })
    later.fake.put('prices', pro)
    await later.sync('subscriptions')
    expect(amounts(later)).toEqual(['100 2025-03-01 2025-05-01'])
  })

  it('brings nothing while collection is paused, from when that was told, and again from when it is resumed', async () => {
    const world = await open('2025-04-10')
    const one = renewed(world, pro, '2025-03-01', 2)
    await world.sync('subscriptions')
    world.fake.now = sec('2025-04-20')
    world.fake.put('subscriptions', { ...one, pause_collection: { behavior: 'void', resumes_at: null } })
    tell(world, '2025-04-15', { pause_collection: null })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 2025-04-15'])
    // A void invoice, and another event: the beginning of the pause is remembered.
    bill(world, pro, '2025-05-01', '2025-06-01', 1, { status: 'void' })
    const period = { items: { object: 'list', data: [item('si_1', 'sub_1', pro, 1, '2025-03-01', ['2025-05-01', '2025-06-01'])] } }
    world.fake.put('subscriptions', { ...one, ...period })
    world.fake.now = sec('2025-05-12')
    tell(world, '2025-05-11', { pause_collection: { behavior: 'void' } })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 2025-04-15', '100 2025-05-11 now'])
  })

  it('that was never billed counts from when it began, and keeps that when it ends', async () => {
    const world = await open('2025-03-10')
    put(world, pro, ['2025-03-01', '2025-04-01'], '2025-03-01')
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 now'])
    world.fake.now = sec('2025-03-20')
    put(world, pro, ['2025-03-01', '2025-04-01'], '2025-03-01', 1, { status: 'canceled', ended_at: sec('2025-03-19') })
    tell(world, '2025-03-19', {}, 'customer.subscription.deleted')
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 2025-03-19'])
  })

  it('counts from the end of its trial while the first payment is tried, and never did when it ends without one', async () => {
    const world = await open('2025-03-25')
    const trial = { trial_start: sec('2025-03-01'), trial_end: sec('2025-03-15') }
    world.fake.put('invoices', invoice('in_0', 'cus_1', 'sub_1', '2025-03-01', [line('il_0', 'sub_1', { item: 'si_1', price: pro, from: '2025-03-01', to: '2025-03-15', amount: 0 })]))
    bill(world, pro, '2025-03-15', '2025-04-15', 1, { status: 'open' })
    const one = put(world, pro, ['2025-03-15', '2025-04-15'], '2025-03-01', 1, { ...trial, status: 'past_due' })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-15 now'])
    world.fake.now = sec('2025-03-30')
    world.fake.put('subscriptions', { ...one, status: 'canceled', canceled_at: sec('2025-03-29'), ended_at: sec('2025-03-29') })
    tell(world, '2025-03-29', {}, 'customer.subscription.deleted')
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual([])
  })

  it('has trials wherever they lie', async () => {
    const world = await open('2025-05-10')
    renewed(world, pro, '2025-03-01', 3, { more: { trial_start: sec('2025-03-11'), trial_end: sec('2025-03-21') } })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 2025-03-11', '100 2025-03-21 now'])
  })
})

describe('a change', () => {
  it('without proration counts from when its event told of it, also after the renewal that bills it first', async () => {
    const world = await open('2025-04-10')
    renewed(world, seat, '2025-03-01', 2, { quantity: 5 })
    await world.sync('subscriptions')
    world.fake.now = sec('2025-04-21')
    put(world, seat, ['2025-04-01', '2025-05-01'], '2025-03-01', 8)
    tell(world, '2025-04-20', { quantity: 5, items: {} })
    await world.sync('subscriptions')
    const known = ['50 2025-03-01 2025-04-20', '80 2025-04-20 now']
    expect(amounts(world)).toEqual(known)
    world.fake.now = sec('2025-05-02')
    bill(world, seat, '2025-05-01', '2025-06-01', 8)
    put(world, seat, ['2025-05-01', '2025-06-01'], '2025-03-01', 8)
    tell(world, '2025-05-01', { current_period_end: 1 })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(known)
  })

  it('of which nothing tells any more counts from the sync that saw it', async () => {
    const world = await open('2025-04-10')
    renewed(world, seat, '2025-03-01', 2, { quantity: 5 })
    put(world, seat, ['2025-04-01', '2025-05-01'], '2025-03-01', 3)
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['50 2025-03-01 2025-04-10', '30 2025-04-10 now'])
  })

  it('with proration counts from its own time, while it waits for an invoice and after', async () => {
    const world = await open('2025-04-21')
    renewed(world, pro, '2025-03-01', 2)
    const year = price('price_big', 'usd', 250_00, 'month')
    const lines = [line('il_unused', 'sub_1', { item: 'si_1', price: pro, from: '2025-04-16', to: '2025-05-01', amount: -50_00, proration: true }), line('il_rest', 'sub_1', { item: 'si_1', price: year, from: '2025-04-16', to: '2025-05-01', amount: 125_00, proration: true })]
    world.fake.put('invoiceitems', ...lines.map((one) => invoiceItem(one, 'cus_1', 'sub_1', null)))
    put(world, year, ['2025-04-01', '2025-05-01'], '2025-03-01')
    await world.sync('subscriptions')
    const known = ['100 2025-03-01 2025-04-16', '250 2025-04-16 now']
    expect(amounts(world)).toEqual(known)
    world.fake.put('invoiceitems', ...lines.map((one) => invoiceItem(one, 'cus_1', 'sub_1', 'in_2025-05-01')))
    world.fake.put('invoices', invoice('in_2025-05-01', 'cus_1', 'sub_1', '2025-05-01', [...lines, line('il_2025-05-01', 'sub_1', { item: 'si_1', price: year, from: '2025-05-01', to: '2025-06-01' })]))
    put(world, year, ['2025-05-01', '2025-06-01'], '2025-03-01')
    world.fake.now = sec('2025-05-02')
    world.fake.tell('invoice.created', { id: 'in_2025-05-01', object: 'invoice', subscription: 'sub_1' })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(known)
  })

  it('from months to years begins the year', async () => {
    const world = await open('2025-05-10')
    renewed(world, pro, '2025-03-01', 2)
    const year = price('price_year', 'usd', 960_00, 'year')
    const credit = line('il_unused', 'sub_1', { item: 'si_1', price: pro, from: '2025-04-16', to: '2025-05-01', amount: -50_00, proration: true })
    world.fake.put('invoiceitems', invoiceItem(credit, 'cus_1', 'sub_1', 'in_year'))
    world.fake.put('invoices', invoice('in_year', 'cus_1', 'sub_1', '2025-04-16', [credit, line('il_year', 'sub_1', { item: 'si_1', price: year, from: '2025-04-16', to: '2026-04-16' })]))
    put(world, year, ['2025-04-16', '2026-04-16'], '2025-03-01')
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 2025-04-16', '80 2025-04-16 now'])
  })

  it('adds an item and takes it away', async () => {
    const world = await open('2025-05-10')
    renewed(world, pro, '2025-03-01', 3)
    world.fake.put('prices', seat)
    const lines = [line('il_add', 'sub_1', { item: 'si_2', price: seat, quantity: 2, from: '2025-03-11', to: '2025-04-01', amount: 13_55, proration: true }), line('il_back', 'sub_1', { item: 'si_2', price: seat, quantity: 2, from: '2025-04-21', to: '2025-05-01', amount: -6_67, proration: true })]
    const regular = line('il_two', 'sub_1', { item: 'si_2', price: seat, quantity: 2, from: '2025-04-01', to: '2025-05-01' })
    world.fake.put('invoiceitems', ...lines.map((one) => invoiceItem(one, 'cus_1', 'sub_1', 'in_x')))
    world.fake.put('invoices', invoice('in_x', 'cus_1', 'sub_1', '2025-05-01', [...lines, regular]))
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 now', '20 2025-03-11 2025-04-21'])
  })
})

describe('a discount', () => {
  const half = coupon('HALF', { duration: 'forever', percent_off: 50 })
  const thirty = coupon('THIRTY', { duration: 'forever', amount_off: 30_00, currency: 'usd' })

  it('that was taken away ended when its event told, or when an invoice came without it', async () => {
    const given = discount('di_1', half, 'sub_1', '2025-03-01')
    const world = await open('2025-04-10')
    const one = renewed(world, pro, '2025-03-01', 2, { more: { discounts: [given] }, invoices: { discounts: [given], discounted: 50_00 } })
    world.fake.put('coupons', half)
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['50 2025-03-01 now'])
    world.fake.now = sec('2025-04-21')
    world.fake.put('subscriptions', { ...one, discounts: [] })
    world.fake.tell('customer.discount.deleted', { object: 'discount', id: 'di_1', customer: 'cus_1', subscription: 'sub_1' }, sec('2025-04-20'))
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['50 2025-03-01 2025-04-20', '100 2025-04-20 now'])
    const later = await open('2025-05-10')
    for (const [, found] of world.fake.objects.invoices) later.fake.put('invoices', found)
    later.fake.put('coupons', half)
    bill(later, pro, '2025-05-01', '2025-06-01')
    put(later, pro, ['2025-05-01', '2025-06-01'], '2025-03-01')
    await later.sync('subscriptions')
    expect(amounts(later)).toEqual(['50 2025-03-01 2025-05-01', '100 2025-05-01 now'])
  })

  it('of an amount is spread over the items as what they charge, and leaves nothing below 0', async () => {
    const world = await open('2025-03-10')
    const given = discount('di_1', thirty, 'sub_1', '2025-03-01')
    const cheap = price('price_cheap', 'usd', 20_00, 'month')
    const items = [item('si_1', 'sub_1', pro, 1, '2025-03-01', ['2025-03-01', '2025-04-01']), item('si_2', 'sub_1', cheap, 1, '2025-03-01', ['2025-03-01', '2025-04-01'])]
    world.fake.put('coupons', thirty)
    world.fake.put('subscriptions', subscription('sub_1', CUSTOMER, '2025-03-01', items, { discounts: [given] }))
    world.fake.put('invoices', invoice('in_1', 'cus_1', 'sub_1', '2025-03-01', [line('il_1', 'sub_1', { item: 'si_1', price: pro, from: '2025-03-01', to: '2025-04-01' }), line('il_2', 'sub_1', { item: 'si_2', price: cheap, from: '2025-03-01', to: '2025-04-01' })], { discounts: [given], discounted: 30_00 }))
    const small = subscription('sub_2', CUSTOMER, '2025-03-01', [item('si_3', 'sub_2', cheap, 1, '2025-03-01', ['2025-03-01', '2025-04-01'])], { discounts: [discount('di_2', thirty, 'sub_2', '2025-03-01')] })
    world.fake.put('subscriptions', small)
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['75 2025-03-01 now', '15 2025-03-01 now', '0 2025-03-01 now'])
  })

  it('for some products lowers those alone', async () => {
    const world = await open('2025-03-10')
    const some = { ...thirty, applies_to: { products: ['prod_seat'] } }
    world.fake.put('coupons', some)
    const period = ['2025-03-01', '2025-04-01'] as const
    world.fake.put('subscriptions', subscription('sub_1', CUSTOMER, '2025-03-01', [item('si_1', 'sub_1', pro, 1, '2025-03-01', period), item('si_2', 'sub_1', seat, 5, '2025-03-01', period)], { discounts: [discount('di_1', some, 'sub_1', '2025-03-01')] }))
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 now', '20 2025-03-01 now'])
  })

  it('of an item lowers that item, and one of the customer what has none of its own', async () => {
    const world = await open('2025-03-10')
    world.fake.put('coupons', half)
    const own = { discounts: [discount('di_1', half, 'sub_1', '2025-03-01')] }
    const period = ['2025-03-01', '2025-04-01'] as const
    world.fake.put('subscriptions', subscription('sub_1', CUSTOMER, '2025-03-01', [item('si_1', 'sub_1', pro, 1, '2025-03-01', period, own), item('si_2', 'sub_1', seat, 1, '2025-03-01', period)]))
    const generous = { ...CUSTOMER, discount: { ...discount('di_2', half, 'sub_1', '2025-03-01'), subscription: null, coupon: half } }
    world.fake.put('subscriptions', subscription('sub_2', generous, '2025-03-01', [item('si_3', 'sub_2', seat, 4, '2025-03-01', period)]))
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['50 2025-03-01 now', '10 2025-03-01 now', '20 2025-03-01 now'])
  })

  it('given to a customer reaches all subscriptions of the customer, when its event tells', async () => {
    const world = await open('2025-03-10')
    world.fake.put('coupons', half)
    const period = ['2025-03-01', '2025-04-01'] as const
    const both = (of: FakeObject): void => world.fake.put('subscriptions', ...['sub_1', 'sub_2'].map((id) => subscription(id, of, '2025-03-01', [item(`si_${id}`, id, pro, 1, '2025-03-01', period)])))
    both(CUSTOMER)
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 now', '100 2025-03-01 now'])
    world.fake.now = sec('2025-03-12')
    const given = { ...discount('di_1', half, 'sub_1', '2025-03-11'), subscription: null, customer: 'cus_1' }
    both({ ...CUSTOMER, discount: given })
    world.fake.tell('customer.discount.created', { id: 'di_1', object: 'discount', customer: 'cus_1' }, sec('2025-03-11'))
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['100 2025-03-01 2025-03-11', '100 2025-03-01 2025-03-11', '50 2025-03-11 now', '50 2025-03-11 now'])
  })

  it('of a coupon that was deleted is taken as it was billed', async () => {
    const world = await open('2025-04-10')
    const given = discount('di_1', half, 'sub_1', '2025-03-01')
    for (const [from, to] of [['2025-03-01', '2025-04-01'], ['2025-04-01', '2025-05-01']] as const) {
      const billed = { ...line(`il_${from}`, 'sub_1', { item: 'si_1', price: pro, from, to }), discount_amounts: [{ amount: 50_00, discount: 'di_1' }] }
      world.fake.put('invoices', invoice(`in_${from}`, 'cus_1', 'sub_1', from, [billed], { discounts: [given], discounted: 50_00 }))
    }
    put(world, pro, ['2025-04-01', '2025-05-01'], '2025-03-01', 1, { discounts: [given] })
    await world.sync('subscriptions')
    expect(amounts(world)).toEqual(['50 2025-03-01 now'])
  })
})

describe('what a kill leaves', () => {
  it('is what a full reading has, and what was remembered survives it', async () => {
    const world = await open('2025-04-10')
    for (let index = 0; index < 150; index++) {
      const from = daysOn('2025-03-01', index % 20)
      world.fake.put('subscriptions', { ...subscription(`sub_${index}`, CUSTOMER, from, [item(`si_${index}`, `sub_${index}`, seat, 2, from, [from, monthsOn(from, 1)])]), created: sec(from) + index })
      world.fake.put('invoices', invoice(`in_${index}`, 'cus_1', `sub_${index}`, from, [line(`il_${index}`, `sub_${index}`, { item: `si_${index}`, price: seat, quantity: 1, from, to: monthsOn(from, 1) })]))
    }
    await world.sync('subscriptions', { pages: 1 })
    world.fake.now += 60
    await world.sync('subscriptions')
    expect(world.rows('subscriptions')).toHaveLength(150)
    const seen = world.rows('subscription_amounts').filter(({ quantity }) => quantity === 2)
    expect(seen).toHaveLength(150)
    world.fake.now += 3_600
    for (const id of ['sub_0', 'sub_149']) world.fake.tell('customer.subscription.updated', staleSubject(world.fake.objects.subscriptions.get(id) as FakeObject), world.fake.now, { metadata: {} })
    await world.sync('subscriptions')
    expect(world.rows('subscription_amounts').filter(({ quantity }) => quantity === 2).map(({ id, start_date }) => [id, start_date]).toSorted()).toEqual(seen.map(({ id, start_date }) => [id, start_date]).toSorted())
  })
})
