import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cell } from '../../src/answer/types.ts'
import { byKey, cellsOf, is, smallWorld, told } from '../oracle/small-world.ts'
import type { Asked, SmallWorld } from '../oracle/small-world.ts'

// Payments in four kinds of money, three subscriptions, and rates with gaps. It is 10 April 2025, noon.
//
// Rates to USD: EUR 1.05 from 1 January, 1.03 from the 10th, 1.04 from 3 February, 1.08 from 31 March; GBP 1.25 from 10 March.

const NOW = '2025-04-10T12:00:00Z'

const TABLES = `
semantic_models:
  - name: payments
    table: payments
    agg_time_dimension: paid
    entities: [{ name: payment, type: primary, expr: id }]
    dimensions:
      - { name: paid, type: time, granularity: day }
      - { name: country, type: categorical }
      - { name: money, type: categorical }
  - name: subscriptions
    table: subscriptions
    entities: [{ name: subscription, type: primary, expr: id }]
    dimensions:
      - { name: began, type: time, granularity: day }
      - { name: ended, type: time, granularity: day }
      - { name: priced_in, type: categorical }
    validity: { start: began, end: ended }
  - name: fx
    table: fx
    agg_time_dimension: day
    dimensions:
      - { name: day, type: time, granularity: day }
      - { name: from_money, type: categorical }
metrics:
  - { name: revenue, semantic_model: payments, agg: sum, expr: amount, unit: currency, currency: { dimension: money } }
  - { name: mean, semantic_model: payments, agg: average, expr: amount, unit: currency, currency: { dimension: money } }
  - { name: least, semantic_model: payments, agg: min, expr: amount, unit: currency, currency: { dimension: money } }
  - { name: most, semantic_model: payments, agg: max, expr: amount, unit: currency, currency: { dimension: money } }
  - { name: middle, semantic_model: payments, agg: median, expr: amount, unit: currency, currency: { dimension: money } }
  - { name: count, semantic_model: payments, agg: count }
  - { name: mrr, semantic_model: subscriptions, agg: sum, expr: price, as_of: period_end, unit: currency, currency: { dimension: priced_in } }
  - { name: opening_mrr, semantic_model: subscriptions, agg: sum, expr: price, as_of: period_start, unit: currency, currency: { dimension: priced_in } }
  - { name: mean_mrr, semantic_model: subscriptions, agg: sum, expr: price, as_of: average, unit: currency, currency: { dimension: priced_in } }
  - { name: per_payment, type: derived, expr: revenue / count, metrics: [revenue, count], unit: currency }
  - { name: doubled, type: derived, expr: 2 * revenue, metrics: [revenue], unit: currency }
  - { name: of_mrr, type: derived, expr: revenue / mrr * 100, metrics: [revenue, mrr], unit: percent }
  - { name: both, type: derived, expr: euros + dollars, unit: currency, metrics: [{ name: revenue, alias: euros, filter: money = 'EUR' }, { name: revenue, alias: dollars, filter: money = 'USD' }] }
  - { name: fees, semantic_model: payments, agg: sum, expr: amount, unit: currency, currency: CHF }
  - { name: fee_rate, type: ratio, numerator: fees, denominator: count, unit: currency }
`
const RATES = 'exchange_rates: { semantic_model: fx, currency: from_money, date: day, rate: rate, to: USD }'

