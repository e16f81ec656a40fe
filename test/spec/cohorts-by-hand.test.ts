import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Analytics } from '../../src/answer/types.ts'
import type { Interval } from '../../src/model/interval.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { LIFECYCLE_STATES } from '../../src/model/types.ts'
import type { Membership } from '../../src/model/types.ts'
import type { MetricAsk } from '../../src/plan/ask.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { EVER, acquired, analyticsOf, behavior, between, cohort, cohortModel, did, having, is, lifecycle, list, member, openWorld, periodOf, sequence, sessionOf, subscribed, trailing } from './cohorts-world.ts'
import type { World } from './cohorts-world.ts'

// January and February 2025, looked at on 5 March. Customer 1 has users u1 and u2, customer 2 u3 and u6, customer 3 u4, customer 4
// none; u5 belongs to no customer. Every expected list can be read off these rows.

const NOW = Date.UTC(2025, 2, 5)

const event = (event_id: number, user_id: string | null, name: string, happened: string) => ({ event_id, user_id, name, happened, amount: '1.00' })

const world: World = {
  customers: [1, 2, 3, 4].map((customer_id) => ({ customer_id, segment: customer_id === 1 ? 'Enterprise' : 'SMB' })),
  users: [
    { user_id: 'u1', customer_id: 1, country: 'DE' },
    { user_id: 'u2', customer_id: 1, country: 'FR' },
    { user_id: 'u3', customer_id: 2, country: 'DE' },
    { user_id: 'u4', customer_id: 3, country: 'FR' },
    { user_id: 'u5', customer_id: null, country: 'DE' },
    { user_id: 'u6', customer_id: 2, country: null },
  ],
  events: [
    event(1, 'u1', 'visit', '2025-01-01 00:00:00'),
    event(2, 'u1', 'export', '2025-01-05 10:00:00'),
    event(3, 'u1', 'export', '2025-01-05 10:00:00'),
    event(4, 'u2', 'visit', '2025-01-31 23:59:00'),
    event(5, 'u2', 'export', '2025-02-01 00:00:00'),
    event(6, 'u3', 'export', '2025-01-10 00:00:00'),
    event(7, 'u3', 'visit', '2025-01-12 00:00:00'),
    event(8, 'u4', 'visit', '2025-02-10 09:00:00'),
    event(9, 'u4', 'export', '2025-02-17 09:00:00'),
    event(10, null, 'visit', '2025-02-20 00:00:00'),
    event(11, 'u6', 'visit', '2025-01-15 12:00:00'),
    event(12, 'u3', 'invite', '2025-02-25 00:00:00'),
  ],
  invoices: [
    { invoice_id: 1, customer_id: 1, day: '2025-01-10', amount: '10.00' },
    { invoice_id: 2, customer_id: 2, day: '2025-01-20', amount: '20.00' },
    { invoice_id: 3, customer_id: 3, day: '2025-02-10', amount: '40.00' },
    { invoice_id: 4, customer_id: 4, day: '2025-02-20', amount: '80.00' },
    { invoice_id: 5, customer_id: null, day: '2025-02-21', amount: '160.00' },
  ],
  subscriptions: [
    { subscription_id: 1, customer_id: 1, started: '2025-01-10', ended: '2025-02-01', price: '5.00' },
    { subscription_id: 2, customer_id: 2, started: '2025-02-01', ended: null, price: '7.00' },
    { subscription_id: 3, customer_id: 3, started: '2025-01-05', ended: '2025-01-05', price: '9.00' },
    { subscription_id: 4, customer_id: 4, started: '2024-12-01', ended: '2025-03-01', price: '11.00' },
  ],
}

const exported = behavior('user', did('export'), 1)
const model = cohortModel([
  cohort('enterprise', 'customer', is('segment', 'Enterprise')),
  cohort('exporters', 'user', member(exported)),
  cohort('all_exporters', 'user', member(exported), 'all'),
  cohort('germans', 'user', is('country', 'DE')),
  cohort('recent_exporters', 'user', member(behavior('user', did('export'), 1, null, trailing(1, 'month')))),
  cohort('idle', 'user', { kind: 'not', of: { kind: 'cohort', cohort: 'exporters' } }),
  cohort('hen', 'user', { kind: 'not', of: { kind: 'cohort', cohort: 'egg' } }),
  cohort('egg', 'user', { kind: 'not', of: { kind: 'cohort', cohort: 'hen' } }),
])

let source: TestSource
let analytics: Analytics
beforeAll(async () => {
  source = await openWorld(world)
  analytics = analyticsOf(source, model, NOW)
})
afterAll(() => source.close())

