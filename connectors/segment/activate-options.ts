import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'
import { identify } from '../sync-kit/identify.ts'

export interface SegmentActivationOptions {
  /** Of an HTTP API or Node.js source. */
  readonly writeKey: string
  readonly region: 'us' | 'eu'
  /** `trait`: an identify call with a boolean trait named after the cohort. `events`: track calls Audience Entered and Audience Exited. */
  readonly mode: 'trait' | 'events'
  /** What members are: users, known by their user id, or accounts, known by their group id, for which the trait is set by a group call. */
  readonly members: 'users' | 'accounts'
  /** Instead of the region's, such as `https://events.eu1.segmentapis.com`. */
  readonly host?: string | undefined
  /** Of the endpoint of batches. */
  readonly path: string
  readonly identify?: string | undefined
  readonly attempts: number
  readonly timeoutMs: number
}

export const segmentActivationOptions: z.ZodType<SegmentActivationOptions> = z
  .strictObject({
    writeKey: secret(z.string().min(1)),
    region: z.enum(['us', 'eu']).default('us'),
    mode: z.enum(['trait', 'events']).default('trait'),
    members: z.enum(['users', 'accounts']).default('users'),
    host: z.url({ protocol: /^https?$/ }).optional(),
    path: z.string().startsWith('/').default('/v1/batch'),
    identify,
    attempts: z.number().int().min(1).max(20).default(6),
    timeoutMs: z.number().int().min(1).max(300_000).default(30_000),
  })
  .refine(({ mode, members }) => mode === 'trait' || members === 'users', 'events are those of users; accounts take the mode `trait`')
