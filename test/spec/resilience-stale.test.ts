import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { QuerySource } from '../../connectors/contract.ts'
import type { Analytics } from '../../src/answer/types.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ErrorCode } from '../../src/base/errors.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { guardOptions } from '../../src/sources/guard-options.ts'
import { guardSource } from '../../src/sources/guard-source.ts'
import { openTwoSources, periodOf, sessionOf } from './two-sources-world.ts'
import type { TwoSources } from './two-sources-world.ts'

const MINUTE = 60_000
const ALL: Predicate = { kind: 'all' }
const SPRING = periodOf('2025-03-01', '2025-05-01')
const TICKETS = { metric: 'tickets', predicate: ALL, period: SPRING, grain: null, by: [] } as const

let two: TwoSources
beforeAll(async () => void (two = await openTwoSources()))
afterAll(() => two.close())
afterEach(() => void vi.useRealTimers())

/** A desk that can be taken down: from the first look on, or only once a statement runs. */
function fallible() {
  const state = { down: null as null | 'look' | 'statement', code: 'SOURCE_UNAVAILABLE' as ErrorCode }
  const fail = (): Promise<never> => Promise.reject(new KpiqlError(state.code, { message: 'The desk is down.' }))
  const desk: QuerySource = {
    ...two.desk,
    dataVersion: (tables, revalidate) => (state.down === 'look' ? fail() : two.desk.dataVersion(tables, revalidate)),
    query: (statement, options) => (state.down === null ? two.desk.query(statement, options) : fail()),
  }
  return { state, analytics: two.analytics({ desk }) }
}

const ask = async (analytics: Analytics, maxStaleMs: number | null, freshness: 'CACHED_OK' | 'REVALIDATE' | 'NO_CACHE' = 'CACHED_OK') => {
  const session = sessionOf(analytics, { maxStaleMs, freshness })
  try {
    const { groups, provenance } = await session.metric(TICKETS)
    return { value: groups[0]?.cells[0]?.value, stale: provenance.stale, asOfUtcMs: provenance.asOfUtcMs, staleSources: session.stats.staleSources }
  } catch (error) {
    return error instanceof KpiqlError ? error.code : String(error)
  }
}

