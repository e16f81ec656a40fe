import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/base/log.ts'
import { openGateway } from '../../src/cli/open-gateway.ts'
import { readSetup } from '../../src/cli/read-setup.ts'
import type { RollupSuggestions } from '../../src/jobs/rollups/suggest/types.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { asked } from '../oracle/compare-answers.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

// 3,000 orders of 30 days: each day 100, of 50 customers, every other one from DE; a third of them paid by card.
const DAYS = 30
const A_DAY = 100
const MODEL = `semantic_models:
  - name: orders
    table: orders
    agg_time_dimension: ordered_on
    entities: [{ name: order, type: primary, expr: order_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions:
      - { name: ordered_on, type: time, granularity: day }
      - { name: country, type: categorical }
      - { name: payment, type: categorical }
      - { name: note, type: categorical }
metrics:
  - { name: orders, type: simple, semantic_model: orders, agg: count }
  - { name: revenue, type: simple, semantic_model: orders, agg: sum, expr: amount, unit: currency, currency: EUR }
  - { name: by_card, type: simple, semantic_model: orders, agg: sum, expr: amount, unit: currency, currency: EUR, filter: "payment = 'card'" }
  - { name: usual, type: simple, semantic_model: orders, agg: median, expr: amount }
`
const CONFIG = 'model: [{ use: ./model, source: shop }]\nsources:\n  shop: { connector: duckdb, folder: data, now: 2026-06-01 }\n'

let world: TestWorld
beforeAll(() => {
  world = testWorld()
  for (const folder of ['data', 'model']) mkdirSync(join(world.cwd, folder))
  const rows = Array.from({ length: DAYS * A_DAY }, (_, id) => [id, `c${id % 50}`, `2026-05-${String((id % DAYS) + 1).padStart(2, '0')}`, Math.floor(id / DAYS) % 2 === 0 ? 'DE' : 'FR', Math.floor(id / 60) % 3 === 0 ? 'card' : 'bank', `note ${id}`, '10.00'].join(','))
  writeFileSync(join(world.cwd, 'data/orders.csv'), `order_id,customer_id,ordered_on,country,payment,note,amount\n${rows.join('\n')}\n`)
  writeFileSync(join(world.cwd, 'model/shop.yml'), MODEL)
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), CONFIG)
})
afterAll(() => world.remove())

type Question = readonly [metric: string, dimension: string, value: string]

/** Opens the gateway as a server does, asks for May one question after the other, and closes it. */
async function ask(...questions: readonly Question[]): Promise<readonly { readonly value: number | null; readonly rollups: readonly string[] }[]> {
  const gateway = await openGateway(await readSetup({}, world), world, silentLog)
  gateway.queryLog?.start()
  await gateway.rollups?.recall()
  const answers = []
  for (const [metric, dimension, value] of questions) {
    const session = gateway.analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
    const predicate: Predicate = { kind: 'atom', dimension, test: { op: 'in', values: [value], caseInsensitive: false } }
    const answer = await session.metric(asked({ metric, predicate, zone: 'UTC', start: '2026-05-01', end: '2026-06-01', grain: null, by: [] }, gateway.model.calendar, gateway.analytics.nowUtcMs()))
    answers.push({ value: answer.groups[0]?.cells[0]?.value ?? null, rollups: session.stats.rollups })
  }
  await gateway.close()
  return answers
}

async function suggestions(...flags: readonly string[]): Promise<RollupSuggestions> {
  expect(await world.run('rollups', 'suggest', '--json', ...flags)).toBe(0)
  return JSON.parse(world.written.out) as RollupSuggestions
}