const DATA = {
  payments: {
    columns: { id: 'BIGINT', paid: 'DATE', amount: 'DECIMAL(12,2)', money: 'VARCHAR', country: 'VARCHAR' },
    rows: [
      { id: 1, paid: '2025-01-10', amount: '100.00', money: 'EUR', country: 'DE' },
      { id: 2, paid: '2025-01-15', amount: '50.00', money: 'USD', country: 'US' },
      { id: 3, paid: '2025-02-01', amount: '10.00', money: 'EUR', country: 'DE' },
      { id: 4, paid: '2025-02-03', amount: '20.00', money: 'EUR', country: 'FR' },
      { id: 5, paid: '2025-03-05', amount: '1000.00', money: 'GBP', country: 'GB' },
      { id: 6, paid: '2025-03-20', amount: '70.00', money: 'USD', country: 'US' },
      { id: 7, paid: '2025-03-21', amount: '5.00', money: null, country: 'XX' },
      { id: 8, paid: '2025-04-02', amount: '40.00', money: 'USD', country: 'US' },
    ],
  },
  subscriptions: {
    columns: { id: 'BIGINT', began: 'DATE', ended: 'DATE', price: 'DECIMAL(12,2)', priced_in: 'VARCHAR' },
    rows: [
      { id: 1, began: '2025-01-05', ended: null, price: '10.00', priced_in: 'EUR' },
      { id: 2, began: '2025-01-20', ended: '2025-03-15', price: '20.00', priced_in: 'USD' },
      { id: 3, began: '2025-02-10', ended: null, price: '8.00', priced_in: 'GBP' },
    ],
  },
  fx: {
    columns: { from_money: 'VARCHAR', day: 'DATE', rate: 'DOUBLE' },
    rows: [
      { from_money: 'EUR', day: '2025-03-31', rate: 1.08 },
      { from_money: 'EUR', day: '2025-01-01', rate: 1.05 },
      { from_money: 'EUR', day: '2025-01-10', rate: 1.03 },
      { from_money: 'EUR', day: '2025-02-03', rate: 1.04 },
      { from_money: 'GBP', day: '2025-03-10', rate: 1.25 },
    ],
  },
} as const

const YEAR: Asked = { start: '2025-01-01', end: '2025-05-01', grain: 'month' }
const JANUARY: Asked = { start: '2025-01-01', end: '2025-02-01' }
const TWO_MONTHS: Asked = { start: '2025-01-01', end: '2025-03-01' }

let plain: SmallWorld
let converted: SmallWorld
beforeAll(async () => {
  plain = await smallWorld(TABLES, DATA, NOW)
  converted = await smallWorld(`${TABLES}${RATES}\n`, DATA, NOW)
})
afterAll(() => Promise.all([plain.close(), converted.close()]))

const inFull = ({ exact, value, reason, currency, assumptions }: Cell): unknown => [exact ?? value ?? reason, currency, ...assumptions]

