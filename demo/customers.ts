import type { AnomalyPlan } from './anomalies.ts'
import { Billing } from './billing.ts'
import { type Day, addMonths, monthOfYear, weekday } from './calendar.ts'
import { RandomStream } from './random.ts'
import { RowBuffer } from './row-buffer.ts'
import {
  CHANNELS, CHURN_SEASON, COUNTRIES, MONTHLY_GROWTH, PLANS, PRO, REFERRAL, SEGMENTS, SIGNUP_SEASON, SIGNUP_WEEKDAY, UNKNOWN_COUNTRY_SHARE,
  type AcquisitionChannel, type Segment,
} from './vocabulary.ts'

/** The length of a trial; it ends at the second, fourteen days after it started. */
export const TRIAL_DAYS = 14
const TRIAL_SHARE = 0.75
const DAYS_A_MONTH = 365.25 / 12
/** Use falls for so long before a customer leaves. */
const FADING_DAYS = 45
/** What a second subscription costs, of the first's price. */
const SECOND_PRICE = 0.9

/** Days [from, to) on which a customer may use the product, by a trial or a subscription. */
export interface Access {
  customer: number
  from: Day
  to: Day
  plan: number
}

/** All that the life of the customers leaves behind. Customers and users are numbered from 1; NaN is null. */
export interface CustomerHistory {
  /** customer_id, signup day, segment, country, channel, is_active */
  customers: RowBuffer
  /** subscription_id, customer, plan, start, end (exclusive), cents a month */
  subscriptions: RowBuffer
  /** payment_id, customer, date, cents, status */
  payments: RowBuffer
  /** trial_id, customer, user, started (s), ends (s), converted (s) */
  trials: RowBuffer
  /** user_id, customer, created, role */
  members: RowBuffer
  /** referral_id, referrer, referred, date */
  referrals: RowBuffer
  access: Access[]
  fading: { customer: number; from: Day; to: Day }[]
}

export interface HistoryBounds {
  from: Day
  /** Inclusive. */
  until: Day
}

/**
 * Lives the customers' lives: sign up, try, subscribe, change plans, fail to pay, leave, come back.
 *
 * @param pause awaited now and then; may throw to end the work
 */
export async function writeCustomerHistory(
  count: number, seed: number, { from, until }: HistoryBounds, anomalies: AnomalyPlan, pause: (done: number) => Promise<void>,
): Promise<CustomerHistory> {
  const writer = new HistoryWriter(seed, { from, until }, anomalies)
  const signups = signupDays(count, seed, { from, until }, anomalies)
  for (let customer = 1; customer <= count; customer++) {
    writer.live(customer, signups[customer - 1] ?? until)
    if (customer % 1000 === 0) await pause(customer / count)
  }
  return writer.history()
}

/** The days of `count` signups in order: each customer takes one of `count` equal parts of the total demand. */
function signupDays(count: number, seed: number, { from, until }: HistoryBounds, anomalies: AnomalyPlan): Int32Array {
  const random = new RandomStream(seed, 'signups')
  const reached: number[] = []
  let demand = 0
  for (let day = from; day <= until; day++) {
    const growth = MONTHLY_GROWTH ** ((day - from) / DAYS_A_MONTH)
    demand += growth * (SIGNUP_SEASON[monthOfYear(day)] ?? 1) * (SIGNUP_WEEKDAY[weekday(day)] ?? 1) * anomalies.factor('signup_form_broken', day)
    reached.push(demand)
  }
  const days = new Int32Array(count)
  let index = 0
  for (let customer = 0; customer < count; customer++) {
    const target = ((customer + random.fraction()) / count) * demand
    while (index < reached.length - 1 && (reached[index] ?? 0) < target) index++
    days[customer] = from + index
  }
  return days
}

interface Customer {
  id: number
  segment: Segment
  channel: AcquisitionChannel
  random: RandomStream
  /** Own discount or surcharge, kept through all plans. */
  priceFactor: number
  hasSecond: boolean
}

class HistoryWriter {
  readonly #seed: number
  readonly #bounds: HistoryBounds
  readonly #anomalies: AnomalyPlan
  readonly #billing: Billing
  readonly #customers = new RowBuffer(6)
  readonly #subscriptions = new RowBuffer(6)
  readonly #trials = new RowBuffer(6)
  readonly #members = new RowBuffer(4)
  readonly #referrals = new RowBuffer(4)
  readonly #access: Access[] = []
  readonly #fading: CustomerHistory['fading'] = []
  /** Paid days [from, to) of each customer so far, by number. */
  readonly #paid: { from: Day; to: Day }[][] = [[]]

