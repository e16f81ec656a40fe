import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Collected } from '../../test/vendors/collect.ts'
import { refusal, startGoogleAnalytics } from '../../test/vendors/google-analytics.ts'
import type { GaProperty, GaSession, GaVendor } from '../../test/vendors/google-analytics.ts'
import type { Stream, SyncSource } from '../sync-contract.ts'
import connector from './sync.ts'

const HOUR_MS = 3_600_000
/** 02:00 in New York on 10 March 2026, where 8 March had 23 hours. */
const NOW = Date.parse('2026-03-10T06:00:00Z')

let world: GaProperty
let vendor: GaVendor
let folder: string
let clock: number
let waits: number[]

beforeEach(async () => {
  world = { property: '213025502', zone: 'America/New_York', currency: 'EUR', today: '2026-03-10', sessions: sessionsOf('2025-12-20', 81), metadata: {}, repeatedPages: 0, requestsPerToken: null }
  vendor = await startGoogleAnalytics(world)
  folder = mkdtempSync(join(tmpdir(), 'kpiql-ga-'))
  writeFileSync(join(folder, 'key.json'), vendor.keyFile)
  clock = NOW
  waits = []
})
afterEach(async () => {
  await vendor.close()
  rmSync(folder, { recursive: true })
})

/** Three users in turn, one or two sessions a day; every 5th brings a key event and money. */
function sessionsOf(from: string, days: number): GaSession[] {
  return Array.from({ length: days }, (_, index) => index).flatMap((index) => {
    const day = new Date(Date.parse(from) + index * 86_400_000).toISOString().slice(0, 10)
    return Array.from({ length: 1 + (index % 2) }, (__, nth): GaSession => {
      const isPaid = (index + nth) % 3 === 0
      const converts = index % 5 === 0 && nth === 0
      return { day, user: `u${(index + nth) % 3}`, channel: isPaid ? 'Paid Search' : 'Direct', source: isPaid ? 'google' : '(direct)', medium: isPaid ? 'cpc' : '(none)', page: index % 4 === 0 ? '/' : '/pricing', engaged: nth === 0, keyEvents: converts ? 1 : 0, revenue: converts ? 19.9 : 0 }
    })
  })
}

function open(extra: Record<string, unknown> = {}): SyncSource {
  const options = connector.options.parse({ property: '213025502', keyFile: join(folder, 'key.json'), baseUrl: vendor.url, ...extra })
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const wait = (ms: number): Promise<void> => {
    waits.push(ms)
    clock += ms
    return Promise.resolve()
  }
  return connector.open('site', options, { log: silent, now: () => clock, wait })
}

async function streamOf(name: string, extra?: Record<string, unknown>): Promise<Stream> {
  const stream = (await open(extra).streams(new AbortController().signal)).find((one) => one.name === name)
  if (stream === undefined) throw new Error(`no stream ${name}`)
  return stream
}

/** Sessions by day, counted one by one. */
function sessionsByDay(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { day } of world.sessions) counts[day] = (counts[day] ?? 0) + 1
  return counts
}

const landed = (collected: Collected, table: string, column: string, by: string): Record<string, number> => Object.fromEntries(collected.rows(table).map((row) => [String(row[by]), Number(row[column])]))
const reports = (): typeof vendor.heard => vendor.heard.filter(({ path }) => path.endsWith(':runReport'))

describe('a first reading of Google Analytics', () => {
  it('lands every day, the newest first, and knows when it is whole', async () => {
    const collected = new Collected()
    const pages = await collected.read(await streamOf('sessions_daily'), { nowUtcMs: NOW })
    expect(landed(collected, 'sessions_daily', 'sessions', 'date')).toEqual(sessionsByDay())
    expect(pages.map(({ writes: [write] }) => write?.kind === 'replace' && write.where.values[0])).toEqual(['2026-02-08', '2026-01-08', '2025-12-20'])
    expect(pages.map(({ completeUntilUtcMs }) => completeUntilUtcMs)).toEqual([null, null, NOW])
    // From midnight in New York on, by winter time.
    expect(pages.slice(0, 2).map(({ backfilled }) => backfilled)).toEqual(['2026-02-08T05:00:00Z', '2026-01-08T05:00:00Z'].map((from) => ({ fromUtcMs: Date.parse(from), untilUtcMs: NOW })))
    expect(pages.map(({ done }) => done)).toEqual([31 / 81, 62 / 81, 1])
  })

  it('begins where it is told to', async () => {
    const collected = new Collected()
    await collected.read(await streamOf('sessions_daily'), { nowUtcMs: NOW, sinceUtcMs: Date.parse('2026-03-01T12:00:00Z') })
    expect(collected.rows('sessions_daily').map(({ date }) => date).sort()[0]).toBe('2026-03-01')
  })

  it('tells sources of traffic apart, with exact amounts', async () => {
    const collected = new Collected()
    await collected.read(await streamOf('traffic_daily'), { nowUtcMs: NOW })
    const row = collected.rows('traffic_daily').find(({ date }) => date === '2026-03-10')
    expect(row).toMatchObject({ session_default_channel_group: 'Direct', session_source: '(direct)', session_medium: '(none)', sessions: '1', engaged_sessions: '1', key_events: '1.000000', total_revenue: '19.900000', currency_code: 'EUR', time_zone: 'America/New_York', property_id: '213025502' })
  })

  it('takes of events by channel only those that are key events', async () => {
    const collected = new Collected()
    await collected.read(await streamOf('conversions_daily'), { nowUtcMs: NOW })
    const expected = world.sessions.filter(({ keyEvents }) => keyEvents > 0).map(({ day, channel }) => `${day} ${channel}`)
    expect(collected.rows('conversions_daily').map((row) => `${String(row['date'])} ${String(row['session_default_channel_group'])}`).toSorted()).toEqual(expected.toSorted())
  })

  it('is nothing for a property without a session', async () => {
    world.sessions = []
    expect(await new Collected().read(await streamOf('sessions_daily'), { nowUtcMs: NOW })).toEqual([])
  })
})

