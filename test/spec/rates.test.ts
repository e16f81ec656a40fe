import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cellsOf, smallWorld, told } from '../oracle/small-world.ts'
import type { Asked, SmallWorld } from '../oracle/small-world.ts'

// Five customers, payments and costs of the first quarter of 2025. It is 10 April, noon.
//
// |          | start | churned | MRR at the end | customers at the end | revenue | costs |
// | January  | 0     | 0       | 60             | 3                    | 50      | 10    |
// | February | 3     | 1 (b)   | 80             | 3                    | 60      | 12    |
// | March    | 3     | 1 (c)   | 100            | 3                    | 70      | –     |
// | April    | 3     | 0       | 100            | 3                    | –       | –     |

const NOW = '2025-04-10T12:00:00Z'

const MODEL = `
semantic_models:
  - name: subscriptions
    table: subscriptions
    entities: [{ name: customer, type: primary, expr: customer }]
    dimensions:
      - { name: began, type: time, granularity: day }
      - { name: ended, type: time, granularity: day }
    validity: { start: began, end: ended }
  - name: payments
    table: payments
    agg_time_dimension: paid
    dimensions: [{ name: paid, type: time, granularity: day }]
  - name: costs
    table: costs
    agg_time_dimension: month
    dimensions: [{ name: month, type: time, granularity: month }]
metrics:
  - { name: churned, type: movement, semantic_model: subscriptions, entity: customer, expr: price, component: churned, of: entities }
  - { name: opening, type: movement, semantic_model: subscriptions, entity: customer, expr: price, component: start, of: entities }
  - { name: churn, type: ratio, numerator: churned, denominator: opening, unit: percent, rate_period: month }
  - { name: mrr, semantic_model: subscriptions, agg: sum, expr: price, as_of: period_end, unit: currency }
  - { name: customers, semantic_model: subscriptions, agg: count_distinct, expr: customer, as_of: period_end }
  - { name: arpu, type: ratio, numerator: mrr, denominator: customers, unit: currency, rate_period: month }
  - { name: mean_price, semantic_model: subscriptions, agg: average, expr: price, as_of: period_end }
  - { name: revenue, semantic_model: payments, agg: sum, expr: amount, unit: currency }
  - { name: costs, semantic_model: costs, agg: sum, expr: amount, unit: currency }
  - { name: booked_costs, semantic_model: costs, agg: sum, expr: amount, unit: currency, when_missing: { reason: COSTS_NOT_RECORDED, remedy: Book them. } }
  - { name: burn, type: derived, expr: (booked_costs - revenue) / periods, metrics: [booked_costs, revenue], unit: currency, rate_period: month }
  - { name: loose_burn, type: derived, expr: (costs - revenue) / periods, metrics: [costs, revenue], unit: currency, rate_period: month }
  - { name: margin, type: derived, expr: (revenue - costs) / revenue * 100, metrics: [revenue, costs], unit: percent }
  - { name: value, type: derived, expr: arpu * margin / churn, metrics: [arpu, margin, churn], unit: currency, rate_period: month }
  - { name: price_by_mean, type: derived, expr: mrr / mean_price, metrics: [mrr, mean_price], unit: ratio, rate_period: month }
`

const DATA = {
  subscriptions: {
    columns: { customer: 'VARCHAR', began: 'DATE', ended: 'DATE', price: 'DECIMAL(12,2)' },
    rows: [
      { customer: 'a', began: '2025-01-01', ended: null, price: '10.00' },
      { customer: 'b', began: '2025-01-01', ended: '2025-02-15', price: '20.00' },
      { customer: 'c', began: '2025-01-10', ended: '2025-03-20', price: '30.00' },
      { customer: 'd', began: '2025-02-05', ended: null, price: '40.00' },
      { customer: 'e', began: '2025-03-01', ended: null, price: '50.00' },
    ],
  },
  payments: {
    columns: { paid: 'DATE', amount: 'DECIMAL(12,2)' },
    rows: [
      { paid: '2025-01-02', amount: '50.00' },
      { paid: '2025-02-02', amount: '60.00' },
      { paid: '2025-03-02', amount: '70.00' },
    ],
  },
  costs: {
    columns: { month: 'DATE', amount: 'DECIMAL(12,2)' },
    rows: [
      { month: '2025-01-01', amount: '10.00' },
      { month: '2025-02-01', amount: '12.00' },
    ],
  },
} as const

const QUARTER: Asked = { start: '2025-01-01', end: '2025-04-01' }
const TWO_MONTHS: Asked = { start: '2025-01-01', end: '2025-03-01' }
const MONTHS: Asked = { start: '2025-01-01', end: '2025-05-01', grain: 'month' }

let world: SmallWorld
beforeAll(async () => {
  world = await smallWorld(MODEL, DATA, NOW)
})
afterAll(() => world.close())

/** Numbers to ten digits. */
async function values(metric: string, asked: Asked): Promise<readonly (string | number | null)[]> {
  return cellsOf(await world.ask(metric, asked)).map((cell) => (cell.value === null ? cell.reason : Number(cell.value.toPrecision(10))))
}
const near = (value: number): number => Number(value.toPrecision(10))

