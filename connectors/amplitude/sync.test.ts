import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AMPLITUDE_KEY, startAmplitude } from '../../test/vendors/amplitude.ts'
import type { FakeAmplitude, FakeAmplitudeEvent } from '../../test/vendors/amplitude.ts'
import { Collected } from '../../test/vendors/collect.ts'
import { patientClock } from '../../test/vendors/patient-clock.ts'
import type { PatientClock } from '../../test/vendors/patient-clock.ts'
import { startVendor } from '../../test/vendors/vendor-server.ts'
import type { Stream, SyncSource } from '../sync-contract.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import amplitude from './sync.ts'

const signal = new AbortController().signal
const HOUR_MS = 3_600_000

let clock: PatientClock
let fake: FakeAmplitude

beforeEach(async () => {
  clock = patientClock('2025-03-20T12:34:56Z')
  fake = await startAmplitude(() => clock.utcMs)
})

afterEach(() => fake.close())

function open(options: Readonly<Record<string, unknown>> = {}): SyncSource {
  return amplitude.open('amp', amplitude.options.parse({ ...AMPLITUDE_KEY, baseUrl: fake.url, ...options }), clock)
}

async function events(options?: Readonly<Record<string, unknown>>): Promise<Stream> {
  const [stream] = await open(options).streams(signal)
  if (!stream) throw new Error('No stream.')
  return stream
}

/** @param at,uploaded `2025-03-20 07:00:00.000000`, which is UTC. */
function event(uuid: string, uploaded: string, at = uploaded, more: Readonly<Record<string, unknown>> = {}): FakeAmplitudeEvent {
  return { uuid, event_type: 'open', event_time: at, server_upload_time: uploaded, amplitude_id: 1, user_id: 'ann', ...more }
}

const ids = (tables: Collected): readonly string[] => tables.rows('events').map(({ event_id }) => String(event_id)).toSorted()
const asked = (): readonly string[] => fake.heard.map(({ query }) => `${query.get('start')}..${query.get('end')}`)
const read = async (tables: Collected, options?: Readonly<Record<string, unknown>>, pages?: number) => tables.read(await events(options), { nowUtcMs: clock.utcMs, sinceUtcMs: Date.parse('2025-01-01T00:00:00Z') }, pages)

