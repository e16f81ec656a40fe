import { afterEach, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { RetentionAsk } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { activityOf } from '../../src/model/activity.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { ALL } from '../../src/model/predicate.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Model } from '../../src/model/types.ts'
import { shapeOfRollup } from '../../src/plan/rollups/shape-of-rollup.ts'
import { builtRollups } from '../engines/built-rollups.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { matrix } from './retention-and-funnel-world.ts'

const MODEL = `
semantic_models:
  - name: users
    table: users
    agg_time_dimension: joined_on
    entities: [{ name: user, type: primary, expr: user_id }]
    dimensions:
      - { name: joined_on, type: time, granularity: day }
      - { name: country, type: categorical }
  - name: events
    table: events
    agg_time_dimension: happened_at
    entities: [{ name: user, type: foreign, expr: user_id }]
    dimensions:
      - { name: happened_at, type: time, granularity: minute, timezone: UTC }
      - { name: reported_at, type: time, granularity: minute, timezone: UTC }
      - { name: plan, type: categorical }
  - name: passes
    table: passes
    agg_time_dimension: valid_from
    entities: [{ name: user, type: foreign, expr: user_id }]
    dimensions:
      - { name: valid_from, type: time, granularity: day }
      - { name: valid_to, type: time, granularity: day }
    validity: { start: valid_from, end: valid_to }
metrics:
  - { name: signups, semantic_model: users, agg: count }
  - { name: events, semantic_model: events, agg: count }
  - { name: reports, semantic_model: events, agg: count, agg_time_dimension: reported_at }
  - { name: pro_events, semantic_model: events, agg: count, filter: "plan = 'pro'" }
  - { name: passes, semantic_model: passes, agg: count, as_of: period_end }
  - { name: month_1, type: retention, entity: user, start: events, activity: events, grain: month, period: 1, unit: percent }
  - { name: pro_month_1, type: retention, entity: user, start: signups, activity: pro_events, grain: month, period: 1, unit: percent }
  - { name: late_month_1, type: retention, entity: user, start: events, activity: reports, grain: month, period: 1, unit: percent }
  - { name: pass_month_1, type: retention, entity: user, start: events, activity: passes, grain: month, period: 1, unit: percent }
  - { name: year_30, type: retention, entity: user, start: events, activity: events, grain: year, period: 30, unit: percent }
`

/**
 * By hand: ann starts on 5 January, free in the morning and pro at noon; bob on 20 January, late enough to be of the 21st in India;
 * cid on 1 February. Ann is back in February and March, bob in March, cid on the 10th of March at noon and in the evening.
 */
const EVENTS = [
  'ann 2024-01-05T10:00 free', 'ann 2024-01-05T12:00 pro', 'ann 2024-02-03T08:00 pro', 'ann 2024-03-02T08:00 pro',
  'bob 2024-01-31T22:00 free', 'bob 2024-03-04T08:00 free',
  'cid 2024-02-01T00:00 pro', 'cid 2024-03-10T12:00 pro', 'cid 2024-03-10T19:00 pro',
]
const USERS = ['ann 2024-01-02 DE', 'bob 2024-01-31 US', 'cid 2024-01-31 DE']

const DAYS = { name: 'days', semanticModel: 'events', metrics: ['events'], dimensions: ['plan'], entities: ['user'], grain: 'day', zone: 'UTC' } as const
const JOINED = { name: 'joined', semanticModel: 'users', metrics: ['signups'], dimensions: ['country'], entities: ['user'], grain: 'day', zone: 'UTC' } as const

const opened: TestSource[] = []
afterEach(() => Promise.all(opened.splice(0).map((source) => source.close())))

