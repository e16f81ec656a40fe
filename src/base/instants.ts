import { daysFromCivil, civilFromDays } from './civil-time.ts'
import { utcMsOf } from './time-zone.ts'

const DAY_MS = 86_400_000
const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)? ?(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?$/
/** The years 1 to 9999, which every engine keeps. */
const FIRST_MS = daysFromCivil({ year: 1, month: 1, day: 1 }) * DAY_MS
const END_MS = daysFromCivil({ year: 10_000, month: 1, day: 1 }) * DAY_MS

/**
 * UTC ms of seconds since 1970-01-01 UTC, as a number or its text; fractions are cut to whole ms.
 *
 * @returns Null for null, an empty text, what is no number, and what lies outside the years 1 to 9999.
 */
export function utcMsOfEpochSeconds(value: unknown): number | null {
  const seconds = numberOf(value)
  return seconds === null ? null : inRange(Math.floor(Math.round(seconds * 1e6) / 1e3))
}

/** UTC ms of milliseconds since 1970-01-01 UTC, as a number or its text. Null as of `utcMsOfEpochSeconds`. */
export function utcMsOfEpochMs(value: unknown): number | null {
  const ms = numberOf(value)
  return ms === null ? null : inRange(Math.floor(ms))
}

/**
 * UTC ms of ISO text: a date, or a date and a time with `T` or a blank between, fractions cut to ms. Text with `Z` or an offset
 * (`+02:00`, `+0200`, `+02`) is that instant; text without is the wall clock of `zone`, a time that clocks skip being the first instant after
 * the gap, and a time that comes twice the earlier one.
 *
 * @param zone an IANA name. @returns Null for anything else, also for days that no calendar has.
 */
export function utcMsOfIso(value: unknown, zone = 'UTC'): number | null {
  if (typeof value !== 'string') return null
  const match = ISO.exec(value.trim())
  if (!match) return null
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] = match
  const days = daysFromCivil({ year: Number(year), month: Number(month), day: Number(day) })
  const back = civilFromDays(days)
  if (back.month !== Number(month) || back.day !== Number(day)) return null
  // 24:00 ends a day, and a leap second is the next second's beginning.
  if (Number(minute) > 59 || Number(second) > 60 || Number(hour) > 24 || (Number(hour) === 24 && Number(minute) + Number(second) > 0)) return null
  const clockMs = days * DAY_MS + Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second) * 1_000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
  if (offset === undefined) return inRange(utcMsOfWallClock(clockMs, zone))
  const offsetMs = offsetMsOf(offset)
  return offsetMs === null ? null : inRange(clockMs - offsetMs)
}

/**
 * UTC ms of what a wall clock of a zone showed, counted as if it were UTC (some tools send this as an "epoch"): a time that clocks
 * skip is the first instant after the gap, a time that comes twice the earlier one, so that order is kept.
 */
export function utcMsOfWallClock(wallClockMs: number, zone: string): number {
  return zone === 'UTC' ? wallClockMs : utcMsOf(zone, wallClockMs)
}

function offsetMsOf(offset: string): number | null {
  if (!/^[+-]/.test(offset)) return 0
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0')
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))]
  return hours > 18 || minutes > 59 ? null : (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'bigint') return Number(value)
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : null
}

function inRange(ms: number): number | null {
  return ms >= FIRST_MS && ms < END_MS ? ms : null
}
