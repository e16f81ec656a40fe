import { loadModel } from '../../src/model/load-model.ts'
import type { Problem } from '../../src/model/problem.ts'
import type { Cohort, Metric, MetricDefinition, Model } from '../../src/model/types.ts'

/** A shop with customers, their users, subscriptions, payments and events; `exchange` is a table of another source. */
export const SHOP = `semantic_models:
  - name: customers
    source: shop
    agg_time_dimension: signup_date
    entities: [{ name: customer, type: primary, expr: customer_id }]
    dimensions: [{ name: signup_date, type: time }, { name: country, type: categorical }]
  - name: users
    source: shop
    agg_time_dimension: joined_on
    entities: [{ name: user, type: primary, expr: user_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: joined_on, type: time }, { name: role, type: categorical }]
  - name: subscriptions
    source: shop
    agg_time_dimension: start_date
    entities: [{ name: subscription, type: primary, expr: subscription_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: start_date, type: time }, { name: end_date, type: time }, { name: plan, type: categorical }, { name: currency, type: categorical, public_name: subscription_currency }]
    validity: { start: start_date, end: end_date }
  - name: payments
    source: shop
    agg_time_dimension: paid_on
    entities: [{ name: payment, type: primary, expr: payment_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: paid_on, type: time }, { name: status, type: categorical }, { name: product, type: categorical }, { name: payment_currency, type: categorical }, { name: parts, type: categorical, value_type: integer }]
  - name: events
    source: shop
    agg_time_dimension: event_time
    entities: [{ name: event, type: primary, expr: event_id }, { name: user, type: foreign, expr: user_id }]
    dimensions: [{ name: event_time, type: time, granularity: minute }, { name: feature, type: categorical }]
  - name: clicks
    source: web
    agg_time_dimension: clicked_at
    entities: [{ name: click, type: primary, expr: click_id }, { name: user, type: foreign, expr: user_id }]
    dimensions: [{ name: clicked_at, type: time, granularity: minute }]
  - name: fx_rates
    source: shop
    dimensions: [{ name: from_currency, type: categorical }, { name: rate_date, type: time }, { name: rate_month, type: time, granularity: month }, { name: digits, type: categorical, value_type: integer }]
metrics:
  - { name: signups, semantic_model: customers, agg: count }
  - { name: new_members, semantic_model: users, agg: count }
  - { name: payments, semantic_model: payments, agg: count, filter: status = 'paid' }
  - { name: feature_uses, semantic_model: events, agg: count, filter: feature IS NOT NULL }
  - { name: clicks, semantic_model: clicks, agg: count }
  - { name: subscribed, semantic_model: subscriptions, agg: count, as_of: period_end }
  - { name: per_signup, type: ratio, numerator: payments, denominator: signups }
`

/** The first line of what tests put behind the shop. */
export const FIRST_LINE = SHOP.split('\n').length

/** What loading the shop with these lines behind its metrics finds, in order. */
export function problemsWith(...lines: readonly string[]): readonly Problem[] {
  return loadModel([{ name: 'shop.yml', text: `${SHOP}${lines.join('\n')}\n` }]).problems
}

/** The one problem there is. */
export function onlyProblem(...lines: readonly string[]): Problem {
  const found = problemsWith(...lines)
  if (found.length !== 1 || !found[0]) throw new Error(`Expected one problem, found ${JSON.stringify(found, null, 2)}`)
  return found[0]
}

export function modelWith(...lines: readonly string[]): Model {
  const result = loadModel([{ name: 'shop.yml', text: `${SHOP}${lines.join('\n')}\n` }])
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2))
  return result.model
}

/** The metric `{ name: x, … }` in a shop that holds it. */
export function metricOf(keys: string): Metric {
  const metric = modelWith(`  - { name: x, ${keys} }`).metrics.get('x')
  if (!metric) throw new Error('The model lacks the metric.')
  return metric
}

export function definitionOf(keys: string): MetricDefinition | undefined {
  return metricOf(keys).implementations[0]
}

/** The cohort `{ name: x, … }` beside `others`. */
export function cohortOf(keys: string, ...others: readonly string[]): Cohort {
  const cohort = modelWith('cohorts:', `  - { name: x, ${keys} }`, ...others).cohorts.get('x')
  if (!cohort) throw new Error('The model lacks the cohort.')
  return cohort
}
