import { afterEach, describe, expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { NOW, putAccount } from '../../test/fixtures/stripe/account.ts'
import { customer, invoice, item, line, price, sec, subscription } from '../../test/fixtures/stripe/shapes.ts'
import { RESTRICTED_KEY, rateLimited, staleSubject } from '../../test/vendors/stripe.ts'
import type { FakeObject } from '../../test/vendors/stripe.ts'
import { openStripe } from '../../test/vendors/stripe-world.ts'
import type { StripeWorld } from '../../test/vendors/stripe-world.ts'
import { FullReadNeeded } from '../sync-contract.ts'

const START = sec('2025-06-01')
const HOUR = 3_600
const DAY = 86_400
const worlds: StripeWorld[] = []

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})

async function open(options: Readonly<Record<string, unknown>> = {}, now = START): Promise<StripeWorld> {
  const world = await openStripe(now, options)
  worlds.push(world)
  return world
}

/** Customers 1 to `count`, a second apart. */
function crowd(count: number, from = '2025-01-01'): readonly FakeObject[] {
  return Array.from({ length: count }, (_, index) => ({ ...customer(`cus_${String(index + 1).padStart(4, '0')}`, `C${index + 1}`, from, 'US'), created: sec(from) + index }))
}

function change(world: StripeWorld, one: FakeObject, more: Readonly<Record<string, unknown>>, created = world.fake.now): void {
  const next = { ...one, ...more }
  world.fake.put('customers', next)
  world.fake.tell('customer.updated', staleSubject(next), created)
}

const names = (world: StripeWorld): readonly unknown[] => world.rows('customers').map(({ name }) => name)
const of = (world: StripeWorld, id: string): unknown => world.rows('customers').find((row) => row['id'] === id)?.['name']
const asked = (world: StripeWorld, part: string): number => world.fake.heard.filter(({ path }) => path.includes(part)).length

describe('a first reading', () => {
  it('goes from the newest to the oldest, page by page', async () => {
    const world = await open()
    world.fake.put('customers', ...crowd(250))
    const pages = await world.sync('customers')
    expect(pages.map(({ writes }) => writes.flatMap((write) => ('records' in write ? write.records : [])).length)).toEqual([100, 100, 50])
    expect(names(world)).toEqual(Array.from({ length: 250 }, (_, index) => `C${250 - index}`))
    expect(pages.map(({ completeUntilUtcMs }) => completeUntilUtcMs)).toEqual([null, null, START * 1_000])
  })

  it('touches no network before it is read, and asks for the pinned version with the key', async () => {
    const world = await open()
    await world.source.streams(new AbortController().signal)
    expect(world.fake.heard).toEqual([])
    await world.sync('customers')
    expect(world.fake.heard[0]).toMatchObject({ method: 'GET', path: '/v1/customers', headers: { 'stripe-version': '2026-10-28.endive', authorization: 'Bearer sk_test_right' } })
  })

  it('goes on from the last page committed, wherever it was killed', async () => {
    for (const killed of [1, 2, 3]) {
      const world = await open()
      world.fake.put('customers', ...crowd(250))
      await world.sync('customers', { pages: killed })
      await world.sync('customers')
      expect(names(world)).toHaveLength(250)
    }
  })

  it('goes on by time where the object that a page ended with was deleted since', async () => {
    const world = await open()
    world.fake.put('customers', ...crowd(250))
    await world.sync('customers', { pages: 1 })
    world.fake.objects.customers.delete('cus_0151')
    await world.sync('customers')
    expect(names(world)).toHaveLength(250) // the deleted one is removed by its event
    expect(of(world, 'cus_0001')).toBe('C1')
  })

  it('reads canceled subscriptions, and cuts facts by the date given but nothing that goes on being true', async () => {
    const world = await open({}, sec(NOW))
    putAccount(world.fake)
    const sinceUtcMs = Date.parse('2025-06-15')
    for (const name of ['subscriptions', 'invoices', 'charges']) await world.sync(name, { sinceUtcMs })
    expect(world.rows('subscriptions').filter(({ status }) => status === 'canceled')).toHaveLength(5)
    expect(world.rows('subscriptions')).toHaveLength(16)
    expect(world.rows('invoices').map(({ id }) => id).toSorted()).toEqual(['in_10_2025-06-20', 'in_8_2025-06-15'])
    expect(world.rows('charges').map(({ id }) => id).toSorted()).toEqual(['ch_4', 'ch_6', 'ch_7'])
    expect(await world.stream('charges')).toMatchObject({ showsAll: false, ignoresSince: false })
    expect(await world.stream('subscriptions')).toMatchObject({ showsAll: true, ignoresSince: true })
  })

  it('reads the same tables from a version before basil', async () => {
    const world = await open({}, sec(NOW))
    putAccount(world.fake)
    const tables = ['subscriptions', 'subscription_items', 'subscription_amounts', 'invoices', 'invoice_lines', 'prices', 'charges']
    const old = await openStripe(sec(NOW), { apiVersion: '2024-06-20' })
    worlds.push(old)
    putAccount(old.fake)
    for (const one of [world, old]) for (const name of ['subscriptions', 'invoices', 'prices', 'charges']) await one.sync(name)
    expect(world.rows('subscription_amounts').length).toBeGreaterThan(15)
    for (const table of tables) {
      const known = (from: StripeWorld): unknown => from.rows(table).map((row) => (table === 'invoice_lines' && row['proration'] === true ? { ...row, subscription_item_id: null } : row))
      expect(known(old), table).toEqual(known(world))
    }
  })
})

