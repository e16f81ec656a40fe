import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { calculate } from '../../src/calculate/calculate.ts'
import { CALCULATORS } from '../../src/calculate/calculators.ts'
import type { CalculationInput } from '../../src/calculate/read-inputs.ts'
import { standardMetrics } from '../../src/calculate/standard-metrics.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'
import type { Metric } from '../../src/model/types.ts'

type Metrics = ReadonlyMap<string, Metric>

let standard: Metrics
beforeAll(async () => {
  standard = await standardMetrics()
})

function ask(name: string, input: CalculationInput, currency: string | null = null, metrics = standard) {
  const calculator = CALCULATORS.find((one) => one.name === name)
  if (!calculator) throw new Error(`There is no calculator ${name}.`)
  return calculate(metrics, calculator, input, currency)
}

/** Worked out on paper. */
const BY_HAND: readonly (readonly [name: string, input: CalculationInput, value: number, unit: string, label: string])[] = [
  ['arpu', { totalRevenue: 50_000, totalUsers: 1000 }, 50, 'currency', 'Average revenue per customer'],
  ['mrr', { subscriptions: 120, averagePrice: '49.90' }, 5988, 'currency', 'Monthly recurring revenue'],
  ['arr', { mrr: '5988.00' }, 71_856, 'currency', 'Annual recurring revenue'],
  // 50 × 0.8 ÷ 0.05
  ['cltv', { arpu: 50, grossMargin: 80, churnRate: 5 }, 800, 'currency', 'Customer lifetime value'],
  ['cac', { marketingCosts: 6000, salesCosts: 4000, newCustomers: 40 }, 250, 'currency', 'Customer acquisition cost'],
  ['cac', { marketingCosts: 6000, newCustomers: 40 }, 150, 'currency', 'Customer acquisition cost'],
  // 400 ÷ (50 × 0.8)
  ['cacPayback', { cac: 400, arpu: 50, grossMargin: 80 }, 10, 'ratio', 'CAC payback'],
  ['burnRate', { totalCosts: 90_000, totalRevenue: 30_000, months: 3 }, 20_000, 'currency', 'Burn rate'],
  ['burnRate', { totalCosts: 90_000, totalRevenue: 30_000 }, 60_000, 'currency', 'Burn rate'],
  ['burnRate', { totalCosts: 10, totalRevenue: 30 }, -20, 'currency', 'Burn rate'],
  ['grossMargin', { totalRevenue: 1000, cogs: 250 }, 75, 'percent', 'Gross margin'],
  ['grossMargin', { totalRevenue: 1000, cogs: 1100 }, -10, 'percent', 'Gross margin'],
  // (500 + 250) × 12 ÷ 6000
  ['salesEfficiency', { newMrr: 500, expansionMrr: 250, salesAndMarketingCosts: 6000 }, 1.5, 'ratio', 'Sales efficiency'],
  ['retentionRate', { customersAtStart: 1000, customersLost: 50 }, 95, 'percent', 'Customer retention rate'],
  ['churnRate', { customersAtStart: 1000, customersLost: 50 }, 5, 'percent', 'Customer churn rate'],
  // (1000 + 200 − 50 − 100) ÷ 1000
  ['nrr', { mrrAtStart: 1000, expansionMrr: 200, contractionMrr: 50, churnedMrr: 100 }, 105, 'percent', 'Net revenue retention'],
  // 1050 of 1000, and 100 by referral: 115 % less 100
  ['egr', { mrrAtStart: 1000, mrrNowOfThese: 1050, mrrNewByReferral: 100 }, 15, 'percent', 'Earned growth rate'],
  ['conversionRate', { visitors: 4000, customers: 60 }, 1.5, 'percent', 'Conversion rate'],
  ['traffic', { organic: 700, paid: 300 }, 1000, 'count', 'Traffic'],
  ['stickiness', { dau: 300, mau: 1200 }, 25, 'percent', 'Stickiness'],
  ['sessionDuration', { totalSeconds: 900, sessions: 6 }, 150, 'duration', 'Average session duration'],
  ['bounceRate', { visits: 800, engagedVisits: 520 }, 35, 'percent', 'Bounce rate'],
  ['sessionsPerUser', { sessions: 450, users: 180 }, 2.5, 'ratio', 'Sessions per user'],
  ['actionsPerSession', { actions: 90, sessions: 40 }, 2.25, 'ratio', 'Actions per session'],
  ['featureAdoptionRate', { activeUsers: 250, featureUsers: 100 }, 40, 'percent', 'Feature adoption rate'],
  ['nps', { promoters: 500, passives: 300, detractors: 200 }, 30, 'score', 'Net promoter score'],
  ['nps', { promoters: 500, detractors: 200, totalResponses: 1000 }, 30, 'score', 'Net promoter score'],
  ['nps', { promoters: 0, passives: 0, detractors: 4 }, -100, 'score', 'Net promoter score'],
  ['csat', { satisfied: 45, responses: 60 }, 75, 'percent', 'Customer satisfaction'],
  ['osat', { totalScore: 42, responses: 10 }, 4.2, 'score', 'Overall satisfaction'],
  ['ces', { totalScore: 55, responses: 10 }, 5.5, 'score', 'Customer effort score'],
  ['activationRate', { newUsers: 200, activatedUsers: 70 }, 35, 'percent', 'Activation rate'],
  ['timeToValue', { durations: [600, 60, 7200] }, 600, 'duration', 'Time to value'],
  ['timeToValue', { durations: [600, 60, 7200, 1000] }, 800, 'duration', 'Time to value'],
  ['defectEscapeRate', { productionDefects: 3, totalDefects: 40 }, 7.5, 'percent', 'Defect escape rate'],
  ['velocity', { completedPoints: 102, sprints: 4 }, 25.5, 'count', 'Velocity'],
]

