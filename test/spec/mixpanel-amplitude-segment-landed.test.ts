import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import amplitude from '../../connectors/amplitude/sync.ts'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import { landingOptions } from '../../connectors/duckdb/options.ts'
import type { OpenLanding } from '../../connectors/landing-contract.ts'
import mixpanel from '../../connectors/mixpanel/sync.ts'
import segment from '../../connectors/segment/sync.ts'
import type { SyncSource } from '../../connectors/sync-contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { silentLog } from '../../src/base/log.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { createSyncs } from '../../src/jobs/sync/create-syncs.ts'
import type { SyncEngine } from '../../src/jobs/sync/types.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'
import { AMPLITUDE_KEY, startAmplitude } from '../vendors/amplitude.ts'
import type { FakeAmplitude } from '../vendors/amplitude.ts'
import { MIXPANEL_KEY, startMixpanel } from '../vendors/mixpanel.ts'
import type { FakeMixpanel } from '../vendors/mixpanel.ts'
import { patientClock } from '../vendors/patient-clock.ts'
import { signedWebhook } from '../vendors/segment.ts'
import { NOBODY } from './sync-world.ts'

const clock = patientClock('2025-03-20T12:00:00Z')
const SECRET = 'shared'
const TOOLS = ['mixpanel', 'amplitude', 'segment'] as const

let mix: FakeMixpanel
let amp: FakeAmplitude
let landed: OpenLanding
let syncs: SyncEngine

beforeAll(async () => {
  mix = await startMixpanel()
  amp = await startAmplitude(() => clock.utcMs)
  const sources: Readonly<Record<(typeof TOOLS)[number], SyncSource>> = {
    mixpanel: mixpanel.open('mixpanel', mixpanel.options.parse({ ...MIXPANEL_KEY, dataUrl: `${mix.url}/api/2.0`, queryUrl: `${mix.url}/api/query`, columns: ['plan'], usersEveryHours: 1 }), clock),
    amplitude: amplitude.open('amplitude', amplitude.options.parse({ ...AMPLITUDE_KEY, baseUrl: amp.url }), clock),
    segment: segment.open('segment', segment.options.parse({ webhookSecret: SECRET }), clock),
  }
  landed = openLanding('landed', landingOptions.parse({}), { log: silentLog, stateFolder: '' })
  // Profiles that are gone are swept where nothing is cut.
  const since = (tool: string): number | null => (tool === 'mixpanel' ? null : Date.parse('2025-03-01T00:00:00Z'))
  syncs = createSyncs({
    landing: landed.landing,
    clock: { nowMs: () => clock.utcMs },
    log: silentLog,
    forgotten: NOBODY,
    sources: TOOLS.map((name) => ({ name, connector: name, settings: { sinceUtcMs: since(name), streams: null, personal: 'keep', hashKey: null }, source: sources[name] })),
  })
})

afterAll(async () => {
  await syncs.close()
  await landed.source.close()
  await mix.close()
  await amp.close()
})

async function sync(source: string, full = false): Promise<void> {
  await syncs.start({ source, full, streams: null })
  const { streams } = await syncs.settled(source)
  expect(streams.map(({ error }) => error)).toEqual(streams.map(() => null))
}

/** The only value of a metric over March, or its values by a dimension. */
async function ask(metric: string, by?: string): Promise<Readonly<Record<string, number | null | undefined>>> {
  const files = await Promise.all(TOOLS.map(async (tool) => (await readModelFiles([fileURLToPath(new URL(`../../models/${tool}.yml`, import.meta.url))], tool)).map((file) => ({ ...file, defaultSource: tool }))))
  const { model, problems } = loadModel(files.flat(), { landed: { source: 'landed', from: new Set(TOOLS) } })
  if (!model) throw new Error(problems.map(formatProblem).join('\n'))
  const nowUtcMs = clock.utcMs
  const analytics = createAnalytics({ model, sources: new Map([['landed', { source: landed.source, connector: 'duckdb', nowUtcMs }]]), cacheBytes: 1_000_000, clock: { nowMs: () => nowUtcMs }, maxGroups: 10_000 })
  const period = resolvePeriod({ between: { start: '2025-03-01', end: '2025-04-01' } }, { zone: 'UTC', nowUtcMs, calendar: model.calendar })
  const { groups } = await analytics
    .session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
    .metric({ metric, predicate: { kind: 'all' }, period, grain: null, by: by === undefined ? [] : [{ kind: 'dimension', dimension: by }], allowEstimates: false })
  return Object.fromEntries(groups.map(({ values, cells }) => [values.length === 0 ? '' : String(values[0]), cells[0]?.value]))
}

const event = (user: string, at: string, id: string, more: Readonly<Record<string, unknown>> = {}) => ({ event: 'Open', properties: { time: Date.parse(at), distinct_id: user, $insert_id: id, ...more } })
const uploaded = (uuid: string, user: number, at: string) => ({ uuid, event_type: 'open', event_time: `2025-03-10 10:00:00.000000`, server_upload_time: at, amplitude_id: user, user_id: null, user_creation_time: '2025-03-10 10:00:00.000000' })