describe('what changed since', () => {
  it('is read again by id, never taken from the event', async () => {
    const world = await open()
    const [one, two] = crowd(2) as [FakeObject, FakeObject]
    world.fake.put('customers', one, two)
    await world.sync('customers')
    world.fake.now += HOUR
    change(world, two, { name: 'Zoe' })
    const [page] = await world.sync('customers')
    expect(names(world)).toEqual(['Zoe', 'C1'])
    expect(asked(world, '/v1/customers/')).toBe(1)
    expect(page?.completeUntilUtcMs).toBe(world.fake.now * 1_000)
  })

  it('is read once, however many events tell of it', async () => {
    const world = await open()
    world.fake.put('customers', ...crowd(1))
    await world.sync('customers')
    world.fake.now += HOUR
    for (let index = 0; index < 250; index++) change(world, crowd(1)[0] as FakeObject, { name: `N${index}` }, world.fake.now - index)
    expect((await world.sync('customers')).length).toBe(3)
    expect(asked(world, '/v1/customers/')).toBe(1)
    expect(names(world)).toEqual(['N249'])
  })

  it('is followed page by page, wherever a sync was killed', async () => {
    const world = await open()
    const all = crowd(250)
    world.fake.put('customers', ...all)
    await world.sync('customers')
    world.fake.now += HOUR
    all.forEach((one, index) => change(world, one, { name: `N${index + 1}` }, world.fake.now - index))
    await world.sync('customers', { pages: 1 })
    world.fake.now += HOUR
    change(world, all[0] as FakeObject, { name: 'latest' })
    await world.sync('customers')
    expect(names(world).filter((name) => String(name).startsWith('N'))).toHaveLength(249 + (of(world, 'cus_0001') === 'latest' ? 0 : 1))
    await world.sync('customers')
    expect(of(world, 'cus_0001')).toBe('latest')
    expect(names(world).filter((name) => String(name).startsWith('N'))).toHaveLength(249)
  })

  it('is found within the lookback where its event came late, and events that were seen are not followed again', async () => {
    const world = await open()
    const [one, two] = crowd(2) as [FakeObject, FakeObject]
    world.fake.put('customers', one, two)
    await world.sync('customers')
    world.fake.now += HOUR
    change(world, one, { name: 'seen' }, world.fake.now - 60)
    await world.sync('customers')
    world.fake.now += HOUR / 4
    change(world, two, { name: 'late' }, world.fake.now - HOUR / 2)
    await world.sync('customers')
    expect(names(world).toSorted()).toEqual(['late', 'seen'])
    expect(asked(world, '/v1/customers/cus_0001')).toBe(1)
  })

  it('is removed where it was deleted, whether Stripe still answers for it or not', async () => {
    const world = await open()
    world.fake.put('customers', ...crowd(3))
    world.fake.put('coupons', { id: 'OFF', object: 'coupon', created: START, duration: 'once', percent_off: 5 })
    for (const name of ['customers', 'coupons']) await world.sync(name)
    world.fake.now += HOUR
    world.fake.remove('customers', 'cus_0002')
    world.fake.tell('customer.deleted', { id: 'cus_0002', object: 'customer' })
    world.fake.remove('coupons', 'OFF')
    world.fake.tell('coupon.deleted', { id: 'OFF', object: 'coupon' })
    for (const name of ['customers', 'coupons']) await world.sync(name)
    expect(names(world)).toEqual(['C3', 'C1'])
    expect(world.rows('coupons')).toEqual([])
  })

  it('takes the lines of a deleted draft with it', async () => {
    const world = await open()
    const pro = price('price_pro', 'usd', 1_000, 'month')
    world.fake.put('invoices', invoice('in_1', 'cus_1', null, '2025-05-30', [line('il_1', 'sub_1', { item: 'si_1', price: pro, from: '2025-05-30', to: '2025-06-30' })], { status: 'draft' }))
    await world.sync('invoices')
    expect(world.rows('invoice_lines')).toHaveLength(1)
    world.fake.now += HOUR
    world.fake.remove('invoices', 'in_1')
    world.fake.tell('invoice.deleted', { id: 'in_1', object: 'invoice' })
    await world.sync('invoices')
    expect([...world.rows('invoices'), ...world.rows('invoice_lines')]).toEqual([])
  })

  it('has no invoice.upcoming, whose invoice has no id', async () => {
    const world = await open()
    await world.sync('invoices')
    world.fake.now += HOUR
    world.fake.tell('invoice.upcoming', { object: 'invoice', subscription: 'sub_1' })
    world.fake.tell('invoice.created', { object: 'invoice', id: null })
    await expect(world.sync('invoices')).resolves.toHaveLength(1)
    expect(world.fake.heard.some(({ query }) => query.getAll('types[]').includes('invoice.upcoming'))).toBe(false)
  })

  it('finds the refunds of a charge that was refunded, as accounts on older versions are told', async () => {
    const world = await open()
    await world.sync('refunds')
    world.fake.now += HOUR
    const charge: FakeObject = { id: 'ch_1', object: 'charge', created: START, amount: 1_000, currency: 'usd', customer: 'cus_9' }
    world.fake.put('charges', charge)
    world.fake.put('refunds', { id: 're_1', object: 'refund', created: world.fake.now, amount: 250, currency: 'usd', charge, customer: null, status: 'succeeded' })
    world.fake.tell('charge.refunded', staleSubject(charge))
    await world.sync('refunds')
    expect(world.rows('refunds')).toMatchObject([{ id: 're_1', charge_id: 'ch_1', customer_id: 'cus_9', amount_minor: 250, amount: '2.50', currency: 'USD' }])
  })

  it('is listed again where Stripe tells of no changes: pending money that became available', async () => {
    const world = await open()
    const movement: FakeObject = { id: 'txn_1', object: 'balance_transaction', created: START - 3 * DAY, amount: 1_000, fee: 59, net: 941, currency: 'eur', type: 'charge', status: 'pending', available_on: START + DAY }
    world.fake.put('balance_transactions', movement, { ...movement, id: 'txn_0', created: START - 40 * DAY, status: 'pending' })
    await world.sync('balance_transactions')
    world.fake.now += 2 * DAY
    for (const one of [movement, { ...movement, id: 'txn_0', created: START - 40 * DAY }]) world.fake.put('balance_transactions', { ...one, status: 'available' })
    await world.sync('balance_transactions')
    expect(world.rows('balance_transactions').map(({ id, status, net }) => [id, status, net])).toEqual([['txn_1', 'available', '9.41'], ['txn_0', 'pending', '9.41']])
  })
})

