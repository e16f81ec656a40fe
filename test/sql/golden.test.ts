import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Calendar } from '../../src/base/grain.ts'
import type { Atom, Predicate, Test } from '../../src/model/predicate.ts'
import { asked, differences } from '../oracle/compare-answers.ts'
import { ENGINE, openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { Oracle } from '../oracle/oracle.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import { shopModel, shopTables } from '../oracle/shop.ts'
import { expectGolden } from './golden-file.ts'

// One shop, one dialect so far: what is asked, the SQL as text, whether the engine takes it, and whether its rows are right.

const NOW = Date.UTC(2026, 1, 1)
const tables = shopTables(5, 2024, { customers: 20, orders: 400, subscriptions: 120 })

let source: TestSource

beforeAll(async () => {
  source = await openTestSource('shop', tables)
})
afterAll(() => source.close())

const ALL: Predicate = { kind: 'all' }
const atom = (dimension: string, test: Test): Atom => ({ kind: 'atom', dimension, test })
const eq = (dimension: string, value: string): Predicate => atom(dimension, { op: 'in', values: [value], caseInsensitive: false })
const atLeast = (dimension: string, value: number): Predicate => atom(dimension, { op: 'range', from: { value, inclusive: true }, to: null })

type Part = Partial<OracleAsk> & { readonly metric: string }
const ask = (part: Part): OracleAsk => ({ predicate: ALL, zone: 'UTC', start: '2024-01-01', end: '2025-01-01', grain: 'month', by: [], ...part })

async function holds(name: string, asks: readonly OracleAsk[], calendar: Calendar = { weekStart: 1, fiscalYearStart: 1 }): Promise<void> {
  const model = shopModel(calendar)
  const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: NOW }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 100_000 })
  const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  const before = source.statements.length
  const answers = await Promise.all(asks.map((one) => session.metric(asked(one, calendar, NOW))))
  const statements = source.statements.slice(before)
  expectGolden(name, source.dialect.name, statements)
  for (const statement of statements) await source.explain(statement)
  const oracle = new Oracle({ model, tables: new Map(Object.entries(tables).map(([table, { rows }]) => [table, rows])), nowUtcMs: NOW })
  expect(answers.map((answer, index) => differences(answer, oracle.answer(asks[index] as OracleAsk)))).toEqual(asks.map(() => []))
}

describe(`SQL for ${ENGINE}`, () => {
  it('begins weeks on Monday', () => holds('weeks-from-monday', [ask({ metric: 'orders', grain: 'week', start: '2021-01-01', end: '2026-01-01' })]))

  it('begins weeks on Sunday', () => holds('weeks-from-sunday', [ask({ metric: 'orders', grain: 'week', start: '2021-01-01', end: '2026-01-01' })], { weekStart: 7, fiscalYearStart: 1 }))

  it('begins fiscal quarters and years in April', () =>
    holds('fiscal-year-from-april', [ask({ metric: 'gross', grain: 'year', end: '2026-01-01' }), ask({ metric: 'orders', grain: null, by: [{ kind: 'time', dimension: 'signup_date', grain: 'quarter' }] })], { weekStart: 1, fiscalYearStart: 4 }))

  it('spells out a few buckets and finds each by halving', () => holds('weeks-spelled-out', [ask({ metric: 'orders', grain: 'week', end: '2024-03-01' })]))

  it('moves a zone by its two offsets over a year', () => holds('days-in-berlin', [ask({ metric: 'orders', grain: 'day', zone: 'Europe/Berlin' })]))

  it('moves a zone by one offset where its clocks do not change', () => holds('days-in-kolkata', [ask({ metric: 'orders', grain: 'day', zone: 'Asia/Kolkata' })]))

  it('cuts hours at the half of those of UTC', () => holds('hours-in-kolkata', [ask({ metric: 'orders', grain: 'hour', zone: 'Asia/Kolkata', start: '2024-03-01', end: '2024-03-11' })]))

  it('cuts hours anew where clocks change by half an hour', () =>
    holds('hours-on-lord-howe', [ask({ metric: 'orders', grain: 'hour', zone: 'Australia/Lord_Howe', start: '2024-10-01', end: '2024-10-11' })]))

  it('leaves dates where they are, in any zone', () => holds('dates-in-apia', [ask({ metric: 'revenue_by_date', grain: 'week', zone: 'Pacific/Apia' })]))

  it('reads wall clocks of a declared zone', () => holds('clock-of-berlin-in-new-york', [ask({ metric: 'orders_at_shop', grain: 'day', zone: 'America/New_York' })]))

  it('sums up what begins and ends for the stock at every edge', () =>
    holds('stock-by-deltas', [ask({ metric: 'mrr' }), ask({ metric: 'mrr', predicate: eq('plan', 'pro') }), ask({ metric: 'mrr', predicate: eq('segment', 'SMB') })]))

  it('counts months in a row up to the stretch of a date, and looks at what ended before where groups are asked', () =>
    holds('stock-of-many-months', [ask({ metric: 'mrr', start: '2023-01-01', by: [{ kind: 'dimension', dimension: 'plan' }] })]))

  it('holds slices as bits per customer to count them once', () =>
    holds('distinct-by-masks', [ask({ metric: 'buyers' }), ask({ metric: 'buyers', predicate: eq('status', 'paid') }), ask({ metric: 'buyers', predicate: atLeast('quantity', 3) })]))

  it('puts slices that exclude each other side by side for a median', () =>
    holds('medians-in-layers', [
      ask({ metric: 'median_amount', predicate: eq('status', 'paid') }),
      ask({ metric: 'median_amount', predicate: eq('status', 'failed') }),
      ask({ metric: 'median_amount', predicate: atLeast('quantity', 2) }),
    ]))

  it('follows keys over two tables without losing a row', () => holds('joins-over-two-tables', [ask({ metric: 'orders', grain: null, by: [{ kind: 'dimension', dimension: 'continent' }] })]))

  it('tests nulls as a reader would', () =>
    holds('null-tests', [
      ask({ metric: 'orders', grain: null, predicate: atom('status', { op: 'isNull' }) }),
      ask({ metric: 'orders', grain: null, predicate: { kind: 'not', of: eq('status', 'paid') } }),
      ask({ metric: 'orders', grain: null, predicate: { kind: 'not', of: atLeast('quantity', 2) } }),
    ]))

  it('binds hostile texts and never writes them into the statement', async () => {
    const hostile = ["O'Brien; --", "'; DROP TABLE orders; --", '\\', '"', '%', 'a_b', '$1', 'Zürich\n--', 'NULL', '']
    await holds('hostile-texts', [
      ...hostile.map((text) => ask({ metric: 'orders', grain: null, predicate: eq('segment', text) })),
      ask({ metric: 'orders', grain: null, predicate: atom('channel', { op: 'contains', text: '%', caseInsensitive: false }) }),
      ask({ metric: 'orders', grain: null, predicate: atom('channel', { op: 'endsWith', text: '\\B', caseInsensitive: true }) }),
    ])
    expect(source.statements.filter(({ text }) => text.includes('Brien') || text.includes('DROP'))).toEqual([])
  })

  it('keeps the last day of each month for a balance', () => holds('balance-of-last-day', [ask({ metric: 'balance_at_end', predicate: eq('branch', 'north') })]))
})
