import { KpiqlError } from '../src/base/errors.ts'
import { elapsedPart, enclosingPeriod, formatInstant, previousPeriod, resolvePeriod, samePeriodLastYear } from '../src/base/period.ts'
import type { Period, PeriodAsk, PeriodContext } from '../src/base/period.ts'
import type { ComparisonInput, PeriodInput } from './types/inputs.ts'
import type { ResolvedPeriod } from './types/slice.ts'

/** A period as it is read, and the calendar period whose elapsed part it may be (month to date: the month). */
export interface AskedPeriod {
  readonly period: Period
  readonly whole: Period
}

/** GraphQL lets exactly one field through. */
export function toPeriodAsk({ last, between, preset }: PeriodInput): PeriodAsk {
  if (last) return { last: { count: last.count, unit: last.unit, includeCurrent: last.includeCurrent ?? false } }
  if (between) return { between }
  if (preset) return { preset }
  throw new KpiqlError('INVALID_PERIOD', { message: 'A period has none of last, between, preset.', hint: 'Give exactly one: {last: {count: 30, unit: DAY}}.' })
}

/** @throws KpiqlError `INVALID_PERIOD` as `resolvePeriod`. */
export function askPeriod(input: PeriodInput, context: PeriodContext): AskedPeriod {
  const ask = toPeriodAsk(input)
  return { period: resolvePeriod(ask, context), whole: enclosingPeriod(ask, context) }
}

/**
 * The period to compare with. A preset of a period that is still running gives the same elapsed part of the other.
 *
 * @returns Null where nothing has elapsed yet, so that there is nothing to compare.
 * @throws KpiqlError `INVALID_PERIOD`.
 */
export function comparisonPeriod(to: ComparisonInput, { whole }: AskedPeriod, context: PeriodContext): Period | null {
  if (to.period) return resolvePeriod(toPeriodAsk(to.period), context)
  const other = to.preset === 'same_period_last_year' ? samePeriodLastYear(whole, context.calendar) : previousPeriod(whole, context.calendar)
  const elapsed = elapsedPart(whole, other, context.nowUtcMs)
  return elapsed.startUtcMs < elapsed.endUtcMs ? elapsed : null
}

/** Bounds as clients see them, with the offsets of the period's zone. */
export function showPeriod({ startUtcMs, endUtcMs, zone }: Period): ResolvedPeriod {
  return { start: formatInstant(startUtcMs, zone), end: formatInstant(endUtcMs, zone), timezone: zone }
}
