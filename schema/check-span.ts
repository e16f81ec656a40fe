import { KpiqlError } from '../src/base/errors.ts'
import type { Grain } from '../src/base/grain.ts'
import type { Interval } from '../src/model/interval.ts'

/** A hundred years: what lies further back or ahead leaves the calendars of the engines. */
const MOST: Readonly<Record<Grain, number>> = { minute: 52_594_920, hour: 876_582, day: 36_525, week: 5218, month: 1200, quarter: 400, year: 100 }

/** @param path Names the place. @throws KpiqlError of that code for a span of more than 100 years. */
export function checkSpan({ count, unit }: Interval, code: 'COHORT_INVALID' | 'FUNNEL_INVALID' | 'INVALID_LIMIT', path: string): void {
  if (count <= MOST[unit]) return
  throw new KpiqlError(code, { message: `${path} is ${count} ${unit}s; ${MOST[unit]} ${unit}s, a hundred years, are the most.`, hint: 'Write a shorter span.', data: { limit: MOST[unit] } })
}
