import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { KpiqlError } from '../../src/base/errors.ts'
import { Collected } from '../../test/vendors/collect.ts'
import { CLIENT, startRestApi } from '../../test/vendors/rest-api.ts'
import type { Item, RestApi } from '../../test/vendors/rest-api.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import type { Stream, SyncDeps, SyncSource } from '../sync-contract.ts'
import { restOptions } from './options.ts'
import connector from './sync.ts'
import { fillJson, fillText } from './template.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const HOUR = 3_600_000
const DAY = 24 * HOUR
const SECRET = 'key_0123456789abcdef'

let api: RestApi
let now = NOW
const waits: number[] = []
const deps: SyncDeps = {
  log: { debug() {}, info() {}, warn() {} },
  now: () => now,
  wait: async (ms, signal) => {
    signal.throwIfAborted()
    waits.push(ms)
    await Promise.resolve()
    now += ms
  },
}
beforeEach(async () => {
  api = await startRestApi()
  api.items = items(47)
  now = NOW
  waits.length = 0
})
afterEach(() => api.close())

/** Items of the last days, one an hour, the last one an hour ago. */
function items(count: number): Item[] {
  return Array.from({ length: count }, (_, index) => {
    const utcMs = NOW - (count - index) * HOUR
    return { id: index + 1, name: `Item ${index + 1}`, updated_at: new Date(utcMs).toISOString(), created: utcMs / 1_000 }
  })
}

interface Asked {
  readonly [option: string]: unknown
}

function source(stream: Asked, options: Asked = {}): SyncSource {
  return connector.open('acme', restOptions.parse({ baseUrl: api.url, limits: { requestsPerSecond: 1_000 }, ...options, streams: [{ name: 'items', key: ['id'], columns: { id: 'integer', updated_at: 'timestamp' }, ...stream }] }), deps)
}

async function streamOf(stream: Asked, options: Asked = {}): Promise<Stream> {
  const [first] = await source(stream, options).streams(new AbortController().signal)
  if (!first) throw new Error('No stream.')
  return first
}

async function failure(work: Promise<unknown>): Promise<KpiqlError> {
  const error: unknown = await work.then(() => null, (thrown: unknown) => thrown)
  if (!(error instanceof KpiqlError)) throw new Error('Nothing of ours was thrown.', { cause: error })
  return error
}

const ids = (collected: Collected): number[] => collected.rows('items').map(({ id }) => Number(String(id).replace('ch_', ''))).toSorted((a, b) => a - b)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

/** One configuration for each style of paging. */
const STYLES: Readonly<Record<string, Asked>> = {
  page: { path: '/page', records: '$.data.rows', paging: { kind: 'page', parameter: 'page' } },
  offset: { path: '/offset', query: { offset: '${offset}', limit: '${size}' }, records: '$.rows[*]', paging: { kind: 'offset', size: 25, total: '$.total' } },
  cursor: { path: '/cursor', records: '$.members', paging: { kind: 'cursor', parameter: 'cursor', next: '$.response_metadata.next_cursor' } },
  url: { path: '/url', records: '$.records', paging: { kind: 'url', next: '$.nextRecordsUrl', more: '$.more' } },
  link: { path: '/link', query: { per_page: 10 }, paging: { kind: 'link' } },
  'last-id': { path: '/list', records: '$.data', columns: { id: 'text' }, paging: { kind: 'last-id', parameter: 'starting_after', more: '$.has_more' } },
  session: { method: 'POST', path: '/session', body: { page: '${page}', session_id: '${session}' }, records: '$.results', paging: { kind: 'session', session: '$.session_id' } },
  scroll: { path: '/scroll', records: '$.data', paging: { kind: 'scroll', parameter: 'scroll_param', next: '$.scroll_param' } },
}
const ALL = Object.keys(STYLES)
const styleOf = (name: string): Asked => STYLES[name] ?? {}