const BOTH_MONTHS = periodOf('2025-01-01', '2025-03-01')
const named = (name: string): Predicate => ({ kind: 'cohort', cohort: name })

async function users(of: Membership, period = BOTH_MONTHS): Promise<readonly string[]> {
  return (await sessionOf(analytics).members({ entity: 'user', predicate: member(of), period, first: 100, after: null })).ids
}

async function customers(predicate: Predicate): Promise<readonly string[]> {
  return (await sessionOf(analytics).members({ entity: 'customer', predicate, period: BOTH_MONTHS, first: 100, after: null })).ids
}

async function values(metric: string, predicate: Predicate, more: Partial<MetricAsk> = {}): Promise<unknown> {
  const { groups } = await sessionOf(analytics).metric({ metric, predicate, period: BOTH_MONTHS, grain: null, by: [], ...more })
  return groups[0]?.cells.map(({ value }) => value)
}

describe('a cohort by behaviour', () => {
  it('counts what was done, up to a bound or from one', async () => {
    expect(await users(behavior('user', did('export'), 2))).toEqual(['u1'])
    expect(await users(behavior('user', did('export'), 1, 1))).toEqual(['u2', 'u3', 'u4'])
  })

  it('of those who did not do it holds who did nothing at all', async () => {
    expect(await users(behavior('user', did('export'), null, 0))).toEqual(['u5', 'u6'])
  })

  it('looks back from the end of the period, the first moment of the window included', async () => {
    expect(await users(behavior('user', did('export'), 1, null, trailing(28, 'day')))).toEqual(['u2', 'u4'])
  })

  it('keeps to a fixed window, its end excluded', async () => {
    expect(await users(behavior('user', did('visit'), 1, null, between('2025-01-01', '2025-02-01')))).toEqual(['u1', 'u2', 'u3', 'u6'])
    expect(await users(behavior('user', did('export'), 1, null, between('2025-01-01', '2025-02-01')))).toEqual(['u1', 'u3'])
  })

  it('looks back from the present while the period is open', async () => {
    expect(await users(behavior('user', did('export'), 1, null, trailing(28, 'day')), periodOf('2025-01-01', '2025-04-01'))).toEqual(['u4'])
  })

  it('by an interval counts those that touch the window; one that ends as it begins never held', async () => {
    expect(await customers(member(behavior('customer', subscribed, 1, null, between('2025-02-01', '2025-03-01'))))).toEqual(['2', '4'])
    expect(await customers(member(behavior('customer', subscribed, 1)))).toEqual(['1', '2', '4'])
    expect(await customers(member(acquired('customer', subscribed, between('2025-02-01', '2025-03-01'))))).toEqual(['2'])
  })

  it('leaves rows without a key out, so that "did not" is not the complement of "did" among rows', async () => {
    expect(await values('events', member(behavior('user', did('export'), null, 0)))).toEqual([1])
    expect(await values('events', { kind: 'not', of: member(exported) })).toEqual([2])
    expect(await values('events', member(exported))).toEqual([10])
    expect(await values('events', named('idle'))).toEqual([1])
    expect(await values('events', { kind: 'not', of: named('idle') })).toEqual([11])
    expect(await values('invoiced', named('idle'))).toEqual([20])
  })
})

describe('a cohort by a sequence', () => {
  it('took the steps in order, whatever else happened', async () => {
    expect(await users(sequence('user', [did('visit'), did('export')]))).toEqual(['u1', 'u2', 'u4'])
    expect(await users(sequence('user', [did('export'), did('visit'), did('invite')]))).toEqual(['u3'])
  })

  it('took them all in less than the time given', async () => {
    expect(await users(sequence('user', [did('visit'), did('export')], { count: 7, unit: 'day' }))).toEqual(['u1', 'u2'])
    expect(await users(sequence('user', [did('visit'), did('export')], { count: 8, unit: 'day' }))).toEqual(['u1', 'u2', 'u4'])
    expect(await users(sequence('user', [did('visit'), did('export')], { count: 1, unit: 'hour' }))).toEqual(['u2'])
  })

  it('needs one row a step, and takes rows of one instant in any order', async () => {
    expect(await users(sequence('user', [did('export'), did('export')]))).toEqual(['u1'])
    expect(await users(sequence('user', [did('export'), did('export'), did('export')]))).toEqual([])
    expect(await users(sequence('user', [did(null), did('export'), did(null)]))).toEqual(['u1'])
  })

  it('has its steps in the window', async () => {
    expect(await users(sequence('user', [did('visit'), did('export')], null, trailing(1, 'month')))).toEqual(['u4'])
  })

  it('refuses more steps than it can follow', async () => {
    await expect(users(sequence('user', Array.from({ length: 11 }, () => did('visit'))))).rejects.toMatchObject({ code: 'COHORT_INVALID' })
  })
})

