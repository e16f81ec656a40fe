import { addLocal, civilFromDays, daysFromCivil, truncateInstant, truncateLocal } from './civil-time.ts'
import { KpiqlError } from './errors.ts'
import type { Calendar, Grain } from './grain.ts'
import { localMsAt, utcMsOf } from './time-zone.ts'

/** A half-open span of time, `[start, end)`, with the zone in which it was meant. Local times are wall clocks counted as if UTC. */
export interface Period {
  readonly zone: string
  readonly startUtcMs: number
  readonly endUtcMs: number
  readonly startLocalMs: number
  readonly endLocalMs: number
}

export type TimeUnit = Grain

interface PresetSpan {
  readonly unit: Grain
  /** Bounds in units from the start of the present one; `now` is the present instant. */
  readonly from: number
  readonly to: number | 'now'
}

const PRESET_SPANS = {
  today: { unit: 'day', from: 0, to: 1 },
  yesterday: { unit: 'day', from: -1, to: 0 },
  this_week: { unit: 'week', from: 0, to: 1 },
  last_week: { unit: 'week', from: -1, to: 0 },
  this_month: { unit: 'month', from: 0, to: 1 },
  last_month: { unit: 'month', from: -1, to: 0 },
  month_to_date: { unit: 'month', from: 0, to: 'now' },
  this_quarter: { unit: 'quarter', from: 0, to: 1 },
  last_quarter: { unit: 'quarter', from: -1, to: 0 },
  quarter_to_date: { unit: 'quarter', from: 0, to: 'now' },
  this_year: { unit: 'year', from: 0, to: 1 },
  last_year: { unit: 'year', from: -1, to: 0 },
  year_to_date: { unit: 'year', from: 0, to: 'now' },
  last_7_days: { unit: 'day', from: -7, to: 0 },
  last_30_days: { unit: 'day', from: -30, to: 0 },
  last_90_days: { unit: 'day', from: -90, to: 0 },
  last_12_months: { unit: 'month', from: -12, to: 0 },
} as const satisfies Record<string, PresetSpan>

/**
 * Periods with a name. `this_*` is the whole calendar period, its future too; `*_to_date` ends now; `last_<n>_*` leaves the present
 * day or month out.
 */
export const PERIOD_PRESETS = [
  'today',
  'yesterday',
  'this_week',
  'last_week',
  'this_month',
  'last_month',
  'month_to_date',
  'this_quarter',
  'last_quarter',
  'quarter_to_date',
  'this_year',
  'last_year',
  'year_to_date',
  'last_7_days',
  'last_30_days',
  'last_90_days',
  'last_12_months',
] as const satisfies readonly (keyof typeof PRESET_SPANS)[]
export type PeriodPreset = (typeof PERIOD_PRESETS)[number]

/** A period as a client asks it; dates and datetimes are ISO 8601 texts, and a date is its local midnight. */
export type PeriodAsk =
  | { readonly last: { readonly count: number; readonly unit: TimeUnit; readonly includeCurrent: boolean } }
  | { readonly between: { readonly start: string; readonly end: string } }
  | { readonly preset: PeriodPreset }

export interface PeriodContext {
  readonly nowUtcMs: number
  /** An IANA name, as `resolveTimeZone` gives it. */
  readonly zone: string
  readonly calendar: Calendar
}

interface Bound {
  readonly utcMs: number
  readonly localMs: number
}

const DAY_MS = 86_400_000
const MAX_LAST_COUNT = 10_000
const FIRST_LOCAL_MS = daysFromCivil({ year: 1, month: 1, day: 1 }) * DAY_MS
const LAST_LOCAL_MS = daysFromCivil({ year: 10_000, month: 1, day: 1 }) * DAY_MS
const ISO_TEXT = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i
const ISO_HINT = 'Write an ISO date ("2026-03-01") or datetime ("2026-03-01T09:30:00", "2026-03-01T09:30:00+01:00").'

function invalidPeriod(message: string, hint: string): KpiqlError {
  return new KpiqlError('INVALID_PERIOD', { message, hint })
}

// Zone rules end some 270,000 years away; what lies outside our years needs none, because `periodOf` refuses it.
function isFarAway(ms: number): boolean {
  return !(ms >= FIRST_LOCAL_MS - DAY_MS && ms <= LAST_LOCAL_MS + DAY_MS)
}

function boundOfLocal(zone: string, localMs: number): Bound {
  return { utcMs: isFarAway(localMs) ? localMs : utcMsOf(zone, localMs), localMs }
}

function boundOfUtc(zone: string, utcMs: number): Bound {
  return { utcMs, localMs: isFarAway(utcMs) ? utcMs : localMsAt(zone, utcMs) }
}

