/** A calendar day as whole days since 1970-01-01, without a time zone. */
export type Day = number

const DAY_MS = 86_400_000

/** @returns the day of an ISO date (YYYY-MM-DD), or null for text that is no such date (2026-02-30 is none). */
export function parseDay(text: string): Day | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  const timeMs = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(timeMs)) return null
  const day = timeMs / DAY_MS
  return formatDay(day) === text ? day : null
}

/** @returns YYYY-MM-DD */
export function formatDay(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** The same day of the month, `months` later; the last day of that month where it is shorter (as SQL intervals do). */
export function addMonths(day: Day, months: number): Day {
  const date = new Date(day * DAY_MS)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth() + months
  const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return Date.UTC(year, month, Math.min(date.getUTCDate(), lastOfMonth)) / DAY_MS
}

/** The first day of the month that holds `day`. */
export function monthStart(day: Day): Day {
  return day - new Date(day * DAY_MS).getUTCDate() + 1
}

/** 0 (January) to 11. */
export function monthOfYear(day: Day): number {
  return new Date(day * DAY_MS).getUTCMonth()
}

/** 1 to 31. */
export function dayOfMonth(day: Day): number {
  return new Date(day * DAY_MS).getUTCDate()
}

/** 0 (Monday) to 6 (Sunday); 1970-01-01 was a Thursday. */
export function weekday(day: Day): number {
  return (((day + 3) % 7) + 7) % 7
}