describe('users', () => {
  it('are asked as users of a day, a week and a month, and not added up', async () => {
    const landedOf = async (table: string, by: string): Promise<Record<string, number>> => {
      const collected = new Collected()
      await collected.read(await streamOf(table), { nowUtcMs: NOW })
      return landed(collected, table, 'active_users', by)
    }
    const usersBetween = (from: string, to: string): number => new Set(world.sessions.filter(({ day }) => day >= from && day <= to).map(({ user }) => user)).size
    expect((await landedOf('users_daily', 'date'))['2026-03-09']).toBe(usersBetween('2026-03-09', '2026-03-09'))
    const months = await landedOf('users_monthly', 'month')
    expect(months).toEqual({ '2025-12-01': usersBetween('2025-12-01', '2025-12-31'), '2026-01-01': 3, '2026-02-01': 3, '2026-03-01': 3 })
    const weeks = await landedOf('users_weekly', 'week')
    // The ISO week of 29 December 2025 is the first of 2026.
    expect(weeks['2025-12-29']).toBe(usersBetween('2025-12-29', '2026-01-04'))
    expect(Object.keys(weeks).every((week) => new Date(week).getUTCDay() === 1)).toBe(true)
  })

  it('of a month are asked for all its days, also where only the last ones are restated', async () => {
    const stream = await streamOf('users_monthly')
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW })
    await collected.read(stream, { nowUtcMs: NOW + 24 * HOUR_MS })
    const last = JSON.parse(reports().at(-1)?.body.toString() ?? '') as { dateRanges: unknown }
    expect(last.dateRanges).toEqual([{ startDate: '2026-03-01', endDate: '2026-03-11' }])
  })
})

describe('a later reading', () => {
  it('replaces the last days, so that late events count and what vanished is gone', async () => {
    const stream = await streamOf('events_daily')
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW })
    world.today = '2026-03-11'
    world.sessions = [...world.sessions.filter(({ day, keyEvents }) => day !== '2026-03-10' || keyEvents === 0), ...sessionsOf('2026-03-08', 1), ...sessionsOf('2026-03-11', 1)]
    const pages = await collected.read(stream, { nowUtcMs: NOW + 24 * HOUR_MS })
    expect(pages[0]?.writes[0]).toMatchObject({ where: { column: 'date', values: ['2026-03-07', '2026-03-08', '2026-03-09', '2026-03-10', '2026-03-11'] } })
    const expected: Record<string, number> = {}
    for (const { day, keyEvents } of world.sessions) expected[`${day} ${keyEvents > 0 ? 'purchase' : 'page_view'}`] = (expected[`${day} ${keyEvents > 0 ? 'purchase' : 'page_view'}`] ?? 0) + 3
    expect(Object.fromEntries(collected.rows('events_daily').map((row) => [`${String(row['date'])} ${String(row['event_name'])}`, Number(row['event_count'])]))).toEqual(expected)
  })

  it('takes as many days back as it is told', async () => {
    const stream = await streamOf('sessions_daily', { restateDays: 7 })
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW })
    const [page] = await collected.read(stream, { nowUtcMs: NOW })
    expect(page?.writes[0]).toMatchObject({ where: { values: expect.arrayContaining(['2026-03-03']) as unknown } })
  })

  it("counts days by the property's zone, on both sides of a change of clocks", async () => {
    world.today = '2026-03-07'
    const collected = new Collected()
    // 04:59 UTC is still 7 March at five hours' distance.
    await collected.read(await streamOf('sessions_daily'), { nowUtcMs: Date.parse('2026-03-08T04:59:00Z') })
    expect(collected.rows('sessions_daily').map(({ date }) => date).sort().at(-1)).toBe('2026-03-07')
    world.today = '2026-03-09'
    // After the change it is four: 04:00 UTC is the 9th.
    await collected.read(await streamOf('sessions_daily'), { nowUtcMs: Date.parse('2026-03-09T04:00:00Z') })
    expect(collected.rows('sessions_daily').map(({ date }) => date).sort().at(-1)).toBe('2026-03-09')
  })

  it('goes on after a kill at any page, and ends with the same table', async () => {
    for (let pages = 0; pages <= 9; pages++) {
      const stream = await streamOf('sessions_daily', { periodsPerRequest: 10 })
      const collected = new Collected()
      await collected.read(stream, { nowUtcMs: NOW }, pages)
      const resumed = await collected.read(stream, { nowUtcMs: NOW })
      expect(landed(collected, 'sessions_daily', 'sessions', 'date')).toEqual(sessionsByDay())
      expect(resumed.at(-1)?.completeUntilUtcMs).toBe(NOW)
    }
  })

  it('is one from the beginning where the property is another', async () => {
    const collected = new Collected()
    await collected.read(await streamOf('sessions_daily'), { nowUtcMs: NOW })
    await expect(collected.read(await streamOf('sessions_daily', { property: '1' }), { nowUtcMs: NOW })).rejects.toMatchObject({ name: 'FullReadNeeded' })
  })
})

