import { afterEach, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Grain } from '../../src/base/grain.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { ALL } from '../../src/model/predicate.ts'
import type { Rollup } from '../../src/model/types.ts'
import { shapeOfRollup } from '../../src/plan/rollups/shape-of-rollup.ts'
import { builtRollups } from '../engines/built-rollups.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { NOW, movementModel, openRandomStocks } from './random-movements-world.ts'

/**
 * By hand: a rents for 10 from 10 January, and changes to 15 on 20 February at 19:00 UTC, half an hour after midnight in India, when
 * nothing had been rented for an hour. b rents for 20 on 31 January at 23:00 UTC, when it is February in Berlin. c begins this morning,
 * d will tonight: it is 2 April, 15:30.
 */
const LEASES = ['a basic 10.00 2024-01-10T08:00 2024-02-20T18:00', 'a pro 15.00 2024-02-20T19:00 -', 'b basic 20.00 2024-01-31T23:00 -', 'c basic 7.00 2024-04-02T10:00 -', 'd basic 9.00 2024-04-02T18:00 -']

const DAYS: Rollup = { name: 'days', semanticModel: 'leases', metrics: ['leases_new_amount'], dimensions: ['leases_plan'], entities: [], grain: 'day', zone: 'UTC' }

const opened: TestSource[] = []
afterEach(() => Promise.all(opened.splice(0).map((source) => source.close())))

async function world(...rollups: readonly Rollup[]) {
  const rows = LEASES.map((line, row_id) => {
    const [customer_id = '', plan = '', price = '', begins = '', ends = '-'] = line.split(' ')
    return { row_id, customer_id, plan, price, status: 'ok', begins: `${begins.replace('T', ' ')}:00`, ends: ends === '-' ? null : `${ends.replace('T', ' ')}:00` }
  })
  const source = await openRandomStocks({ leases: rows })
  opened.push(source)
  const model = movementModel()
  const known = await builtRollups(source, 'shop', model, rollups, NOW)
  const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: NOW }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 1000, rollups: { of: () => known } })
  const session = () => analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  const askOf = (metric: string, zone: string, start: string, end: string, grain: Grain, by: readonly string[]) => ({
    metric: `leases_${metric}`, predicate: ALL, grain, by: by.map((dimension) => ({ kind: 'dimension' as const, dimension })), period: resolvePeriod({ between: { start, end } }, { zone, nowUtcMs: NOW, calendar: model.calendar }),
  })
  return {
    explain: (metric: string) => session().explain(askOf(metric, 'UTC', '2024-04-01', '2024-05-01', 'month', [])),
    /** Values by group, then the rollups they were read from. */
    ask: async (metric: string, { zone = 'UTC', start = '2024-01-01', end = '2024-04-01', grain = 'month' as Grain, by = [] as readonly string[] } = {}) => {
      const one = session()
      const { groups } = await one.metric(askOf(metric, zone, start, end, grain, by))
      return [...groups.map(({ values, cells }) => [...values, ...cells.map(({ exact }) => exact)].join(' ')).toSorted(), ...one.stats.rollups]
    },
  }
}

describe('movements and rollups', () => {
  it('are netted from changes by day and entity, which a metric keeps by name', async () => {
    const { ask, explain } = await world(DAYS)
    expect(await ask('new_amount')).toEqual(['30 0 0', 'days'])
    expect(await ask('expansion_amount')).toEqual(['0 5 0', 'days'])
    expect(await ask('churned_entities')).toEqual(['0 0 0', 'days'])
    expect(await ask('end_amount', { by: ['leases_plan'] })).toEqual(['basic 30 20 20', 'pro 0 15 15', 'days'])
    expect(await ask('followed_kept_month_amount', { start: '2024-03-01' })).toEqual(['35', 'days'])
    expect((await explain('net_amount')).rollup).toBe('days')
  })

  it('are read from the table in a zone of other days', async () => {
    for (const rollup of [DAYS, { ...DAYS, grain: 'hour' } as const]) {
      const { ask } = await world(rollup)
      expect(await ask('new_amount', { zone: 'Asia/Kolkata' })).toEqual(['10 20 0'])
      expect(await ask('expansion_amount', { zone: 'Asia/Kolkata' })).toEqual(['0 0 0'])
      expect(await ask('churned_amount', { zone: 'Asia/Kolkata' })).toEqual(['0 10 0'])
      expect(await ask('reactivation_amount', { zone: 'Asia/Kolkata' })).toEqual(['0 15 0'])
    }
    expect(await (await world({ ...DAYS, zone: 'Asia/Kolkata' })).ask('churned_amount', { zone: 'Asia/Kolkata' })).toEqual(['0 10 0', 'days'])
  })

  it('are read from hours in every zone whose days are whole hours', async () => {
    const { ask } = await world({ ...DAYS, grain: 'hour' })
    expect(await ask('new_amount', { zone: 'Europe/Berlin' })).toEqual(['10 20 0', 'days'])
    expect(await ask('expansion_amount', { zone: 'Europe/Berlin' })).toEqual(['0 5 0', 'days'])
  })

  it('take the changes of the day that is not over from the table', async () => {
    const { ask, explain } = await world(DAYS)
    expect(await ask('new_amount', { start: '2024-04-01', end: '2024-05-01' })).toEqual(['7', 'days'])
    expect(await ask('end_amount', { start: '2024-04-01', end: '2024-05-01' })).toEqual(['42', 'days'])
    expect((await explain('new_amount')).scans[0]?.why).toContain('rows of leases from 2024-04-02T00:00:00.000Z on are those of the table')
  })

  it('are read from the table by what the rollup does not tell apart, and of other entities', async () => {
    const { ask } = await world({ ...DAYS, dimensions: [] })
    expect(await ask('end_amount', { by: ['leases_plan'] })).toEqual(['basic 30 20 20', 'pro 0 15 15'])
    // The filter of the metrics tests the status, which is kept without saying so.
    expect(await ask('end_amount')).toEqual(['30 35 35', 'days'])
    const stock = await world({ ...DAYS, metrics: ['leases_stock'] })
    expect(await stock.ask('end_amount')).toEqual(['30 35 35'])
  })

  it('need amounts that add up as they stand', () => {
    const model = movementModel()
    const shaped = (columnType: 'float' | 'decimal') => {
      const facts = { rows: () => null, byRow: () => false, distinct: () => null, columnType: () => columnType, exactCollation: () => null, range: () => null }
      return shapeOfRollup({ model, facts, calendar: model.calendar, nowUtcMs: NOW, memberships: new Map() }, DAYS)
    }
    expect(shaped('decimal')).toMatchObject({ unserved: [], shape: { time: { kind: 'stock', start: 'begins_leases' }, entities: [{ entity: 'customer' }], dimensions: [{ name: 'leases_plan' }, { name: 'leases_status' }] } })
    expect(shaped('float')).toEqual({ shape: null, measures: [], unserved: [{ metric: 'leases_new_amount', why: 'its amounts are neither integers nor decimals by their column, and are made exact row by row' }] })
  })
})
