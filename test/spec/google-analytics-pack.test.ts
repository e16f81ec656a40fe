import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_REPORTS, tableOf } from '../../connectors/google-analytics/reports.ts'
import type { SyncRecord } from '../../connectors/sync-contract.ts'
import { openPack } from './synced-pack-world.ts'
import type { PackWorld } from './synced-pack-world.ts'

// Ten users come in turns. u1 comes every day; the others once each. Sums of days would be far too many.
const day = (date: string, sessions: number, engaged: number, keyEvents: string, revenue: string): SyncRecord => ({ date, sessions, engaged_sessions: engaged, key_events: keyEvents, user_engagement_duration: `${engaged * 30}`, total_revenue: revenue, screen_page_views: sessions * 2, event_count: sessions * 5, new_users: 1, currency_code: 'EUR', is_thresholded: date === '2026-02-02' })
const channel = (date: string, group: string, source: string, sessions: number, engaged: number, keyEvents: string, revenue: string): SyncRecord => ({ date, session_default_channel_group: group, session_source: source, session_medium: '(none)', sessions, engaged_sessions: engaged, key_events: keyEvents, user_engagement_duration: '0', total_revenue: revenue, currency_code: 'EUR' })

const RECORDS = {
  sessions_daily: [day('2026-01-31', 4, 1, '0', '0'), day('2026-02-01', 10, 6, '1', '19.90'), day('2026-02-02', 6, 6, '0.5', '0.10')],
  traffic_daily: [channel('2026-02-01', 'Direct', '(direct)', 7, 5, '1', '19.90'), channel('2026-02-01', 'Paid Search', 'google', 3, 1, '0', '0'), channel('2026-02-02', 'Direct', '(direct)', 6, 6, '0.5', '0.10')],
  landing_pages_daily: [{ date: '2026-02-01', landing_page: '/', sessions: 10, engaged_sessions: 6, key_events: '1', user_engagement_duration: '0', total_revenue: '19.90', currency_code: 'EUR' }],
  events_daily: [{ date: '2026-02-01', event_name: 'page_view', event_count: 49, key_events: '0', total_revenue: '0', currency_code: 'EUR' }, { date: '2026-02-01', event_name: 'purchase', event_count: 1, key_events: '1', total_revenue: '19.90', currency_code: 'EUR' }],
  conversions_daily: [{ date: '2026-02-01', event_name: 'purchase', session_default_channel_group: 'Direct', key_events: '1', total_revenue: '19.90', currency_code: 'EUR' }],
  users_daily: [
    { date: '2026-01-31', active_users: 4, total_users: 5, new_users: 2, active_7_day_users: 6, active_28_day_users: 8 },
    { date: '2026-02-01', active_users: 5, total_users: 6, new_users: 1, active_7_day_users: 7, active_28_day_users: 9 },
    { date: '2026-02-02', active_users: 2, total_users: 3, new_users: 1, active_7_day_users: 7, active_28_day_users: 10 },
  ],
  // 31 January and 1 February are the end of the week of 26 January.
  users_weekly: [{ week: '2026-01-26', active_users: 7, total_users: 8, new_users: 3 }, { week: '2026-02-02', active_users: 2, total_users: 3, new_users: 1 }],
  users_monthly: [{ month: '2026-01-01', active_users: 8, total_users: 9, new_users: 5 }, { month: '2026-02-01', active_users: 6, total_users: 7, new_users: 2 }],
}

const FEBRUARY = { start: '2026-02-01', end: '2026-03-01' } as const
let world: PackWorld

beforeAll(async () => {
  const tables = Object.entries(DEFAULT_REPORTS).map(([name, report]) => tableOf({ name, ...report }))
  world = await openPack('google-analytics', tables, RECORDS, '2026-03-15T12:00:00Z')
})
afterAll(() => world.close())

const expectSeries = async (metric: string, expected: readonly (number | null)[], ask: Parameters<PackWorld['series']>[1] = FEBRUARY): Promise<void> => {
  const found = await world.series(metric, ask)
  expect(found, metric).toEqual(expected.map((value) => (value === null ? null : expect.closeTo(value, 8) as number)))
}
const reasonOf = async (metric: string, ask: Parameters<PackWorld['series']>[1]): Promise<string | null | undefined> => (await world.ask(metric, ask)).groups[0]?.cells[0]?.reason

