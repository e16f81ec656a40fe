import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import amplitude from '../../connectors/amplitude/sync.ts'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import { landingOptions } from '../../connectors/duckdb/options.ts'
import type { OpenLanding } from '../../connectors/landing-contract.ts'
import segment from '../../connectors/segment/sync.ts'
import { silentLog } from '../../src/base/log.ts'
import { forgetPerson } from '../../src/jobs/forget/forget-person.ts'
import type { ForgottenList } from '../../src/jobs/forget/forgotten-list.ts'
import { createSyncs } from '../../src/jobs/sync/create-syncs.ts'
import type { SyncedSource, SyncEngine } from '../../src/jobs/sync/types.ts'
import { AMPLITUDE_KEY, startAmplitude } from '../vendors/amplitude.ts'
import type { FakeAmplitude } from '../vendors/amplitude.ts'
import { patientClock } from '../vendors/patient-clock.ts'
import { SEGMENT_KEY, startSegment } from '../vendors/segment.ts'
import type { FakeSegment } from '../vendors/segment.ts'

const clock = patientClock('2025-03-20T12:00:00Z')

let amp: FakeAmplitude
let seg: FakeSegment
let opened: OpenLanding
let syncs: SyncEngine
let sources: readonly SyncedSource[]
let list: ForgottenList

beforeEach(async () => {
  amp = await startAmplitude(() => clock.utcMs)
  seg = await startSegment(() => clock.utcMs)
  opened = openLanding('landed', landingOptions.parse({}), { log: silentLog, stateFolder: '' })
  const settings = { sinceUtcMs: null, streams: null, personal: 'keep', hashKey: null } as const
  sources = [
    { name: 'amp', connector: 'amplitude', settings: { ...settings, sinceUtcMs: Date.parse('2025-03-19T00:00:00Z') }, source: amplitude.open('amp', amplitude.options.parse({ ...AMPLITUDE_KEY, baseUrl: amp.url, cohorts: 'all' }), clock) },
    { name: 'seg', connector: 'segment', settings, source: segment.open('seg', segment.options.parse({ ...SEGMENT_KEY, profilesUrl: `${seg.url}/v1` }), clock) },
  ]
  const known = new Set<string>()
  list = {
    any: () => known.size > 0,
    has: ({ source, user, device, email }) => [...user, ...device, ...email].some((text) => known.has(`${source} ${text}`)),
    keepOutUntil: () => Promise.resolve(),
    aliasOf: () => null,
    redacted: (text) => text,
    prepare: () => Promise.resolve(),
    look: () => Promise.resolve(),
    add: (people) => {
      for (const { source, users, devices, emails } of people) for (const text of [...users, ...devices, ...emails]) known.add(`${source} ${text}`)
      return Promise.resolve()
    },
  }
  syncs = createSyncs({ landing: opened.landing, clock: { nowMs: () => clock.utcMs }, log: silentLog, forgotten: list, sources })
})

afterEach(async () => {
  await syncs.close()
  await opened.source.close()
  await amp.close()
  await seg.close()
})

async function sync(source: string): Promise<void> {
  await syncs.start({ source, full: true, streams: null })
  const { streams } = await syncs.settled(source)
  expect(streams.map(({ error }) => error)).toEqual(streams.map(() => null))
}

/** Rows of each table that has any. */
async function rowsOf(source: string): Promise<Readonly<Record<string, number>>> {
  const tables = [...(await opened.landing.rowCounts(source))]
  return Object.fromEntries(tables.filter(([, rows]) => rows > 0).map(([name, rows]) => [name.slice(source.length + 1), rows]).toSorted())
}

async function forget(source: string, who: { readonly user: string } | { readonly email: string }): Promise<void> {
  const nothing = () => Promise.resolve(null)
  const store = { file: '', open: () => Promise.reject(new Error('Nothing is kept.')), openIfThere: nothing, close: () => Promise.resolve() }
  await forgetPerson({ user: null, email: null, source, dryRun: false, ...who }, [], { sources, opened, syncs, identities: { resolve: () => Promise.resolve() }, rules: [], list, store, hashes: null })
}

describe('a person who is forgotten', () => {
  it('leaves nothing in Amplitude’s tables, neither from before they were identified', async () => {
    const event = (uuid: string, user: number, userId: string | null) => ({ uuid, event_type: 'open', event_time: '2025-03-19 10:00:00.000000', server_upload_time: '2025-03-19 10:00:00.000000', amplitude_id: user, user_id: userId, user_creation_time: '2025-03-10 10:00:00.000000' })
    amp.events = [event('a', 900_001, null), event('b', 900_001, 'ann'), event('c', 900_002, 'bob'), event('d', 900_003, null)]
    amp.cohorts = [{ id: 'x', name: 'Cohort', members: [{ amplitudeId: 900_001, userId: '' }, { amplitudeId: 900_002, userId: 'bob' }] }]
    await sync('amp')
    expect(await rowsOf('amp')).toEqual({ cohort_members: 2, cohorts: 1, events: 4, user_ids: 2, users: 3 })
    await forget('amp', { user: 'ann' })
    const without = { cohort_members: 1, cohorts: 1, events: 2, user_ids: 1, users: 2 }
    expect(await rowsOf('amp')).toEqual(without)
    await sync('amp')
    expect(await rowsOf('amp')).toEqual(without)
  }, 60_000)

  it('leaves nothing in Segment’s tables, whichever id or address they are found by', async () => {
    seg.profiles = [
      // Nothing but ids; its address is no trait.
      { segmentId: 'use_ann', traits: { plan: 'Pro' }, externalIds: [{ type: 'anonymous_id', id: 'browser' }, { type: 'email', id: 'ann@example.com' }], events: [], createdAt: '2025-03-03T09:00:00Z' },
      // An address, and ids that do not name it.
      { segmentId: 'use_bob', traits: { email: 'bob@example.com' }, externalIds: [{ type: 'anonymous_id', id: 'phone' }], events: [], createdAt: '2025-03-03T09:00:00Z' },
      { segmentId: 'use_cid', traits: {}, externalIds: [{ type: 'user_id', id: 'cid' }], events: [], createdAt: '2025-03-03T09:00:00Z' },
    ]
    await sync('seg')
    expect(await rowsOf('seg')).toEqual({ profile_ids: 4, profiles: 3 })
    await forget('seg', { email: 'ann@example.com' })
    expect(await rowsOf('seg')).toEqual({ profile_ids: 2, profiles: 2 })
    await forget('seg', { email: 'bob@example.com' })
    expect(await rowsOf('seg')).toEqual({ profile_ids: 1, profiles: 1 })
    await sync('seg')
    expect(await rowsOf('seg')).toEqual({ profile_ids: 1, profiles: 1 })
  }, 60_000)
})
