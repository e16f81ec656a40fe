import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { KpiqlError } from '../../src/base/errors.ts'
import { duckdbDialect } from '../../src/sql/dialects/duckdb.ts'
import type { ConnectorDeps, Statement, TableHints } from '../contract.ts'
import type { RunCost, RunOptions, SqlEngine } from './engine.ts'
import { withNativeCode } from './native-code.ts'
import { commonOptions } from './options.ts'
import type { RowSink } from './row-sink.ts'
import { SqlSource } from './sql-source.ts'

/** Answers a statement with these rows of one column, or by throwing. */
type Answer = (text: string, options: RunOptions) => readonly string[] | Promise<readonly string[]>

function open(names: readonly string[], answer: Answer, deps: Partial<ConnectorDeps> = {}, more: object = {}) {
  const ran: string[] = []
  const engine: SqlEngine = {
    dialect: duckdbDialect,
    cancels: true,
    async run({ text, columns }: Statement, sink: RowSink, options: RunOptions): Promise<RunCost> {
      ran.push(text)
      const rows = await answer(text, options)
      sink.begin(columns.map((kind) => (kind === 'integer' ? kind : 'text')))
      for (const row of rows) sink.row([row])
      return { rowsRead: null }
    },
    tables: async () => names.map((name) => ({ name, columns: [], primaryKey: [] })),
    versions: async (tables) => new Map(tables.map((name) => [name, 'v1'])),
    statistics: async () => ({ rows: 0, columns: {} }),
    hello: async () => 'Stub 1.0',
    translate: (cause) => new KpiqlError('SOURCE_FAILED', { message: 'The stub failed.', cause }),
    close: async () => undefined,
  }
  const options = z.object(commonOptions).parse(more)
  const source = new SqlSource('books', engine, options, { log: { debug() {}, info() {}, warn() {} }, stateFolder: '', ...deps })
  return { source, ran }
}

const keys = (hints: Readonly<Record<string, string>>): ReadonlyMap<string, TableHints> => new Map(Object.entries(hints).map(([table, refreshKey]) => [table, { refreshKey, watermark: null }]))

describe('a refresh_key', () => {
  it('that is wrong is told to those who ask for its table, by name, and to nobody else', async () => {
    const answer: Answer = (text) => {
      if (text.includes('wrong')) throw new Error('no such column')
      return ['7']
    }
    const { source } = open(['orders', 'users', 'plain'], answer, { hints: keys({ orders: 'max(wrong)', users: 'max(id)' }) })
    expect(await source.discover()).toHaveLength(3)
    expect(await source.dataVersion(['users', 'plain'], true)).toMatch(/^\w+$/)
    expect((await source.statistics('plain')).rows).toBe(0)
    expect(await source.test()).toMatchObject({ ok: true })
    const failing = source.dataVersion(['users', 'orders'], true)
    await expect(failing).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: 'The `refresh_key` of table "orders" in source "books" gave no value: The stub failed.', hint: expect.stringContaining('Check `refresh_key` in the model') })
  })

  it('that makes more than one value is the fault of the model, not of the caller', async () => {
    const { source } = open(['orders'], () => ['1', '2'], { hints: keys({ orders: 'updated_at' }) })
    await expect(source.dataVersion(['orders'], true)).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringContaining('`refresh_key` of table "orders"') })
  })

  it('that failed once is asked again, since failures are not kept', async () => {
    let asked = 0
    const answer: Answer = () => {
      asked += 1
      if (asked === 1) throw new Error('for a moment')
      return ['7']
    }
    const { source } = open(['orders'], answer, { hints: keys({ orders: 'max(id)' }) })
    await expect(source.dataVersion(['orders'], false)).rejects.toThrow('refresh_key')
    const version = await source.dataVersion(['orders'], false)
    expect(await source.dataVersion(['orders'], false)).toBe(version)
    expect(asked).toBe(2)
  })

  it('is evaluated together with those of the other tables asked, and once a look', async () => {
    let running = 0
    let most = 0
    const answer: Answer = async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 10))
      running -= 1
      return ['7']
    }
    const { source, ran } = open(['a', 'b', 'c', 'unasked'], answer, { hints: keys({ a: 'max(id)', b: 'max(id)', c: 'max(id)', unasked: 'max(id)' }) })
    await Promise.all([source.dataVersion(['a', 'b', 'c'], false), source.dataVersion(['c', 'b'], false)])
    expect([most, ran.length]).toEqual([3, 3])
    await source.dataVersion(['a'], true)
    expect(ran).toHaveLength(4)
  })
})

