import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cell } from '../../src/answer/types.ts'
import { cellsOf, is, smallWorld } from '../oracle/small-world.ts'
import type { Asked, SmallWorld } from '../oracle/small-world.ts'

// Revenue of three months; infrastructure costs of January, support costs noted by hand for February. The books of another
// company are in a source that is not connected. It is 10 April 2025.

const NOW = '2025-04-10T00:00:00Z'

const MODEL = `
semantic_models:
  - name: payments
    table: payments
    agg_time_dimension: paid
    dimensions:
      - { name: paid, type: time, granularity: day }
      - { name: country, type: categorical }
  - name: costs
    table: costs
    agg_time_dimension: month
    dimensions: [{ name: month, type: time, granularity: month }]
  - name: notes
    table: notes
    agg_time_dimension: noted
    dimensions: [{ name: noted, type: time, granularity: day }]
  - name: books
    source: elsewhere
    table: books
    agg_time_dimension: booked
    dimensions: [{ name: booked, type: time, granularity: day }]
metrics:
  - { name: revenue, semantic_model: payments, agg: sum, expr: amount, unit: currency, currency: USD }
  - { name: infrastructure, semantic_model: costs, agg: sum, expr: amount, unit: currency, currency: USD }
  - { name: support, semantic_model: notes, agg: sum, expr: amount, unit: currency, currency: USD }
  - { name: booked, semantic_model: books, agg: sum, expr: amount, unit: currency, currency: USD }
  - name: cogs
    type: derived
    expr: sum(infrastructure, support, booked)
    metrics: [infrastructure, support, booked]
    unit: currency
    currency: USD
    when_missing: { reason: COSTS_NOT_RECORDED, remedy: Record the costs with recordCost. }
    estimate: { expr: revenue * 0.2, metrics: [revenue], assumption: Costs are 20 % of revenue. }
  - { name: gross_margin, type: derived, expr: (revenue - cogs) / revenue * 100, metrics: [revenue, cogs], unit: percent }
  - name: booked_cost
    type: derived
    expr: booked
    metrics: [booked]
    unit: currency
    currency: USD
    when_missing: { reason: COSTS_NOT_RECORDED, remedy: Connect the books. }
  - name: cac
    type: ratio
    numerator: booked_cost
    denominator: payments
    unit: currency
    currency: USD
    estimate: { expr: 100, assumption: A customer costs 100. }
  - { name: payments, semantic_model: payments, agg: count }
  - { name: payback, type: derived, expr: cac / revenue, metrics: [cac, revenue], unit: ratio }
  - { name: filled, type: derived, expr: 'coalesce(booked, 0) + revenue', metrics: [booked, revenue], unit: currency, currency: USD }
  - { name: only_booked, type: derived, expr: 'coalesce(booked, 0)', metrics: [booked], unit: currency, currency: USD }
`

const DATA = {
  payments: {
    columns: { paid: 'DATE', amount: 'DECIMAL(12,2)', country: 'VARCHAR' },
    rows: [
      { paid: '2025-01-05', amount: '100.00', country: 'DE' },
      { paid: '2025-02-05', amount: '200.00', country: 'US' },
      { paid: '2025-03-05', amount: '300.00', country: 'US' },
    ],
  },
  costs: { columns: { month: 'DATE', amount: 'DECIMAL(12,2)' }, rows: [{ month: '2025-01-01', amount: '30.00' }] },
  notes: { columns: { noted: 'DATE', amount: 'DECIMAL(12,2)' }, rows: [{ noted: '2025-01-20', amount: '4.00' }, { noted: '2025-02-20', amount: '5.00' }] },
} as const

const MONTHS: Asked = { start: '2025-01-01', end: '2025-04-01', grain: 'month' }
const ASSUMED = 'Costs are 20 % of revenue.'

let world: SmallWorld
beforeAll(async () => {
  world = await smallWorld(MODEL, DATA, NOW)
})
afterAll(() => world.close())

const inFull = ({ value, reason, quality, assumptions }: Cell): readonly unknown[] => [value ?? reason, quality, ...assumptions]
const ask = async (metric: string, asked: Asked = MONTHS): Promise<readonly (readonly unknown[])[]> => cellsOf(await world.ask(metric, asked)).map(inFull)
const estimating: Asked = { ...MONTHS, allowEstimates: true }