describe('paging', () => {
  it.each(ALL)('by %s reads every record once', async (style) => {
    for (const count of [47, 40, 1, 0]) {
      api.items = items(count)
      const collected = new Collected()
      const pages = await collected.sync(await streamOf(styleOf(style)), { nowUtcMs: NOW })
      expect(ids(collected)).toEqual(upTo(count))
      expect(pages.flatMap(({ writes }) => writes.flatMap((write) => (write.kind === 'upsert' ? write.records : [])))).toHaveLength(count)
      expect(pages.at(-1)).toMatchObject({ done: 1, completeUntilUtcMs: NOW })
      expect(pages.slice(0, -1).every(({ completeUntilUtcMs }) => completeUntilUtcMs === undefined)).toBe(true)
    }
  })

  it.each(ALL)('by %s bears a storm of 429, 500s, cut bodies and ended connections', async (style) => {
    api.fail({ times: 3, what: { status: 429, headers: { 'retry-after': '30' } } })
    api.fail({ times: 2, when: () => api.heard.length > 4, what: { status: 500, body: 'down' } })
    api.fail({ times: 2, when: () => api.heard.length > 7, what: 'truncated' })
    api.fail({ times: 1, when: () => api.heard.length > 10, what: 'hang up' })
    const collected = new Collected()
    await collected.sync(await streamOf(styleOf(style)), { nowUtcMs: NOW })
    expect(ids(collected)).toEqual(upTo(47))
    expect(waits.filter((ms) => ms === 30_000)).toHaveLength(3)
  })

  it.each(ALL)('by %s loses nothing when it is killed after any page', async (style) => {
    for (let kill = 1; kill <= 5; kill++) {
      const collected = new Collected()
      await collected.read(await streamOf(styleOf(style)), { nowUtcMs: NOW }, kill)
      await collected.sync(await streamOf(styleOf(style)), { nowUtcMs: NOW + HOUR })
      expect(ids(collected)).toEqual(upTo(47))
    }
  })

  it.each(['cursor', 'url', 'link'])('by %s goes on after a position that is handed out twice, and neither loops nor loses rows', async (style) => {
    api.repeats = 2
    const collected = new Collected()
    await collected.sync(await streamOf(styleOf(style)), { nowUtcMs: NOW })
    expect(ids(collected)).toEqual(upTo(47))
    api.repeats = Infinity
    const stuck = new Collected()
    expect(await failure(stuck.sync(await streamOf(styleOf(style)), { nowUtcMs: NOW }))).toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    expect(ids(stuck)).toEqual(upTo(20))
    api.repeats = 0
    await stuck.sync(await streamOf(styleOf(style)), { nowUtcMs: NOW })
    expect(ids(stuck)).toEqual(upTo(47))
  })

  it('refuses to read a tool for ever that passes the page over', async () => {
    const stream = await streamOf({ path: '/stuck', records: '$.rows', paging: { kind: 'page', parameter: 'page' } })
    expect((await failure(new Collected().sync(stream, { nowUtcMs: NOW }))).code).toBe('SOURCE_UNAVAILABLE')
    expect(api.heard.length).toBeLessThan(8)
  })

  it.each(['cursor', 'url', 'link', 'last-id'])('by %s reads everything again where the kept position has expired', async (style) => {
    const collected = new Collected()
    const stream = await streamOf(styleOf(style))
    await collected.read(stream, { nowUtcMs: NOW }, 2)
    api.expires = true
    await expect(collected.read(stream, { nowUtcMs: NOW })).rejects.toThrow(FullReadNeeded)
  })

  it('by page begins anew when pages may have shifted since, so that nothing is taken for gone', async () => {
    const collected = new Collected()
    await collected.read(await streamOf(styleOf('page')), { nowUtcMs: NOW }, 3)
    api.items = api.items.filter(({ id }) => id > 10)
    now = NOW + 2 * HOUR
    await collected.sync(await streamOf(styleOf('page')), { nowUtcMs: now })
    expect(ids(collected)).toEqual(upTo(47).slice(10))
  })

  it('refuses to read pages without records for ever', async () => {
    api.items = []
    const stream = await streamOf({ path: '/more', records: '$.rows', paging: { kind: 'page', parameter: 'page', more: '$.more' } })
    expect((await failure(new Collected().sync(stream, { nowUtcMs: NOW }))).code).toBe('SOURCE_UNAVAILABLE')
  })

  it('follows no next page to another host', async () => {
    const error = await failure(new Collected().sync(await streamOf({ path: '/moved', records: '$.rows', paging: { kind: 'url', next: '$.next' } }), { nowUtcMs: NOW }))
    expect(error).toMatchObject({ code: 'SOURCE_FAILED', message: 'acme names a next page on another host, which is not followed.' })
  })

  it('saves the last request where a short page ends, and does not stop at one where nobody said so', async () => {
    const paging = { kind: 'offset', parameter: 'offset', size: 25 }
    const collected = new Collected()
    await collected.sync(await streamOf({ path: '/offset', records: '$.rows', paging }), { nowUtcMs: NOW })
    expect(ids(collected)).toEqual(upTo(47)) // though each page holds 10 of the 25
    api.pageSize = 25
    const before = api.heard.length
    await new Collected().sync(await streamOf({ path: '/offset', records: '$.rows', paging: { ...paging, shortPageEnds: true } }), { nowUtcMs: NOW })
    expect(api.heard.length - before).toBe(2)
  })
})

