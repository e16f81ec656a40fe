import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QueryOptions, QuerySource, Statement } from '../../connectors/contract.ts'
import type { Analytics, AnalyticsSession, MetricAnswer } from '../../src/answer/types.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { openTwoSources, periodOf, sessionOf } from './two-sources-world.ts'
import type { TwoSources } from './two-sources-world.ts'

let two: TwoSources
let analytics: Analytics
beforeAll(async () => {
  two = await openTwoSources()
  analytics = two.analytics()
})
afterAll(() => two.close())

const ALL: Predicate = { kind: 'all' }
const SPRING = periodOf('2025-03-01', '2025-05-01')
const COUNTRY: GroupKey = { kind: 'dimension', dimension: 'country' }
const is = (dimension: string, ...values: string[]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })
const named = (cohort: string): Predicate => ({ kind: 'cohort', cohort })
const not = (of: Predicate): Predicate => ({ kind: 'not', of })
const ask = (metric: string, predicate: Predicate = ALL) => ({ metric, predicate, period: SPRING, grain: null, by: [] })
const valuesOf = ({ groups }: MetricAnswer) => groups.map(({ values, cells }) => [...values, ...cells.map(({ value }) => value)])
const value = async (session: AnalyticsSession, metric: string, predicate?: Predicate) => (await session.metric(ask(metric, predicate))).groups[0]?.cells[0]?.value

describe('metrics of two sources', () => {
  it('are read at the same time: each waits until the other has begun', async () => {
    const begun = { shop: Promise.withResolvers<void>(), desk: Promise.withResolvers<void>() }
    const waiting = (name: 'shop' | 'desk', other: 'shop' | 'desk'): QuerySource => ({
      ...two[name],
      query: async (statement: Statement, options?: QueryOptions) => {
        begun[name].resolve()
        await begun[other].promise
        return two[name].query(statement, options)
      },
    })
    const session = sessionOf(two.analytics({ shop: waiting('shop', 'desk'), desk: waiting('desk', 'shop') }))
    expect(await Promise.all([value(session, 'orders'), value(session, 'tickets')])).toEqual([6, 5])
    expect(session.stats.scans).toBe(2)
  })

  it('make ratios and formulas, joined on their small results: as one number, by month, by a dimension that both reach, and in a table', async () => {
    const session = sessionOf(analytics)
    const [whole, months, countries, both] = await Promise.all([
      session.metric(ask('tickets_per_order')),
      session.metric({ ...ask('tickets_per_order'), grain: 'month' }),
      session.breakdown({ ask: { ...ask('tickets_per_order'), by: [COUNTRY] }, top: 10, order: 'DESC', other: false }),
      session.metric({ ...ask('contacts'), by: [COUNTRY] }),
    ])
    expect(whole.groups[0]?.cells[0]?.value).toBeCloseTo(5 / 6, 9)
    expect(valuesOf(months)).toEqual([[1, 2 / 3].map((one) => expect.closeTo(one, 9))])
    // Orders: DE 3, FR 1, US 1, of nobody 1. Tickets: DE 2, FR 2, IT 1.
    expect(countries.rows.map(({ values, cell }) => [...values, cell.value, cell.reason])).toEqual([
      ['FR', 2, null],
      ['DE', expect.closeTo(2 / 3, 9), null],
      ['US', 0, null],
      [null, 0, null],
      ['IT', null, 'DIVISION_BY_ZERO'],
    ])
    expect(valuesOf(both)).toEqual([['DE', 5], ['FR', 3], ['IT', 1], ['US', 1], [null, 1]])
    const table = await session.table({ metrics: ['orders', 'tickets', 'contacts'], by: [COUNTRY], period: SPRING, predicate: ALL, having: [], compare: null, orderBy: [], first: 10, after: null, totals: true })
    expect(table.rows).toEqual([
      { country: 'DE', orders: 3, tickets: 2, contacts: 5 },
      { country: 'FR', orders: 1, tickets: 2, contacts: 3 },
      { country: 'IT', orders: null, tickets: 1, contacts: 1 },
      { country: 'US', orders: 1, tickets: null, contacts: 1 },
      { country: null, orders: 1, tickets: null, contacts: 1 },
    ])
    expect(table.reasons.map(({ row, column, reason }) => [row, column, reason])).toEqual([[2, 'orders', 'NO_ROWS'], [3, 'tickets', 'NO_ROWS'], [4, 'tickets', 'NO_ROWS']])
    expect(table.totals).toEqual({ orders: 6, tickets: 5, contacts: 11 })
  })

  it('are refused together by a dimension that only one of them reaches, and the path that is missing is named', async () => {
    const session = sessionOf(analytics)
    const { unavailable } = await session.metric({ ...ask('tickets_per_order'), by: [{ kind: 'dimension', dimension: 'channel' }] })
    expect(unavailable).toMatchObject({ reason: 'DIMENSION_NOT_AVAILABLE', remedy: expect.stringMatching(/"tickets".*"channel".*tickets reads the source "desk" and orders the source "shop"|No joins lead from tickets/) })
    const tier = await session.metric({ ...ask('orders'), by: [{ kind: 'dimension', dimension: 'tier' }] })
    expect(tier.unavailable).toMatchObject({ reason: 'DIMENSION_NOT_AVAILABLE', remedy: expect.stringContaining('no joins between sources') })
  })

  it('cannot be followed from one into the other: a funnel over both is refused with what to do', async () => {
    const step = (metric: string, semanticModel: string, dimension: string) => ({ metric, semanticModel, filter: ALL, time: { kind: 'event' as const, dimension } })
    const funnel = sessionOf(analytics).funnel({ entity: 'customer', steps: [step('orders', 'orders', 'sold'), step('tickets', 'tickets', 'opened')], within: { count: 30, unit: 'day' }, order: 'ordered', predicate: ALL, period: SPRING, by: null, cohortsAsOf: 'period_end' })
    await expect(funnel).rejects.toMatchObject({ code: 'NOT_SUPPORTED', hint: 'Bring both tables into one source.' })
  })
})

