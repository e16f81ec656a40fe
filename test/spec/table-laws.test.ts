import { execute, parse, validate } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildSchema } from '../../schema/build-schema.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Analytics, AnalyticsSession, TableAnswer, TableAsk } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import type { Period } from '../../src/base/period.ts'
import { ALL } from '../../src/model/predicate.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { is } from '../oracle/small-world.ts'
import { modelOf } from './schema-world.ts'

// Sales in two currencies in one source, costs of no stated currency in another. It is 10 April 2025, noon.
//
//            DE                FR          US
// March      100 EUR, 20 EUR   50 EUR      70 USD
// April      10 EUR            —           30 USD
//
// Costs: March 40 (DE), April nothing; visits: March 5 (DE), April 1 (US).

const NOW = Date.parse('2025-04-10T12:00:00Z')

const MODEL = `
semantic_models:
  - name: sales
    source: shop
    table: sales
    agg_time_dimension: sold
    entities: [{ name: sale, type: primary, expr: id }, { name: buyer, type: foreign, expr: buyer }]
    dimensions:
      - { name: sold, type: time, granularity: day }
      - { name: country, type: categorical }
      - { name: money, type: categorical }
  - name: buyers
    source: shop
    table: buyers
    agg_time_dimension: joined
    entities: [{ name: buyer, type: primary, expr: id }]
    dimensions:
      - { name: joined, type: time, granularity: day }
  - name: costs
    source: books
    table: costs
    agg_time_dimension: spent
    dimensions:
      - { name: spent, type: time, granularity: day }
      - { name: team, type: categorical }
metrics:
  - { name: revenue, semantic_model: sales, agg: sum, expr: amount, unit: currency, currency: { dimension: money } }
  - { name: euros, semantic_model: sales, agg: sum, expr: amount, filter: money = 'EUR', unit: currency, currency: EUR }
  - { name: doubled_euros, type: derived, expr: euros * 2, metrics: [euros], unit: currency }
  - { name: per_sale, type: ratio, numerator: revenue, denominator: count, unit: currency }
  - { name: count, semantic_model: sales, agg: count }
  - { name: costs, semantic_model: costs, agg: sum, expr: amount, unit: currency, estimate: { expr: 7 * count, metrics: [count], assumption: A sale is taken to cost 7. } }
  - { name: margin, type: derived, expr: euros - costs, metrics: [euros, costs], unit: currency }
  - { name: costs_per_sale, type: ratio, numerator: costs, denominator: count, unit: currency }
  - { name: twice_costs, type: derived, expr: costs + costs, metrics: [costs], unit: currency }
cohorts:
  - { name: everyone, entity: buyer, where: joined >= '2025-01-01' }
`

let shop: TestSource
let books: TestSource
let failing: TestSource
let analytics: Analytics
let broken: Analytics

beforeAll(async () => {
  const sale = (id: number, sold: string, amount: string, money: string, country: string) => ({ id, buyer: id, sold, amount, money, country })
  shop = await openTestSource('shop', {
    sales: {
      columns: { id: 'BIGINT', buyer: 'BIGINT', sold: 'DATE', amount: 'DECIMAL(12,2)', money: 'VARCHAR', country: 'VARCHAR' },
      rows: [
        sale(1, '2025-03-01', '100.00', 'EUR', 'DE'),
        sale(2, '2025-03-20', '20.00', 'EUR', 'DE'),
        sale(3, '2025-03-05', '50.00', 'EUR', 'FR'),
        sale(4, '2025-03-06', '70.00', 'USD', 'US'),
        sale(5, '2025-04-02', '10.00', 'EUR', 'DE'),
        sale(6, '2025-04-03', '30.00', 'USD', 'US'),
      ],
    },
    buyers: { columns: { id: 'BIGINT', joined: 'DATE' }, rows: [1, 2, 3, 4, 5, 6].map((id) => ({ id, joined: '2025-01-01' })) },
  })
  const costs = { costs: { columns: { spent: 'DATE', amount: 'DECIMAL(12,2)', team: 'VARCHAR' }, rows: [{ spent: '2025-03-10', amount: '40.00', team: 'A' }] } } as const
  books = await openTestSource('books', costs)
  failing = await openTestSource('books', costs)
  failing.query = () => Promise.reject(new KpiqlError('SOURCE_FAILED', { message: 'The books are burnt.' }))
  const over = (source: TestSource): Analytics =>
    createAnalytics({
      model: modelOf(MODEL),
      sources: new Map([shop, source].map((one) => [one.name, { source: one, connector: 'duckdb', nowUtcMs: one === shop ? null : NOW - 3_600_000 }])),
      cacheBytes: 0,
      clock: fixedClock(NOW),
      maxGroups: 1000,
    })
  analytics = over(books)
  broken = over(failing)
})
afterAll(() => Promise.all([shop, books, failing].map((source) => source.close())))

