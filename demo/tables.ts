import { PAYMENT_STATUSES } from './billing.ts'
import { planExperiments } from './experiments.ts'
import type { Experiment } from './experiments.ts'
import { LEDGER_CATEGORIES, LEDGER_DESCRIPTIONS } from './operations.ts'
import type { TableShape } from './table-writer.ts'
import {
  CHANNELS, COUNTRIES, DEVICES, EVENTS, FEATURES, FOUND_IN, PLANS, ROLES, SEGMENTS, SESSION_CHANNELS, SEVERITIES, SURVEY_KINDS, TEAMS, VARIANTS, VISIT_CHANNELS,
} from './vocabulary.ts'

const countries = COUNTRIES.map(({ code }) => code)

/** The tables of the demo company: SaaS layout first, then what it adds. Columns are in the order of the files. */
export const TABLES = {
  customers: {
    name: 'customers',
    columns: { customer_id: 'integer', signup_date: 'date', segment: SEGMENTS.map(({ name }) => name), country: countries, acquisition_channel: CHANNELS.map(({ name }) => name), is_active: 'boolean' },
    nullable: ['country'],
  },
  subscriptions: {
    name: 'subscriptions',
    columns: { subscription_id: 'integer', customer_id: 'integer', plan_type: PLANS.map(({ name }) => name), start_date: 'date', end_date: 'date', monthly_price: 'money' },
    nullable: ['end_date'],
  },
  payments: {
    name: 'payments',
    columns: { payment_id: 'integer', customer_id: 'integer', payment_date: 'date', amount: 'money', payment_status: PAYMENT_STATUSES },
  },
  costs: { name: 'costs', columns: { month: 'month', infra_cost: 'money', marketing_cost: 'money', support_cost: 'money' } },
  members: { name: 'members', columns: { user_id: 'integer', customer_id: 'integer', created_date: 'date', role: ROLES } },
  trials: {
    name: 'trials',
    columns: { trial_id: 'integer', customer_id: 'integer', user_id: 'integer', started_at: 'timestamp', ends_at: 'timestamp', converted_at: 'timestamp' },
    nullable: ['converted_at'],
  },
  events: {
    name: 'events',
    columns: {
      event_id: 'integer', user_id: 'integer', customer_id: 'integer', ts: 'timestamp', event: EVENTS, feature: FEATURES,
      session_id: 'integer', channel: SESSION_CHANNELS, country: countries, device: DEVICES,
    },
    nullable: ['feature', 'country'],
  },
  visits: {
    name: 'visits',
    columns: {
      visit_id: 'integer', visitor_id: 'integer', customer_id: 'integer', ts: 'timestamp', channel: VISIT_CHANNELS, page_views: 'integer',
      duration_seconds: 'integer', key_event: 'boolean', country: countries, device: DEVICES,
    },
    nullable: ['customer_id', 'country'],
  },
  surveys: { name: 'surveys', columns: { survey_id: 'integer', user_id: 'integer', ts: 'timestamp', kind: SURVEY_KINDS, score: 'integer' } },
  defects: {
    name: 'defects',
    columns: { defect_id: 'integer', found_in: FOUND_IN, severity: SEVERITIES, created_date: 'date', resolved_date: 'date', sprint_id: 'integer' },
    nullable: ['resolved_date', 'sprint_id'],
  },
  sprints: {
    name: 'sprints',
    columns: { sprint_id: 'integer', team: TEAMS, start_date: 'date', end_date: 'date', committed_points: 'integer', completed_points: 'integer' },
  },
  referrals: {
    name: 'referrals',
    columns: { referral_id: 'integer', referrer_customer_id: 'integer', referred_customer_id: 'integer', referred_date: 'date' },
  },
  ledger: {
    name: 'ledger',
    columns: { entry_id: 'integer', entry_date: 'date', category: LEDGER_CATEGORIES, amount: 'money', description: LEDGER_DESCRIPTIONS },
  },
} as const satisfies Record<string, TableShape>

/** Exposures and outcomes; the names of the experiments depend on the company. */
export function experimentsTable(experiments: readonly Experiment[]): TableShape {
  return {
    name: 'experiments',
    columns: {
      exposure_id: 'integer', experiment: experiments.map(({ name }) => name), variant: VARIANTS, user_id: 'integer', exposed_at: 'timestamp',
      converted: 'boolean', value: 'money',
    },
  }
}

/** All tables of the company. Columns do not depend on its days. */
export function allTables(): readonly TableShape[] {
  return [...Object.values(TABLES), experimentsTable(planExperiments(0))]
}