/** The three shapes of the guide. */
const GITHUB = { path: '/link', query: { since: '${since}', state: 'all' }, paging: { kind: 'link' }, incremental: { kind: 'time', field: '$.updated_at' } }
const STRIPE = { ...styleOf('last-id'), query: { 'created[gte]': '${since}' }, incremental: { kind: 'time', field: '$.created', format: 'epoch-seconds', lookback: '3 hours' } }
const ZENDESK = { path: '/export', records: '$.tickets', query: { start_time: '${since}' }, paging: { kind: 'cursor', parameter: 'cursor', next: '$.after_cursor', ended: '$.end_of_stream' }, incremental: { kind: 'cursor', format: 'epoch-seconds', begins: '2026-01-01', lag: '2 minutes' } }

describe('reading what is new', () => {
  it('asks by time, less the lookback, in the format of the tool', async () => {
    const collected = new Collected()
    await collected.sync(await streamOf(GITHUB), { nowUtcMs: NOW })
    expect(api.heard.every(({ query }) => !query.has('since'))).toBe(true)
    const before = api.heard.length
    api.items.push({ id: 48, name: 'New', updated_at: new Date(NOW + 60_000).toISOString() })
    await collected.sync(await streamOf(GITHUB), { nowUtcMs: NOW + HOUR })
    // The last record was of 11:00; ten minutes are looked back.
    expect(api.heard.slice(before).map(({ query }) => query.get('since'))).toEqual(['2026-11-21T10:50:00.000Z'])
    expect(ids(collected)).toEqual(upTo(48))
  })

  it('finds data that comes late within the lookback', async () => {
    const collected = new Collected()
    await collected.sync(await streamOf(STRIPE), { nowUtcMs: NOW })
    api.items.push({ id: 48, name: 'Late', updated_at: '', created: (NOW - 3 * HOUR) / 1_000 })
    await collected.sync(await streamOf(STRIPE), { nowUtcMs: NOW + HOUR })
    expect(api.heard.at(-1)?.query.get('created[gte]')).toBe(String((NOW - 4 * HOUR) / 1_000))
    expect(ids(collected)).toEqual(upTo(48))
  })

  it('keeps the cursor of an export between syncs, and asks for the beginning only once', async () => {
    const collected = new Collected()
    await collected.sync(await streamOf(ZENDESK), { nowUtcMs: NOW })
    expect(api.heard.map(({ query }) => query.get('start_time'))).toEqual([String(Date.parse('2026-01-01') / 1_000), null, null, null, null])
    api.items = api.items.map((item) => (item.id === 3 ? { ...item, name: 'Changed', updated_at: new Date(NOW + 1).toISOString() } : item))
    const pages = await collected.sync(await streamOf(ZENDESK), { nowUtcMs: NOW + HOUR })
    expect(pages.flatMap(({ writes }) => writes).map((write) => (write.kind === 'upsert' ? write.records.length : 0))).toEqual([1])
    expect(collected.rows('items').find(({ id }) => id === 3)?.['name']).toBe('Changed')
    await collected.sync(await streamOf(ZENDESK), { nowUtcMs: NOW + 2 * HOUR })
    expect(ids(collected)).toEqual(upTo(47))
    expect(pages.at(-1)?.completeUntilUtcMs).toBe(NOW + HOUR - 120_000)
  })

  it('goes on with an export whose cursor is handed out twice, and begins again once it has expired', async () => {
    api.repeats = 2
    const collected = new Collected()
    await collected.sync(await streamOf(ZENDESK), { nowUtcMs: NOW })
    expect(ids(collected)).toEqual(upTo(47))
    api.expires = true
    await expect(collected.read(await streamOf(ZENDESK), { nowUtcMs: NOW })).rejects.toThrow(FullReadNeeded)
  })

  it('is not led into the future by one record with a wrong date', async () => {
    api.items.push({ id: 48, name: 'Future', updated_at: '2031-01-01T00:00:00.000Z' })
    const collected = new Collected()
    await collected.sync(await streamOf(GITHUB), { nowUtcMs: NOW })
    api.items.push({ id: 49, name: 'New', updated_at: new Date(NOW + 60_000).toISOString() })
    await collected.sync(await streamOf(GITHUB), { nowUtcMs: NOW + HOUR })
    expect(ids(collected)).toEqual(upTo(49))
  })

  it('reads 10,001 records of one instant, and those that join them later', async () => {
    const updated_at = new Date(NOW - HOUR).toISOString()
    api.items = Array.from({ length: 10_001 }, (_, index) => ({ id: index + 1, name: '', updated_at }))
    api.pageSize = 1_000
    const collected = new Collected()
    await collected.sync(await streamOf(GITHUB), { nowUtcMs: NOW })
    api.items.push({ id: 10_002, name: '', updated_at })
    await collected.sync(await streamOf(GITHUB), { nowUtcMs: NOW + HOUR })
    expect(ids(collected)).toHaveLength(10_002)
  })

  it('obeys the instant before which nothing is wanted, and the signal', async () => {
    const sinceUtcMs = NOW - 10 * HOUR
    const collected = new Collected()
    await collected.sync(await streamOf(GITHUB), { nowUtcMs: NOW, sinceUtcMs })
    expect(ids(collected)).toEqual(upTo(47).slice(37))
    const controller = new AbortController()
    controller.abort()
    expect((await failure(new Collected().sync(await streamOf(GITHUB), { nowUtcMs: NOW, signal: controller.signal }))).code).toBe('CANCELLED')
  })

  it('goes by windows from the newest to the oldest, with inclusive dates of the zone', async () => {
    const stream = await streamOf({ path: '/window', query: { from: '${since}', to: '${until}' }, incremental: { kind: 'time', field: '$.updated_at', format: 'date', begins: '2026-11-15', window: '1 day', lookback: '1 day', endsInclusive: true } })
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW }, 3)
    expect(api.heard.map(({ query }) => `${query.get('from')} ${query.get('to')}`)).toEqual(['2026-11-21 2026-11-21', '2026-11-20 2026-11-20', '2026-11-19 2026-11-19'])
    const before = api.heard.length
    await collected.sync(stream, { nowUtcMs: NOW + HOUR })
    expect(api.heard.slice(before).map(({ query }) => query.get('from'))).toEqual(['2026-11-20', '2026-11-21', '2026-11-18', '2026-11-17', '2026-11-16', '2026-11-15'])
    expect(ids(collected)).toEqual(upTo(47))
  })

  it('names the next day where an end is exclusive and the day is not over', async () => {
    const stream = await streamOf({ path: '/window', query: { from: '${since}', to: '${until}' }, incremental: { kind: 'time', field: '$.updated_at', format: 'date', timezone: 'Asia/Tokyo', begins: '2026-11-19', window: '1 day' } })
    await new Collected().sync(stream, { nowUtcMs: NOW })
    // It is 21:00 in Tokyo, and 2026-11-19 UTC began at 09:00 there.
    expect(api.heard.map(({ query }) => `${query.get('from')} ${query.get('to')}`)).toEqual(['2026-11-21 2026-11-22', '2026-11-20 2026-11-21', '2026-11-19 2026-11-20'])
  })

  it('looks back over an hour that comes twice where the tool speaks in wall clocks', async () => {
    // On 2026-11-01 New York's clocks go from 02:00 back to 01:00: 06:10 UTC shows 01:10, after 05:50 UTC showed 01:50.
    const wall = (utc: string): string => new Date(Date.parse(utc) - (utc < '2026-11-01T06:00' ? 4 : 5) * HOUR).toISOString().slice(0, 19).replace('T', ' ')
    const asked: Asked = { path: '/link', query: { since: '${since}' }, paging: { kind: 'link' }, columns: { id: 'integer', updated_at: { kind: 'timestamp', timezone: 'America/New_York' } }, incremental: { kind: 'time', field: '$.updated_at', format: 'wall-clock', timezone: 'America/New_York', lookback: '1 minute' } }
    api.items = [{ id: 1, name: '', updated_at: wall('2026-11-01T05:50:00Z') }]
    const collected = new Collected()
    await collected.sync(await streamOf(asked), { nowUtcMs: Date.parse('2026-11-01T05:55:00Z') })
    api.items.push({ id: 2, name: '', updated_at: wall('2026-11-01T06:10:00Z') })
    await collected.sync(await streamOf(asked), { nowUtcMs: Date.parse('2026-11-01T06:15:00Z') })
    expect(ids(collected)).toEqual([1, 2])
    expect(collected.rows('items')[0]?.['updated_at']).toBe(Date.parse('2026-11-01T05:50:00Z'))
  })

  it('asks to be read from the beginning when the cursor is of another layout', async () => {
    for (const stream of [GITHUB, ZENDESK, styleOf('page')]) {
      const collected = new Collected()
      collected.cursor = { layout: 'else' }
      await expect(collected.read(await streamOf(stream), { nowUtcMs: NOW })).rejects.toThrow(FullReadNeeded)
    }
  })
})

