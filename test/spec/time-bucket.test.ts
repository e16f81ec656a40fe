import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketsOf } from '../../src/base/bucket.ts'
import { addLocal, civilFromDays, daysFromCivil, truncateInstant, truncateLocal } from '../../src/base/civil-time.ts'
import type { Bucket } from '../../src/base/bucket.ts'
import { GRAINS, ISO_CALENDAR } from '../../src/base/grain.ts'
import type { Calendar, Grain } from '../../src/base/grain.ts'
import { periodFromLocal } from '../../src/base/period.ts'
import type { Period } from '../../src/base/period.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const ms = (iso: string): number => Date.parse(iso.includes('T') ? `${iso}Z` : `${iso}T00:00Z`)
const date = (localMs: number): string => new Date(localMs).toISOString().slice(0, 10)
const minute = (utcMs: number): string => new Date(utcMs).toISOString().slice(0, 16)
const between = (zone: string, start: string, end: string): Period => periodFromLocal(zone, ms(start), ms(end))
const hoursOf = (bucket: Bucket): number => (bucket.endUtcMs - bucket.startUtcMs) / HOUR
const fiscal = (fiscalYearStart: number): Calendar => ({ weekStart: 1, fiscalYearStart })
const weekOf = (weekStart: number): string => date(truncateLocal(ms('2026-03-04'), 'week', { weekStart, fiscalYearStart: 1 }))
const fiscalStarts = (day: string, month: number): string[] => (['year', 'quarter'] as const).map((grain) => date(truncateLocal(ms(day), grain, fiscal(month))))
const refused = (data: unknown): unknown => expect.objectContaining({ code: 'TOO_MANY_POINTS', data })

describe('truncating a local time', () => {
  it.each([
    ['minute', '2026-02-15T13:45'],
    ['hour', '2026-02-15T13:00'],
    ['day', '2026-02-15T00:00'],
    ['week', '2026-02-09T00:00'],
    ['month', '2026-02-01T00:00'],
    ['quarter', '2026-01-01T00:00'],
    ['year', '2026-01-01T00:00'],
  ] as const)('to its %s goes back to where that began', (grain, start) => {
    expect(minute(truncateLocal(ms('2026-02-15T13:45:59.999'), grain, ISO_CALENDAR))).toBe(start)
  })

  it('keeps a start where it is', () => {
    expect(truncateLocal(ms('2026-01-01'), 'year', ISO_CALENDAR)).toBe(ms('2026-01-01'))
    expect(truncateLocal(ms('2026-02-09'), 'week', ISO_CALENDAR)).toBe(ms('2026-02-09'))
  })

  it('gives ISO week 53 to the days around a new year', () => {
    expect(['2026-12-28', '2026-12-31', '2027-01-01', '2027-01-03'].map((day) => date(truncateLocal(ms(day), 'week', ISO_CALENDAR)))).toEqual(
      Array.from({ length: 4 }, () => '2026-12-28'),
    )
    expect(date(truncateLocal(ms('2027-01-04'), 'week', ISO_CALENDAR))).toBe('2027-01-04')
  })

  it('starts weeks on the day the calendar says', () => {
    expect([7, 1, 3, 4, 6].map(weekOf)).toEqual(['2026-03-01', '2026-03-02', '2026-03-04', '2026-02-26', '2026-02-28'])
  })

  it('starts fiscal years and their quarters in April, October or February', () => {
    expect(fiscalStarts('2026-02-15', 4)).toEqual(['2025-04-01', '2026-01-01'])
    expect(fiscalStarts('2026-04-01', 4)).toEqual(['2026-04-01', '2026-04-01'])
    expect(fiscalStarts('2026-09-30', 10)).toEqual(['2025-10-01', '2026-07-01'])
    expect(fiscalStarts('2026-11-11', 10)).toEqual(['2026-10-01', '2026-10-01'])
    expect(fiscalStarts('2026-01-31', 2)).toEqual(['2025-02-01', '2025-11-01'])
  })

  it('works before 1970 and around leap days', () => {
    expect(date(truncateLocal(ms('1969-12-31T23:59'), 'day', ISO_CALENDAR))).toBe('1969-12-31')
    expect(date(truncateLocal(ms('1969-12-31T23:59'), 'week', ISO_CALENDAR))).toBe('1969-12-29')
    expect(date(truncateLocal(ms('2000-02-29T12:00'), 'month', ISO_CALENDAR))).toBe('2000-02-01')
    expect(date(truncateLocal(ms('1900-03-01'), 'quarter', ISO_CALENDAR))).toBe('1900-01-01')
  })
})