describe('a calculator', () => {
  it.each(BY_HAND)('%s of %o gives %d by hand', (name, input, value, unit, label) => {
    const { metric, value: found } = ask(name, input)
    expect([found, metric.unit, metric.label]).toEqual([value, unit, label])
  })

  it('is there for every standard metric that people work out by hand', () => {
    const names = 'arpu mrr arr cltv cac retentionRate churnRate nrr conversionRate traffic stickiness sessionDuration bounceRate sessionsPerUser actionsPerSession featureAdoptionRate nps egr csat osat ces activationRate timeToValue defectEscapeRate velocity cacPayback burnRate grossMargin salesEfficiency'
    expect(CALCULATORS.map(({ name }) => name).toSorted()).toEqual(names.split(' ').toSorted())
    expect(new Set(BY_HAND.map(([name]) => name))).toEqual(new Set(CALCULATORS.map(({ name }) => name)))
  })

  it('takes money of any digits and loses none', () => {
    expect(ask('arr', { mrr: '12345678901234567.89' }).exact).toBe('148148146814814814.68')
    expect(ask('mrr', { subscriptions: 3, averagePrice: 0.1 }).exact).toBe('0.3')
    expect(ask('arpu', { totalRevenue: 1, totalUsers: 3 }).exact).toBeNull()
  })

  it('names the currency of money alone', () => {
    expect(ask('arpu', { totalRevenue: 50, totalUsers: 5 }, 'EUR').currency).toBe('EUR')
    expect(ask('cltv', { arpu: 50, grossMargin: 80, churnRate: 5 }, 'EUR').currency).toBe('EUR')
    expect(ask('grossMargin', { totalRevenue: 50, cogs: 5 }, 'EUR').currency).toBeNull()
    expect(ask('cacPayback', { cac: 400, arpu: 50, grossMargin: 80 }, 'EUR').currency).toBeNull()
  })

  it('of churn gives that of revenue beside that of customers, where revenue is given', () => {
    const { value, besides } = ask('churnRate', { customersAtStart: 1000, customersLost: 50, revenueAtStart: 50_000, revenueLost: 2500 })
    expect([value, besides.get('revenueChurn')]).toEqual([5, expect.objectContaining({ value: 5 })])
    expect(ask('churnRate', { customersAtStart: 1000, customersLost: 50 }).besides.get('revenueChurn')).toBeNull()
  })

  it('of stickiness tells its two sides', () => {
    expect(Object.fromEntries(ask('stickiness', { dau: 300, mau: 1200 }).besides)).toEqual({ dau: 300, mau: 1200 })
  })
})

