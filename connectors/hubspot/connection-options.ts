import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'

/** How an account is reached, for reading and for sending. */
export interface HubspotConnection {
  /** Of a private app, or a service key. */
  readonly accessToken: string
  readonly baseUrl: string
  /** `v3`, or a version by date such as `2026-03`. */
  readonly apiVersion: string
  readonly attempts: number
  readonly timeoutMs: number
}

export const connectionShape = {
  accessToken: secret(z.string().min(1)),
  baseUrl: z
    .string()
    .refine((text) => /^https?:\/\/[^/?#@]+$/.test(text) && URL.canParse(text), 'an address such as https://api.hubapi.com, without a path')
    .default('https://api.hubapi.com'),
  apiVersion: z
    .string()
    .regex(/^(v3|20\d\d-(03|09)(-beta)?)$/, 'v3, or a version by date such as 2026-03')
    .default('2026-03'),
  attempts: z.number().int().min(1).max(20).default(6),
  timeoutMs: z.number().int().min(1).max(600_000).default(60_000),
}