function periodOf(zone: string, start: Bound, end: Bound, field = 'period'): Period {
  if ([start.localMs, end.localMs].some((localMs) => !(localMs >= FIRST_LOCAL_MS && localMs <= LAST_LOCAL_MS))) {
    throw invalidPeriod(`${field} leaves the years 0001 to 9999.`, 'Ask fewer or later units of time.')
  }
  if (start.utcMs >= end.utcMs) {
    const [from, to] = [formatInstant(start.utcMs, zone), formatInstant(end.utcMs, zone)]
    const fault = start.utcMs === end.utcMs ? 'is empty: it starts and ends at' : 'ends before it starts: from'
    throw invalidPeriod(
      `${field} ${fault} ${start.utcMs === end.utcMs ? from : `${from} to ${to}`}.`,
      'Periods are half-open: the end is the first moment that no longer belongs to it, so one day ends at the next.',
    )
  }
  return { zone, startUtcMs: start.utcMs, endUtcMs: end.utcMs, startLocalMs: start.localMs, endLocalMs: end.localMs }
}

/**
 * The period between two wall-clock times of a zone. The local times are kept as given, also where clocks skip them (midnight on a
 * day that starts at 01:00), so that calendar bounds stay recognisable.
 *
 * @throws KpiqlError `INVALID_PERIOD` where no time lies between them, or outside the years 0001…9999.
 */
export function periodFromLocal(zone: string, startLocalMs: number, endLocalMs: number): Period {
  return periodOf(zone, boundOfLocal(zone, startLocalMs), boundOfLocal(zone, endLocalMs))
}

/**
 * Turns an ask into bounds. `last` counts whole calendar units and ends at the end of the present one (`includeCurrent`) or at its
 * start; of hours and minutes it counts elapsed time back to the start of a bucket. In `between`, a datetime without an offset is a
 * wall clock of the zone: in a gap it means the first moment after it, of a time that comes twice the earlier.
 *
 * @throws KpiqlError `INVALID_PERIOD` naming the field: what is not ISO or not on the calendar, finer than a millisecond, empty or
 * backwards, outside the years 0001…9999, or a count that is not a whole number in 1…10,000. At the very moment a
 * month begins, `month_to_date` is the month just finished: a part of which nothing has elapsed would be no period.
 */
export function resolvePeriod(ask: PeriodAsk, context: PeriodContext): Period {
  const { zone, nowUtcMs } = context
  if ('last' in ask) return lastPeriod(ask.last, context)
  if ('between' in ask) {
    const start = parseBound(ask.between.start, zone, 'period.between.start')
    return periodOf(zone, start, parseBound(ask.between.end, zone, 'period.between.end'), 'period.between')
  }
  const span = presetSpan(ask.preset)
  const end = span.to === 'now' ? boundOfUtc(zone, nowUtcMs) : unitBound(span.unit, span.to, context)
  return periodOf(zone, unitBound(span.unit, span.from, elapsing(span, context)), end, `period.preset ${ask.preset}`)
}

/** What elapses until now ends with now, so it is looked for just before. */
function elapsing(span: PresetSpan, context: PeriodContext): PeriodContext {
  return span.to === 'now' ? { ...context, nowUtcMs: context.nowUtcMs - 1 } : context
}

/**
 * The calendar period of which a `*_to_date` preset asks the elapsed part; for any other ask the period itself. Month to date is
 * compared with `elapsedPart(whole, previousPeriod(whole, calendar), nowUtcMs)`, where `whole` is what this returns.
 *
 * @throws KpiqlError `INVALID_PERIOD` as `resolvePeriod`.
 */
export function enclosingPeriod(ask: PeriodAsk, context: PeriodContext): Period {
  if (!('preset' in ask)) return resolvePeriod(ask, context)
  const span = presetSpan(ask.preset)
  if (span.to !== 'now') return resolvePeriod(ask, context)
  const present = elapsing(span, context)
  return periodOf(context.zone, unitBound(span.unit, span.from, present), unitBound(span.unit, span.from + 1, present))
}

function presetSpan(preset: PeriodPreset): PresetSpan {
  if (Object.hasOwn(PRESET_SPANS, preset)) return PRESET_SPANS[preset]
  throw invalidPeriod(`period.preset "${String(preset).slice(0, 40)}" is unknown.`, `Presets: ${PERIOD_PRESETS.join(', ')}.`)
}

function unitBound(unit: Grain, unitsFromPresent: number, { zone, nowUtcMs, calendar }: PeriodContext): Bound {
  const present = truncateLocal(localMsAt(zone, nowUtcMs), unit, calendar)
  return boundOfLocal(zone, addLocal(present, unitsFromPresent, unit))
}

