import { startVendor } from './vendor-server.ts'
import type { VendorServer } from './vendor-server.ts'

interface Message {
  readonly type: string
  readonly messageId: string
  readonly userId?: string
  readonly anonymousId?: string
  readonly groupId?: string
  readonly event?: string
  readonly traits?: Readonly<Record<string, unknown>>
  readonly properties?: Readonly<Record<string, unknown>>
  readonly timestamp?: string
}

export interface FakeSegmentIngest extends VendorServer {
  readonly writeKey: string
  /** Each messageId once, in order. */
  readonly messages: readonly Message[]
  /** Traits of users and of groups, by `user:<id>` and `group:<id>`. */
  readonly traits: ReadonlyMap<string, Readonly<Record<string, unknown>>>
}

const WRITE_KEY = 'write-key-of-a-source'
const MOST_BYTES = 500 * 1024
const MOST_EVENT_BYTES = 32 * 1024

/**
 * The batch endpoint of https://www.twilio.com/docs/segment/connections/sources/catalog/libraries/server/http-api: at most 500 KB and 32 KB an
 * event, 400 beyond; 200 for all else, also for what it drops (no id, no event, a wrong write key); repetitions by `messageId` are dropped.
 */
export async function startSegmentIngest(): Promise<FakeSegmentIngest> {
  const messages: Message[] = []
  const traits = new Map<string, Record<string, unknown>>()
  const seen = new Set<string>()
  const server = await startVendor(({ method, path, headers, body }) => {
    if (method !== 'POST' || path !== '/v1/batch') return { status: 404, json: {} }
    if (headers['content-type'] !== 'application/json') return { status: 400, json: { success: false, message: 'malformed JSON' } }
    const { batch = [], writeKey } = JSON.parse(body.toString()) as { batch?: readonly Message[]; writeKey?: string }
    if (body.length > MOST_BYTES || batch.some((one) => JSON.stringify(one).length > MOST_EVENT_BYTES)) return { status: 400, json: { success: false, message: 'payload too large' } }
    const isKnown = writeKey === WRITE_KEY && headers['authorization'] === `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`
    for (const message of isKnown ? batch : []) {
      const { type, messageId, userId, anonymousId, groupId, event } = message
      const isWhole = (userId !== undefined || anonymousId !== undefined) && (type !== 'track' || event !== undefined) && (type !== 'group' || groupId !== undefined)
      if (!isWhole || messageId.length > 100 || seen.has(messageId)) continue
      seen.add(messageId)
      messages.push(message)
      const key = type === 'group' ? `group:${groupId}` : `user:${userId}`
      if (type !== 'track') traits.set(key, { ...traits.get(key), ...message.traits })
    }
    return { json: { success: true } }
  })
  return Object.assign({ writeKey: WRITE_KEY, messages, traits }, server)
}
