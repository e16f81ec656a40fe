import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { AnalyticsSession, Cell } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Grain } from '../../src/base/grain.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Model } from '../../src/model/types.ts'
import type { GroupKey, MetricAsk } from '../../src/plan/ask.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { metricOf } from '../oracle/metric-of.ts'
import { activityOn } from '../oracle/activity.ts'

// Trials and payments of March 2024, each user a case of its own. It is 1 May.

const NOW = Date.UTC(2024, 4, 1)

const MODEL = `
semantic_models:
  - name: users
    table: users
    entities: [{ name: user, type: primary, expr: user_id }]
    dimensions: [{ name: segment, type: categorical }]
  - name: trials
    table: trials
    agg_time_dimension: started_at
    entities:
      - { name: trial, type: primary, expr: trial_id }
      - { name: user, type: foreign, expr: user_id }
    dimensions:
      - { name: started_at, type: time, granularity: minute, timezone: UTC }
      - { name: plan, type: categorical, public_name: trial_plan }
  - name: payments
    table: payments
    agg_time_dimension: paid_at
    entities: [{ name: user, type: foreign, expr: user_id }]
    dimensions:
      - { name: paid_at, type: time, granularity: minute, timezone: UTC }
      - { name: paid_on, type: time, granularity: day }
      - { name: plan, type: categorical, public_name: paid_plan }
metrics:
  - { name: trials, semantic_model: trials, agg: count }
  - { name: payments, semantic_model: payments, agg: count }
  - { name: payment_days, semantic_model: payments, agg: count, agg_time_dimension: paid_on }
  - { name: rate, type: conversion, entity: user, base: trials, conversion: payments, window: 7 days, unit: percent }
  - { name: converted, type: conversion, entity: user, base: trials, conversion: payments, window: 7 days, calculation: converted }
  - { name: conversions, type: conversion, entity: user, base: trials, conversion: payments, window: 7 days, calculation: conversions }
  - { name: opportunities, type: conversion, entity: user, base: trials, conversion: payments, window: 7 days, calculation: opportunities }
  - { name: converted_same_plan, type: conversion, entity: user, base: trials, conversion: payments, window: 7 days, calculation: converted, constant_properties: [{ base: trial_plan, conversion: paid_plan }] }
  - { name: converted_in_a_day, type: conversion, entity: user, base: trials, conversion: payments, window: 1 day, calculation: converted }
  - { name: converted_in_24_hours, type: conversion, entity: user, base: trials, conversion: payments, window: 24 hours, calculation: converted }
  - { name: converted_in_a_month, type: conversion, entity: user, base: trials, conversion: payments, window: 1 month, calculation: converted }
  - { name: converted_ever, type: conversion, entity: user, base: trials, conversion: payments, calculation: converted }
  - { name: converted_by_day, type: conversion, entity: user, base: trials, conversion: payment_days, window: 1 day, calculation: converted }
`

const TRIALS = [
  // Two trials before one payment.
  ['twice', '2024-03-01 10:00:00', 'basic'],
  ['twice', '2024-03-03 10:00:00', 'basic'],
  // A payment exactly at the window's end, and one a second before.
  ['late', '2024-03-05 09:00:00', 'basic'],
  ['just', '2024-03-05 09:00:00', 'basic'],
  // In the same instant.
  ['at_once', '2024-03-06 00:00:00', 'pro'],
  // Paid before.
  ['before', '2024-03-07 00:00:00', 'pro'],
  // Two payments, of another plan and of no plan.
  ['both', '2024-03-08 12:00:00', 'pro'],
  [null, '2024-03-08 12:00:00', 'pro'],
  // No plan, on either side.
  ['planless', '2024-03-09 12:00:00', null],
] as const

const PAYMENTS = [
  ['twice', '2024-03-04 10:00:00', 'basic'],
  ['late', '2024-03-12 09:00:00', 'basic'],
  ['just', '2024-03-12 08:59:59', 'basic'],
  ['at_once', '2024-03-06 00:00:00', 'pro'],
  ['before', '2024-03-06 23:00:00', 'pro'],
  ['both', '2024-03-09 12:00:00', 'basic'],
  ['both', '2024-03-10 12:00:00', null],
  [null, '2024-03-09 12:00:00', 'pro'],
  ['planless', '2024-03-10 12:00:00', null],
] as const