describe('pages of a report', () => {
  const small = { rowsPerPage: 7 }

  it('are put together to all its rows', async () => {
    const collected = new Collected()
    await collected.read(await streamOf('landing_pages_daily', small), { nowUtcMs: NOW })
    const total = collected.rows('landing_pages_daily').reduce((sum, { sessions }) => sum + Number(sessions), 0)
    expect(total).toBe(world.sessions.length)
  })

  it('that come twice lose no row', async () => {
    world.repeatedPages = 1
    const collected = new Collected()
    await collected.read(await streamOf('landing_pages_daily', small), { nowUtcMs: NOW })
    expect(collected.rows('landing_pages_daily').reduce((sum, { sessions }) => sum + Number(sessions), 0)).toBe(world.sessions.length)
  })

  it('that come twice for ever are an error, not a loop', async () => {
    world.repeatedPages = Number.POSITIVE_INFINITY
    await expect(new Collected().read(await streamOf('landing_pages_daily', small), { nowUtcMs: NOW })).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
  })
})

describe('what Analytics says of an answer', () => {
  it('stands on its rows', async () => {
    world.metadata = { subjectToThresholding: true, dataLossFromOtherRow: true, samplingMetadatas: [{ samplesReadCount: '500000', samplingSpaceSize: '15328013' }] }
    const collected = new Collected()
    await collected.read(await streamOf('sessions_daily'), { nowUtcMs: NOW })
    expect(collected.rows('sessions_daily')[0]).toMatchObject({ is_thresholded: true, has_other_row: true, is_sampled: true, samples_read: '500000', sampling_space: '15328013' })
  })

  it('is no where it says nothing', async () => {
    const collected = new Collected()
    await collected.read(await streamOf('sessions_daily'), { nowUtcMs: NOW })
    expect(collected.rows('sessions_daily')[0]).toMatchObject({ is_thresholded: false, has_other_row: false, is_sampled: false, samples_read: null })
  })
})

describe('reports that the configuration writes', () => {
  const plans = { name: 'plans_daily', dimensions: ['customEvent:plan'], metrics: ['sessions', 'totalRevenue'] }

  it('take their types from the property', async () => {
    const stream = await streamOf('plans_daily', { reports: [plans] })
    expect(stream.tables[0]?.columns.slice(0, 4)).toMatchObject([{ name: 'date', kind: 'date' }, { name: 'custom_event_plan', kind: 'text' }, { name: 'sessions', kind: 'integer' }, { name: 'total_revenue', kind: 'decimal' }])
    expect(stream.tables[0]?.key).toEqual(['date', 'custom_event_plan'])
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW })
    expect(collected.rows('plans_daily')[0]).toMatchObject({ custom_event_plan: 'pro' })
  })

  it('are refused where they ask for what is not there', async () => {
    await expect(streamOf('plans_daily', { reports: [{ ...plans, metrics: ['sesions'] }] })).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('sesions') as string })
  })
})

