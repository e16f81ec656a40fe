import type { Json } from '../sync-contract.ts'
import type { StripeObject } from './record.ts'

/**
 * What a subscription consisted of from a moment on, as a sync saw it where invoices do not tell: a quantity changed without
 * proration, a pause, a coupon taken away. Kept beside the cursor, since Stripe forgets its events after 30 days.
 */
export interface Observation {
  /** Seconds since 1970. */
  readonly at: number
  /** Price and quantity by item; empty where nothing of the subscription counted. */
  readonly items: Readonly<Record<string, readonly [price: string, quantity: number]>>
  /** Ids of the discounts that it had. */
  readonly discounts: readonly string[]
  /** Of these, those that no invoice had yet: once taken away, nothing else would tell of them. */
  readonly given: readonly StripeObject[]
}

/** By subscription, oldest first. */
export type Observed = Readonly<Record<string, readonly Observation[]>>

/** Subscriptions beyond this lose their observations, the longest unchanged first. */
const MOST = 20_000

export function withObservation(observed: Observed, subscription: string, observation: Observation): Observed {
  const { [subscription]: before = [], ...others } = observed
  const entries = Object.entries(others)
  return { ...Object.fromEntries(entries.slice(Math.max(0, entries.length - MOST + 1))), [subscription]: [...before.filter(({ at }) => at !== observation.at), observation].toSorted((a, b) => a.at - b.at) }
}

export function readObserved(value: Json | undefined): Observed {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as unknown as Observed) : {}
}