describe('money whose rows tell the currency, without exchange rates', () => {
  it('has a value where there is one currency, and none where there are several', async () => {
    expect(cellsOf(await plain.ask('revenue', YEAR)).map(inFull)).toEqual([['MIXED_CURRENCIES', null], ['30', 'EUR'], ['MIXED_CURRENCIES', null], ['40', 'USD']])
    expect(cellsOf(await plain.ask('revenue', JANUARY))[0]?.remedy).toBe('Amounts in EUR and USD are not added up. Filter by one currency, or add exchange_rates to the model.')
  })

  it('is told by the currency, and by other dimensions in the one each group has', async () => {
    const { groups } = await plain.ask('revenue', { ...YEAR, by: 'money' })
    expect(groups.map(({ values, cells }) => [values[0], cells.map(told), cells[0]?.currency])).toEqual([
      ['EUR', ['100', '30', 'NO_ROWS', 'NO_ROWS'], 'EUR'],
      ['GBP', ['NO_ROWS', 'NO_ROWS', '1000', 'NO_ROWS'], null],
      ['USD', ['50', 'NO_ROWS', '70', '40'], 'USD'],
      [null, ['NO_ROWS', 'NO_ROWS', '5', 'NO_ROWS'], null],
    ])
    expect(byKey(await plain.ask('revenue', { ...JANUARY, by: 'country' }))).toEqual({ DE: ['100'], US: ['50'] })
  })

  it('of rows without a currency is of an unknown one, which mixes with no other', async () => {
    expect(cellsOf(await plain.ask('revenue', { ...YEAR, where: is('country', 'XX') })).map(inFull)[2]).toEqual(['5', null])
    const [cell] = cellsOf(await plain.ask('revenue', { start: '2025-03-20', end: '2025-03-22' }))
    expect([cell?.reason, cell?.remedy]).toEqual(['MIXED_CURRENCIES', 'Amounts in an unknown currency and USD are not added up. Filter by one currency, or add exchange_rates to the model.'])
  })

  it('is a stock in one currency, and of several none', async () => {
    expect(cellsOf(await plain.ask('mrr', YEAR)).map(inFull)).toEqual([['MIXED_CURRENCIES', null], ['MIXED_CURRENCIES', null], ['MIXED_CURRENCIES', null], ['MIXED_CURRENCIES', null]])
    expect(cellsOf(await plain.ask('mrr', { ...YEAR, where: is('priced_in', 'USD') })).map(inFull)).toEqual([['20', 'USD'], ['20', 'USD'], ['NO_ROWS', null], ['NO_ROWS', null]])
    // 5 to 19 January one at 10 EUR; closes of the 1st to the 4th are nothing.
    expect(cellsOf(await plain.ask('mean_mrr', { start: '2025-01-01', end: '2025-01-20' })).map(inFull)).toEqual([[150 / 19, 'EUR']])
    expect(cellsOf(await plain.ask('mean_mrr', JANUARY)).map(told)).toEqual(['MIXED_CURRENCIES'])
  })

  it('passes its currency through formulas, and leaves it behind where money is divided by money', async () => {
    const february: Asked = { start: '2025-02-01', end: '2025-03-01', where: is('money', 'EUR') }
    expect(cellsOf(await plain.ask('per_payment', february)).map(inFull)).toEqual([[15, 'EUR']])
    expect(cellsOf(await plain.ask('doubled', february)).map(inFull)).toEqual([['60', 'EUR']])
    expect(cellsOf(await plain.ask('both', JANUARY)).map(inFull)).toEqual([['MIXED_CURRENCIES', null]])
    expect(cellsOf(await plain.ask('doubled', JANUARY)).map(told)).toEqual(['MIXED_CURRENCIES'])
  })

  it('is in the currency that a metric declares for all its rows', async () => {
    expect(cellsOf(await plain.ask('fees', JANUARY)).map(inFull)).toEqual([['150', 'CHF']])
    expect(cellsOf(await plain.ask('fee_rate', JANUARY)).map(inFull)).toEqual([[75, 'CHF']])
    expect(cellsOf(await plain.ask('count', JANUARY)).map(inFull)).toEqual([['2', null]])
  })
})

