import { afterEach, describe, expect, it } from 'vitest'
import { addDecimals, decimalToText, type DecimalNumber } from '../src/base/decimal-number.ts'
import { KpiqlError } from '../src/base/errors.ts'
import { aggregate, column, compare, param, select, written, type Expr, type Query } from '../src/sql/tree.ts'
import type { ColumnKind, Param, QueryOptions, QueryResult, QuerySource, Statement, Value } from './contract.ts'

/**
 * One row of the table `conformance`: id integer (64 bits), amount decimal(18,2), ratio float, label text, active boolean,
 * day date, happened_at instant (ISO with Z).
 */
export interface ConformanceRow {
  readonly id: bigint
  readonly amount: string | null
  readonly ratio: number | null
  readonly label: string | null
  readonly active: boolean | null
  readonly day: string | null
  readonly happened_at: string | null
}

export interface ConformanceSubject {
  /** Opened, but not called yet; the suite closes it. */
  readonly source: QuerySource
  /** True once the source has touched a file or the network. */
  wasTouched(): Promise<boolean>
  /** Makes these the rows of the table, as whoever owns the data would. */
  load(rows: readonly ConformanceRow[]): Promise<void>
}

/** What the suite cannot know of a connector. */
export interface ConformanceFixtures {
  make(rows: readonly ConformanceRow[]): Promise<ConformanceSubject>
  /** A source that cannot work (wrong password, missing folder), and words that none of its errors may hold. */
  makeBroken(): Promise<{ readonly source: QuerySource; readonly secrets: readonly string[] }>
  /** SQL of one integer column that would keep the engine busy for minutes; a query of the tree where the engine has no SQL. */
  readonly endlessSql: string | Query
  /** False where the rows cannot change under an open source. */
  readonly changes: boolean
}

const LARGEST = 9223372036854775807n
const SMALLEST = -9223372036854775808n
/** Not a double: the nearest ones are its neighbours. */
const NO_DOUBLE = 9007199254740993n

const ROWS: readonly ConformanceRow[] = [
  { id: 1n, amount: '0.10', ratio: 0.1, label: 'plain', active: true, day: '2024-02-29', happened_at: '2024-03-31T00:59:59.999Z' },
  { id: 2n, amount: '0.20', ratio: -2.5, label: "O'Brien; DROP TABLE conformance --", active: false, day: '1999-12-31', happened_at: '2024-03-31T01:00:00.000Z' },
  { id: NO_DOUBLE, amount: '9999999999999999.99', ratio: 1e300, label: 'Zoë 🙂 "quoted", comma', active: true, day: '1970-01-01', happened_at: '1970-01-01T00:00:00.000Z' },
  { id: LARGEST, amount: '-9999999999999999.99', ratio: 0, label: 'x', active: false, day: '2038-01-20', happened_at: '2038-01-20T03:14:08.000Z' },
  { id: SMALLEST, amount: null, ratio: null, label: null, active: null, day: null, happened_at: null },
]

/** Texts that break out of badly quoted SQL, of lines, of patterns, or of one encoding. */
export const HOSTILE_TEXTS: readonly string[] = [
  "'",
  '"',
  '`',
  "''",
  '\\',
  "\\'",
  '\\\\',
  "'; DROP TABLE conformance; --",
  '/* comment */',
  '--',
  '$1',
  '?',
  ':name',
  '%',
  '_',
  '%s',
  'a\nb',
  'a\r\nb',
  '\t',
  ' leading and trailing ',
  '',
  'NULL',
  'null',
  'true',
  '0x1F',
  'ÅÄÖ ß ñ',
  'e\u0301 is not \u00e9',
  '日本語',
  '🙂👩‍👩‍👧',
  '\u202eright to left',
  '\u2028line separator',
  '{"json": [1]}',
  '${env}',
  '<script>alert(1)</script>',
  'x'.repeat(10_000),
]

const TABLE = 'conformance'
const at = (name: string): Expr => column(TABLE, name)
const from = { kind: 'table', name: TABLE } as const

