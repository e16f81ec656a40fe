import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cellsOf, is, smallWorld, told } from '../oracle/small-world.ts'
import type { Asked, SmallWorld } from '../oracle/small-world.ts'

// Five subscriptions of three customers in two currencies, and the rate of the euro. It is 10 May 2025.
//
// ann: 100 EUR from 10 January; from 5 March also 50 USD, until 5 April.
// bob: 200 USD from 1 February to 20 March; 300 EUR from 20 March.
// cat: 40 USD from 15 January to 10 February.
//
// 1 EUR = 1.10 USD from 1 January, 1.20 from 15 February, 1.15 from 20 March.

const NOW = '2025-05-10T00:00:00Z'
const COMPONENTS = ['start', 'new', 'expansion', 'contraction', 'churned', 'reactivation', 'entering_segment', 'leaving_segment', 'fx', 'net', 'end'] as const

const MODEL = `
semantic_models:
  - name: subscriptions
    table: subscriptions
    entities: [{ name: subscription, type: primary, expr: id }, { name: customer, type: foreign, expr: customer }]
    dimensions:
      - { name: began, type: time, granularity: day }
      - { name: ended, type: time, granularity: day }
      - { name: money, type: categorical }
      - { name: plan, type: categorical }
    validity: { start: began, end: ended }
  - name: customers
    table: customers
    entities: [{ name: customer, type: primary, expr: customer }]
    dimensions: [{ name: country, type: categorical }]
  - name: fx
    table: fx
    agg_time_dimension: day
    dimensions:
      - { name: day, type: time, granularity: day }
      - { name: from_money, type: categorical }
metrics:
  - { name: mrr, semantic_model: subscriptions, agg: sum, expr: price, as_of: period_end, unit: currency, currency: { dimension: money } }
${COMPONENTS.map((component) => `  - { name: ${component}, type: movement, semantic_model: subscriptions, entity: customer, expr: price, component: ${component}, unit: currency, currency: { dimension: money } }`).join('\n')}
${['followed_start', 'followed_end', 'followed_kept'].map((component) => `  - { name: ${component}, type: movement, semantic_model: subscriptions, entity: customer, expr: price, component: ${component}, window: 2 months, unit: currency, currency: { dimension: money } }`).join('\n')}
  - { name: nrr, type: ratio, numerator: followed_end, denominator: followed_start, unit: percent }
  - { name: customers_new, type: movement, semantic_model: subscriptions, entity: customer, expr: price, component: new, of: entities }
`
const RATES = 'exchange_rates: { semantic_model: fx, currency: from_money, date: day, rate: rate, to: USD }\n'

const DATA = {
  subscriptions: {
    columns: { id: 'BIGINT', customer: 'VARCHAR', began: 'DATE', ended: 'DATE', price: 'DECIMAL(12,2)', money: 'VARCHAR', plan: 'VARCHAR' },
    rows: [
      { id: 1, customer: 'ann', began: '2025-01-10', ended: null, price: '100.00', money: 'EUR', plan: 'pro' },
      { id: 2, customer: 'ann', began: '2025-03-05', ended: '2025-04-05', price: '50.00', money: 'USD', plan: 'pro' },
      { id: 3, customer: 'bob', began: '2025-02-01', ended: '2025-03-20', price: '200.00', money: 'USD', plan: 'basic' },
      { id: 4, customer: 'bob', began: '2025-03-20', ended: null, price: '300.00', money: 'EUR', plan: 'basic' },
      { id: 5, customer: 'cat', began: '2025-01-15', ended: '2025-02-10', price: '40.00', money: 'USD', plan: 'basic' },
    ],
  },
  customers: { columns: { customer: 'VARCHAR', country: 'VARCHAR' }, rows: [{ customer: 'ann', country: 'DE' }, { customer: 'bob', country: 'US' }, { customer: 'cat', country: 'US' }] },
  fx: {
    columns: { from_money: 'VARCHAR', day: 'DATE', rate: 'DOUBLE' },
    rows: [
      { from_money: 'EUR', day: '2025-01-01', rate: 1.1 },
      { from_money: 'EUR', day: '2025-02-15', rate: 1.2 },
      { from_money: 'EUR', day: '2025-03-20', rate: 1.15 },
    ],
  },
} as const