describe('a source that is down', () => {
  it('is an error without maxStale, and what it told before with it, marked, as of then', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    for (const down of ['look', 'statement'] as const) {
      const { state, analytics } = fallible()
      const before = await ask(analytics, null)
      expect(before).toMatchObject({ value: 5, stale: false, staleSources: [] })
      vi.setSystemTime(Date.now() + 10 * MINUTE)
      state.down = down
      const asOfUtcMs = typeof before === 'string' ? 0 : before.asOfUtcMs
      for (const freshness of ['REVALIDATE', 'NO_CACHE'] as const) {
        if (down === 'statement' && freshness === 'REVALIDATE') continue
        expect(await ask(analytics, null, freshness)).toBe('SOURCE_UNAVAILABLE')
        expect(await ask(analytics, 15 * MINUTE, freshness)).toEqual({ value: 5, stale: true, asOfUtcMs, staleSources: ['desk'] })
      }
    }
  })

  it('is an error where nothing that young is known of it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { state, analytics } = fallible()
    await ask(analytics, null)
    state.down = 'look'
    vi.setSystemTime(Date.now() + 10 * MINUTE)
    expect(await ask(analytics, 9 * MINUTE)).toBe('SOURCE_UNAVAILABLE')
    expect(await ask(analytics, 11 * MINUTE)).toMatchObject({ value: 5, stale: true })
    const { state: other, analytics: fresh } = fallible()
    other.down = 'look'
    expect(await ask(fresh, 60 * MINUTE)).toBe('SOURCE_UNAVAILABLE')
  })

  it('is as young as the last look that found it as it was told, not as the first answer', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { state, analytics } = fallible()
    await ask(analytics, null)
    vi.setSystemTime(Date.now() + 60 * MINUTE)
    await sessionOf(analytics).metric({ ...TICKETS, metric: 'orders' })
    vi.setSystemTime(Date.now() + 5 * MINUTE)
    state.down = 'look'
    expect(await ask(analytics, 10 * MINUTE)).toMatchObject({ value: 5, stale: true })
  })

  it('never stands in for a fault of the question, of the statement or of the gateway', async () => {
    for (const code of ['SOURCE_FAILED', 'TABLE_MISSING', 'TOO_MANY_GROUPS', 'CANCELLED'] as const) {
      const { state, analytics } = fallible()
      await ask(analytics, null)
      Object.assign(state, { down: 'statement', code })
      expect(await ask(analytics, 60 * MINUTE, 'NO_CACHE')).toBe(code)
    }
  })

  it('leaves what others tell as it is', async () => {
    const { state, analytics } = fallible()
    const asked = { ...TICKETS, metric: 'orders' }
    await ask(analytics, null)
    state.down = 'look'
    const session = sessionOf(analytics, { maxStaleMs: MINUTE })
    const [orders, tickets, both] = await Promise.allSettled([session.metric(asked), session.metric(TICKETS), session.metric({ ...TICKETS, metric: 'contacts' })])
    expect(orders).toMatchObject({ value: { provenance: { stale: false } } })
    expect(tickets).toMatchObject({ value: { provenance: { stale: true } } })
    // Nobody asked for both together while the desk was up.
    expect(both).toMatchObject({ reason: { code: 'SOURCE_UNAVAILABLE' } })
  })

  it('tells what is asked of a period that ends at the present as it was a moment ago', async () => {
    const clock = { ms: Date.UTC(2025, 3, 20, 12, 0), nowMs: () => clock.ms }
    const state = { down: false }
    const desk: QuerySource = { ...two.desk, dataVersion: (tables, revalidate) => (state.down ? Promise.reject(new KpiqlError('SOURCE_UNAVAILABLE', { message: 'Down.' })) : two.desk.dataVersion(tables, revalidate)) }
    const analytics = two.analytics({ desk }, { clock })
    const untilNow = () => {
      const session = sessionOf(analytics, { maxStaleMs: 60 * MINUTE })
      return session.metric({ ...TICKETS, period: { ...SPRING, endUtcMs: session.nowUtcMs, endLocalMs: session.nowUtcMs } })
    }
    expect((await untilNow()).groups[0]?.cells[0]?.value).toBe(5)
    clock.ms += 7 * MINUTE
    state.down = true
    expect(await untilNow()).toMatchObject({ provenance: { stale: true }, groups: [{ cells: [{ value: 5 }] }] })
  })

  it('is told anew as soon as it is back', async () => {
    const { state, analytics } = fallible()
    await ask(analytics, null)
    state.down = 'look'
    expect(await ask(analytics, MINUTE)).toMatchObject({ stale: true })
    state.down = null
    expect(await ask(analytics, MINUTE)).toMatchObject({ value: 5, stale: false, staleSources: [] })
  })

  it('has sizes, retention, funnels, tables and breakdowns of before, those that can be marked marked', async () => {
    const { state, analytics } = fallible()
    const opened = { metric: 'tickets', semanticModel: 'tickets', filter: ALL, time: { kind: 'event' as const, dimension: 'opened' } }
    const all = async (maxStaleMs: number | null) => {
      const session = sessionOf(analytics, { maxStaleMs })
      const [size, retention, table, breakdown] = await Promise.all([
        session.size({ entity: 'customer', predicate: ALL, period: SPRING }),
        session.retention({ entity: 'customer', predicate: ALL, period: SPRING, unit: 'month', periods: 1, mode: 'bounded', brackets: [], clock: 'calendar', start: opened, activity: opened, cohortsAsOf: 'period_end' }),
        session.table({ metrics: ['tickets'], by: [], period: SPRING, predicate: ALL, having: [], compare: null, orderBy: [], first: 10, after: null, totals: false }),
        session.breakdown({ ask: { ...TICKETS, by: [{ kind: 'dimension', dimension: 'topic' }] }, top: 5, order: 'DESC', other: true }),
      ])
      return { told: { size, rows: retention.rows, table: table.rows, breakdown: breakdown.rows }, stale: [retention, table, breakdown].map(({ provenance }) => provenance.stale), staleSources: session.stats.staleSources }
    }
    const before = await all(null)
    state.down = 'look'
    expect(await all(MINUTE)).toEqual({ told: before.told, stale: [true, true, true], staleSources: ['desk'] })
  })
})