describe('money whose rows tell the currency, with exchange rates', () => {
  it('converts events at the latest rate on or before their day, and says so', async () => {
    expect(cellsOf(await converted.ask('revenue', YEAR)).map(inFull)).toEqual([
      // 100 × 1.03 + 50
      ['153', 'USD', '1 EUR = 1.03 USD (2025-01-10)'],
      // 10 × 1.03, since nothing is newer on 1 February, + 20 × 1.04
      ['31.1', 'USD', '1 EUR = 1.03 to 1.04 USD (2025-01-10 to 2025-02-03)'],
      ['MIXED_CURRENCIES', null],
      ['40', 'USD'],
    ])
  })

  it('has no value before the first rate, and says which is missing', async () => {
    const [cell] = cellsOf(await converted.ask('revenue', { ...YEAR, grain: 'quarter', end: '2025-04-01', where: is('country', 'GB', 'US') }))
    expect([cell?.value, cell?.reason, cell?.remedy]).toEqual([null, 'EXCHANGE_RATE_MISSING', 'There is no rate of GBP to USD on or before 2025-03-05. Add it to "fx".'])
    expect(cellsOf(await converted.ask('revenue', { ...JANUARY, end: '2025-02-15', where: is('country', 'US') })).map(inFull)).toEqual([['50', 'USD']])
  })

  it('converts each group, those of one currency too', async () => {
    expect(byKey(await converted.ask('revenue', { ...TWO_MONTHS, by: 'country' }))).toEqual({ DE: ['113.3'], FR: ['20.8'], US: ['50'] })
    const { groups } = await converted.ask('revenue', { ...TWO_MONTHS, by: 'money' })
    expect(groups.map(({ values, cells }) => [values[0], ...cells.map(told), cells[0]?.currency])).toEqual([['EUR', '134.1', 'USD'], ['USD', '50', 'USD']])
  })

  it('never changes units with the question: one currency alone is converted as well', async () => {
    expect(cellsOf(await converted.ask('revenue', { ...JANUARY, where: is('money', 'EUR') })).map(inFull)).toEqual([['103', 'USD', '1 EUR = 1.03 USD (2025-01-10)']])
  })

  it('leaves rows without a currency as they are, and adds them to nothing', async () => {
    expect(cellsOf(await converted.ask('revenue', { ...YEAR, where: is('country', 'XX') })).map(inFull)[2]).toEqual(['5', null])
  })

  it('converts stocks at the rate of the day before their edge', async () => {
    expect(cellsOf(await converted.ask('mrr', YEAR)).map(inFull)).toEqual([
      ['30.3', 'USD', '1 EUR = 1.03 USD (2025-01-10)'],
      ['EXCHANGE_RATE_MISSING', null],
      ['20.8', 'USD', '1 EUR = 1.08 USD (2025-03-31)', '1 GBP = 1.25 USD (2025-03-10)'],
      ['20.8', 'USD', '1 EUR = 1.08 USD (2025-03-31)', '1 GBP = 1.25 USD (2025-03-10)'],
    ])
    // The start of April is the end of March.
    expect(cellsOf(await converted.ask('opening_mrr', YEAR)).map(told)).toEqual(['NO_ROWS', '30.3', 'EXCHANGE_RATE_MISSING', '20.8'])
    // 5 days at 10 × 1.05, 10 at 10 × 1.03, 12 at 30.30, and four closes at nothing.
    expect(cellsOf(await converted.ask('mean_mrr', JANUARY))[0]?.value).toBeCloseTo((5 * 10.5 + 10 * 10.3 + 12 * 30.3) / 31, 10)
  })

  it('takes means and extremes of converted amounts, and medians only of one currency', async () => {
    const months: Asked = { ...TWO_MONTHS, grain: 'month' }
    expect(cellsOf(await converted.ask('mean', months)).map(({ value }) => value)).toEqual([76.5, 15.55])
    expect(cellsOf(await converted.ask('least', months)).map(told)).toEqual(['50', '10.3'])
    expect(cellsOf(await converted.ask('most', months)).map(told)).toEqual(['103', '20.8'])
    // February: the middle of 10 and 20 EUR at the rate of the month's last day.
    expect(cellsOf(await converted.ask('middle', months)).map(({ value, reason, assumptions }) => [value ?? reason, ...assumptions])).toEqual([['MIXED_CURRENCIES'], [15.6, '1 EUR = 1.04 USD (2025-02-03)']])
  })

  it('follows into formulas with what it takes for granted', async () => {
    expect(cellsOf(await converted.ask('both', JANUARY)).map(inFull)).toEqual([['153', 'USD', '1 EUR = 1.03 USD (2025-01-10)']])
    const [cell] = cellsOf(await converted.ask('of_mrr', JANUARY))
    expect([cell?.currency, cell?.assumptions, cell?.quality]).toEqual([null, ['1 EUR = 1.03 USD (2025-01-10)'], 'ACTUAL'])
  })

  it('adds up to date, converted', async () => {
    expect(cellsOf(await converted.ask('revenue', { ...YEAR, cumulative: true, where: is('money', 'EUR', 'USD') })).map(told)).toEqual(['153', '184.1', '254.1', '294.1'])
  })

  it('takes the day in the zone asked, of hours too', async () => {
    const world = await smallWorld(
      `
semantic_models:
  - { name: tips, table: tips, agg_time_dimension: tipped, dimensions: [{ name: tipped, type: time, granularity: minute, timezone: UTC }, { name: money, type: categorical }] }
  - { name: fx, table: fx, agg_time_dimension: day, dimensions: [{ name: day, type: time, granularity: day }, { name: from_money, type: categorical }] }
metrics: [{ name: tips, semantic_model: tips, agg: sum, expr: tip, unit: currency, currency: { dimension: money } }]
${RATES}`,
      { tips: { columns: { tipped: 'TIMESTAMP', tip: 'DECIMAL(12,2)', money: 'VARCHAR' }, rows: [{ tipped: '2025-02-02 23:30:00', tip: '100.00', money: 'EUR' }] }, fx: DATA.fx },
      NOW,
    )
    try {
      const day = async (zone: string, grain: 'hour' | 'day'): Promise<unknown> =>
        cellsOf(await world.ask('tips', { start: '2025-02-02', end: '2025-02-04', grain, zone })).map(told).filter((one) => one !== 'NO_ROWS' && one !== 'BEFORE_FIRST_DATA')
      // In Tokyo it is the morning of the 3rd, when the rate is 1.04.
      expect(await Promise.all([day('UTC', 'day'), day('UTC', 'hour'), day('Asia/Tokyo', 'day'), day('Asia/Tokyo', 'hour')])).toEqual([['103'], ['103'], ['104'], ['104']])
    } finally {
      await world.close()
    }
  })

  it('reads the rates once, whatever is asked', async () => {
    const world = await smallWorld(`${TABLES}${RATES}\n`, DATA, NOW)
    try {
      const session = world.session()
      await Promise.all(['revenue', 'mean', 'mrr'].map((metric) => world.ask(metric, YEAR, session)))
      expect(world.source.statements.filter(({ text }) => text.includes('"fx"'))).toHaveLength(1)
    } finally {
      await world.close()
    }
  })
})

