import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'
import { identify } from '../sync-kit/identify.ts'

export interface HubspotActivationOptions {
  /** Of a private app, or a service key. */
  readonly accessToken: string
  readonly baseUrl: string
  /** `v3`, or a version by date such as `2026-03`. */
  readonly apiVersion: string
  /** `property`: a yes-or-no property a cohort. `list`: a static list a cohort. */
  readonly mode: 'property' | 'list'
  readonly object: 'contacts' | 'companies'
  /** A property with unique values that members are known by. */
  readonly idProperty: string
  /** Makes records of members that HubSpot does not know. */
  readonly create: boolean
  /** Of the properties' names. */
  readonly prefix: string
  readonly identify?: string | undefined
  readonly requestsPer10Seconds: number
  readonly attempts: number
  readonly timeoutMs: number
}

export const hubspotActivationOptions: z.ZodType<HubspotActivationOptions> = z
  .strictObject({
    accessToken: secret(z.string().min(1)),
    baseUrl: z
      .string()
      .refine((text) => /^https?:\/\/[^/?#@]+$/.test(text) && URL.canParse(text), 'an address such as https://api.hubapi.com, without a path')
      .default('https://api.hubapi.com'),
    apiVersion: z
      .string()
      .regex(/^(v3|20\d\d-(03|09)(-beta)?)$/, 'v3, or a version by date such as 2026-03')
      .default('2026-03'),
    mode: z.enum(['property', 'list']).default('property'),
    object: z.enum(['contacts', 'companies']).default('contacts'),
    idProperty: z.string().regex(/^[a-z]\w*$/, 'the internal name of a property').default('email'),
    create: z.boolean().default(true),
    prefix: z.string().regex(/^[a-z]\w{0,29}$/, 'small letters, digits and underscores').default('kpiql_'),
    identify,
    requestsPer10Seconds: z.number().int().min(1).max(250).default(90),
    attempts: z.number().int().min(1).max(20).default(6),
    timeoutMs: z.number().int().min(1).max(600_000).default(60_000),
  })
  .refine(({ object, idProperty }) => object === 'contacts' || idProperty !== 'email', 'companies have no `email`: name a property with unique values as `idProperty`')
