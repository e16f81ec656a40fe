import type { Period } from './reports.ts'

const DAY_MS = 86_400_000

/** Days are `YYYY-MM-DD` and know no zone. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10)
}

/** First day of the period that a day lies in; weeks begin on Monday. */
export function firstDayOf(period: Period, day: string): string {
  if (period === 'month') return `${day.slice(0, 8)}01`
  return period === 'day' ? day : addDays(day, -((new Date(day).getUTCDay() + 6) % 7))
}

/** First day of the period `count` periods later, of one that begins on `day`. */
export function addPeriods(period: Period, day: string, count: number): string {
  if (period !== 'month') return addDays(day, period === 'week' ? 7 * count : count)
  const index = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + count
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}-01`
}

/** First days of the periods from one day to another, both included. */
export function periodsBetween(period: Period, from: string, to: string): readonly string[] {
  const days: string[] = []
  for (let day = firstDayOf(period, from); day <= to; day = addPeriods(period, day, 1)) days.push(day)
  return days
}

/** First day of `20240131` (date), `202405` (isoYearIsoWeek) or `202401` (yearMonth); null for another text, such as `(other)`. */
export function dayOfValue(period: Period, value: string): string | null {
  if (!(period === 'day' ? /^\d{8}$/ : /^\d{6}$/).test(value)) return null
  const year = value.slice(0, 4)
  if (period === 'day') return `${year}-${value.slice(4, 6)}-${value.slice(6)}`
  if (period === 'month') return `${year}-${value.slice(4)}-01`
  // 4 January lies in the first week of its ISO year.
  return addDays(firstDayOf('week', `${year}-01-04`), 7 * (Number(value.slice(4)) - 1))
}

/** The day of an instant in a zone. */
export function dayIn(zone: string, utcMs: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(utcMs)
}
