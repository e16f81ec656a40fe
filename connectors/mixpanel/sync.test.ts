import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Collected } from '../../test/vendors/collect.ts'
import { MIXPANEL_KEY, startMixpanel } from '../../test/vendors/mixpanel.ts'
import type { FakeEvent, FakeMixpanel } from '../../test/vendors/mixpanel.ts'
import { patientClock } from '../../test/vendors/patient-clock.ts'
import type { PatientClock } from '../../test/vendors/patient-clock.ts'
import type { Stream, SyncSource } from '../sync-contract.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import { instantOfWallClock } from './event-time.ts'
import mixpanel from './sync.ts'

const signal = new AbortController().signal
const DAY_MS = 86_400_000

let clock: PatientClock
let fake: FakeMixpanel

beforeEach(async () => {
  clock = patientClock('2025-03-20T12:00:00Z')
  fake = await startMixpanel()
})

afterEach(() => fake.close())

function open(options: Readonly<Record<string, unknown>> = {}): SyncSource {
  return mixpanel.open('mp', mixpanel.options.parse({ ...MIXPANEL_KEY, dataUrl: `${fake.url}/api/2.0`, queryUrl: `${fake.url}/api/query`, ...options }), clock)
}

async function stream(name: string, options?: Readonly<Record<string, unknown>>): Promise<Stream> {
  const found = (await open(options).streams(signal)).find((one) => one.name === name)
  if (!found) throw new Error(`No stream ${name}.`)
  return found
}

const request = (more: { readonly sinceUtcMs?: number | null } = {}) => ({ nowUtcMs: clock.utcMs, ...more })

function event(name: string, user: string, at: string, more: Readonly<Record<string, unknown>> = {}): FakeEvent {
  return { event: name, properties: { time: Date.parse(at), distinct_id: user, $insert_id: `${name}-${user}-${at}`, mp_processing_time_ms: Date.parse(at) + 2_000, ...more } }
}

const ids = (tables: Collected, table = 'events'): readonly string[] => tables.rows(table).map(({ insert_id }) => String(insert_id)).toSorted()
const exports = (): readonly string[] => fake.heard.filter(({ path }) => path.endsWith('/export')).map(({ query }) => `${query.get('from_date')}..${query.get('to_date')}`)