const MONTHS: Asked = { start: '2025-01-01', end: '2025-05-01', grain: 'month' }

let plain: SmallWorld
let converted: SmallWorld
beforeAll(async () => {
  plain = await smallWorld(MODEL, DATA, NOW)
  converted = await smallWorld(MODEL + RATES, DATA, NOW)
})
afterAll(() => Promise.all([plain.close(), converted.close()]))

type Cells = readonly (string | number | null)[]
type Movement = Record<(typeof COMPONENTS)[number] | 'mrr', Cells>

async function all(world: SmallWorld, asked: Asked): Promise<Movement> {
  const session = world.session()
  const cells = async (metric: string): Promise<Cells> => cellsOf(await world.ask(metric, asked, session)).map(told)
  const names = [...COMPONENTS, 'mrr'] as const
  const found = await Promise.all(names.map(cells))
  const movement: Movement = { start: [], new: [], expansion: [], contraction: [], churned: [], reactivation: [], entering_segment: [], leaving_segment: [], fx: [], net: [], end: [], mrr: [] }
  names.forEach((name, index) => (movement[name] = found[index] ?? []))
  return movement
}

describe('the movement of a stock in two currencies, converted', () => {
  it('is told at the rate of each day, what is held at that of the day before, and the change of rates by itself', async () => {
    expect(await all(converted, MONTHS)).toEqual({
      // 31 January 110 + 40; 28 February 120 + 200; 31 March (100 + 300) × 1.15 + 50.
      start: ['0', '150', '320', '510'],
      // ann 100 × 1.1, cat 40; bob 200.
      new: ['150', '200', '0', '0'],
      // ann's 50 USD beside her euros; bob's 300 EUR at 1.15 on the day he leaves 200 USD behind.
      expansion: ['0', '0', '395', '0'],
      contraction: ['0', '0', '200', '50'],
      churned: ['0', '40', '0', '0'],
      reactivation: ['0', '0', '0', '0'],
      entering_segment: ['0', '0', '0', '0'],
      leaving_segment: ['0', '0', '0', '0'],
      // ann's 100 EUR: + 0.10 on 15 February, − 0.05 on 20 March, when bob held no euros yet.
      fx: ['0', '10', '-5', '0'],
      net: ['150', '170', '190', '-50'],
      end: ['150', '320', '510', '460'],
      mrr: ['150', '320', '510', '460'],
    })
  })

  it('says at which rates', async () => {
    expect(cellsOf(await converted.ask('fx', MONTHS)).map(({ currency, assumptions }) => [currency, ...assumptions])).toEqual([
      ['USD', '1 EUR = 1.1 USD (2025-01-01)'],
      ['USD', '1 EUR = 1.1 to 1.2 USD (2025-01-01 to 2025-02-15)'],
      ['USD', '1 EUR = 1.15 to 1.2 USD (2025-02-15 to 2025-03-20)'],
      ['USD', '1 EUR = 1.15 USD (2025-03-20)'],
    ])
  })

  it('adds up: start and components are the end, days are months, months the whole', async () => {
    for (const where of [{ kind: 'all' } as const, is('country', 'DE'), is('plan', 'basic'), is('money', 'EUR')]) {
      const [whole, months, days] = await Promise.all([
        all(converted, { ...MONTHS, grain: 'year', where }),
        all(converted, { ...MONTHS, where }),
        all(converted, { ...MONTHS, grain: 'day', where }),
      ])
      for (const { start, end, fx, churned, contraction, leaving_segment, net: _net, mrr, ...gains } of [whole, months, days]) {
        end.forEach((held, index) => {
          const sum = (lists: readonly (readonly unknown[])[]): number => lists.reduce((total, list) => total + cents(list[index]), 0)
          expect(cents(held)).toBe(sum([start, fx, ...Object.values(gains)]) - sum([churned, contraction, leaving_segment]))
          expect(cents(held)).toBe(mrr[index] === 'NO_ROWS' || mrr[index] === 'BEFORE_FIRST_DATA' ? 0 : cents(mrr[index]))
        })
      }
      for (const flow of COMPONENTS.filter((component) => component !== 'start' && component !== 'end')) {
        const total = (list: readonly unknown[]): number => list.reduce((sum: number, one) => sum + cents(one), 0)
        expect([total(months[flow]), total(days[flow])], flow).toEqual([total(whole[flow]), total(whole[flow])])
      }
    }
  })

  it('calls a currency a segment only where one is asked for', async () => {
    const euros = await all(converted, { ...MONTHS, where: is('money', 'EUR') })
    // ann is new in euros; bob, a customer already, enters them.
    expect([euros.new, euros.entering_segment, euros.expansion]).toEqual([['110', '0', '0', '0'], ['0', '0', '345', '0'], ['0', '0', '0', '0']])
  })

  it('counts customers, not their currencies', async () => {
    expect(cellsOf(await converted.ask('customers_new', MONTHS)).map(told)).toEqual(['2', '1', '0', '0'])
  })
})

