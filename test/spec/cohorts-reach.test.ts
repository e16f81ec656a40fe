import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Activity, Model } from '../../src/model/types.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { behavior, cohort, is, member, periodOf, sessionOf } from './cohorts-world.ts'

// Accounts are billed; seats of accounts and teams are held from day to day: seat 1 (an admin's) of account 1 in January, seat 2
// (a viewer's) from February on, seat 3 (an admin's) of account 2 always. Tickets are kept in another source.

const NOW = Date.UTC(2025, 2, 5)

const YAML = `
semantic_models:
  - name: accounts
    table: accounts
    entities: [{ name: account, type: primary, expr: account_id }]
  - name: seats
    table: seats
    agg_time_dimension: held_from
    validity: { start: held_from, end: held_to }
    entities: [{ name: seat, type: primary, expr: seat_id }, { name: account, type: foreign, expr: account_id }, { name: team, type: foreign, expr: team_id }]
    dimensions: [{ name: role, type: categorical }, { name: held_from, type: time, granularity: day }, { name: held_to, type: time, granularity: day }]
  - name: bills
    table: bills
    agg_time_dimension: billed
    entities: [{ name: account, type: foreign, expr: account_id }]
    dimensions: [{ name: billed, type: time, granularity: day }]
  - name: costs
    table: costs
    agg_time_dimension: spent
    entities: [{ name: account, type: foreign, expr: account_id }, { name: team, type: foreign, expr: team_id }]
    dimensions: [{ name: spent, type: time, granularity: day }]
  - name: calls
    table: calls
    agg_time_dimension: called
    entities: [{ name: account, type: foreign, expr: account_id }]
    dimensions: [{ name: called, type: time, granularity: day }]
  - name: tickets
    source: desk
    table: tickets
    agg_time_dimension: opened
    entities: [{ name: account, type: foreign, expr: account_id }]
    dimensions: [{ name: opened, type: time, granularity: day }]
metrics:
  - { name: billed, semantic_model: bills, agg: sum, expr: amount }
  - { name: spent, semantic_model: costs, agg: sum, expr: amount }
  - { name: tickets, semantic_model: tickets, agg: count }
  - { name: calls, semantic_model: calls, agg: count }
`

let source: TestSource
let model: Model
beforeAll(async () => {
  const loaded = loadModel([{ name: 'seats.yml', text: YAML }], { source: 'main' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  const admins = is('role', 'admin')
  model = { ...loaded.model, cohorts: new Map([cohort('admins', 'seat', admins), cohort('all_admins', 'seat', admins, 'all')].map((one) => [one.name, one])) }
  const [DAY, ID, MONEY] = ['DATE', 'BIGINT', 'DECIMAL(12,2)'] as const
  source = await openTestSource('main', {
    accounts: { columns: { account_id: ID }, rows: [{ account_id: 1 }, { account_id: 2 }] },
    seats: {
      columns: { seat_id: ID, account_id: ID, team_id: ID, role: 'VARCHAR', held_from: DAY, held_to: DAY },
      rows: [
        { seat_id: 1, account_id: 1, team_id: 7, role: 'admin', held_from: '2025-01-01', held_to: '2025-02-01' },
        { seat_id: 2, account_id: 1, team_id: 7, role: 'viewer', held_from: '2025-02-01', held_to: null },
        { seat_id: 3, account_id: 2, team_id: 8, role: 'admin', held_from: '2025-01-01', held_to: null },
      ],
    },
    bills: {
      columns: { account_id: ID, billed: DAY, amount: MONEY },
      rows: [['2025-01-10', '1'], ['2025-02-10', '2']].flatMap(([billed = '', amount = '']) => [1, 2].map((account_id) => ({ account_id, billed, amount: `${amount}${account_id}.00` }))),
    },
    costs: { columns: { account_id: ID, team_id: ID, spent: DAY, amount: MONEY }, rows: [{ account_id: 1, team_id: 7, spent: '2025-01-10', amount: '1.00' }] },
  })
})
afterAll(() => source.close())

function ask(metric: string, predicate: Predicate, start = '2025-01-01', end = '2025-03-01'): Promise<MetricAnswer> {
  const analytics = createAnalytics({ model, sources: new Map([['main', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 1000 })
  return sessionOf(analytics).metric({ metric, predicate, period: periodOf(start, end), grain: null, by: [] })
}

const value = ({ groups }: MetricAnswer): unknown => groups[0]?.cells[0]?.value
const named = (name: string): Predicate => ({ kind: 'cohort', cohort: name })
const activity = (metric: string, semanticModel: string, dimension: string): Activity => ({ metric, semanticModel, filter: { kind: 'all' }, time: { kind: 'event', dimension } })

describe('cohorts of members before their owners', () => {
  it('look at the members valid at the moment', async () => {
    const january = ['2025-01-01', '2025-02-01'] as const
    const february = ['2025-02-01', '2025-03-01'] as const
    expect(value(await ask('billed', named('admins'), ...january))).toBe(23)
    expect(value(await ask('billed', named('admins'), ...february))).toBe(22)
    expect(value(await ask('billed', named('all_admins'), ...january))).toBe(23)
    expect(value(await ask('billed', named('all_admins'), ...february))).toBe(22)
  })

  it('are refused where two owners are equally near', async () => {
    await expect(ask('spent', named('admins'))).rejects.toMatchObject({ code: 'JOIN_AMBIGUOUS', message: expect.stringMatching(/account.*team|team.*account/) })
  })
})

describe('what decides a cohort', () => {
  it('may lie in another source than the metric, which must be connected', async () => {
    const { unavailable } = await ask('billed', member(behavior('account', activity('tickets', 'tickets', 'opened'), 1)))
    expect(unavailable).toMatchObject({ reason: 'SOURCE_MISSING', remedy: expect.stringContaining('Connect the source "desk"') })
  })

  it('must be there', async () => {
    const { unavailable } = await ask('billed', member(behavior('account', activity('calls', 'calls', 'called'), 1)))
    expect(unavailable).toMatchObject({ reason: 'SOURCE_MISSING', remedy: expect.stringContaining('no table "calls"') })
  })
})
