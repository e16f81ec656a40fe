import type { Anomaly } from './anomalies.ts'
import { type Day, addMonths, formatDay } from './calendar.ts'
import { type CustomerHistory, type HistoryBounds, TRIAL_DAYS } from './customers.ts'
import type { Experiment } from './experiments.ts'
import { CHANNELS, SEGMENTS } from './vocabulary.ts'

const RETENTION_MONTHS: readonly number[] = [1, 2, 3, 6, 9, 12, 18, 24]

/** Rises when the company gains tables, so that a start makes the default company anew. */
export const DEMO_VERSION = 2

export interface RetentionCell {
  month: number
  /** Customers whose first subscription began so many months before the last day, or earlier. */
  eligible: number
  retained: number
  /** retained ÷ eligible; null without eligible customers. */
  rate: number | null
}

/** What truth.json holds: the answers to what was planted in the company. All days are YYYY-MM-DD and inclusive. */
export interface Truth {
  generator: 'kpiql-demo'
  version: typeof DEMO_VERSION
  customers: number
  events: number
  seed: number
  history: { from: string; until: string }
  conventions: Record<string, string>
  anomalies: (Omit<Anomaly, 'from' | 'to'> & { from: string; to: string })[]
  /** The chance to leave in a month that each segment's story starts from, before tenure, channel and season. */
  monthly_churn_by_segment: Record<string, number>
  retention_by_channel: { definition: string; channels: Record<string, RetentionCell[]> }
  experiments: { experiment: string; from: string; to: string; treatment_share: number; planned_treatment_share: number; control_rate: number; treatment_rate: number }[]
}

/** Gathers the truth about a finished company. Depends on nothing but its arguments. */
export function tellTruth(
  asked: { customers: number; events: number; seed: number }, bounds: HistoryBounds, history: CustomerHistory,
  anomalies: readonly Anomaly[], experiments: readonly Experiment[],
): Truth {
  return {
    generator: 'kpiql-demo',
    version: DEMO_VERSION,
    ...asked,
    history: { from: formatDay(bounds.from), until: formatDay(bounds.until) },
    conventions: {
      subscriptions: 'end_date is exclusive, empty while the subscription lives. A second subscription of one customer may run beside the first.',
      payments: 'Each subscription is charged its monthly_price on its start_date and every month after, before its end_date; a refused charge is tried again 3, 8 and 15 days after it was due, then the subscription ends that day.',
      trials: `ends_at is ${TRIAL_DAYS} days after started_at and may lie after the last day.`,
      visits: 'customer_id is empty until the visitor has signed up; the visit of signing up has it, and is a key event.',
      sprints: 'end_date is the last day, inclusive; running sprints are not listed.',
      costs: 'An unfinished last month holds the costs to date.',
      ledger: 'Expenses beside those of costs: the two do not overlap.',
      timestamps: 'UTC',
    },
    anomalies: anomalies.map((anomaly) => ({ ...anomaly, from: formatDay(anomaly.from), to: formatDay(anomaly.to) })),
    monthly_churn_by_segment: Object.fromEntries(SEGMENTS.map(({ name, monthlyChurn }) => [name, monthlyChurn])),
    retention_by_channel: {
      definition: 'Of the customers whose first subscription began at least so many months before the last day: those with a live subscription on the day that many months after that beginning.',
      channels: retentionByChannel(history, bounds.until),
    },
    experiments: experiments.map(({ name, from, to, treatmentShare, plannedTreatmentShare, controlRate, treatmentRate }) => ({
      experiment: name, from: formatDay(from), to: formatDay(to), treatment_share: treatmentShare, planned_treatment_share: plannedTreatmentShare,
      control_rate: controlRate, treatment_rate: treatmentRate,
    })),
  }
}

function retentionByChannel({ customers, subscriptions }: CustomerHistory, until: Day): Record<string, RetentionCell[]> {
  const spans: { from: Day; to: Day }[][] = Array.from({ length: customers.length + 1 }, () => [])
  for (let row = 0; row < subscriptions.length; row++) {
    const end = subscriptions.at(row, 4)
    spans[subscriptions.at(row, 1)]?.push({ from: subscriptions.at(row, 3), to: Number.isNaN(end) ? Infinity : end })
  }
  const cells = CHANNELS.map(() => RETENTION_MONTHS.map((month): RetentionCell => ({ month, eligible: 0, retained: 0, rate: null })))
  for (let row = 0; row < customers.length; row++) {
    const paid = spans[customers.at(row, 0)] ?? []
    const first = paid[0]?.from // subscriptions are in order of their start
    if (first === undefined) continue
    for (const cell of cells[customers.at(row, 4)] ?? []) {
      const day = addMonths(first, cell.month)
      if (day > until) continue
      cell.eligible++
      if (paid.some((span) => span.from <= day && day < span.to)) cell.retained++
      cell.rate = cell.retained / cell.eligible
    }
  }
  return Object.fromEntries(CHANNELS.map(({ name }, channel) => [name, cells[channel] ?? []]))
}
