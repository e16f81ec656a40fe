import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'
import { identify } from '../sync-kit/identify.ts'

export interface WebhookOptions {
  readonly url: string
  /** With which requests are signed. */
  readonly secret: string
  /** Sent with every request besides ours. */
  readonly headers: Readonly<Record<string, string>>
  readonly identify?: string | undefined
  readonly batchSize: number
  readonly requestsPerSecond: number
  readonly attempts: number
  readonly timeoutMs: number
}

const OURS = /^(x-kpiql-.*|idempotency-key|content-type|content-length|host)$/i

export const webhookOptions: z.ZodType<WebhookOptions> = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  secret: secret(z.string().min(16)),
  headers: secret(
    z
      .record(z.string().regex(/^[\w-]+$/, 'the name of a header'), z.string())
      .refine((headers) => !Object.keys(headers).some((name) => OURS.test(name)), 'headers other than those of the gateway: X-Kpiql-…, Idempotency-Key, Content-Type'),
  ).default({}),
  identify,
  batchSize: z.number().int().min(1).max(10_000).default(500),
  requestsPerSecond: z.number().min(0.1).max(1_000).default(10),
  attempts: z.number().int().min(1).max(20).default(6),
  timeoutMs: z.number().int().min(1).max(300_000).default(30_000),
})