describe('a cohort by first time', () => {
  it('holds who first did it in the window, not who did it again', async () => {
    expect(await users(acquired('user', did('visit'), between('2025-02-01', '2025-03-01')))).toEqual(['u4'])
    expect(await users(acquired('user', did('visit'), between('2025-01-01', '2025-02-01')))).toEqual(['u1', 'u2', 'u3', 'u6'])
    expect(await users(acquired('user', did(null), trailing(1, 'month')))).toEqual(['u4'])
  })
})

describe('a cohort by lifecycle', () => {
  const states = async (window: Interval): Promise<unknown> => Object.fromEntries(await Promise.all(LIFECYCLE_STATES.map(async (state) => [state, await users(lifecycle('user', state, did(null), window))] as const)))

  it('tells by the last window and the one before', async () => {
    expect(await states({ count: 1, unit: 'month' })).toEqual({ new: ['u4'], active: ['u2', 'u3'], resurrected: [], dormant: ['u1', 'u6'], churned: [] })
    expect(await states({ count: 2, unit: 'week' })).toEqual({ new: [], active: ['u4'], resurrected: ['u3'], dormant: ['u2'], churned: ['u1', 'u6'] })
  })

  it('parts everyone who ever did it, each into one state', async () => {
    for (const window of [{ count: 3, unit: 'day' }, { count: 10, unit: 'day' }, { count: 1, unit: 'month' }, { count: 1, unit: 'year' }] as const) {
      const each = await Promise.all(LIFECYCLE_STATES.map((state) => users(lifecycle('user', state, did(null), window))))
      expect(each.flat().toSorted()).toEqual(await users(behavior('user', did(null), 1)))
    }
  })
})

describe('a cohort by a list', () => {
  it('holds the keys of the list that there are, whatever their type', async () => {
    expect(await users(list('user', ['u2', 'u9']))).toEqual(['u2'])
    expect(await customers(member(list('customer', ['4', '1', "'; --"])))).toEqual(['1', '4'])
    expect(await users(list('user', []))).toEqual([])
    expect(await values('event_users', { kind: 'or', of: [{ version: '', ids: ['u1'] }, { version: '', ids: ['u4'] }].map((one) => member({ kind: 'list', entity: 'user', ...one })) })).toEqual([2])
  })
})

describe('a cohort of users before customers', () => {
  it('holds customers of which any user belongs, or all do', async () => {
    expect(await customers(member(having('user', member(exported))))).toEqual(['1', '2', '3'])
    expect(await customers(member(having('user', member(exported), 'all')))).toEqual(['1', '3'])
  })

  it('slices metrics of customers by itself, by its own match', async () => {
    expect(await values('invoiced', named('exporters'))).toEqual([70])
    expect(await values('invoiced', named('all_exporters'))).toEqual([50])
    expect(await values('invoiced', { kind: 'not', of: named('exporters') })).toEqual([240])
    expect(await values('invoiced', named('germans'))).toEqual([30])
    expect(await customers(named('germans'))).toEqual(['1', '2'])
  })

  it('slices metrics of users by the users themselves', async () => {
    expect(await values('events', named('germans'))).toEqual([6])
    expect(await values('event_users', { kind: 'and', of: [named('germans'), named('exporters'), named('enterprise')] })).toEqual([1])
  })

  it('is not available where no owner is reached, and says so', async () => {
    const { unavailable } = await sessionOf(analytics).metric({ metric: 'costs', predicate: named('exporters'), period: BOTH_MONTHS, grain: null, by: [] })
    expect(unavailable?.reason).toBe('DIMENSION_NOT_AVAILABLE')
    expect(unavailable?.remedy).toContain('costs has no entities')
  })
})