describe('rows that are gone', () => {
  it('are those that a full reading does not show', async () => {
    const collected = new Collected()
    const stream = await streamOf(styleOf('cursor'))
    await collected.sync(stream, { nowUtcMs: NOW })
    api.items = api.items.filter(({ id }) => id !== 5)
    await collected.sync(stream, { nowUtcMs: NOW + HOUR })
    expect(ids(collected)).toEqual(upTo(47).filter((id) => id !== 5))
    expect((await streamOf({ ...styleOf('cursor'), deletes: { kind: 'keep' } })).showsAll).toBe(false)
  })

  it('are told by a reading that no day cuts, where the requests name none', async () => {
    const collected = new Collected()
    const stream = await streamOf(styleOf('cursor'))
    await collected.read(stream, { nowUtcMs: NOW, sinceUtcMs: NOW })
    expect([ids(collected), stream.ignoresSince]).toEqual([upTo(47), true])
    expect((await streamOf({ ...GITHUB, deletes: { kind: 'sweep' } })).ignoresSince).toBe(false)
  })

  it('are looked for at times where readings are incremental', async () => {
    const collected = new Collected()
    const stream = await streamOf({ ...GITHUB, deletes: { kind: 'sweep', every: '1 day' } })
    await collected.sync(stream, { nowUtcMs: NOW })
    api.items = api.items.filter(({ id }) => id !== 5)
    await collected.sync(stream, { nowUtcMs: NOW + HOUR })
    expect(ids(collected)).toHaveLength(47)
    await collected.sync(stream, { nowUtcMs: NOW + DAY })
    expect(ids(collected)).toHaveLength(46)
  })

  it('are marked by a field', async () => {
    for (const [deletes, field] of [
      [{ kind: 'field', field: '$.deleted_at' }, { deleted_at: '2026-11-21' }],
      [{ kind: 'field', field: '$.status', values: ['deleted'] }, { status: 'deleted' }],
    ] as const) {
      api.items = items(47)
      const collected = new Collected()
      const stream = await streamOf({ ...GITHUB, deletes })
      await collected.sync(stream, { nowUtcMs: NOW })
      api.items = api.items.map((item) => (item.id === 7 ? { ...item, ...field, updated_at: new Date(NOW).toISOString() } : { ...item, status: 'open', deleted_at: null }))
      await collected.sync(stream, { nowUtcMs: NOW + HOUR })
      expect(ids(collected)).toEqual(upTo(47).filter((id) => id !== 7))
    }
  })

  it('are listed by an endpoint of their own, also after a kill between the two', async () => {
    const deletes = { kind: 'endpoint', path: '/deleted', query: { since: '${since}' }, records: '$.gone', key: ['$.id'] }
    const collected = new Collected()
    const stream = await streamOf({ ...GITHUB, deletes })
    await collected.sync(stream, { nowUtcMs: NOW })
    api.items = api.items.filter(({ id }) => id !== 9)
    api.deleted.push({ id: 9, deleted_at: new Date(NOW + 60_000).toISOString() })
    await collected.read(stream, { nowUtcMs: NOW + HOUR }, 1)
    expect(ids(collected)).toHaveLength(47)
    const pages = await collected.sync(stream, { nowUtcMs: NOW + 2 * HOUR })
    expect(ids(collected)).toEqual(upTo(47).filter((id) => id !== 9))
    expect(pages.at(-1)).toMatchObject({ done: 1, completeUntilUtcMs: NOW + HOUR })
  })
})