function model(): Model {
  const loaded = loadModel([{ name: 'site.yml', text: MODEL }], { source: 'site' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  return loaded.model
}

async function world(rollups: Parameters<typeof builtRollups>[3] = [DAYS], now = '2024-03-15T00:00:00Z') {
  const source = await openTestSource('site', {
    users: { columns: { user_id: 'VARCHAR', joined_on: 'DATE', country: 'VARCHAR' }, rows: USERS.map((line) => line.split(' ')).map(([user_id = '', joined_on = '', country = '']) => ({ user_id, joined_on, country })) },
    events: {
      columns: { user_id: 'VARCHAR', happened_at: 'TIMESTAMP', reported_at: 'TIMESTAMP', plan: 'VARCHAR' },
      rows: EVENTS.map((line) => line.replace('T', ' ').split(' ')).map(([user_id = '', day = '', clock = '', plan = '']) => ({ user_id, happened_at: `${day} ${clock}`, reported_at: `${day} ${clock}`, plan })),
    },
    passes: { columns: { user_id: 'VARCHAR', valid_from: 'DATE', valid_to: 'DATE' }, rows: [] },
  })
  opened.push(source)
  const own = model()
  const nowUtcMs = Date.parse(now)
  const known = await builtRollups(source, 'site', own, rollups, nowUtcMs)
  const analytics = createAnalytics({ model: own, sources: new Map([['site', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 1000, rollups: { of: () => known } })
  const period = (zone: string, end = '2024-03-01') => resolvePeriod({ between: { start: '2024-01-01', end } }, { zone, nowUtcMs, calendar: own.calendar })
  const session = () => analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  return {
    explain: (metric: string) => session().explain({ metric, predicate: ALL, period: period('UTC'), grain: 'month', by: [] }),
    /** The matrix, then the rollups it was read from. */
    ask: async (asked: Omit<Partial<RetentionAsk>, 'start' | 'activity'> & { readonly start?: string; readonly activity?: string; readonly zone?: string; readonly end?: string } = {}) => {
      const { start = 'events', activity = start, zone = 'UTC', end, ...rest } = asked
      const one = session()
      const answer = await one.retention({ entity: 'user', predicate: ALL, unit: 'month', periods: 1, mode: 'bounded', brackets: [], clock: 'calendar', cohortsAsOf: 'period_end', ...rest, start: activityOf(own, start, ALL), activity: activityOf(own, activity, ALL), period: period(zone, end) })
      return [...matrix(answer), ...one.stats.rollups]
    },
  }
}

const inPlan = (plan: string): Predicate => ({ kind: 'atom', dimension: 'plan', test: { op: 'in', values: [plan], caseInsensitive: false } })
const inCountry = (country: string): Predicate => ({ kind: 'atom', dimension: 'country', test: { op: 'in', values: [country], caseInsensitive: false } })

describe('retention and rollups', () => {
  it('is read from days per entity, where units of the calendar are counted', async () => {
    const { ask, explain } = await world()
    // January: ann and bob, of whom ann is back in February. February: cid, back in March.
    expect(await ask()).toEqual(['2: 2 1', '1: 1 1*', 'days'])
    expect(await ask({ unit: 'week', periods: 4, end: '2024-01-08' })).toEqual(['1: 1 0 0 0 1', 'days'])
    expect((await explain('month_1')).rollup).toBe('days')
  })

  it('is read from the table where spans of hours follow the very moment of a start', async () => {
    const { ask } = await world()
    expect(await ask({ clock: 'hours_24', unit: 'week', periods: 4, end: '2024-01-08' })).toEqual(['1: 1 0 0 0 1'])
  })

  it('counts spans of 24 hours from dates, which have no other moment than their midnight', async () => {
    const { ask } = await world([JOINED])
    expect(await ask({ start: 'signups', clock: 'hours_24', unit: 'week', periods: 1, end: '2024-01-08' })).toEqual(['1: 1 0', 'joined'])
  })

  it('is sliced from a rollup by what is one for all rows of an entity, and from the table by what changes within a day', async () => {
    const { ask } = await world()
    // Ann was free when she started, and so not of those who started as pro.
    expect(await ask({ predicate: inPlan('pro') })).toEqual(['0: 0 0', '1: 1 1*'])
    expect(await ask({ predicate: inPlan('free') })).toEqual(['2: 2 1', '0: 0 0*'])
    expect(await ask({ predicate: inCountry('DE') })).toEqual(['1: 1 1', '1: 1 1*', 'days'])
  })

  it('tells days apart as the rollup does, or is read from the table', async () => {
    const { ask } = await world()
    // In India it is 1 February when bob starts.
    expect(await ask({ zone: 'Asia/Kolkata' })).toEqual(['1: 1 1', '2: 2 2*'])
    const hours = await world([{ ...DAYS, grain: 'hour' }])
    expect(await hours.ask({ zone: 'Asia/Kolkata' })).toEqual(['1: 1 1', '2: 2 2*'])
    expect(await hours.ask({ zone: 'Africa/Lagos' })).toEqual(['2: 2 1', '1: 1 1*', 'days'])
  })

  it('needs the key of the entity, and what its own filters test', async () => {
    expect(await (await world([{ ...DAYS, entities: [] }])).ask()).toEqual(['2: 2 1', '1: 1 1*'])
    const { ask } = await world([{ ...DAYS, dimensions: [] }])
    expect(await ask({ start: 'events', activity: 'pro_events' })).toEqual(['2: 1 1', '1: 1 1*'])
    expect(await (await world()).ask({ start: 'events', activity: 'pro_events' })).toEqual(['2: 1 1', '1: 1 1*', 'days'])
  })

  it('takes the rows of the day that is not over from the table', async () => {
    // At 15:00 of 10 March the second event of cid has not happened.
    const { ask, explain } = await world([DAYS], '2024-03-10T15:00:00Z')
    expect(await ask()).toEqual(['2: 2 1', '1: 1 1*', 'days'])
    expect((await explain('month_1')).scans[0]?.why).toContain('rows of events from 2024-03-10T00:00:00.000Z on are those of the table')
    const before = await world([DAYS], '2024-03-10T11:00:00Z')
    expect(await before.ask()).toEqual(['2: 2 1', '1: 1 0*', 'days'])
  })

  it('of two tables takes each from its own rollup, or from the table', async () => {
    // All three joined in January; in February ann and cid do something, in January ann and bob.
    const wanted = ['3: 2 2']
    const both = await world([DAYS, JOINED])
    expect(await both.ask({ start: 'signups', activity: 'events', end: '2024-02-01' })).toEqual([...wanted, 'joined', 'days'])
    expect(await (await world([DAYS])).ask({ start: 'signups', activity: 'events', end: '2024-02-01' })).toEqual([...wanted, 'days'])
    expect(await (await world([JOINED])).ask({ start: 'signups', activity: 'events', end: '2024-02-01' })).toEqual([...wanted, 'joined'])
    expect(await both.ask({ start: 'signups', activity: 'events', end: '2024-02-01', predicate: inCountry('DE') })).toEqual(['2: 1 2', 'joined', 'days'])
    expect((await both.explain('pro_month_1')).rollup).toBe('joined, days')
    expect((await (await world([JOINED])).explain('pro_month_1')).scans[0]?.why).toContain('all rows of events are those of the table')
  })

  it('reads starts from the table that slices them by rows a rollup would stand for', async () => {
    // Events are told by the country of users, whose rollup holds days and no users.
    const { ask } = await world([JOINED])
    expect(await ask({ start: 'events', activity: 'signups', predicate: inCountry('DE') })).toEqual(['1: 1 0', '1: 0 0*'])
    expect(await ask({ start: 'events', activity: 'signups' })).toEqual(['2: 2 0', '1: 0 0*', 'joined'])
  })

  it('is kept by name: its entity, and what its filters test', () => {
    const own = model()
    const facts = { rows: () => null, byRow: () => false, distinct: () => null, columnType: () => null, exactCollation: () => null, range: () => null }
    const context = { model: own, facts, calendar: own.calendar, nowUtcMs: Date.parse('2024-03-15T00:00:00Z'), memberships: new Map() }
    const shaped = (...metrics: string[]) => shapeOfRollup(context, { ...DAYS, dimensions: [], entities: [], metrics })
    expect(shaped('pro_month_1').shape).toMatchObject({ time: { kind: 'event', dimension: 'happened_at' }, entities: [{ entity: 'user' }], dimensions: [{ name: 'plan' }] })
    expect(shaped('year_30').shape).toMatchObject({ entities: [{ entity: 'user' }] })
    expect(shaped('month_1', 'late_month_1', 'pass_month_1').unserved).toEqual([
      { metric: 'late_month_1', why: 'its starts lie in time by another dimension than what follows them' },
    ])
  })
})
