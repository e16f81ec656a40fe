import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'
import { identify } from '../sync-kit/identify.ts'

export interface MixpanelActivationOptions {
  /** The project's token. */
  readonly token: string
  readonly region: 'us' | 'eu' | 'in'
  /** A list of names of cohorts on each profile. */
  readonly property: string
  /** Instead of the region's, such as `https://api-eu.mixpanel.com`. */
  readonly baseUrl?: string | undefined
  readonly identify?: string | undefined
  readonly attempts: number
  readonly timeoutMs: number
}

export const mixpanelActivationOptions: z.ZodType<MixpanelActivationOptions> = z.strictObject({
  token: secret(z.string().min(1)),
  region: z.enum(['us', 'eu', 'in']).default('us'),
  property: z
    .string()
    .min(1)
    .max(255)
    .refine((name) => !name.startsWith('$'), 'names that begin with $ are Mixpanel’s own')
    .default('kpiql_cohorts'),
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  identify,
  attempts: z.number().int().min(1).max(20).default(8),
  timeoutMs: z.number().int().min(1).max(300_000).default(60_000),
})
