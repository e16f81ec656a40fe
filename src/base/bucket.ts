import { KpiqlError } from './errors.ts'
import { GRAINS } from './grain.ts'
import type { Calendar, Grain } from './grain.ts'
import type { Period } from './period.ts'
import { utcMsOf, zoneSegments } from './time-zone.ts'
import type { ZoneSegment } from './time-zone.ts'

/** One half-open time bucket of a series. Local times are wall clocks counted as if UTC. */
export interface Bucket {
  readonly startUtcMs: number
  readonly endUtcMs: number
  readonly startLocalMs: number
  readonly endLocalMs: number
  /** True where the period cuts the calendar bucket; start and end are then the true bounds. */
  readonly cut: boolean
  /**
   * What the engine's truncation yields for rows in here, in seconds: the local start of the whole calendar bucket for grains
   * from day up, the UTC start for hours and minutes (an hour that comes twice is two buckets).
   */
  readonly key: number
}

/** A day of the proleptic Gregorian calendar; `month` and `day` count from 1, `year` may be 0 or negative. */
export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

const DAY_MS = 86_400_000
const CLOCK_STEP_MS: Readonly<Record<Grain, number | null>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: null,
  week: null,
  month: null,
  quarter: null,
  year: null,
}
// Zones that crossed the date line skipped one day each time; none has done so more than twice.
const MAX_SKIPPED_DAYS = 2

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

function monthIndexOf(localMs: number): number {
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

function clockBucketStart(utcMs: number, segment: ZoneSegment, stepMs: number): number {
  const startUtcMs = Math.floor((utcMs + segment.offsetMs) / stepMs) * stepMs - segment.offsetMs
  return Math.max(startUtcMs, segment.startUtcMs)
}

/**
 * Cuts a period into calendar buckets: contiguous, in order, covering it exactly, with unique keys. A local day of 23 or 25 hours
 * is one bucket, and a day that the zone skipped is none. Hours and minutes follow UTC inside each span of one offset, so that an
 * hour that comes twice is two buckets and a change by half an hour starts a new one. An empty period has no buckets.
 *
 * @throws KpiqlError `TOO_MANY_POINTS` before building any, with `data` `{ points, finestGrain }`: how many there would be (counting
 * skipped days, and for hours and minutes to within one a change of offset), and the finest grain that fits, null if none does.
 */
export function bucketsOf(period: Period, grain: Grain, calendar: Calendar, maxBuckets: number): readonly Bucket[] {
  const points = countBuckets(period, grain, calendar, maxBuckets)
  if (points > maxBuckets) {
    const finestGrain = GRAINS.find((finer) => countBuckets(period, finer, calendar, maxBuckets) <= maxBuckets) ?? null
    throw new KpiqlError('TOO_MANY_POINTS', {
      message: `A series by ${grain} over this period has ${points} points; at most ${maxBuckets} are allowed.`,
      hint: finestGrain === null ? 'Ask a shorter period.' : `Ask by ${finestGrain}, or a shorter period.`,
      data: { points, finestGrain },
    })
  }
  const stepMs = CLOCK_STEP_MS[grain]
  return stepMs === null ? calendarBuckets(period, grain, calendar) : clockBuckets(period, stepMs)
}

function countBuckets(period: Period, grain: Grain, calendar: Calendar, maxBuckets: number): number {
  if (period.startUtcMs >= period.endUtcMs) return 0
  const stepMs = CLOCK_STEP_MS[grain]
  if (stepMs !== null) {
    const atLeast = Math.ceil((period.endUtcMs - period.startUtcMs) / stepMs)
    return atLeast > maxBuckets ? atLeast : countClockBuckets(period, stepMs)
  }
  const first = truncateLocal(period.startLocalMs, grain, calendar)
  const last = truncateLocal(period.endLocalMs - 1, grain, calendar)
  if (grain === 'day') {
    const days = (last - first) / DAY_MS + 1
    const mayFitWithoutSkipped = days > maxBuckets && days <= maxBuckets + MAX_SKIPPED_DAYS
    return mayFitWithoutSkipped ? calendarBuckets(period, grain, calendar).length : days
  }
  if (grain === 'week') return (last - first) / (7 * DAY_MS) + 1
  const months = grain === 'month' ? 1 : grain === 'quarter' ? 3 : 12
  return (monthIndexOf(last) - monthIndexOf(first)) / months + 1
}

function countClockBuckets(period: Period, stepMs: number): number {
  let points = 0
  for (const { startUtcMs, endUtcMs, offsetMs } of zoneSegments(period.zone, period.startUtcMs, period.endUtcMs)) {
    points += Math.floor((endUtcMs + offsetMs - 1) / stepMs) - Math.floor((startUtcMs + offsetMs) / stepMs) + 1
  }
  return points
}

function clockBuckets(period: Period, stepMs: number): readonly Bucket[] {
  const buckets: Bucket[] = []
  // A step of margin on both sides shows the changes of offset inside buckets that the period cuts.
  for (const segment of zoneSegments(period.zone, period.startUtcMs - stepMs, period.endUtcMs + stepMs)) {
    let startUtcMs = Math.max(segment.startUtcMs, period.startUtcMs)
    const untilUtcMs = Math.min(segment.endUtcMs, period.endUtcMs)
    while (startUtcMs < untilUtcMs) {
      const nextLocalMs = (Math.floor((startUtcMs + segment.offsetMs) / stepMs) + 1) * stepMs
      const wholeStartUtcMs = clockBucketStart(startUtcMs, segment, stepMs)
      const wholeEndUtcMs = Math.min(nextLocalMs - segment.offsetMs, segment.endUtcMs)
      const endUtcMs = Math.min(wholeEndUtcMs, period.endUtcMs)
      buckets.push({
        startUtcMs,
        endUtcMs,
        startLocalMs: startUtcMs + segment.offsetMs,
        endLocalMs: endUtcMs + segment.offsetMs,
        cut: wholeStartUtcMs < startUtcMs || wholeEndUtcMs > endUtcMs,
        key: wholeStartUtcMs / 1000,
      })
      startUtcMs = endUtcMs
    }
  }
  return buckets
}

function calendarBuckets(period: Period, grain: Grain, calendar: Calendar): readonly Bucket[] {
  const buckets: Bucket[] = []
  let wholeStartLocalMs = truncateLocal(period.startLocalMs, grain, calendar)
  let wholeStartUtcMs = utcMsOf(period.zone, wholeStartLocalMs)
  while (wholeStartUtcMs < period.endUtcMs) {
    const wholeEndLocalMs = addLocal(wholeStartLocalMs, 1, grain)
    const wholeEndUtcMs = utcMsOf(period.zone, wholeEndLocalMs)
    const startsBefore = wholeStartUtcMs < period.startUtcMs
    const endsAfter = wholeEndUtcMs > period.endUtcMs
    const startUtcMs = startsBefore ? period.startUtcMs : wholeStartUtcMs
    const endUtcMs = endsAfter ? period.endUtcMs : wholeEndUtcMs
    // A day that the zone skipped, or one that ends before the period starts, holds no instant.
    if (startUtcMs < endUtcMs) {
      buckets.push({
        startUtcMs,
        endUtcMs,
        startLocalMs: startsBefore ? period.startLocalMs : wholeStartLocalMs,
        endLocalMs: endsAfter ? period.endLocalMs : wholeEndLocalMs,
        cut: startsBefore || endsAfter,
        key: wholeStartLocalMs / 1000,
      })
    }
    wholeStartLocalMs = wholeEndLocalMs
    wholeStartUtcMs = wholeEndUtcMs
  }
  return buckets
}