describe('events of Amplitude', () => {
  it('come newest first from the hours that can be exported, with times in UTC', async () => {
    fake.events = [
      event('a', '2025-03-20 09:59:59.999999', '2025-03-20 09:59:58.123456', {
        session_id: -1, device_id: 'd1', platform: 'Web', country: 'Germany', version_name: '1.2', ip_address: '192.0.2.1', user_creation_time: '2024-12-01 08:00:00.000000',
        event_properties: { 'Screen Name': 'home' }, user_properties: { plan: 'Pro' }, groups: { company: ['c1'] }, $insert_id: 'i1',
      }),
      event('too new', '2025-03-20 10:00:00.000000'),
    ]
    const tables = new Collected()
    await read(tables, { columns: ['Screen Name'], userColumns: ['plan'] })
    expect(asked().slice(0, 2)).toEqual(['20250320T00..20250320T09', '20250319T00..20250319T23'])
    expect(tables.rows('events')).toEqual([
      {
        event_id: 'a', event: 'open', amplitude_id: 1, user_id: 'ann', device_id: 'd1', session_id: null, time: Date.parse('2025-03-20T09:59:58.123Z'), uploaded_at: Date.parse('2025-03-20T09:59:59.999Z'),
        user_created_at: Date.parse('2024-12-01T08:00:00Z'), insert_id: 'i1', platform: 'Web', os_name: null, device_family: null, country: 'Germany', region: null, city: null, language: null, app_version: '1.2', ip_address: '192.0.2.1',
        properties: { 'Screen Name': 'home' }, user_properties: { plan: 'Pro' }, groups: { company: ['c1'] }, screen_name: 'home', plan: 'Pro',
      },
    ])
    expect(tables.rows('users')).toEqual([{ amplitude_id: 1, created_at: Date.parse('2024-12-01T08:00:00Z') }])
    expect(tables.rows('user_ids')).toEqual([{ amplitude_id: 1, user_id: 'ann' }])
    expect(tables.pages.at(-1)).toMatchObject({ done: 1, completeUntilUtcMs: Date.parse('2025-03-20T10:00:00Z') })
    clock.utcMs += HOUR_MS
    await read(tables, { columns: ['Screen Name'], userColumns: ['plan'] })
    expect(asked().slice(-1)).toEqual(['20250320T08..20250320T10'])
    expect(ids(tables)).toEqual(['a', 'too new'])
  })

  it('are none where Amplitude answers 404, and a year without any ends the first reading', async () => {
    const tables = new Collected()
    const stream = await events({ hoursPerRequest: 744 })
    await tables.read(stream, { nowUtcMs: clock.utcMs })
    expect(tables.rows('events')).toEqual([])
    expect(tables.pages.at(-1)).toMatchObject({ done: 1 })
    expect(fake.heard.length).toBeLessThan(16)
    const requests = fake.heard.length
    await tables.read(stream, { nowUtcMs: clock.utcMs })
    expect(fake.heard).toHaveLength(requests)
  })

  it('that happened long ago come with the hour in which they arrive', async () => {
    fake.events = [event('a', '2025-03-20 08:00:00.000000')]
    const tables = new Collected()
    await read(tables)
    fake.events = [...fake.events, event('late', '2025-03-20 11:00:00.000000', '2025-02-01 10:00:00.000000'), event('late in its hour', '2025-03-20 08:30:00.000000')]
    clock.utcMs += 2 * HOUR_MS
    await read(tables)
    expect(ids(tables)).toEqual(['a', 'late', 'late in its hour'])
  })

  it('are one for each uuid; those without one are told apart by all they say', async () => {
    const old = { uuid: null, event_type: 'open', event_time: '2025-03-20 07:00:00.000000', server_upload_time: '2025-03-20 07:00:00.000000' }
    fake.events = [event('a', '2025-03-20 08:00:00.000000'), event('a', '2025-03-20 09:00:00.000000'), old, { ...old }, { ...old, user_id: 'bob' }]
    const tables = new Collected()
    await read(tables)
    expect(tables.rows('events')).toHaveLength(3)
  })

  it('are asked for in halves where an export would be too large', async () => {
    for (const tooLarge of [400, 504] as const) {
      const before = fake.heard.length
      Object.assign(fake, { tooLarge, most: 4 })
      fake.events = Array.from({ length: 20 }, (_, index) => event(`e${index}`, `2025-03-19 ${String(index).padStart(2, '0')}:00:00.000000`))
      const tables = new Collected()
      await read(tables)
      expect(tables.rows('events')).toHaveLength(20)
      expect(asked().slice(before + 1, before + 5)).toEqual(['20250319T00..20250319T23', '20250319T12..20250319T23', '20250319T18..20250319T23', '20250319T12..20250319T17'])
    }
    Object.assign(fake, { most: 0, tooLarge: 400 })
    await expect(read(new Collected())).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringContaining('20250319T19') as string, hint: expect.stringContaining('Amazon S3') as string })
  })

  it('go on after a kill at any page, and end with the same rows', async () => {
    fake.events = Array.from({ length: 12 }, (_, index) => event(`e${index}`, `2025-03-${String(8 + index).padStart(2, '0')} 05:00:00.000000`))
    const killed = new Collected()
    for (const pages of [1, 3, 0, 2]) await read(killed, {}, pages)
    await read(killed)
    expect(killed.rows('events')).toHaveLength(12)
    killed.cursor = { layout: 'another' }
    await expect(read(killed)).rejects.toBeInstanceOf(FullReadNeeded)
  })

  it('before what is wanted are left out', async () => {
    fake.events = [event('old', '2025-03-20 05:00:00.000000', '2025-03-01 00:00:00.000000'), event('before', '2025-03-19 07:59:00.000000'), event('after', '2025-03-19 08:31:00.000000')]
    const tables = new Collected()
    await tables.read(await events(), { nowUtcMs: clock.utcMs, sinceUtcMs: Date.parse('2025-03-19T08:30:00Z') })
    expect(ids(tables)).toEqual(['after'])
    expect(asked().at(-1)).toBe('20250319T08..20250319T23')
  })
})