describe('events of Mixpanel', () => {
  it('come newest first, once each, as columns and JSON', async () => {
    fake.events = [
      event('open', 'ann', '2025-03-18T23:59:59.500Z', { plan: 'Pro', $user_id: 'u1', $device_id: 'd1', 'Screen Size': { w: 1 } }),
      event('open', 'bob', '2025-03-20T08:00:00Z'),
      event('open', 'bob', '2025-03-20T08:00:00Z', { mp_processing_time_ms: Date.parse('2025-03-20T09:00:00Z') }),
    ]
    const tables = new Collected()
    await tables.read(await stream('events', { columns: ['plan', { property: 'Screen Size', kind: 'json' }] }), request())
    expect(exports().slice(0, 3)).toEqual(['2025-03-20..2025-03-20', '2025-03-19..2025-03-19', '2009-01-01..2025-03-18'])
    expect(tables.rows('events')).toHaveLength(2)
    expect(tables.rows('events').find(({ distinct_id }) => distinct_id === 'ann')).toEqual({
      event_id: expect.stringMatching(/^[\w-]{22}$/) as string,
      event: 'open',
      distinct_id: 'ann',
      user_id: 'u1',
      device_id: 'd1',
      time: Date.parse('2025-03-18T23:59:59.500Z'),
      export_day: '2025-03-18',
      export_pass: '2025-03-18 read',
      insert_id: 'open-ann-2025-03-18T23:59:59.500Z',
      processed_at: Date.parse('2025-03-18T23:59:59.500Z') + 2_000,
      properties: { plan: 'Pro', 'Screen Size': { w: 1 } },
      plan: 'Pro',
      screen_size: { w: 1 },
    })
  })

  it('are asked for no longer than there are any, and not at all before what is wanted', async () => {
    fake.events = [event('open', 'ann', '2025-03-19T10:00:00Z'), event('open', 'ann', '2025-03-10T23:00:00Z'), event('open', 'ann', '2025-03-11T01:00:00Z')]
    const tables = new Collected()
    await tables.read(await stream('events'), request())
    // One day with nothing after the last event, and the question whether there is anything before it.
    expect(exports().at(-1)).toBe('2009-01-01..2025-03-08')
    expect(ids(tables)).toHaveLength(3)
    const since = new Collected()
    const began = clock.utcMs
    await since.read(await stream('events'), request({ sinceUtcMs: Date.parse('2025-03-11T00:00:00Z') }))
    expect(exports().at(-1)).toBe('2025-03-11..2025-03-11')
    expect(ids(since)).toEqual(['open-ann-2025-03-11T01:00:00Z', 'open-ann-2025-03-19T10:00:00Z'])
    expect(since.pages.at(-1)).toMatchObject({ done: 1, completeUntilUtcMs: began })
  })

  it('go on after a kill at any page, and end with the same rows', async () => {
    fake.events = Array.from({ length: 10 }, (_, day) => event('open', 'ann', new Date(Date.parse('2025-03-11T05:00:00Z') + day * DAY_MS).toISOString()))
    const whole = new Collected()
    await whole.read(await stream('events'), request())
    const killed = new Collected()
    for (const pages of [1, 3, 0, 1, 2]) await killed.read(await stream('events'), request(), pages)
    await killed.read(await stream('events'), request())
    expect(ids(killed)).toEqual(ids(whole))
    expect(ids(killed)).toHaveLength(10)
  })

  it('that come late are found within the lookback once a day, deleted and merged ones followed', async () => {
    const options = { lookbackDays: 3, rereadDays: 0, rereadEveryDays: 365 }
    fake.events = [event('open', 'anonymous', '2025-03-18T10:00:00Z', { $insert_id: 'merged' }), event('open', 'bob', '2025-03-19T10:00:00Z', { $insert_id: 'deleted' }), event('open', 'bob', '2025-03-15T10:00:00Z', { $insert_id: 'old' })]
    const tables = new Collected()
    await tables.read(await stream('events', options), request())
    fake.events = [event('open', 'ann', '2025-03-18T10:00:00Z', { $insert_id: 'merged' }), event('open', 'bob', '2025-03-17T10:00:00Z', { $insert_id: 'late' }), event('open', 'cid', '2025-03-20T18:00:00Z', { $insert_id: 'new' })]
    clock.utcMs = Date.parse('2025-03-20T20:00:00Z')
    const asked = exports().length
    await tables.read(await stream('events', options), request())
    expect(exports().slice(asked)).toEqual(['2025-03-19..2025-03-19', '2025-03-20..2025-03-20'])
    clock.utcMs = Date.parse('2025-03-21T00:30:00Z')
    await tables.read(await stream('events', options), request())
    expect(exports().slice(asked + 2)).toEqual(['2025-03-17..2025-03-17', '2025-03-18..2025-03-18', '2025-03-19..2025-03-19', '2025-03-20..2025-03-20', '2025-03-21..2025-03-21'])
    expect(tables.rows('events').map(({ insert_id, distinct_id }) => `${String(insert_id)} ${String(distinct_id)}`).toSorted()).toEqual(['late bob', 'merged ann', 'new cid', 'old bob'])
  })

  describe.each([{ size: 'small', padding: '' }, { size: 'larger than a page', padding: 'x'.repeat(500_000) }])('of days that are $size', ({ padding }) => {
    const DAYS = ['2025-03-17', '2025-03-18', '2025-03-19', '2025-03-20']
    /** Of each day 20 users of whom 4 are anonymous at first; later these are ann, others were deleted, and one came late. The second day is emptied. */
    const worldOf = (isLater: boolean): FakeEvent[] =>
      DAYS.flatMap((day, at) =>
        at === 1 && isLater ? [] : Array.from({ length: isLater ? 21 : 20 }, (_, index) => event('open', index % 5 === 0 ? (isLater ? 'ann' : `anon-${index}`) : `u${index}`, `${day}T06:00:${String(index).padStart(2, '0')}Z`, { $insert_id: `${day} ${index}`, padding })).filter((_, index) => !isLater || index % 7 !== 1),
      )
    const seen = (tables: Collected): readonly string[] => tables.rows('events').map(({ insert_id, distinct_id }) => `${String(insert_id)} ${String(distinct_id)}`).toSorted()
    const expected = (): readonly string[] => fake.events.map(({ properties }) => `${String(properties['$insert_id'])} ${String(properties['distinct_id'])}`).toSorted()
    const countsOf = (tables: Collected): readonly number[] => DAYS.map((day) => tables.rows('events').filter(({ export_day }) => export_day === day).length)

    /** Reads to the end and asserts that no page, committed alone, leaves less of a day than before or after. */
    async function readWatched(tables: Collected, wanted: { readonly sinceUtcMs?: number | null } = {}): Promise<void> {
      const after = DAYS.map((day) => fake.events.filter(({ properties }) => String(properties['$insert_id']).startsWith(day)).length)
      const before = countsOf(tables)
      const { cursor } = tables
      tables.declare(await stream('events'))
      for await (const page of (await stream('events')).read({ cursor, sinceUtcMs: null, nowUtcMs: clock.utcMs, signal, ...wanted })) {
        tables.apply(page.writes)
        tables.cursor = page.cursor
        for (const [at, count] of countsOf(tables).entries()) expect(count).toBeGreaterThanOrEqual(Math.min(before[at] ?? 0, after[at] ?? 0))
      }
    }

    it.each([
      { how: 'again in full', cursor: null, since: null, killed: 0 },
      { how: 'again since the middle of the first day', cursor: null, since: '2025-03-17T12:00:00Z', killed: 0 },
      { how: 'again within the lookback', cursor: 'kept', since: null, killed: 0 },
      { how: 'again after a kill in the middle of a day', cursor: null, since: null, killed: 3 },
      { how: 'again after a kill near the end of a day', cursor: null, since: null, killed: 5 },
    ])('show the same as a first reading when they are read $how, and never less meanwhile', async ({ cursor, since, killed }) => {
      const tables = new Collected()
      fake.events = worldOf(false)
      await readWatched(tables)
      expect(seen(tables)).toEqual(expected())
      clock.utcMs += DAY_MS
      if (killed > 0) {
        // What this reading shows is gone again in the next.
        fake.events = worldOf(false).map(({ event: name, properties }) => ({ event: name, properties: { ...properties, distinct_id: `other-${String(properties['distinct_id'])}` } }))
        tables.cursor = null
        await tables.read(await stream('events'), request(), killed)
      }
      fake.events = worldOf(true)
      if (cursor === null) tables.cursor = null
      await readWatched(tables, { sinceUtcMs: since === null ? null : Date.parse(since) })
      expect(seen(tables)).toEqual(expected())
    })
  })

  it('that Mixpanel no longer keeps stay, younger ones that were deleted go', async () => {
    fake.events = ['2019-06-01', '2020-06-01', '2025-03-20'].map((day) => event('open', 'ann', `${day}T06:00:00Z`))
    const tables = new Collected()
    await tables.read(await stream('events', { daysPerRequest: 31, requestsPerHour: 1_000_000 }), request())
    expect(ids(tables)).toHaveLength(3)
    fake.events = fake.events.slice(2)
    tables.cursor = null
    await tables.read(await stream('events', { daysPerRequest: 31, requestsPerHour: 1_000_000 }), request())
    expect(ids(tables)).toEqual(['open-ann-2019-06-01T06:00:00Z', 'open-ann-2025-03-20T06:00:00Z'])
  })

  it('are read again further back now and then', async () => {
    fake.events = [event('open', 'anonymous', '2025-03-01T10:00:00Z', { $insert_id: 'merged' })]
    const tables = new Collected()
    await tables.read(await stream('events'), request())
    fake.events = [event('open', 'ann', '2025-03-01T10:00:00Z', { $insert_id: 'merged' })]
    clock.utcMs += 7 * DAY_MS
    await tables.read(await stream('events'), request())
    expect(tables.rows('events').map(({ distinct_id }) => distinct_id)).toEqual(['ann'])
  })

  it('are never asked for on a day that has not begun for the project', async () => {
    fake.today = '2025-03-19'
    fake.events = [event('open', 'ann', '2025-03-19T10:00:00Z')]
    const tables = new Collected()
    await tables.read(await stream('events'), request())
    expect(ids(tables)).toHaveLength(1)
    fake.today = '2025-03-20'
    fake.events = [...fake.events, event('open', 'ann', '2025-03-20T06:00:00Z')]
    await tables.read(await stream('events', { daysPerRequest: 7 }), request())
    expect(ids(tables)).toHaveLength(2)
    fake.today = '2025-03-20'
    clock.utcMs += DAY_MS
    const behind = new Collected()
    await behind.read(await stream('events', { daysPerRequest: 7 }), request())
    expect(ids(behind)).toHaveLength(2)
  })

  it('without an insert id are one where all their properties are equal', async () => {
    const bare = { $insert_id: undefined, mp_processing_time_ms: undefined }
    fake.events = [event('open', 'ann', '2025-03-19T10:00:00Z', { ...bare, a: 1 }), event('open', 'ann', '2025-03-19T10:00:00Z', { ...bare, a: 1 }), event('open', 'ann', '2025-03-19T10:00:00Z', { ...bare, a: 2 })]
    const tables = new Collected()
    await tables.read(await stream('events'), request())
    expect(tables.rows('events').map(({ properties }) => properties)).toEqual([{ a: 1 }, { a: 2 }])
  })
})