const sessionOf = (of = analytics): AnalyticsSession => of.session({ freshness: 'REVALIDATE', signal: new AbortController().signal })
const periodOf = (start: string, end: string): Period => resolvePeriod({ between: { start, end } }, { zone: 'UTC', nowUtcMs: NOW, calendar: modelOf(MODEL).calendar })
const MARCH = periodOf('2025-03-01', '2025-04-01')
const APRIL = periodOf('2025-04-01', '2025-05-01')
const BOTH = periodOf('2025-03-01', '2025-05-01')
const COUNTRY: GroupKey = { kind: 'dimension', dimension: 'country' }
const MONEY: GroupKey = { kind: 'dimension', dimension: 'money' }
const MONTH: GroupKey = { kind: 'time', dimension: null, grain: 'month' }

function table(asked: Partial<TableAsk> & Pick<TableAsk, 'metrics'>, session = sessionOf()): Promise<TableAnswer> {
  return session.table({ by: [], period: MARCH, predicate: ALL, having: [], compare: null, orderBy: [], first: 100, after: null, totals: false, ...asked })
}

async function asked(query: string): Promise<unknown> {
  const model = modelOf(MODEL)
  const session = sessionOf()
  const [schema, document] = [buildSchema(model), parse(query)]
  expect(validate(schema, document)).toEqual([])
  const { data, errors } = await execute({
    schema,
    document,
    contextValue: { model, analytics, calendar: model.calendar, savedCohorts: new Map(), requestId: 'r1', session: () => session },
  })
  expect(errors).toBeUndefined()
  return data
}

describe('currencies in a table', () => {
  it('stand in a column of their own where rows may be in several, and in the column’s head where they are one', async () => {
    const { columns, rows } = await table({ metrics: ['revenue', 'doubled_euros', 'per_sale', 'costs', 'count'], by: [COUNTRY] })
    expect(columns.map(({ name, role, currency }) => [name, role, currency])).toEqual([
      ['country', 'dimension', null],
      ['revenue', 'metric', null],
      ['revenue_currency', 'currency', null],
      ['doubled_euros', 'metric', 'EUR'],
      ['per_sale', 'metric', null],
      ['per_sale_currency', 'currency', null],
      ['costs', 'metric', null],
      ['count', 'metric', null],
    ])
    expect(rows.map(({ country, revenue, revenue_currency, per_sale_currency }) => [country, revenue, revenue_currency, per_sale_currency])).toEqual([
      ['DE', 120, 'EUR', 'EUR'],
      ['FR', 50, 'EUR', 'EUR'],
      ['US', 70, 'USD', 'USD'],
    ])
  })

  it('are told of what is compared with, and of totals', async () => {
    const { rows, totals, columns } = await table({ metrics: ['revenue'], by: [MONEY], period: APRIL, compare: MARCH, totals: true, predicate: is('country', 'US') })
    expect(columns.map(({ name }) => name)).toEqual(['money', 'revenue', 'revenue_currency', 'revenue_compare', 'revenue_compare_currency'])
    expect(rows).toEqual([{ money: 'USD', revenue: 30, revenue_currency: 'USD', revenue_compare: 70, revenue_compare_currency: 'USD' }])
    expect(totals).toEqual({ revenue: 30, revenue_currency: 'USD' })
  })

  it('are not ordered among each other, nor tested together', async () => {
    const order = { column: 'revenue', direction: 'DESC' } as const
    await expect(table({ metrics: ['revenue'], by: [COUNTRY], orderBy: [order] })).rejects.toMatchObject({ code: 'GROUPING_INVALID', hint: expect.stringContaining('revenue_currency') as string })
    await expect(table({ metrics: ['revenue'], by: [COUNTRY], having: [{ metric: 'revenue', op: 'gt', value: 60 }] })).rejects.toMatchObject({ code: 'FILTER_INVALID' })
    const { rows } = await table({ metrics: ['revenue'], by: [COUNTRY], orderBy: [{ column: 'revenue_currency', direction: 'DESC' }, order] })
    expect(rows.map(({ country }) => country)).toEqual(['US', 'DE', 'FR'])
    const euros = await table({ metrics: ['revenue'], by: [COUNTRY], orderBy: [order], having: [{ metric: 'revenue', op: 'gt', value: 60 }], predicate: is('money', 'EUR') })
    expect(euros.rows.map(({ country }) => country)).toEqual(['DE'])
  })
})

