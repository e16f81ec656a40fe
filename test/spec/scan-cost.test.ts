import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { ScanBudget, rowsRead } from '../../src/answer/scan-budget.ts'
import type { AnalyticsSession } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { KpiqlError } from '../../src/base/errors.ts'
import type { SharedCache } from '../../src/cache/shared-cache.ts'
import type { ReadResult } from '../../src/plan/read.ts'
import { column, select } from '../../src/sql/tree.ts'
import type { From } from '../../src/sql/tree.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { asked } from '../oracle/compare-answers.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import { largeShopTables, shopModel } from '../oracle/shop.ts'

const NOW = Date.UTC(2026, 5, 1)
const ROWS = 1_000
const model = shopModel()
const orders: OracleAsk = { metric: 'orders', predicate: { kind: 'all' }, zone: 'UTC', start: '2024-01-01', end: '2026-01-01', grain: 'month', by: [] }

let source: TestSource
beforeAll(async () => {
  source = await openTestSource('shop', largeShopTables(2024, ROWS))
})
afterAll(() => source.close())

function analytics(maxRowsScanned: number | null, maxGroups = 100_000) {
  return createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: NOW }]]), cacheBytes: 1_000_000, clock: fixedClock(NOW), maxGroups, maxRowsScanned })
}

function sessionOf(of: ReturnType<typeof analytics>, signal = new AbortController().signal): AnalyticsSession {
  return of.session({ freshness: 'CACHED_OK', signal })
}

const ask = (session: AnalyticsSession, over: Partial<OracleAsk> = {}) => session.metric(asked({ ...orders, ...over }, model.calendar, NOW))

describe('the ceiling of rows a request may read', () => {
  it('lets through what fits, and refuses what does not before anything is read, with the estimate and the ceiling', async () => {
    await expect(ask(sessionOf(analytics(ROWS)))).resolves.toMatchObject({ unavailable: null, provenance: { stale: false } })
    const session = sessionOf(analytics(ROWS - 1))
    await expect(ask(session)).rejects.toMatchObject({ code: 'QUERY_TOO_COSTLY', data: { estimatedRows: ROWS, limit: ROWS - 1 }, hint: expect.stringContaining('limits.maxRowsScanned') })
    expect(session.stats).toMatchObject({ scans: 0, rowsRead: 0 })
  })

  it('adds up the statements of a request, whatever sessions they are of, and begins anew with the next', async () => {
    const of = analytics(ROWS * 2)
    const { signal } = new AbortController()
    await ask(sessionOf(of, signal))
    const withStatus = (status: string): Partial<OracleAsk> => ({ predicate: { kind: 'atom', dimension: 'status', test: { op: 'in', values: [status], caseInsensitive: false } } })
    await ask(sessionOf(of, signal), withStatus('paid'))
    await expect(ask(sessionOf(of, signal), withStatus('failed'))).rejects.toMatchObject({ code: 'QUERY_TOO_COSTLY', data: { estimatedRows: ROWS * 3 } })
    await expect(ask(sessionOf(of), withStatus('failed'))).resolves.toMatchObject({ unavailable: null, provenance: { stale: false } })
  })

  it('costs nothing for what the cache holds, and one pass for slices that share it', async () => {
    const of = analytics(ROWS)
    await ask(sessionOf(of))
    const { signal } = new AbortController()
    await expect(Promise.all([ask(sessionOf(of, signal)), ask(sessionOf(of, signal), { start: '2025-03-01' })])).resolves.toHaveLength(2)
    const fresh = sessionOf(analytics(ROWS))
    const slices = ['paid', 'failed', 'refund'].map((value) => ask(fresh, { predicate: { kind: 'atom', dimension: 'status', test: { op: 'in', values: [value], caseInsensitive: false } } }))
    await expect(Promise.all(slices)).resolves.toHaveLength(3)
  })

  it('holds for lists of values too', async () => {
    await expect(sessionOf(analytics(ROWS - 1)).dimensionValues({ dimension: 'status', search: null, first: 10, predicate: { kind: 'all' } })).rejects.toMatchObject({ code: 'QUERY_TOO_COSTLY' })
  })

  it('of one request is not another’s, though they wait for the same read', async () => {
    const looking = Promise.withResolvers<void>()
    // Nobody else has anything, and says so once both requests wait.
    const shared = { waitMs: 0, async look(keys: readonly string[]) { await looking.promise; return new Map(keys.map((key) => [key, { kind: 'alone' }])) }, async wait() {}, release() {}, keep() {} } as unknown as SharedCache<ReadResult>
    const asks: readonly Partial<OracleAsk>[] = [{}, { metric: 'mrr' }]
    const costs = await Promise.all(asks.map((one) => ask(sessionOf(analytics(0)), one).then(() => 0, (error: KpiqlError) => Number(error.data?.['estimatedRows']))))
    const of = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: NOW, sharedAs: 'shop' }]]), cacheBytes: 1_000_000, clock: fixedClock(NOW), maxGroups: 100_000, maxRowsScanned: Math.max(...costs), shared })
    const greedy = sessionOf(of)
    const tooMuch = Promise.allSettled(asks.map((one) => ask(greedy, one)))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const enough = Promise.allSettled(asks.map((one) => ask(sessionOf(of), one)))
    await new Promise((resolve) => setTimeout(resolve, 50))
    looking.resolve()
    expect((await tooMuch).map(({ status }) => status)).toContain('rejected')
    expect((await enough).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  })

  it('is none where it is null', async () => {
    expect(new ScanBudget(null).charge(new AbortController().signal, Number.MAX_SAFE_INTEGER)).toBe(null)
  })
})

describe('the estimate of a statement', () => {
  it('counts each table as often as it stands there, whole, and nothing for tables nobody knows', () => {
    const known = (rows: number) => ({ columns: new Map(), watermarkUtcMs: null, backfill: null, statistics: { rows, columns: {} } })
    const state = { version: '1', lookedAtUtcMs: 0, tables: new Map([['a', known(10)], ['b', known(1)]]) }
    const from = (of: From) => select({ columns: [{ expr: column('t', 'x'), as: 'x' }], from: of })
    const table = (name: string): From => ({ kind: 'table', name })
    const on = column('t', 'x')
    expect(rowsRead(from({ kind: 'left_join', left: table('a'), right: { kind: 'inner_join', left: table('b'), right: table('a'), on }, on }), model, state)).toBe(21)
    expect(rowsRead({ kind: 'union_all', parts: [from(table('a')), from({ kind: 'query', query: from(table('b')), as: 't' })] }, model, state)).toBe(11)
    expect(rowsRead({ kind: 'with', tables: [{ name: 'w', query: from(table('a')) }], body: from({ kind: 'left_join', left: { kind: 'named', name: 'w', as: 'x' }, right: { kind: 'named', name: 'w', as: 'y' }, on }) }, model, state)).toBe(10)
    expect(rowsRead(from(table('nobody')), model, state)).toBe(0)
    expect(rowsRead(from(table('a')), model, undefined)).toBe(0)
  })
})

describe('the limit of result rows', () => {
  it('is an error that names it, never a cut', async () => {
    await expect(ask(sessionOf(analytics(null, 3)))).rejects.toMatchObject({ code: 'TOO_MANY_GROUPS', data: { maxRows: 3 } })
  })
})
