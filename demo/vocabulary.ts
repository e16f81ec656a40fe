/** The words the demo company uses, and the chances that shape it. Indexes into these lists are the codes of the rows. */

export interface Segment {
  name: string
  share: number
  /** Chance to leave in a month, before tenure, channel and season. */
  monthlyChurn: number
  /** Chances of Basic, Pro, Enterprise at the start. */
  plans: readonly number[]
  /** Median and largest number of members. */
  members: { median: number; most: number }
  priceFactor: number
  trialConversion: number
  /** Chance a month of a second subscription beside the first. */
  secondSubscription: number
}

export const SEGMENTS: readonly Segment[] = [
  { name: 'Enterprise', share: 0.08, monthlyChurn: 0.006, plans: [0.02, 0.38, 0.6], members: { median: 8, most: 40 }, priceFactor: 1.6, trialConversion: 1.15, secondSubscription: 0.012 },
  { name: 'Mid-Market', share: 0.22, monthlyChurn: 0.012, plans: [0.2, 0.65, 0.15], members: { median: 4, most: 20 }, priceFactor: 1.2, trialConversion: 1.1, secondSubscription: 0.006 },
  { name: 'SMB', share: 0.45, monthlyChurn: 0.028, plans: [0.55, 0.43, 0.02], members: { median: 2, most: 10 }, priceFactor: 1, trialConversion: 1, secondSubscription: 0.001 },
  { name: 'Startup', share: 0.25, monthlyChurn: 0.042, plans: [0.7, 0.29, 0.01], members: { median: 2, most: 8 }, priceFactor: 0.85, trialConversion: 0.9, secondSubscription: 0.001 },
]

export interface Plan {
  name: string
  priceCents: number
}

export const PLANS: readonly Plan[] = [
  { name: 'Basic', priceCents: 3_900 },
  { name: 'Pro', priceCents: 14_900 },
  { name: 'Enterprise', priceCents: 79_900 },
]
export const PRO = 1

export interface AcquisitionChannel {
  name: string
  share: number
  /** Multiplies the chance to leave. */
  churnFactor: number
  trialConversion: number
  /** Share of members who stay active, and the mean days after which the others go quiet. */
  stays: number
  quietAfterDays: number
}

export const CHANNELS: readonly AcquisitionChannel[] = [
  { name: 'Organic', share: 0.32, churnFactor: 0.85, trialConversion: 0.55, stays: 0.45, quietAfterDays: 75 },
  { name: 'Paid Search', share: 0.26, churnFactor: 1.35, trialConversion: 0.42, stays: 0.28, quietAfterDays: 45 },
  { name: 'Referral', share: 0.14, churnFactor: 0.55, trialConversion: 0.68, stays: 0.55, quietAfterDays: 90 },
  { name: 'Social', share: 0.12, churnFactor: 1.8, trialConversion: 0.35, stays: 0.18, quietAfterDays: 30 },
  { name: 'Partner', share: 0.08, churnFactor: 0.8, trialConversion: 0.6, stays: 0.5, quietAfterDays: 80 },
  { name: 'Email', share: 0.08, churnFactor: 1.05, trialConversion: 0.5, stays: 0.38, quietAfterDays: 55 },
]
export const REFERRAL = CHANNELS.findIndex((channel) => channel.name === 'Referral')

export interface Country {
  code: string
  share: number
  /** Hours ahead of UTC, roughly; it places the working day. */
  hoursAhead: number
}

export const COUNTRIES: readonly Country[] = [
  { code: 'US', share: 34, hoursAhead: -6 },
  { code: 'GB', share: 12, hoursAhead: 0 },
  { code: 'DE', share: 11, hoursAhead: 1 },
  { code: 'FR', share: 7, hoursAhead: 1 },
  { code: 'CA', share: 7, hoursAhead: -5 },
  { code: 'IN', share: 6, hoursAhead: 5 },
  { code: 'BR', share: 5, hoursAhead: -3 },
  { code: 'AU', share: 5, hoursAhead: 10 },
  { code: 'NL', share: 4, hoursAhead: 1 },
  { code: 'ES', share: 3, hoursAhead: 1 },
  { code: 'JP', share: 3, hoursAhead: 9 },
  { code: 'SE', share: 2, hoursAhead: 1 },
  { code: 'SG', share: 1, hoursAhead: 8 },
]
export const GERMANY = COUNTRIES.findIndex((country) => country.code === 'DE')
/** Share of customers whose country nobody recorded. */
export const UNKNOWN_COUNTRY_SHARE = 0.02

