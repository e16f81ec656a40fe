import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makePlace, type PostgresPlace } from '../../test/servers/postgres-place.ts'
import type { QuerySource, TableInfo } from '../contract.ts'

let place: PostgresPlace
let source: QuerySource

beforeAll(async () => {
  place = await makePlace(`
    CREATE TYPE mood AS ENUM ('sad', 'glad');
    CREATE DOMAIN cents AS numeric(12, 2) NOT NULL;
    CREATE TABLE kinds (
      id uuid, line int, small smallint, amount numeric(12, 2), any_amount numeric, whole numeric(20, 0), price cents, real_one real, ratio float8, yes boolean, day date, clock timestamp(3), instant timestamptz NOT NULL,
      name varchar(20), code char(3), how mood, doc jsonb, at time, list int[], shape point, bytes bytea, cash money, PRIMARY KEY (line, id)
    );
    INSERT INTO kinds (id, line, price, instant, how, code, name) VALUES ('11111111-2222-3333-4444-555555555555', 1, 2.50, '2024-01-02 03:04:05.678+00', 'glad', 'ab', 'Ärger');
    CREATE VIEW glad AS SELECT line FROM kinds WHERE how = 'glad';
    CREATE MATERIALIZED VIEW lines AS SELECT line FROM kinds;
    CREATE TABLE sales (day date NOT NULL, amount numeric(12, 2)) PARTITION BY RANGE (day);
    CREATE TABLE sales_2024 PARTITION OF sales FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE sales_2025 PARTITION OF sales FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE half (told int, untold int);
    CREATE TABLE many (id int, day date, at timestamptz, word text);
    INSERT INTO many SELECT n, date '2024-01-01' + n % 300, timestamptz '2024-01-01 00:00:00+00' + n * interval '1 minute', CASE WHEN n % 10 > 0 THEN 'word ' || n % 7 END FROM generate_series(0, 29999) AS n;
    ANALYZE many`)
  await place.own(`REVOKE SELECT ON half FROM ${place.reader}; GRANT SELECT (told) ON half TO ${place.reader}`)
  source = place.open()
})
afterAll(async () => {
  await source.close()
  await place.remove()
})

const table = async (name: string): Promise<TableInfo | undefined> => (await source.discover()).find((one) => one.name === name)

describe('the tables of PostgreSQL', () => {
  it('are told with their keys and what their columns hold; what has no kind is left out', async () => {
    const kinds = await table('kinds')
    expect(kinds?.primaryKey.toSorted()).toEqual(['id', 'line'])
    expect(Object.fromEntries((kinds?.columns ?? []).map(({ name, kind, nativeType }) => [name, `${kind}: ${nativeType}`]))).toEqual({
      id: 'text: uuid',
      line: 'integer: integer',
      small: 'integer: smallint',
      amount: 'decimal: numeric(12,2)',
      any_amount: 'decimal: numeric',
      whole: 'integer: numeric(20,0)',
      price: expect.stringMatching(/^decimal: .*cents$/),
      real_one: 'float: real',
      ratio: 'float: double precision',
      yes: 'boolean: boolean',
      day: 'date: date',
      clock: 'timestamp: timestamp(3) without time zone',
      instant: 'timestamp: timestamp with time zone',
      name: 'text: character varying(20)',
      code: 'text: character(3)',
      how: expect.stringMatching(/^text: .*mood$/),
      doc: 'text: jsonb',
      at: 'text: time without time zone',
    })
    const of = (name: string) => kinds?.columns.find((column) => column.name === name)
    expect(of('clock')).toMatchObject({ zoned: false, nullable: true })
    expect(of('instant')).toMatchObject({ zoned: true, nullable: false })
    expect(of('price')).toMatchObject({ nullable: false })
  })

  it('are views and partitioned tables too, with partitions as the one table they are', async () => {
    expect((await source.discover()).map(({ name }) => name).filter((name) => !name.includes('.'))).toEqual(['glad', 'half', 'kinds', 'lines', 'many', 'sales'])
  })

  it('have only the columns that the user may read', async () => {
    expect((await table('half'))?.columns.map(({ name }) => name)).toEqual(['told'])
  })

  it('of other schemas go by their whole name', async () => {
    const other = await makePlace('CREATE TABLE things (id int); INSERT INTO things VALUES (7)')
    try {
      await other.own(`GRANT USAGE ON SCHEMA ${other.schema} TO ${place.reader}; GRANT SELECT ON things TO ${place.reader}`)
      const looking = place.open()
      const name = `${other.schema}.things`
      expect((await looking.discover()).map((one) => one.name)).toContain(name)
      expect(await looking.dataVersion([name], false)).toMatch(/^\w+$/)
      const { text, params } = looking.dialect.print({ kind: 'select', columns: [{ expr: { kind: 'written', sql: 'id' }, as: 'id' }], from: { kind: 'table', name }, where: null, groupBy: [], groupingSets: null, orderBy: [], limit: null, offset: null })
      expect((await looking.query({ text, params, columns: ['integer'] })).columns).toEqual([[7n]])
      expect((await looking.statistics(name)).rows).toBe(1)
      await looking.close()
    } finally {
      await other.remove()
    }
  })
})