describe('what becomes of customers in two currencies', () => {
  const followed = async (world: SmallWorld, asked: Asked): Promise<readonly unknown[]> => {
    const session = world.session()
    return Promise.all(['followed_start', 'followed_end', 'followed_kept'].map(async (metric) => cellsOf(await world.ask(metric, asked, session)).map(told)))
  }

  it('is followed in each by itself, at the rates of the start', async () => {
    // From the end of January, ann 100 EUR and cat 40 USD at 1.10, to that of March: ann 100 EUR, and her new 50 USD are not of it.
    // From the end of February, ann 100 EUR at 1.20 and bob 200 USD, to that of April: ann's euros; bob's new ones are not of it.
    expect(await followed(converted, { start: '2025-03-01', end: '2025-05-01', grain: 'month' })).toEqual([['150', '320'], ['110', '120'], ['110', '120']])
    expect(cellsOf(await converted.ask('nrr', { start: '2025-04-01', end: '2025-05-01' })).map(({ value, assumptions }) => [value, ...assumptions])).toEqual([[37.5, '1 EUR = 1.2 USD (2025-02-15)']])
  })

  it('has a value without rates only where there is one currency', async () => {
    expect(await followed(plain, { start: '2025-04-01', end: '2025-05-01' })).toEqual([['MIXED_CURRENCIES'], ['100'], ['100']])
    expect(await followed(plain, { start: '2025-04-01', end: '2025-05-01', where: is('money', 'EUR') })).toEqual([['100'], ['100'], ['100']])
  })
})

describe('the movement of a stock in two currencies, without rates', () => {
  it('has a value where a component is of one currency', async () => {
    expect(await all(plain, { ...MONTHS, where: is('country', 'US') })).toMatchObject({
      new: ['40', '200', '0', '0'],
      churned: ['0', '40', '0', '0'],
      expansion: ['0', '0', '300', '0'],
      contraction: ['0', '0', '200', '0'],
      net: ['40', '160', 'MIXED_CURRENCIES', '0'],
      fx: ['0', '0', '0', '0'],
      end: ['40', '200', '300', '300'],
    })
    expect(cellsOf(await plain.ask('new', MONTHS)).map(told)).toEqual(['MIXED_CURRENCIES', '200', '0', '0'])
  })
})

function cents(told: unknown): number {
  return told === 'BEFORE_FIRST_DATA' ? 0 : Math.round(Number(told) * 100)
}
