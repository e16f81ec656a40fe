import { addLocal, clockBucketStart, monthIndexOf, truncateLocal } from './civil-time.ts'
import { KpiqlError } from './errors.ts'
import { GRAINS } from './grain.ts'
import type { Calendar, Grain } from './grain.ts'
import type { Period } from './period.ts'
import { utcMsOf, zoneSegments } from './time-zone.ts'

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
