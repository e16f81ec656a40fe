import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ENDLESS_SQL, makePlace, type ClickhousePlace } from '../../test/servers/clickhouse-place.ts'
import type { Expr } from '../../src/sql/tree.ts'
import type { QuerySource, Statement } from '../contract.ts'

let place: ClickhousePlace
const open: QuerySource[] = []

beforeAll(async () => {
  place = await makePlace([
    "CREATE TABLE days (day Date32, plain DateTime, berlin DateTime64(3, 'Europe/Berlin'), code FixedString(2), level LowCardinality(Nullable(String)), big UInt256, tags Array(String)) ENGINE = MergeTree ORDER BY day",
    "INSERT INTO days SELECT '1950-03-10', toDateTime('2024-03-10 02:30:00', 'UTC'), '2024-03-31 01:59:59.999', 'ab', 'low', toUInt256('115792089237316195423570985008687907853269984665640564039457584007913129639935'), ['a']",
  ])
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.close()))
})
afterAll(() => place.remove())

function source(more: Readonly<Record<string, unknown>> = {}): QuerySource {
  const opened = place.open(more)
  open.push(opened)
  return opened
}

const endless: Statement = { text: ENDLESS_SQL, params: [], columns: ['integer'] }
const one: Statement = { text: 'SELECT 1', params: [], columns: ['integer'] }

