import { afterEach, describe, expect, it } from 'vitest'
import { coupon, customer, daysOn, discount, invoice, invoiceItem, item, line, price, sec, subscription } from '../fixtures/stripe/shapes.ts'
import type { FakeObject } from '../vendors/stripe.ts'
import { openStripe } from '../vendors/stripe-world.ts'
import type { StripeWorld } from '../vendors/stripe-world.ts'

// A subscription lives through five months day by day, billed as Stripe bills: a loop over days writes down what it brings, and the
// connector must find the same from invoices, the present and the events.

const worlds: StripeWorld[] = []

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})

const BEGINS = '2025-01-01'
const DAYS = 150
const CUSTOMER = customer('cus_1', 'Ann', BEGINS, 'US')
const PRICES = [price('price_a', 'usd', 30_00, 'month'), price('price_b', 'usd', 70_00, 'month')] as const
const COUPON = coupon('TENTH', { duration: 'forever', percent_off: 10 })
type Mode = 'always_invoice' | 'create_prorations' | 'none'

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

class Life {
  /** Cents a month at noon of each day since BEGINS. */
  readonly truth: number[] = []
  readonly #fake: StripeWorld['fake']
  readonly #id: string
  readonly #random: () => number
  readonly #start: number
  #day = 0
  #price: FakeObject = PRICES[0]
  #quantity = 1
  #discounts: FakeObject[] = []
  #invoices = 0
  #changes = 0
  #pending: FakeObject[] = []
  #period: readonly [number, number]
  #isPaused = false
  #endsWithPeriod = false
  #endedAt: number | null = null

  constructor(world: StripeWorld, id: string, seed: number) {
    this.#fake = world.fake
    this.#id = id
    this.#random = randomOf(seed)
    this.#start = Math.floor(this.#random() * 40)
    this.#period = [this.#start, this.#start]
  }