type Event = readonly [user: string | null, at: string, plan: string | null]

let model: Model
const open: TestSource[] = []

beforeAll(() => {
  const loaded = loadModel([{ name: 'trials.yml', text: MODEL }], { source: 'shop' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  model = loaded.model
})
afterAll(() => Promise.all(open.map((source) => source.close())))

async function world(trials: readonly Event[], payments: readonly Event[], nowUtcMs = NOW, over = model): Promise<{ session(): AnalyticsSession; source: TestSource }> {
  const source = await openTestSource('shop', {
    users: { columns: { user_id: 'VARCHAR', segment: 'VARCHAR' }, rows: [{ user_id: 'twice', segment: 'small' }, { user_id: 'both', segment: 'large' }] },
    trials: { columns: { trial_id: 'BIGINT', user_id: 'VARCHAR', started_at: 'TIMESTAMP', plan: 'VARCHAR' }, rows: trials.map(([user_id, started_at, plan], trial_id) => ({ trial_id, user_id, started_at, plan })) },
    payments: { columns: { user_id: 'VARCHAR', paid_at: 'TIMESTAMP', paid_on: 'DATE', plan: 'VARCHAR' }, rows: payments.map(([user_id, paid_at, plan]) => ({ user_id, paid_at, paid_on: paid_at.slice(0, 10), plan })) },
  })
  open.push(source)
  const analytics = createAnalytics({ model: over, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }], ['bank', { source: { ...source, name: 'bank' }, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 1000 })
  return { source, session: () => analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal }) }
}

interface Asked {
  readonly metric: string
  readonly start?: string
  readonly end?: string
  readonly grain?: Grain
  readonly zone?: string
  readonly predicate?: Predicate
  readonly by?: readonly GroupKey[]
}

function ask({ metric, start = '2024-03-01', end = '2024-04-01', grain, zone = 'UTC', predicate = { kind: 'all' }, by = [] }: Asked): MetricAsk {
  const period = resolvePeriod({ between: { start, end } }, { zone, nowUtcMs: NOW, calendar: { weekStart: 1, fiscalYearStart: 1 } })
  return { metric, predicate, period, grain: grain ?? null, by }
}

const told = ({ value, reason, partial }: Cell): unknown => (reason === null && !partial ? value : [value, reason, ...(partial ? ['partial'] : [])])

async function cells(session: AnalyticsSession, asked: Asked): Promise<readonly unknown[]> {
  return (await session.metric(ask(asked))).groups[0]?.cells.map(told) ?? []
}

const is = (dimension: string, value: string): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values: [value], caseInsensitive: false } })

