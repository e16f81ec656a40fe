import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { QuerySource } from '../../connectors/contract.ts'
import type { Analytics } from '../../src/answer/types.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ErrorCode } from '../../src/base/errors.ts'
import type { Predicate } from '../../src/model/predicate.ts'
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
})