/** The laws every query connector keeps; call it at the top of the connector's test file. Queries are printed by the source's own dialect. */
export function honoursTheContract(name: string, fixtures: ConformanceFixtures): void {
  describe(`${name} honours the contract of query sources`, () => {
    const open: QuerySource[] = []

    afterEach(async () => {
      await Promise.all(open.splice(0).map((source) => source.close()))
    })

    const make = async (rows: readonly ConformanceRow[] = ROWS): Promise<ConformanceSubject> => {
      const subject = await fixtures.make(rows)
      open.push(subject.source)
      return subject
    }
    const endlessQuery = typeof fixtures.endlessSql === 'string' ? select({ columns: [{ expr: written(fixtures.endlessSql), as: 'n' }], from, limit: 1 }) : fixtures.endlessSql
    const endless = (source: QuerySource): Statement => statement(source, endlessQuery, ['integer'])
    const makeSource = async (): Promise<QuerySource> => (await make()).source

    it('touches nothing before its first call', async () => {
      const subject = await make()
      expect(await subject.wasTouched()).toBe(false)
      await subject.source.discover()
      expect(await subject.wasTouched()).toBe(true)
    })

    it('says in a sentence that it works', async () => {
      const verdict = await (await makeSource()).test()
      expect(verdict.ok).toBe(true)
      expect(verdict.message).toMatch(/^\S.*\.$/)
    })

    it('tells its tables and the kinds of their columns', async () => {
      const tables = await (await makeSource()).discover()
      const columns = tables.find((table) => table.name === TABLE)?.columns ?? []
      expect(Object.fromEntries(columns.map((info) => [info.name, info.kind]))).toEqual({
        id: 'integer',
        amount: 'decimal',
        ratio: 'float',
        label: 'text',
        active: 'boolean',
        day: 'date',
        happened_at: 'timestamp',
      })
    })

    it('keeps integers of 64 bits exact', async () => {
      const { columns } = await ask(await makeSource(), [[at('id'), 'integer']])
      expect(columns[0]).toEqual([SMALLEST, 1n, 2n, NO_DOUBLE, LARGEST])
    })

    it('keeps decimals exact, and adds them exactly', async () => {
      const source = await makeSource()
      const { columns } = await ask(source, [[at('amount'), 'decimal']])
      expect(columns[0]?.map(decimalOrNull)).toEqual([null, '0.10', '0.20', '9999999999999999.99', '-9999999999999999.99'])
      const sums = await source.query(statement(source, select({ columns: [{ expr: aggregate({ name: 'sum' }, at('amount')), as: 'total' }], from }), ['decimal']))
      expect(decimalOrNull(sums.columns[0]?.[0] ?? null)).toBe('0.30')
    })

    it('gives floats as they are, and every kind of number under `number`', async () => {
      const { columns } = await ask(await makeSource(), [
        [at('ratio'), 'float'],
        [at('ratio'), 'number'],
        [at('id'), 'number'],
        [at('amount'), 'number'],
      ])
      expect(columns[0]).toEqual([null, 0.1, -2.5, 1e300, 0])
      expect(columns[1]).toEqual(columns[0])
      expect(columns[2]?.[3]).toBe(NO_DOUBLE)
      expect(decimalOrNull(columns[3]?.[3] ?? null)).toBe('9999999999999999.99')
    })

    it('keeps null null in every kind', async () => {
      const { columns } = await ask(await makeSource(), [
        [at('amount'), 'decimal'],
        [at('ratio'), 'float'],
        [at('label'), 'text'],
        [at('active'), 'boolean'],
        [at('day'), 'date'],
        [at('happened_at'), 'timestamp'],
      ])
      expect(columns.map((values) => values[0])).toEqual([null, null, null, null, null, null])
    })

    it('gives dates as they are and times in UTC', async () => {
      const { columns } = await ask(await makeSource(), [
        [at('day'), 'date'],
        [at('happened_at'), 'timestamp'],
        [at('active'), 'boolean'],
        [at('label'), 'text'],
      ])
      expect(columns[0]).toEqual([null, '2024-02-29', '1999-12-31', '1970-01-01', '2038-01-20'])
      expect(columns[1]?.slice(1).map((instant) => new Date(String(instant)).toISOString())).toEqual(['2024-03-31T00:59:59.999Z', '2024-03-31T01:00:00.000Z', '1970-01-01T00:00:00.000Z', '2038-01-20T03:14:08.000Z'])
      expect(columns[1]?.slice(1).every((instant) => String(instant).endsWith('Z'))).toBe(true)
      expect(columns[2]).toEqual([null, true, false, true, false])
      expect(columns[3]?.slice(1)).toEqual(['plain', "O'Brien; DROP TABLE conformance --", 'Zoë 🙂 "quoted", comma', 'x'])
    })

    it('gives hostile texts back unchanged', async () => {
      const source = await makeSource()
      const columns = HOSTILE_TEXTS.map((text, index) => ({ expr: param(text, 'text'), as: `t${index}` }))
      const result = await source.query(statement(source, select({ columns, from, limit: 1 }), HOSTILE_TEXTS.map(() => 'text' as const)))
      expect(result.columns.map(([value]) => value)).toEqual(HOSTILE_TEXTS)
      expect((await ask(source, [[at('id'), 'integer']])).rowCount).toBe(5)
    })

    it('finds exactly the row whose text it is asked for', async () => {
      const source = await makeSource()
      for (const row of ROWS) {
        if (row.label === null) continue
        const found = await ask(source, [[at('id'), 'integer']], compare(at('label'), '=', param(row.label, 'text')))
        expect(found.columns[0]).toEqual([row.id])
      }
    })

    it('binds every type of parameter exactly', async () => {
      const source = await makeSource()
      const found = async (of: string, value: Param['value'] & {}, type: Param['type']): Promise<unknown> => (await ask(source, [[at('id'), 'integer']], compare(at(of), '=', param(value, type)))).columns[0]
      expect(await found('id', NO_DOUBLE, 'integer')).toEqual([NO_DOUBLE])
      expect(await found('id', LARGEST, 'integer')).toEqual([LARGEST])
      expect(await found('amount', '9999999999999999.99', 'decimal')).toEqual([NO_DOUBLE])
      expect(await found('ratio', 0.1, 'float')).toEqual([1n])
      expect(await found('active', true, 'boolean')).toEqual([1n, NO_DOUBLE])
      expect(await found('day', '2024-02-29', 'date')).toEqual([1n])
      expect(await found('happened_at', '2024-03-31T01:00:00.000Z', 'timestamp')).toEqual([2n])
    })

    it('finds no row by an integer beyond 64 bits, which is less than none and greater than all or the reverse', async () => {
      const source = await makeSource()
      const count = async (op: '=' | '<' | '>', value: bigint): Promise<number> => (await ask(source, [[at('id'), 'integer']], compare(at('id'), op, param(value, 'integer')))).rowCount
      for (const beyond of [2n ** 63n, 2n ** 64n - 1n, 10n ** 25n]) {
        expect([await count('=', beyond), await count('<', beyond), await count('>', beyond)]).toEqual([0, 5, 0])
        expect([await count('=', -beyond - 1n), await count('<', -beyond - 1n), await count('>', -beyond - 1n)]).toEqual([0, 0, 5])
      }
    })

    it('refuses a row too many rather than cut the answer', async () => {
      const source = await makeSource()
      const all = statement(source, select({ columns: [{ expr: at('id'), as: 'id' }], from }), ['integer'])
      await expect(source.query(all, { maxRows: 4 })).rejects.toMatchObject({ code: 'TOO_MANY_GROUPS' })
      expect((await source.query(all, { maxRows: 5 })).rowCount).toBe(5)
    })

    it('answers more questions at once than it runs at once', async () => {
      const source = await makeSource()
      const results = await Promise.all(Array.from({ length: source.can.maxConcurrent * 3 }, () => ask(source, [[at('id'), 'integer']])))
      expect(results.every(({ rowCount }) => rowCount === 5)).toBe(true)
    })

    it('says which table is missing, and shows no SQL', async () => {
      const source = await makeSource()
      const asked = statement(source, select({ columns: [{ expr: column('nowhere', 'id'), as: 'id' }], from: { kind: 'table', name: 'nowhere' } }), ['integer'])
      const error = await failure(source.query(asked))
      expect(error.code).toBe('TABLE_MISSING')
      expect(textOf(error)).not.toMatch(/select/i)
      expect((await failure(source.dataVersion(['nowhere'], false))).code).toBe('TABLE_MISSING')
    })

    it('refuses an answer of other columns than were declared', async () => {
      const source = await makeSource()
      const asked = statement(source, select({ columns: [{ expr: at('label'), as: 'label' }], from }), ['integer'])
      expect((await failure(source.query(asked))).code).toBe('PLAN_BROKEN')
      expect((await failure(source.query({ ...asked, columns: ['text', 'text'] }))).code).toBe('PLAN_BROKEN')
    })

    it('does not start what is cancelled already', async () => {
      const source = await makeSource()
      const error = await failure(source.query(endless(source), { signal: AbortSignal.abort() }))
      expect(error.code).toBe('CANCELLED')
    })

    it('stops in the engine what is cancelled, where it says so', async () => {
      const source = await makeSource()
      if (!source.can.cancel) return
      await source.discover()
      // All places are taken, so that a query which goes on in the engine would keep the next one waiting.
      const stop = new AbortController()
      const running = Array.from({ length: source.can.maxConcurrent + 1 }, () => failure(source.query(endless(source), { signal: stop.signal })))
      await new Promise((resolve) => setTimeout(resolve, 200))
      const stoppedAt = performance.now()
      stop.abort()
      for (const error of await Promise.all(running)) expect(error.code).toBe('CANCELLED')
      expect((await ask(source, [[at('id'), 'integer']])).rowCount).toBe(5)
      expect(performance.now() - stoppedAt).toBeLessThan(15_000)
    })

    it('keeps its data version while the data stays, and changes it with the data', async () => {
      const subject = await make()
      const { source } = subject
      const before = await source.dataVersion([TABLE], false)
      expect(await source.dataVersion([TABLE], true)).toBe(before)
      if (!fixtures.changes) return
      await subject.load(ROWS.slice(0, 2))
      expect(await source.dataVersion([TABLE], true)).not.toBe(before)
      expect((await ask(source, [[at('id'), 'integer']])).columns[0]).toEqual([1n, 2n])
    })

    it('reads the version a request began with, where it says so', async () => {
      const subject = await make()
      const { source } = subject
      if (!source.can.snapshot || !fixtures.changes) return
      const began = await source.dataVersion([TABLE], false)
      await subject.load(ROWS.slice(0, 2))
      const later = await source.dataVersion([TABLE], true)
      const counted = async (options: QueryOptions & { readonly dataVersion?: string }): Promise<number> =>
        (await source.query(statement(source, select({ columns: [{ expr: at('id'), as: 'id' }], from }), ['integer']), options)).rowCount
      expect(await counted({ dataVersion: began })).toBe(5)
      expect(await counted({ dataVersion: later })).toBe(2)
      expect(await counted({})).toBe(2)
    })

    it('knows how many rows there are, and how far they reach', async () => {
      const source = await makeSource()
      const statistics = await source.statistics(TABLE)
      expect(statistics.rows).toBe(5)
      expect(Object.keys(statistics.columns).sort()).toEqual(['active', 'amount', 'day', 'happened_at', 'id', 'label', 'ratio'])
      expect(await source.quarantine()).toEqual({ total: 0, entries: [], truncated: false })
      const watermark = await source.watermark(TABLE)
      expect(watermark === null || (Number.isInteger(watermark) && watermark <= Date.now() + 1000)).toBe(true)
    })

    it('refuses readably where it cannot work, and tells no secret', async () => {
      const { source, secrets } = await fixtures.makeBroken()
      open.push(source)
      const verdict = await source.test()
      expect(verdict.ok).toBe(false)
      const calls = [source.discover(), source.query(endless(source)), source.dataVersion([TABLE], true), source.statistics(TABLE)]
      const errors = await Promise.all(calls.map(failure))
      for (const error of errors) {
        expect(['source', 'author']).toContain(error.fault)
        expect(error.hint).toBeTruthy()
      }
      const told = [verdict.message, ...errors.map(textOf)].join('\n')
      for (const secret of secrets) expect(told).not.toContain(secret)
    })

    it('closes twice, unused or used, and then refuses', async () => {
      const unused = await makeSource()
      await unused.close()
      await unused.close()
      const used = await makeSource()
      await used.discover()
      await Promise.all([used.close(), used.close()])
      await used.close()
      expect((await failure(used.query(endless(used)))).code).toBe('SOURCE_UNAVAILABLE')
      expect((await used.test()).ok).toBe(false)
    })

    it('stops what runs when it is closed', async () => {
      const source = await makeSource()
      await source.discover()
      const running = failure(source.query(endless(source)))
      await new Promise((resolve) => setTimeout(resolve, 100))
      const closedAt = performance.now()
      await source.close()
      await running
      expect(performance.now() - closedAt).toBeLessThan(15_000)
    })
  })
}

function statement(source: QuerySource, query: Query, columns: readonly ColumnKind[]): Statement {
  const { text, params } = source.dialect.print(query)
  return { text, params, columns }
}

/** These columns of all rows, in the order of `id`. */
function ask(source: QuerySource, columns: readonly (readonly [Expr, ColumnKind])[], where: Expr | null = null): Promise<QueryResult> {
  const query = select({ columns: columns.map(([expr], index) => ({ expr, as: `c${index}` })), from, where, orderBy: [{ expr: at('id'), direction: 'ASC' }] })
  return source.query(statement(source, query, columns.map(([, kind]) => kind)))
}

async function failure(work: Promise<unknown>): Promise<KpiqlError> {
  try {
    await work
  } catch (error) {
    expect(error).toBeInstanceOf(KpiqlError)
    return error as KpiqlError
  }
  throw new Error('It was answered, although it cannot be.')
}

/** All that clients see of an error. */
const textOf = (error: KpiqlError): string => JSON.stringify([error.message, error.hint, error.data])

/** Two digits after the point, whatever scale the engine sums with. */
function decimalOrNull(value: Value): string | null {
  if (value === null) return null
  return decimalToText(addDecimals(value as DecimalNumber, { units: 0n, scale: 2 }))
}
