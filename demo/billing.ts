import type { AnomalyPlan } from './anomalies.ts'
import type { Day } from './calendar.ts'
import type { RandomStream } from './random.ts'
import { RowBuffer } from './row-buffer.ts'

/** A refused charge is tried again on these days after it was due; then the subscription lapses. */
export const ATTEMPT_AFTER_DAYS: readonly number[] = [0, 3, 8, 15]
const FIRST_REFUSED = 0.04
const AGAIN_REFUSED = 0.45
const MOST_REFUSED = 0.7

export const PAYMENT_STATUSES = ['Success', 'Failed'] as const
const SUCCESS = 0
const FAILED = 1

/** Charges subscriptions and keeps every attempt; columns: payment_id, customer, date, cents, status. */
export class Billing {
  readonly payments = new RowBuffer(5)
  readonly #until: Day
  readonly #anomalies: AnomalyPlan

  constructor(until: Day, anomalies: AnomalyPlan) {
    this.#until = until
    this.#anomalies = anomalies
  }

  /**
   * Tries one monthly charge until it is paid, or given up, or the history ends.
   *
   * @param checkout the customer is present and will use a card that works
   * @returns the day the subscription lapses, or null when it goes on
   */
  charge(random: RandomStream, customer: number, due: Day, cents: number, checkout: boolean): Day | null {
    for (const [attempt, afterDays] of ATTEMPT_AFTER_DAYS.entries()) {
      const day = due + afterDays
      if (day > this.#until) return null
      const usual = attempt === 0 ? FIRST_REFUSED : AGAIN_REFUSED
      const refused = Math.min(usual * this.#anomalies.factor('payment_outage', day), Math.max(usual, MOST_REFUSED))
      if (checkout || !random.chance(refused)) {
        this.payments.push(NaN, customer, day, cents, SUCCESS)
        return null
      }
      this.payments.push(NaN, customer, day, cents, FAILED)
    }
    return due + (ATTEMPT_AFTER_DAYS.at(-1) ?? 0)
  }
}