/** One input at fault beside sound ones, and words of why. */
const REFUSED: readonly (readonly [name: string, input: CalculationInput, field: string, why: string])[] = [
  ['arpu', { totalRevenue: 5, totalUsers: 0 }, 'totalUsers', 'is zero'],
  ['arpu', { totalRevenue: -5, totalUsers: 1 }, 'totalRevenue', 'is -5, and cannot be negative'],
  ['arpu', { totalRevenue: 5, totalUsers: 1.5 }, 'totalUsers', 'counts whole things'],
  ['arpu', { totalRevenue: 'five', totalUsers: 1 }, 'totalRevenue', '"five" is no number'],
  ['arpu', { totalRevenue: Number.NaN, totalUsers: 1 }, 'totalRevenue', 'no finite number'],
  ['arpu', { totalRevenue: 'NaN', totalUsers: 1 }, 'totalRevenue', 'is no number'],
  ['arpu', { totalRevenue: Number.POSITIVE_INFINITY, totalUsers: 1 }, 'totalRevenue', 'no finite number'],
  ['arpu', { totalRevenue: 2 ** 60, totalUsers: 1 }, 'totalRevenue', 'more digits than a number of JSON holds'],
  ['arpu', { totalRevenue: `1${'0'.repeat(30)}`, totalUsers: 1 }, 'totalRevenue', 'too large'],
  ['arpu', { totalRevenue: 1e300, totalUsers: 1 }, 'totalRevenue', 'too large'],
  ['grossMargin', { totalRevenue: 5e-324, cogs: 1 }, 'totalRevenue', 'too small'],
  ['arpu', { totalUsers: 1 }, 'totalRevenue', 'is missing'],
  ['arpu', { totalRevenue: null, totalUsers: 1 }, 'totalRevenue', 'is missing'],
  ['arpu', { totalRevenue: [5], totalUsers: 1 }, 'totalRevenue', 'one number, not a list'],
  ['mrr', { subscriptions: 2.5, averagePrice: 10 }, 'subscriptions', 'counts whole things'],
  ['mrr', { subscriptions: 2, averagePrice: -10 }, 'averagePrice', 'cannot be negative'],
  ['arr', { mrr: '-0.01' }, 'mrr', 'cannot be negative'],
  ['cltv', { arpu: 50, grossMargin: 101, churnRate: 5 }, 'grossMargin', 'from 0 to 100'],
  ['cltv', { arpu: 50, grossMargin: 80, churnRate: 0 }, 'churnRate', 'is zero'],
  ['cac', { marketingCosts: 5, newCustomers: 0 }, 'newCustomers', 'is zero'],
  ['cacPayback', { cac: 5, arpu: 0, grossMargin: 80 }, 'arpu', 'is zero'],
  ['cacPayback', { cac: 5, arpu: 5, grossMargin: 0 }, 'grossMargin', 'is zero'],
  ['burnRate', { totalCosts: 5, totalRevenue: 5, months: 0 }, 'months', 'is zero'],
  ['grossMargin', { totalRevenue: 0, cogs: 5 }, 'totalRevenue', 'is zero'],
  ['salesEfficiency', { newMrr: 5, salesAndMarketingCosts: 0 }, 'salesAndMarketingCosts', 'is zero'],
  ['retentionRate', { customersAtStart: 10, customersLost: 11 }, 'customersLost', 'is 11, more than customersAtStart (10)'],
  ['churnRate', { customersAtStart: 10, customersLost: 11 }, 'customersLost', 'is 11, more than customersAtStart (10)'],
  ['churnRate', { customersAtStart: 0, customersLost: 0 }, 'customersAtStart', 'is zero'],
  ['churnRate', { customersAtStart: 10, customersLost: 1, revenueLost: 5 }, 'revenueAtStart', 'is missing beside revenueLost'],
  ['churnRate', { customersAtStart: 10, customersLost: 1, revenueAtStart: 5 }, 'revenueLost', 'is missing beside revenueAtStart'],
  ['churnRate', { customersAtStart: 10, customersLost: 1, revenueAtStart: 5, revenueLost: 6 }, 'revenueLost', 'is 6, more than revenueAtStart (5)'],
  ['nrr', { mrrAtStart: 0 }, 'mrrAtStart', 'is zero'],
  ['nrr', { mrrAtStart: 10, churnedMrr: 8, contractionMrr: 3 }, 'churnedMrr', 'is 11, more than mrrAtStart + expansionMrr (10)'],
  ['egr', { mrrAtStart: 0, mrrNowOfThese: 1 }, 'mrrAtStart', 'is zero'],
  ['conversionRate', { visitors: 5, customers: 6 }, 'customers', 'is 6, more than visitors (5)'],
  ['traffic', { organic: -1 }, 'organic', 'cannot be negative'],
  ['stickiness', { dau: 6, mau: 5 }, 'dau', 'is 6, more than mau (5)'],
  ['sessionDuration', { totalSeconds: 5, sessions: 0 }, 'sessions', 'is zero'],
  ['bounceRate', { visits: 5, engagedVisits: 6 }, 'engagedVisits', 'is 6, more than visits (5)'],
  ['sessionsPerUser', { sessions: 5, users: 0 }, 'users', 'is zero'],
  ['actionsPerSession', { actions: 5, sessions: 0 }, 'sessions', 'is zero'],
  ['featureAdoptionRate', { activeUsers: 5, featureUsers: 6 }, 'featureUsers', 'is 6, more than activeUsers (5)'],
  ['nps', { promoters: 6, detractors: 0, totalResponses: 5 }, 'promoters', 'is 6, more than totalResponses (5)'],
  ['nps', { promoters: 3, detractors: 3, totalResponses: 5 }, 'detractors', 'is 3, more than totalResponses - promoters (2)'],
  ['nps', { promoters: 3, detractors: 3 }, 'totalResponses', 'exactly one of passives and totalResponses'],
  ['nps', { promoters: 3, detractors: 3, passives: 1, totalResponses: 7 }, 'totalResponses', 'exactly one of passives and totalResponses'],
  ['nps', { promoters: 0, detractors: 0, passives: 0 }, 'passives', 'without an answer there is no score'],
  ['nps', { promoters: 0, detractors: 0, totalResponses: 0 }, 'totalResponses', 'is zero'],
  ['csat', { satisfied: 6, responses: 5 }, 'satisfied', 'is 6, more than responses (5)'],
  ['osat', { totalScore: 26, responses: 5 }, 'totalScore', 'each answer is from 1 to 5'],
  ['osat', { totalScore: 4, responses: 5 }, 'totalScore', 'is 4, less than responses (5)'],
  ['ces', { totalScore: 36, responses: 5 }, 'totalScore', 'each answer is from 1 to 7'],
  ['activationRate', { newUsers: 5, activatedUsers: 6 }, 'activatedUsers', 'is 6, more than newUsers (5)'],
  ['timeToValue', { durations: [] }, 'durations', 'is empty'],
  ['timeToValue', { durations: [5, -1] }, 'durations', 'cannot be negative'],
  ['timeToValue', { durations: Array.from({ length: 10_001 }, () => 1) }, 'durations', 'more than 10000'],
  ['defectEscapeRate', { productionDefects: 6, totalDefects: 5 }, 'productionDefects', 'is 6, more than totalDefects (5)'],
  ['velocity', { completedPoints: 5, sprints: 0 }, 'sprints', 'is zero'],
]