describe('kpiql rollups suggest', () => {
  it('has nothing to go by before anything was asked, or where nothing is noted', async () => {
    expect(await world.run('rollups', 'suggest')).toBe(2)
    expect(world.written.err).toContain('Nothing was asked in the last 30 days.')
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), `${CONFIG}queryLog: false\n`)
    await ask(['orders', 'country', 'DE'])
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), CONFIG)
    expect(await world.run('rollups', 'suggest')).toBe(2)
  })

  it('suggests the rollup that answers what was asked, counted, and says what none can answer', async () => {
    // The second of DE comes out of the cache: it came to no source.
    const [first] = await ask(['orders', 'country', 'DE'], ['orders', 'country', 'FR'], ['orders', 'country', 'DE'], ['revenue', 'country', 'FR'], ['usual', 'country', 'DE'])
    expect(first).toEqual({ value: (DAYS * A_DAY) / 2, rollups: [] })
    const { suggested, logged, served, beyond, unused } = await suggestions()
    expect(suggested.map(({ rollup, source, rows, counted, serves }) => ({ rollup, source, rows, counted, reads: serves.reads }))).toEqual([
      // A day and country each.
      { rollup: { name: 'orders_country_daily', semanticModel: 'orders', metrics: expect.arrayContaining(['orders', 'revenue']), dimensions: ['country'], entities: [], grain: 'day', zone: 'UTC' }, source: 'shop', rows: DAYS * 2, counted: true, reads: 3 },
    ])
    expect([suggested[0]?.rollup.metrics.length, logged.reads, served.reads, beyond.reads, unused]).toEqual([2, 4, 0, 1, []])
  })

  it('unites what was asked by several dimensions where that is less than one of each, and keeps to the budget', async () => {
    await ask(['by_card', 'country', 'DE'], ['by_card', 'country', 'FR'])
    const { suggested } = await suggestions()
    // By country and payment: 120 rows of 3,000, which serve all reads but the median; another 60 by country alone would save three of them half of that.
    const wide = suggested.find(({ rollup }) => rollup.dimensions.length === 2)
    expect(wide).toMatchObject({ rows: DAYS * 4, counted: true, serves: { reads: 5 }, rollup: { dimensions: ['country', 'payment'], metrics: expect.arrayContaining(['orders', 'by_card']) } })
    const bytes = suggested.reduce((sum, one) => sum + one.bytes, 0)
    const less = (await suggestions('--budget', `${bytes - 1}B`)).suggested
    expect(less.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThan(bytes)
    expect((await suggestions('--budget', '10B')).suggested).toEqual([])
  })

  it('leaves out what would hardly be smaller than the table', async () => {
    await ask(['orders', 'note', 'note 7'])
    const { suggested, beyond } = await suggestions()
    expect(suggested.filter(({ rollup }) => rollup.dimensions.includes('note'))).toEqual([])
    // It could be answered: it would not pay.
    expect(beyond.reads).toBe(1)
  })

  it('prints a file for the model, after which the questions are answered by what it declares', async () => {
    expect(await world.run('rollups', 'suggest', '--yaml')).toBe(0)
    writeFileSync(join(world.cwd, 'model/rollups.yml'), world.written.out)
    expect(await world.run('check')).toBe(0)
    expect(await world.run('rollups', 'build')).toBe(0)
    const [answer] = await ask(['revenue', 'country', 'DE'])
    expect(answer).toEqual({ value: (DAYS * A_DAY * 10) / 2, rollups: [expect.stringContaining('country')] })
    const { suggested, served } = await suggestions()
    expect([suggested, served.reads]).toEqual([[], 1])
  })

  it('names what is declared and was read by nothing', async () => {
    writeFileSync(join(world.cwd, 'model/more.yml'), 'rollups: [{ name: by_payment, semantic_model: orders, metrics: [revenue], dimensions: [payment] }]\n')
    expect((await suggestions()).unused).toContain('by_payment')
    expect(await world.run('rollups', 'suggest')).toBe(0)
    expect(world.written.out).toMatch(/^Of the last 30 days: 8 reads \(\d+\.\d s\) of sources; 1 reads \(0\.\d s\) of rollups; 1 reads \(0\.\d s\) that no rollup can answer\.\nNo further rollup would have paid\.\n\nDeclared, and read by nothing: .*by_payment.*\n$/)
  })

  it('refuses what is no size and no number of days', async () => {
    expect(await world.run('rollups', 'suggest', '--budget', 'much')).toBe(2)
    expect(world.written.err).toContain('"much" is no size.')
    expect(await world.run('rollups', 'suggest', '--days', '0')).toBe(2)
    expect(world.written.err).toContain('from 1 on')
  })
})
