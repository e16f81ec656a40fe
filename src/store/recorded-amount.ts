/** What an amount was spent on, or earned with. */
export const COST_TYPES = ['marketing', 'sales', 'advertising', 'infrastructure', 'personnel', 'support', 'other'] as const
export type CostType = (typeof COST_TYPES)[number]

export const REVENUE_TYPES = ['subscription', 'upsell', 'expansion', 'one_time'] as const
export type RevenueType = (typeof REVENUE_TYPES)[number]

export const RECORD_KINDS = ['cost', 'revenue'] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

export const TYPES_OF: Readonly<Record<RecordKind, readonly string[]>> = { cost: COST_TYPES, revenue: REVENUE_TYPES }

/** An amount as it is kept. */
export interface AmountFields {
  /** `YYYY-MM-DD` */
  readonly date: string
  readonly type: string
  /** Positive, plain notation, at most 18 digits before the point and 9 after it. */
  readonly amount: string
  /** ISO 4217 */
  readonly currency: string
  /** Of revenue; null for costs and where nobody is named. */
  readonly customer: string | null
  readonly channel: string | null
  readonly description: string | null
}

export interface RecordedAmount extends AmountFields {
  readonly id: string
  /** UTC, ISO text. */
  readonly createdAt: string
  readonly updatedAt: string
}

export type AmountField = keyof AmountFields

/** An amount as it was given; what is left out or blank is null. */
export type AmountInput = Readonly<Partial<Record<AmountField, string | null>>>

export const FIELDS_OF: Readonly<Record<RecordKind, readonly AmountField[]>> = {
  cost: ['date', 'type', 'amount', 'currency', 'channel', 'description'],
  revenue: ['date', 'type', 'amount', 'currency', 'customer', 'channel', 'description'],
}