describe('a cursor', () => {
  it('that is older than the 30 days of events needs a full reading', async () => {
    const world = await open()
    world.fake.put('customers', ...crowd(1))
    await world.sync('customers')
    world.fake.now += 30 * DAY - 1
    await expect(world.sync('customers')).resolves.toHaveLength(1)
    world.fake.now += 30 * DAY
    await expect(world.sync('customers')).rejects.toThrow(FullReadNeeded)
  })

  it('of a first reading that was cut off for 30 days needs another', async () => {
    const world = await open()
    world.fake.put('customers', ...crowd(150))
    await world.sync('customers', { pages: 1 })
    world.fake.now += 31 * DAY
    await expect(world.sync('customers')).rejects.toThrow(FullReadNeeded)
  })

  it('of another layout needs a full reading', async () => {
    const world = await open()
    for (const cursor of [{ layout: 'stripe-0' }, { layout: 'stripe-1', phase: 'else' }, 'text', 5]) {
      world.collected('customers').cursor = cursor
      await expect(world.sync('customers')).rejects.toThrow(FullReadNeeded)
    }
  })
})

describe('lists within objects', () => {
  it('are read to their end: lines of an invoice and items of a subscription', async () => {
    const world = await open()
    const seat = price('price_seat', 'usd', 1_000, 'month')
    const lines = Array.from({ length: 125 }, (_, index) => line(`il_${String(index).padStart(3, '0')}`, 'sub_1', { item: `si_${String(index).padStart(3, '0')}`, price: seat, from: '2025-05-20', to: '2025-06-20' }))
    const items = lines.map(({ item: id }) => item(String(id), 'sub_1', seat, 1, '2025-05-20', ['2025-05-20', '2025-06-20']))
    world.fake.put('prices', seat)
    world.fake.put('subscription_items', ...items)
    world.fake.put('subscriptions', subscription('sub_1', customer('cus_1', 'A', '2025-05-01', 'US'), '2025-05-20', items))
    world.fake.put('invoices', invoice('in_1', 'cus_1', 'sub_1', '2025-05-20', lines))
    await world.sync('invoices')
    await world.sync('subscriptions')
    expect(world.rows('invoice_lines')).toHaveLength(125)
    expect(world.rows('subscription_items')).toHaveLength(125)
    expect(world.rows('subscription_amounts')).toHaveLength(125)
  })
})