describe('when membership is decided', () => {
  const january = periodOf('2025-01-01', '2025-02-01')
  const february = periodOf('2025-02-01', '2025-03-01')

  it('each of two compared periods has its own members', async () => {
    expect(await values('events', named('recent_exporters'), { period: january })).toEqual([5])
    expect(await values('events', named('recent_exporters'), { period: february })).toEqual([3])
  })

  it('a series has the members of its end, or those of each bucket, or those of today', async () => {
    expect(await values('events', named('recent_exporters'), { grain: 'month' })).toEqual([1, 3])
    expect(await values('events', named('recent_exporters'), { grain: 'month', cohortsAsOf: 'each_bucket' })).toEqual([5, 3])
    expect(await values('events', named('recent_exporters'), { grain: 'month', cohortsAsOf: 'now' })).toEqual([0, 2])
  })

  it('the buckets of a series with members of their own are read together', async () => {
    const session = sessionOf(analytics)
    await session.metric({ metric: 'events', predicate: named('recent_exporters'), period: BOTH_MONTHS, grain: 'day', by: [], cohortsAsOf: 'each_bucket' })
    expect(session.stats.scans).toBe(1)
  })

  it('an open period is read again when time has passed, though the data is the same', async () => {
    let now = NOW
    const ticking = analyticsOf(source, model, NOW, 1_000_000, { nowMs: () => now })
    const open = periodOf('2025-01-01', '2025-12-01')
    const ask = { metric: 'event_users', predicate: named('recent_exporters'), period: open, grain: null, by: [] }
    const first = await sessionOf(ticking).metric(ask)
    now = Date.UTC(2025, 2, 25)
    const second = await sessionOf(ticking).metric(ask)
    expect([first, second].map(({ groups }) => groups[0]?.cells[0]?.value)).toEqual([1, 0])
  })

  it('a closed period is served from what was read before', async () => {
    const cached = analyticsOf(source, model, NOW, 1_000_000)
    const ask = { metric: 'event_users', predicate: named('recent_exporters'), period: february, grain: null, by: [] }
    await sessionOf(cached).metric(ask)
    const again = sessionOf(cached)
    await again.metric(ask)
    expect(again.stats).toMatchObject({ scans: 0, cacheHits: 1 })
  })
})

describe('cohorts beside everything else', () => {
  it('stand in breakdowns, tables, values and explanations', async () => {
    const session = sessionOf(analytics)
    const breakdown = await session.breakdown({ ask: { metric: 'events', predicate: named('exporters'), period: BOTH_MONTHS, grain: null, by: [{ kind: 'dimension', dimension: 'country' }] }, top: 1, order: 'DESC', other: true })
    expect(breakdown.rows.map(({ values: [country], cell }) => [country, cell.value])).toEqual([['DE', 6]])
    expect(breakdown.other?.cell.value).toBe(4)
    const table = await session.table({ metrics: ['events', 'invoiced'], by: [{ kind: 'cohorts', cohorts: ['exporters', 'enterprise'] }], period: BOTH_MONTHS, predicate: { kind: 'all' }, having: [], compare: null, orderBy: [], first: 10, after: null, totals: true })
    expect(table.rows).toEqual([
      { cohort: 'enterprise', events: 5, invoiced: 10 },
      { cohort: 'exporters', events: 10, invoiced: 70 },
    ])
    expect(table.totals).toEqual({ events: 10, invoiced: 70 })
    const found = await session.dimensionValues({ dimension: 'country', search: null, first: 10, predicate: named('exporters') })
    expect(found.values).toEqual([{ value: 'DE', rows: 2 }, { value: 'FR', rows: 2 }])
    const explained = await session.explain({ metric: 'events', predicate: { kind: 'and', of: [named('exporters'), member(list('user', Array.from({ length: 1000 }, (_, index) => `u${index}`)))] }, period: BOTH_MONTHS, grain: null, by: [] })
    expect(explained.scans).toHaveLength(1)
    expect(explained.scans[0]?.params.some((text) => /… \(\d+ characters\)$/.test(text))).toBe(true)
  })

  it('say who is unknown or defined by itself', async () => {
    await expect(values('events', named('exporter'))).rejects.toMatchObject({ code: 'COHORT_UNKNOWN' })
    await expect(values('events', named('hen'))).rejects.toMatchObject({ code: 'COHORT_INVALID' })
  })

  it('page by a cursor that stays good while time passes', async () => {
    let now = NOW
    const ticking = analyticsOf(source, model, NOW, 0, { nowMs: () => now })
    const ask = { entity: 'user', predicate: member(behavior('user', did(null), 1, null, EVER)), period: periodOf('2025-01-01', '2026-01-01'), first: 3, after: null }
    const first = await sessionOf(ticking).members(ask)
    now += 60_000
    const second = await sessionOf(ticking).members({ ...ask, after: first.endCursor })
    expect([...first.ids, ...second.ids]).toEqual(['u1', 'u2', 'u3', 'u4', 'u6'])
  })
})