describe('three tools that land in one engine', () => {
  it('are asked by their packs, and followed as they change', async () => {
    mix.events = [event('anonymous', '2025-03-18T10:00:00Z', 'a'), event('ann', '2025-03-19T10:00:00Z', 'b', { plan: 'Pro' }), event('bob', '2025-03-20T10:00:00Z', 'c'), event('bob', '2025-03-20T10:00:00Z', 'c')]
    mix.profiles = ['ann', 'bob', 'cid', 'dan'].map((user) => ({ $distinct_id: user, $properties: { $created: '2025-03-02T00:00:00', $country_code: user === 'ann' ? 'DE' : 'US' } }))
    amp.events = [uploaded('x', 1, '2025-03-20 08:00:00.000000')]
    for (const tool of TOOLS) await sync(tool)
    await syncs.receive('segment', signedWebhook(SECRET, { type: 'track', messageId: 'm1', userId: 'ann', event: 'Opened', timestamp: '2025-03-20T11:00:00Z' }))
    expect(await ask('mixpanel_events')).toEqual({ '': 3 })
    expect(await ask('mixpanel_active_users', 'mixpanel_country')).toEqual({ DE: 1, US: 1, null: 1 })
    expect(await ask('mixpanel_new_users')).toEqual({ '': 4 })
    expect(await ask('amplitude_active_users')).toEqual({ '': 1 })
    expect(await ask('segment_tracks')).toEqual({ '': 1 })

    // The anonymous user turned out to be ann, an event of bob was deleted, one came late; dan's profile was deleted.
    mix.events = [event('ann', '2025-03-18T10:00:00Z', 'a'), event('ann', '2025-03-19T10:00:00Z', 'b', { plan: 'Pro' }), event('cid', '2025-03-17T10:00:00Z', 'late')]
    mix.profiles = mix.profiles.filter(({ $distinct_id }) => $distinct_id !== 'dan')
    amp.events = [...amp.events, uploaded('x', 1, '2025-03-20 12:00:00.000000'), uploaded('y', 2, '2025-03-21 00:00:00.000000')]
    clock.utcMs = Date.parse('2025-03-21T04:00:00Z')
    for (const tool of TOOLS) await sync(tool)
    const again = signedWebhook(SECRET, [{ type: 'track', messageId: 'm1', userId: 'ann', event: 'Opened', timestamp: '2025-03-20T11:00:00Z' }, { type: 'track', messageId: 'm2', anonymousId: 'phone', event: 'Opened', timestamp: '2025-03-20T11:30:00Z' }])
    await syncs.receive('segment', again)
    expect(await ask('mixpanel_events')).toEqual({ '': 3 })
    expect(await ask('mixpanel_active_users', 'mixpanel_country')).toEqual({ DE: 1, US: 1 })
    expect(await ask('mixpanel_new_users')).toEqual({ '': 3 })
    expect(await ask('amplitude_events')).toEqual({ '': 2 })
    expect(await ask('amplitude_new_users')).toEqual({ '': 2 })
    expect(await ask('segment_active_users')).toEqual({ '': 2 })
  })
  it('show events of merged users once when all is read again, however large the day', async () => {
    const padding = 'x'.repeat(500_000)
    const day = (users: readonly string[]) => users.map((user, index) => event(user, '2025-03-19T10:00:00Z', `large ${index}`, { padding }))
    const users = Array.from({ length: 20 }, (_, index) => `anonymous ${index}`)
    mix.events = [event('anonymous', '2025-03-18T10:00:00Z', 'small'), ...day(users)]
    await sync('mixpanel', true)
    expect([await ask('mixpanel_events'), await ask('mixpanel_active_users')]).toEqual([{ '': 21 }, { '': 21 }])
    mix.events = [event('ann', '2025-03-18T10:00:00Z', 'small'), ...day(users.map((user, index) => (index < 5 ? 'ann' : user)))]
    await sync('mixpanel', true)
    expect([await ask('mixpanel_events'), await ask('mixpanel_active_users')]).toEqual([{ '': 21 }, { '': 16 }])
    mix.events = [event('ann', '2025-03-18T10:00:00Z', 'small'), ...day(users.map(() => 'ann'))]
    clock.utcMs += 24 * 3_600_000
    await sync('mixpanel')
    expect([await ask('mixpanel_events'), await ask('mixpanel_active_users')]).toEqual([{ '': 21 }, { '': 1 }])
  })
  it('keep of a user of Segment what was said last, in whichever order it comes', async () => {
    const said = (id: string, user: string, hour: number, plan: string) => ({ type: 'identify', messageId: id, userId: user, traits: { email: `${plan}@example.com` }, timestamp: `2025-03-20T${String(hour).padStart(2, '0')}:00:00Z` })
    const users = async () => Object.fromEntries((await landed.landing.lookUp('segment_users', ['user_id', 'email'], { column: 'user_id', values: ['eve', 'fay', 'gus'] })).map(([user, email]) => [String(user), email]))
    const receive = (...messages: readonly object[]) => syncs.receive('segment', signedWebhook(SECRET, messages))
    await receive(said('s1', 'eve', 10, 'second'), said('s2', 'eve', 9, 'first'), said('s3', 'fay', 8, 'first'))
    expect(await users()).toEqual({ eve: 'second@example.com', fay: 'first@example.com' })
    await receive(said('s4', 'eve', 8, 'before'), said('s5', 'fay', 9, 'second'), said('s6', 'gus', 9, 'first'))
    await receive(said('s1', 'eve', 10, 'second'), said('s3', 'fay', 8, 'first'))
    expect(await users()).toEqual({ eve: 'second@example.com', fay: 'second@example.com', gus: 'first@example.com' })
    // Requests that come while one is committed are committed together.
    await Promise.all([receive(said('s7', 'gus', 11, 'third')), receive(said('s8', 'gus', 10, 'second')), receive(said('s9', 'gus', 9, 'first'))])
    expect(await users()).toMatchObject({ gus: 'third@example.com' })
    // A user who was deleted begins anew.
    await receive({ type: 'delete', userId: 'eve', timestamp: '2025-03-20T12:00:00Z' }, said('s10', 'eve', 7, 'anew'))
    expect(await users()).toMatchObject({ eve: 'anew@example.com' })
  })
})