  constructor(seed: number, bounds: HistoryBounds, anomalies: AnomalyPlan) {
    this.#seed = seed
    this.#bounds = bounds
    this.#anomalies = anomalies
    this.#billing = new Billing(bounds.until, anomalies)
  }

  live(id: number, signup: Day): void {
    const random = new RandomStream(this.#seed, 'customer', id)
    const segment = random.pick(SEGMENTS.map(({ share }) => share))
    const channel = random.pick(CHANNELS.map(({ share }) => share))
    const country = random.chance(UNKNOWN_COUNTRY_SHARE) ? NaN : random.pick(COUNTRIES.map(({ share }) => share))
    const customer: Customer = { id, segment: at(SEGMENTS, segment), channel: at(CHANNELS, channel), random, priceFactor: 0.85 + 0.4 * random.fraction(), hasSecond: false }
    this.#paid.push([])
    const firstAccess = this.#access.length
    const start = random.chance(TRIAL_SHARE) ? this.#try(customer, signup) : signup
    if (start !== null) this.#subscribe(customer, start)
    this.#invite(customer, signup, firstAccess, start !== null)
    if (channel === REFERRAL) this.#refer(customer, signup)
    const isActive = this.#paid[id]?.some((span) => span.to > this.#bounds.until) ?? false
    this.#customers.push(id, signup, segment, country, channel, isActive ? 1 : 0)
  }

  /** @returns the day the trial turned into a subscription, or null */
  #try({ id, segment, channel, random }: Customer, signup: Day): Day | null {
    const started = signup * 86_400 + random.between(6 * 3600, 20 * 3600)
    const ends = started + TRIAL_DAYS * 86_400
    const converts = random.chance(Math.min(0.9, channel.trialConversion * segment.trialConversion))
    const converted = random.chance(0.4) ? ends : started + random.between(86_400, TRIAL_DAYS * 86_400)
    const day = Math.floor(converted / 86_400)
    const hasConverted = converts && day <= this.#bounds.until
    this.#trials.push(NaN, id, NaN, started, ends, hasConverted ? converted : NaN)
    this.#grant({ customer: id, from: signup, to: hasConverted ? day : signup + TRIAL_DAYS, plan: PRO })
    return hasConverted ? day : null
  }

  /** One spell after another, each from a start to the day the customer leaves. */
  #subscribe(customer: Customer, firstStart: Day): void {
    const { random } = customer
    let start = firstStart
    for (let spell = 0; spell < 3; spell++) {
      const left = this.#runLine(customer, start, random.pick(customer.segment.plans), spell)
      if (left === null) return
      if (!left.lapsed) this.#fading.push({ customer: customer.id, from: left.end - FADING_DAYS, to: left.end })
      if (!random.chance(left.lapsed ? 0.4 : 0.17)) return
      start = left.end + random.between(20, 200)
      if (start > this.#bounds.until) return
    }
  }

  /** Follows the customer's main subscription through its changes; decisions fall on billing days only. */
  #runLine(customer: Customer, firstStart: Day, firstPlan: number, spell: number): { end: Day; lapsed: boolean } | null {
    const { random, segment } = customer
    let plan = firstPlan
    let start = firstStart
    let cents = this.#price(customer, plan, start)
    this.#billing.charge(random, customer.id, start, cents, true)
    for (let tenure = 1, month = 1; ; tenure++, month++) {
      const due = addMonths(start, month)
      if (due > this.#bounds.until) {
        this.#close(customer.id, plan, start, null, cents)
        return null
      }
      if (random.chance(this.#churn(customer, tenure, due, spell))) {
        this.#close(customer.id, plan, start, due, cents)
        return { end: due, lapsed: false }
      }
      const next = this.#change(customer, plan, cents, tenure, due)
      if (next !== null) {
        this.#close(customer.id, plan, start, due, cents)
        ;({ plan, cents } = next)
        start = due
        month = 0
      }
      if (!customer.hasSecond && random.chance(segment.secondSubscription)) {
        customer.hasSecond = true
        this.#runSecondLine(customer, due, plan)
      }
      const lapses = this.#billing.charge(random, customer.id, due, cents, false)
      if (lapses !== null) {
        this.#close(customer.id, plan, start, lapses, cents)
        return { end: lapses, lapsed: true }
      }
    }
  }

