import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { openGateway } from '../../src/cli/open-gateway.ts'
import type { Gateway } from '../../src/cli/open-gateway.ts'
import { readSetup } from '../../src/cli/read-setup.ts'
import { activityOf } from '../../src/model/activity.ts'
import { ALL } from '../../src/model/predicate.ts'
import { openStore } from '../../src/store/open-store.ts'
import { asked } from '../oracle/compare-answers.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const DAY = 86_400_000
const MODEL = `semantic_models:
  - name: orders
    table: orders
    agg_time_dimension: ordered_on
    entities: [{ name: order, type: primary, expr: order_id }]
    dimensions: [{ name: ordered_on, type: time, granularity: day }, { name: country, type: categorical }, { name: payment, type: categorical }]
metrics: [{ name: orders, type: simple, semantic_model: orders, agg: count }]
rollups:
  - { name: by_country, semantic_model: orders, metrics: [orders], dimensions: [country] }
  - { name: by_payment, semantic_model: orders, metrics: [orders], dimensions: [payment] }
`
const CONFIG = 'model: [{ use: ./shop.yml, source: shop }]\nsources:\n  shop: { connector: duckdb, folder: data, now: 2026-06-01 }\n'

let world: TestWorld
beforeEach(() => {
  world = testWorld()
  mkdirSync(join(world.cwd, 'data'))
  const rows = Array.from({ length: 600 }, (_, id) => `${id},2026-05-${String((id % 30) + 1).padStart(2, '0')},${id % 2 === 0 ? 'DE' : 'FR'},card`)
  writeFileSync(join(world.cwd, 'data/orders.csv'), `order_id,ordered_on,country,payment\n${rows.join('\n')}\n`)
  writeFileSync(join(world.cwd, 'shop.yml'), MODEL)
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), CONFIG)
})
afterEach(() => world.remove())

/** As if they stood in the model so many days ago, too. */
async function declared(rollups: readonly string[], daysAgo: number): Promise<void> {
  const store = await openStore(join(world.cwd, '.kpiql/store.db'), systemClock)
  await store.queryLog.declare(rollups, 90, systemClock.nowMs() - daysAgo * DAY)
  await store.close()
}

async function within<T>(work: (gateway: Gateway) => Promise<T>): Promise<T> {
  const gateway = await openGateway(await readSetup({}, world), world, silentLog)
  gateway.queryLog?.start()
  try {
    return await work(gateway)
  } finally {
    await gateway.close()
  }
}

const states = (): Promise<Readonly<Record<string, string>>> => within(async ({ rollups }) => Object.fromEntries(((await rollups?.pass()) ?? []).map(({ name, state }) => [name, state])))
const kept = (): Promise<readonly string[]> => within(async ({ sources }) => ((await sources.get('shop')?.source.rollups?.list()) ?? []).map(({ name }) => name))

function ask(dimension: string): Promise<readonly string[]> {
  return within(async ({ analytics, model, rollups }) => {
    await rollups?.recall()
    const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
    await session.metric(asked({ metric: 'orders', predicate: { kind: 'atom', dimension, test: { op: 'isNull' } }, zone: 'UTC', start: '2026-05-01', end: '2026-06-01', grain: null, by: [] }, model.calendar, analytics.nowUtcMs()))
    return session.stats.rollups
  })
}

describe('rollups that nothing is read from', () => {
  it('are kept until they have been declared for as long as that takes, and are let go of then', async () => {
    await declared(['by_country', 'by_payment'], 59)
    expect(await states()).toEqual({ by_country: 'ready', by_payment: 'ready' })
    expect(await ask('country')).toEqual(['by_country'])
    await declared(['by_country', 'by_payment'], 60)
    expect(await states()).toEqual({ by_country: 'ready', by_payment: 'unused' })
    expect(await kept()).toEqual(['by_country'])
    expect(await world.run('rollups')).toBe(0)
    expect(world.written.out).toContain('by_payment (shop): unused. No question could be read from it for the time of rollups.dropUnusedDays. It is built again when one comes.\n')
  })

  it('are built again once a question comes that could have been read from them', async () => {
    await declared(['by_country', 'by_payment'], 60)
    expect(await states()).toEqual({ by_country: 'unused', by_payment: 'unused' })
    expect(await ask('payment')).toEqual([])
    expect(await states()).toEqual({ by_country: 'unused', by_payment: 'ready' })
    expect(await ask('payment')).toEqual(['by_payment'])
  })

  it('are built again for retention, which is asked in more ways than the model has metrics', async () => {
    const payers = MODEL.replace('entities: [', 'entities: [{ name: payer, type: foreign, expr: payment }, ').replace('dimensions: [payment] }', 'entities: [payer] }')
    writeFileSync(join(world.cwd, 'shop.yml'), payers)
    await declared(['by_country', 'by_payment'], 60)
    expect(await states()).toEqual({ by_country: 'unused', by_payment: 'unused' })
    await within(async ({ analytics, model }) => {
      const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
      const [start, period] = [activityOf(model, 'orders', ALL), resolvePeriod({ between: { start: '2026-05-01', end: '2026-06-01' } }, { zone: 'UTC', nowUtcMs: analytics.nowUtcMs(), calendar: model.calendar })]
      await session.retention({ entity: 'payer', predicate: ALL, unit: 'week', periods: 2, mode: 'bounded', brackets: [], clock: 'calendar', cohortsAsOf: 'period_end', start, activity: start, period })
    })
    expect(await states()).toEqual({ by_country: 'unused', by_payment: 'ready' })
  })

  it('stay where the configuration says so, or nothing is noted by which it could be told', async () => {
    await declared(['by_country', 'by_payment'], 60)
    for (const setting of ['rollups: { dropUnusedDays: null }', 'queryLog: false']) {
      writeFileSync(join(world.cwd, 'kpiql.config.yml'), `${CONFIG}${setting}\n`)
      expect(await states()).toEqual({ by_country: 'ready', by_payment: 'ready' })
    }
  })
})

describe('rollups that are not declared any more', () => {
  it('are dropped, also where none is declared at all', async () => {
    expect(await states()).toEqual({ by_country: 'ready', by_payment: 'ready' })
    writeFileSync(join(world.cwd, 'shop.yml'), MODEL.slice(0, MODEL.indexOf('rollups:')))
    expect(await kept()).toEqual(['by_country', 'by_payment'])
    expect(await states()).toEqual({})
    expect(await kept()).toEqual([])
    expect(await world.run('rollups')).toBe(2)
    expect(world.written.err).toContain('The model declares no rollups.')
  })
})
