import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { freePort } from '../../test/servers/test-server.ts'
import { DATABASE, ENDLESS, PASSWORD, startSnowflake, USER, type ServedTable, type SnowflakeServer } from '../../test/servers/snowflake.ts'
import { loadConformance } from '../../test/servers/warehouse.ts'
import { honoursTheContract, type ConformanceRow } from '../conformance.ts'
import type { ColumnKind, QuerySource } from '../contract.ts'
import snowflake from './index.ts'

const servers: SnowflakeServer[] = []
const sources: QuerySource[] = []
const deps = { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' }

const COLUMNS: ServedTable['columns'] = [
  ['ID', 'NUMBER', 0],
  ['AMOUNT', 'NUMBER', 2],
  ['RATIO', 'FLOAT', null],
  ['LABEL', 'TEXT', null],
  ['ACTIVE', 'BOOLEAN', null],
  ['DAY', 'DATE', null],
  ['HAPPENED_AT', 'TIMESTAMP_NTZ', null],
]
/** Columns of types that cannot be read are left out, and those whose name would be taken for another one. */
const UNREADABLE: ServedTable['columns'] = [
  ['DETAILS', 'VARIANT', null],
  ['TAGS', 'ARRAY', null],
  ['label', 'TEXT', null],
]

afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()))
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

async function serve(rows: readonly ConformanceRow[] = []): Promise<{ readonly server: SnowflakeServer; load(rows: readonly ConformanceRow[]): Promise<void> }> {
  const server = await startSnowflake()
  servers.push(server)
  let second = 10
  const load = async (next: readonly ConformanceRow[]): Promise<void> => {
    await loadConformance(server.warehouse, next, (name) => name.toUpperCase())
    server.tables.set('CONFORMANCE', { type: 'BASE TABLE', columns: [...COLUMNS, ...UNREADABLE], lastAltered: `2026-11-01 10:00:${second++}.000 +0000`, rows: next.length })
  }
  await load(rows)
  return { server, load }
}

function open(accessUrl: string, more: Readonly<Record<string, unknown>> = {}, tables?: readonly string[]): QuerySource {
  const options = snowflake.options.parse({ account: 'acme-main', user: USER, password: PASSWORD, warehouse: 'compute_wh', database: DATABASE, accessUrl, ttlSeconds: 0, ...more })
  const source = snowflake.open('warehouse', options, { ...deps, tables })
  sources.push(source)
  return source
}

const ask = (source: QuerySource, text: string, columns: readonly ColumnKind[], signal?: AbortSignal) => source.query({ text, params: [], columns }, { signal })

async function failure(work: Promise<unknown>): Promise<KpiqlError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(KpiqlError)
  return error as KpiqlError
}

honoursTheContract('Snowflake, as a local server plays it', {
  endlessSql: `(${ENDLESS})`,
  changes: true,
  async make(rows) {
    const { server, load } = await serve(rows)
    return { source: open(server.url), wasTouched: async () => server.requests.length > 0, load }
  },
  async makeBroken() {
    const { server } = await serve()
    return { source: open(server.url, { password: 'wrong-secret-Password' }), secrets: ['wrong-secret-Password', USER, 'acme-main', server.url.slice('http://'.length)] }
  },
})