describe('a sum of what is known', () => {
  it('adds what is there, is null where nothing is, and does without sources that are not connected', async () => {
    expect(await ask('cogs')).toEqual([[34, 'ACTUAL'], [5, 'ACTUAL'], ['COSTS_NOT_RECORDED', 'INSUFFICIENT_DATA']])
  })

  it('does not pass over a dimension that does not reach', async () => {
    const answer = await world.ask('cogs', { ...estimating, by: 'country' })
    expect(answer.unavailable?.reason).toBe('DIMENSION_NOT_AVAILABLE')
    expect(await ask('cogs', { ...estimating, where: is('country', 'DE') })).toEqual([0, 1, 2].map(() => ['DIMENSION_NOT_AVAILABLE', 'INSUFFICIENT_DATA']))
  })

  it('does not pass over what is there and cannot be told', async () => {
    // Half of January: the costs of the month are not prorated, so the notes alone would be too little.
    expect(await ask('cogs', { start: '2025-01-10', end: '2025-02-01' })).toEqual([['PERIOD_CUTS_FACTS', 'INSUFFICIENT_DATA']])
  })
})

describe('coalesce', () => {
  it('fills what one source lacks, and is null where all inputs are missing', async () => {
    expect(await ask('filled')).toEqual([[100, 'ACTUAL'], [200, 'ACTUAL'], [300, 'ACTUAL']])
    expect((await world.ask('only_booked', MONTHS)).unavailable?.reason).toBe('SOURCE_MISSING')
  })
})

describe('without leave to estimate', () => {
  it('what was not recorded is null, in the words of the model', async () => {
    const [cell] = cellsOf(await world.ask('cogs', { start: '2025-03-01', end: '2025-04-01' }))
    expect(cell).toMatchObject({ value: null, exact: null, quality: 'INSUFFICIENT_DATA', reason: 'COSTS_NOT_RECORDED', remedy: 'Record the costs with recordCost.', assumptions: [] })
    expect((await world.ask('booked_cost', MONTHS)).unavailable).toEqual({ reason: 'COSTS_NOT_RECORDED', remedy: 'Connect the books.' })
  })

  it('is so for everything that comes of it', async () => {
    expect(await ask('gross_margin')).toEqual([[66, 'ACTUAL'], [97.5, 'ACTUAL'], ['COSTS_NOT_RECORDED', 'INSUFFICIENT_DATA']])
    expect((await world.ask('cac', MONTHS)).unavailable).toEqual({ reason: 'COSTS_NOT_RECORDED', remedy: 'Connect the books.' })
    expect((await world.ask('payback', MONTHS)).unavailable?.reason).toBe('COSTS_NOT_RECORDED')
  })
})

describe('with leave to estimate', () => {
  it('takes the estimate where there is no data, and nowhere else', async () => {
    expect(await ask('cogs', estimating)).toEqual([[34, 'ACTUAL'], [5, 'ACTUAL'], [60, 'ESTIMATED', ASSUMED]])
  })

  it('marks everything that comes of an estimate, with its assumption', async () => {
    expect(await ask('gross_margin', estimating)).toEqual([[66, 'ACTUAL'], [97.5, 'ACTUAL'], [80, 'ESTIMATED', ASSUMED]])
    expect(await ask('payback', estimating)).toEqual([[1, 'ESTIMATED', 'A customer costs 100.'], [0.5, 'ESTIMATED', 'A customer costs 100.'], [100 / 300, 'ESTIMATED', 'A customer costs 100.']])
  })

  it('takes a constant where the source is missing, in the currency declared, without a promise of digits', async () => {
    const [cell] = cellsOf(await world.ask('cac', { ...estimating, start: '2025-03-01' }))
    expect(cell).toMatchObject({ value: 100, exact: null, currency: 'USD', quality: 'ESTIMATED', assumptions: ['A customer costs 100.'] })
  })

  it('estimates nothing that has not begun', async () => {
    expect(await ask('cac', { start: '2025-04-01', end: '2025-06-01', grain: 'month', allowEstimates: true })).toEqual([[100, 'ESTIMATED', 'A customer costs 100.'], ['COSTS_NOT_RECORDED', 'INSUFFICIENT_DATA']])
    expect(await ask('cogs', { start: '2025-05-01', end: '2025-06-01', allowEstimates: true })).toEqual([['AFTER_WATERMARK', 'INSUFFICIENT_DATA']])
  })

  it('is another question than without', async () => {
    const session = world.session()
    const [with_, without] = await Promise.all([world.ask('cogs', estimating, session), world.ask('cogs', MONTHS, session)])
    expect([cellsOf(with_)[2]?.quality, cellsOf(without)[2]?.quality]).toEqual(['ESTIMATED', 'INSUFFICIENT_DATA'])
  })
})
