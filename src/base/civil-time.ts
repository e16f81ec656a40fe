import { KpiqlError } from './errors.ts'
import type { Calendar, Grain } from './grain.ts'
import { zoneSegments } from './time-zone.ts'
import type { ZoneSegment } from './time-zone.ts'

/** A day of the proleptic Gregorian calendar; `month` and `day` count from 1, `year` may be 0 or negative. */
export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

const DAY_MS = 86_400_000

/** Days from 1970-01-01 to a date, negative before. Pure integer arithmetic; a day past the month's end runs into the next month. */
export function daysFromCivil({ year, month, day }: CivilDate): number {
  // Years counted from March end with their leap day (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/** The date that lies `days` whole days after 1970-01-01. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  }
}

function monthStartMs(monthIndex: number): number {
  const year = Math.floor(monthIndex / 12)
  return daysFromCivil({ year, month: monthIndex - year * 12 + 1, day: 1 }) * DAY_MS
}

/** Months since year 0 of a local time. */
export function monthIndexOf(localMs: number): number {
  const { year, month } = civilFromDays(Math.floor(localMs / DAY_MS))
  return year * 12 + month - 1
}

function remainder(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor
}

/**
 * Start of the calendar bucket in which a local time lies. Weeks begin on `calendar.weekStart`; quarters and years follow
 * `calendar.fiscalYearStart`. Knows no zone: for hours and minutes use `truncateInstant`.
 */
export function truncateLocal(localMs: number, grain: Grain, calendar: Calendar): number {
  const day = Math.floor(localMs / DAY_MS)
  switch (grain) {
    case 'minute':
      return Math.floor(localMs / 60_000) * 60_000
    case 'hour':
      return Math.floor(localMs / 3_600_000) * 3_600_000
    case 'day':
      return day * DAY_MS
    case 'week':
      // Day 0 was a Thursday, the ISO day 4.
      return (day - remainder(day + 4 - calendar.weekStart, 7)) * DAY_MS
    case 'month':
      return monthStartMs(monthIndexOf(localMs))
    case 'quarter':
      return monthStartMs(fiscalStartIndex(monthIndexOf(localMs), 3, calendar))
    case 'year':
      return monthStartMs(fiscalStartIndex(monthIndexOf(localMs), 12, calendar))
  }
}

function fiscalStartIndex(monthIndex: number, months: number, calendar: Calendar): number {
  return monthIndex - remainder(monthIndex - (calendar.fiscalYearStart - 1), months)
}

/** A local time `count` units later (earlier if negative). The day of the month is clamped: 31 January plus a month is 28 or 29 February. */
export function addLocal(localMs: number, count: number, grain: Grain): number {
  switch (grain) {
    case 'minute':
      return localMs + count * 60_000
    case 'hour':
      return localMs + count * 3_600_000
    case 'day':
      return localMs + count * DAY_MS
    case 'week':
      return localMs + count * 7 * DAY_MS
    case 'month':
      return addMonths(localMs, count)
    case 'quarter':
      return addMonths(localMs, count * 3)
    case 'year':
      return addMonths(localMs, count * 12)
  }
}

function addMonths(localMs: number, count: number): number {
  const dayNumber = Math.floor(localMs / DAY_MS)
  const { year, month, day } = civilFromDays(dayNumber)
  const target = year * 12 + month - 1 + count
  const lastDayMs = monthStartMs(target + 1) - DAY_MS
  return Math.min(monthStartMs(target) + (day - 1) * DAY_MS, lastDayMs) + (localMs - dayNumber * DAY_MS)
}

/**
 * Start, in UTC, of the hour or minute bucket in which an instant lies: the local hour's start, or the last change of the
 * zone's offset where that is later.
 */
export function truncateInstant(utcMs: number, zone: string, grain: 'hour' | 'minute'): number {
  const stepMs = grain === 'hour' ? 3_600_000 : 60_000
  const segment = zoneSegments(zone, utcMs - stepMs, utcMs + 1).at(-1)
  if (!segment) throw new KpiqlError('INTERNAL', { message: `No offset of ${zone} at ${utcMs}.` })
  return clockBucketStart(utcMs, segment, stepMs)
}

/** Start of the clock bucket of an instant; never before the offset it lies in began. */
export function clockBucketStart(utcMs: number, segment: ZoneSegment, stepMs: number): number {
  const startUtcMs = Math.floor((utcMs + segment.offsetMs) / stepMs) * stepMs - segment.offsetMs
  return Math.max(startUtcMs, segment.startUtcMs)
}