  /** Lives one day. @param modes of changes. @param withOthers whether there are pauses and coupons that are taken away too. */
  live(modes: readonly Mode[], withOthers: boolean): void {
    if (this.#day === this.#start) this.#renew('customer.subscription.created')
    else if (this.#day > this.#start && this.#endedAt === null) {
      if (this.#day === this.#period[1]) {
        if (this.#endsWithPeriod) this.#end()
        else this.#renew(null)
      }
      if (this.#endedAt === null && this.#random() < 0.08) this.#change(modes, withOthers)
    }
    const isLive = this.#day >= this.#start && this.#endedAt === null && !this.#isPaused
    this.truth.push(isLive ? this.#quantity * Number(this.#price['unit_amount']) * (this.#discounts.length > 0 ? 0.9 : 1) : 0)
    this.#day++
  }

  #date(day: number): string {
    return daysOn(BEGINS, day)
  }

  /** Periods of 30 days, so that the loop stays plain. */
  #renew(type: string | null): void {
    this.#period = [this.#day, this.#day + 30]
    const lines = [...this.#pending.splice(0), line(`il_${this.#id}_${++this.#invoices}`, this.#id, { item: `si_${this.#id}`, price: this.#price, quantity: this.#quantity, from: this.#date(this.#day), to: this.#date(this.#day + 30) })]
    this.#bill(lines, this.#isPaused ? 'void' : 'paid')
    this.#tell(type ?? 'customer.subscription.updated', { current_period_start: 1 })
  }

  #bill(lines: readonly FakeObject[], status: string): void {
    const id = `in_${this.#id}_${this.#invoices}_${this.#changes}`
    for (const one of lines) {
      const made = this.#fake.objects.invoiceitems.get(`ii_${one.id}`)
      if (made) this.#fake.put('invoiceitems', { ...made, invoice: id })
    }
    this.#fake.put('invoices', invoice(id, 'cus_1', this.#id, this.#date(this.#day), lines, { status, discounts: this.#discounts }))
    this.#fake.tell('invoice.created', { id, object: 'invoice', subscription: this.#id }, sec(this.#date(this.#day)))
  }

  #change(modes: readonly Mode[], withOthers: boolean): void {
    const roll = this.#random()
    if (this.#isPaused || (withOthers && roll < 0.25)) {
      this.#isPaused = !this.#isPaused
      return this.#tell('customer.subscription.updated', { pause_collection: null })
    }
    if (roll < 0.32) {
      this.#endsWithPeriod = !this.#endsWithPeriod
      return this.#tell('customer.subscription.updated', { cancel_at_period_end: false })
    }
    if (roll < 0.36) return this.#end()
    if (roll < 0.55) {
      if (this.#discounts.length === 0) {
        this.#discounts = [discount(`di_${this.#id}_${++this.#changes}`, COUPON, this.#id, this.#date(this.#day))]
        return this.#tell('customer.discount.created', {})
      }
      if (!withOthers) return
      this.#discounts = []
      return this.#tell('customer.discount.deleted', {})
    }
    this.#reprice(modes[Math.floor(this.#random() * modes.length)] ?? 'none')
  }

  #reprice(mode: Mode): void {
    const [oldPrice, oldQuantity] = [this.#price, this.#quantity]
    this.#price = PRICES[Math.floor(this.#random() * PRICES.length)] ?? PRICES[0]
    this.#quantity = 1 + Math.floor(this.#random() * 4)
    if (mode !== 'none' && this.#day < this.#period[1] && (oldPrice !== this.#price || oldQuantity !== this.#quantity)) {
      const share = (this.#period[1] - this.#day) / 30
      const id = `${this.#id}_${++this.#changes}`
      const part = { item: `si_${this.#id}`, from: this.#date(this.#day), to: this.#date(this.#period[1]), proration: true } as const
      const lines = [
        line(`il_${id}_unused`, this.#id, { ...part, price: oldPrice, quantity: oldQuantity, amount: -Math.round(share * oldQuantity * Number(oldPrice['unit_amount'])) }),
        line(`il_${id}_rest`, this.#id, { ...part, price: this.#price, quantity: this.#quantity, amount: Math.round(share * this.#quantity * Number(this.#price['unit_amount'])) }),
      ]
      this.#fake.put('invoiceitems', ...lines.map((one) => invoiceItem(one, 'cus_1', this.#id, null)))
      if (mode === 'always_invoice') this.#bill(lines, 'paid')
      else this.#pending.push(...lines)
    }
    this.#tell('customer.subscription.updated', { items: {}, quantity: oldQuantity })
  }

  #end(): void {
    this.#endedAt = this.#day
    this.#tell('customer.subscription.deleted', {})
  }

  #tell(type: string, previous: Readonly<Record<string, unknown>>): void {
    const period = [this.#date(this.#period[0]), this.#date(this.#period[1])] as const
    const ended = this.#endedAt === null ? {} : { status: 'canceled', ended_at: sec(this.#date(this.#endedAt)), canceled_at: sec(this.#date(this.#endedAt)) }
    const one = subscription(this.#id, CUSTOMER, this.#date(this.#start), [item(`si_${this.#id}`, this.#id, this.#price, this.#quantity, this.#date(this.#start), period)], {
      discounts: this.#discounts, cancel_at_period_end: this.#endsWithPeriod, pause_collection: this.#isPaused ? { behavior: 'void', resumes_at: null } : null, ...ended,
    })
    this.#fake.put('subscriptions', one)
    const subject = type.startsWith('customer.discount') ? { object: 'discount', id: 'di', customer: 'cus_1', subscription: this.#id } : { id: this.#id, object: 'subscription' }
    this.#fake.tell(type, subject, sec(this.#date(this.#day)), previous)
  }
}

/** Cents a month at noon of each day, from the rows of a subscription. */
function found(world: StripeWorld, id: string): readonly number[] {
  const rows = world.rows('subscription_amounts').filter((row) => row['subscription_id'] === id)
  return Array.from({ length: DAYS }, (_, day) => {
    const noon = (sec(daysOn(BEGINS, day)) + 43_200) * 1_000
    return rows.filter((row) => Number(row['start_date']) <= noon && (row['end_date'] === null || Number(row['end_date']) > noon)).reduce((sum, row) => sum + Math.round(Number(row['mrr']) * 100), 0)
  })
}

async function open(): Promise<StripeWorld> {
  const world = await openStripe(sec(BEGINS))
  worlds.push(world)
  world.fake.put('prices', ...PRICES)
  world.fake.put('coupons', COUPON)
  world.fake.put('customers', CUSTOMER)
  return world
}

describe('the history of subscriptions', () => {
  it('is found by one reading at the end, where changes were prorated', async () => {
    const world = await open()
    const lives = Array.from({ length: 200 }, (_, index) => ({ id: `sub_${index}`, life: new Life(world, `sub_${index}`, 1_000 + index) }))
    for (let day = 0; day < DAYS; day++) for (const { life } of lives) life.live(['always_invoice', 'create_prorations'], false)
    world.fake.now = sec(daysOn(BEGINS, DAYS - 1)) + 80_000
    await world.sync('subscriptions')
    for (const { id, life } of lives) expect([id, found(world, id)]).toEqual([id, life.truth])
  }, 60_000)

  it('is found by syncs day by day, whatever changed', async () => {
    const world = await open()
    const lives = Array.from({ length: 40 }, (_, index) => ({ id: `sub_${index}`, life: new Life(world, `sub_${index}`, 5_000 + index) }))
    for (let day = 0; day < DAYS; day++) {
      for (const { life } of lives) life.live(['always_invoice', 'create_prorations', 'none'], true)
      world.fake.now = sec(daysOn(BEGINS, day)) + 40_000
      await world.sync('subscriptions')
    }
    for (const { id, life } of lives) expect([id, found(world, id)]).toEqual([id, life.truth])
  }, 60_000)
})