describe('who asks', () => {
  const paged = { ...STYLES['cursor'] }
  it.each([
    ['bearer', { kind: 'bearer', token: SECRET }, { authorization: `Bearer ${SECRET}` }],
    ['header', { kind: 'header', name: 'X-Api-Key', value: SECRET }, { 'x-api-key': SECRET }],
    ['basic', { kind: 'basic', user: 'kpiql', password: SECRET }, { authorization: `Basic ${Buffer.from(`kpiql:${SECRET}`).toString('base64')}` }],
  ])('shows itself by %s', async (_, auth, headers) => {
    api.allows = (heard) => Object.entries(headers).every(([name, value]) => heard.headers[name] === value)
    const collected = new Collected()
    await collected.sync(await streamOf(paged, { auth, headers: { 'X-Version': '2026-01' } }), { nowUtcMs: NOW })
    expect(ids(collected)).toEqual(upTo(47))
    expect(api.heard[0]?.headers['x-version']).toBe('2026-01')
  })

  it('shows itself by a key in the query, which is kept nowhere', async () => {
    api.allows = ({ query }) => query.getAll('api_key').join() === SECRET
    const collected = new Collected()
    await collected.sync(await streamOf({ ...GITHUB }, { auth: { kind: 'query', name: 'api_key', value: SECRET }, query: { tenant: 'books' } }), { nowUtcMs: NOW })
    expect(ids(collected)).toEqual(upTo(47))
    expect(JSON.stringify(collected.pages.map(({ cursor }) => cursor))).not.toContain(SECRET)
    expect(api.heard.every(({ query }) => query.get('tenant') === 'books')).toBe(true)
  })

  it.each(['basic', 'body'])('gets a token by its client credentials (%s), and a new one when it has expired', async (sendAs) => {
    api.allows = ({ headers }) => headers['authorization'] === `Bearer ${api.tokens.at(-1)}`
    const auth = { kind: 'oauth2', tokenUrl: `${api.url}/oauth/token`, scope: 'read', sendAs, ...CLIENT }
    const stream = await streamOf(paged, { auth })
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW }, 2)
    expect(api.tokens).toHaveLength(1)
    now += 10_000
    api.tokens.push('another one was handed out, and ours ended')
    await collected.sync(stream, { nowUtcMs: NOW })
    expect(ids(collected)).toEqual(upTo(47))
    expect(api.tokens).toHaveLength(3)
    now += HOUR
    await collected.sync(stream, { nowUtcMs: NOW + HOUR })
    expect(api.tokens).toHaveLength(4)
  })

  it('says in a sentence what came of a try, without a secret', async () => {
    const verdict = async (options: Asked, stream: Asked = paged): Promise<unknown> => {
      const told = await source(stream, options).test()
      expect(told.message).not.toMatch(/0123456789/)
      return told
    }
    expect(await verdict({})).toEqual({ ok: true, message: 'acme answers: items shows 10 records on the first page.' })
    expect(await verdict({}, { ...paged, records: '$.people' })).toEqual({ ok: false, message: 'acme: the answer of /cursor has no list at $.people; it has ok, members, response_metadata. Set `records` to the path of the list.' })
    api.allows = () => false
    expect(await verdict({ auth: { kind: 'bearer', token: SECRET } })).toEqual({ ok: false, message: 'acme refused the credentials (401). Check the key or token of the source in the configuration, and that it has not expired.' })
    expect(await verdict({ auth: { kind: 'oauth2', tokenUrl: `${api.url}/oauth/token`, clientId: 'kpiql', clientSecret: 'wrong_0123456789' } })).toMatchObject({ ok: false, message: expect.stringContaining('refused the credentials') as string })
    api.fail({ times: 1, what: { status: 403, json: { message: 'Resource not accessible' } } })
    expect(await verdict({})).toMatchObject({ ok: false, message: expect.stringContaining('does not permit this request (403)') as string })
    expect(await verdict({ baseUrl: 'http://nowhere.invalid' })).toMatchObject({ ok: false, message: expect.stringContaining('There is no such host') as string })
  })

  it('stops waiting for a token once cancelled', async () => {
    api.fail({ times: 9, when: ({ path }) => path === '/oauth/token', what: { status: 429, headers: { 'retry-after': '5' } } })
    const controller = new AbortController()
    const auth = { kind: 'oauth2', tokenUrl: `${api.url}/oauth/token`, ...CLIENT }
    const asked = failure(new Collected().sync(await streamOf(paged, { auth }), { nowUtcMs: NOW, signal: controller.signal }))
    controller.abort()
    expect((await asked).code).toBe('CANCELLED')
  })

  it('touches no network before it is asked', async () => {
    await (await streamOf(paged)).tables
    expect(api.heard).toHaveLength(0)
  })
})

