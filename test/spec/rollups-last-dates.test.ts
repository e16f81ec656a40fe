import { afterEach, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { ALL } from '../../src/model/predicate.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { shapeOfRollup } from '../../src/plan/rollups/shape-of-rollup.ts'
import { builtRollups } from '../engines/built-rollups.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'

const MODEL = `
semantic_models:
  - name: balances
    table: balances
    agg_time_dimension: taken_on
    entities: [{ name: account, type: foreign, expr: account_id }]
    dimensions:
      - { name: taken_on, type: time, granularity: day }
      - { name: taken_at, type: time, granularity: minute, timezone: UTC }
      - { name: branch, type: categorical }
metrics:
  - { name: at_end, semantic_model: balances, agg: sum, expr: balance, non_additive_dimension: { name: taken_on, window_choice: max } }
  - { name: by_account, semantic_model: balances, agg: sum, expr: balance, non_additive_dimension: { name: taken_on, window_choice: max, window_groupings: [account] } }
  - { name: at_moment, semantic_model: balances, agg: sum, expr: balance, agg_time_dimension: taken_at, non_additive_dimension: { name: taken_at, window_choice: max } }
`
/** By hand: on the last day that January tells of, x of the north has 120 in two sums; y of the south had 50 the day before. */
const BALANCES = ['x north 2024-01-30 100.00', 'y south 2024-01-30 50.00', 'x north 2024-01-31 80.00', 'x north 2024-01-31 40.00', 'y south 2024-02-10 60.00']
const NOW = Date.parse('2024-03-05T10:00:00Z')
const ROLLUP = { name: 'daily', semanticModel: 'balances', metrics: ['at_end', 'by_account'], dimensions: ['branch'], entities: [], grain: 'day', zone: 'UTC' } as const
const SOUTH: Predicate = { kind: 'atom', dimension: 'branch', test: { op: 'in', values: ['south'], caseInsensitive: false } }

const opened: TestSource[] = []
afterEach(() => Promise.all(opened.splice(0).map((source) => source.close())))

async function world(rollup: Parameters<typeof builtRollups>[3][number]) {
  const rows = BALANCES.map((line) => line.split(' ')).map(([account_id = '', branch = '', taken_on = '', balance = '']) => ({ account_id, branch, taken_on, taken_at: `${taken_on} 09:00:00`, balance }))
  const source = await openTestSource('bank', { balances: { columns: { account_id: 'VARCHAR', branch: 'VARCHAR', taken_on: 'DATE', taken_at: 'TIMESTAMP', balance: 'DECIMAL(12,2)' }, rows } })
  opened.push(source)
  const loaded = loadModel([{ name: 'bank.yml', text: MODEL }], { source: 'bank' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  const { model } = loaded
  const known = await builtRollups(source, 'bank', model, [rollup], NOW)
  const analytics = createAnalytics({ model, sources: new Map([['bank', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 1000, rollups: { of: () => known } })
  return {
    model,
    ask: async (metric: string, predicate: Predicate = ALL, zone = 'UTC') => {
      const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
      const { groups } = await session.metric({ metric, predicate, grain: 'month', by: [], period: resolvePeriod({ between: { start: '2024-01-01', end: '2024-03-01' } }, { zone, nowUtcMs: NOW, calendar: model.calendar }) })
      return [...(groups[0]?.cells ?? []).map(({ exact, reason }) => exact ?? reason), ...session.stats.rollups]
    },
  }
}

describe('the last date of a bucket, from a rollup', () => {
  it('is the last that the table has, in every zone, and for each entity its own where the metric says so', async () => {
    const { ask } = await world(ROLLUP)
    expect(await ask('at_end')).toEqual(['120', '60', 'daily'])
    expect(await ask('at_end', ALL, 'Asia/Kolkata')).toEqual(['120', '60', 'daily'])
    expect(await ask('at_end', SOUTH)).toEqual(['NO_ROWS', '60', 'daily'])
    expect(await ask('by_account')).toEqual(['170', '60', 'daily'])
  })

  it('is read from hours, which keep a date as its midnight in UTC, in UTC alone', async () => {
    const { ask } = await world({ ...ROLLUP, grain: 'hour' })
    expect(await ask('at_end')).toEqual(['120', '60', 'daily'])
    expect(await ask('at_end', ALL, 'America/New_York')).toEqual(['120', '60'])
  })

  it('of each entity needs its key, and no moment of a day can be told', async () => {
    const { ask, model } = await world({ ...ROLLUP, metrics: ['at_end'] })
    expect(await ask('by_account')).toEqual(['170', '60'])
    const facts = { rows: () => null, byRow: () => false, distinct: () => null, columnType: () => null, exactCollation: () => null, range: () => null }
    expect(shapeOfRollup({ model, facts, calendar: model.calendar, nowUtcMs: NOW, memberships: new Map() }, { ...ROLLUP, metrics: ['at_moment'] })).toEqual({
      shape: null,
      measures: [],
      unserved: [{ metric: 'at_moment', why: 'it takes the last moment of each bucket, which only a date tells by the day' }],
    })
  })
})