describe('a breakdown over currencies', () => {
  it('lists the first of each currency, then the second of each', async () => {
    const ask = { metric: 'revenue', predicate: ALL, period: MARCH, grain: null, by: [COUNTRY] }
    const { rows, other } = await sessionOf().breakdown({ ask, top: 2, order: 'DESC', other: true })
    expect(rows.map(({ values, cell, share }) => [values[0], cell.exact, cell.currency, share])).toEqual([
      ['DE', '120', 'EUR', null],
      ['US', '70', 'USD', null],
    ])
    expect(other?.cell).toMatchObject({ exact: '50', currency: 'EUR' })
    const up = await sessionOf().breakdown({ ask, top: 10, order: 'ASC', other: true })
    expect(up.rows.map(({ values }) => values[0])).toEqual(['FR', 'US', 'DE'])
  })
})

describe('money whose currency nobody states', () => {
  it('goes with its like and with numbers, and is told without a currency', async () => {
    const { rows } = await table({ metrics: ['costs', 'costs_per_sale', 'twice_costs', 'count'] })
    expect(rows).toEqual([{ costs: 40, costs_per_sale: 10, twice_costs: 80, count: 4 }])
  })

  it('is not added to money of a stated one; the remedy is to state it', async () => {
    const { rows, reasons } = await table({ metrics: ['margin'] })
    expect(rows).toEqual([{ margin: null }])
    expect(reasons).toEqual([{ row: 0, column: 'margin', reason: 'MIXED_CURRENCIES', remedy: 'Amounts in EUR and a currency that the model does not state are not added up. Write `currency:` in the model.' }])
  })
})

describe('notes of a table', () => {
  it('mark what is estimated, what it takes for granted, and what is still open', async () => {
    const asked = { metrics: ['costs', 'count'], by: [MONTH], period: BOTH, allowEstimates: true, totals: true } as const
    const { rows, notes, totalsNotes } = await table(asked)
    expect(rows.map(({ costs, count }) => [costs, count])).toEqual([[40, 4], [14, 2]])
    expect(notes).toEqual([
      { row: 1, column: 'costs', quality: 'ESTIMATED', assumptions: ['A sale is taken to cost 7.'], partial: true },
      { row: 1, column: 'count', quality: 'ACTUAL', assumptions: [], partial: true },
    ])
    expect(totalsNotes.map(({ column, partial }) => [column, partial])).toEqual([['costs', true], ['count', true]])
    expect((await table({ ...asked, period: MARCH })).notes).toEqual([])
  })

  it('count from the first row of the page', async () => {
    const first = await table({ metrics: ['count'], by: [MONTH], period: BOTH, first: 1 })
    const { rows, notes } = await table({ metrics: ['count'], by: [MONTH], period: BOTH, first: 1, after: first.endCursor })
    expect([first.notes, rows, notes]).toEqual([[], [{ period_month: '2025-04-01', count: 2 }], [{ row: 0, column: 'count', quality: 'ACTUAL', assumptions: [], partial: true }]])
  })
})

