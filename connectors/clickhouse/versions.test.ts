import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makePlace, type ClickhousePlace } from '../../test/servers/clickhouse-place.ts'
import type { QuerySource } from '../contract.ts'

let place: ClickhousePlace
const open: QuerySource[] = []

beforeAll(async () => {
  place = await makePlace([
    'CREATE TABLE sales (id Int64, amount Decimal(12, 2), day Date) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY id',
    "INSERT INTO sales SELECT number, number / 4, toDate('2024-01-15') + number FROM numbers(100)",
    'CREATE TABLE all_sales AS sales ENGINE = Distributed(two_shards, currentDatabase(), sales)',
    'CREATE VIEW view_of_sales AS SELECT * FROM sales',
    'CREATE TABLE latest (id Int64, at DateTime) ENGINE = ReplacingMergeTree(at) ORDER BY id',
  ])
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.close()))
})
afterAll(() => place.remove())

async function version(table: string): Promise<string> {
  const source = place.open()
  open.push(source)
  return source.dataVersion([table], true)
}

describe('the version of a table of ClickHouse', () => {
  it('changes with every insert, mutation and dropped partition, of a Distributed table with its shards', async () => {
    const seen = new Set<string>()
    const changes = ["INSERT INTO sales VALUES (1000, 1, '2024-02-01')", 'ALTER TABLE sales UPDATE amount = 7 WHERE id = 5 SETTINGS mutations_sync = 2', 'DELETE FROM sales WHERE id = 6', "ALTER TABLE sales DROP PARTITION '202404'", 'TRUNCATE TABLE sales', "INSERT INTO sales VALUES (1, 1, '2024-02-01')"]
    seen.add(`${await version('sales')} ${await version('all_sales')}`)
    for (const [index, change] of changes.entries()) {
      await place.own(change)
      for (const one of [await version('sales'), await version('all_sales')]) {
        expect([...seen].some((pair) => pair.includes(one)), change).toBe(false)
      }
      seen.add(`${await version('sales')} ${await version('all_sales')}`)
      expect(seen.size).toBe(index + 2)
    }
  })

  it('does not change with merges that keep all rows, and does where they drop some', async () => {
    for (const id of [1, 2, 3]) await place.own(`INSERT INTO latest VALUES (${id}, '2024-01-01')`)
    const before = await version('latest')
    await place.own('OPTIMIZE TABLE latest FINAL')
    expect(await version('latest')).toBe(before)
    await place.own("INSERT INTO latest VALUES (3, '2024-01-02')")
    const written = await version('latest')
    await place.own('OPTIMIZE TABLE latest FINAL')
    expect(new Set([before, written, await version('latest')]).size).toBe(3)
  })

  it('moves for a source that has looked before, also of a table that came since, while others came and went', async () => {
    const source = place.open()
    open.push(source)
    const of = (table: string): Promise<string> => source.dataVersion([table], true)
    await place.own('CREATE TABLE passing (id Int64) ENGINE = MergeTree ORDER BY id')
    const before = await of('latest')
    expect(await of('latest')).toBe(before)
    await place.own("INSERT INTO latest VALUES (4, '2024-01-03')")
    const written = await of('latest')
    expect(written).not.toBe(before)
    await place.own('CREATE TABLE newcomer (id Int64) ENGINE = MergeTree ORDER BY id')
    const empty = await of('newcomer')
    expect(await of('newcomer')).toBe(empty)
    await place.own('INSERT INTO newcomer VALUES (1)')
    expect(await of('newcomer')).not.toBe(empty)
    await place.own('DROP TABLE passing')
    expect(await of('latest')).toBe(written)
    await expect(of('passing')).rejects.toMatchObject({ code: 'TABLE_MISSING' })
    await place.own('DROP TABLE newcomer SYNC')
    await place.own('CREATE TABLE newcomer (id Int64, more Int64) ENGINE = MergeTree ORDER BY id')
    expect(await of('newcomer')).not.toBe(empty)
    expect((await source.discover()).find(({ name }) => name === 'newcomer')?.columns.map(({ name }) => name)).toEqual(['id', 'more'])
  })

  it('of a view is a matter of time', async () => {
    const first = await version('view_of_sales')
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await version('view_of_sales')).not.toBe(first)
  })
})

describe('a Distributed table', () => {
  it('adds up exactly what its shards hold, fractions of sums and distinct ids too', async () => {
    await place.own('TRUNCATE TABLE sales')
    await place.own("INSERT INTO sales SELECT number, 0.1, toDate('2024-01-15') FROM numbers(1000)")
    const source = place.open()
    open.push(source)
    const table = { kind: 'table', name: 'all_sales' } as const
    const of = (name: string) => ({ kind: 'column', table: 'all_sales', name }) as const
    const aggregated = (name: 'sum' | 'count_distinct' | 'median', column: string) => ({ expr: { kind: 'aggregate', fn: { name }, arg: of(column), filter: null } as const, as: `${name}_of_${column}` })
    const printed = source.dialect.print({ kind: 'select', columns: [aggregated('sum', 'amount'), aggregated('count_distinct', 'id'), aggregated('median', 'id')], from: table, where: null, groupBy: [], groupingSets: null, orderBy: [], limit: null, offset: null })
    // Both shards are this server, so every row is there twice.
    expect((await source.query({ ...printed, columns: ['decimal', 'integer', 'float'] })).columns).toEqual([[{ units: 200n, scale: 0 }], [1000n], [499.5]])
    expect(await source.statistics('all_sales')).toMatchObject({ rows: 2000, columns: { id: { distinct: 1000, min: '0', max: '999', hasNulls: false }, day: { min: '2024-01-15', max: '2024-01-15' } } })
  })
})