describe('what an answer says', () => {
  it('is a failure where the body says so', async () => {
    const failures = [
      { path: '$.error', equals: ['ratelimited'], kind: 'busy', retryAfter: '$.retry_after' },
      { path: '$.ok', equals: [false], kind: 'refused', message: '$.error' },
    ]
    api.fail({ times: 2, what: { json: { ok: false, error: 'ratelimited', retry_after: 12 } } })
    const collected = new Collected()
    await collected.sync(await streamOf(styleOf('cursor'), { failures }), { nowUtcMs: NOW })
    expect(ids(collected)).toEqual(upTo(47))
    expect(waits.filter((ms) => ms === 12_000)).toHaveLength(2)
    api.fail({ times: 1, what: { json: { ok: false, error: 'missing_scope' } } })
    expect((await failure(new Collected().sync(await streamOf(styleOf('cursor'), { failures }), { nowUtcMs: NOW }))).message).toBe('acme refused a request with status 200: missing_scope')
  })

  it('asks for patience by headers of the tool’s own, also with a 403', async () => {
    api.fail({ times: 1, what: { status: 429, headers: { 'x-quota-left': '0', 'x-quota-back': String(NOW / 1_000 + 20) } } })
    api.fail({ times: 1, what: { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1_000 + 40) }, json: { message: 'API rate limit exceeded' } } })
    const limits = { requestsPerSecond: 1_000, remainingHeader: 'X-Quota-Left', resetHeader: 'X-Quota-Back', resetFormat: 'epoch-seconds' }
    const collected = new Collected()
    await collected.sync(await streamOf(styleOf('cursor'), { limits }), { nowUtcMs: NOW })
    // Both name a moment, and half of the way to the second has passed by then.
    expect(waits.filter((ms) => ms > 1_000)).toEqual([20_000, 20_000])
    expect(ids(collected)).toEqual(upTo(47))
  })

  it('is nothing at all where a status says so, and else a failure', async () => {
    const collected = new Collected()
    const pages = await collected.sync(await streamOf({ path: '/empty', emptyStatuses: [404] }), { nowUtcMs: NOW })
    expect(pages).toHaveLength(1)
    expect((await failure(new Collected().sync(await streamOf({ path: '/empty' }), { nowUtcMs: NOW }))).code).toBe('SOURCE_FAILED')
  })

  it('becomes columns: typed, taken from within, with the rest as it came', async () => {
    api.items = [{ id: 1, name: 'Ada', updated_at: '2026-07-01 12:00:00', day: '2026-07-01T23:30:00Z', total: { amount: 1999, currency: 'eur' }, yen: 500, big: 0, 'createdAt': 7, renamed: 'x', flag: '' }]
    api.fail({ times: 1, what: { body: `[${JSON.stringify(api.items[0]).replace('"big":0', '"big":9007199254740993')}]` } })
    const columns = {
      id: 'integer',
      name: { kind: 'text', personal: true },
      updated_at: { kind: 'timestamp', timezone: 'Europe/Berlin' },
      day: { kind: 'date', timezone: 'Europe/Berlin' },
      amount: { kind: 'decimal', from: '$.total.amount', currency: '$.total.currency' },
      yen_major: { kind: 'decimal', from: '$.yen', currency: 'JPY' },
      big: 'integer',
      created_at: { kind: 'integer', from: '$.createdAt' },
      other_name: { kind: 'text', from: '$.renamed' },
    }
    const stream = await streamOf({ path: '/link', columns, person: { user: ['id'] } })
    const collected = new Collected()
    await collected.sync(stream, { nowUtcMs: NOW })
    expect(collected.rows('items')).toEqual([
      { id: 1, name: 'Ada', updated_at: Date.parse('2026-07-01T10:00:00Z'), day: '2026-07-02', amount: '19.99', yen_major: '500', big: '9007199254740993', created_at: 7, other_name: 'x', total: { amount: 1999, currency: 'eur' }, yen: 500, flag: '' },
    ])
    expect(stream.tables[0]).toMatchObject({ name: 'items', key: ['id'], person: { user: ['id'] } })
    expect(stream.tables[0]?.columns.find(({ name }) => name === 'name')?.personal).toBe(true)
    const strict = new Collected()
    await strict.sync(await streamOf({ path: '/link', columns: { id: 'integer' }, others: 'drop' }), { nowUtcMs: NOW })
    expect(strict.rows('items')).toEqual([{ id: 1 }])
  })

  it.each([
    ['$.user.email', { id: 1, flag: 'x', email: 'ann@example.com' }],
    ["$['user'].email", { id: 1, flag: 'x', email: 'ann@example.com' }],
    ['$.user..email', { id: 1, flag: 'x', email: 'ann@example.com' }],
    ['$..email', { id: 1, email: 'ann@example.com' }],
    ['$.*.email', { id: 1, email: 'ann@example.com' }],
  ])('keeps what is personal in its own column alone, also from %s', async (from, row) => {
    api.fail({ times: 1, what: { json: [{ id: 1, user: { login: 'ann', email: 'ann@example.com' }, flag: 'x' }] } })
    const collected = new Collected()
    await collected.sync(await streamOf({ path: '/link', columns: { id: 'integer', email: { kind: 'text', from, personal: true } } }), { nowUtcMs: NOW })
    expect(collected.rows('items')).toEqual([row])
  })

  it('keeps the amount of a personal column in its own column alone', async () => {
    api.fail({ times: 1, what: { json: [{ id: 1, salary: { amount: 1999 }, flag: 'x' }] } })
    const collected = new Collected()
    await collected.sync(await streamOf({ path: '/link', columns: { id: 'integer', salary_major: { kind: 'decimal', from: '$.salary.amount', currency: 'EUR', personal: true } } }), { nowUtcMs: NOW })
    expect(collected.rows('items')).toEqual([{ id: 1, flag: 'x', salary_major: '19.99' }])
  })
})