describe('units', () => {
  it('are the smallest as Stripe counts them, and the major one exactly', async () => {
    const world = await open()
    const charge = (id: string, currency: string, amount: number): FakeObject => ({ id, object: 'charge', created: START, amount, amount_captured: amount, amount_refunded: 0, currency, customer: null, status: 'succeeded' })
    world.fake.put('charges', charge('ch_1', 'usd', 1_999), charge('ch_2', 'jpy', 500), charge('ch_3', 'kwd', 5_120), charge('ch_4', 'isk', 500), charge('ch_5', 'ugx', 500), charge('ch_6', 'huf', 1_045), charge('ch_7', 'mga', 5), charge('ch_8', 'zzz', 5))
    await world.sync('charges')
    expect(Object.fromEntries(world.rows('charges').map((row) => [row['currency'], [row['amount_minor'], row['amount']]]))).toEqual({
      USD: [1_999, '19.99'], JPY: [500, '500'], KWD: [5_120, '5.120'], ISK: [500, '5.00'], UGX: [500, '5.00'], HUF: [1_045, '10.45'], MGA: [5, '5'], ZZZ: [5, null],
    })
    expect(world.rows('charges')[0]?.['created']).toBe(START * 1_000)
  })
})

describe('what fails and passes', () => {
  it('a storm of 429 with its reason: waits grow, and nothing is lost', async () => {
    const world = await open()
    world.fake.put('customers', ...crowd(250))
    for (const reason of ['global-rate', 'endpoint-rate', 'global-concurrency'] as const) world.fake.fail({ times: 2, what: rateLimited(reason) })
    await world.sync('customers')
    expect(names(world)).toHaveLength(250)
    const pauses = world.waits.filter((ms) => ms >= 250)
    expect(pauses).toHaveLength(6)
    expect(Math.max(...pauses)).toBeGreaterThan(4_000)
  })

  it('a 429 of a locked object, errors of the server, bodies cut off, and connections that end', async () => {
    const world = await open()
    world.fake.put('customers', ...crowd(250))
    world.fake.fail({ times: 1, what: { status: 429, json: { error: { type: 'invalid_request_error', code: 'lock_timeout', message: 'This object cannot be accessed right now.' } } } })
    world.fake.fail({ times: 2, what: { status: 500, json: { error: { type: 'api_error', message: 'An unknown error occurred' } } } })
    world.fake.fail({ times: 1, what: 'truncated' })
    world.fake.fail({ times: 1, what: 'hang up' })
    await world.sync('customers')
    expect(names(world)).toHaveLength(250)
  })

  it('a page that is handed out twice is read on from', async () => {
    const world = await open()
    world.fake.put('customers', ...crowd(350))
    const first = { object: 'list', url: '/v1/customers', has_more: true, data: crowd(350).toReversed().slice(0, 100) }
    world.fake.fail({ times: 1, when: ({ query }) => query.get('starting_after') === 'cus_0251', what: { json: first } })
    await world.sync('customers')
    expect(names(world)).toHaveLength(350)
  })
})