describe('what a table cannot tell', () => {
  it('has reasons among the totals', async () => {
    const { totals, totalsReasons } = await table({ metrics: ['revenue', 'count'], by: [COUNTRY], totals: true })
    expect(totals).toEqual({ revenue: null, revenue_currency: null, count: 4 })
    expect(totalsReasons).toMatchObject([{ column: 'revenue', reason: 'MIXED_CURRENCIES', remedy: expect.stringContaining('EUR and USD') as string }])
  })

  it('has the reason of a metric that cannot be grouped so, also where no row is left to tell it', async () => {
    const alone = await table({ metrics: ['costs'], by: [COUNTRY] })
    expect([alone.rows, alone.reasons]).toEqual([[], []])
    expect(alone.columnReasons).toMatchObject([{ column: 'costs', reason: 'DIMENSION_NOT_AVAILABLE', remedy: expect.any(String) as string }])
    const beside = await table({ metrics: ['costs', 'count'], by: [COUNTRY], compare: APRIL })
    expect(beside.columnReasons.map(({ column }) => column)).toEqual(['costs', 'costs_compare'])
    expect(beside.rows.map(({ country, count }) => [country, count])).toEqual([['DE', 2], ['FR', 1], ['US', 1]])
  })

  it('is a matter of the columns whose source failed, with its words', async () => {
    const { rows, reasons, columnReasons, totals, totalsReasons } = await table({ metrics: ['costs', 'count'], period: APRIL, compare: MARCH, totals: true }, sessionOf(broken))
    expect(rows).toEqual([{ costs: null, costs_compare: null, count: 2, count_compare: 4 }])
    const burnt = { reason: 'SOURCE_FAILED', remedy: 'The books are burnt.' }
    expect(columnReasons).toEqual([{ column: 'costs', ...burnt }, { column: 'costs_compare', ...burnt }])
    expect(reasons).toEqual([{ row: 0, column: 'costs', ...burnt }, { row: 0, column: 'costs_compare', ...burnt }])
    expect([totals, totalsReasons]).toEqual([{ costs: null, count: 2 }, [{ column: 'costs', ...burnt }]])
  })

  it('is an error where every metric fails, where rows are kept by one that does, and where the question is at fault', async () => {
    await expect(table({ metrics: ['costs'] }, sessionOf(broken))).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    await expect(table({ metrics: ['costs', 'count'], having: [{ metric: 'costs', op: 'gt', value: 1 }] }, sessionOf(broken))).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    await expect(table({ metrics: ['count', 'euros'], by: [{ kind: 'time', dimension: null, grain: 'hour' }] })).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE' })
  })
})

describe('pages', () => {
  it('of a table speak of the data of all its metrics', async () => {
    const asked = { metrics: ['count', 'costs'], by: [MONTH], period: BOTH, first: 1 } as const
    const first = await table(asked)
    expect(first.provenance).toMatchObject({ asOfUtcMs: NOW - 3_600_000, dataVersions: { shop: shop.version, books: books.version } })
    expect((await table({ ...asked, after: first.endCursor })).cursorOutdated).toBe(false)
    books.version = `${books.version}+`
    expect((await table({ ...asked, after: first.endCursor })).cursorOutdated).toBe(true)
  })

  it('of entities behind a value, and of members, tell when their cursor is of older data', async () => {
    const ask = { metric: 'count', predicate: ALL, period: MARCH, grain: null, by: [] }
    const drill = (after: string | null) => sessionOf().drill({ ask, component: null, first: 1, after })
    const members = (after: string | null) => sessionOf().members({ entity: 'buyer', predicate: { kind: 'cohort', cohort: 'everyone' }, period: MARCH, first: 1, after })
    const [drilled, listed] = await Promise.all([drill(null), members(null)])
    expect([drilled.cursorOutdated, listed.cursorOutdated]).toEqual([false, false])
    expect([(await drill(drilled.endCursor)).cursorOutdated, (await members(listed.endCursor)).cursorOutdated]).toEqual([false, false])
    shop.version = `${shop.version}+`
    expect([(await drill(drilled.endCursor)).cursorOutdated, (await members(listed.endCursor)).cursorOutdated]).toEqual([true, true])
  })
})