describe('texts of PostgreSQL', () => {
  const matching = async (expr: string, op: '=' | '<', value: string): Promise<number> => {
    const { text, params } = source.dialect.print({ kind: 'select', columns: [{ expr: { kind: 'written', sql: 'line' }, as: 'line' }], from: { kind: 'table', name: 'kinds' }, where: { kind: 'compare', op, left: { kind: 'exact_text', of: { kind: 'written', sql: expr } }, right: { kind: 'param', value, type: 'text' } }, groupBy: [], groupingSets: null, orderBy: [], limit: null, offset: null })
    return (await source.query({ text, params, columns: ['integer'] })).rowCount
  }

  it('are also those of types that are none: ids, words of a list, padded codes', async () => {
    expect(await matching('id', '=', '11111111-2222-3333-4444-555555555555')).toBe(1)
    expect(await matching('id', '=', 'no id at all')).toBe(0)
    expect(await matching('how', '=', 'glad')).toBe(1)
    expect(await matching('how', '=', 'furious')).toBe(0)
    expect(await matching('code', '=', 'ab')).toBe(1)
  })

  it('lie in the order of their bytes, whatever the language of the database', async () => {
    expect(await matching('name', '<', 'Zorn')).toBe(0)
    expect(await place.own(`SELECT name < 'Zorn' AS earlier FROM kinds`)).toEqual([{ earlier: true }])
  })
})

describe('integers of PostgreSQL beyond 64 bits', () => {
  it('are found by a filter, and by it alone', async () => {
    await place.own('CREATE TABLE wide (id numeric(30, 0)); INSERT INTO wide VALUES (18446744073709551615), (-1), (9223372036854775808), (9223372036854775807)')
    const found = async (op: '=' | '>', value: bigint): Promise<unknown> => {
      const { text, params } = source.dialect.print({ kind: 'select', columns: [{ expr: { kind: 'written', sql: 'id' }, as: 'id' }], from: { kind: 'table', name: 'wide' }, where: { kind: 'compare', op, left: { kind: 'written', sql: 'id' }, right: { kind: 'param', value, type: 'integer' } }, groupBy: [], groupingSets: null, orderBy: [{ expr: { kind: 'written', sql: 'id' }, direction: 'ASC' }], limit: null, offset: null })
      return (await source.query({ text, params, columns: ['integer'] })).columns[0]
    }
    expect(await found('=', 18446744073709551615n)).toEqual([18446744073709551615n])
    expect(await found('=', 18446744073709551614n)).toEqual([])
    expect(await found('=', -1n)).toEqual([-1n])
    expect(await found('>', 9223372036854775807n)).toEqual([9223372036854775808n, 18446744073709551615n])
    expect(await found('>', 10n ** 37n)).toEqual([])
  })
})

describe('the data version of PostgreSQL', () => {
  const version = (...tables: readonly string[]): Promise<string> => source.dataVersion(tables, true)
  afterEach(() => place.own('TRUNCATE sales'))

  it('changes with each way to write, also in a partition, and with no other table', async () => {
    const others = await version('kinds', 'many')
    const seen = [await version('sales')]
    for (const sql of ["INSERT INTO sales VALUES ('2024-05-01', 1)", "INSERT INTO sales_2025 VALUES ('2025-05-01', 2)", 'UPDATE sales SET amount = 3', "DELETE FROM sales WHERE day < '2025-01-01'", 'TRUNCATE sales_2025', "CREATE TABLE sales_2026 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"]) {
      await place.own(sql)
      const now = await version('sales')
      expect(seen).not.toContain(now)
      expect(await version('sales')).toBe(now)
      seen.push(now)
    }
    expect(await version('kinds', 'many')).toBe(others)
  })

  it('of a materialized view changes when it is refreshed, that of a view with time alone', async () => {
    const before = await version('lines')
    expect(await version('lines')).toBe(before)
    await place.own('REFRESH MATERIALIZED VIEW lines')
    expect(await version('lines')).not.toBe(before)
    const view = await version('glad')
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await version('glad')).not.toBe(view)
    expect(await source.dataVersion(['glad'], false)).toBe(await source.dataVersion(['glad'], false))
  })
})

describe('the statistics of PostgreSQL', () => {
  it('are exact in a small table', async () => {
    const { rows, columns } = await source.statistics('kinds')
    expect(rows).toBe(1)
    expect(columns['instant']).toEqual({ distinct: 1, min: '2024-01-02T03:04:05.678Z', max: '2024-01-02T03:04:05.678Z', hasNulls: false })
    expect(columns['price']).toEqual({ distinct: 1, min: '2.50', max: '2.50', hasNulls: false })
    expect(columns['day']).toEqual({ distinct: 0, min: null, max: null, hasNulls: true })
    expect(columns['how']).toEqual({ distinct: 1, min: null, max: null, hasNulls: false })
  })

  it('are estimates in a large one, but for the bounds of times', async () => {
    const check = async (): Promise<void> => {
      const reading = place.open()
      const { rows, columns } = await reading.statistics('many')
      await reading.close()
      expect(rows).toBeGreaterThan(27_000)
      expect(rows).toBeLessThan(33_000)
      expect(columns['id']?.distinct).toBeGreaterThan(27_000)
      expect(columns['word']).toMatchObject({ distinct: 7, min: null, max: null, hasNulls: true })
      expect(columns['day']).toMatchObject({ min: '2024-01-01', max: '2024-10-26' })
      expect(columns['at']).toMatchObject({ min: '2024-01-01T00:00:00Z', max: '2024-01-21T19:59:00Z' })
    }
    await check()
    await place.own('CREATE INDEX ON many (at)')
    await check()
    await place.own('CREATE INDEX ON many (day)')
    await check()
  })
})