  /** A second department's subscription: never changed, and ended by its own chance. */
  #runSecondLine(customer: Customer, start: Day, plan: number): void {
    const { random, id } = customer
    const cents = roundPrice(SECOND_PRICE * this.#price(customer, plan, start))
    this.#billing.charge(random, id, start, cents, true)
    for (let month = 1; ; month++) {
      const due = addMonths(start, month)
      if (due > this.#bounds.until) return this.#close(id, plan, start, null, cents)
      if (random.chance(0.03)) return this.#close(id, plan, start, due, cents)
      const lapses = this.#billing.charge(random, id, due, cents, false)
      if (lapses !== null) return this.#close(id, plan, start, lapses, cents)
    }
  }

  #churn({ segment, channel }: Customer, tenure: number, day: Day, spell: number): number {
    const byTenure = tenure <= 3 ? 1.6 : tenure <= 6 ? 1.2 : tenure % 12 === 0 ? 1.6 : tenure < 12 ? 1 : 0.65
    const wave = segment.name === 'SMB' ? this.#anomalies.factor('churn_wave', day) : 1
    return Math.min(0.9, segment.monthlyChurn * channel.churnFactor * byTenure * (CHURN_SEASON[monthOfYear(day)] ?? 1) * wave * (spell > 0 ? 1.3 : 1))
  }

  #change(customer: Customer, plan: number, cents: number, tenure: number, day: Day): { plan: number; cents: number } | null {
    const { random } = customer
    const fate = random.fraction()
    if (fate < 0.018 && plan < PLANS.length - 1) return { plan: plan + 1, cents: this.#price(customer, plan + 1, day) }
    if (fate > 0.993 && plan > 0) return { plan: plan - 1, cents: this.#price(customer, plan - 1, day) }
    if (tenure % 12 === 0 && random.chance(0.5)) return { plan, cents: roundPrice(cents * 1.06) }
    return null
  }

  #price({ segment, priceFactor }: Customer, plan: number, day: Day): number {
    const rise = plan === PRO ? this.#anomalies.factor('pro_price_rise', day) : 1
    return roundPrice(at(PLANS, plan).priceCents * segment.priceFactor * priceFactor * rise)
  }

  #close(customer: number, plan: number, start: Day, end: Day | null, cents: number): void {
    this.#subscriptions.push(NaN, customer, plan, start, end ?? NaN, cents)
    const to = end ?? this.#bounds.until + 1
    this.#paid[customer]?.push({ from: start, to })
    this.#grant({ customer, from: start, to, plan })
  }

  #grant(access: Access): void {
    const to = Math.min(access.to, this.#bounds.until + 1)
    if (to > access.from) this.#access.push({ ...access, to })
  }

  /** The first member comes with the signup, the others while the customer has access. */
  #invite({ id, segment, random }: Customer, signup: Day, firstAccess: number, subscribed: boolean): void {
    this.#members.push(NaN, id, signup, 0)
    const size = Math.min(segment.members.most, Math.round(segment.members.median * Math.exp(0.6 * random.normal())))
    const wanted = subscribed ? size : Math.min(size, 2)
    const spans = this.#access.slice(firstAccess)
    for (let member = 1; member < wanted; member++) {
      const day = signup + Math.floor(random.exponential(member < 3 ? 12 : 120))
      const role = random.pick([0, 0.15, 0.5, 0.35])
      if (spans.some((span) => span.from <= day && day < span.to)) this.#members.push(NaN, id, day, role)
    }
  }

  /** Names the customer who brought this one: any that pays on that day. Early on there may be none. */
  #refer({ id, random }: Customer, signup: Day): void {
    if (id === 1) return
    const day = Math.max(this.#bounds.from, signup - random.between(0, 10))
    for (let attempt = 0; attempt < 40; attempt++) {
      const referrer = random.between(1, id - 1)
      if (this.#paid[referrer]?.some((span) => span.from <= day && day < span.to)) {
        this.#referrals.push(NaN, referrer, id, day)
        return
      }
    }
  }

  history(): CustomerHistory {
    const members = this.#members.sortedBy(2).numberRows(0)
    const owners = new Map<number, number>()
    for (let row = 0; row < members.length; row++) if (members.at(row, 3) === 0) owners.set(members.at(row, 1), members.at(row, 0))
    const trials = this.#trials.sortedBy(3).numberRows(0)
    for (let row = 0; row < trials.length; row++) trials.set(row, 2, owners.get(trials.at(row, 1)) ?? NaN)
    return {
      customers: this.#customers,
      subscriptions: this.#subscriptions.sortedBy(3).numberRows(0),
      payments: this.#billing.payments.sortedBy(2).numberRows(0),
      trials,
      members,
      referrals: this.#referrals.sortedBy(3).numberRows(0),
      access: this.#access,
      fading: this.#fading,
    }
  }
}

/** To five cents, as price lists have it. */
function roundPrice(cents: number): number {
  return Math.round(cents / 5) * 5
}

function at<Item>(list: readonly Item[], index: number): Item {
  const item = list[index]
  if (item === undefined) throw new RangeError(`No item ${index} in a list of ${list.length}.`)
  return item
}
