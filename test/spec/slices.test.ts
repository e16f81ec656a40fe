import { graphql } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KpiqlContext } from '../../schema/context.ts'
import { buildSchema } from '../../schema/build-schema.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Analytics } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Atom, Predicate, Test } from '../../src/model/predicate.ts'
import { exactText, toNumber } from '../oracle/amount.ts'
import { asked, differences } from '../oracle/compare-answers.ts'
import { TELLS_ROWS_READ, openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { Oracle } from '../oracle/oracle.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import { shopModel, shopTables } from '../oracle/shop.ts'

const NOW = Date.UTC(2026, 1, 1)
const METRICS = ['revenue', 'buyers', 'mrr'] as const
const SIZE = { customers: 40, orders: 3000, subscriptions: 900 }

const atom = (dimension: string, test: Test): Atom => ({ kind: 'atom', dimension, test })
const eq = (dimension: string, value: string | boolean): Predicate => atom(dimension, { op: 'in', values: [value], caseInsensitive: false })
const from = (dimension: string, value: number): Predicate => atom(dimension, { op: 'range', from: { value, inclusive: true }, to: null })
const between = (dimension: string, low: number, high: number): Predicate => atom(dimension, { op: 'range', from: { value: low, inclusive: true }, to: { value: high, inclusive: true } })
const both = (...of: Predicate[]): Predicate => ({ kind: 'and', of })
const not = (of: Predicate): Predicate => ({ kind: 'not', of })

/** Equality, ranges, negations, overlaps and single customers, each as a client writes it and as the oracle reads it. */
const SLICES: readonly (readonly [where: string, predicate: Predicate])[] = [
  ['{}', { kind: 'all' }],
  ['{ country: { eq: "DE" } }', eq('country', 'DE')],
  ['{ country: { eq: "US" } }', eq('country', 'US')],
  ['{ country: { eq: "IN" } }', eq('country', 'IN')],
  ['{ country: { isNull: true } }', atom('country', { op: 'isNull' })],
  ['{ country: { in: ["DE", "de"] } }', atom('country', { op: 'in', values: ['DE', 'de'], caseInsensitive: false })],
  ['{ country: { in: [] } }', atom('country', { op: 'in', values: [], caseInsensitive: false })],
  ['{ not: { country: { eq: "DE" } } }', not(eq('country', 'DE'))],
  ['{ segment: { eq: "SMB" } }', eq('segment', 'SMB')],
  ['{ segment: { eq: "O\'Brien; --" } }', eq('segment', "O'Brien; --")],
  ['{ segment: { eq: "Zürich" } }', eq('segment', 'Zürich')],
  ['{ segment: { eq: "" } }', eq('segment', '')],
  ['{ segment: { eq: "null" } }', eq('segment', 'null')],
  ['{ segment: { startsWith: "E" } }', atom('segment', { op: 'startsWith', text: 'E', caseInsensitive: false })],
  ['{ segment: { eq: "SMB" }, country: { eq: "US" } }', both(eq('segment', 'SMB'), eq('country', 'US'))],
  ['{ score: { gte: 5 } }', from('score', 5)],
  ['{ score: { gte: 3 } }', from('score', 3)],
  ['{ score: { between: { from: 2, to: 6 } } }', between('score', 2, 6)],
  ['{ score: { between: { from: 2, to: 6 } }, country: { eq: "DE" } }', both(between('score', 2, 6), eq('country', 'DE'))],
  ['{ not: { score: { gte: 5 } } }', not(from('score', 5))],
  ['{ vip: { eq: true } }', eq('vip', true)],
  ['{ customer_code: { eq: "c0" } }', eq('customer_code', 'c0')],
  ['{ customer_code: { eq: "c7" } }', eq('customer_code', 'c7')],
  ['{ or: [{ continent: { eq: "Europe" } }, { vip: { eq: false } }] }', { kind: 'or', of: [eq('continent', 'Europe'), eq('vip', false)] }],
]

const model = shopModel()
const tables = shopTables(24, 2024, SIZE)
const oracle = new Oracle({ model, tables: new Map(Object.entries(tables).map(([name, { rows }]) => [name, rows])), nowUtcMs: NOW })
const asks = SLICES.map(([, predicate]) => METRICS.map((metric): OracleAsk => ({ metric, predicate, zone: 'Europe/Berlin', start: '2024-04-01', end: '2025-04-01', grain: 'month', by: [] })))

let source: TestSource
let analytics: Analytics

beforeAll(async () => {
  source = await openTestSource('shop', tables)
  analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: NOW }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 100_000 })
})

