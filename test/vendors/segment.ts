import { createHmac } from 'node:crypto'
import { startVendor } from './vendor-server.ts'
import type { Heard, Reply, VendorServer } from './vendor-server.ts'

export interface FakeSegmentProfile {
  readonly segmentId: string
  readonly traits: Readonly<Record<string, unknown>>
  readonly externalIds: readonly { readonly type: string; readonly id: string }[]
  /** As the Profile API shows them; oldest first. */
  readonly events: readonly (Readonly<Record<string, unknown>> & { readonly timestamp: string })[]
  readonly createdAt: string
}

export interface FakeSegment extends VendorServer {
  profiles: readonly FakeSegmentProfile[]
  /** Tokens of pages that are handed out once more than they should. */
  readonly repeats: Set<string>
  /** Profiles that are listed, and gone when they are asked for. */
  readonly gone: Set<string>
}

export const SEGMENT_KEY = { spaceId: 'lg8283283', profileToken: 'segment-profile-token' }
const PAGE = 2

/** @param now events older than 14 days are not shown. */
export async function startSegment(now: () => number): Promise<FakeSegment> {
  // https://segment.com/docs/unify/profile-api/
  const answer = (heard: Heard): Reply => {
    if (heard.headers['authorization'] !== `Basic ${Buffer.from(`${SEGMENT_KEY.profileToken}:`).toString('base64')}`) return { status: 401, json: { error: { code: 'authentication_error', message: 'Failure to properly authenticate' } } }
    const [, , spaces, space, , collection, , identifier, what] = heard.path.split('/')
    if (spaces !== 'spaces' || space !== SEGMENT_KEY.spaceId || collection !== 'users') return { status: 404, json: { error: { code: 'not_found', message: 'Space was not found.' } } }
    const limit = Number(heard.query.get('limit') ?? 10)
    // "by default the limit is 10"; lists take 1 to 100, traits up to 200.
    if (limit < 1 || limit > (what === 'traits' ? 200 : 100)) return { status: 400, json: { error: { code: 'validation_error', message: 'limit' } } }
    const next = heard.query.get('next')
    const cursorOf = (end: number, total: number): Readonly<Record<string, unknown>> => {
      const token = end < total && !fake.repeats.delete(`again ${next ?? ''}`) ? `at-${end}` : next
      return { url: heard.path, has_more: end < total, next: end < total ? token : '', limit }
    }
    const from = next === null ? 0 : Number(next.slice('at-'.length))
    const page = <T>(all: readonly T[], most: number): { readonly data: readonly T[]; readonly cursor: unknown } => {
      const end = Math.min(all.length, from + Math.min(most, limit))
      return { data: all.slice(from, end), cursor: cursorOf(end, all.length) }
    }
    // "you can list profiles": each with its segment_id, by which all else is asked.
    if (identifier === undefined) return { json: page(fake.profiles.map(({ segmentId }) => ({ segment_id: segmentId })), PAGE) }
    const profile = fake.profiles.find(({ segmentId }) => decodeURIComponent(identifier) === `segment_id:${segmentId}` && !fake.gone.has(segmentId))
    if (!profile) return { status: 404, json: { error: { code: 'not_found', message: 'Profile was not found.' } } }
    switch (what) {
      case 'traits': {
        const { data, cursor } = page(Object.entries(profile.traits), PAGE)
        return { json: { traits: Object.fromEntries(data), cursor } }
      }
      case 'external_ids':
        return { json: page(profile.externalIds.map(({ type, id }) => ({ source_id: 'GFu4AJc2bE', collection: 'users', id, type, created_at: '2017-11-30T06:05:01.40468Z', encoding: 'none' })), PAGE) }
      case 'metadata':
        return { json: { metadata: { created_at: profile.createdAt, updated_at: '2018-01-05T00:16:36.919Z', expires_at: null } } }
      case 'events': {
        const start = Math.max(Date.parse(heard.query.get('start') ?? '') || 0, now() - 14 * 86_400_000)
        const external_ids = profile.externalIds.map(({ type, id }) => ({ collection: 'users', type, id, encoding: 'none' }))
        return { json: page(profile.events.filter(({ timestamp }) => Date.parse(timestamp) >= start).map((event) => ({ external_ids, context: {}, source_id: 'CRx5M9uk2p', related: { users: profile.segmentId }, ...event })), PAGE) }
      }
      default:
        return { status: 404, json: { error: { code: 'not_found', message: 'No such route.' } } }
    }
  }
  const server = await startVendor(answer)
  const fake: FakeSegment = Object.assign(server, { profiles: [], repeats: new Set<string>(), gone: new Set<string>() })
  return fake
}

/** A message as the Webhooks destination sends it, with `X-Signature` over the body (https://segment.com/docs/connections/destinations/catalog/webhooks/#authentication). */
export function signedWebhook(secret: string, message: unknown): { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array } {
  const body = Buffer.from(JSON.stringify(message))
  return { headers: { 'content-type': 'application/json', 'x-signature': createHmac('sha1', secret).update(body).digest('hex') }, body }
}
