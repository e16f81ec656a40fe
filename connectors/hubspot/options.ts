import { z } from 'zod'
import { connectionShape, type HubspotConnection } from './connection-options.ts'

/** Kinds of records that are followed by their modification time. */
export const OBJECTS = ['contacts', 'companies', 'deals', 'tickets'] as const
export type HubspotObject = (typeof OBJECTS)[number]

export interface HubspotOptions extends HubspotConnection {
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
}

const names = z.array(z.string().regex(/^[\w-]+$/, 'the internal name of a property')).min(1)

export const hubspotOptions: z.ZodType<HubspotOptions> = z.strictObject({
  ...connectionShape,
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
})