describe('connecting to Snowflake', () => {
  const told = async (source: QuerySource): Promise<string> => {
    const { ok, message } = await source.test()
    expect(message).not.toMatch(/127\.0\.0\.1|Password|acme|reader|PRIVATE/)
    return `${ok ? 'yes' : 'no'}: ${message}`
  }

  it('says what answers', async () => {
    const { server } = await serve()
    expect(await told(open(server.url))).toBe('yes: Snowflake 9.35.1 answers; 1 table can be read.')
    expect(server.logins[0]).toMatchObject({ LOGIN_NAME: USER, PASSWORD, SESSION_PARAMETERS: { QUERY_TAG: 'kpiql', CLIENT_SESSION_KEEP_ALIVE: false } })
  })

  it('signs in by key, and sends no password', async () => {
    const { server } = await serve()
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' }).toString()
    expect(await told(open(server.url, { password: undefined, privateKey: pem, privateKeyPassphrase: 'open sesame' }))).toMatch(/^yes/)
    expect(server.logins[0]?.AUTHENTICATOR).toBe('SNOWFLAKE_JWT')
    expect(server.logins[0]?.TOKEN).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(server.logins[0]?.PASSWORD).toBeUndefined()
  })

  it('says that credentials are refused', async () => {
    const { server } = await serve()
    expect(await told(open(server.url, { password: 'wrong-Password' }))).toMatch(/^no: Snowflake refuses the credentials of source "warehouse"\. Check `account`, `user`/)
  })

  it('says that there is no such host', async () => {
    expect(await told(open('http://no-such-host.invalid', { connectTimeoutMs: 8000 }))).toMatch(/^no: (The host of source "warehouse" is not known\.|Snowflake did not answer)/)
  })

  it('says that nothing answers', async () => {
    expect(await told(open(`http://127.0.0.1:${await freePort()}`))).toMatch(/^no: Nothing answers at the address of source "warehouse"\./)
  })

  it('says that TLS is refused', async () => {
    const { server } = await serve()
    expect(await told(open(server.url.replace('http:', 'https:')))).toMatch(/^no: The address of source "warehouse" does not speak TLS\./)
  })

  it('gives up on a server that takes the connection and says nothing', async () => {
    const mute = createServer()
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const { port } = mute.address() as { port: number }
    expect(await told(open(`http://127.0.0.1:${port}`, { connectTimeoutMs: 300 }))).toMatch(/^no: Snowflake did not answer source "warehouse"\./)
    mute.close()
  })

  it('says that there is no such database, which signing in does not tell', async () => {
    const { server } = await serve()
    expect(await told(open(server.url, { database: 'nowhere' }))).toMatch(/^no: Snowflake has no such database for source "warehouse", or its role may not use it\./)
  })

  it('says which table may not be read', async () => {
    const { server } = await serve()
    server.tables.set('SALARIES', { type: 'BASE TABLE', columns: COLUMNS, lastAltered: '1', rows: 1, isSecret: true })
    const error = await failure(ask(open(server.url), 'SELECT "S"."ID" FROM "SALARIES" AS "S"', ['integer']))
    expect([error.code, error.message]).toEqual(['SOURCE_FAILED', 'The role of source "warehouse" may not read table "salaries".'])
    expect(error.hint).toMatch(/SELECT/)
  })

  it('fails where a table that the model reads may not be read or is not there, and where none can be', async () => {
    const { server } = await serve()
    expect(await told(open(server.url, {}, ['conformance']))).toBe('yes: Snowflake 9.35.1 answers; 1 table can be read.')
    server.tables.set('SALARIES', { type: 'BASE TABLE', columns: COLUMNS, lastAltered: '1', rows: 1, isSecret: true })
    const message = await told(open(server.url, {}, ['conformance', 'salaries', 'invoices']))
    expect(message).toMatch(/^no: Snowflake 9\.35\.1 answers; \d tables? can be read\. The model reads what cannot be: invoices, salaries\. Source "warehouse" has no table "invoices"\. The role of source "warehouse" may not read table "salaries"\. .*Grant it SELECT/)
    server.tables.clear()
    expect(await told(open(server.url))).toMatch(/^no: Snowflake 9\.35\.1 answers, but no table can be read\. Grant/)
  })

  it("gives Snowflake's own code where only its words would tell more", async () => {
    const { server } = await serve()
    const error = await failure(ask(open(server.url), 'SELEC 1 FROM secret_words', ['integer']))
    expect([error.hint, error.data]).toEqual(["Check the `expr` and `where` of the metrics asked; Snowflake's code for the fault is 001003, and its query history tells more.", { nativeCode: '001003' }])
  })

  it('refuses options that contradict each other, without showing them', () => {
    const parse = (more: object): string => JSON.stringify(snowflake.options.safeParse({ account: 'acme-main', user: USER, database: 'acme', ...more }).error?.issues)
    expect(parse({})).toMatch(/name one of/)
    expect(parse({ password: 's3cret', token: 't0ken' })).toMatch(/name one of/)
    expect(parse({ privateKey: 's3cret' })).toMatch(/no private key in PEM/)
    expect(parse({ privateKey: 's3cret' })).not.toMatch(/s3cret/)
  })
})