describe('a rate by the month', () => {
  it('is of its own month in a series by the month', async () => {
    expect(await values('churn', MONTHS)).toEqual(['DIVISION_BY_ZERO', near(100 / 3), near(100 / 3), 0])
    expect(await values('arpu', MONTHS)).toEqual([20, near(80 / 3), near(100 / 3), near(100 / 3)])
  })

  it('is over a quarter the sum of what was lost by the sum of what months began with', async () => {
    // (0 + 1 + 1) ÷ (0 + 3 + 3)
    expect(await values('churn', QUARTER)).toEqual([near(100 / 3)])
    // (60 + 80 + 100) ÷ (3 + 3 + 3)
    expect(await values('arpu', QUARTER)).toEqual([near(240 / 9)])
    expect(await values('arpu', { ...MONTHS, grain: 'quarter' })).toEqual([near(240 / 9), near(100 / 3)])
    // (0 + 1 + 1 + 0) ÷ (0 + 3 + 3 + 3): months that have not begun are none.
    expect(await values('churn', { start: '2025-01-01', end: '2026-01-01' })).toEqual([near(200 / 9)])
  })

  it('counts its months as `periods`', async () => {
    // (10 + 12 − 50 − 60) ÷ 2
    expect(await values('burn', TWO_MONTHS)).toEqual([-44])
    expect(await values('burn', { ...TWO_MONTHS, grain: 'month' })).toEqual([-40, -48])
  })

  it('has no value where one of its months was not recorded, and takes months without rows as nothing', async () => {
    const [cell] = cellsOf(await world.ask('burn', QUARTER))
    expect([cell?.value, cell?.reason, cell?.remedy]).toEqual([null, 'COSTS_NOT_RECORDED', 'Book them.'])
    // (22 − 180) ÷ 3
    expect(await values('loose_burn', QUARTER)).toEqual([near(-158 / 3)])
    expect(await values('loose_burn', { start: '2025-03-01', end: '2025-04-01' })).toEqual(['NO_ROWS'])
  })

  it('takes rates and quotients among its inputs over the whole bucket', async () => {
    // ARPU 140 ÷ 6, margin (110 − 22) ÷ 110, churn 1 ÷ 3.
    expect(await values('value', TWO_MONTHS)).toEqual([near(((140 / 6) * 80) / (100 / 3))])
    // MRR 60 + 80 by the mean price at the end of February.
    expect(await values('price_by_mean', TWO_MONTHS)).toEqual([near(140 / (80 / 3))])
  })

  it('is refused by a finer grain', async () => {
    await expect(world.ask('churn', { ...QUARTER, grain: 'week' })).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE', message: 'Metric "churn" is a rate by the month; it cannot be told by the week.' })
    await expect(world.ask('value', { ...QUARTER, grain: 'day' })).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE' })
  })

  it('needs whole months, of which only the running one may be unfinished', async () => {
    const [cell] = cellsOf(await world.ask('arpu', { start: '2025-02-01', end: '2025-02-20' }))
    expect([cell?.value, cell?.reason, cell?.remedy]).toEqual([null, 'PERIOD_CUTS_RATE', '"arpu" is a rate by the month, and the period cuts one. Ask whole months.'])
    expect(await values('churn', { start: '2025-01-15', end: '2025-03-01' })).toEqual(['PERIOD_CUTS_RATE'])
    expect(await values('churn', { start: '2025-01-15', end: '2025-04-01', grain: 'month' })).toEqual(['PERIOD_CUTS_RATE', near(100 / 3), near(100 / 3)])
    const [running] = cellsOf(await world.ask('arpu', { start: '2025-03-01', end: '2025-04-10' }))
    // (100 + 100) ÷ (3 + 3), the second month not over yet.
    expect([running?.value?.toPrecision(10), running?.partial]).toEqual([(200 / 6).toPrecision(10), true])
    expect(await values('arpu', { start: '2025-04-01', end: '2025-04-05' })).toEqual([near(100 / 3)])
  })

  it('is unknown before the first data and after the present', async () => {
    expect(await values('arpu', { start: '2024-10-01', end: '2025-01-01' })).toEqual(['BEFORE_FIRST_DATA'])
    expect(await values('arpu', { start: '2025-06-01', end: '2025-07-01' })).toEqual(['AFTER_WATERMARK'])
    // November and December lie before all data: what is left is January.
    expect(await values('arpu', { start: '2024-11-01', end: '2025-02-01' })).toEqual([20])
  })
})

describe('a series to date', () => {
  const ask = async (metric: string, asked: Asked): Promise<readonly unknown[]> => cellsOf(await world.ask(metric, { ...asked, cumulative: true })).map(told)

  it('adds up sums and counts from the start of the period', async () => {
    expect(await ask('revenue', { ...MONTHS, start: '2025-02-01' })).toEqual(['60', '130', '130'])
    expect(await ask('churned', MONTHS)).toEqual(['0', '1', '2', '2'])
  })

  it('is null where a bucket has not begun', async () => {
    expect(await ask('revenue', { start: '2025-03-01', end: '2025-06-01', grain: 'month' })).toEqual(['70', '70', 'AFTER_WATERMARK'])
  })

  it('is refused for levels, quotients, rates and means', async () => {
    for (const metric of ['mrr', 'customers', 'arpu', 'margin', 'mean_price', 'opening', 'burn']) {
      await expect(world.ask(metric, { ...MONTHS, cumulative: true }), metric).rejects.toMatchObject({ code: 'NOT_SUPPORTED', message: expect.stringContaining(`"${metric}" has no value to date`) })
    }
  })
})
