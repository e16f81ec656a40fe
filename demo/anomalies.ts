import { type Day, addMonths, monthStart } from './calendar.ts'

/** Something planted in the data that analysis ought to find. Days are inclusive. */
export interface Anomaly {
  id: AnomalyId
  what: string
  from: Day
  to: Day
  where: { table: string; column?: string; value?: string }
  /** What is multiplied, in the rows that `where` names, and by how much. */
  measure: string
  factor: number
}

export type AnomalyId =
  | 'event_outage' | 'traffic_spike' | 'mobile_tracking_lost' | 'payment_outage' | 'churn_wave'
  | 'signup_form_broken' | 'marketing_overspend' | 'bad_release_defects' | 'bad_release_scores' | 'pro_price_rise'

/** The anomalies of a company, and the factor of each on a given day. */
export class AnomalyPlan {
  readonly anomalies: readonly Anomaly[]
  readonly #byId: ReadonlyMap<AnomalyId, Anomaly>

  /** @param until the last day of the history; every anomaly keeps its distance from it */
  constructor(until: Day) {
    const overspendMonth = addMonths(monthStart(until), -13)
    this.anomalies = [
      { id: 'event_outage', what: 'The event pipeline lost most of a day.', from: until - 118, to: until - 118, where: { table: 'events' }, measure: 'rows', factor: 0.15 },
      { id: 'traffic_spike', what: 'A scripted client in Germany multiplied sessions for a day.', from: until - 61, to: until - 61, where: { table: 'events', column: 'country', value: 'DE' }, measure: 'sessions', factor: 6 },
      { id: 'mobile_tracking_lost', what: 'A release stopped sending events from phones.', from: until - 186, to: until - 183, where: { table: 'events', column: 'device', value: 'mobile' }, measure: 'rows', factor: 0.1 },
      { id: 'payment_outage', what: 'The payment processor refused most cards.', from: until - 213, to: until - 209, where: { table: 'payments', column: 'payment_status', value: 'Failed' }, measure: 'share of charges refused at once (later attempts less)', factor: 15 },
      { id: 'churn_wave', what: 'A competitor\'s offer drew small businesses away.', from: until - 300, to: until - 271, where: { table: 'subscriptions', column: 'customers.segment', value: 'SMB' }, measure: 'monthly churn', factor: 4 },
      { id: 'signup_form_broken', what: 'The signup form failed in most browsers.', from: until - 490, to: until - 481, where: { table: 'customers' }, measure: 'rows by signup_date', factor: 0.15 },
      { id: 'marketing_overspend', what: 'A campaign was booked twice.', from: overspendMonth, to: addMonths(overspendMonth, 1) - 1, where: { table: 'costs', column: 'marketing_cost' }, measure: 'marketing_cost', factor: 2.2 },
      { id: 'bad_release_defects', what: 'A release brought many defects to production.', from: until - 150, to: until - 130, where: { table: 'defects', column: 'found_in', value: 'production' }, measure: 'rows by created_date', factor: 6 },
      { id: 'bad_release_scores', what: 'The same release spoilt survey scores.', from: until - 150, to: until - 130, where: { table: 'surveys', column: 'kind', value: 'nps' }, measure: 'mean score (nps; the other kinds fall alike)', factor: 0.6 },
      { id: 'pro_price_rise', what: 'List price of Pro raised for new subscriptions, for good.', from: until - 330, to: until, where: { table: 'subscriptions', column: 'plan_type', value: 'Pro' }, measure: 'monthly_price of subscriptions begun since', factor: 1.25 },
    ]
    this.#byId = new Map(this.anomalies.map((anomaly) => [anomaly.id, anomaly]))
  }

  /** The anomaly's factor on its days, 1 on all others. */
  factor(id: AnomalyId, day: Day): number {
    const anomaly = this.#byId.get(id)
    return anomaly !== undefined && day >= anomaly.from && day <= anomaly.to ? anomaly.factor : 1
  }
}
