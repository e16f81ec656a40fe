import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ISO_CALENDAR } from '../../src/base/grain.ts'
import type { Calendar } from '../../src/base/grain.ts'
import {
  PERIOD_PRESETS,
  elapsedPart,
  enclosingPeriod,
  formatInstant,
  formatLocalDate,
  periodFromLocal,
  previousPeriod,
  resolvePeriod,
  samePeriodLastYear,
  shiftPeriod,
} from '../../src/base/period.ts'
import type { Period, PeriodAsk, PeriodPreset } from '../../src/base/period.ts'

const ms = (iso: string): number => Date.parse(iso.includes('T') ? `${iso}Z` : `${iso}T00:00Z`)
const BERLIN = 'Europe/Berlin'
const FISCAL_APRIL: Calendar = { weekStart: 1, fiscalYearStart: 4 }
const SUNDAY_WEEKS: Calendar = { weekStart: 7, fiscalYearStart: 1 }

/** A Wednesday, 11:30 in Berlin. */
const NOW = ms('2026-03-18T10:30')

function clock(localMs: number): string {
  return new Date(localMs).toISOString().slice(0, 16).replace('T00:00', '')
}

function local(period: Period): string {
  return `${clock(period.startLocalMs)} to ${clock(period.endLocalMs)}`
}

function utc(period: Period): string {
  return `${new Date(period.startUtcMs).toISOString().slice(0, 16)} to ${new Date(period.endUtcMs).toISOString().slice(0, 16)}`
}

const of = (start: string, end: string, zone = 'UTC'): Period => periodFromLocal(zone, ms(start), ms(end))

function resolve(ask: PeriodAsk, { zone = BERLIN, nowUtcMs = NOW, calendar = ISO_CALENDAR } = {}): Period {
  return resolvePeriod(ask, { zone, nowUtcMs, calendar })
}

