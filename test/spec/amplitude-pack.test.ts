import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import amplitude from '../../connectors/amplitude/sync.ts'
import { expectUse, MARCH, READ_AT, USE } from '../fixtures/product-use/index.ts'
import { AMPLITUDE_KEY, startAmplitude } from '../vendors/amplitude.ts'
import { Collected } from '../vendors/collect.ts'
import { patientClock } from '../vendors/patient-clock.ts'
import { openPack } from './synced-pack-world.ts'
import type { PackWorld } from './synced-pack-world.ts'

const NAMES = { 'sign up': 'Signed Up', open: 'open', buy: 'Purchase', automatic: '[Amplitude] Page Viewed' }
const IDS = { ann: 11, bob: 12, cid: 13, dan: 14 }
const CREATED = { ann: '2025-03-03 09:00:00.000000', bob: '2025-03-05 09:00:00.000000', cid: '2025-03-31 12:00:00.000000', dan: '2025-02-10 09:00:00.000000' }

let world: PackWorld

beforeAll(async () => {
  const clock = patientClock(READ_AT)
  const fake = await startAmplitude(() => clock.utcMs)
  try {
    const events = USE.map(({ user, did, at }, index) => {
      const time = at.replace('T', ' ').replace('Z', '000')
      // bob's phone was offline: all of his came two weeks late, and twice.
      const uploaded = user === 'bob' ? time.replace('-03-', '-04-') : time
      return { uuid: `uuid-${index}`, event_type: NAMES[did], event_time: time, server_upload_time: uploaded, user_creation_time: CREATED[user], amplitude_id: IDS[user], user_id: user === 'cid' ? null : user, platform: user === 'bob' ? 'iOS' : 'Web' }
    })
    // What servers tell of users is nothing that the users do: a person of no event, and ann and dan on days of none.
    const told = [['$identify', 15, '2025-03-31 08:00:00.000000'], ['$groupidentify', 14, '2025-03-31 09:00:00.000000'], ['$identify', 11, '2025-04-02 08:00:00.000000'], ['$identify', 14, '2025-02-11 08:00:00.000000']] as const
    const properties = told.map(([event_type, amplitude_id, time], index) => ({ uuid: `told-${index}`, event_type, event_time: time, server_upload_time: time, user_creation_time: CREATED.dan, amplitude_id, user_id: null, platform: 'Web' }))
    fake.events = [...events, ...properties, ...events.filter(({ user_id }) => user_id === 'bob')]
    const [stream] = await amplitude.open('amplitude', amplitude.options.parse({ ...AMPLITUDE_KEY, baseUrl: fake.url }), clock).streams(new AbortController().signal)
    if (!stream) throw new Error('No stream.')
    const tables = new Collected()
    await tables.read(stream, { nowUtcMs: clock.utcMs, sinceUtcMs: Date.parse('2025-02-01T00:00:00Z') })
    world = await openPack('amplitude', stream.tables, Object.fromEntries(stream.tables.map(({ name }) => [name, tables.rows(name)])), READ_AT)
  } finally {
    await fake.close()
  }
})
afterAll(() => world.close())

describe('Amplitude alone', () => {
  it('answers who is active, who stays, who adopts and who buys, by when it happened', () => expectUse('amplitude', world, NAMES))

  it('knows new users by when it first saw them, and events by platform', async () => {
    expect(await world.series('amplitude_new_users', MARCH)).toEqual([3])
    expect(await world.groups('amplitude_active_users', { ...MARCH, by: 'amplitude_platform' })).toEqual({ Web: 3, iOS: 1 })
  })
})