describe('what fails and stays', () => {
  const failure = async (reading: Promise<unknown>): Promise<KpiqlError> => {
    const error: unknown = await reading.then(() => null, (thrown: unknown) => thrown)
    if (!(error instanceof KpiqlError)) throw new Error(`No KpiqlError: ${String(error)}`)
    return error
  }

  it('the same page for ever ends, and says so', async () => {
    const world = await open()
    const first = { object: 'list', url: '/v1/customers', has_more: true, data: crowd(350).toReversed().slice(0, 100) }
    world.fake.fail({ times: Infinity, what: { json: first } })
    expect(await failure(world.sync('customers'))).toMatchObject({ code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining('again and again') as string })
    expect(names(world)).toHaveLength(100)
  })

  it('limits that never let up are SOURCE_BUSY', async () => {
    const world = await open()
    world.fake.fail({ times: Infinity, what: rateLimited('global-rate') })
    expect(await failure(world.sync('customers'))).toMatchObject({ code: 'SOURCE_BUSY' })
  })

  it('a key that expired in the middle is told without showing it, and the next key goes on', async () => {
    const world = await open()
    world.fake.put('customers', ...crowd(250))
    await world.sync('customers', { pages: 1 })
    world.reopen({ apiKey: 'sk_test_expired' })
    const error = await failure(world.sync('customers'))
    expect(error).toMatchObject({ code: 'SOURCE_FAILED', message: 'Stripe refused the credentials (401).' })
    expect(JSON.stringify({ ...error, message: error.message, hint: error.hint })).not.toContain('sk_test')
    world.reopen({})
    await world.sync('customers')
    expect(names(world)).toHaveLength(250)
  })

  it('a reading that is aborted is CANCELLED', async () => {
    const world = await open()
    world.fake.put('customers', ...crowd(250))
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    expect(await failure(world.sync('customers', { signal: controller.signal }))).toMatchObject({ code: 'CANCELLED' })
  })
})

describe('the verdict on a connection', () => {
  it('is a sentence for a right key, a wrong one, one without rights, and no such host', async () => {
    const world = await open()
    expect(await world.source.test()).toEqual({ ok: true, message: 'Stripe answers: the key may read subscriptions; there are none yet' })
    world.reopen({ apiKey: 'sk_test_wrong' })
    expect(await world.source.test()).toEqual({ ok: false, message: 'Stripe refused the credentials (401). Check the key or token of the source in the configuration, and that it has not expired.' })
    world.reopen({ apiKey: RESTRICTED_KEY })
    const refused = await world.source.test()
    expect(refused).toMatchObject({ ok: false, message: expect.stringMatching(/does not let this key read that \(403\).*rak_subscription_read.*restricted key/) as string })
    expect(refused.message).not.toMatch(/rk_test/)
    world.reopen({ baseUrl: 'http://127.0.0.1:1' })
    expect(await world.source.test()).toMatchObject({ ok: false, message: expect.stringContaining('Stripe cannot be reached') as string })
  })
})