function lastPeriod(last: { count: number; unit: Grain; includeCurrent: boolean }, context: PeriodContext): Period {
  const { count, unit, includeCurrent } = last
  if (!Number.isInteger(count) || count < 1 || count > MAX_LAST_COUNT) {
    throw invalidPeriod(`period.last.count is ${count}.`, 'It is a whole number from 1 to 10,000.')
  }
  if (unit === 'hour' || unit === 'minute') return lastElapsed(count, unit, includeCurrent, context)
  const endUnit = includeCurrent ? 1 : 0
  return periodOf(context.zone, unitBound(unit, endUnit - count, context), unitBound(unit, endUnit, context), 'period.last')
}

function lastElapsed(count: number, unit: 'hour' | 'minute', includeCurrent: boolean, { zone, nowUtcMs }: PeriodContext): Period {
  const unitMs = addLocal(0, 1, unit)
  const present = truncateInstant(nowUtcMs, zone, unit)
  // A bucket may end early, at a change of offset: the truncation of the moment a unit later is where the next one starts.
  const end = includeCurrent ? truncateInstant(present + unitMs, zone, unit) : present
  const start = truncateInstant(end - count * unitMs, zone, unit)
  return periodOf(zone, boundOfUtc(zone, start), boundOfUtc(zone, end), 'period.last')
}

function parseBound(text: string, zone: string, field: string): Bound {
  const named = `${field} "${text.slice(0, 40)}"`
  const match = ISO_TEXT.exec(text)
  if (!match) {
    const isNumber = /^[+-]?\d+(\.\d+)?$/.test(text)
    throw invalidPeriod(`${named} is ${isNumber ? 'a number, not' : 'not'} an ISO date or datetime.`, ISO_HINT)
  }
  const part = (index: number): number => Number(match[index] ?? 0)
  const date = { year: part(1), month: part(2), day: part(3) }
  if (date.year < 1) throw invalidPeriod(`${named} lies in the year 0.`, 'Years go from 0001 to 9999.')
  const days = daysFromCivil(date)
  const back = civilFromDays(days)
  if (date.month < 1 || date.month > 12 || back.month !== date.month || back.day !== date.day) {
    throw invalidPeriod(`${named} is not on the calendar.`, ISO_HINT)
  }
  if (part(4) > 23 || part(5) > 59 || part(6) > 59) {
    throw invalidPeriod(`${named} has an impossible time of day.`, 'Hours go from 00 to 23, minutes and seconds from 00 to 59.')
  }
  const fraction = (match[7] ?? '').padEnd(3, '0')
  if (/[1-9]/.test(fraction.slice(3))) {
    throw invalidPeriod(`${named} is finer than a millisecond.`, 'The end is exclusive: write the next full second, not its last fraction.')
  }
  const clockMs = days * DAY_MS + part(4) * 3_600_000 + part(5) * 60_000 + part(6) * 1000 + Number(fraction.slice(0, 3))
  const offset = match[8]
  return offset === undefined ? boundOfLocal(zone, clockMs) : boundOfUtc(zone, clockMs - parseOffset(offset, named))
}

function parseOffset(offset: string, named: string): number {
  if (offset.toUpperCase() === 'Z') return 0
  const hours = Number(offset.slice(1, 3))
  const minutes = Number(offset.slice(-2))
  if (hours > 18 || minutes > 59) throw invalidPeriod(`${named} has an impossible offset.`, 'Offsets go from -18:00 to +18:00.')
  return (offset.startsWith('-') ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000)
}

function isMonthStart(localMs: number): boolean {
  return localMs % DAY_MS === 0 && civilFromDays(localMs / DAY_MS).day === 1
}

/** How many whole calendar months a period is, or null. Quarters and years, fiscal ones too, are such. */
function wholeMonths({ startLocalMs, endLocalMs }: Period): number | null {
  if (!isMonthStart(startLocalMs) || !isMonthStart(endLocalMs)) return null
  const start = civilFromDays(startLocalMs / DAY_MS)
  const end = civilFromDays(endLocalMs / DAY_MS)
  return (end.year - start.year) * 12 + end.month - start.month
}

function isWholeDays({ startLocalMs, endLocalMs }: Period): boolean {
  return startLocalMs % DAY_MS === 0 && endLocalMs % DAY_MS === 0
}

/**
 * The period just before, ending where this one starts: n calendar months before n whole calendar months (so a quarter before a
 * quarter, a year before a year), n weeks or days before whole weeks or days, otherwise the same length, on the wall clock from
 * two days up and in elapsed time below. Four whole weeks that are also a February count as the month.
 *
 * @throws KpiqlError `INVALID_PERIOD` before the year 0001.
 */
