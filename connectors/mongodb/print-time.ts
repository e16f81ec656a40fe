import type { Calendar, DatePart, Grain } from '../../src/base/grain.ts'
import { long, type Json } from './json.ts'

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

/** Dates, wall clocks and instants are all MongoDB's Date: milliseconds since 1970, in UTC. */
export function truncated(of: Json, grain: Grain, { weekStart, fiscalYearStart }: Calendar): Json {
  if (grain === 'week') return { $dateTrunc: { date: of, unit: grain, startOfWeek: DAYS[weekStart - 1] ?? 'monday' } }
  const months = (fiscalYearStart - 1) % (grain === 'quarter' ? 3 : 12)
  if ((grain !== 'quarter' && grain !== 'year') || months === 0) return { $dateTrunc: { date: of, unit: grain } }
  return later({ $dateTrunc: { date: later(of, -months, 'month'), unit: grain } }, months, 'month')
}

export function later(of: Json, count: number, unit: Grain): Json {
  return { $dateAdd: { startDate: of, unit, amount: long(count) } }
}

/** Whole seconds, rounded down. */
export function epochOf(of: Json): Json {
  return { $toLong: { $floor: { $divide: [{ $toLong: of }, 1000] } } }
}

export function secondsLater(of: Json, seconds: Json): Json {
  return { $add: [of, { $multiply: [seconds, long(1000)] }] }
}

export function secondsBetween(from: Json, to: Json): Json {
  return { $divide: [{ $subtract: [to, from] }, 1000] }
}

const PARTS: Readonly<Record<DatePart, (of: Json) => Json>> = {
  hour_of_day: (of) => ({ $hour: of }),
  day_of_week: (of) => ({ $isoDayOfWeek: of }),
  day_of_month: (of) => ({ $dayOfMonth: of }),
  week_of_year: (of) => ({ $isoWeek: of }),
  month_of_year: (of) => ({ $month: of }),
  quarter_of_year: (of) => ({ $ceil: { $divide: [{ $month: of }, 3] } }),
  year: (of) => ({ $year: of }),
}

export function partOf(of: Json, part: DatePart): Json {
  return { $toLong: PARTS[part](of) }
}
