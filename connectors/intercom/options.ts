import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'

/** https://developers.intercom.com/docs/build-an-integration/learn-more/rest-apis/regional-hosting */
export const BASE_URLS = { us: 'https://api.intercom.io', eu: 'https://api.eu.intercom.io', au: 'https://api.au.intercom.io' } as const

export interface IntercomOptions {
  readonly accessToken: string
  /** Where the workspace is kept. */
  readonly region: keyof typeof BASE_URLS
  /** In place of the region's. */
  readonly baseUrl?: string | undefined
  readonly apiVersion: string
  /** The app's secret, by which its notifications are signed. */
  readonly clientSecret?: string | undefined
  /** Whether messages are read too: one request a conversation. */
  readonly conversationParts: boolean
  readonly lookbackMinutes: number
  /** After so many days contacts are read from the beginning, so that those archived and merged go; 0 for never. */
  readonly rereadContactsDays: number
  readonly companiesEveryHours: number
  readonly requestsPerMinute: number
  readonly maxConcurrent: number
  readonly timeoutMs: number
}

export const intercomShape = {
  accessToken: secret(z.string().min(1)),
  region: z.enum(['us', 'eu', 'au']).default('us'),
  baseUrl: z.url().optional(),
  apiVersion: z.string().regex(/^\d+\.\d+$/, 'a version like 2.14').default('2.14'),
  clientSecret: secret(z.string().min(1)).optional(),
  conversationParts: z.boolean().default(true),
  lookbackMinutes: z.int().min(1).max(10_080).default(15),
  rereadContactsDays: z.int().min(0).max(3650).default(7),
  companiesEveryHours: z.int().min(0).max(8760).default(24),
  requestsPerMinute: z.int().min(1).max(100_000).default(5_000),
  maxConcurrent: z.int().min(1).max(32).default(8),
  timeoutMs: z.int().min(1).max(300_000).default(60_000),
}

export const intercomOptions: z.ZodType<IntercomOptions> = z.strictObject(intercomShape)
