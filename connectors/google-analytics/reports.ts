import type { SyncColumn, SyncTable } from '../sync-contract.ts'

/** What a row of a report stands for. Each is asked as such: users of a month are no sum over its days. */
export const PERIODS = ['day', 'week', 'month'] as const
export type Period = (typeof PERIODS)[number]

/** The dimension that tells periods apart, and the column it lands in: the first day of the period. Weeks are those of ISO 8601. */
export const DIMENSION_OF_PERIOD = {
  day: { dimension: 'date', column: 'date' },
  week: { dimension: 'isoYearIsoWeek', column: 'week' },
  month: { dimension: 'yearMonth', column: 'month' },
} as const satisfies Record<Period, { dimension: string; column: string }>

export type MetricKind = 'integer' | 'decimal'

export interface Report {
  readonly name: string
  readonly description: string
  readonly period: Period
  readonly dimensions: readonly string[]
  /** Kinds by the API's names. */
  readonly metrics: Readonly<Record<string, MetricKind>>
  /** Only rows where this metric is more than 0. */
  readonly having?: string | undefined
}

// Kinds are those that properties.getMetadata gives: TYPE_INTEGER, or a fraction. Key events are fractions, since attribution splits them.
const VISITS = { sessions: 'integer', engagedSessions: 'integer', keyEvents: 'decimal', userEngagementDuration: 'decimal', totalRevenue: 'decimal' } as const
const USERS = { activeUsers: 'integer', totalUsers: 'integer', newUsers: 'integer' } as const

export const DEFAULT_REPORTS = {
  sessions_daily: { description: 'Sessions of each day.', period: 'day', dimensions: [], metrics: { ...VISITS, screenPageViews: 'integer', eventCount: 'integer', newUsers: 'integer' } },
  traffic_daily: { description: 'Sessions of each day by what brought them.', period: 'day', dimensions: ['sessionDefaultChannelGroup', 'sessionSource', 'sessionMedium'], metrics: VISITS },
  landing_pages_daily: { description: 'Sessions of each day by the page they began on.', period: 'day', dimensions: ['landingPage'], metrics: VISITS },
  events_daily: { description: 'Events of each day by name.', period: 'day', dimensions: ['eventName'], metrics: { eventCount: 'integer', keyEvents: 'decimal', totalRevenue: 'decimal' } },
  conversions_daily: { description: 'Key events of each day by name and channel.', period: 'day', dimensions: ['eventName', 'sessionDefaultChannelGroup'], metrics: { keyEvents: 'decimal', totalRevenue: 'decimal' }, having: 'keyEvents' },
  users_daily: { description: 'Different users of each day, and of the 7 and 28 days that end with it. Not to be added up.', period: 'day', dimensions: [], metrics: { ...USERS, active7DayUsers: 'integer', active28DayUsers: 'integer' } },
  users_weekly: { description: 'Different users of each week. Not to be added up.', period: 'week', dimensions: [], metrics: USERS },
  users_monthly: { description: 'Different users of each month. Not to be added up.', period: 'month', dimensions: [], metrics: USERS },
} as const satisfies Record<string, Omit<Report, 'name'>>

export type ReportName = keyof typeof DEFAULT_REPORTS

/** `sessionDefaultChannelGroup` as `session_default_channel_group`, `customEvent:plan` as `custom_event_plan`, `active7DayUsers` as `active_7_day_users`. */
export function columnName(apiName: string): string {
  return apiName
    .replace(/([a-z])([A-Z0-9])/g, '$1_$2')
    .replace(/(\d)([A-Za-z])/g, '$1_$2')
    .replace(/\W+/g, '_')
    .toLowerCase()
}

/** What Analytics says of the answer a row comes from, on every row. */
const FLAGS: readonly SyncColumn[] = [
  { name: 'property_id', kind: 'text', description: 'Number of the property.' },
  { name: 'time_zone', kind: 'text', description: 'Zone of the property, whose days these are.' },
  { name: 'currency_code', kind: 'text', description: 'Currency of amounts.' },
  { name: 'is_sampled', kind: 'boolean', description: 'The answer was worked out from a part of the events.' },
  { name: 'samples_read', kind: 'integer', description: 'Events that the answer was worked out from, where sampled.' },
  { name: 'sampling_space', kind: 'integer', description: 'Events there were, where sampled.' },
  { name: 'is_thresholded', kind: 'boolean', description: 'Rows may be withheld, because they are about too few users.' },
  { name: 'has_other_row', kind: 'boolean', description: 'Combinations beyond the limit of the property were put into one row, (other).' },
]

export function tableOf({ name, description, period, dimensions, metrics }: Report): SyncTable {
  const { column } = DIMENSION_OF_PERIOD[period]
  const keys = [column, ...dimensions.map(columnName)]
  return {
    name,
    description,
    columns: [
      { name: column, kind: 'date', description: `First day of the ${period}, by the zone of the property.` },
      ...dimensions.map((dimension): SyncColumn => ({ name: columnName(dimension), kind: 'text', description: `${dimension} of the API.` })),
      ...Object.entries(metrics).map(([metric, kind]): SyncColumn => ({ name: columnName(metric), kind, scale: kind === 'decimal' ? 6 : undefined, description: `${metric} of the API.` })),
      ...FLAGS,
    ],
    key: keys,
  }
}
