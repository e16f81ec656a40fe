import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import type { OpenLanding } from '../../connectors/landing-contract.ts'
import segment from '../../connectors/segment/sync.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { openForgottenList } from '../../src/jobs/forget/forgotten-list.ts'
import { createSyncs } from '../../src/jobs/sync/create-syncs.ts'
import type { SyncEngine } from '../../src/jobs/sync/types.ts'
import { lazyStore } from '../../src/store/lazy-store.ts'
import type { LazyStore } from '../../src/store/lazy-store.ts'
import { NOW } from './sync-world.ts'

const HOUR = 3_600_000
const clock = fixedClock(NOW)
let folder: string
let place: OpenLanding
let store: LazyStore
let syncs: SyncEngine

const listOf = () => openForgottenList({ store, landing: place.landing, keyFile: join(folder, 'key'), hashKey: null, hashes: null, clock, onAdded: () => {} })

async function start(): Promise<void> {
  store = lazyStore(join(folder, 'store.db'), clock)
  const source = segment.open('seg', segment.options.parse({ webhookSecret: 'shh' }), { log: silentLog, now: clock.nowMs, wait: () => Promise.resolve() })
  syncs = createSyncs({ sources: [{ name: 'seg', connector: 'segment', source, settings: { sinceUtcMs: null, streams: null, personal: 'keep', hashKey: null } }], landing: place.landing, clock, log: silentLog, forgotten: await listOf() })
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kpiql-deletion-'))
  place = openLanding('synced', { memoryLimit: '128MB', threads: 1 }, { log: silentLog, stateFolder: '' })
  await start()
})
afterEach(async () => {
  await syncs.close()
  await store.close()
  await place.source.close()
  rmSync(folder, { recursive: true })
})

async function send(...messages: readonly object[]): Promise<void> {
  const body = Buffer.from(JSON.stringify(messages))
  await syncs.receive('seg', { headers: { 'x-signature': createHmac('sha1', 'shh').update(body).digest('hex') }, body })
}
const at = (hour: number): string => new Date(NOW + hour * HOUR).toISOString()
const identify = (id: string, hour: number, traits: object, userId = 'ann-4711') => ({ type: 'identify', messageId: id, userId, traits, timestamp: at(hour) })
const track = (id: string, hour: number, userId = 'ann-4711') => ({ type: 'track', messageId: id, userId, event: 'Opened', timestamp: at(hour) })
const GONE = { type: 'delete', userId: 'ann-4711', timestamp: at(-1) }

async function rows(): Promise<Readonly<Record<string, number>>> {
  return Object.fromEntries([...(await place.landing.rowCounts('seg'))].filter(([, rows]) => rows > 0))
}
const user = async (id = 'ann-4711') => place.landing.lookUp('seg_users', ['email', 'traits'], { column: 'user_id', values: [id] })

describe('a user whom Segment has deleted', () => {
  const messages = [identify('i1', -5, { email: 'ann@example.com' }), track('t1', -4), track('t2', -4, 'bob')]

  it('does not come back with messages that are delivered again, also after a restart', async () => {
    await send(...messages)
    expect(await rows()).toEqual({ seg_identifies: 1, seg_users: 1, seg_tracks: 2 })
    await send(GONE)
    expect(await rows()).toEqual({ seg_tracks: 1 })
    await send(...messages)
    expect(await rows()).toEqual({ seg_tracks: 1 })
    await syncs.close()
    await store.close()
    await start()
    await send(...messages, track('t3', -0.5))
    expect(await rows()).toEqual({ seg_tracks: 1 })
  })

  it('may come back by what the product says afterwards, which Segment does not suppress, and without what was said before', async () => {
    await send(...messages, GONE)
    await send(identify('i2', 1, { plan: 'pro' }), track('t4', 2))
    await send(...messages)
    expect(await user()).toEqual([[null, '{"plan":"pro"}']])
    expect(await rows()).toEqual({ seg_identifies: 1, seg_users: 1, seg_tracks: 2 })
    // Deleted again, and all that was said until then is delivered once more.
    await send({ ...GONE, timestamp: at(3) }, identify('i2', 1, { plan: 'pro' }), track('t4', 2), ...messages)
    expect(await rows()).toEqual({ seg_tracks: 1 })
  })

  it('is remembered by a keyed hash alone', async () => {
    await send(...messages, GONE)
    const kept = [...readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1')), JSON.stringify([...(await place.landing.states('_kpiql')).values()])]
    for (const text of kept) expect(text.includes('ann-4711')).toBe(false)
    const list = await listOf()
    const has = (userId: string, atUtcMs: number | null, source = 'seg') => list.has({ source, table: 'tracks', user: [userId], device: [], email: [], atUtcMs })
    // Until the deletion came, and where nobody says when.
    expect([has('ann-4711', NOW), has('ann-4711', null), has('ann-4711', NOW + 1), has('bob', NOW), has('ann-4711', NOW, 'other')]).toEqual([true, true, false, false, false])
  })
})
