import type { Calendar, Grain } from '../../src/base/grain.ts'

/**
 * Time as the oracle sees it: it asks `Intl` what the clock showed and walks, step by step. Slow, and nothing of the gateway's
 * arithmetic is in it. Local times are wall clocks counted as if UTC.
 */

const QUARTER_HOUR_MS = 900_000
const DAY_MS = 86_400_000

/** A period by the local time of its bounds, `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`; half-open. */
export interface WalkedPeriod {
  readonly zone: string
  readonly startUtcMs: number
  readonly endUtcMs: number
  readonly startLocalMs: number
  readonly endLocalMs: number
}

export interface WalkedBucket extends WalkedPeriod {
  /** What all its instants share. */
  readonly label: string
}

const formats = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, Map<number, number>>()

/**
 * Offsets change only at whole quarters of an hour in the years and zones tested, and never twice within a day of UTC: where both ends of one agree, all of it does.
 */
export function offsetMsAt(zone: string, utcMs: number): number {
  const dayMs = Math.floor(utcMs / DAY_MS) * DAY_MS
  const atFirst = shownOffset(zone, dayMs)
  return atFirst === shownOffset(zone, dayMs + DAY_MS) ? atFirst : shownOffset(zone, Math.floor(utcMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS)
}

function shownOffset(zone: string, utcMs: number): number {
  let known = offsets.get(zone)
  if (known === undefined) offsets.set(zone, (known = new Map()))
  let offset = known.get(utcMs)
  if (offset === undefined) {
    let format = formats.get(zone)
    if (format === undefined) {
      format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' })
      formats.set(zone, format)
    }
    const parts = new Map(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
    offset = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - utcMs
    known.set(utcMs, offset)
  }
  return offset
}

export function localMsOf(zone: string, utcMs: number): number {
  return utcMs + offsetMsAt(zone, utcMs)
}

/** The first instant at which the clock of the zone shows this local time or a later one. */
export function instantOf(zone: string, localMs: number): number {
  const tried = [localMs - DAY_MS, localMs + DAY_MS].map((near) => localMs - offsetMsAt(zone, near)).filter((utcMs) => localMsOf(zone, utcMs) === localMs)
  if (tried.length > 0) return Math.min(...tried)
  let utcMs = Math.floor(localMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS - 27 * 3_600_000
  while (localMsOf(zone, utcMs) < localMs) utcMs += QUARTER_HOUR_MS
  return utcMs
}

export function clockMs(text: string): number {
  return Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text.replace(' ', 'T').replace(/Z$/, '')}Z`)
}

export function walkedPeriod(zone: string, start: string, end: string): WalkedPeriod {
  const [startLocalMs, endLocalMs] = [clockMs(start), clockMs(end)]
  return { zone, startLocalMs, endLocalMs, startUtcMs: instantOf(zone, startLocalMs), endUtcMs: instantOf(zone, endLocalMs) }
}

const dayLabels = new Map<string, string>()

/** Names the calendar bucket of a local time; an hour that comes twice has two names. */
export function labelOf(localMs: number, offsetMs: number, grain: Grain, calendar: Calendar): string {
  if (grain === 'minute' || grain === 'hour') return `${new Date(localMs).toISOString().slice(0, grain === 'hour' ? 13 : 16)} ${offsetMs}`
  const day = Math.floor(localMs / DAY_MS)
  const key = `${day}|${grain}|${calendar.weekStart}|${calendar.fiscalYearStart}`
  let label = dayLabels.get(key)
  if (label === undefined) {
    label = new Date(startOfBucket(day, grain, calendar)).toISOString().slice(0, 10)
    dayLabels.set(key, label)
  }
  return label
}

/** Walks back a day at a time until a bucket of the grain begins. */
function startOfBucket(day: number, grain: Grain, calendar: Calendar): number {
  for (let back = day; ; back--) {
    const date = new Date(back * DAY_MS)
    const isoWeekday = date.getUTCDay() === 0 ? 7 : date.getUTCDay()
    const monthsIn = (date.getUTCMonth() + 1 - calendar.fiscalYearStart + 12) % 12
    const isFirst = date.getUTCDate() === 1
    if (grain === 'day') return back * DAY_MS
    if (grain === 'week' && isoWeekday === calendar.weekStart) return back * DAY_MS
    if (grain === 'month' && isFirst) return back * DAY_MS
    if (grain === 'quarter' && isFirst && monthsIn % 3 === 0) return back * DAY_MS
    if (grain === 'year' && isFirst && monthsIn === 0) return back * DAY_MS
  }
}

const walks = new Map<string, readonly WalkedBucket[]>()

/** Cuts a period by walking through it; a null grain leaves it whole. */
export function walkBuckets(period: WalkedPeriod, grain: Grain | null, calendar: Calendar): readonly WalkedBucket[] {
  const { zone, startUtcMs, endUtcMs } = period
  if (grain === null) return [{ ...period, label: 'all' }]
  const key = `${zone}|${startUtcMs}|${endUtcMs}|${grain}|${calendar.weekStart}|${calendar.fiscalYearStart}`
  const known = walks.get(key)
  if (known) return known
  const step = grain === 'minute' ? 60_000 : QUARTER_HOUR_MS
  const isOfClock = grain === 'minute' || grain === 'hour'
  const starts: { label: string; utcMs: number }[] = []
  let namedDay: number | null = null
  for (let utcMs = startUtcMs; utcMs < endUtcMs; utcMs = (Math.floor(utcMs / step) + 1) * step) {
    const offset = offsetMsAt(zone, utcMs)
    const day = Math.floor((utcMs + offset) / DAY_MS)
    if (!isOfClock && day === namedDay) continue
    namedDay = day
    const label = labelOf(utcMs + offset, offset, grain, calendar)
    if (starts.at(-1)?.label !== label) starts.push({ label, utcMs })
  }
  const found = starts.map(({ label, utcMs }, index): WalkedBucket => {
    const next = starts[index + 1]
    return {
      label,
      zone,
      startUtcMs: utcMs,
      endUtcMs: next?.utcMs ?? endUtcMs,
      startLocalMs: index === 0 ? period.startLocalMs : localMsOf(zone, utcMs),
      endLocalMs: next ? localMsOf(zone, next.utcMs) : period.endLocalMs,
    }
  })
  walks.set(key, found)
  return found
}

/** A local time some calendar units earlier; a day the month does not have becomes its last. */
export function earlier(localMs: number, count: number, unit: Grain): number {
  if (unit === 'day' || unit === 'week') return localMs - count * (unit === 'week' ? 7 : 1) * DAY_MS
  const months = count * (unit === 'year' ? 12 : unit === 'quarter' ? 3 : 1)
  const date = new Date(localMs)
  const wanted = date.getUTCDate()
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months, 1))
  let day = wanted
  while (new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), day)).getUTCMonth() !== first.getUTCMonth()) day -= 1
  return Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), day) + (localMs % DAY_MS)
}

/** Whether the moments beside a bucket would be of the same one: the period's bounds have cut it. */
export function isCut({ zone, label, startUtcMs, endUtcMs }: WalkedBucket, grain: Grain, calendar: Calendar): boolean {
  return [startUtcMs - 1, endUtcMs].some((utcMs) => labelOf(localMsOf(zone, utcMs), offsetMsAt(zone, utcMs), grain, calendar) === label)
}
