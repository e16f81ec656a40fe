import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, describe, expect, it } from 'vitest'
import { DEMO_DEFAULTS, generateDemo } from '../../demo/generate.ts'
import { allTables } from '../../demo/tables.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const worlds: TestWorld[] = []
afterEach(() => worlds.splice(0).forEach((world) => world.remove()))

function world(): TestWorld {
  const opened = testWorld()
  worlds.push(opened)
  return opened
}

async function printed(...flags: readonly string[]): Promise<string> {
  const { run, written } = world()
  expect(await run('demo', '--to', 'clickhouse', '--print', ...flags)).toBe(0)
  return written.out
}

// As text only: neither clusters with Keeper nor replicas can be had in these tests.
describe('the tables of the demo company in ClickHouse', () => {
  it('are plain ones on one server', async () => {
    await expect(await printed()).toMatchFileSnapshot('../sql/demo-clickhouse/plain.sql')
  })

  it('are spread over a cluster by customer, so that what is counted apart and joined stays within a shard', async () => {
    await expect(await printed('--cluster', 'analytics')).toMatchFileSnapshot('../sql/demo-clickhouse/distributed.sql')
  })

  it('are copied to the replicas of each shard, on all servers by one statement', async () => {
    await expect(await printed('--cluster', 'analytics', '--replicated')).toMatchFileSnapshot('../sql/demo-clickhouse/replicated.sql')
  })

  it('have all columns of the files in their order, and are nullable where the company leaves something out, nowhere else', async () => {
    const out = join(world().cwd, 'company')
    await generateDemo({ ...DEMO_DEFAULTS, customers: 2_000, events: 100_000, out })
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    try {
      expect(readdirSync(out).filter((name) => name.endsWith('.parquet')).sort()).toEqual(allTables().map(({ name }) => `${name}.parquet`).sort())
      for (const { name, columns, nullable = [] } of allTables()) {
        const file = join(out, `${name}.parquet`)
        const described = (await connection.runAndReadAll(`DESCRIBE SELECT * FROM '${file}'`)).getRowObjects()
        expect(described.map(({ column_name }) => column_name)).toEqual(Object.keys(columns))
        const [counts = {}] = (await connection.runAndReadAll(`SELECT ${Object.keys(columns).map((column) => `count(*) - count(${column}) AS ${column}`).join(', ')} FROM '${file}'`)).getRowObjects()
        expect(Object.keys(counts).filter((column) => Number(counts[column]) > 0), name).toEqual([...nullable])
      }
    } finally {
      connection.closeSync()
      instance.closeSync()
      rmSync(out, { recursive: true })
    }
  })
})

describe('what is refused', () => {
  it.each([
    [['--to', 'clickhouse'], /--url/],
    [['--to', 'clickhouse', '--print', '--replicated'], /--cluster NAME/],
    [['--to', 'clickhouse', '--url', 'nowhere'], /http:\/\/user:password@host:8123\/database/],
    [['--to', 'oracle'], /clickhouse/],
    [['--to', 'clickhouse', '--print', '--out', 'x'], /cannot be used with/],
    [[], /--out FOLDER/],
  ])('kpiql demo %s', async (flags, said) => {
    const { run, written } = world()
    expect(await run('demo', ...flags)).toBe(2)
    expect(written.err).toMatch(said)
    expect(written.out).toBe('')
  })
})