const last = (count: number, unit: 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year', includeCurrent = false): PeriodAsk => ({ last: { count, unit, includeCurrent } })
const between = (start: string, end: string): PeriodAsk => ({ between: { start, end } })
const refused = (message: unknown = expect.any(String)): unknown => expect.objectContaining({ code: 'INVALID_PERIOD', message })
const previous = (period: Period, calendar = ISO_CALENDAR): string => local(previousPeriod(period, calendar))
const lastYear = (period: Period, calendar = ISO_CALENDAR): string => local(samePeriodLastYear(period, calendar))
const shifted = (period: Period, count: number, unit: 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year'): string => local(shiftPeriod(period, count, unit, ISO_CALENDAR))

describe('presets', () => {
  const spans = {
    today: '2026-03-18 to 2026-03-19',
    yesterday: '2026-03-17 to 2026-03-18',
    this_week: '2026-03-16 to 2026-03-23',
    last_week: '2026-03-09 to 2026-03-16',
    this_month: '2026-03-01 to 2026-04-01',
    last_month: '2026-02-01 to 2026-03-01',
    month_to_date: '2026-03-01 to 2026-03-18T11:30',
    this_quarter: '2026-01-01 to 2026-04-01',
    last_quarter: '2025-10-01 to 2026-01-01',
    quarter_to_date: '2026-01-01 to 2026-03-18T11:30',
    this_year: '2026-01-01 to 2027-01-01',
    last_year: '2025-01-01 to 2026-01-01',
    year_to_date: '2026-01-01 to 2026-03-18T11:30',
    last_7_days: '2026-03-11 to 2026-03-18',
    last_30_days: '2026-02-16 to 2026-03-18',
    last_90_days: '2025-12-18 to 2026-03-18',
    last_12_months: '2025-03-01 to 2026-03-01',
  } satisfies Record<PeriodPreset, string>

  it.each(PERIOD_PRESETS)('mean what their name says: %s', (preset) => {
    expect(local(resolve({ preset }))).toBe(spans[preset])
  })

  it('follow the fiscal year and the week of the calendar', () => {
    expect(local(resolve({ preset: 'this_year' }, { calendar: FISCAL_APRIL }))).toBe('2025-04-01 to 2026-04-01')
    expect(local(resolve({ preset: 'last_quarter' }, { calendar: { weekStart: 1, fiscalYearStart: 2 } }))).toBe('2025-11-01 to 2026-02-01')
    expect(local(resolve({ preset: 'this_week' }, { calendar: SUNDAY_WEEKS }))).toBe('2026-03-15 to 2026-03-22')
  })

  it('take the day of the zone, not of UTC', () => {
    const nowUtcMs = ms('2026-03-31T22:30')
    expect(local(resolve({ preset: 'this_month' }, { nowUtcMs }))).toBe('2026-04-01 to 2026-05-01')
    expect(local(resolve({ preset: 'this_month' }, { nowUtcMs, zone: 'UTC' }))).toBe('2026-03-01 to 2026-04-01')
    expect(utc(resolve({ preset: 'this_month' }, { nowUtcMs, zone: 'UTC' }))).toBe('2026-03-01T00:00 to 2026-04-01T00:00')
    expect(utc(resolve({ preset: 'this_month' }, { nowUtcMs }))).toBe('2026-03-31T22:00 to 2026-04-30T22:00')
  })

  it('are the whole of what has just ended, at the moment the next begins', () => {
    const nowUtcMs = ms('2026-03-01')
    expect(local(resolve({ preset: 'month_to_date' }, { zone: 'UTC', nowUtcMs }))).toBe('2026-02-01 to 2026-03-01')
    expect(local(resolve({ preset: 'year_to_date' }, { zone: 'UTC', nowUtcMs }))).toBe('2026-01-01 to 2026-03-01')
  })
})

describe('the last n units', () => {
  it('leave the present unit out, or end with it', () => {
    expect(local(resolve(last(30, 'day')))).toBe('2026-02-16 to 2026-03-18')
    expect(local(resolve(last(30, 'day', true)))).toBe('2026-02-17 to 2026-03-19')
    expect(local(resolve(last(2, 'week')))).toBe('2026-03-02 to 2026-03-16')
    expect(local(resolve(last(3, 'month', true)))).toBe('2026-01-01 to 2026-04-01')
    expect(local(resolve(last(2, 'quarter')))).toBe('2025-07-01 to 2026-01-01')
    expect(local(resolve(last(1, 'year'), { calendar: FISCAL_APRIL }))).toBe('2024-04-01 to 2025-04-01')
  })

  it('count hours and minutes as time that passed, over a change of clocks too', () => {
    expect(utc(resolve(last(24, 'hour')))).toBe('2026-03-17T10:00 to 2026-03-18T10:00')
    expect(utc(resolve(last(24, 'hour', true)))).toBe('2026-03-17T11:00 to 2026-03-18T11:00')
    expect(utc(resolve(last(15, 'minute')))).toBe('2026-03-18T10:15 to 2026-03-18T10:30')
    expect(local(resolve(last(24, 'hour'), { nowUtcMs: ms('2026-03-29T10:20') }))).toBe('2026-03-28T11:00 to 2026-03-29T12:00')
    expect(utc(resolve(last(2, 'hour'), { zone: 'Asia/Kolkata' }))).toBe('2026-03-18T08:30 to 2026-03-18T10:30')
  })

  it.each([0, -1, 1.5, 10_001, Number.NaN, Number.POSITIVE_INFINITY])('are refused for a count of %d', (count) => {
    expect(() => resolve(last(count, 'day'))).toThrow(refused(`period.last.count is ${count}.`))
  })

  it('are refused before the year 1', () => {
    expect(() => resolve(last(10_000, 'year'))).toThrow(refused('period.last leaves the years 0001 to 9999.'))
  })
})

describe('between two dates', () => {
  it('reaches from local midnight to local midnight', () => {
    expect(utc(resolve(between('2026-03-29', '2026-03-30')))).toBe('2026-03-28T23:00 to 2026-03-29T22:00')
    expect(utc(resolve(between('2026-03-29', '2026-03-30'), { zone: 'Asia/Kathmandu' }))).toBe('2026-03-28T18:15 to 2026-03-29T18:15')
    expect(utc(resolve(between('2024-02-29', '2024-03-01'), { zone: 'UTC' }))).toBe('2024-02-29T00:00 to 2024-03-01T00:00')
  })

  it('takes datetimes as wall clocks of the zone, unless they carry an offset', () => {
    expect(utc(resolve(between('2026-07-01T09:30', '2026-07-01T12:00:00')))).toBe('2026-07-01T07:30 to 2026-07-01T10:00')
    expect(utc(resolve(between('2026-07-01T09:30:00Z', '2026-07-01T12:00:00-05:00')))).toBe('2026-07-01T09:30 to 2026-07-01T17:00')
    expect(local(resolve(between('2026-07-01T04:30Z', '2026-07-01 12:00:00+0530')))).toBe('2026-07-01T06:30 to 2026-07-01T08:30')
    expect(resolve(between('2026-07-01T00:00:00.125Z', '2026-07-01T00:00:00.2500Z'))).toMatchObject({ startUtcMs: ms('2026-07-01') + 125, endUtcMs: ms('2026-07-01') + 250 })
  })

  it('tells the two hours apart that read the same, where an offset says which', () => {
    expect(utc(resolve(between('2026-10-25T02:00:00+02:00', '2026-10-25T02:00:00+01:00')))).toBe('2026-10-25T00:00 to 2026-10-25T01:00')
  })

  it.each([
    ['2026-02-30', 'period.between.start "2026-02-30" is not on the calendar.'],
    ['2025-02-29', 'period.between.start "2025-02-29" is not on the calendar.'],
    ['2026-13-01', 'period.between.start "2026-13-01" is not on the calendar.'],
    ['2026-00-10', 'period.between.start "2026-00-10" is not on the calendar.'],
    ['2026-01-00', 'period.between.start "2026-01-00" is not on the calendar.'],
    ['0000-01-01', 'period.between.start "0000-01-01" lies in the year 0.'],
    ['1767225600', 'period.between.start "1767225600" is a number, not an ISO date or datetime.'],
    ['1767225600000', 'period.between.start "1767225600000" is a number, not an ISO date or datetime.'],
    ['12026-01-01', 'period.between.start "12026-01-01" is not an ISO date or datetime.'],
    ['-0001-01-01', 'period.between.start "-0001-01-01" is not an ISO date or datetime.'],
    ['01.02.2026', 'period.between.start "01.02.2026" is not an ISO date or datetime.'],
    ['2026-1-1', 'period.between.start "2026-1-1" is not an ISO date or datetime.'],
    ['', 'period.between.start "" is not an ISO date or datetime.'],
    ['2026-01-01T24:00', 'period.between.start "2026-01-01T24:00" has an impossible time of day.'],
    ['2026-01-01T00:00+19:00', 'period.between.start "2026-01-01T00:00+19:00" has an impossible offset.'],
    ['2026-01-01T00:00:00.0001', 'period.between.start "2026-01-01T00:00:00.0001" is finer than a millisecond.'],
  ])('is refused for a start of %j', (start, message) => {
    expect(() => resolve(between(start, '2026-06-01'))).toThrow(refused(message))
  })

  it('names the end where the end is wrong', () => {
    expect(() => resolve(between('2026-01-01', '2026-06-31'))).toThrow(refused('period.between.end "2026-06-31" is not on the calendar.'))
  })

  it('is refused where it is empty or runs backwards', () => {
    expect(() => resolve(between('2026-03-01', '2026-03-01'), { zone: 'UTC' })).toThrow(
      refused('period.between is empty: it starts and ends at 2026-03-01T00:00:00Z.'),
    )
    expect(() => resolve(between('2026-03-02', '2026-03-01'))).toThrow(
      refused('period.between ends before it starts: from 2026-03-02T00:00:00+01:00 to 2026-03-01T00:00:00+01:00.'),
    )
    expect(() => resolve(between('2011-12-30', '2011-12-31'), { zone: 'Pacific/Apia' })).toThrow(refused())
  })
})

describe('the previous period', () => {
  it('of calendar months, quarters and years is as many calendar months before', () => {
    expect(previous(of('2026-03-01', '2026-04-01'))).toBe('2026-02-01 to 2026-03-01')
    expect(previous(of('2026-01-01', '2026-04-01'))).toBe('2025-10-01 to 2026-01-01')
    expect(previous(of('2025-01-01', '2026-01-01'))).toBe('2024-01-01 to 2025-01-01')
    expect(previous(of('2025-04-01', '2026-04-01'), FISCAL_APRIL)).toBe('2024-04-01 to 2025-04-01')
    expect(previous(of('2026-01-01', '2026-06-01'))).toBe('2025-08-01 to 2026-01-01')
  })

  it('of weeks and days is as many before, whatever their hours', () => {
    expect(previous(of('2026-03-16', '2026-03-23'))).toBe('2026-03-09 to 2026-03-16')
    expect(previous(of('2026-02-16', '2026-03-18'))).toBe('2026-01-17 to 2026-02-16')
    const day = of('2026-03-30', '2026-03-31', BERLIN)
    expect(utc(previousPeriod(day, ISO_CALENDAR))).toBe('2026-03-28T23:00 to 2026-03-29T22:00')
  })

  it('of anything else has the same length: on the wall clock, or elapsed below two days', () => {
    expect(previous(of('2026-03-10T08:00', '2026-03-13T12:00'))).toBe('2026-03-07T04:00 to 2026-03-10T08:00')
    expect(previous(of('2026-03-28T12:00', '2026-03-31T12:00', BERLIN))).toBe('2026-03-25T12:00 to 2026-03-28T12:00')
    expect(previous(of('2026-03-29T03:00', '2026-03-29T06:00', BERLIN))).toBe('2026-03-28T23:00 to 2026-03-29T03:00')
  })

  it('of the day after a skipped one is the day that was there', () => {
    const period = of('2011-12-31', '2012-01-01', 'Pacific/Apia')
    expect(utc(previousPeriod(period, ISO_CALENDAR))).toBe('2011-12-29T10:00 to 2011-12-30T10:00')
  })

  it('ends where the period starts, and is never empty', () => {
    const period = fc
      .tuple(fc.constantFrom('UTC', BERLIN, 'Pacific/Apia', 'America/Havana', 'Australia/Lord_Howe'), fc.integer({ min: ms('2010-01-01'), max: ms('2030-01-01') }), fc.integer({ min: 1, max: 90_000 }))
      .map(([zone, start, minutes]) => resolve(between(formatInstant(start, zone), formatInstant(start + minutes * 60_000, zone)), { zone }))
    fc.assert(
      fc.property(period, (asked) => {
        const before = previousPeriod(asked, ISO_CALENDAR)
        expect(before.endUtcMs).toBe(asked.startUtcMs)
        expect(before.startUtcMs).toBeLessThan(before.endUtcMs)
      }),
    )
  })
})

describe('the same period last year', () => {
  it('has the same local dates', () => {
    expect(lastYear(of('2026-03-01', '2026-04-01'))).toBe('2025-03-01 to 2025-04-01')
    expect(lastYear(of('2026-03-10', '2026-03-15'))).toBe('2025-03-10 to 2025-03-15')
    expect(utc(samePeriodLastYear(of('2026-03-29', '2026-03-30', BERLIN), ISO_CALENDAR))).toBe('2025-03-28T23:00 to 2025-03-29T23:00')
  })

  it('clamps 29 February to the 28th, and keeps the whole of February', () => {
    expect(lastYear(of('2024-02-29', '2024-03-01'))).toBe('2023-02-28 to 2023-03-01')
    expect(lastYear(of('2024-02-28', '2024-02-29'))).toBe('2023-02-28 to 2023-03-01')
    expect(lastYear(of('2024-02-01', '2024-03-01'))).toBe('2023-02-01 to 2023-03-01')
    expect(lastYear(of('2025-02-01', '2025-03-01'))).toBe('2024-02-01 to 2024-03-01')
  })

  it('keeps whole weeks whole, 52 weeks before', () => {
    expect(lastYear(of('2026-03-16', '2026-03-23'))).toBe('2025-03-17 to 2025-03-24')
    expect(lastYear(of('2026-03-15', '2026-03-22'), SUNDAY_WEEKS)).toBe('2025-03-16 to 2025-03-23')
    expect(lastYear(of('2026-03-15', '2026-03-22'))).toBe('2025-03-15 to 2025-03-22')
  })

  it('takes a February of four whole weeks as the month', () => {
    expect(lastYear(of('2027-02-01', '2027-03-01'))).toBe('2026-02-01 to 2026-03-01')
    expect(lastYear(of('2021-02-01', '2021-03-01'))).toBe('2020-02-01 to 2020-03-01')
  })
})

describe('shifting a period', () => {
  it('keeps the end of a month at the end of a month', () => {
    expect(shifted(of('2026-03-01', '2026-04-01'), -1, 'month')).toBe('2026-02-01 to 2026-03-01')
    expect(shifted(of('2026-03-31', '2026-04-01'), -1, 'month')).toBe('2026-02-28 to 2026-03-01')
    expect(shifted(of('2026-02-10', '2026-03-01'), 1, 'month')).toBe('2026-03-10 to 2026-04-01')
    expect(shifted(of('2026-01-01', '2026-04-01'), -1, 'quarter')).toBe('2025-10-01 to 2026-01-01')
  })

  it('clamps by the last day inside, and never leaves nothing', () => {
    expect(shifted(of('2026-03-30', '2026-03-31'), -1, 'month')).toBe('2026-02-28 to 2026-03-01')
    expect(shifted(of('2026-03-29T10:00', '2026-03-30T10:00'), -1, 'month')).toBe('2026-02-28T10:00 to 2026-03-01T10:00')
    expect(shifted(of('2026-01-10', '2026-01-20'), 1, 'month')).toBe('2026-02-10 to 2026-02-20')
  })

  it('moves days on the wall clock and hours in elapsed time', () => {
    const day = of('2026-03-28', '2026-03-29', BERLIN)
    expect(utc(shiftPeriod(day, 1, 'day', ISO_CALENDAR))).toBe('2026-03-28T23:00 to 2026-03-29T22:00')
    expect(shifted(day, 24, 'hour')).toBe('2026-03-29 to 2026-03-30T01:00')
    expect(shifted(day, -2, 'week')).toBe('2026-03-14 to 2026-03-15')
  })

  it('is refused beyond the years 1 to 9999, however far', () => {
    for (const count of [-3000, 9000, 1e9, -1e300]) {
      expect(() => shiftPeriod(of('2026-03-01', '2026-04-01'), count, 'year', ISO_CALENDAR)).toThrow(refused('period leaves the years 0001 to 9999.'))
    }
  })
})

describe('the elapsed part', () => {
  const march = of('2026-03-01', '2026-04-01', BERLIN)
  const february = of('2026-02-01', '2026-03-01', BERLIN)

  it('compares a running month with as much of the one before', () => {
    expect(local(elapsedPart(march, february, NOW))).toBe('2026-02-01 to 2026-02-18T11:30')
    expect(utc(elapsedPart(march, february, NOW))).toBe('2026-01-31T23:00 to 2026-02-18T10:30')
  })

  it('never goes beyond the end of the one before', () => {
    expect(elapsedPart(march, february, ms('2026-03-30T12:00'))).toEqual(february)
  })

  it('counts on the wall clock over a change of clocks', () => {
    const april = of('2026-04-01', '2026-05-01', BERLIN)
    expect(local(elapsedPart(april, march, ms('2026-04-30T10:00')))).toBe('2026-03-01 to 2026-03-30T12:00')
  })

  it('is the whole where now lies outside the period', () => {
    expect(elapsedPart(march, february, march.endUtcMs)).toEqual(february)
    expect(elapsedPart(march, february, march.startUtcMs - 1)).toEqual(february)
  })

  it('is empty in the moment the period begins', () => {
    expect(local(elapsedPart(march, february, march.startUtcMs))).toBe('2026-02-01 to 2026-02-01')
  })

  it('serves month to date through the month around it', () => {
    const context = { zone: BERLIN, nowUtcMs: NOW, calendar: ISO_CALENDAR }
    const whole = enclosingPeriod({ preset: 'month_to_date' }, context)
    expect(whole).toEqual(march)
    expect(local(elapsedPart(whole, previousPeriod(whole, ISO_CALENDAR), NOW))).toBe('2026-02-01 to 2026-02-18T11:30')
    expect(local(enclosingPeriod({ preset: 'last_week' }, context))).toBe('2026-03-09 to 2026-03-16')
    expect(local(enclosingPeriod(last(2, 'week'), context))).toBe('2026-03-02 to 2026-03-16')
  })
})

describe('printing instants', () => {
  it('shows the offset of the zone at that moment, and Z in UTC', () => {
    expect(formatInstant(ms('2026-02-28T23:00'), BERLIN)).toBe('2026-03-01T00:00:00+01:00')
    expect(formatInstant(ms('2026-06-30T22:00'), BERLIN)).toBe('2026-07-01T00:00:00+02:00')
    expect(formatInstant(ms('2026-03-01'), 'UTC')).toBe('2026-03-01T00:00:00Z')
    expect(formatInstant(ms('2026-03-01'), 'Europe/London')).toBe('2026-03-01T00:00:00+00:00')
    expect(formatInstant(ms('2026-03-01') + 7, 'Asia/Kathmandu')).toBe('2026-03-01T05:45:00.007+05:45')
    expect(formatInstant(ms('2026-01-01'), 'America/St_Johns')).toBe('2025-12-31T20:30:00-03:30')
  })

  it('is read back as the same instant, in any zone and century', () => {
    const instants = fc.integer({ min: ms('0002-01-01'), max: ms('9998-01-01') })
    fc.assert(
      fc.property(fc.constantFrom('UTC', BERLIN, 'America/St_Johns', 'Pacific/Apia', 'Asia/Kolkata'), instants, (zone, utcMs) => {
        expect(Date.parse(formatInstant(utcMs, zone))).toBe(utcMs)
      }),
    )
  })

  it('shows the date of a local time', () => {
    expect([ms('2026-03-01'), ms('2026-03-01T23:59'), ms('1969-12-31')].map(formatLocalDate)).toEqual(['2026-03-01', '2026-03-01', '1969-12-31'])
  })
})
