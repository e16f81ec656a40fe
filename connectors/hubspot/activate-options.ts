import { z } from 'zod'
import { identify } from '../sync-kit/identify.ts'
import { connectionShape, type HubspotConnection } from './connection-options.ts'

export interface HubspotActivationOptions extends HubspotConnection {
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
}

export const hubspotActivationOptions: z.ZodType<HubspotActivationOptions> = z
  .strictObject({
    ...connectionShape,
    mode: z.enum(['property', 'list']).default('property'),
    object: z.enum(['contacts', 'companies']).default('contacts'),
    idProperty: z.string().regex(/^[a-z]\w*$/, 'the internal name of a property').default('email'),
    create: z.boolean().default(true),
    prefix: z.string().regex(/^[a-z]\w{0,29}$/, 'small letters, digits and underscores').default('kpiql_'),
    identify,
    requestsPer10Seconds: z.number().int().min(1).max(250).default(90),
  })
  .refine(({ object, idProperty }) => object === 'contacts' || idProperty !== 'email', 'companies have no `email`: name a property with unique values as `idProperty`')