describe('counting days', () => {
  it('agrees with Date.UTC on every date of the years 1 to 9999', () => {
    const days = fc.integer({ min: -719_162, max: 2_932_896 })
    fc.assert(
      fc.property(days, (day) => {
        const shown = new Date(day * DAY)
        expect(civilFromDays(day)).toEqual({ year: shown.getUTCFullYear(), month: shown.getUTCMonth() + 1, day: shown.getUTCDate() })
        expect(daysFromCivil(civilFromDays(day))).toBe(day)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('adding to a local time', () => {
  it('clamps the 31st to the end of shorter months', () => {
    expect(date(addLocal(ms('2026-01-31'), 1, 'month'))).toBe('2026-02-28')
    expect(date(addLocal(ms('2024-01-31'), 1, 'month'))).toBe('2024-02-29')
    expect(date(addLocal(ms('2026-03-31'), -1, 'month'))).toBe('2026-02-28')
    expect(date(addLocal(ms('2026-08-31'), 1, 'quarter'))).toBe('2026-11-30')
    expect(date(addLocal(ms('2024-02-29'), -1, 'year'))).toBe('2023-02-28')
    expect(date(addLocal(ms('2024-02-29'), 4, 'year'))).toBe('2028-02-29')
  })

  it('keeps the time of day, and crosses years both ways', () => {
    expect(minute(addLocal(ms('2026-11-30T17:20'), 3, 'month'))).toBe('2027-02-28T17:20')
    expect(minute(addLocal(ms('2026-01-15T17:20'), -13, 'month'))).toBe('2024-12-15T17:20')
    expect(minute(addLocal(ms('2026-02-27T23:00'), 2, 'day'))).toBe('2026-03-01T23:00')
    expect(minute(addLocal(ms('2026-02-27T23:00'), 2, 'hour'))).toBe('2026-02-28T01:00')
  })
})

describe('buckets', () => {
  it('make one day of 23 hours in Berlin, and 23 hours of it', () => {
    const period = between('Europe/Berlin', '2026-03-29', '2026-03-30')
    expect(bucketsOf(period, 'day', ISO_CALENDAR, 10)).toEqual([
      {
        startUtcMs: ms('2026-03-28T23:00'),
        endUtcMs: ms('2026-03-29T22:00'),
        startLocalMs: ms('2026-03-29'),
        endLocalMs: ms('2026-03-30'),
        cut: false,
        key: ms('2026-03-29') / 1000,
      },
    ])
    const hours = bucketsOf(period, 'hour', ISO_CALENDAR, 100)
    expect(hours.map(hoursOf)).toEqual(Array.from({ length: 23 }, () => 1))
    expect(hours.slice(1, 3).map(({ startLocalMs }) => minute(startLocalMs))).toEqual(['2026-03-29T01:00', '2026-03-29T03:00'])
  })

  it('make one day of 25 hours in New York, and two buckets of the hour that comes twice', () => {
    const period = between('America/New_York', '2026-11-01', '2026-11-02')
    expect(bucketsOf(period, 'day', ISO_CALENDAR, 10).map(hoursOf)).toEqual([25])
    const hours = bucketsOf(period, 'hour', ISO_CALENDAR, 100)
    expect(hours).toHaveLength(25)
    expect(hours.slice(1, 3).map(({ startLocalMs, key }) => [minute(startLocalMs), key])).toEqual([
      ['2026-11-01T01:00', ms('2026-11-01T05:00') / 1000],
      ['2026-11-01T01:00', ms('2026-11-01T06:00') / 1000],
    ])
  })

  it('start anew where Lord Howe changes by half an hour', () => {
    const autumn = bucketsOf(between('Australia/Lord_Howe', '2026-04-05', '2026-04-06'), 'hour', ISO_CALENDAR, 100)
    expect(autumn.map(hoursOf)).toEqual([1, 1, 0.5, ...Array.from({ length: 22 }, () => 1)])
    expect(minute(autumn[2]?.startUtcMs ?? 0)).toBe('2026-04-04T15:00')
    expect(minute(autumn[2]?.startLocalMs ?? 0)).toBe('2026-04-05T01:30')
    const spring = bucketsOf(between('Australia/Lord_Howe', '2026-10-04', '2026-10-05'), 'hour', ISO_CALENDAR, 100)
    expect(spring.map(hoursOf)).toEqual([1, 1, 0.5, ...Array.from({ length: 21 }, () => 1)])
    expect(minute(spring[2]?.startLocalMs ?? 0)).toBe('2026-10-04T02:30')
    expect([...autumn, ...spring].some(({ cut }) => cut)).toBe(false)
  })

  it('know no 30 December 2011 in Apia', () => {
    const days = bucketsOf(between('Pacific/Apia', '2011-12-29', '2012-01-01'), 'day', ISO_CALENDAR, 2)
    expect(days.map(({ key }) => date(key * 1000))).toEqual(['2011-12-29', '2011-12-31'])
    expect(days.map(({ startUtcMs }) => minute(startUtcMs))).toEqual(['2011-12-29T10:00', '2011-12-30T10:00'])
    expect(days.map(hoursOf)).toEqual([24, 24])
  })

  it('start days at :30 in Kolkata and hours at :15 in Kathmandu', () => {
    const kolkata = bucketsOf(between('Asia/Kolkata', '2026-01-15', '2026-01-16'), 'day', ISO_CALENDAR, 10)
    expect(kolkata.map(({ startUtcMs }) => minute(startUtcMs))).toEqual(['2026-01-14T18:30'])
    const kathmandu = bucketsOf(between('Asia/Kathmandu', '2026-01-15', '2026-01-15T02:00'), 'hour', ISO_CALENDAR, 10)
    expect(kathmandu.map(({ key }) => minute(key * 1000))).toEqual(['2026-01-14T18:15', '2026-01-14T19:15'])
  })

  it('start a day at 01:00 where its midnight was skipped, under the key of that midnight', () => {
    const [day] = bucketsOf(between('America/Sao_Paulo', '2018-11-04', '2018-11-05'), 'day', ISO_CALENDAR, 10)
    expect(day).toMatchObject({ startUtcMs: ms('2018-11-04T03:00'), endUtcMs: ms('2018-11-05T02:00'), key: ms('2018-11-04') / 1000, cut: false })
  })

  it('are cut where the period cuts them, with their true bounds and the whole bucket\'s key', () => {
    const months = bucketsOf(between('UTC', '2026-01-10', '2026-03-05T12:00'), 'month', ISO_CALENDAR, 10)
    expect(months.map(({ startUtcMs, endUtcMs, cut, key }) => [minute(startUtcMs), minute(endUtcMs), cut, date(key * 1000)])).toEqual([
      ['2026-01-10T00:00', '2026-02-01T00:00', true, '2026-01-01'],
      ['2026-02-01T00:00', '2026-03-01T00:00', false, '2026-02-01'],
      ['2026-03-01T00:00', '2026-03-05T12:00', true, '2026-03-01'],
    ])
    const hours = bucketsOf(between('UTC', '2026-01-10T09:40', '2026-01-10T10:20'), 'hour', ISO_CALENDAR, 10)
    expect(hours.map(({ cut, key }) => [cut, minute(key * 1000)])).toEqual([
      [true, '2026-01-10T09:00'],
      [true, '2026-01-10T10:00'],
    ])
  })

  it('count ISO week 53 as one week, and fiscal quarters from the fiscal year on', () => {
    const weeks = bucketsOf(between('UTC', '2026-12-21', '2027-01-11'), 'week', ISO_CALENDAR, 3)
    expect(weeks.map(({ key }) => date(key * 1000))).toEqual(['2026-12-21', '2026-12-28', '2027-01-04'])
    const quarters = bucketsOf(between('UTC', '2026-02-01', '2027-02-01'), 'quarter', fiscal(2), 4)
    expect(quarters.map(({ key, cut }) => [date(key * 1000), cut])).toEqual([
      ['2026-02-01', false],
      ['2026-05-01', false],
      ['2026-08-01', false],
      ['2026-11-01', false],
    ])
  })

  it('are refused beyond the limit, with their number and the finest grain that fits', () => {
    const period = between('Europe/Berlin', '2026-01-01', '2027-02-05')
    expect(() => bucketsOf(period, 'hour', ISO_CALENDAR, 1000)).toThrow(refused({ points: 9600, finestGrain: 'day' }))
    expect(() => bucketsOf(period, 'day', ISO_CALENDAR, 399)).toThrow(refused({ points: 400, finestGrain: 'week' }))
    expect(() => bucketsOf(period, 'month', ISO_CALENDAR, 1)).toThrow(refused({ points: 14, finestGrain: null }))
    expect(() => bucketsOf(period, 'month', ISO_CALENDAR, 2)).toThrow(refused({ points: 14, finestGrain: 'year' }))
    expect(bucketsOf(period, 'day', ISO_CALENDAR, 400)).toHaveLength(400)
  })

  it('are refused before they are counted out, over ten thousand years of minutes', () => {
    const period = between('Europe/Berlin', '0001-01-01', '9999-12-31')
    expect(() => bucketsOf(period, 'minute', ISO_CALENDAR, 10_000)).toThrow(expect.objectContaining({ code: 'TOO_MANY_POINTS' }))
  })
})

describe('the start of the present hour', () => {
  it('is the change of offset where that came later', () => {
    expect(minute(truncateInstant(ms('2026-04-04T15:20'), 'Australia/Lord_Howe', 'hour'))).toBe('2026-04-04T15:00')
    expect(minute(truncateInstant(ms('2026-04-04T15:40'), 'Australia/Lord_Howe', 'hour'))).toBe('2026-04-04T15:30')
    expect(minute(truncateInstant(ms('2026-01-14T18:20'), 'Asia/Kathmandu', 'hour'))).toBe('2026-01-14T18:15')
  })
})

/** A slow second opinion: steps through the period, asks Intl for every wall clock, and starts a bucket where the label changes. */
interface WalkedBucket {
  readonly startUtcMs: number
  readonly endUtcMs: number
  readonly cut: boolean
  readonly key: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

function wallClock(zone: string, utcMs: number): Date {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' })
  formats.set(zone, format)
  const [month = 0, day = 0, year = 0, hour = 0, minutes = 0] = (format.format(utcMs).match(/\d+/g) ?? []).map(Number)
  return new Date(Date.UTC(year, month - 1, day, hour, minutes))
}

function labelOf(zone: string, utcMs: number, grain: Grain, calendar: Calendar): number | string {
  const clock = wallClock(zone, utcMs)
  const offset = clock.getTime() - utcMs
  if (grain === 'minute') return `${clock.toISOString().slice(0, 16)} ${offset}`
  if (grain === 'hour') return `${clock.toISOString().slice(0, 13)} ${offset}`
  clock.setUTCHours(0, 0)
  if (grain === 'week') while ((clock.getUTCDay() || 7) !== calendar.weekStart) clock.setUTCDate(clock.getUTCDate() - 1)
  if (grain === 'month' || grain === 'quarter' || grain === 'year') {
    clock.setUTCDate(1)
    const months = { month: 1, quarter: 3, year: 12 }[grain]
    while ((clock.getUTCMonth() + 1 - calendar.fiscalYearStart + 12) % months !== 0) clock.setUTCMonth(clock.getUTCMonth() - 1)
  }
  return clock.getTime() / 1000
}

function walk(period: Period, grain: Grain, calendar: Calendar, stepMs: number): readonly WalkedBucket[] {
  const label = (utcMs: number): number | string => labelOf(period.zone, utcMs, grain, calendar)
  const wholeStart = (utcMs: number): number => {
    let start = utcMs
    while (label(start - stepMs) === label(utcMs)) start -= stepMs
    return start
  }
  const walked: WalkedBucket[] = []
  let startUtcMs = period.startUtcMs
  let named = label(startUtcMs)
  for (let utcMs = startUtcMs + stepMs; utcMs <= period.endUtcMs; utcMs += stepMs) {
    const nextNamed = label(utcMs)
    if (utcMs < period.endUtcMs && nextNamed === named) continue
    walked.push({
      startUtcMs,
      endUtcMs: utcMs,
      cut: label(startUtcMs - stepMs) === named || nextNamed === named,
      key: typeof named === 'number' ? named : wholeStart(startUtcMs) / 1000,
    })
    startUtcMs = utcMs
    named = nextNamed
  }
  return walked
}

const asked = fc.record({
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kathmandu', 'America/Sao_Paulo', 'America/Havana', 'Pacific/Chatham'),
  grain: fc.constantFrom(...GRAINS),
  calendar: fc.record({ weekStart: fc.integer({ min: 1, max: 7 }), fiscalYearStart: fc.integer({ min: 1, max: 12 }) }),
  // Near the day that Apia skipped, or near a change of clocks of either hemisphere, or anywhere.
  near: fc.constantFrom('2011-12-30T10:00', '2011-10-02', '2018-02-18', '2018-11-04', '2026-03-29', '2026-04-04T15:00', '2026-10-25', '2026-11-01', '2027-07-01'),
  before: fc.integer({ min: 0, max: 200 }),
  length: fc.integer({ min: 1, max: 400 }),
})

const pad: Readonly<Record<Grain, number>> = { minute: MINUTE, hour: 15 * MINUTE, day: HOUR, week: 6 * HOUR, month: DAY, quarter: DAY, year: DAY }

function periodNear({ zone, grain, near, before, length }: { zone: string; grain: Grain; near: string; before: number; length: number }): Period {
  const start = ms(near) - before * pad[grain]
  const end = start + length * pad[grain]
  const localMs = (utcMs: number): number => wallClock(zone, utcMs).getTime()
  return { zone, startUtcMs: start, endUtcMs: end, startLocalMs: localMs(start), endLocalMs: localMs(end) }
}

describe('buckets of any period', () => {
  it('are those of a walk through it, step by step', () => {
    fc.assert(
      fc.property(asked, (ask) => {
        const period = periodNear(ask)
        const expected = walk(period, ask.grain, ask.calendar, ask.grain === 'minute' ? MINUTE : 15 * MINUTE)
        const buckets = bucketsOf(period, ask.grain, ask.calendar, 10_000)
        expect(buckets.map(({ startUtcMs, endUtcMs, cut, key }) => ({ startUtcMs, endUtcMs, cut, key }))).toEqual(expected)
      }),
      { numRuns: 80 },
    )
  })

  it('follow each other without gap or overlap, cover it exactly, and share no key', () => {
    fc.assert(
      fc.property(asked, fc.integer({ min: 0, max: 3_599_999 }), (ask, jitterMs) => {
        const whole = periodNear(ask)
        const period = { ...whole, endUtcMs: whole.endUtcMs + jitterMs, endLocalMs: wallClock(ask.zone, whole.endUtcMs + jitterMs).getTime() + (jitterMs % MINUTE) }
        const buckets = bucketsOf(period, ask.grain, ask.calendar, 10_000)
        expect(buckets[0]?.startUtcMs).toBe(period.startUtcMs)
        expect(buckets.at(-1)?.endUtcMs).toBe(period.endUtcMs)
        expect(buckets.slice(1).map(({ startUtcMs }) => startUtcMs)).toEqual(buckets.slice(0, -1).map(({ endUtcMs }) => endUtcMs))
        expect(buckets.every(({ startUtcMs, endUtcMs }) => startUtcMs < endUtcMs)).toBe(true)
        expect(new Set(buckets.map(({ key }) => key)).size).toBe(buckets.length)
      }),
      { numRuns: 300 },
    )
  })
})
