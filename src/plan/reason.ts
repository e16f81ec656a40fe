/** Why there is no number. Clients branch on it; the remedy beside it is for people. */
export const REASONS = [
  'NO_ROWS',
  'DIVISION_BY_ZERO',
  'DIMENSION_NOT_AVAILABLE',
  'SOURCE_MISSING',
  'SOURCE_FAILED',
  'WINDOW_NOT_COVERED',
  'BEFORE_FIRST_DATA',
  'AFTER_WATERMARK',
  'BACKFILLING',
  'MIXED_CURRENCIES',
  'OVERFLOW',
  'COSTS_NOT_RECORDED',
  'REVENUE_NOT_RECORDED',
  'EVENTS_NOT_TRACKED',
  'SURVEYS_NOT_TRACKED',
  'PERIOD_CUTS_FACTS',
  'PERIOD_CUTS_RATE',
  'NOT_ADDITIVE',
  'EXCHANGE_RATE_MISSING',
] as const
export type Reason = (typeof REASONS)[number]

/** Nothing is there to compute from: what an estimate may stand in for, and what `sum` passes over. */
const WANT_OF_DATA: ReadonlySet<Reason> = new Set<Reason>([
  'NO_ROWS',
  'SOURCE_MISSING',
  'BEFORE_FIRST_DATA',
  'COSTS_NOT_RECORDED',
  'REVENUE_NOT_RECORDED',
  'EVENTS_NOT_TRACKED',
  'SURVEYS_NOT_TRACKED',
])

export function isWantOfData(reason: Reason): boolean {
  return WANT_OF_DATA.has(reason)
}
