import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Collected } from '../../test/vendors/collect.ts'
import { patientClock } from '../../test/vendors/patient-clock.ts'
import type { PatientClock } from '../../test/vendors/patient-clock.ts'
import { SEGMENT_KEY, signedWebhook, startSegment } from '../../test/vendors/segment.ts'
import type { FakeSegment, FakeSegmentProfile } from '../../test/vendors/segment.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import type { Stream, SyncSource, TableWrite } from '../sync-contract.ts'
import segment from './sync.ts'

const signal = new AbortController().signal
const HOUR_MS = 3_600_000
const SECRET = 'shared-webhook-secret'

let clock: PatientClock
let fake: FakeSegment

beforeEach(async () => {
  clock = patientClock('2025-03-20T12:00:00Z')
  fake = await startSegment(() => clock.utcMs)
})

afterEach(() => fake.close())

function open(options: Readonly<Record<string, unknown>> = {}): SyncSource {
  return segment.open('seg', segment.options.parse({ ...SEGMENT_KEY, profilesUrl: `${fake.url}/v1`, webhookSecret: SECRET, ...options }), clock)
}

async function stream(name: string, options?: Readonly<Record<string, unknown>>): Promise<Stream> {
  const found = (await open(options).streams(signal)).find((one) => one.name === name)
  if (!found) throw new Error(`No stream ${name}.`)
  return found
}

const read = async (tables: Collected, name: string, options?: Readonly<Record<string, unknown>>, pages?: number) => tables.read(await stream(name, options), { nowUtcMs: clock.utcMs }, pages)

function profile(number: number, more: Partial<FakeSegmentProfile> = {}): FakeSegmentProfile {
  return {
    segmentId: `use_${number}`,
    traits: { email: `${number}@example.com`, first_name: 'Bob', 'Campaign Name': 'Organic', plan: 'Pro' },
    externalIds: [{ type: 'anonymous_id', id: `a${number}` }, { type: 'email', id: `${number}@example.com` }, { type: 'user_id', id: `u${number}` }],
    events: [{ type: 'track', event: 'Opened', message_id: `ajs-${number}-clean`, timestamp: '2025-03-19T10:00:00.000Z', properties: { plan: 'Pro' } }],
    createdAt: '2024-10-23T00:22:42.78Z',
    ...more,
  }
}

function receive(message: unknown, options?: Readonly<Record<string, unknown>>): readonly TableWrite[] {
  const { receiver } = open(options)
  if (!receiver) throw new Error('No receiver.')
  return receiver.receive({ ...signedWebhook(SECRET, message), nowUtcMs: clock.utcMs })
}

