import { z } from 'zod'

const secret = z.string().min(1)
const host = z.string().regex(/^https?:\/\/[^\s/]+$/, 'must be an address such as https://events.eu1.segmentapis.com, without a path').optional()

/** Where the gateway tells which metrics are asked; nowhere without it. */
export const telemetrySchema = z.discriminatedUnion('connector', [z.strictObject({ connector: z.literal('segment'), writeKey: secret, host }), z.strictObject({ connector: z.literal('mixpanel'), token: secret, host })])