describe('failures', () => {
  const sessionsLand = async (): Promise<void> => {
    const collected = new Collected()
    await collected.read(await streamOf('sessions_daily'), { nowUtcMs: NOW })
    expect(landed(collected, 'sessions_daily', 'sessions', 'date')).toEqual(sessionsByDay())
  }
  const isReport = ({ path }: { path: string }): boolean => path.endsWith(':runReport')

  it('of the quota of the hour are waited for', async () => {
    // https://developers.google.com/analytics/devguides/reporting/data/v1/quotas
    vendor.fail({ when: isReport, times: 1, what: refusal(429, 'RESOURCE_EXHAUSTED', 'Exhausted property tokens for a property per hour. These quota tokens will return in under an hour.') })
    clock = NOW + 1_200_000
    await sessionsLand()
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(HOUR_MS - 1_200_000)
    expect(Math.max(...waits)).toBeLessThan(HOUR_MS)
  })

  it('of too many at once pass after seconds', async () => {
    vendor.fail({ when: isReport, times: 5, what: refusal(429, 'RESOURCE_EXHAUSTED', 'Exhausted concurrent requests quota. Please send fewer requests concurrently.') })
    await sessionsLand()
    expect(Math.max(...waits)).toBeLessThan(60_000)
  })

  it('of the quota of the day end the sync', async () => {
    vendor.fail({ when: isReport, times: 1, what: refusal(429, 'RESOURCE_EXHAUSTED', 'Exhausted property tokens per day. These quota tokens will return in under 24 hours.') })
    await expect(new Collected().read(await streamOf('sessions_daily'), { nowUtcMs: NOW })).rejects.toMatchObject({ code: 'SOURCE_BUSY' })
    expect(reports()).toHaveLength(1)
  })

  it('of the server, of the connection and of a body cut off are tried again', async () => {
    vendor.fail({ when: isReport, times: 2, what: refusal(503, 'UNAVAILABLE', 'The service is currently unavailable.') })
    vendor.fail({ when: isReport, times: 1, what: 'truncated' })
    vendor.fail({ when: isReport, times: 1, what: 'hang up' })
    await sessionsLand()
  })

  it('of a token that ended are met with a new one', async () => {
    world.requestsPerToken = 2
    await sessionsLand()
    expect(vendor.heard.filter(({ path }) => path === '/token').length).toBeGreaterThan(1)
  })

  it('of what stays broken end the sync, and leave the cursor where it was', async () => {
    const stream = await streamOf('sessions_daily')
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW }, 1)
    const { cursor } = collected
    vendor.fail({ when: isReport, times: 99, what: refusal(500, 'INTERNAL', 'Internal error encountered.') })
    await expect(collected.read(stream, { nowUtcMs: NOW })).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    expect(collected.cursor).toEqual(cursor)
  })

  it('never come from a signal that was aborted before', async () => {
    const gone = AbortSignal.abort()
    await expect(new Collected().read(await streamOf('sessions_daily'), { nowUtcMs: NOW, signal: gone })).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('a test of the connection', () => {
  it('says where the data begins', async () => {
    expect(await open().test()).toEqual({ ok: true, message: 'Property 213025502 answers; its data begins on 2025-12-20, its days are those of America/New_York.' })
  })

  it('tells a wrong key, a missing right, a wrong file and a missing host apart, and no secret', async () => {
    const verdicts = [await open({ property: '1' }).test(), await open({ keyFile: undefined, accessToken: 'ya29.secret' }).test(), await open({ keyFile: join(folder, 'none.json') }).test(), await open({ baseUrl: 'http://127.0.0.1:9' }).test()]
    writeFileSync(join(folder, 'key.json'), vendor.keyFile.replace('kpiql@', 'other@').replace(/"private_key":"[^"]*"/, `"private_key":"${'x'.repeat(20)}"`))
    verdicts.push(await open().test())
    const parts = [/may not read property 1 \(403\)/, /refused the credentials \(401\)/, /no key of a service account/, /cannot be reached/, /cannot sign/]
    for (const [index, { ok, message }] of verdicts.entries()) {
      expect(ok).toBe(false)
      expect(message).toMatch(parts[index] ?? /never/)
      expect(message).not.toMatch(/ya29|PRIVATE|xxxx|127\.0\.0\.1/)
    }
  })

  it('asks nothing before', () => {
    open()
    expect(vendor.heard).toHaveLength(0)
  })
})

describe('options', () => {
  it.each([[{ property: 'UA-1-1', accessToken: 'a' }], [{ property: '1' }], [{ property: '1', accessToken: 'a', keyFile: 'k' }], [{ property: '1', accessToken: 'a', reports: [{ name: 'sessions_daily', metrics: ['sessions'] }] }]])('are refused where wrong: %j', (options) => {
    expect(connector.options.safeParse(options).success).toBe(false)
  })

  it('keep the token secret', () => {
    expect(connector.secrets).toEqual(['accessToken'])
  })
})