describe('times of a project made before 2023', () => {
  const zone = 'America/New_York'
  const old = { projectCreatedBefore2023: true, projectTimezone: zone }
  const wall = (at: string, processed: string | null, id: string): FakeEvent => ({ event: 'open', properties: { time: Date.parse(`${at}Z`), distinct_id: 'ann', $insert_id: id, ...(processed === null ? {} : { mp_processing_time_ms: Date.parse(processed) }) } })

  it('are wall clocks: UTC by the offset of their day, before and after clocks change', async () => {
    // Clocks went forward on 9 March 2025 at 02:00, from UTC−5 to UTC−4, and back on 3 November 2024 at 02:00.
    fake.events = [
      wall('2025-03-09T01:59:59', null, 'before'),
      wall('2025-03-09T03:00:00', null, 'after'),
      wall('2025-03-09T02:30:00', null, 'skipped'),
      wall('2024-11-03T01:30:00', '2024-11-03T05:30:04Z', 'first'),
      wall('2024-11-03T01:30:00', '2024-11-03T06:30:04Z', 'second'),
      wall('2024-11-03T01:30:00', null, 'unknown'),
      wall('2024-11-03T02:00:00', null, 'winter'),
    ]
    const tables = new Collected()
    await tables.read(await stream('events', old), request())
    expect(Object.fromEntries(tables.rows('events').map(({ insert_id, time }) => [insert_id, new Date(Number(time)).toISOString()]))).toEqual({
      before: '2025-03-09T06:59:59.000Z',
      after: '2025-03-09T07:00:00.000Z',
      skipped: '2025-03-09T07:00:00.000Z',
      first: '2024-11-03T05:30:00.000Z',
      second: '2024-11-03T06:30:00.000Z',
      unknown: '2024-11-03T05:30:00.000Z',
      winter: '2024-11-03T07:00:00.000Z',
    })
  })

  it('make the days of its own zone, so that none is asked for before it begins there', async () => {
    // In New York it is still 19 March.
    clock.utcMs = Date.parse('2025-03-20T02:00:00Z')
    fake.today = '2025-03-19'
    fake.events = [wall('2025-03-19T21:00:00', '2025-03-20T01:00:01Z', 'evening')]
    const tables = new Collected()
    await tables.read(await stream('events', old), request())
    expect(exports()[0]).toBe('2025-03-19..2025-03-19')
    expect(tables.rows('events')).toMatchObject([{ time: Date.parse('2025-03-20T01:00:00Z'), export_day: '2025-03-19' }])
  })

  it('never go back while the wall clock goes on, where nobody knows when they were taken in', () => {
    for (const start of ['2025-03-09T00:00:00Z', '2024-11-03T00:00:00Z']) {
      let last = -Infinity
      for (let ms = Date.parse(start); ms < Date.parse(start) + DAY_MS; ms += 600_000) {
        const instant = instantOfWallClock(zone, ms, null)
        expect(instant).toBeGreaterThanOrEqual(last)
        last = instant
      }
    }
  })

  it('need the zone', () => {
    expect(() => mixpanel.options.parse({ ...MIXPANEL_KEY, projectCreatedBefore2023: true })).toThrow('projectTimezone')
  })
})

