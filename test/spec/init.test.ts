import { DuckDBInstance } from '@duckdb/node-api'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const open: TestWorld[] = []
afterEach(() => open.splice(0).forEach((world) => world.remove()))

function withFiles(files: Readonly<Record<string, string>>): TestWorld {
  const world = testWorld()
  open.push(world)
  mkdirSync(join(world.cwd, 'shop'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(world.cwd, 'shop', name), text)
  return world
}

const SHOP = {
  'customers.csv': 'customer_id,signed_up,country\n1,2025-01-03,DE\n2,2025-01-09,FR\n3,2025-02-11,DE\n',
  'orders.csv': `order_id,customer_id,ordered_at,channel,amount
a1,1,2025-01-04T09:30:00Z,web,25.00
a2,1,2025-02-01T18:05:00Z,shop,40.00
a3,2,2025-02-14T11:00:00Z,web,12.50
a4,3,2025-02-15T23:59:00Z,web,19.90
`,
}

describe('a proposal of init', () => {
  it('proposes entities from keys, dimensions from times and texts, metrics from numbers', async () => {
    const world = withFiles(SHOP)
    expect(await world.run('init', '--data', 'shop')).toBe(0)
    const proposal = parseYaml(readFileSync(join(world.cwd, 'shop/kpiql.yml'), 'utf8')) as {
      semantic_models: { name: string; agg_time_dimension: string; entities: object[]; dimensions: { name: string; type: string }[] }[]
      metrics: { agg: string; semantic_model: string; expr?: string }[]
    }
    expect(proposal.semantic_models.map(({ name, agg_time_dimension: time, entities, dimensions }) => ({ name, time, entities, dimensions: dimensions.map((one) => [one.name, one.type]) }))).toEqual([
      {
        name: 'customers',
        time: 'signed_up',
        entities: [{ name: 'customer', type: 'primary', expr: 'customer_id' }],
        dimensions: [['signed_up', 'time'], ['country', 'categorical']],
      },
      {
        name: 'orders',
        time: 'ordered_at',
        entities: [{ name: 'order', type: 'primary', expr: 'order_id' }, { name: 'customer', type: 'foreign', expr: 'customer_id' }],
        dimensions: [['ordered_at', 'time'], ['channel', 'categorical']],
      },
    ])
    expect(proposal.metrics.map(({ semantic_model: model, agg, expr }) => [model, agg, expr ?? null])).toEqual([
      ['customers', 'count', null],
      ['orders', 'count', null],
      ['orders', 'count_distinct', 'customer_id'],
      ['orders', 'sum', 'amount'],
      ['orders', 'average', 'amount'],
    ])
  })

  it('writes a model that holds as it stands, and answers over the joins it found', async () => {
    const world = withFiles(SHOP)
    await world.run('init', '--data', 'shop')
    expect([await world.run('check', '--config', 'shop/kpiql.config.yml', '--data'), world.written.out]).toEqual([0, ''])
    const query = '{ slice(period: { between: { start: "2025-02-01", end: "2025-03-01" } }, where: { country: { eq: "DE" } }) { metrics(names: [ORDERS_TOTAL_AMOUNT, ORDERS_COUNT]) { value } } }'
    expect(await world.run('query', query, '--config', 'shop/kpiql.config.yml', '--format', 'json')).toBe(0)
    // a2 and a4: 40.00 + 19.90.
    expect(JSON.parse(world.written.out)).toMatchObject({ data: { slice: { metrics: [{ value: 59.9 }, { value: 2 }] } } })
  })

  it('says what it found, what it wrote and what to do next, all on stderr', async () => {
    const world = withFiles(SHOP)
    await world.run('init', '--data', 'shop', '--out', 'model')
    expect(world.written.out).toBe('')
    for (const said of ['Looked at 2 tables: customers, orders.', 'Wrote model/kpiql.yml', 'Wrote model/kpiql.config.yml', 'kpiql check --config model/kpiql.config.yml --data']) expect(world.written.err).toContain(said)
    // The configuration finds the data from where it stands.
    expect(await world.run('check', '--config', 'model/kpiql.config.yml', '--data')).toBe(0)
  })

  it('keeps what is there, and then writes neither file, unless it is forced', async () => {
    const world = withFiles({ ...SHOP, 'kpiql.config.yml': '# mine\n' })
    expect(await world.run('init', '--data', 'shop')).toBe(2)
    expect(world.written.err).toContain('shop/kpiql.config.yml is there already')
    expect(readFileSync(join(world.cwd, 'shop/kpiql.config.yml'), 'utf8')).toBe('# mine\n')
    expect(existsSync(join(world.cwd, 'shop/kpiql.yml'))).toBe(false)
    expect(await world.run('init', '--data', 'shop', '--force')).toBe(0)
    expect(readFileSync(join(world.cwd, 'shop/kpiql.config.yml'), 'utf8')).toContain('connector: duckdb')
  })

  it('refuses a folder without data, and one that is not there', async () => {
    const world = withFiles({ 'notes.md': 'nothing' })
    expect(await world.run('init', '--data', 'shop')).not.toBe(0)
    expect(world.written.err).toContain('holds no CSV, Parquet, JSON or NDJSON file')
    expect(await world.run('init', '--data', 'nowhere')).not.toBe(0)
    expect(world.written.err).toContain('not there')
    expect(existsSync(join(world.cwd, 'shop/kpiql.yml'))).toBe(false)
  })
})

describe('init for a source of the configuration', () => {
  const CONFIG = '# mine\nsources: { shop: { connector: duckdb, folder: ./shop } }\n'
  function configured(): TestWorld {
    const world = withFiles(SHOP)
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), CONFIG)
    return world
  }

  it('writes a model beside the configuration, which it leaves as it is; named there, it holds as it stands', async () => {
    const world = configured()
    expect(await world.run('init', '--source', 'shop')).toBe(0)
    expect(world.written.err).toContain('Wrote shop.kpiql.yml')
    expect(world.written.err).toContain('model: [./shop.kpiql.yml]')
    const path = join(world.cwd, 'kpiql.config.yml')
    expect(readFileSync(path, 'utf8')).toBe(CONFIG)
    writeFileSync(path, `${CONFIG}model: [./shop.kpiql.yml]\n`)
    expect([await world.run('check', '--data'), world.written.out]).toEqual([0, ''])
    const query = '{ slice(period: { between: { start: "2025-02-01", end: "2025-03-01" } }) { metric(name: ORDERS_TOTAL_AMOUNT) { exact } } }'
    expect([await world.run('query', query, '--format', 'csv'), world.written.out]).toEqual([0, expect.stringContaining('72.4')])
  })

  it('overwrites nothing unasked, and writes where it is told', async () => {
    const world = configured()
    await world.run('init', '--source', 'shop')
    expect(await world.run('init', '--source', 'shop')).toBe(2)
    expect(await world.run('init', '--source', 'shop', '--force')).toBe(0)
    expect(await world.run('init', '--source', 'shop', '--out', 'models')).toBe(0)
    expect(existsSync(join(world.cwd, 'models/shop.kpiql.yml'))).toBe(true)
  })

  it('makes entities of the keys that a database declares', async () => {
    const world = withFiles({})
    const instance = await DuckDBInstance.create(join(world.cwd, 'shop/own.duckdb'))
    const connection = await instance.connect()
    await connection.run(`CREATE SCHEMA sales; CREATE TABLE sales.clients (nr INTEGER PRIMARY KEY, since DATE);
      CREATE TABLE sales.orders (id INTEGER PRIMARY KEY, buyer INTEGER REFERENCES sales.clients (nr), placed DATE, amount DECIMAL(9, 2));
      INSERT INTO sales.clients VALUES (1, '2025-01-01'); INSERT INTO sales.orders VALUES (7, 1, '2025-01-02', 9.90)`)
    connection.closeSync()
    instance.closeSync()
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), 'sources: { erp: { connector: duckdb, database: shop/own.duckdb } }\n')
    expect([await world.run('init', '--source', 'erp'), world.written.err]).toEqual([0, expect.stringContaining('Wrote erp.kpiql.yml')])
    const proposal = parseYaml(readFileSync(join(world.cwd, 'erp.kpiql.yml'), 'utf8')) as { semantic_models: { name: string; table: string; entities: object[] }[] }
    expect(proposal.semantic_models.map(({ name, table, entities }) => ({ name, table, entities }))).toEqual([
      { name: 'clients', table: 'sales.clients', entities: [{ name: 'client', type: 'primary', expr: 'nr' }] },
      { name: 'orders', table: 'sales.orders', entities: [{ name: 'order', type: 'primary', expr: 'id' }, { name: 'client', type: 'unique', expr: 'buyer' }] },
    ])
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), 'sources: { erp: { connector: duckdb, database: shop/own.duckdb } }\nmodel: [./erp.kpiql.yml]\n')
    expect([await world.run('check', '--data'), world.written.out]).toEqual([0, ''])
  })

  it('takes a folder or a source, not both and not neither, and names the sources there are', async () => {
    const world = configured()
    expect(await world.run('init')).toBe(2)
    expect(await world.run('init', '--source', 'shop', '--data', 'shop')).toBe(2)
    expect(await world.run('init', '--source', 'shopp')).toBe(2)
    expect(world.written.err).toContain('Configured: shop.')
  })
})
