import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'

/** The version whose shapes the connector was written against; others are brought to the same tables. */
export const API_VERSION = '2026-10-28.endive'

export interface StripeOptions {
  /** A restricted key that may read, `rk_live_…`, or a secret one, `sk_live_…`. */
  readonly apiKey: string
  /** Of a connected account whose data is read with a platform's key. */
  readonly account?: string | undefined
  readonly apiVersion: string
  readonly baseUrl: string
  readonly requestsPerSecond: number
  readonly maxConcurrent: number
  readonly timeoutMs: number
  readonly lookbackMinutes: number
  readonly balanceLookbackDays: number
}

export const stripeOptions = z.strictObject({
  apiKey: secret(z.string().regex(/^(sk|rk)_\w+$/, 'a secret or restricted key, such as rk_live_…')),
  account: z.string().regex(/^acct_\w+$/, 'an account, such as acct_1032D82eZvKYlo2C').optional(),
  apiVersion: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/, 'a version of the API, such as 2026-10-28.endive')
    .default(API_VERSION),
  baseUrl: z
    .string()
    .refine((text) => /^https?:\/\/[^?#@]+$/.test(text) && URL.canParse(text), 'an address such as https://api.stripe.com')
    .default('https://api.stripe.com'),
  /** Stripe allows 25 to each endpoint, and 25 altogether in a sandbox. */
  requestsPerSecond: z.number().min(0.1).max(100).default(20),
  /** Requests under way at once. */
  maxConcurrent: z.number().int().min(1).max(20).default(6),
  timeoutMs: z.number().int().min(1_000).max(600_000).default(80_000),
  /** Events of so long before the last sync are looked at again, for those that were late. */
  lookbackMinutes: z.number().min(0).max(1_440).default(60),
  /** Balance transactions of so many days are read again: pending ones become available. */
  balanceLookbackDays: z.number().min(0).max(90).default(14),
})
