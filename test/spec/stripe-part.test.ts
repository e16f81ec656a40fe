import { describe, expect, it } from 'vitest'
import { silentLog } from '../../src/base/log.ts'
import { createSyncs } from '../../src/jobs/sync/create-syncs.ts'
import { customer, invoice, item, line, monthsOn, price, sec, subscription } from '../fixtures/stripe/shapes.ts'
import { openStripe } from '../vendors/stripe-world.ts'
import { KEPT, MapLanding, NOBODY } from './sync-world.ts'

const ANN = customer('cus_1', 'Ann', '2025-01-01', 'US')
const SEAT = price('price_seat', 'usd', 10_00, 'month')

describe('a part of Stripe that is read again', () => {
  it('leaves what subscriptions were worth as it is: what no invoice tells is remembered behind the cursor', async () => {
    const world = await openStripe(sec('2025-04-10'))
    const landing = new MapLanding()
    const syncs = createSyncs({
      sources: [{ name: 'stripe', connector: 'stripe', source: world.source, settings: { ...KEPT, streams: ['subscriptions', 'charges'] } }],
      landing, clock: { nowMs: () => world.fake.now * 1000 }, log: silentLog, forgotten: NOBODY,
    })
    const bill = (from: string, quantity: number): void => world.fake.put('invoices', invoice(`in_${from}`, 'cus_1', 'sub_1', from, [line(`il_${from}`, 'sub_1', { item: 'si_1', price: SEAT, quantity, from, to: monthsOn(from, 1) })]))
    const put = (period: readonly [string, string], quantity: number): void => world.fake.put('subscriptions', subscription('sub_1', ANN, '2025-03-01', [item('si_1', 'sub_1', SEAT, quantity, '2025-03-01', period)], {}))
    const sync = async (now: string, sinceUtcMs: number | null = null): Promise<readonly unknown[]> => {
      world.fake.now = sec(now)
      await syncs.start({ source: 'stripe', full: false, streams: null, sinceUtcMs })
      expect((await syncs.settled('stripe')).streams.map(({ error }) => error)).toEqual([null, null])
      return landing.rows('stripe_subscription_amounts').toSorted((a, b) => Number(a['start_date']) - Number(b['start_date'])).map((row) => [Number(row['mrr']), day(row['start_date']), day(row['end_date'])])
    }
    world.fake.put('prices', SEAT)
    bill('2025-03-01', 5)
    bill('2025-04-01', 5)
    put(['2025-04-01', '2025-05-01'], 5)
    expect(await sync('2025-04-10')).toEqual([[50, '2025-03-01', null]])

    // Five seats become eight on the 20th, without an invoice.
    put(['2025-04-01', '2025-05-01'], 8)
    world.fake.tell('customer.subscription.updated', { id: 'sub_1', object: 'subscription', customer: 'cus_1' }, sec('2025-04-20'), { quantity: 5, items: {} })
    await sync('2025-04-21')
    bill('2025-05-01', 8)
    put(['2025-05-01', '2025-06-01'], 8)
    world.fake.tell('customer.subscription.updated', { id: 'sub_1', object: 'subscription', customer: 'cus_1' }, sec('2025-05-01'), { current_period_end: 1 })
    const byHand = [[50, '2025-03-01', '2025-04-20'], [80, '2025-04-20', null]]
    expect(await sync('2025-05-02')).toEqual(byHand)

    world.fake.put('charges', { id: 'ch_1', object: 'charge', created: sec('2025-05-06'), status: 'succeeded', amount: 100, amount_captured: 100, amount_refunded: 0, currency: 'usd', captured: true, paid: true, customer: null })
    expect(await sync('2025-05-10', Date.parse('2025-05-05'))).toEqual(byHand)
    // What happens is read again.
    expect(landing.rows('stripe_charges').map(({ id }) => id)).toEqual(['ch_1'])
    expect(await sync('2025-05-11')).toEqual(byHand)
    await syncs.close()
    await world.close()
  })
})

const day = (value: unknown): string | null => (value === null ? null : new Date(Number(value)).toISOString().slice(0, 10))