describe('money in a column of floats', () => {
  const model = `
semantic_models:
  - name: fees
    table: fees
    agg_time_dimension: day
    dimensions:
      - { name: day, type: time, granularity: day }
      - { name: shop, type: categorical }
      - { name: money, type: categorical }
    validity: { start: day }
metrics:
  - { name: fees, semantic_model: fees, agg: sum, expr: fee, unit: currency, currency: EUR }
  - { name: mean_fee, semantic_model: fees, agg: average, expr: fee, unit: currency, currency: EUR }
  - { name: doubled_fees, semantic_model: fees, agg: sum, expr: fee * 2, unit: currency, currency: EUR }
  - { name: fees_so_far, semantic_model: fees, agg: sum, expr: fee, as_of: period_end, unit: currency, currency: EUR }
  - { name: told_fees, semantic_model: fees, agg: sum, expr: fee, unit: currency, currency: { dimension: money } }
`
  const rows = `SELECT * FROM (VALUES
    (DATE '2025-01-01', 'a', 0.1::DOUBLE, 'USD'), (DATE '2025-01-02', 'a', 0.2::DOUBLE, 'USD'),
    (DATE '2025-01-03', 'b', 'nan'::DOUBLE, 'USD'), (DATE '2025-02-01', 'b', 3::DOUBLE, 'USD'),
    (DATE '2025-01-04', 'c', 'inf'::DOUBLE, 'USD'), (DATE '2025-01-04', 'd', 1e300::DOUBLE, 'USD'), (DATE '2025-01-04', 'e', NULL, 'USD'))`
  const columns = { day: 'DATE', shop: 'VARCHAR', fee: 'DOUBLE', money: 'VARCHAR' } as const

  it('is exact, and null where a row is no number or too large; the others are told', async () => {
    const world = await smallWorld(model, { fees: { columns, rows } }, NOW)
    try {
      const session = world.session()
      const asked: Asked = { ...JANUARY, by: 'shop' }
      const [sums, means, doubled, soFar, told_] = await Promise.all(['fees', 'mean_fee', 'doubled_fees', 'fees_so_far', 'told_fees'].map((metric) => world.ask(metric, asked, session).then(byKey)))
      expect(sums).toEqual({ a: ['0.3'], b: ['OVERFLOW'], c: ['OVERFLOW'], d: ['OVERFLOW'], e: ['NO_ROWS'] })
      expect(told_).toEqual(sums)
      expect(means).toEqual({ a: [0.15], b: ['OVERFLOW'], c: ['OVERFLOW'], d: ['OVERFLOW'], e: ['NO_ROWS'] })
      expect(doubled).toEqual({ a: ['0.6'], b: ['OVERFLOW'], c: ['OVERFLOW'], d: ['OVERFLOW'], e: ['NO_ROWS'] })
      expect(soFar).toEqual(sums)
      expect(cellsOf(await world.ask('fees', { start: '2025-01-01', end: '2025-03-01', grain: 'month' })).map(told)).toEqual(['OVERFLOW', '3'])
    } finally {
      await world.close()
    }
  })
})