describe('profiles of Segment', () => {
  beforeEach(() => {
    fake.profiles = [1, 2, 3, 4, 5].map((number) => profile(number))
  })

  it('come with all traits and ids, page by page, and whole when they are due', async () => {
    const tables = new Collected()
    await read(tables, 'profiles', { traitColumns: ['plan'] })
    expect(tables.rows('profiles')).toHaveLength(5)
    expect(tables.rows('profiles')[0]).toEqual({
      segment_id: 'use_1', user_id: 'u1', email: '1@example.com', name: 'Bob', traits: { email: '1@example.com', first_name: 'Bob', 'Campaign Name': 'Organic', plan: 'Pro' },
      plan: 'Pro', created_at: Date.parse('2024-10-23T00:22:42.780Z'), updated_at: Date.parse('2018-01-05T00:16:36.919Z'),
    })
    expect(tables.rows('profile_ids').filter(({ segment_id }) => segment_id === 'use_1').map(({ type, id }) => `${String(type)} ${String(id)}`)).toEqual(['anonymous_id a1', 'email 1@example.com', 'user_id u1'])
    const asked = fake.heard.length
    await read(tables, 'profiles')
    expect(fake.heard).toHaveLength(asked)
    clock.utcMs += 24 * HOUR_MS
    await expect(read(tables, 'profiles')).rejects.toBeInstanceOf(FullReadNeeded)
    expect((await stream('profiles')).showsAll).toBe(true)
  })

  it('go on after a kill at any page', async () => {
    const tables = new Collected()
    for (const pages of [1, 0, 1]) await read(tables, 'profiles', {}, pages)
    await read(tables, 'profiles')
    expect(tables.rows('profiles')).toHaveLength(5)
  })

  it('are neither lost nor asked for without end where a page is told twice', async () => {
    fake.repeats.add('again at-2')
    const tables = new Collected()
    await read(tables, 'profiles')
    expect(tables.rows('profiles')).toHaveLength(5)
    for (let time = 0; time < 9; time++) fake.fail({ when: ({ path }) => path.endsWith('/profiles'), times: 1, what: { json: { data: [], cursor: { has_more: true, next: 'at-2' } } } })
    await expect(read(new Collected(), 'profiles')).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining('again and again') as string })
  })

  it('that are gone when they are asked for are left out', async () => {
    fake.gone.add('use_3')
    const tables = new Collected()
    await read(tables, 'profiles')
    expect(tables.rows('profiles').map(({ segment_id }) => segment_id)).toEqual(['use_1', 'use_2', 'use_4', 'use_5'])
  })

  it('bring their events of 14 days, once each, and then what is new', async () => {
    fake.profiles = [
      profile(1, {
        events: [
          { type: 'track', event: 'Too old', message_id: 'old', timestamp: '2025-03-01T10:00:00.000Z' },
          { type: 'page', name: 'Docs', message_id: 'p1', timestamp: '2025-03-10T10:00:00.000Z', properties: { path: '/docs', url: 'https://example.com/docs' } },
          { type: 'track', event: 'Opened', message_id: 'ajs-1-clean', timestamp: '2025-03-19T10:00:00.000Z', properties: { plan: 'Pro' } },
          { type: 'identify', message_id: 'i1', timestamp: '2025-03-19T11:00:00.000Z', traits: { email: '1@example.com' } },
        ],
      }),
      ...[2, 3].map((number) => profile(number)),
    ]
    const tables = new Collected()
    await read(tables, 'events', { columns: ['plan'] }, 1)
    await read(tables, 'events', { columns: ['plan'] })
    expect(tables.rows('tracks').map(({ message_id }) => message_id)).toEqual(['ajs-1', 'ajs-2', 'ajs-3'])
    expect(tables.rows('tracks')[0]).toMatchObject({ event: 'Opened', user_id: 'u1', anonymous_id: 'a1', time: Date.parse('2025-03-19T10:00:00Z'), plan: 'Pro', properties: { plan: 'Pro' } })
    expect(tables.rows('pages')).toMatchObject([{ message_id: 'p1', name: 'Docs', path: '/docs' }])
    expect(tables.rows('identifies')).toMatchObject([{ message_id: 'i1', email: '1@example.com' }])
    // Live messages keep the same ids.
    tables.apply(receive({ type: 'track', messageId: 'ajs-1', event: 'Opened', userId: 'u1', timestamp: '2025-03-19T10:00:00.000Z' }))
    expect(tables.rows('tracks')).toHaveLength(3)
    const asked = fake.heard.length
    await read(tables, 'events')
    expect(fake.heard).toHaveLength(asked)
    clock.utcMs += 6 * HOUR_MS
    fake.profiles = [profile(4, { events: [{ type: 'track', event: 'Late', message_id: 'late', timestamp: '2025-03-20T00:00:00.000Z' }] })]
    await read(tables, 'events')
    expect(fake.heard.findLast(({ path }) => path.endsWith('/events'))?.query.get('start')).toBe('2025-03-19T12:00:00.000Z')
    expect(tables.rows('tracks').map(({ message_id }) => message_id)).toEqual(['ajs-1', 'ajs-2', 'ajs-3', 'late'])
  })

  it('are not lost or doubled where Segment refuses, fails, hangs up and breaks off', async () => {
    fake.fail({ times: 5, what: { status: 429, json: { error: { code: 'rate_limit_error', message: 'Too many requests' } } } })
    const of = (what: string) => ({ path }: { readonly path: string }) => path.endsWith(what)
    fake.fail({ when: of('/traits'), times: 2, what: { status: 500, body: 'oops' } })
    fake.fail({ when: of('/external_ids'), times: 3, what: 'truncated' })
    fake.fail({ when: of('/metadata'), times: 3, what: 'hang up' })
    const tables = new Collected()
    await read(tables, 'profiles')
    expect(tables.rows('profiles')).toHaveLength(5)
  })

  it('need a token that is still good: what was committed stays, and a new one goes on', async () => {
    fake.fail({ when: ({ query, path }) => path.endsWith('/profiles') && query.get('next') === 'at-2', times: 2, what: { status: 401, json: {} } })
    const tables = new Collected()
    await expect(read(tables, 'profiles')).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    expect(tables.rows('profiles')).toHaveLength(2)
    await read(tables, 'profiles')
    expect(tables.rows('profiles')).toHaveLength(5)
  })
})