describe('cohorts of Amplitude', () => {
  const member = (amplitudeId: number, userId = '') => ({ amplitudeId, userId })
  const cohorts = async (wanted: 'all' | readonly string[]): Promise<Stream> => {
    const found = (await open({ cohorts: wanted }).streams(signal)).find(({ name }) => name === 'cohorts')
    if (!found) throw new Error('No stream.')
    return found
  }
  const members = (tables: Collected): readonly string[] => tables.rows('cohort_members').map(({ cohort_id, amplitude_id, user_id }) => `${String(cohort_id)} ${String(amplitude_id)} ${String(user_id)}`)

  beforeEach(() => {
    fake.cohorts = [
      { id: 'b2', name: 'Two', members: [member(11, 'ann'), member(12)] },
      { id: 'a1', name: 'One', members: [member(13, 'O, Neil')] },
      { id: 'c3', name: 'Archived', members: [member(14)] },
    ]
  })

  it('are downloaded once their jobs are done, whole, and again when they are due', async () => {
    const tables = new Collected()
    const stream = await cohorts('all')
    await tables.read(stream, { nowUtcMs: clock.utcMs })
    expect(tables.rows('cohorts')).toEqual([{ cohort_id: 'a1', name: 'One', description: '', members: 1, computed_at: 1_742_400_000_000 }, expect.objectContaining({ cohort_id: 'b2', members: 2 })])
    expect(members(tables)).toEqual(['a1 13 O, Neil', 'b2 11 ann', 'b2 12 null'])
    expect(clock.waits.filter((ms) => ms === 5_000)).toHaveLength(4)
    const requests = fake.heard.length
    await tables.read(stream, { nowUtcMs: clock.utcMs })
    expect(fake.heard).toHaveLength(requests)
    await expect(tables.read(stream, { nowUtcMs: clock.utcMs + 24 * HOUR_MS })).rejects.toBeInstanceOf(FullReadNeeded)
  })

  it('go on after a kill at the cohort they were at', async () => {
    const tables = new Collected()
    const stream = await cohorts(['b2', 'a1'])
    for (let pages = 1; pages < 4; pages++) await tables.read(stream, { nowUtcMs: clock.utcMs }, pages)
    await tables.read(stream, { nowUtcMs: clock.utcMs })
    expect(members(tables)).toEqual(['a1 13 O, Neil', 'b2 11 ann', 'b2 12 null'])
  })

  it('may lie in a storage elsewhere, which is asked without credentials', async () => {
    const storage = await startVendor(() => ({ body: '"amplitude_id","user_id"\n"99","zoe"\n' }))
    try {
      Object.assign(fake, { elsewhere: `${storage.url}/signed` })
      const tables = new Collected()
      await tables.read(await cohorts(['a1']), { nowUtcMs: clock.utcMs })
      expect(members(tables)).toEqual(['a1 99 zoe'])
      expect(storage.heard.map(({ headers }) => headers['authorization'])).toEqual([undefined])
    } finally {
      await storage.close()
    }
  })
})

describe('Amplitude under strain', () => {
  it('may refuse, fail, hang up and break off: nothing is lost or doubled', async () => {
    fake.events = Array.from({ length: 500 }, (_, index) => event(`e${index}`, '2025-03-20 05:00:00.000000', '2025-03-20 04:00:00.000000', { event_properties: { text: `\u2028${index}` } }))
    fake.fail({ times: 3, what: { status: 429, body: 'Too Many Requests' } })
    fake.fail({ times: 1, what: { status: 500, body: 'oops' } })
    fake.fail({ times: 2, what: 'truncated' })
    fake.fail({ times: 1, what: 'hang up' })
    fake.fail({ times: 1, what: { headers: { 'content-type': 'application/zip' }, body: 'PK half an archive' } })
    const tables = new Collected()
    await tables.read(await events(), { nowUtcMs: clock.utcMs, sinceUtcMs: Date.parse('2025-03-20T00:00:00Z') })
    expect(tables.rows('events')).toHaveLength(500)
    expect(tables.rows('events')[7]).toMatchObject({ properties: { text: '\u20287' } })
  })

  it('says what is wrong, without secrets', async () => {
    expect(await open().test()).toMatchObject({ ok: true, message: expect.stringContaining('no events') as string })
    const wrong = await open({ secretKey: 'another-secret' }).test()
    expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('refused the credentials (401)') as string })
    fake.fail({ times: 1, what: { status: 403, body: 'Forbidden for amplitude-secret-key' } })
    const forbidden = await open().test()
    expect(forbidden).toMatchObject({ ok: false, message: expect.stringContaining('403') as string })
    const nowhere = await open({ baseUrl: 'http://127.0.0.1:1' }).test()
    expect(nowhere).toMatchObject({ ok: false, message: expect.stringContaining('cannot be reached') as string })
    for (const { message } of [wrong, forbidden, nowhere]) expect(message).not.toMatch(/another-secret|amplitude-secret-key|Basic/)
  })

  it('refuses keys that stop being good in the middle, and goes on with good ones', async () => {
    fake.events = [event('a', '2025-03-20 05:00:00.000000'), event('b', '2025-03-19 05:00:00.000000')]
    fake.fail({ when: ({ query }) => query.get('start') === '20250319T00', times: 2, what: { status: 401, body: 'Unauthorized' } })
    const tables = new Collected()
    await expect(read(tables)).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    expect(ids(tables)).toEqual(['a'])
    await read(tables)
    expect(ids(tables)).toEqual(['a', 'b'])
  })

  it('stops when it is told to', async () => {
    const controller = new AbortController()
    controller.abort()
    await expect(new Collected().read(await events(), { nowUtcMs: clock.utcMs, signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})
