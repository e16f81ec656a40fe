import { type Day, monthOfYear, weekday } from './calendar.ts'
import type { CustomerHistory, HistoryBounds } from './customers.ts'
import { RandomStream } from './random.ts'
import { RowBuffer } from './row-buffer.ts'
import type { RowSource } from './table-writer.ts'
import { COUNTRIES, DEVICE_SHARES, MONTHLY_GROWTH, SIGNUP_SEASON, SIGNUP_WEEKDAY, VISIT_CHANNELS, VISIT_CHANNEL_SHARES } from './vocabulary.ts'

const DAY_SECONDS = 86_400
const DAYS_A_MONTH = 365.25 / 12
/** Visitors who never sign up, for each customer. */
const STRANGERS_A_CUSTOMER = 18
const RETURN_CHANCE = 0.22
const RETURN_WITHIN_DAYS = 25
const DIRECT = VISIT_CHANNELS.length - 1

/** Columns of a visit, as they are written after its number: visitor, customer, second, channel, pages, seconds, key event, country, device. */
const WIDTH = 9
const SECOND = 2

/** What brought a visitor, and from where; kept from one visit to the next. */
interface Visitor {
  id: number
  channel: number
  /** NaN: unknown */
  country: number
  device: number
}

/**
 * The visits to the company's site in order of time (visit_id, visitor, customer, second, channel, page views, seconds, key event,
 * country, device). Every customer comes at least once, on the day of signing up; strangers come and mostly stay strangers. Holds
 * the plans of the customers and one day of visits.
 */
export class Visits implements RowSource {
  readonly #seed: number
  readonly #bounds: HistoryBounds
  /** customer, second, kind; in order of time */
  readonly #planned: RowBuffer
  readonly #history: CustomerHistory
  /** Visitor of each customer, once they came. */
  readonly #visitors: (Visitor | undefined)[] = []
  readonly #returning = new Map<Day, Visitor[]>()
  readonly #strangersPerDemand: number
  #nextPlanned = 0
  #nextVisitor = 1
  #nextDay: Day
  #day = new RowBuffer(WIDTH)
  #moved = 0
  #emitted = 0

  constructor(history: CustomerHistory, seed: number, bounds: HistoryBounds) {
    this.#seed = seed
    this.#bounds = bounds
    this.#history = history
    this.#planned = planVisits(history, seed, bounds)
    this.#nextDay = bounds.from
    let demand = 0
    for (let day = bounds.from; day <= bounds.until; day++) demand += demandOn(day, bounds)
    this.#strangersPerDemand = (history.customers.length * STRANGERS_A_CUSTOMER) / demand
  }