describe('profiles of Mixpanel', () => {
  beforeEach(() => {
    fake.profiles = Array.from({ length: 7 }, (_, index) => ({ $distinct_id: index === 0 ? 4 : `u${index}`, $properties: { $email: `${index}@example.com`, $first_name: 'Ex', $last_name: 'Ample', $created: '2024-12-12T11:20:47', plan: 'Pro' } }))
  })

  it('are read page by page, whole, and again when they are due', async () => {
    const tables = new Collected()
    const users = await stream('users', { userColumns: ['plan'] })
    await tables.read(users, request())
    expect(tables.rows('users')).toHaveLength(7)
    expect(tables.rows('users')[0]).toEqual({ distinct_id: '4', email: '0@example.com', name: 'Ex Ample', phone: null, country_code: null, region: null, city: null, created_at: Date.parse('2024-12-12T11:20:47Z'), last_seen_at: null, properties: { plan: 'Pro', $first_name: 'Ex', $last_name: 'Ample' }, plan: 'Pro' })
    const asked = fake.heard.length
    expect(await tables.read(users, request())).toEqual([])
    expect(fake.heard).toHaveLength(asked)
    clock.utcMs += DAY_MS
    await expect(tables.read(users, request())).rejects.toBeInstanceOf(FullReadNeeded)
    expect(users.showsAll).toBe(true)
  })

  it('keep among their properties what does not fit its column', async () => {
    fake.profiles = [
      { $distinct_id: 'a', $properties: { $email: ['1@example.com', '2@example.com'], $created: 'last year', $name: 'Ann', $first_name: 'A' } },
      { $distinct_id: 'b', $properties: { $email: 'b@example.com', $created: 1_733_998_847 } },
    ]
    const tables = new Collected()
    await tables.read(await stream('users'), request())
    expect(tables.rows('users')).toMatchObject([
      { email: null, created_at: null, name: 'Ann', properties: { $email: ['1@example.com', '2@example.com'], $created: 'last year', $first_name: 'A' } },
      { email: 'b@example.com', created_at: 1_733_998_847_000, properties: {} },
    ])
  })

  it('are not lost where a page is shown twice, nor asked for without end', async () => {
    fake.repeats.add(1).add(2)
    const tables = new Collected()
    await tables.read(await stream('users'), request())
    expect(tables.rows('users')).toHaveLength(7)
  })

  it('go on after a kill with the session of their pages, and begin again once that is forgotten', async () => {
    const tables = new Collected()
    const users = await stream('users')
    await tables.read(users, request(), 1)
    await tables.read(users, request(), 1)
    expect(tables.rows('users')).toHaveLength(6)
    fake.forgetSessions()
    await expect(tables.read(users, request())).rejects.toBeInstanceOf(FullReadNeeded)
    tables.cursor = null
    await tables.read(users, request())
    expect(tables.rows('users')).toHaveLength(7)
  })

  it('belong to the cohorts that are asked for', async () => {
    fake.cohorts = [
      { id: 1000, name: 'Cohort One', members: ['u1', 'u2', 'u3', 'u4', 'stranger'] },
      { id: 2000, name: 'Cohort Two', members: [4] },
      { id: 3000, name: 'Not asked for', members: ['u6'] },
    ]
    const tables = new Collected()
    const cohorts = await stream('cohorts', { cohorts: [2000, 1000] })
    for (let killed = 0; killed < 3; killed++) await tables.read(cohorts, request(), 1)
    await tables.read(cohorts, request())
    expect(tables.rows('cohorts')).toMatchObject([{ cohort_id: 1000, name: 'Cohort One', members: 5 }, { cohort_id: 2000, name: 'Cohort Two', members: 1 }])
    expect(tables.rows('cohort_members').map(({ cohort_id, distinct_id }) => `${String(cohort_id)} ${String(distinct_id)}`).toSorted()).toEqual(['1000 stranger', '1000 u1', '1000 u2', '1000 u3', '1000 u4', '2000 4'])
  })
})

