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
  'MIXED_CURRENCIES',
  'OVERFLOW',
  'COSTS_NOT_RECORDED',
  'REVENUE_NOT_RECORDED',
  'EVENTS_NOT_TRACKED',
  'SURVEYS_NOT_TRACKED',
  'PERIOD_CUTS_FACTS',
] as const
export type Reason = (typeof REASONS)[number]