describe('live messages of Segment', () => {
  it('become rows of the table of their type, once a message id', async () => {
    const tables = new Collected()
    tables.declare(await stream('events'))
    const at = '2025-03-20T11:00:00.276Z'
    const messages = [
      { type: 'track', messageId: 't1', userId: '019mr8mf4r', event: 'Purchased an Item', properties: { revenue: '39.95', plan: 'Pro' }, timestamp: at, receivedAt: '2025-03-20T11:00:01Z', context: { ip: '192.0.2.1' } },
      { type: 'page', messageId: 'p1', anonymousId: 'anon', properties: { path: '/pricing', referrer: 'https://segment.com', title: 'Pricing', url: 'https://segment.com/pricing' }, timestamp: at },
      { type: 'screen', messageId: 's1', userId: '019mr8mf4r', name: 'Main Screen', timestamp: at },
      { type: 'identify', messageId: 'i1', userId: '019mr8mf4r', traits: { email: 'achilles@segment.com', name: 'Achilles', plan: 'Premium' }, timestamp: at },
      { type: 'group', messageId: 'g1', userId: '019mr8mf4r', groupId: '0e8c', traits: { name: 'Initech' }, timestamp: at },
      { type: 'alias', messageId: 'a1', previousId: 'anon', userId: '019mr8mf4r', timestamp: at },
    ]
    for (const message of [...messages, ...messages]) tables.apply(receive(message, { columns: ['plan'], traitColumns: ['plan'] }))
    const time = Date.parse(at)
    expect(tables.rows('tracks')).toEqual([{ message_id: 't1', user_id: '019mr8mf4r', anonymous_id: null, time, received_at: Date.parse('2025-03-20T11:00:01Z'), event: 'Purchased an Item', properties: { revenue: '39.95', plan: 'Pro' }, context: { ip: '192.0.2.1' }, plan: 'Pro' }])
    expect(tables.rows('pages')).toMatchObject([{ message_id: 'p1', user_id: null, anonymous_id: 'anon', path: '/pricing', title: 'Pricing' }])
    expect(tables.rows('screens')).toMatchObject([{ message_id: 's1', name: 'Main Screen' }])
    expect(tables.rows('identifies')).toMatchObject([{ message_id: 'i1', email: 'achilles@segment.com', name: 'Achilles', plan: 'Premium' }])
    expect(tables.rows('groups')).toMatchObject([{ message_id: 'g1', group_id: '0e8c', name: 'Initech' }])
    expect(tables.rows('aliases')).toMatchObject([{ message_id: 'a1', previous_id: 'anon', user_id: '019mr8mf4r' }])
    expect(tables.rows('users')).toEqual([{ user_id: '019mr8mf4r', email: 'achilles@segment.com', name: 'Achilles', traits: { email: 'achilles@segment.com', name: 'Achilles', plan: 'Premium' }, plan: 'Premium', identified_at: time }])
  })

  it('mark as personal what they tell of users and of accounts, which may be people', async () => {
    const { tables } = await stream('events')
    const personal = tables.flatMap(({ name, columns }) => columns.filter((column) => column.personal === true).map((column) => `${name}.${column.name}`))
    expect(personal).toEqual(expect.arrayContaining(['groups.name', 'groups.traits', 'identifies.email', 'users.traits', 'tracks.context']))
  })

  it('may come several at once, and delete users', async () => {
    const tables = new Collected()
    tables.declare(await stream('events'))
    const track = (id: string, user: string) => ({ type: 'track', messageId: id, userId: user, event: 'Opened', timestamp: '2025-03-20T11:00:00Z' })
    tables.apply(receive([track('t1', 'ann'), track('t2', 'bob'), { type: 'identify', messageId: 'i1', userId: 'ann', traits: {} }, { type: 'delete', userId: 'ann', timestamp: '2025-03-20T11:30:00Z' }, track('t3', 'ann')]))
    expect(tables.rows('tracks').map(({ message_id }) => message_id)).toEqual(['t2', 't3'])
    expect(tables.rows('users')).toEqual([])
    expect(tables.rows('identifies')).toEqual([])
  })

  it('without an id are told apart by all they say, and without a time happen when they come', async () => {
    const tables = new Collected()
    tables.declare(await stream('events'))
    for (const event of ['A', 'A', 'B']) tables.apply(receive({ type: 'track', userId: 'ann', event }))
    expect(tables.rows('tracks')).toMatchObject([{ event: 'A', time: clock.utcMs }, { event: 'B' }])
  })

  it('are refused unless their signature is that of the body, byte for byte', () => {
    const { receiver } = open()
    const message = { type: 'track', messageId: 't1', event: 'Opened' }
    const good = signedWebhook(SECRET, message)
    expect(receiver?.receive({ ...good, nowUtcMs: 0 })).toHaveLength(1)
    const forged = [
      { headers: {}, body: good.body },
      { headers: { 'x-signature': '' }, body: good.body },
      { headers: { 'x-signature': 'zz' }, body: good.body },
      { headers: { 'x-signature': `${good.headers['x-signature']}00` }, body: good.body },
      { headers: signedWebhook('another secret', message).headers, body: good.body },
      { headers: good.headers, body: Buffer.from(`${JSON.stringify(message)} `) },
    ]
    for (const request of forged) {
      expect(() => receiver?.receive({ ...request, nowUtcMs: 0 })).toThrow(expect.objectContaining({ code: 'WEBHOOK_REFUSED', message: expect.not.stringContaining(SECRET) as string }) as Error)
    }
    expect(open({ webhookSecret: undefined }).receiver).toBeUndefined()
  })

  it('that are none of Segment’s are refused', () => {
    for (const message of ['text', 7, null, {}, { type: 'unknown' }, [{ type: 'track', event: 'A' }, { type: 'delete' }]]) {
      expect(() => receive(message)).toThrow(expect.objectContaining({ code: 'WEBHOOK_INVALID' }) as Error)
    }
  })
})