describe('told to clients', () => {
  const slice = (period: string, where: string, fields: string): string => `{ slice(period: { between: ${period} }, where: ${where}) { metric(name: REVENUE) { ${fields} } } }`
  const MARCH_TEXT = '{ start: "2025-03-01", end: "2025-04-01" }'
  const APRIL_TEXT = '{ start: "2025-04-01", end: "2025-05-01" }'
  // March sold for euros in Germany, April for dollars in the US: a slice whose currency changes.
  const CHANGING = '{ or: [{ country: { eq: "DE" }, sold: { lt: "2025-04-01" } }, { country: { eq: "US" }, sold: { gte: "2025-04-01" } }] }'

  it('no change is told between two currencies', async () => {
    const to = `to: { period: { between: ${MARCH_TEXT} } }`
    const compared = 'value exact currency change changePercent changePoints reason remedy assumptions'
    expect(await asked(slice(APRIL_TEXT, CHANGING, `value currency compare(${to}) { ${compared} }`))).toMatchObject({
      slice: {
        metric: {
          value: 30,
          currency: 'USD',
          compare: { value: 120, exact: '120', currency: 'EUR', change: null, changePercent: null, changePoints: null, reason: 'MIXED_CURRENCIES', remedy: expect.stringContaining('EUR and USD') as string, assumptions: [] },
        },
      },
    })
    expect(await asked(slice(APRIL_TEXT, '{ country: { eq: "DE" } }', `compare(${to}) { ${compared} }`))).toMatchObject({ slice: { metric: { compare: { value: 120, currency: 'EUR', change: -110, reason: null, remedy: null } } } })
  })

  it('points, columns, rows and the rest name their currency', async () => {
    const both = '{ start: "2025-03-01", end: "2025-05-01" }'
    const month = 'series(grain: MONTH) { value currency } seriesColumns(grain: MONTH) { values currencies }'
    expect(await asked(slice(both, CHANGING, month))).toEqual({
      slice: { metric: { series: [{ value: 120, currency: 'EUR' }, { value: 30, currency: 'USD' }], seriesColumns: { values: [120, 30], currencies: ['EUR', 'USD'] } } },
    })
    const rows = 'breakdown(by: [{ dimension: COUNTRY }], top: 2) { rows { value currency assumptions compare(to: { period: { between: { start: "2025-02-01", end: "2025-03-01" } } }) { reason } } other { value currency quality partial assumptions reason remedy } }'
    expect(await asked(slice(MARCH_TEXT, '{}', rows))).toEqual({
      slice: {
        metric: {
          breakdown: {
            rows: [
              { value: 120, currency: 'EUR', assumptions: [], compare: { reason: 'BEFORE_FIRST_DATA' } },
              { value: 70, currency: 'USD', assumptions: [], compare: { reason: 'BEFORE_FIRST_DATA' } },
            ],
            other: { value: 50, currency: 'EUR', quality: 'ACTUAL', partial: false, assumptions: [], reason: null, remedy: null },
          },
        },
      },
    })
  })

  it('a table tells notes, reasons and versions of all its metrics', async () => {
    const query = `{ table(metrics: [COSTS, COUNT], period: { between: ${APRIL_TEXT} }, allowEstimates: true, totals: true) {
      rows notes { row column quality assumptions partial } columnReasons { column reason } totalsReasons { column } totalsNotes { column quality } asOf stale } }`
    expect(await asked(query)).toEqual({
      table: {
        rows: [{ costs: 14, count: 2 }],
        notes: [
          { row: 0, column: 'costs', quality: 'ESTIMATED', assumptions: ['A sale is taken to cost 7.'], partial: true },
          { row: 0, column: 'count', quality: 'ACTUAL', assumptions: [], partial: true },
        ],
        columnReasons: [],
        totalsReasons: [],
        totalsNotes: [{ column: 'costs', quality: 'ESTIMATED' }, { column: 'count', quality: 'ACTUAL' }],
        asOf: '2025-04-10T11:00:00Z',
        stale: false,
      },
    })
  })

  it('two cohorts whose money differs have no difference', async () => {
    const query = `{ cohort(of: { ids: { entity: BUYER, ids: ["1", "2"] } }, period: { between: ${MARCH_TEXT} }) {
      compare(with: { ids: { entity: BUYER, ids: ["4"] } }, metrics: [REVENUE, COUNT]) { metrics { name value currency otherValue otherCurrency difference lift reason } } } }`
    expect(await asked(query)).toEqual({
      cohort: {
        compare: {
          metrics: [
            { name: 'REVENUE', value: 120, currency: 'EUR', otherValue: 70, otherCurrency: 'USD', difference: null, lift: null, reason: 'MIXED_CURRENCIES' },
            { name: 'COUNT', value: 2, currency: null, otherValue: 1, otherCurrency: null, difference: 1, lift: 100, reason: null },
          ],
        },
      },
    })
  })
})