describe('a source that hangs', () => {
  it('keeps waiting only those who ask for it: others are answered meanwhile', async () => {
    const back = Promise.withResolvers<void>()
    const analytics = two.analytics({ desk: { ...two.desk, dataVersion: async (tables, revalidate) => back.promise.then(() => two.desk.dataVersion(tables, revalidate)) } })
    const tickets = sessionOf(analytics).metric(TICKETS)
    const orders = await sessionOf(analytics).metric({ ...TICKETS, metric: 'orders' })
    expect(orders).toMatchObject({ groups: [{ cells: [{ value: 6 }] }], provenance: { dataVersions: { shop: '1' } } })
    const mixed = sessionOf(analytics).metric({ ...TICKETS, metric: 'orders', predicate: { kind: 'cohort', cohort: 'gold' } })
    expect(await Promise.race([tickets, mixed, Promise.resolve('waiting')])).toBe('waiting')
    back.resolve()
    expect(await tickets).toMatchObject({ groups: [{ cells: [{ value: 5 }] }] })
    expect(await mixed).toMatchObject({ groups: [{ cells: [{ value: 3 }] }] })
  })

  const timeIsUp = () => new KpiqlError('DEADLINE_EXCEEDED', { message: 'Time is up.', data: { deadlineMs: 1000 } })
  const never = (): Promise<never> => new Promise(() => undefined)
  const hanging = () => two.analytics({ desk: { ...two.desk, dataVersion: never } })

  it('keeps waiting none of the others asked beside it, and its own no longer than the request may take', async () => {
    const stop = new AbortController()
    const session = sessionOf(hanging(), { signal: stop.signal })
    const byChannel = { ask: { ...TICKETS, metric: 'revenue', by: [{ kind: 'dimension', dimension: 'channel' }] }, top: 1, order: 'DESC', other: true } as const
    const waiting = Promise.allSettled([session.metric(TICKETS), session.metric({ ...TICKETS, metric: 'contacts' }), session.size({ entity: 'customer', predicate: ALL, period: SPRING })])
    const [orders, revenue, values, explained] = await Promise.all([
      session.metric({ ...TICKETS, metric: 'orders' }),
      // Asks twice, one after the other.
      session.breakdown(byChannel),
      session.dimensionValues({ dimension: 'channel', predicate: ALL, search: null, first: 10 }),
      session.explain({ ...TICKETS, metric: 'orders' }),
    ])
    expect(orders).toMatchObject({ groups: [{ cells: [{ value: 6 }] }] })
    expect([revenue.rows[0]?.cell.value, revenue.other?.cell.value]).toEqual([225.5, 21.25])
    expect(values).toMatchObject({ totalCount: 2, values: [{ value: 'shop', rows: 2 }, { value: 'web', rows: 4 }] })
    expect(explained.scans.map(({ source }) => source)).toEqual(['shop'])
    expect(session.hasFailed).toBe(false)

    const ofDesk = Promise.allSettled([session.members({ entity: 'customer', predicate: ALL, period: SPRING, first: 2, after: null }), session.dimensionValues({ dimension: 'topic', predicate: ALL, search: null, first: 10 }), session.explain(TICKETS)])
    expect(await Promise.race([waiting, ofDesk, Promise.resolve('waiting')])).toBe('waiting')
    stop.abort(timeIsUp())
    for (const one of [...(await waiting), ...(await ofDesk)]) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'DEADLINE_EXCEEDED' } })
    expect(session.hasFailed).toBe(true)
  })

  it('does not keep waiting for it what needs another that is only slow', async () => {
    const back = Promise.withResolvers<void>()
    const slow: QuerySource = { ...two.shop, dataVersion: async (tables, revalidate) => back.promise.then(() => two.shop.dataVersion(tables, revalidate)) }
    const session = sessionOf(two.analytics({ shop: slow, desk: { ...two.desk, dataVersion: never } }))
    const orders = session.metric({ ...TICKETS, metric: 'orders' })
    const values = session.dimensionValues({ dimension: 'channel', predicate: ALL, search: null, first: 10 })
    const tickets = session.metric(TICKETS)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await Promise.race([orders, values, tickets, Promise.resolve('waiting')])).toBe('waiting')
    back.resolve()
    expect(await orders).toMatchObject({ groups: [{ cells: [{ value: 6 }] }] })
    expect(await values).toMatchObject({ totalCount: 2 })
  })

  it('is told as before, marked, where the request takes that: whether it hangs at the look or at a statement', async () => {
    for (const hangsAt of ['look', 'statement'] as const) {
      const state = { hangs: false }
      const desk: QuerySource = {
        ...two.desk,
        dataVersion: (tables, revalidate) => (state.hangs && hangsAt === 'look' ? never() : two.desk.dataVersion(tables, revalidate)),
        query: (statement, options) => (state.hangs && hangsAt === 'statement' ? never() : two.desk.query(statement, options)),
      }
      const analytics = two.analytics({ desk })
      await sessionOf(analytics).metric(TICKETS)
      state.hangs = true
      const stop = new AbortController()
      const session = sessionOf(analytics, { maxStaleMs: MINUTE, freshness: 'NO_CACHE', signal: stop.signal })
      const tickets = session.metric(TICKETS)
      setTimeout(() => stop.abort(timeIsUp()), 200)
      expect(await tickets).toMatchObject({ groups: [{ cells: [{ value: 5 }] }], provenance: { stale: true } })
      expect(session.stats.staleSources).toEqual(['desk'])
    }
  })

  it('leaves its columns of a table null, with the reason, and the others as they are', async () => {
    const stop = new AbortController()
    const session = sessionOf(hanging(), { signal: stop.signal })
    const table = session.table({ metrics: ['orders', 'tickets'], by: [], period: SPRING, predicate: ALL, having: [], compare: null, orderBy: [], first: 10, after: null, totals: false })
    setTimeout(() => stop.abort(timeIsUp()), 200)
    expect(await table).toMatchObject({ rows: [{ orders: 6, tickets: null }], columnReasons: [{ column: 'tickets', reason: 'SOURCE_FAILED', remedy: 'Time is up.' }] })
  })

  it('is left alone after a few requests whose time it took', async () => {
    let calls = 0
    const bare: QuerySource = {
      ...two.desk,
      // As databases do: stopped by the signal, they say no more than that.
      query: (_statement, { signal } = {}) => {
        calls += 1
        return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new KpiqlError('CANCELLED', { message: 'Stopped.' }))))
      },
    }
    const desk = guardSource(bare, guardOptions.parse({ failures: 3 }), { telemetry: noTelemetry, log: { info() {}, warn() {} } })
    const analytics = two.analytics({ desk })
    for (let n = 0; n < 3; n++) {
      const stop = new AbortController()
      const asked = sessionOf(analytics, { signal: stop.signal }).metric(TICKETS)
      setTimeout(() => stop.abort(new KpiqlError('DEADLINE_EXCEEDED', { message: 'Time is up.' })), 100)
      await expect(asked).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    }
    await expect(sessionOf(analytics).metric(TICKETS)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', data: { retryAfterMs: expect.any(Number) } })
    expect(calls).toBe(3)
  })
})
