import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'

/** Kinds of records that are followed by their modification time. */
export const OBJECTS = ['contacts', 'companies', 'deals', 'tickets'] as const
export type HubspotObject = (typeof OBJECTS)[number]

export interface HubspotOptions {
  /** Of a private app, or a service key. */
  readonly accessToken: string
  readonly baseUrl: string
  /** `v3`, or a version by date such as `2026-03`. */
  readonly apiVersion: string
  /** Absent: all of them that the token may read. */
  readonly objects?: readonly HubspotObject[] | undefined
  /** Names of properties to land, by object; absent: all. */
  readonly properties: { readonly [Name in HubspotObject]?: readonly string[] | undefined }
  /** ISO 4217, for amounts of deals that name no currency; absent: the currency of the account. */
  readonly currency?: string | undefined
  readonly overlapSeconds: number
  readonly pageSize: number
  readonly requestsPer10Seconds: number
  readonly searchesPerSecond: number
  readonly attempts: number
  readonly timeoutMs: number
}

const names = z.array(z.string().regex(/^[\w-]+$/, 'the internal name of a property')).min(1)

export const hubspotOptions: z.ZodType<HubspotOptions> = z.strictObject({
  accessToken: secret(z.string().min(1)),
  baseUrl: z
    .string()
    .refine((text) => /^https?:\/\/[^/?#@]+$/.test(text) && URL.canParse(text), 'an address such as https://api.hubapi.com, without a path')
    .default('https://api.hubapi.com'),
  apiVersion: z
    .string()
    .regex(/^(v3|20\d\d-(03|09)(-beta)?)$/, 'v3, or a version by date such as 2026-03')
    .default('2026-03'),
  objects: z.array(z.enum(OBJECTS)).min(1).optional(),
  properties: z.strictObject({ contacts: names.optional(), companies: names.optional(), deals: names.optional(), tickets: names.optional() }).default({}),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'an ISO 4217 code, such as EUR')
    .optional(),
  overlapSeconds: z.number().int().min(120).max(86_400).default(300),
  pageSize: z.number().int().min(1).max(200).default(200),
  requestsPer10Seconds: z.number().int().min(1).max(250).default(190),
  searchesPerSecond: z.number().min(0.1).max(5).default(4),
  attempts: z.number().int().min(1).max(20).default(6),
  timeoutMs: z.number().int().min(1).max(600_000).default(60_000),
})