describe('a cohort that another source decides', () => {
  it('slices by the keys of its members, compared as texts to the letter', async () => {
    const session = sessionOf(analytics)
    // Gold are 1, 3 and 04, who is not 4.
    expect(await value(session, 'revenue', named('gold'))).toBe(190)
    expect(await value(session, 'revenue', not(named('gold')))).toBe(50 + 5.5 + 1.25)
    expect(await value(session, 'revenue', is('tier', 'Gold'))).toBe(190)
    expect(await value(session, 'revenue', { kind: 'atom', dimension: 'tier', test: { op: 'isNull' } })).toBe(5.5 + 1.25)
    expect(await value(session, 'revenue', { kind: 'and', of: [named('gold'), is('country', 'DE'), is('channel', 'web')] })).toBe(170)
  })

  it('is told by those who do not belong where one of whom its source knows nothing belongs', async () => {
    const session = sessionOf(analytics)
    // Customers 1, 2 and 9 have asked for help; the order of nobody belongs to no customer.
    expect(await value(session, 'revenue', named('quiet'))).toBe(75.5)
    expect(await value(session, 'revenue', named('helped'))).toBe(170)
  })

  it('is read once for a version of its source, however many ask at once, and anew for the next', async () => {
    const fresh = two.analytics()
    const read = (): number => two.desk.statements.length
    const before = read()
    await Promise.all(Array.from({ length: 5 }, () => value(sessionOf(fresh), 'revenue', named('gold'))))
    expect(read() - before).toBe(1)
    const session = sessionOf(fresh)
    expect(await value(session, 'orders', named('gold'))).toBe(3)
    expect({ read: read() - before, versions: session.stats.dataVersions }).toEqual({ read: 1, versions: { shop: '1', desk: '1' } })

    await two.desk.run(`UPDATE customers SET tier = 'Gold' WHERE id = '2'`)
    two.desk.version = '2'
    try {
      expect(await value(sessionOf(fresh, { freshness: 'REVALIDATE' }), 'revenue', named('gold'))).toBe(240)
      expect(read() - before).toBe(2)
    } finally {
      await two.desk.run(`UPDATE customers SET tier = 'Silver' WHERE id = '2'`)
      two.desk.version = '1'
    }
  })

  it('is refused beyond so many members, with their number, the limit and what to do', async () => {
    const narrow = sessionOf(two.analytics({}, { maxPushedMembers: 2 }))
    await expect(narrow.metric(ask('revenue', named('gold')))).rejects.toMatchObject({
      code: 'TOO_MANY_MEMBERS',
      message: 'A cohort of the entity customer has 3 of source "desk"; at most 2 are carried into another source.',
      hint: expect.stringContaining('limits.maxPushedMembers'),
      data: { members: 3, limit: 2 },
    })
    expect(await value(sessionOf(two.analytics({}, { maxPushedMembers: 3 })), 'revenue', named('gold'))).toBe(190)
  })

  it('is read in turns where it has members of its own for each of many buckets, and all of a request are bounded together', async () => {
    let [running, most] = [0, 0]
    const desk: QuerySource = {
      ...two.desk,
      query: async (statement: Statement, options?: QueryOptions) => {
        most = Math.max(most, (running += 1))
        try {
          return await two.desk.query(statement, options)
        } finally {
          running -= 1
        }
      },
    }
    const daily = { ...ask('orders', named('helped')), grain: 'day' as const, cohortsAsOf: 'each_bucket' as const }
    const { groups } = await sessionOf(two.analytics({ desk })).metric(daily)
    // Orders of customers 1 and 2 once they have asked for help: the one of 20 March alone. Nothing is known before the first order.
    expect(groups[0]?.cells.map(({ value }, day) => [day, value]).filter(([, count]) => count)).toEqual([[19, 1]])
    expect(most).toBeLessThanOrEqual(4)
    await expect(sessionOf(two.analytics({}, { maxPushedMembers: 3 })).metric(daily)).rejects.toMatchObject({ code: 'TOO_MANY_MEMBERS', data: { limit: 30 } })
  })

  it('counts once for a request, however many of its questions and sessions need it, and with the lists of them all', async () => {
    const narrow = two.analytics({}, { maxPushedMembers: 3 })
    const { signal } = new AbortController()
    const request = { one: sessionOf(narrow, { signal }), other: sessionOf(narrow, { signal, freshness: 'REVALIDATE' }) }
    const daily = (start: string, end: string) => ({ ...ask('orders', named('helped')), period: periodOf(start, end), grain: 'day' as const, cohortsAsOf: 'each_bucket' as const })
    // Customers 1 and 2 have asked for help by each of these days: ten days, then four, then four; 30 members may be carried.
    for (const session of [request.one, request.one, request.other]) await session.metric(daily('2025-03-11', '2025-03-21'))
    await request.one.metric(daily('2025-03-21', '2025-03-25'))
    for (const session of [request.one, request.other]) {
      await expect(session.metric(daily('2025-03-25', '2025-03-29'))).rejects.toMatchObject({ code: 'TOO_MANY_MEMBERS', data: { members: 32, limit: 30 } })
    }
    await sessionOf(narrow).metric(daily('2025-03-25', '2025-03-29'))
  })

  it('that cannot be read fails only what asks for it', async () => {
    const session = sessionOf(two.analytics({ desk: { ...two.desk, query: () => Promise.reject(new KpiqlError('SOURCE_UNAVAILABLE', { message: 'The desk is closed.' })) } }))
    const [whole, gold] = await Promise.allSettled([session.metric(ask('revenue')), session.metric(ask('revenue', named('gold')))])
    expect(whole).toMatchObject({ status: 'fulfilled' })
    expect(gold).toMatchObject({ status: 'rejected', reason: { code: 'SOURCE_UNAVAILABLE' } })
  })

  it('is explained: both sources, the statement that reads its members, and how many keys are carried over', async () => {
    const { sources, scans } = await sessionOf(analytics).explain(ask('revenue', named('gold')))
    expect(sources.map(({ name }) => name)).toEqual(['shop', 'desk'])
    expect(scans.map(({ source, why }) => [source, why])).toEqual([['desk', '3 keys are carried into the source "shop"'], ['shop', expect.any(String)]])
  })

  it('has members and a size by the entity’s own table, wherever it lies', async () => {
    const session = sessionOf(analytics)
    const bought: Predicate = { kind: 'member', of: { kind: 'behavior', entity: 'customer', activity: { metric: 'orders', semanticModel: 'orders', filter: ALL, time: { kind: 'event', dimension: 'sold' } }, atLeast: 1, atMost: null, window: { kind: 'ever' } } }
    expect((await session.size({ entity: 'customer', predicate: bought, period: SPRING })).count).toBe(3)
    expect((await session.members({ entity: 'customer', predicate: bought, period: SPRING, first: 10, after: null })).ids).toEqual(['1', '2', '3'])
    expect((await session.dimensionValues({ dimension: 'channel', search: null, first: 10, predicate: named('helped') })).values).toEqual([{ value: 'shop', rows: 1 }, { value: 'web', rows: 2 }])
  })
})