describe('visits to a site, by hand', () => {
  it('are the sessions of its days', async () => {
    await expectSeries('site_sessions', [4, 10, 6], { start: '2026-01-31', end: '2026-02-03', grain: 'day' })
    await expectSeries('site_sessions', [16])
    await expectSeries('page_views', [32])
    await expectSeries('views_per_session', [2])
    await expectSeries('engagement_time', [360])
    await expectSeries('engagement_time_per_session', [22.5])
  })

  it('bounce where they are not engaged', async () => {
    await expectSeries('engaged_sessions', [12])
    await expectSeries('engagement_rate', [75])
    await expectSeries('site_bounce_rate', [25])
    await expectSeries('site_bounce_rate', [75, 40, 0], { start: '2026-01-31', end: '2026-02-03', grain: 'day' })
  })

  it('convert, with parts of a key event where attribution splits one', async () => {
    await expectSeries('key_events', [1.5])
    await expectSeries('key_events_per_session', [1.5 / 16])
    expect((await world.ask('site_revenue', FEBRUARY)).groups[0]?.cells[0]).toMatchObject({ exact: '20', currency: 'EUR' })
  })

  it('are told by channel, page and event, each from the report that has it', async () => {
    expect(await world.groups('site_sessions', { ...FEBRUARY, by: 'site_channel' })).toEqual({ Direct: 13, 'Paid Search': 3 })
    expect(await world.groups('engagement_rate', { ...FEBRUARY, by: 'site_source' })).toEqual({ '(direct)': expect.closeTo(1100 / 13, 8) as number, google: expect.closeTo(100 / 3, 8) as number })
    expect(await world.groups('site_sessions', { ...FEBRUARY, by: 'landing_page' })).toEqual({ '/': 10 })
    expect(await world.groups('site_events', { ...FEBRUARY, by: 'site_event' })).toEqual({ page_view: 49, purchase: 1 })
    expect(await world.groups('key_events', { ...FEBRUARY, by: 'site_event' })).toEqual({ purchase: 1 })
  })

  it('tell which of them were withheld', async () => {
    expect(await world.groups('site_sessions', { ...FEBRUARY, by: 'site_data_withheld' })).toEqual({ false: 10, true: 6 })
  })
})

describe('users of a site, by hand', () => {
  it('of a month are those that were asked as a month, not the sum of its days', async () => {
    await expectSeries('site_users', [8, 6], { start: '2026-01-01', end: '2026-03-01', grain: 'month' })
    await expectSeries('site_users', [6])
    await expectSeries('sessions_per_site_user', [16 / 6])
    await expectSeries('sessions_per_site_user', [null], { start: '2026-01-01', end: '2026-04-01' })
  })

  it('of a week and of a day are those asked as a week and as a day', async () => {
    await expectSeries('site_users', [7, 2], { start: '2026-01-26', end: '2026-02-09', grain: 'week' })
    await expectSeries('site_users', [4, 5, 2], { start: '2026-01-31', end: '2026-02-03', grain: 'day' })
    await expectSeries('site_users', [5], { start: '2026-02-01', end: '2026-02-02' })
  })

  it.each([
    ['a quarter', { start: '2026-01-01', end: '2026-04-01' }],
    ['two days', { start: '2026-01-31', end: '2026-02-02' }],
    ['seven days that are no week', { start: '2026-01-28', end: '2026-02-04' }],
    ['quarters', { start: '2026-01-01', end: '2026-04-01', grain: 'quarter' }],
  ] as const)('of %s are nobody knows how many', async (_, ask) => {
    await expectSeries('site_users', [null], ask)
    expect(await reasonOf('site_users', ask)).toBe('NOT_ADDITIVE')
    expect((await world.ask('site_users', ask)).groups[0]?.cells[0]?.remedy).toContain('day or week or month')
  })

  it('of months that the period cuts are not told, those of whole ones are', async () => {
    await expectSeries('site_users', [null, 6], { start: '2026-01-15', end: '2026-03-01', grain: 'month' })
  })

  it('are not told by the hour', async () => {
    await expect(world.ask('site_users', { start: '2026-02-01', end: '2026-02-02', grain: 'hour' })).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE' })
  })

  it('have no running total', async () => {
    await expect(world.ask('site_users', { ...FEBRUARY, grain: 'day', cumulative: true })).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
  })

  it('are not told by channel, since channels share them', async () => {
    expect((await world.ask('site_users', { ...FEBRUARY, by: 'site_channel' })).unavailable?.reason).toBe('DIMENSION_NOT_AVAILABLE')
  })

  it('of trailing days are those of the last day', async () => {
    await expectSeries('site_dau', [2])
    await expectSeries('site_wau', [7])
    await expectSeries('site_mau', [10])
    await expectSeries('site_stickiness', [20])
  })

  it('that are new do add up', async () => {
    await expectSeries('new_site_users', [2])
  })
})

describe('the catalog of a site', () => {
  it('lists what any of the reports tells, and of a share what both its sides tell', () => {
    expect(world.dimensionsOf('site_sessions')).toEqual(expect.arrayContaining(['landing_page', 'site_channel', 'site_source']))
    expect(world.dimensionsOf('engagement_rate')).toEqual(expect.arrayContaining(['landing_page', 'site_channel']))
    expect(world.dimensionsOf('key_events_per_session')).not.toContain('site_event')
    expect(world.dimensionsOf('site_users')).not.toContain('site_channel')
  })
})

describe('a model whose weeks begin on Sunday', () => {
  it('is told no users by the week, since those recorded begin on Monday', async () => {
    const tables = Object.entries(DEFAULT_REPORTS).map(([name, report]) => tableOf({ name, ...report }))
    const sunday = await openPack('google-analytics', tables, RECORDS, '2026-03-15T12:00:00Z', 'calendar: { week_start: sunday }\n')
    try {
      expect(await sunday.series('site_users', { start: '2026-01-25', end: '2026-02-08', grain: 'week' })).toEqual([null, null])
      expect(await sunday.series('site_users', { start: '2026-01-01', end: '2026-03-01', grain: 'month' })).toEqual([8, 6])
    } finally {
      await sunday.close()
    }
  })
})