describe('a Segment source', () => {
  it('says what is wrong, without secrets', async () => {
    fake.profiles = [profile(1)]
    expect(await open().test()).toMatchObject({ ok: true, message: expect.stringContaining('there are profiles') as string })
    const wrong = await open({ profileToken: 'another-token' }).test()
    expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('(401)') as string })
    expect(await open({ spaceId: 'other' }).test()).toMatchObject({ ok: false, message: expect.stringContaining('404') as string })
    fake.fail({ times: 1, what: { status: 403, json: { error: { message: 'no access for segment-profile-token' } } } })
    const forbidden = await open().test()
    expect(forbidden).toMatchObject({ ok: false, message: expect.stringContaining('403') as string })
    expect(await open({ profilesUrl: 'http://127.0.0.1:1/v1' }).test()).toMatchObject({ ok: false, message: expect.stringContaining('cannot be reached') as string })
    for (const { message } of [wrong, forbidden]) expect(message).not.toMatch(/another-token|segment-profile-token|Basic/)
  })

  it('may be live messages alone, or profiles alone, but not nothing', async () => {
    const live = segment.open('seg', segment.options.parse({ webhookSecret: SECRET }), clock)
    expect((await live.streams(signal)).map(({ name }) => name)).toEqual(['events'])
    expect((await live.test()).ok).toBe(true)
    const tables = new Collected()
    const [events] = await live.streams(signal)
    if (events) expect(await tables.read(events, { nowUtcMs: clock.utcMs })).toEqual([])
    expect(() => segment.options.parse({})).toThrow('webhookSecret')
    expect(() => segment.options.parse({ spaceId: 'a' })).toThrow('together')
  })
})
