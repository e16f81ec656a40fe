import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'
import { STREAMS } from './objects.ts'
import type { StreamName } from './objects.ts'

export interface SalesforceOptions {
  /** The My Domain address of the organisation. */
  readonly instanceUrl: string
  readonly apiVersion: string
  /** A session or access token, which nobody renews. */
  readonly accessToken?: string | undefined
  readonly clientId?: string | undefined
  /** With `clientId`: the client credentials flow. */
  readonly clientSecret?: string | undefined
  /** With `clientId` and `privateKey`: the JWT bearer flow. */
  readonly username?: string | undefined
  /** In PEM. */
  readonly privateKey?: string | undefined
  /** Of the JWT bearer flow, and its audience. */
  readonly loginUrl: string
  /** Absent: all that the user may read. */
  readonly objects?: readonly StreamName[] | undefined
  readonly formulaFields: boolean
  /** ISO 4217, of organisations with one currency. */
  readonly currency?: string | undefined
  readonly lookbackSeconds: number
  readonly pageSize: number
  /** The share of the organisation's daily requests, used by whomever, beyond which nothing more is asked. */
  readonly mostApiUsage: number
  readonly maxConcurrent: number
  readonly attempts: number
  readonly timeoutMs: number
}

const address = z.string().refine((text) => /^https?:\/\/[^/?#@]+$/.test(text) && URL.canParse(text), 'an address such as https://acme.my.salesforce.com, without a path')

export const salesforceOptions: z.ZodType<SalesforceOptions> = z
  .strictObject({
    instanceUrl: address,
    apiVersion: z
      .string()
      .regex(/^\d{2,3}\.0$/, 'a version such as 65.0')
      .default('65.0'),
    accessToken: secret(z.string().min(1)).optional(),
    clientId: z.string().min(1).optional(),
    clientSecret: secret(z.string().min(1)).optional(),
    username: z.string().min(1).optional(),
    privateKey: secret(z.string().min(1)).optional(),
    loginUrl: address.default('https://login.salesforce.com'),
    objects: z.array(z.enum(STREAMS)).min(1).optional(),
    formulaFields: z.boolean().default(false),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'an ISO 4217 code, such as EUR')
      .optional(),
    lookbackSeconds: z.number().int().min(60).max(86_400).default(600),
    pageSize: z.number().int().min(1).max(2_000).default(2_000),
    mostApiUsage: z.number().min(0.01).max(1).default(0.9),
    maxConcurrent: z.number().int().min(1).max(20).default(4),
    attempts: z.number().int().min(1).max(20).default(6),
    timeoutMs: z.number().int().min(1).max(600_000).default(120_000),
  })
  .refine(
    ({ accessToken, clientId, clientSecret, username, privateKey }) => {
      const given = [accessToken !== undefined, clientSecret !== undefined, privateKey !== undefined || username !== undefined].filter(Boolean).length
      return given === 1 && (accessToken !== undefined ? clientId === undefined : clientId !== undefined) && (privateKey === undefined) === (username === undefined)
    },
    'name `accessToken`, or `clientId` and `clientSecret`, or `clientId`, `username` and `privateKey`',
  )
  .refine(({ privateKey }) => privateKey === undefined || isKey(privateKey), '`privateKey` is no private key in PEM')

function isKey(pem: string): boolean {
  try {
    createPrivateKey(pem)
    return true
  } catch {
    return false
  }
}
