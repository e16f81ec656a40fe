/** Time grains, finest first. */
export const GRAINS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const
export type Grain = (typeof GRAINS)[number]

/** Parts of a local date that rows may be grouped by; `day_of_week` is ISO (Monday = 1), `hour_of_day` 0–23. */
export const DATE_PARTS = ['hour_of_day', 'day_of_week', 'day_of_month', 'week_of_year', 'month_of_year', 'quarter_of_year', 'year'] as const
export type DatePart = (typeof DATE_PARTS)[number]

/** How a company cuts its weeks and years. */
export interface Calendar {
  /** ISO day of the week that starts a week: 1 Monday … 7 Sunday. */
  readonly weekStart: number
  /** Month (1–12) whose first day starts the fiscal year; quarters and years follow it. */
  readonly fiscalYearStart: number
}

export const ISO_CALENDAR: Calendar = { weekStart: 1, fiscalYearStart: 1 }