describe('statements to Snowflake', () => {
  it('run in a session of UTC whose quoted names keep their case, with a time limit and a tag', async () => {
    const { server } = await serve()
    await ask(open(server.url, { statementTimeoutMs: 5000 }), 'SELECT 1', ['integer'])
    const [settings, statement] = server.statements.map(({ sqlText }) => sqlText)
    expect(settings).toMatch(/^ALTER SESSION SET TIMEZONE = 'UTC' WEEK_START = 1 QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE /)
    expect(settings).toMatch(/ STATEMENT_TIMEOUT_IN_SECONDS = 6 ABORT_DETACHED_QUERY = TRUE QUERY_TAG = 'kpiql'$/)
    expect(statement).toBe('SELECT 1')
  })

  it('bind every value as text, to be cast by the statement', async () => {
    const { server } = await serve()
    const params = [{ value: 9007199254740993n, type: 'integer' }, { value: 'O\'Brien', type: 'text' }] as const
    const { columns } = await open(server.url).query({ text: 'SELECT CAST(:1 AS NUMBER(38, 0)), CAST(:2 AS VARCHAR), CAST(:1 AS NUMBER(38, 0))', params, columns: ['integer', 'text', 'integer'] })
    expect(columns).toEqual([[9007199254740993n], ["O'Brien"], [9007199254740993n]])
    expect(server.statements[1]?.bindings).toEqual({ 1: { type: 'TEXT', value: '9007199254740993' }, 2: { type: 'TEXT', value: "O'Brien" } })
  })

  it('are read through all chunks, in order', async () => {
    const { server } = await serve()
    server.rowsInline = 3
    const { columns } = await ask(open(server.url), 'SELECT range FROM range(10)', ['integer'])
    expect(columns[0]).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n])
    expect(server.requests.filter((path) => path.startsWith('/chunks/'))).toHaveLength(3)
  })

  it('keep moments to the microsecond, before 1970 too, and instants of any zone in UTC', async () => {
    const { server } = await serve()
    const { columns } = await ask(open(server.url), "SELECT TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMPTZ '2024-03-10 07:30:00.123456+00', DATE '1900-01-01'", ['timestamp', 'timestamp', 'date'])
    expect(columns).toEqual([['1969-12-31T23:59:59.999999Z'], ['2024-03-10T07:30:00.123456Z'], ['1900-01-01']])
  })

  it('are stopped in Snowflake when whoever asked goes away, before and after Snowflake has told their number', async () => {
    const { server } = await serve()
    const source = open(server.url)
    await ask(source, 'SELECT 1', ['integer'])
    for (const [turn, waitMs] of [100, 500].entries()) {
      const stop = new AbortController()
      const running = failure(ask(source, ENDLESS, ['integer'], stop.signal))
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      expect(server.aborted).toHaveLength(turn)
      stop.abort()
      expect((await running).code).toBe('CANCELLED')
      expect(server.aborted).toHaveLength(turn + 1)
    }
  })

  it('are stopped in Snowflake when they take too long', async () => {
    const { server } = await serve()
    expect((await failure(ask(open(server.url, { statementTimeoutMs: 400 }), ENDLESS, ['integer']))).code).toBe('SOURCE_TIMEOUT')
    expect(server.aborted).toHaveLength(1)
  })

  it('sign in anew after the service has ended the session', async () => {
    const { server } = await serve()
    const source = open(server.url)
    await ask(source, 'SELECT 1', ['integer'])
    server.endSessions()
    expect((await ask(source, 'SELECT 1', ['integer'])).columns).toEqual([[1n]])
    expect(server.logins).toHaveLength(2)
  })

  it('end with their session when the source is closed', async () => {
    const { server } = await serve()
    const source = open(server.url)
    await ask(source, 'SELECT 1', ['integer'])
    await source.close()
    expect(server.requests.at(-1)).toBe('/session')
  })

  it('refuse columns that cannot be read, by name', async () => {
    const { server } = await serve()
    const error = await failure(ask(open(server.url), "SELECT ['a'] AS tags", ['text']))
    expect([error.code, error.message]).toEqual(['SOURCE_FAILED', 'Source "warehouse" answered with a column "tags" of type array, which cannot be read.'])
  })
})

describe('what Snowflake knows of its tables', () => {
  it('tells tables apart by when they were last altered, and views only by time', async () => {
    const { server } = await serve()
    server.tables.set('SHOWN', { type: 'VIEW', columns: COLUMNS, lastAltered: '1', rows: 0 })
    const source = open(server.url)
    const [table, shown] = [await source.dataVersion(['conformance'], true), await source.dataVersion(['shown'], true)]
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await source.dataVersion(['conformance'], true)).toBe(table)
    expect(await source.dataVersion(['shown'], true)).not.toBe(shown)
  })

  it('calls plain names in lower case, others as they stand, and leaves out those that would be taken for another', async () => {
    const { server } = await serve()
    server.tables.set('Monthly Totals', { type: 'VIEW', columns: [['ID', 'NUMBER', 0], ['Grand Total', 'NUMBER', 2]], lastAltered: '1', rows: 0 })
    server.tables.set('conformance', { type: 'VIEW', columns: COLUMNS, lastAltered: '1', rows: 0 })
    const tables = await open(server.url).discover()
    expect(tables.map(({ name }) => name)).toEqual(['conformance', 'Monthly Totals'])
    expect(tables[0]?.columns.map(({ name }) => name)).toEqual(['id', 'amount', 'ratio', 'label', 'active', 'day', 'happened_at'])
    expect(tables[1]?.columns.map(({ name, kind }) => [name, kind])).toEqual([['id', 'integer'], ['Grand Total', 'decimal']])
  })

  it('reads how far times reach by one statement', async () => {
    const row: ConformanceRow = { id: 1n, amount: '1.00', ratio: 1, label: 'a', active: true, day: '2024-02-29', happened_at: '2024-03-31T01:00:00.000Z' }
    const { server } = await serve([row, { ...row, id: 2n, day: '1999-12-31', happened_at: null }])
    const source = open(server.url)
    await source.discover()
    const before = server.statements.length
    const { rows, columns } = await source.statistics('conformance')
    expect([rows, columns['day'], columns['happened_at']?.max, columns['id']?.min]).toEqual([2, { distinct: null, min: '1999-12-31', max: '2024-02-29', hasNulls: true }, '2024-03-31T01:00:00.000Z', null])
    expect(server.statements.slice(before).filter(({ sqlText }) => !/INFORMATION_SCHEMA|SHOW/.test(sqlText))).toHaveLength(1)
  })
})