describe('conversions', () => {
  it('go to the last base event at or before them, within the window, in its bucket', async () => {
    const { session } = await world(TRIALS, PAYMENTS)
    const days = { start: '2024-03-01', end: '2024-03-10', grain: 'day' } as const
    //                                                                   1  2  3  4  5  6  7  8  9 March
    expect(await cells(session(), { metric: 'opportunities', ...days })).toEqual([1, 0, 1, 0, 2, 1, 1, 2, 1])
    expect(await cells(session(), { metric: 'converted', ...days })).toEqual([0, 0, 1, 0, 1, 1, 0, 1, 1])
    expect(await cells(session(), { metric: 'conversions', ...days })).toEqual([0, 0, 1, 0, 1, 1, 0, 2, 1])
    expect(await cells(session(), { metric: 'rate', ...days })).toEqual([0, [null, 'DIVISION_BY_ZERO'], 100, [null, 'DIVISION_BY_ZERO'], 50, 100, 0, 50, 100])
    expect(await cells(session(), { metric: 'rate' })).toEqual([expect.closeTo(500 / 9, 10)])
  })

  it('are not given to an earlier base event where the period ends between the two', async () => {
    const { session } = await world(TRIALS, PAYMENTS)
    expect(await cells(session(), { metric: 'converted', start: '2024-03-01', end: '2024-03-03' })).toEqual([0])
    expect(await cells(session(), { metric: 'converted', start: '2024-03-03', end: '2024-03-04' })).toEqual([1])
  })

  it('need equal constant properties, and null equals nothing', async () => {
    const { session } = await world(TRIALS, PAYMENTS)
    // Of twice, just and at_once; both paid for another plan and for none, planless for none.
    expect(await cells(session(), { metric: 'converted_same_plan' })).toEqual([3])
  })

  it('pass over a later base event of another plan where plans must be equal', async () => {
    const trials: readonly Event[] = [['u', '2024-03-01 10:00:00', 'basic'], ['u', '2024-03-02 10:00:00', 'pro']]
    const { session } = await world(trials, [['u', '2024-03-03 10:00:00', 'basic']])
    const days = { start: '2024-03-01', end: '2024-03-03', grain: 'day' } as const
    expect(await cells(session(), { metric: 'converted', ...days })).toEqual([0, 1])
    expect(await cells(session(), { metric: 'converted_same_plan', ...days })).toEqual([1, 0])
  })

  it('count once for base events of one instant: for that of the last key', async () => {
    const at = '2024-03-01 10:00:00'
    const { session } = await world([['u', at, 'pro'], ['u', at, 'basic']], [['u', '2024-03-02 10:00:00', 'pro']])
    const { groups } = await session().metric(ask({ metric: 'converted', by: [{ kind: 'dimension', dimension: 'trial_plan' }] }))
    expect(groups.map(({ values, cells: [cell] }) => [...values, cell?.value])).toEqual([['basic', 1], ['pro', 0]])
    expect(await cells(session(), { metric: 'converted' })).toEqual([1])
  })

  it('are sliced by the base event, which keeps what it lost to one of another slice', async () => {
    const trials: readonly Event[] = [['u', '2024-03-01 10:00:00', 'basic'], ['u', '2024-03-02 10:00:00', 'pro']]
    const { session } = await world(trials, [['u', '2024-03-03 10:00:00', 'basic']])
    expect(await cells(session(), { metric: 'rate', predicate: is('trial_plan', 'basic') })).toEqual([0])
    expect(await cells(session(), { metric: 'rate', predicate: is('trial_plan', 'pro') })).toEqual([100])
    const all = await world(TRIALS, PAYMENTS)
    expect(await cells(all.session(), { metric: 'conversions', predicate: is('segment', 'large') })).toEqual([2])
    expect(await cells(all.session(), { metric: 'conversions', predicate: { kind: 'not', of: is('segment', 'large') } })).toEqual([4])
  })

  it('end a window of days by the clock of the zone, one of hours by elapsed time', async () => {
    // Noon in Berlin on the day before its clocks go forward; half past noon there on the day itself, 23 and a half hours later.
    const { session } = await world([['u', '2024-03-30 11:00:00', 'pro']], [['u', '2024-03-31 10:30:00', 'pro']])
    expect(await cells(session(), { metric: 'converted_in_a_day', zone: 'Europe/Berlin' })).toEqual([0])
    expect(await cells(session(), { metric: 'converted_in_24_hours', zone: 'Europe/Berlin' })).toEqual([1])
    expect(await cells(session(), { metric: 'converted_in_a_day' })).toEqual([1])
  })

  it('reach from 31 January to the leap day within a month, and no further', async () => {
    const january = { metric: 'converted_in_a_month', start: '2024-01-01', end: '2024-02-01' }
    const trial: Event = ['u', '2024-01-31 10:00:00', 'pro']
    const inside = await world([trial], [['u', '2024-02-29 09:59:59', 'pro']])
    expect(await cells(inside.session(), january)).toEqual([1])
    const outside = await world([trial], [['u', '2024-02-29 10:00:00', 'pro']])
    expect(await cells(outside.session(), january)).toEqual([0])
  })

  it('are compared by days where one side knows only days, wherever the period cuts the day', async () => {
    const trials: readonly Event[] = [['u', '2024-03-05 15:00:00', 'pro']]
    const { session } = await world(trials, [['u', '2024-03-05 08:00:00', 'pro']])
    expect(await cells(session(), { metric: 'converted_by_day' })).toEqual([1])
    expect(await cells(session(), { metric: 'converted_by_day', start: '2024-03-05T12:00', end: '2024-03-05T18:00' })).toEqual([1])
    const later = await world([...trials, ['u', '2024-03-05 20:00:00', 'pro']], [['u', '2024-03-05 08:00:00', 'pro']])
    expect(await cells(later.session(), { metric: 'converted_by_day', start: '2024-03-05T12:00', end: '2024-03-05T18:00', predicate: is('trial_plan', 'pro') })).toEqual([0])
  })
})