  fill(columns: readonly Float64Array[], most: number): number {
    let count = 0
    while (count < most) {
      if (this.#moved === this.#day.length) {
        if (this.#nextDay > this.#bounds.until) break
        this.#live(this.#nextDay++)
        continue
      }
      for (let column = 0; column < WIDTH; column++) columnAt(columns, column + 1)[count] = this.#day.at(this.#moved, column)
      columnAt(columns, 0)[count] = ++this.#emitted
      this.#moved++
      count++
    }
    return count
  }

  #live(day: Day): void {
    const random = new RandomStream(this.#seed, 'visits', day - this.#bounds.from)
    this.#day = new RowBuffer(WIDTH)
    this.#moved = 0
    const planned = this.#planned
    for (; this.#nextPlanned < planned.length && planned.at(this.#nextPlanned, 1) < (day + 1) * DAY_SECONDS; this.#nextPlanned++) {
      this.#welcome(planned.at(this.#nextPlanned, 0), planned.at(this.#nextPlanned, 1), planned.at(this.#nextPlanned, 2), random)
    }
    for (const visitor of this.#returning.get(day) ?? []) this.#stroll(day, { ...visitor, channel: random.chance(0.6) ? DIRECT : visitor.channel }, random)
    this.#returning.delete(day)
    const expected = this.#strangersPerDemand * demandOn(day, this.#bounds)
    for (let left = Math.floor(expected + random.fraction()); left > 0; left--) {
      const visitor = { id: this.#nextVisitor++, channel: random.pick(VISIT_CHANNEL_SHARES), country: random.pick(COUNTRIES.map(({ share }) => share)), device: random.pick(DEVICE_SHARES) }
      this.#stroll(day, visitor, random)
    }
    this.#day = this.#day.sortedBy(SECOND)
  }

  /** A visit of one who is a customer, or will be. */
  #welcome(customer: number, second: number, kind: number, random: RandomStream): void {
    const known = this.#visitors[customer]
    const visitor = known ?? {
      id: this.#nextVisitor++,
      channel: this.#history.customers.at(customer - 1, 4),
      country: this.#history.customers.at(customer - 1, 3),
      device: random.pick(DEVICE_SHARES),
    }
    this.#visitors[customer] = visitor
    const signsUp = kind === SIGNUP
    const channel = signsUp || known === undefined || random.chance(0.4) ? visitor.channel : DIRECT
    const pages = 2 + Math.floor(random.exponential(signsUp ? 4 : 2))
    this.#day.push(visitor.id, kind === BEFORE ? NaN : customer, second, channel, pages, 20 + Math.floor(random.exponential(55 * pages)), signsUp ? 1 : 0, visitor.country, visitor.device)
  }

  #stroll(day: Day, visitor: Visitor, random: RandomStream): void {
    const bounces = random.chance(0.42)
    const pages = bounces ? 1 : 1 + Math.floor(random.exponential(2.6))
    const seconds = bounces ? random.between(0, 10) : 11 + Math.floor(random.exponential(45 * pages))
    const keyEvent = !bounces && random.chance(0.03) ? 1 : 0
    this.#day.push(visitor.id, NaN, day * DAY_SECONDS + random.between(0, DAY_SECONDS - 1), visitor.channel, pages, seconds, keyEvent, visitor.country, visitor.device)
    if (!random.chance(RETURN_CHANCE)) return
    const back = day + random.between(1, RETURN_WITHIN_DAYS)
    const others = this.#returning.get(back)
    if (others === undefined) this.#returning.set(back, [visitor])
    else others.push(visitor)
  }
}

/** Kinds of visits of customers: while still a stranger, signing up, and afterwards. */
const BEFORE = 0
const SIGNUP = 1
const AFTER = 2

/** When customers come to the site: sometimes before they sign up, always to do so, and often once more in the fortnight after. */
function planVisits({ customers, trials }: CustomerHistory, seed: number, { from, until }: HistoryBounds): RowBuffer {
  const trialSeconds = new Map<number, number>()
  for (let row = 0; row < trials.length; row++) trialSeconds.set(trials.at(row, 1), trials.at(row, 3))
  const planned = new RowBuffer(3)
  for (let row = 0; row < customers.length; row++) {
    const customer = customers.at(row, 0)
    const random = new RandomStream(seed, 'visitor', customer)
    const signup = customers.at(row, 1) * DAY_SECONDS
    const signsUpAt = (trialSeconds.get(customer) ?? signup + random.between(6 * 3600, 20 * 3600)) - random.between(60, 900)
    for (let before = random.pick([0.45, 0.3, 0.15, 0.1]); before > 0; before--) {
      const second = signsUpAt - random.between(3600, 30 * DAY_SECONDS)
      if (second >= from * DAY_SECONDS) planned.push(customer, second, BEFORE)
    }
    planned.push(customer, signsUpAt, SIGNUP)
    const back = signsUpAt + random.between(3600, 14 * DAY_SECONDS)
    if (random.chance(0.5) && back < (until + 1) * DAY_SECONDS) planned.push(customer, back, AFTER)
  }
  return planned.sortedBy(1)
}

function demandOn(day: Day, { from }: HistoryBounds): number {
  return MONTHLY_GROWTH ** ((day - from) / DAYS_A_MONTH) * (SIGNUP_SEASON[monthOfYear(day)] ?? 1) * (SIGNUP_WEEKDAY[weekday(day)] ?? 1)
}

function columnAt(columns: readonly Float64Array[], index: number): Float64Array {
  const column = columns[index]
  if (column === undefined) throw new RangeError(`Visits have no column ${index} to go to.`)
  return column
}
