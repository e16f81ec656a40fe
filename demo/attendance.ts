import type { AnomalyPlan } from './anomalies.ts'
import { type Day, monthOfYear, weekday } from './calendar.ts'
import type { CustomerHistory } from './customers.ts'
import type { Member } from './members.ts'
import { DEVICE_SHARES, GERMANY, MOBILE, PRO, USAGE_SEASON, USAGE_WEEKDAY } from './vocabulary.ts'

interface Change {
  day: Day
  customer: number
  access: -1 | 0 | 1
  fading: -1 | 0 | 1
  plan?: number
}

/** Who may use the product on a day, and how much each is likely to. Days are visited in order, from the first. */
export class Attendance {
  readonly #members: readonly Member[]
  readonly #anomalies: AnomalyPlan
  readonly #changes: Change[]
  readonly #access: Uint8Array
  readonly #fading: Uint8Array
  readonly #plan: Uint8Array
  readonly #reached: Float64Array
  readonly #present: Int32Array
  #presentCount = 0
  #nextChange = 0

  constructor({ customers, access, fading }: CustomerHistory, members: readonly Member[], anomalies: AnomalyPlan) {
    this.#members = members
    this.#anomalies = anomalies
    this.#access = new Uint8Array(customers.length + 1)
    this.#fading = new Uint8Array(customers.length + 1)
    this.#plan = new Uint8Array(customers.length + 1).fill(PRO)
    this.#reached = new Float64Array(members.length)
    this.#present = new Int32Array(members.length)
    this.#changes = [
      ...access.map(({ customer, from, plan }): Change => ({ day: from, customer, access: 1, fading: 0, plan })),
      ...access.map(({ customer, to }): Change => ({ day: to, customer, access: -1, fading: 0 })),
      ...fading.map(({ customer, from }): Change => ({ day: from, customer, access: 0, fading: 1 })),
      ...fading.map(({ customer, to }): Change => ({ day: to, customer, access: 0, fading: -1 })),
    ].sort((left, right) => left.day - right.day) // a stable sort
  }

  /** Goes on to `day`. @returns the use to expect on it, in a unit of its own; 0 when nobody has access */
  visit(day: Day): number {
    this.#applyChanges(day)
    const spike = this.#anomalies.factor('traffic_spike', day)
    let total = 0
    this.#presentCount = 0
    for (let index = 0; index < this.#members.length; index++) {
      const member = this.#members[index]
      if (member === undefined || member.created > day) break // members are in order of creation
      if (this.#access[member.customer] === 0) continue
      const age = day - member.created
      total += member.usage * (day >= member.quietFrom ? 0.04 : 1) * (age < 3 ? 3 : age < 14 ? 1.6 : 1)
        * (this.#fading[member.customer] === 0 ? 1 : 0.4) * (member.country === GERMANY ? spike : 1)
      this.#present[this.#presentCount] = index
      this.#reached[this.#presentCount++] = total
    }
    const lostMobile = (1 - this.#anomalies.factor('mobile_tracking_lost', day)) * (DEVICE_SHARES[MOBILE] ?? 0)
    return total * (USAGE_WEEKDAY[weekday(day)] ?? 1) * (USAGE_SEASON[monthOfYear(day)] ?? 1)
      * this.#anomalies.factor('event_outage', day) * (1 - lostMobile)
  }

  /** One of the day's members, each with a chance in proportion to the use to expect. */
  memberAt(fraction: number): Member | undefined {
    const target = fraction * (this.#reached[this.#presentCount - 1] ?? 0)
    let low = 0
    let high = this.#presentCount - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#reached[middle] ?? 0) > target) high = middle
      else low = middle + 1
    }
    return this.#members[this.#present[low] ?? -1]
  }

  isFading(customer: number): boolean {
    return (this.#fading[customer] ?? 0) > 0
  }

  /** The plan begun last; that of the trial before any. */
  planOf(customer: number): number {
    return this.#plan[customer] ?? PRO
  }

  #applyChanges(day: Day): void {
    for (let change = this.#changes[this.#nextChange]; change !== undefined && change.day <= day; change = this.#changes[++this.#nextChange]) {
      const { customer, access, fading, plan } = change
      this.#access[customer] = (this.#access[customer] ?? 0) + access
      this.#fading[customer] = (this.#fading[customer] ?? 0) + fading
      if (plan !== undefined) this.#plan[customer] = plan
    }
  }
}