describe('a bucket of conversions', () => {
  it('is partial while its window is open, and without a window always', async () => {
    const { session } = await world(TRIALS, PAYMENTS, Date.UTC(2024, 3, 5))
    const months = { start: '2024-03-01', end: '2024-05-01', grain: 'month' } as const
    expect(await cells(session(), { metric: 'converted', ...months })).toEqual([[5, null, 'partial'], [0, null, 'partial']])
    expect(await cells(session(), { metric: 'opportunities', ...months })).toEqual([9, [0, null, 'partial']])
    expect(await cells(session(), { metric: 'converted', start: '2024-03-01', end: '2024-03-29' })).toEqual([5])
    // Without a window the payment of `late` counts, too.
    expect(await cells(session(), { metric: 'converted_ever', start: '2024-03-01', end: '2024-03-29' })).toEqual([[6, null, 'partial']])
  })

  it('knows nothing of conversions that are still to come', async () => {
    const { session } = await world(TRIALS, PAYMENTS, Date.UTC(2024, 2, 9))
    expect(await cells(session(), { metric: 'conversions', start: '2024-03-08', end: '2024-03-09' })).toEqual([[0, null, 'partial']])
  })

  it('is null where the data of conversions ends before it, and partial where that ends within its window', async () => {
    const { session, source } = await world(TRIALS, PAYMENTS)
    source.watermarks.set('payments', Date.UTC(2024, 2, 12))
    expect(await cells(session(), { metric: 'rate', start: '2024-03-01', end: '2024-03-22', grain: 'week' })).toEqual([[expect.any(Number), null, 'partial'], [expect.any(Number), null, 'partial'], [null, 'DIVISION_BY_ZERO', 'partial'], [null, 'AFTER_WATERMARK', 'partial']])
    expect(await cells(session(), { metric: 'opportunities', start: '2024-03-18', end: '2024-03-22' })).toEqual([0])
  })

  it('is refused where the events come from two sources', async () => {
    const shopPayments = model.semanticModels.get('payments')
    if (shopPayments === undefined) throw new Error('No payments.')
    const apart: Model = {
      ...model,
      semanticModels: new Map([...model.semanticModels, ['payments', { ...shopPayments, source: 'bank' }]]),
      metrics: new Map([['apart', metricOf('apart', { type: 'conversion', entity: 'user', base: activityOn('trials', 'trials', 'started_at'), conversion: activityOn('payments', 'payments', 'paid_at'), window: null, constantProperties: [], calculation: 'rate' })]]),
    }
    const { session } = await world(TRIALS, PAYMENTS, NOW, apart)
    await expect(cells(session(), { metric: 'apart' })).rejects.toMatchObject({ code: 'NOT_SUPPORTED', message: expect.stringMatching(/"shop".*"bank"/s) })
  })
})

describe('many conversions at once', () => {
  it('read each table once for all calculations, windows, slices, groups and series', async () => {
    const { session, source } = await world(TRIALS, PAYMENTS)
    const one = session()
    const metrics = ['rate', 'converted', 'conversions', 'opportunities', 'converted_in_a_day', 'converted_in_a_month', 'converted_ever']
    const asks = metrics.flatMap((metric) => [
      ask({ metric }),
      ask({ metric, grain: 'day' }),
      ask({ metric, predicate: is('trial_plan', 'pro') }),
      ask({ metric, grain: 'week', predicate: is('segment', 'large'), by: [{ kind: 'dimension', dimension: 'trial_plan' }] }),
    ])
    await Promise.all(asks.map((asked) => one.metric(asked)))
    expect(one.stats.scans).toBe(1)
    const text = source.statements.at(-1)?.text ?? ''
    expect([text.split('FROM "trials"').length, text.split('FROM "payments"').length]).toEqual([2, 2])
  })
})
