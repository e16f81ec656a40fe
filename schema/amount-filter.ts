import { isCalendarDay } from '../src/base/calendar-day.ts'
import { KpiqlError } from '../src/base/errors.ts'
import type { AmountFilter } from '../src/store/recorded-amounts.ts'

export const LISTED_AMOUNTS = 100
export const MOST_AMOUNTS = 1000

/** @throws KpiqlError `INVALID_PERIOD` for what is no date. */
export function amountFilter(from: string | null | undefined, to: string | null | undefined, type: string | null | undefined): AmountFilter {
  return { from: day('from', from), to: day('to', to), type: type ?? null }
}

function day(argument: string, text: string | null | undefined): string | null {
  if (text === null || text === undefined || isCalendarDay(text)) return text ?? null
  throw new KpiqlError('INVALID_PERIOD', { message: `${argument} is no date of the calendar.`, hint: 'Write YYYY-MM-DD.' })
}
