import { readFileSync } from 'node:fs'
import { isEnumType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { buildSchema } from '../../schema/build-schema.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { shownMetrics } from '../../src/model/shown-metrics.ts'
import { FIRST_LINE, SHOP, metricOf, modelWith, onlyProblem } from './model-shop.ts'

const PAID = 'semantic_model: payments, agg: sum, expr: amount'
const RATES = 'exchange_rates: { semantic_model: fx_rates, currency: from_currency, date: rate_date, rate: rate, to: USD }'

const refused = (what: string, cases: readonly (readonly [keys: string, message: RegExp, hint?: RegExp])[]): void => {
  it.each(cases.map(([keys, message, hint]) => ({ keys, message, hint })))(`${what} { $keys }`, ({ keys, message, hint }) => {
    const found = onlyProblem(`  - { name: x, ${keys} }`)
    expect(found.message).toMatch(message)
    if (hint) expect(found.hint).toMatch(hint)
    expect(found.line).toBe(FIRST_LINE)
  })
}

describe('the currency of a metric', () => {
  it('is a code, or a dimension of its rows by the name clients see', () => {
    expect(metricOf(`${PAID}, currency: EUR`)).toMatchObject({ unit: 'currency', currency: { code: 'EUR' } })
    expect(metricOf(`${PAID}, currency: { dimension: payment_currency }`)).toMatchObject({ unit: 'currency', currency: { dimension: 'payment_currency' } })
    const movement = 'type: movement, semantic_model: subscriptions, entity: customer, expr: price, component: new'
    expect(metricOf(`${movement}, currency: { dimension: currency }`).currency).toEqual({ dimension: 'subscription_currency' })
    expect(metricOf(`${movement}, currency: { dimension: subscription_currency }`).currency).toEqual({ dimension: 'subscription_currency' })
  })

  it('of what is made from amounts by row follows them, whatever the currency of the model', () => {
    const lines = ['  - { name: by_row, semantic_model: payments, agg: sum, expr: amount, currency: { dimension: payment_currency } }', '  - { name: half, type: derived, expr: by_row / 2, metrics: [by_row], unit: currency }', '  - { name: to_date, type: cumulative, metric: by_row }']
    const model = modelWith(...lines, '  - { name: plain, semantic_model: payments, agg: sum, expr: amount, unit: currency }', 'currency: USD')
    expect(['by_row', 'half', 'to_date', 'plain'].map((name) => model.metrics.get(name)?.currency)).toEqual([{ dimension: 'payment_currency' }, null, null, { code: 'USD' }])
    expect(['half', 'to_date'].map((name) => model.metrics.get(name)?.unit)).toEqual(['currency', 'currency'])
    expect(onlyProblem(...lines, '  - { name: x, type: derived, expr: half, metrics: [half], currency: USD }').message).toMatch(/^"x" is made from amounts whose rows say their currency/)
  })

  refused('is refused in', [
    [`${PAID}, currency: euro`, /three capital letters/],
    [`${PAID}, currency: { dimension: payment_curency }`, /^"payments" has no dimension "payment_curency"/, /"payment_currency"/],
    [`${PAID}, currency: { dimension: country }`, /^"payments" has no dimension "country"/],
    [`${PAID}, currency: { dimension: parts }`, /holds integer/],
    ['type: derived, expr: payments, metrics: [payments], currency: { dimension: payment_currency }', /^A derived metric reads no rows/],
    [`${PAID}, unit: score, currency: { dimension: payment_currency }`, /^A metric with unit score has no currency/],
  ])
})

describe('hidden metrics', () => {
  const model = modelWith('  - { name: helper, semantic_model: payments, agg: count, hidden: true }', '  - { name: x, type: ratio, numerator: helper, denominator: signups }')

  it('serve others and are shown to no client', () => {
    expect(model.metrics.get('helper')?.hidden).toBe(true)
    expect(shownMetrics(model).map(({ name }) => name)).not.toContain('helper')
    const names = buildSchema(model).getType('MetricName')
    expect(isEnumType(names) ? names.getValues().map(({ name }) => name) : []).toEqual(shownMetrics(model).map(({ enumName }) => enumName))
  })

  it('have no old names and stand in no saved query', () => {
    expect(onlyProblem('  - { name: x, semantic_model: payments, agg: count, hidden: true, deprecated_names: [y] }').message).toMatch(/^A hidden metric has no names/)
    expect(onlyProblem('  - { name: x, semantic_model: payments, agg: count, hidden: true }', 'saved_queries:', '  - { name: q, metrics: [x] }').message).toMatch(/^"x" is hidden, and a saved query would show it/)
  })
})

describe('what a metric says where data is missing', () => {
  it('is a reason and a remedy', () => {
    expect(metricOf(`${PAID}, when_missing: { reason: COSTS_NOT_RECORDED, remedy: Record them with recordCost. }`).whenMissing).toEqual({ reason: 'COSTS_NOT_RECORDED', remedy: 'Record them with recordCost.' })
    expect(metricOf(PAID)).toMatchObject({ whenMissing: null, estimate: null, hidden: false })
  })

  it('is an estimate over other metrics, or a constant', () => {
    expect(metricOf(`${PAID}, estimate: { expr: payments * 0.2, metrics: [payments], assumption: 20 % of payments. }`).estimate).toMatchObject({
      formula: { kind: 'binary', op: '*', left: { kind: 'input', alias: 'payments' }, right: { kind: 'number', text: '0.2' } },
      inputs: [{ metric: 'payments', alias: 'payments' }],
      assumption: '20 % of payments.',
    })
    expect(metricOf(`${PAID}, estimate: { expr: 100, assumption: A hundred. }`).estimate).toEqual({ formula: { kind: 'number', text: '100' }, inputs: [], assumption: 'A hundred.' })
  })

  it('is never made from the metric itself', () => {
    const found = onlyProblem(`  - { name: x, ${PAID}, estimate: { expr: y, metrics: [y], assumption: Y. } }`, '  - { name: y, type: derived, expr: x * 2, metrics: [x] }')
    expect(found.message).toBe('The metric "x" is made from itself: x → y → x.')
  })

  refused('is refused in', [
    [`${PAID}, when_missing: { reason: NO_IDEA, remedy: None. }`, /^reason cannot be "NO_IDEA"/],
    [`${PAID}, when_missing: { reason: SOURCE_MISSING }`, /^The key "remedy" is missing/],
    [`${PAID}, estimate: { expr: 100 }`, /^The key "assumption" is missing/],
    [`${PAID}, estimate: { expr: payments * 2, assumption: A. }`, /do not include "payments"/, /List payments under `metrics`/],
    [`${PAID}, estimate: { expr: 2, metrics: [payments], assumption: A. }`, /^The input "payments" is not used/],
    [`${PAID}, estimate: { expr: 2 *, assumption: A. }`, /not the end/],
    [`${PAID}, estimate: { expr: paymnts, metrics: [paymnts], assumption: A. }`, /^There is no metric "paymnts"/, /"payments"/],
  ])
})

describe('benchmarks', () => {
  it('have bounds in the order of the direction, or none', () => {
    expect(metricOf(`${PAID}, direction: lower_is_better, benchmark: { text: Churn., excellent: 3, good: 5, acceptable: 7, source: Rule of thumb }`).benchmark).toEqual({ text: 'Churn.', excellent: 3, good: 5, acceptable: 7, source: 'Rule of thumb' })
    expect(metricOf(`${PAID}, direction: higher_is_better, benchmark: { text: Margin., excellent: 80, acceptable: 60 }`).benchmark).toEqual({ text: 'Margin.', excellent: 80, good: null, acceptable: 60, source: null })
    expect(metricOf(`${PAID}, benchmark: { text: It depends. }`).benchmark).toMatchObject({ excellent: null, good: null, acceptable: null })
  })

  refused('are refused in', [
    [`${PAID}, benchmark: { text: T, good: 5 }`, /without a direction/, /higher_is_better/],
    [`${PAID}, direction: higher_is_better, benchmark: { text: T, excellent: 3, good: 5 }`, /^Where higher is better, good lies below excellent \(3\), not at 5/],
    [`${PAID}, direction: lower_is_better, benchmark: { text: T, excellent: 3, acceptable: 3 }`, /^Where lower is better, acceptable lies above excellent \(3\), not at 3/],
  ])
})

describe('rates', () => {
  it('may name the number of their base periods, others not', () => {
    expect(metricOf('type: derived, expr: payments / periods, metrics: [payments], rate_period: month').implementations[0]).toMatchObject({ formula: { right: { kind: 'input', alias: 'periods' } }, inputs: [{ alias: 'payments' }] })
    expect(onlyProblem('  - { name: x, type: derived, expr: payments / periods, metrics: [payments] }').hint).toMatch(/rate_period/)
    expect(onlyProblem('  - { name: x, type: derived, expr: signups / periods, metrics: [signups, { name: payments, alias: periods }], rate_period: month }').message).toMatch(/^In a rate, `periods` is the number of its base periods/)
  })

  it('may add up what is known', () => {
    expect(metricOf('type: derived, expr: "sum(payments, signups)", metrics: [payments, signups]').implementations[0]).toMatchObject({ formula: { kind: 'call', name: 'sum', args: [{ alias: 'payments' }, { alias: 'signups' }] } })
  })
})

describe('exchange rates', () => {
  it('are the rows of a semantic model, one currency to another from a day on', () => {
    expect(modelWith(RATES).exchangeRates).toEqual({ semanticModel: 'fx_rates', currency: 'from_currency', date: 'rate_date', rate: 'rate', to: 'USD' })
    expect(modelWith('').exchangeRates).toBeNull()
  })

  const refusals: readonly (readonly [written: string, by: string, message: RegExp, hint?: RegExp])[] = [
    ['fx_rates', 'fx_rate', /^There is no semantic model "fx_rate"/, /"fx_rates"/],
    ['from_currency', 'from_curency', /^"fx_rates" has no dimension "from_curency"/, /"from_currency"/],
    ['from_currency', 'digits', /holds integer/],
    ['rate_date', 'digits', /^"digits" is not a time dimension/],
    ['rate_date', 'rate_month', /granularity month/],
    ['rate: rate', 'rate: avg(rate)', /adds rows up/],
    ['USD', 'dollar', /three capital letters/],
    [', to: USD', '', /^The key "to" is missing/],
  ]
  it.each(refusals.map(([written, by, message, hint]) => ({ written, by, message, hint })))('are refused with $by in the place of $written', ({ written, by, message, hint }) => {
    const found = onlyProblem(RATES.replace(written, by))
    expect(found.message).toMatch(message)
    if (hint) expect(found.hint).toMatch(hint)
    expect(found.path).toMatch(/^exchange_rates/)
  })

  it('are said in one file', () => {
    const result = loadModel([
      { name: 'a.yml', text: `${SHOP}${RATES}\n` },
      { name: 'b.yml', text: `${RATES}\n` },
    ])
    expect(result.problems).toMatchObject([{ file: 'b.yml', line: 1, message: 'There are two exchange_rates; the other is in a.yml.' }])
  })
})

describe('the examples of the guide', () => {
  const blocks = [...readFileSync(new URL('../../docs/guides/model.md', import.meta.url), 'utf8').matchAll(/^```yaml\n(.*?)\n```/gms)].map(([, text = '']) => text)
  const withText = (start: string): string => blocks.find((block) => block.startsWith(start)) ?? ''
  const opens = SHOP.replace('{ name: country, type: categorical }', '{ name: country, type: categorical }, { name: segment, type: categorical }')

  it('load as they stand', () => {
    expect(loadModel([{ name: 'guide.yml', text: withText('semantic_models:') }], { source: 'shop' }).problems).toEqual([])
  })

  it('load in a model that has what they name', () => {
    const text = `${opens}  - { name: trials, semantic_model: customers, agg: count }\n${withText('  - { name: new_mrr')}\n${withText('cohorts:')}\n${withText('exchange_rates:')}\n`
    const { model, problems } = loadModel([{ name: 'guide.yml', text }])
    expect(problems).toEqual([])
    expect([...new Set([...(model?.metrics.values() ?? [])].flatMap(({ implementations }) => implementations.map(({ type }) => type)))].toSorted()).toEqual(['active', 'conversion', 'funnel', 'movement', 'ratio', 'retention', 'simple'])
    expect(model?.cohorts.size).toBe(6)
    expect(model?.exchangeRates?.to).toBe('USD')
  })
})