describe('the verdict on a database', () => {
  it('fails where no table can be read at all', async () => {
    const { source } = open([], () => [])
    expect(await source.test()).toEqual({ ok: false, message: 'Stub 1.0 answers, but no table can be read. Grant the user of the connection the right to read its tables, and check that the source names the place where they are (database, schema or dataset).' })
  })

  it('tries each table that the model reads, without reading a row', async () => {
    const { source, ran } = open(['orders', 'users', 'other'], () => [], { tables: ['orders', 'users'] })
    expect(await source.test()).toEqual({ ok: true, message: 'Stub 1.0 answers; 3 tables can be read.' })
    expect(ran.map((text) => text.replaceAll('\n', ' ')).sort()).toEqual(['SELECT 1 AS "one" FROM "orders" WHERE 1 = 0', 'SELECT 1 AS "one" FROM "users" WHERE 1 = 0'])
  })

  it('names those that are not there, and those that may not be read, with what to do', async () => {
    const answer: Answer = (text) => {
      if (text.includes('salaries')) throw new KpiqlError('SOURCE_FAILED', { message: 'The user may not read "salaries".', hint: 'Grant it.' })
      if (text.includes('invoicez')) throw new KpiqlError('TABLE_MISSING', { message: 'Relation not found.' })
      return []
    }
    const { source } = open(['invoices', 'salaries'], answer, { tables: ['salaries', 'invoices', 'invoicez', 'unlisted'] })
    const { ok, message } = await source.test()
    expect(ok).toBe(false)
    expect(message).toMatch(/^Stub 1\.0 answers; 2 tables can be read\. The model reads what cannot be: invoicez, salaries, unlisted\. Source "books" has no table "invoicez" \(closest: invoices\)\. The user may not read "salaries"\. Source "books" has no table "unlisted"\./)
    expect(message).toMatch(/Grant it\./)
  })

  it('names ten tables at most, and counts the others', async () => {
    const tables = Array.from({ length: 13 }, (_, index) => `table_${String.fromCharCode(97 + index)}`)
    const { source } = open(['other'], () => [], { tables })
    expect((await source.test()).message).toContain('table_j and 3 more. ')
  })

  it('lets tables pass that are only read with a filter', async () => {
    const answer: Answer = () => {
      throw new KpiqlError('SOURCE_FAILED', { message: 'Only by its partitions.', data: { needsFilter: true } })
    }
    expect(await open(['events'], answer, { tables: ['events'] }).source.test()).toMatchObject({ ok: true })
  })

  it('blames no table where the server is gone', async () => {
    const answer: Answer = () => {
      throw new KpiqlError('SOURCE_UNAVAILABLE', { message: 'The server went away.', hint: 'Ask again.' })
    }
    expect(await open(['events'], answer, { tables: ['events'] }).source.test()).toEqual({ ok: false, message: 'The server went away. Ask again.' })
  })
})

describe('a statement that is stopped', () => {
  /** Ends so long after it was told to. */
  const slowToStop = (stoppingMs: number): Answer => (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason), stoppingMs), { once: true })
    })
  const statement: Statement = { text: 'SELECT 1', params: [], columns: ['text'] }

  it('is a cancellation to a caller who left, also where its limit passes or the source closes while it stops', async () => {
    const left = new AbortController()
    const { source } = open([], slowToStop(80), {}, { statementTimeoutMs: 40 })
    const asked = source.query(statement, { signal: left.signal })
    left.abort()
    await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' })

    const leftToo = new AbortController()
    const closing = open([], slowToStop(30))
    const alsoAsked = closing.source.query(statement, { signal: leftToo.signal })
    leftToo.abort()
    await closing.source.close()
    await expect(alsoAsked).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('is a timeout where the limit came first, though the caller leaves while it stops', async () => {
    const left = new AbortController()
    const { source } = open([], slowToStop(80), {}, { statementTimeoutMs: 20 })
    const asked = source.query(statement, { signal: left.signal })
    setTimeout(() => left.abort(), 50)
    await expect(asked).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' })
  })

  it('is the end of the source where that came first', async () => {
    const { source } = open([], slowToStop(10))
    const asked = source.query(statement)
    await Promise.all([expect(asked).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' }), source.close()])
  })
})

describe("the database's own code of an error", () => {
  it('stands in the hint and the data, and only what is a code does', () => {
    expect(withNativeCode({ hint: 'Its code is {code}.', data: { rows: 1 } }, 1064)).toEqual({ hint: 'Its code is 1064.', data: { rows: 1, nativeCode: '1064' } })
    expect(withNativeCode({ hint: 'Its code is {code}.' }, "near 'SELECT secret'")).toEqual({ hint: 'Its code is not known.' })
    expect(withNativeCode({ hint: 'Check it.' }, '42601')).toEqual({ hint: 'Check it.', data: { nativeCode: '42601' } })
    expect(withNativeCode({}, undefined)).toEqual({})
  })
})