function refusal(run: () => unknown): KpiqlError {
  try {
    run()
  } catch (error) {
    if (error instanceof KpiqlError) return error
    throw error
  }
  throw new Error('It was not refused.')
}

describe('what cannot be', () => {
  it.each(REFUSED)('%s of %o is refused for %s, which %s', (name, input, field, why) => {
    const { code, data, message, hint } = refusal(() => ask(name, input))
    expect([code, data]).toEqual(['CALCULATION_INVALID', { field }])
    expect(message).toContain(`\`${field}\``)
    expect(message).toContain(why)
    expect(hint).toBeTruthy()
  })

  it('is refused of a currency without a code', () => {
    expect(refusal(() => ask('arr', { mrr: 1 }, 'dollar')).data).toEqual({ field: 'currency' })
  })

  it('is refused for every calculator and each of its inputs that is negative', () => {
    for (const { name, inputs } of CALCULATORS) {
      for (const input of inputs) {
        const sound = BY_HAND.find(([candidate]) => candidate === name)?.[1] ?? {}
        expect(refusal(() => ask(name, { ...sound, [input.name]: input.list ? [-1] : -1 })).data, `${name}.${input.name}`).toEqual({ field: input.name })
      }
    }
  })
})

/** The metrics of the packs, with one text of their files changed. */
async function changedPacks(was: string, is: string): Promise<Metrics> {
  const files = await readModelFiles(['saas', 'product', 'satisfaction', 'delivery'].map((pack) => join(import.meta.dirname, '../../models', `${pack}.yml`)), 'packs')
  expect(files.filter(({ text }) => text.includes(was))).toHaveLength(1)
  const loaded = loadModel(files.map((file) => ({ ...file, text: file.text.replace(was, is) })))
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.model.metrics
}

describe('the formula', () => {
  it.each([
    ['arr', { mrr: 100 }, 'expr: mrr * 12', 'expr: mrr * 13', 1200, 1300],
    ['cltv', { arpu: 50, grossMargin: 80, churnRate: 5 }, 'expr: arpu * gross_margin / churn_rate', 'expr: arpu * gross_margin / churn_rate / 100', 800, 8],
    ['nps', { promoters: 5, passives: 3, detractors: 2 }, 'expr: (promoters - detractors) / answers * 100', 'expr: (promoters + detractors) / answers * 100', 30, 70],
    ['grossMargin', { totalRevenue: 1000, cogs: 250 }, 'expr: (total_revenue - cogs) / total_revenue * 100', 'expr: cogs / total_revenue * 100', 75, 25],
    ['salesEfficiency', { newMrr: 500, expansionMrr: 250, salesAndMarketingCosts: 6000 }, 'expr: (new_mrr + expansion_mrr) * 12 / acquisition_spend', 'expr: (new_mrr - expansion_mrr) * 12 / acquisition_spend', 1.5, 0.5],
    ['timeToValue', { durations: [1, 2, 6] }, 'agg: median', 'agg: average', 2, 3],
  ] as const)('of %s is that of the pack: changed there it changes here', async (name, input, was, is, before, after) => {
    expect(ask(name, input).value).toBe(before)
    expect(ask(name, input, null, await changedPacks(was, is)).value).toBeCloseTo(after, 12)
  })
})
