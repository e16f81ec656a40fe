import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { loadModel } from '../../src/model/load-model.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const MODEL = `semantic_models:
  - name: customers
    table: customers
    agg_time_dimension: signup_date
    entities: [{ name: customer, type: primary, expr: customer_id }]
    dimensions: [{ name: signup_date, type: time, granularity: day }, { name: country, type: categorical }]
  - name: orders
    table: orders
    agg_time_dimension: ordered_on
    entities: [{ name: order, type: primary, expr: order_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: ordered_on, type: time, granularity: day }, { name: status, type: categorical }]
metrics:
  - { name: sales, type: simple, semantic_model: orders, agg: sum, expr: amount }
  - { name: paid, type: simple, semantic_model: orders, agg: sum, expr: amount, filter: "status = 'paid'" }
  - { name: buyers, type: simple, semantic_model: orders, agg: count_distinct, expr: customer_id }
`
const withRollup = (rollup: string): string => `${MODEL}rollups:\n  - ${rollup}\n`

function problemsOf(rollup: string): readonly (readonly [path: string, message: string])[] {
  return loadModel([{ name: 'shop.yml', text: withRollup(rollup) }], { source: 'shop' }).problems.map(({ path, message }) => [path, message])
}

describe('rollups of a model', () => {
  it('are of days of UTC unless they say otherwise, and count as no part of the definition that clients see', () => {
    const plain = loadModel([{ name: 'shop.yml', text: MODEL }], { source: 'shop' })
    const loaded = loadModel([{ name: 'shop.yml', text: withRollup('{ name: daily, semantic_model: orders, metrics: [sales], dimensions: [status, country], entities: [customer] }') }], { source: 'shop' })
    expect(loaded.model?.rollups).toEqual([{ name: 'daily', semanticModel: 'orders', metrics: ['sales'], dimensions: ['status', 'country'], entities: ['customer'], grain: 'day', zone: 'UTC' }])
    expect(loaded.model?.version).toBe(plain.model?.version)
  })

  it.each([
    ['{ name: daily, semantic_model: order, metrics: [sales] }', 'semantic_model', 'There is no semantic model "order".'],
    ['{ name: daily, semantic_model: orders, metrics: [sale] }', 'metrics.0', 'There is no metric "sale".'],
    ['{ name: daily, semantic_model: orders, metrics: [sales], dimensions: [land] }', 'dimensions.0', 'There is no dimension "land".'],
    ['{ name: daily, semantic_model: customers, metrics: [sales], dimensions: [status] }', 'dimensions.0', '"customers" does not reach it.'],
    ['{ name: daily, semantic_model: orders, metrics: [sales], entities: [shop] }', 'entities.0', 'There is no entity "shop".'],
    ['{ name: daily, semantic_model: customers, metrics: [sales], entities: [order] }', 'entities.0', '"customers" does not lead to one key of order.'],
    ['{ name: daily, semantic_model: orders, metrics: [sales], time_zone: Mars }', 'time_zone', 'Mars'],
    ['{ name: daily, semantic_model: orders, metrics: [sales], granularity: week }', 'granularity', 'granularity cannot be "week".'],
  ])('refuse %s at its place', (rollup, at, message) => {
    const found = problemsOf(rollup)
    expect(found.map(([path]) => path)).toEqual([expect.stringContaining(at)])
    expect(found[0]?.[1]).toContain(message)
  })
})

describe('kpiql rollups', () => {
  let world: TestWorld | null = null
  afterEach(() => world?.remove())

  function worldWith(model: string): TestWorld {
    const made = testWorld()
    world = made
    mkdirSync(join(made.cwd, 'data'))
    writeFileSync(join(made.cwd, 'data/customers.csv'), 'customer_id,signup_date,country\nc1,2026-01-01,DE\nc2,2026-01-02,FR\n')
    writeFileSync(join(made.cwd, 'data/orders.csv'), 'order_id,customer_id,ordered_on,status,amount\n1,c1,2026-02-01,paid,10.00\n2,c1,2026-02-01,paid,5.00\n3,c2,2026-02-01,open,7.00\n4,c2,2026-02-02,paid,1.00\n')
    writeFileSync(join(made.cwd, 'model.yml'), model)
    writeFileSync(join(made.cwd, 'kpiql.config.yml'), 'model: [{ use: ./model.yml, source: shop }]\nsources:\n  shop: { connector: duckdb, folder: data }\n')
    return made
  }

  it('builds what is behind, and tells how each stands', async () => {
    const made = worldWith(withRollup('{ name: daily, semantic_model: orders, metrics: [paid, buyers] }'))
    expect(await made.run('rollups')).toBe(0)
    expect(made.written.out).toBe('daily (shop): waiting\n')
    expect(await made.run('rollups', 'build', '--json')).toBe(0)
    // A day, a status and a customer each: c1 paid twice on the first of February; c2 is open then, and paid on the second.
    expect(JSON.parse(made.written.out)).toMatchObject([{ name: 'daily', source: 'shop', state: 'ready', rows: 3 }])
    expect(await made.run('rollups')).toBe(0)
    expect(made.written.out).toMatch(/^daily \(shop\): ready, 3 rows, 0\.0 MB, built in \d+\.\d s\n$/)
  })

  it('says what to write where there is none, and what it understands', async () => {
    const made = worldWith(MODEL)
    expect(await made.run('rollups')).toBe(2)
    expect(made.written.err).toBe('The model declares no rollups. Write `rollups:` in a file of the model; see docs/guides/rollups.md.\n')
    expect(await made.run('rollups', 'shrink')).toBe(2)
    expect(made.written.err).toContain('There is no "kpiql rollups shrink". Write list, build, suggest or apply.')
  })
})
