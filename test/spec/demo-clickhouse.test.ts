import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { DEMO_DEFAULTS, generateDemo } from '../../demo/generate.ts'
import { allTables } from '../../demo/tables.ts'
import type { WrittenFile } from '../../demo/table-writer.ts'
import { askClickhouse } from '../servers/clickhouse.ts'
import type { ServerAddress } from '../servers/test-server.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const SMALL = ['--customers', '300', '--events', '20000']
const QUERY = `{
  metrics: slice(period: { last: { count: 12, unit: MONTH } }) {
    mrr: metric(name: MRR) { value exact }
    revenue: metric(name: REVENUE) { value exact }
    customers: metric(name: NEW_CUSTOMERS) { value }
  }
}`

const server = inject('server') as ServerAddress
const database = `demo_${process.pid}_${Date.now().toString(36)}`
const world: TestWorld = testWorld()
let files: readonly WrittenFile[] = []

beforeAll(async () => {
  if (server === null) return
  files = (await generateDemo({ ...DEMO_DEFAULTS, customers: 300, events: 20_000, out: join(world.cwd, 'company') })).files
})
afterEach(async () => {
  if (server !== null) await askClickhouse(server, `DROP DATABASE IF EXISTS ${database}`)
})
afterAll(() => world.remove())

async function load(...flags: readonly string[]): Promise<number> {
  await askClickhouse(server, `CREATE DATABASE ${database}`)
  return world.run('demo', '--to', 'clickhouse', '--url', `http://${server.user}:${server.password}@${server.host}:${server.port}/${database}`, ...SMALL, ...flags)
}

async function rowsOf(table: string): Promise<number> {
  return Number(await askClickhouse(server, `SELECT count() FROM ${table} FORMAT TSV`, database))
}

async function answer(config: string): Promise<unknown> {
  const folder = join(world.cwd, `served-${Math.random().toString(36).slice(2)}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'kpiql.config.yml'), `model: [saas, product, satisfaction, delivery, demo]\nsources:\n  main:\n    ${config}\n`)
  expect(await world.run('query', QUERY, '--config', join(folder, 'kpiql.config.yml'), '--format', 'json'), world.written.err + world.written.out).toBe(0)
  return (JSON.parse(world.written.out) as { readonly data: unknown }).data
}

describe.skipIf(server === null)('the demo company, loaded into ClickHouse', () => {
  it('has all its rows, and answers as its files do', async () => {
    expect(await load(), world.written.err).toBe(0)
    for (const { name } of allTables()) expect(await rowsOf(name), name).toBe(files.find((file) => file.name === `${name}.parquet`)?.rows)
    expect(await askClickhouse(server, 'SELECT sum(amount) FROM payments FORMAT TSV', database)).toBe(await askClickhouse(server, `SELECT sum(amount) FROM file('${join(world.cwd, 'company', 'payments.parquet')}', Parquet, 'amount Decimal(18, 2)') FORMAT TSV`))
    const { host, port, user, password } = server
    const inClickhouse = await answer(`{ connector: clickhouse, url: "http://${host}:${port}", database: ${database}, user: ${user}, password: "${password}", now: 2026-07-01 }`)
    expect(inClickhouse).toEqual(await answer(`{ connector: duckdb, folder: ${join(world.cwd, 'company')}, now: 2026-07-01 }`))
    expect(JSON.stringify(inClickhouse)).toMatch(/"mrr":\{"value":\d/)
  }, 180_000)

  it('has them on the shards of a cluster, behind tables of the same names', async () => {
    expect(await load('--cluster', 'one_shard'), world.written.err).toBe(0)
    for (const { name } of allTables()) {
      const rows = files.find((file) => file.name === `${name}.parquet`)?.rows
      expect([await rowsOf(name), await rowsOf(`${name}_local`)], name).toEqual([rows, rows])
    }
  })

  it('is not loaded over tables that are there', async () => {
    await askClickhouse(server, `CREATE DATABASE ${database}`)
    await askClickhouse(server, 'CREATE TABLE sprints_local (id Int32) ENGINE = MergeTree ORDER BY id', database)
    expect(await world.run('demo', '--to', 'clickhouse', '--url', `http://${server.user}:${server.password}@${server.host}:${server.port}/${database}`, ...SMALL)).toBe(2)
    expect(world.written.err).toMatch(/"sprints_local" already/)
    expect(world.written.err).not.toContain(server.password)
    expect(await askClickhouse(server, `SELECT name FROM system.tables WHERE database = '${database}' FORMAT TSV`)).toBe('sprints_local\n')
  })
})