async function untilRunning(count: number): Promise<void> {
  for (let tries = 0; (await place.running()) !== count; tries++) {
    if (tries > 100) throw new Error(`${await place.running()} statements run where ${count} were waited for.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('a statement that nobody waits for any more is gone from ClickHouse', () => {
  it('when it is cancelled: it is killed by its id, which hanging up would not do', async () => {
    const asked = source({ maxConcurrent: 3 })
    const killedBefore = (await place.witnessed()).killed.length
    const stop = new AbortController()
    const outcomes = Promise.allSettled(Array.from({ length: 3 }, () => asked.query(endless, { signal: stop.signal })))
    await untilRunning(3)
    stop.abort()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CANCELLED' } })
    await untilRunning(0)
    expect(new Set((await place.witnessed()).killed.slice(killedBefore)).size).toBe(3)
    expect((await asked.query(one)).columns).toEqual([[1n]])
  })

  it('when it took too long', async () => {
    await expect(source({ statementTimeoutMs: 700 }).query(endless)).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT', data: { timeoutMs: 700 } })
    await untilRunning(0)
  })

  it('when its rows became too many', async () => {
    await expect(source().query({ text: 'SELECT number FROM numbers(100000)', params: [], columns: ['integer'] }, { maxRows: 10 })).rejects.toMatchObject({ code: 'TOO_MANY_GROUPS', data: { maxRows: 10 } })
    await untilRunning(0)
  })

  it('when the source is closed', async () => {
    const asked = source()
    const outcome = Promise.allSettled([asked.query(endless)])
    await untilRunning(1)
    await asked.close()
    expect(await outcome).toMatchObject([{ status: 'rejected', reason: { code: 'SOURCE_UNAVAILABLE' } }])
    await untilRunning(0)
  })
})

describe('a session of ClickHouse', () => {
  it('only reads, also as a user who may write', async () => {
    await place.own('CREATE TABLE notes (id Int64) ENGINE = MergeTree ORDER BY id')
    for (const text of ['INSERT INTO notes SELECT 1', 'CREATE TABLE other (id Int64) ENGINE = Memory', 'DROP TABLE notes', 'SET readonly = 0']) {
      await expect(source().query({ text, params: [], columns: ['integer'] }), text).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    }
    expect((await source().query({ text: 'SELECT count() FROM notes', params: [], columns: ['integer'] })).columns).toEqual([[0n]])
  })

  it('means what SQL means: sums of nothing, joins that miss, integers beyond 64 bits, and three-valued logic', async () => {
    const { dialect } = source()
    const printed = dialect.print({ kind: 'select', columns: [{ expr: { kind: 'aggregate', fn: { name: 'sum' }, arg: { kind: 'column', table: 'n', name: 'x' }, filter: null }, as: 'total' }], from: { kind: 'written', sql: 'SELECT 9223372036854775807 AS x FROM numbers(3)', as: 'n' }, where: null, groupBy: [], groupingSets: null, orderBy: [], limit: null, offset: null })
    expect((await source().query({ ...printed, columns: ['integer'] })).columns).toEqual([[27670116110564327421n]])
    const sums = async (x: string, of: 'integer' | 'decimal', rows: number) => {
      const arg: Expr = { kind: 'column', table: 'n', name: 'x' }
      const filter: Expr = { kind: 'compare', op: '>', left: arg, right: { kind: 'integer', value: 0 } }
      const columns = [null, filter].map((passes, index) => ({ expr: { kind: 'aggregate', fn: { name: 'sum', of }, arg, filter: passes } as const, as: `sum_${index}` }))
      const { text, params } = dialect.print({ kind: 'select', columns, from: { kind: 'written', sql: `SELECT ${x} AS x FROM numbers(${rows})`, as: 'n' }, where: null, groupBy: [], groupingSets: null, orderBy: [], limit: null, offset: null })
      return (await source().query({ text, params, columns: [of, of] })).columns.map(([value]) => value)
    }
    expect(await sums('9223372036854775807', 'integer', 3)).toEqual([27670116110564327421n, 27670116110564327421n])
    expect(await sums('toUInt64(18446744073709551615)', 'integer', 2)).toEqual([36893488147419103230n, 36893488147419103230n])
    expect(await sums("toInt256('-999999999999999999999999999999999999999999')", 'integer', 2)).toEqual([-1999999999999999999999999999999999999999998n, null])
    expect(await sums("toDecimal32('9999999.99', 2)", 'decimal', 200)).toEqual(Array.from({ length: 2 }, () => ({ units: 1999999998n, scale: 0 })))
    for (const x of ['1', 'CAST(NULL AS Nullable(Int32))', "toDecimal64('1.5', 2)"]) expect(await sums(x, x.startsWith('toDecimal') ? 'decimal' : 'integer', 0), x).toEqual([null, null])
    expect(await sums('CAST(NULL AS Nullable(Int32))', 'integer', 5)).toEqual([null, null])
    const nothing: Statement = { text: 'SELECT r.x, NOT (r.x = 1), CAST(NULL AS Int64) FROM (SELECT 2 AS x) AS l LEFT JOIN (SELECT 1 AS x) AS r ON l.x = r.x', params: [], columns: ['integer', 'boolean', 'integer'] }
    expect((await source().query(nothing)).columns.map(([value]) => value)).toEqual([null, null, null])
  })

  it('tells days, moments of any zone and large integers as they are in a process of another zone, and leaves out what it cannot read', async () => {
    const index = fileURLToPath(new URL('./index.ts', import.meta.url))
    const statement: Statement = { text: 'SELECT day, plain, berlin, code, level, big FROM days', params: [], columns: ['date', 'timestamp', 'timestamp', 'text', 'text', 'integer'] }
    const code = `
      import clickhouse from ${JSON.stringify(index)}
      const source = clickhouse.open('books', clickhouse.options.parse(${JSON.stringify(place.options)}), { log: {}, stateFolder: '' })
      const { columns } = await source.query(${JSON.stringify(statement)})
      const tables = await source.discover()
      console.log(JSON.stringify({ columns, shifted: new Date('2024-03-10T00:00:00').toISOString(), found: tables.find(({ name }) => name === 'days').columns.map(({ name, kind, zoned, nullable }) => [name, kind, zoned, nullable]) }, (_, value) => (typeof value === 'bigint' ? value.toString() : value)))
      await source.close()`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { env: { ...process.env, TZ: 'America/New_York' } })
    expect(JSON.parse(stdout)).toEqual({
      columns: [['1950-03-10'], ['2024-03-10T02:30:00.000Z'], ['2024-03-31T00:59:59.999Z'], ['ab'], ['low'], ['115792089237316195423570985008687907853269984665640564039457584007913129639935']],
      shifted: '2024-03-10T05:00:00.000Z',
      found: [
        ['day', 'date', null, false],
        ['plain', 'timestamp', true, false],
        ['berlin', 'timestamp', true, false],
        ['code', 'text', null, false],
        ['level', 'text', null, true],
        ['big', 'integer', null, false],
      ].map(([name, kind, zoned, nullable]) => (zoned === null ? [name, kind, null, nullable] : [name, kind, zoned, nullable])),
    })
  })

  it('says how many rows the server read', async () => {
    await place.own('CREATE TABLE counted (id Int64) ENGINE = MergeTree ORDER BY id')
    await place.own('INSERT INTO counted SELECT number FROM numbers(1000)')
    expect((await source().query({ text: 'SELECT sum(id) FROM counted', params: [], columns: ['integer'] })).rowsRead).toBe(1000)
  })
})