describe('Mixpanel under strain', () => {
  it('is asked 60 times an hour at most, and waits where others used the hour up', async () => {
    await fake.close()
    fake = await startMixpanel({ perHour: 60, now: () => clock.utcMs })
    fake.events = Array.from({ length: 90 }, (_, day) => event('open', 'ann', new Date(Date.parse('2024-12-21T05:00:00Z') + day * DAY_MS).toISOString()))
    const tables = new Collected()
    await tables.read(await stream('events'), request())
    expect(ids(tables)).toHaveLength(90)
    const other = new Collected()
    await other.read(await stream('events'), { nowUtcMs: Date.parse('2025-03-20T12:00:00Z'), sinceUtcMs: Date.parse('2025-03-19T00:00:00Z') })
    expect(ids(other)).toHaveLength(2)
  })

  it('may refuse, fail, hang up and break off: nothing is lost or doubled', async () => {
    fake.events = Array.from({ length: 50 }, (_, index) => event('open', `u${index}`, '2025-03-20T05:00:00Z'))
    fake.fail({ times: 5, what: { status: 429, json: { error: 'Query rate limit exceeded' } } })
    fake.fail({ times: 2, what: { status: 500, body: 'oops' } })
    fake.fail({ times: 2, what: 'truncated' })
    fake.fail({ times: 1, what: 'hang up' })
    fake.fail({ times: 1, what: { body: '{"event":"open","properties":{"time":1742446800000,"distinct_id":"u0"}}\n{"event":"op' } })
    fake.fail({ times: 1, what: { body: 'terminated early\n' } })
    const tables = new Collected()
    await tables.read(await stream('events'), request({ sinceUtcMs: Date.parse('2025-03-20T00:00:00Z') }))
    expect(ids(tables)).toHaveLength(50)
    expect(clock.waits.some((ms) => ms >= 60_000)).toBe(true)
  })

  it('may answer compressed', async () => {
    const { event: name, properties } = event('open', 'ann', '2025-03-20T05:00:00Z')
    fake.fail({ times: 1, what: { headers: { 'content-type': 'text/plain', 'content-encoding': 'gzip' }, body: gzipSync(`${JSON.stringify({ event: name, properties })}\n`) } })
    const tables = new Collected()
    await tables.read(await stream('events'), request({ sinceUtcMs: Date.parse('2025-03-20T00:00:00Z') }))
    expect(ids(tables)).toHaveLength(1)
  })

  it('says what is wrong, without secrets', async () => {
    const wrongKey = await open({ secret: 'another-secret' }).test()
    expect(wrongKey).toMatchObject({ ok: false, message: expect.stringContaining('refused the credentials (401)') as string })
    expect(await open({ projectId: 1 }).test()).toMatchObject({ ok: false, message: expect.stringContaining('403') as string })
    expect((await open().test()).ok).toBe(true)
    fake.today = '2025-01-01'
    expect(await open().test()).toMatchObject({ ok: false, message: expect.stringContaining('400') as string })
    const nowhere = await open({ dataUrl: 'http://127.0.0.1:1/api/2.0' }).test()
    expect(nowhere).toMatchObject({ ok: false, message: expect.stringContaining('cannot be reached') as string })
    for (const { message } of [wrongKey, nowhere]) expect(message).not.toMatch(/another-secret|mixpanel-secret|Basic/)
  })

  it('refuses keys that stop being good in the middle, and goes on with good ones', async () => {
    fake.events = [event('open', 'ann', '2025-03-20T05:00:00Z'), event('open', 'ann', '2025-03-19T05:00:00Z')]
    fake.fail({ when: ({ query }) => query.get('from_date') === '2025-03-19', times: 2, what: { status: 401, json: { error: 'Invalid credentials' } } })
    const tables = new Collected()
    const wanted = { sinceUtcMs: Date.parse('2025-03-18T00:00:00Z') }
    await expect(tables.read(await stream('events'), request(wanted))).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    expect(ids(tables)).toHaveLength(1)
    await tables.read(await stream('events'), request(wanted))
    expect(ids(tables)).toHaveLength(2)
  })

  it('stops when it is told to', async () => {
    const controller = new AbortController()
    controller.abort()
    const events = await stream('events')
    await expect(new Collected().read(events, { ...request(), signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('lands lines that are no events without a key, for the quarantine', async () => {
    fake.fail({ times: 1, what: { body: '{"event":"open"}\n{"event":"open","properties":{"time":"soon","distinct_id":"ann"}}\n' } })
    const records: unknown[] = []
    for await (const page of (await stream('events')).read({ cursor: null, sinceUtcMs: Date.parse('2025-03-20T00:00:00Z'), nowUtcMs: clock.utcMs, signal })) for (const write of page.writes) if (write.kind !== 'delete') records.push(...write.records)
    expect(records).toMatchObject([{ event_id: null, properties: '{"event":"open"}' }, { distinct_id: 'ann', time: 'soon' }])
  })
})