/** What is wrong within a union, as the reader of configurations tells it too. */
function flat(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  return issue.code === 'invalid_union' ? issue.errors.flat().flatMap((inner) => flat({ ...inner, path: [...issue.path, ...inner.path] })) : [issue]
}

describe('a configuration', () => {
  const faultsOf = (stream: Asked, options: Asked = {}): readonly string[] => {
    const parsed = restOptions.safeParse({ baseUrl: 'https://api.example.com', ...options, streams: [{ name: 'items', path: '/items', key: ['id'], ...stream }] })
    return parsed.success ? [] : parsed.error.issues.flatMap(flat).map(({ path, message }) => `${path.slice(path[0] === 'streams' ? 2 : 0).join('.')}: ${message}`)
  }

  it.each<[Asked, Asked, string]>([
    [{ path: '/items/${evil}' }, {}, 'path: ${evil} is no placeholder'],
    [{ query: { at: '${since' } }, {}, 'query.at: a placeholder is not closed'],
    [{ method: 'POST', body: { deep: [{ at: '${process}' }] } }, {}, '${process} is no placeholder'],
    [{ records: '$.rows[?(@.constructor.constructor("return 1")())]' }, {}, 'records: a JSONPath'],
    [{ records: 'rows' }, {}, 'records: a JSONPath'],
    [{ query: { since: '${since}' } }, {}, 'incremental: a request with ${since}'],
    [{ paging: { kind: 'page' } }, {}, 'paging: name the parameter of the query, or write ${page} into the request'],
    [{ paging: { kind: 'page', parameter: 'page', shortPageEnds: true } }, {}, 'paging: `shortPageEnds` needs `size`'],
    [{ incremental: { kind: 'time', field: '$.at' } }, {}, 'incremental: write ${since}'],
    [{ path: '/items/${since}', incremental: { kind: 'time', field: '$.at' } }, {}, 'incremental: ${since} in a path or a body needs `begins`'],
    [{ query: { a: '${since}' }, incremental: { kind: 'time', field: '$.at', window: '1 day' } }, {}, 'incremental.window: windows need ${until}'],
    [{ query: { a: '${since}' }, incremental: { kind: 'time', field: '$.at', timezone: 'CET+1' } }, {}, 'incremental.timezone: an IANA time zone'],
    [{ deletes: { kind: 'endpoint', path: '/gone', key: ['$.a', '$.b'] } }, {}, 'deletes.key: name one JSONPath for each column of the key'],
    [{ path: 'https://evil.example.com/items' }, {}, 'path: a path below `baseUrl`'],
    [{ columns: { id: 'json' } }, {}, 'columns.id: a key cannot be of this kind'],
    [{}, { baseUrl: 'https://user:pass@api.example.com' }, 'baseUrl: an address'],
    [{ path: '/items/${cursor}', paging: { kind: 'cursor', next: '$.next' } }, {}, 'path: ${cursor} has no value on the first page'],
    [{ after: ['none'] }, {}, 'after: there is no other stream none'],
  ])('is refused with its place: %j %j', (stream, options, fault) => {
    expect(faultsOf(stream, options).join('\n')).toContain(fault)
  })

  it('writes placeholders as text of their place, and never as more of an address', () => {
    const values = { since: 'a/../b?c=${page}', until: null, now: null, cursor: null, page: 3, offset: null, size: 25, session: null }
    expect(fillText('/items/${since}', values, encodeURIComponent)).toBe('/items/a%2F..%2Fb%3Fc%3D%24%7Bpage%7D')
    expect(fillText('from ${page} of ${until}', values)).toBeNull()
    expect(fillJson({ page: '${page}', text: 'p${page}', gone: '${cursor}', list: ['${size}', '${until}'], kept: null }, values)).toEqual({ page: 3, text: 'p3', list: [25], kept: null })
  })
})
