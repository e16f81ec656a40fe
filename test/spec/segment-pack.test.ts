import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import segment from '../../connectors/segment/sync.ts'
import { expectUse, MARCH, READ_AT, USE } from '../fixtures/product-use/index.ts'
import { Collected } from '../vendors/collect.ts'
import { patientClock } from '../vendors/patient-clock.ts'
import { SEGMENT_KEY, signedWebhook, startSegment } from '../vendors/segment.ts'
import { openPack } from './synced-pack-world.ts'
import type { PackWorld } from './synced-pack-world.ts'

const NAMES = { 'sign up': 'Signed Up', open: 'Opened', buy: 'Order Completed', automatic: 'Application Opened' }
const SECRET = 'shared'

let world: PackWorld

beforeAll(async () => {
  const clock = patientClock(READ_AT)
  const fake = await startSegment(() => clock.utcMs)
  try {
    fake.profiles = (['ann', 'bob'] as const).map((user, index) => ({ segmentId: `use_${user}`, traits: { email: `${user}@example.com` }, externalIds: [{ type: 'user_id', id: user }], events: [], createdAt: `2025-0${index + 2}-03T09:00:00Z` }))
    const source = segment.open('segment', segment.options.parse({ ...SEGMENT_KEY, profilesUrl: `${fake.url}/v1`, webhookSecret: SECRET }), clock)
    const streams = await source.streams(new AbortController().signal)
    const tables = new Collected()
    for (const stream of streams) {
      tables.declare(stream)
      tables.cursor = null
      await tables.read(stream, { nowUtcMs: clock.utcMs })
    }
    const live = [
      ...USE.map(({ user, did, at }, index) => ({ type: 'track', messageId: `m${index}`, event: NAMES[did], ...(user === 'cid' ? { anonymousId: 'anonymous cid' } : { userId: user }), timestamp: at })),
      { type: 'page', messageId: 'p1', userId: 'ann', properties: { path: '/pricing' }, timestamp: '2025-03-04T10:00:00Z' },
      { type: 'identify', messageId: 'i1', userId: 'ann', traits: { email: 'ann@example.com' }, timestamp: '2025-03-03T09:00:00Z' },
    ]
    // Segment sends again what it has no answer to.
    for (const message of [...live, ...live.slice(3, 7)]) tables.apply(source.receiver?.receive({ ...signedWebhook(SECRET, message), nowUtcMs: clock.utcMs }) ?? [])
    world = await openPack('segment', streams.flatMap((stream) => stream.tables), Object.fromEntries(streams.flatMap((stream) => stream.tables).map(({ name }) => [name, tables.rows(name)])), READ_AT)
  } finally {
    await fake.close()
  }
})
afterAll(() => world.close())

describe('Segment alone', () => {
  it('answers who is active, who stays, who adopts and who buys', () => expectUse('segment', world, NAMES))

  it('knows new users by their sign-up, people by their profiles, and pages', async () => {
    expect(await world.series('segment_new_users', MARCH)).toEqual([2])
    expect(await world.series('segment_new_profiles', MARCH)).toEqual([1])
    expect(await world.groups('segment_page_views', { ...MARCH, by: 'segment_page_path' })).toEqual({ '/pricing': 1 })
  })
})