export const ROLES = ['Owner', 'Admin', 'Editor', 'Viewer'] as const
export const DEVICES = ['desktop', 'mobile', 'tablet'] as const
export const DEVICE_SHARES: readonly number[] = [0.68, 0.26, 0.06]
export const MOBILE = 1
/** What brought a session; the first six are the acquisition channels. */
export const SESSION_CHANNELS: readonly string[] = [...CHANNELS.map((channel) => channel.name), 'Direct']

/** What brings visits to the site; the first six are those of the acquisition channels, in their order. */
export const VISIT_CHANNELS: readonly string[] = ['organic_search', 'paid_search', 'referral', 'social', 'partner', 'email', 'direct']
/** Of visitors who stay strangers. */
export const VISIT_CHANNEL_SHARES: readonly number[] = [0.36, 0.2, 0.07, 0.13, 0.03, 0.04, 0.17]

export const EVENTS = [
  'page_view', 'feature_used', 'search', 'report_exported', 'integration_synced', 'invite_sent', 'error_shown', 'support_ticket_created',
  'login', 'signed_up', 'member_joined', 'onboarding_started', 'onboarding_completed',
] as const
export type EventName = (typeof EVENTS)[number]
/** Chances of the first eight, inside a session. */
export const EVENT_SHARES: readonly number[] = [0.38, 0.43, 0.08, 0.05, 0.025, 0.012, 0.015, 0.008]
export const eventCode = (name: EventName): number => EVENTS.indexOf(name)

export const FEATURES = ['dashboards', 'reports', 'alerts', 'export', 'integrations', 'segments', 'sharing', 'api', 'mobile_app', 'ai_assistant'] as const
/** Chances by plan; the assistant's is that of full adoption, some months after its launch. */
export const FEATURE_SHARES: readonly (readonly number[])[] = [
  [0.36, 0.22, 0.06, 0.12, 0.06, 0.05, 0.06, 0.01, 0.06, 0.1],
  [0.28, 0.2, 0.1, 0.08, 0.1, 0.09, 0.06, 0.05, 0.04, 0.18],
  [0.22, 0.18, 0.12, 0.06, 0.13, 0.11, 0.07, 0.11, 0.03, 0.25],
]
export const AI_ASSISTANT = FEATURES.indexOf('ai_assistant')

export const SURVEY_KINDS = ['nps', 'csat', 'osat', 'ces'] as const
export const SURVEY_SHARES: readonly number[] = [0.5, 0.25, 0.1, 0.15]

export const FOUND_IN = ['production', 'testing'] as const
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const
export const TEAMS = ['Core', 'Data', 'Growth', 'Platform'] as const
export const VARIANTS = ['control', 'treatment'] as const

/** Demand for the product by month, January first. */
export const SIGNUP_SEASON: readonly number[] = [1.25, 1.1, 1.1, 1, 0.95, 0.9, 0.75, 0.72, 1.2, 1.15, 1.1, 0.7]
/** From Monday to Sunday. */
export const SIGNUP_WEEKDAY: readonly number[] = [1.15, 1.2, 1.15, 1.1, 0.95, 0.4, 0.35]
export const USAGE_SEASON: readonly number[] = [1.05, 1.05, 1.08, 1, 0.98, 0.97, 0.85, 0.82, 1.05, 1.1, 1.08, 0.8]
export const USAGE_WEEKDAY: readonly number[] = [1.12, 1.18, 1.15, 1.1, 0.9, 0.24, 0.2]
/** Budgets are cut when the year turns. */
export const CHURN_SEASON: readonly number[] = [1.35, 1.05, 1, 1, 0.95, 0.95, 1, 1.05, 0.95, 0.95, 0.95, 1.1]
/** Sales a month later over this month's, on average. */
export const MONTHLY_GROWTH = 1.033
