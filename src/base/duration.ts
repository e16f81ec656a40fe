import { KpiqlError } from './errors.ts'
import { GRAINS } from './grain.ts'
import type { Grain } from './grain.ts'

/** A count of one calendar unit. Days are local days; a month has no fixed length. */
export interface Duration {
  readonly count: number
  readonly unit: Grain
}

const WORDS = /^(\d+) *(minute|hour|day|week|month|quarter|year)s?$/i
const ISO_DATE_UNIT = /^P(\d+)([DWMY])$/i
const ISO_TIME_UNIT = /^PT(\d+)([MH])$/i
const MAX_COUNT = 1_000_000

const DATE_UNITS: Readonly<Record<string, Grain>> = { D: 'day', W: 'week', M: 'month', Y: 'year' }
const TIME_UNITS: Readonly<Record<string, Grain>> = { M: 'minute', H: 'hour' }
const UNIT_MS: Readonly<Record<Grain, number | null>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: null,
  quarter: null,
  year: null,
}

/**
 * Reads `28 days`, `1 month` or ISO 8601 of one unit (`P28D`, `PT12H`); letter case and blanks around do not matter.
 *
 * @returns The count (1…1,000,000) and the unit as written: `P4W` is four weeks, not 28 days.
 * @throws KpiqlError `INVALID_PERIOD` naming the text: several units (`P1M2D`), fractions, signs, zero, unknown units.
 */
export function parseDuration(text: string): Duration {
  const trimmed = text.trim()
  const words = WORDS.exec(trimmed)
  if (words) return durationOf(text, words[1], GRAINS.find((grain) => grain === words[2]?.toLowerCase()))
  const date = ISO_DATE_UNIT.exec(trimmed)
  if (date) return durationOf(text, date[1], DATE_UNITS[date[2]?.toUpperCase() ?? ''])
  const time = ISO_TIME_UNIT.exec(trimmed)
  return durationOf(text, time?.[1], TIME_UNITS[time?.[2]?.toUpperCase() ?? ''])
}

function durationOf(text: string, digits: string | undefined, unit: Grain | undefined): Duration {
  const count = Number(digits ?? Number.NaN)
  if (unit && count >= 1 && count <= MAX_COUNT) return { count, unit }
  throw new KpiqlError('INVALID_PERIOD', {
    message: `"${text.slice(0, 40)}" is not a duration.`,
    hint: `Write a whole number from 1 to 1,000,000 and one unit (${GRAINS.join(', ')}): "28 days", or ISO 8601 "P28D".`,
  })
}

/**
 * Length in milliseconds of a duration in weeks or finer units, counting every day as 24 hours.
 *
 * @throws KpiqlError `INVALID_PERIOD` for months, quarters and years, which have no fixed length.
 */
export function durationMs(duration: Duration): number {
  const unitMs = UNIT_MS[duration.unit]
  if (unitMs !== null) return duration.count * unitMs
  throw new KpiqlError('INVALID_PERIOD', {
    message: `"${duration.count} ${duration.unit}" has no fixed length.`,
    hint: 'Use weeks, days, hours or minutes here.',
  })
}
