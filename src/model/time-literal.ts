const DATE = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/
const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i

/** Reads an ISO date, or `YYYY-MM` as the month's first day. @returns `YYYY-MM-DD`; null for what is no date of the calendar. */
export function parseDateLiteral(text: string): string | null {
  const match = DATE.exec(text.trim())
  if (!match) return null
  const [, year = '', month = '', day = '01'] = match
  return isCalendarDay(Number(year), Number(month), Number(day)) ? `${year}-${month}-${day}` : null
}

/**
 * Reads an ISO date or date and time, with `T` or a blank between them, as an instant.
 *
 * @returns UTC as `YYYY-MM-DDTHH:MM:SS[.fraction]Z` with every digit of the fraction that was written; what carries no offset is
 *   taken as UTC and `hasOffset` is false. Null for what is no time.
 */
export function parseInstantLiteral(text: string): { readonly utc: string; readonly hasOffset: boolean } | null {
  const match = DATE_TIME.exec(text.trim())
  if (!match) return null
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', fraction = '', offset] = match
  if (!isCalendarDay(Number(year), Number(month), Number(day)) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null
  const wallMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  const utc = new Date(wallMs - offsetMinutes(offset) * 60_000).toISOString().slice(0, 19)
  return { utc: `${utc}${fraction.replace(/\.?0+$/, '')}Z`, hasOffset: offset !== undefined }
}

function offsetMinutes(offset: string | undefined): number {
  if (offset === undefined || offset.toUpperCase() === 'Z') return 0
  const digits = offset.slice(1).replace(':', '')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || '0')
  return offset.startsWith('-') ? -minutes : minutes
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day))
  return year >= 1000 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