export function previousPeriod(period: Period, _calendar: Calendar): Period {
  const { zone, startLocalMs, endLocalMs, startUtcMs, endUtcMs } = period
  const end = { utcMs: startUtcMs, localMs: startLocalMs }
  const elapsedBefore = startUtcMs - (endUtcMs - startUtcMs)
  if (!isWholeDays(period) && endUtcMs - startUtcMs < 2 * DAY_MS) return periodOf(zone, boundOfUtc(zone, elapsedBefore), end)
  const months = wholeMonths(period)
  const before = months === null ? startLocalMs - (endLocalMs - startLocalMs) : addLocal(startLocalMs, -months, 'month')
  const start = boundOfLocal(zone, before)
  // The day before 2011-12-31 in Apia never was.
  return periodOf(zone, start.utcMs < end.utcMs ? start : boundOfUtc(zone, elapsedBefore), end)
}

/**
 * The same local dates a year earlier: 29 February becomes the 28th, the end of a month stays the end of that month. Whole weeks
 * (by `calendar.weekStart`) that are not also whole months stay whole weeks, 52 earlier.
 *
 * @throws KpiqlError `INVALID_PERIOD` before the year 0001.
 */
export function samePeriodLastYear(period: Period, calendar: Calendar): Period {
  const isWeekStart = (localMs: number): boolean => truncateLocal(localMs, 'week', calendar) === localMs
  const isWholeWeeks = isWeekStart(period.startLocalMs) && isWeekStart(period.endLocalMs)
  if (isWholeWeeks && wholeMonths(period) === null) return shiftPeriod(period, -52, 'week', calendar)
  return shiftPeriod(period, -1, 'year', calendar)
}

/**
 * A period `count` units later (earlier if negative), both bounds on the wall clock; by hours and minutes in elapsed time. Days of
 * the month are clamped. An end at midnight follows the last day it closes, and the end of a month stays the end of a month: `[03-01, 04-01)`
 * less a month is `[02-01, 03-01)`. Where clamping would leave nothing, the length is kept.
 *
 * @throws KpiqlError `INVALID_PERIOD` outside the years 0001…9999, or where the zone skipped the whole target.
 */
export function shiftPeriod(period: Period, count: number, unit: Grain, _calendar: Calendar): Period {
  const { zone, startLocalMs, endLocalMs } = period
  if (unit === 'hour' || unit === 'minute') {
    const shiftMs = addLocal(0, count, unit)
    return periodOf(zone, boundOfUtc(zone, period.startUtcMs + shiftMs), boundOfUtc(zone, period.endUtcMs + shiftMs))
  }
  const start = addLocal(startLocalMs, count, unit)
  const followsLastDay = endLocalMs % DAY_MS === 0 && !isMonthStart(endLocalMs)
  const end = followsLastDay ? addLocal(endLocalMs - DAY_MS, count, unit) + DAY_MS : addLocal(endLocalMs, count, unit)
  return periodFromLocal(zone, start, end > start ? end : start + (endLocalMs - startLocalMs))
}

/**
 * What a running period is compared with: while now lies inside `period`, `previous` cut after the same time on the wall clock as has
 * passed since `period` began, at most at its own end; otherwise `previous` as it is. Empty in the very moment `period` begins.
 */
export function elapsedPart(period: Period, previous: Period, nowUtcMs: number): Period {
  if (nowUtcMs < period.startUtcMs || nowUtcMs >= period.endUtcMs) return previous
  const elapsedMs = Math.max(0, localMsAt(period.zone, nowUtcMs) - period.startLocalMs)
  const cut = boundOfLocal(previous.zone, previous.startLocalMs + elapsedMs)
  if (cut.utcMs >= previous.endUtcMs) return previous
  return { ...previous, endUtcMs: Math.max(cut.utcMs, previous.startUtcMs), endLocalMs: cut.localMs }
}

/**
 * An instant as ISO 8601 with the zone's offset, `2026-03-01T00:00:00+01:00`, or `Z` in UTC; milliseconds only where there are some.
 * Offsets of the nineteenth century that have seconds are printed to the minute, with the clock to match: the instant is exact.
 */
export function formatInstant(utcMs: number, zone: string): string {
  const isUtc = zone === 'UTC' || zone === 'Etc/UTC'
  const offsetMinutes = isUtc ? 0 : Math.trunc((localMsAt(zone, utcMs) - utcMs) / 60_000)
  const clock = new Date(utcMs + offsetMinutes * 60_000).toISOString().slice(0, -1).replace(/\.000$/, '')
  if (isUtc) return `${clock}Z`
  const size = Math.abs(offsetMinutes)
  return `${clock}${offsetMinutes < 0 ? '-' : '+'}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

/** The date of a local time, `YYYY-MM-DD`. */
export function formatLocalDate(localMs: number): string {
  return new Date(localMs).toISOString().replace(/T.*$/, '')
}