afterAll(() => source.close())

/** Twice each table of the facts, and their customers and regions as often. */
const TWO_PASSES = 2 * (SIZE.orders + SIZE.subscriptions + 2 * (SIZE.customers + 3))

function statementsOn(table: string, statements: readonly { readonly text: string }[]): number {
  return statements.filter(({ text }) => text.includes(`FROM "${table}"`)).length
}

describe('24 slices × 3 metrics × 12 months', () => {
  it('equal plain loops over the rows, in two statements a semantic model and two passes a table', async () => {
    expect(SLICES).toHaveLength(24)
    const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
    const before = source.statements.length
    const answers = await Promise.all(asks.flat().map((ask) => session.metric(asked(ask, model.calendar, NOW))))
    const found = asks.flat().map((ask, index) => ({ ask, differences: answers[index] === undefined ? ['no answer'] : differences(answers[index], oracle.answer(ask)) }))
    expect(found.filter((one) => one.differences.length > 0)).toEqual([])
    const run = source.statements.slice(before)
    expect(statementsOn('orders', run)).toBeLessThanOrEqual(2)
    expect(statementsOn('subscriptions', run)).toBeLessThanOrEqual(2)
    expect(session.stats).toMatchObject({ scans: run.length, metrics: 72, slices: 24, rowsReadUnknown: !TELLS_ROWS_READ })
    expect(session.stats.rowsRead).toBeLessThanOrEqual(TWO_PASSES)
  })

  it('are one GraphQL query away', async () => {
    const document = `
      fragment Monthly on Slice { ${METRICS.map((name) => `${name}: metric(name: ${name.toUpperCase()}) { series(grain: MONTH) { start end value exact quality reason partial } }`).join(' ')} }
      query {
        ${SLICES.map(([where], index) => `s${index}: slice(period: { between: { start: "2024-04-01", end: "2025-04-01" } }, timezone: "Europe/Berlin", where: ${where}, freshness: NO_CACHE) { ...Monthly }`).join('\n')}
      }`
    const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
    const contextValue: KpiqlContext = { model, analytics, calendar: model.calendar, savedCohorts: new Map(), requestId: 'test', session: () => session }
    const before = source.statements.length
    const { data, errors } = await graphql({ schema: buildSchema(model), source: document, contextValue })
    expect(errors).toBeUndefined()
    const wanted = asks.map((row) =>
      row.map((ask) => (oracle.answer(ask).groups[0]?.cells ?? []).map(({ amount }) => (amount === null ? { value: null, exact: null } : { value: expect.closeTo(toNumber(amount), 6), exact: exactText(amount) }))),
    )
    const rows = data as Readonly<Record<string, Readonly<Record<string, { readonly series: readonly { readonly value: number | null; readonly exact: string | null }[] }>>>>
    const found = asks.map((row, index) => row.map(({ metric }) => rows[`s${index}`]?.[metric]?.series.map(({ value, exact }) => ({ value, exact }))))
    expect(found).toEqual(wanted)
    expect(rows['s0']?.['revenue']?.series[0]).toMatchObject({ start: '2024-04-01T00:00:00+02:00', end: '2024-05-01T00:00:00+02:00' })
    const run = source.statements.slice(before)
    expect(statementsOn('orders', run)).toBeLessThanOrEqual(2)
    expect(statementsOn('subscriptions', run)).toBeLessThanOrEqual(2)
    expect(session.stats.rowsRead).toBeLessThanOrEqual(TWO_PASSES)
  })
})
