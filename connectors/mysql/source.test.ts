import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { KpiqlError } from '../../src/base/errors.ts'
import { aggregate, column, compare, param, select, written, type Expr } from '../../src/sql/tree.ts'
import { freePort } from '../../test/servers/test-server.ts'
import { startMariadb } from '../../test/servers/mariadb.ts'
import type { ColumnKind, QueryResult, QuerySource, TableHints, Value } from '../contract.ts'
import mysql from './index.ts'
import { READ_WHOLE_UP_TO } from './statistics.ts'
import { QUIET, testDatabase, type TestDatabase } from '../../test/servers/mariadb-database.ts'

const server = inject('server')
const ENDLESS = 'SELECT count(*) AS n FROM seq_1_to_1000000000 AS a, seq_1_to_1000000000 AS b WHERE (a.seq * b.seq) % 7 = 3'

let own: TestDatabase
const open: QuerySource[] = []

beforeAll(async () => {
  if (server === null) throw new Error('There is no MariaDB server to test on.')
  own = await testDatabase(server)
})
afterAll(() => own.dispose())
beforeEach(() => async () => {
  await Promise.all(open.splice(0).map((source) => source.close()))
})

function opened(options: object = {}, hints?: ReadonlyMap<string, TableHints>, tables?: readonly string[]): QuerySource {
  const source = own.open(options, hints, tables)
  open.push(source)
  return source
}

const run = (source: QuerySource, text: string, columns: readonly ColumnKind[], options = {}): Promise<QueryResult> => source.query({ text, params: [], columns }, options)

async function asked(source: QuerySource, exprs: readonly (readonly [Expr, ColumnKind])[], table: string, parts: object = {}): Promise<readonly (readonly Value[])[]> {
  const { text, params } = source.dialect.print(select({ columns: exprs.map(([expr], index) => ({ expr, as: `c${index}` })), from: { kind: 'table', name: table }, ...parts }))
  return (await source.query({ text, params, columns: exprs.map(([, kind]) => kind) })).columns
}

async function failure(work: Promise<unknown>): Promise<KpiqlError> {
  return work.then(
    () => {
      throw new Error('It was answered, although it cannot be.')
    },
    (error: KpiqlError) => error,
  )
}

/** Nothing of the reader runs on the server any more. */
async function becomesIdle(): Promise<void> {
  for (const latestMs = Date.now() + 2000; Date.now() < latestMs; await wait(20)) {
    if ((await own.sessions()).every(({ runs }) => runs === null)) return
  }
  expect(await own.sessions()).toEqual([])
}

describe('what a connection test tells', () => {
  const verdict = async (options: object): Promise<string> => {
    const { ok, message } = await opened({ connectTimeoutMs: 2000, ...options }).test()
    for (const secret of [own.name, own.reader.user, own.reader.password, '127.0.0.1', 'nowhere.invalid', 'other-password', 'no_such_database']) expect(message).not.toContain(secret)
    return `${ok ? 'works' : 'fails'}: ${message}`
  }

  it('says what answers, and how much it may read', async () => {
    expect(await verdict({})).toMatch(/^fails: MariaDB \d+\.\d+\.\d+ answers, but no table can be read\. Grant/)
    await own.owner.query('CREATE TABLE told (n INT)')
    expect(await verdict({})).toMatch(/^works: MariaDB \d+\.\d+\.\d+ answers; 1 table can be read\.$/)
    await own.owner.query('DROP TABLE told')
  })

  it('tells a wrong password', async () => expect(await verdict({ password: 'other-password' })).toMatch(/^fails: Source "own" refuses the user or the password\. Check/))

  it('tells a host that nobody knows', async () => expect(await verdict({ host: 'nowhere.invalid' })).toMatch(/^fails: The host of source "own" is not known\. Check/))

  it('tells a port where nothing answers', async () => expect(await verdict({ port: await freePort() })).toMatch(/^fails: Nothing answers where source "own" should be\. Check/))

  it('tells a socket file that is not there', async () => expect(await verdict({ socketPath: '/nowhere/mariadb.sock' })).toMatch(/^fails: Nothing answers where source "own" should be\. Check/))

  it('tells a server without TLS where TLS is wanted', async () => expect(await verdict({ tls: 'require' })).toMatch(/^fails: Source "own" offers no TLS\. Set/))

  it('tells a database that the user may not use', async () => expect(await verdict({ database: 'no_such_database' })).toMatch(/^fails: The user of source "own" may not use its database\. Check/))

  it('tells a database that is not there, to who could see it', async () => {
    const found = await verdict({ database: 'no_such_database', user: server?.user, password: server?.password })
    expect(found).toMatch(/^fails: Source "own" has no database of that name\. Check/)
  })
})

describe('rights', () => {
  it('leaves out tables that may not be read, and says so of statements that need them', async () => {
    await own.owner.query('CREATE TABLE "public" (n INT)')
    await own.owner.query('CREATE TABLE "private" (n INT)')
    const user = `${own.reader.user}_2`
    await own.owner.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'x'`)
    await own.owner.query(`GRANT SELECT ON "${own.name}"."public" TO '${user}'@'%'`)
    await own.owner.query(`GRANT INSERT ON "${own.name}"."private" TO '${user}'@'%'`)
    try {
      const source = opened({ user, password: 'x' })
      expect((await source.discover()).map(({ name }) => name)).toEqual(['public'])
      expect(await opened({ user, password: 'x' }, undefined, ['public']).test()).toMatchObject({ ok: true, message: expect.stringMatching(/ answers; 1 table can be read\.$/) as string })
      expect(await opened({ user, password: 'x' }, undefined, ['public', 'private', 'missing']).test()).toMatchObject({
        ok: false,
        message: expect.stringMatching(/ answers; 1 table can be read\. The model reads what cannot be: missing, private\. The user of source "own" may not read a table that the statement needs\. Grant SELECT/) as string,
      })
      expect(await opened({}, undefined, ['public', 'missing']).test()).toMatchObject({ ok: false, message: expect.stringMatching(/ The model reads what cannot be: missing\. Source "own" has no table "missing"/) as string })
      await own.owner.query(`REVOKE SELECT ON "${own.name}"."public" FROM '${user}'@'%'`)
      expect(await opened({ user, password: 'x' }).test()).toMatchObject({ ok: false, message: expect.stringMatching(/ answers, but no table can be read\. Grant/) as string })
      expect(await failure(run(source, 'SELECT n FROM "private"', ['integer']))).toMatchObject({ code: 'SOURCE_FAILED', message: 'The user of source "own" may not read a table that the statement needs.' })
    } finally {
      await own.owner.query(`DROP USER '${user}'@'%'`)
      await own.owner.query('DROP TABLE "private", "public"')
    }
  })

  it('refuses to write, whatever the user may do', async () => {
    await own.owner.query('CREATE TABLE written (n INT)')
    const source = opened({ user: server?.user, password: server?.password })
    for (const text of ['INSERT INTO written VALUES (1)', 'DELETE FROM written', 'DROP TABLE written', 'CREATE TABLE other (n INT)']) {
      expect((await failure(run(source, text, ['integer']))).message).toBe('The statement would write, and source "own" is only read.')
    }
    await own.owner.query('DROP TABLE written')
  })
})

describe('statements that end early', () => {
  const gone = async (work: (source: QuerySource) => Promise<unknown>, options: object = {}): Promise<KpiqlError> => {
    const source = opened(options)
    await source.discover()
    const error = await failure(work(source))
    await becomesIdle()
    return error
  }

  it('are gone from the server when they are cancelled', async () => {
    const stop = new AbortController()
    const error = await gone(async (source) => {
      const running = run(source, ENDLESS, ['integer'], { signal: stop.signal })
      const failed = failure(running)
      for (;;) {
        if ((await own.sessions()).some(({ runs }) => runs?.includes('seq_1_to') === true)) break
        await wait(10)
      }
      stop.abort()
      throw await failed
    })
    expect(error.code).toBe('CANCELLED')
  })

  it('are gone from the server when they take too long', async () => expect((await gone((source) => run(source, ENDLESS, ['integer']), { statementTimeoutMs: 300 })).code).toBe('SOURCE_TIMEOUT'))

  it('are gone from the server when their answer has a row too many', async () => {
    const error = await gone((source) => run(source, 'SELECT seq FROM seq_1_to_1000000000', ['integer'], { maxRows: 10 }))
    expect(error.code).toBe('TOO_MANY_GROUPS')
  })

  it('are gone from the server when the source is closed', async () => {
    const source = opened()
    await source.discover()
    const running = failure(run(source, ENDLESS, ['integer']))
    await wait(100)
    await source.close()
    expect((await running).code).toBe('SOURCE_UNAVAILABLE')
    await becomesIdle()
  })
})

describe('connections', () => {
  it('answers after the server cut the connection that lay idle', async () => {
    const source = opened({ maxConcurrent: 1 })
    await source.discover()
    for (const { id } of await own.sessions()) await own.owner.query(`KILL CONNECTION ${id}`)
    // Who asks before the news has come is told that the connection broke, and may ask again.
    await wait(500)
    expect((await run(source, 'SELECT 1 AS n', ['integer'])).columns).toEqual([[1n]])
  })

  it('says that the connection broke where it did in the middle of a statement', async () => {
    const source = opened()
    await source.discover()
    const running = failure(run(source, ENDLESS, ['integer']))
    let found: number | undefined
    while (found === undefined) found = (await own.sessions()).find(({ runs }) => runs?.includes('seq_1_to') === true)?.id
    await own.owner.query(`KILL CONNECTION ${found}`)
    expect((await running).code).toBe('SOURCE_UNAVAILABLE')
    expect((await run(source, 'SELECT 1 AS n', ['integer'])).columns).toEqual([[1n]])
  })

  it('answers who waits for what a cancelled one was looking up', async () => {
    const source = opened()
    const stop = new AbortController()
    const first = failure(run(source, 'SELECT 1 AS n', ['integer'], { signal: stop.signal }))
    const second = run(source, 'SELECT 2 AS n', ['integer'])
    stop.abort()
    expect((await first).code).toBe('CANCELLED')
    expect((await second).columns).toEqual([[2n]])
  })

  it('opens no more of them than it runs statements at once, and uses them again', async () => {
    const source = opened({ maxConcurrent: 2 })
    await Promise.all(Array.from({ length: 20 }, () => run(source, 'SELECT 1 AS n', ['integer'])))
    expect((await own.sessions()).length).toBeLessThanOrEqual(2)
  })

  it('tells that the server is gone, and of what ran there', async () => {
    const mortal = await startMariadb()
    if (mortal === null) throw new Error('There is no MariaDB server to test on.')
    const source = mysql.open('mortal', mysql.options.parse({ host: mortal.host, port: mortal.port, user: mortal.user, password: mortal.password, database: 'mysql' }), { log: QUIET, stateFolder: '' })
    open.push(source)
    expect((await source.test()).ok).toBe(true)
    const running = failure(run(source, ENDLESS, ['integer']))
    await wait(100)
    await mortal.stop()
    expect((await running).code).toBe('SOURCE_UNAVAILABLE')
    expect((await failure(run(source, 'SELECT 1 AS n', ['integer']))).code).toBe('SOURCE_UNAVAILABLE')
  })
})

describe('columns', () => {
  it('has kinds for all types, leaves bytes and shapes out, and knows keys, clocks and instants', async () => {
    await own.owner.query(
      `CREATE TABLE kinds (small TINYINT, flag TINYINT(1), bit_flag BIT(1), n INT, big BIGINT UNSIGNED, whole DECIMAL(20,0), money DECIMAL(12,4), single FLOAT, wide DOUBLE, day DATE, clock DATETIME(6), at TIMESTAMP(6) NULL, hours TIME, y YEAR, fixed CHAR(3), label VARCHAR(20) NOT NULL, story LONGTEXT, choice ENUM('b','a'), several SET('x','y'), doc JSON, id UUID, raw VARBINARY(8), bytes BLOB, place POINT, PRIMARY KEY (n, label))`,
    )
    const table = (await opened().discover()).find(({ name }) => name === 'kinds')
    expect(Object.fromEntries((table?.columns ?? []).map(({ name, kind, zoned }) => [name, zoned === undefined ? kind : zoned ? 'instant' : 'clock']))).toEqual({
      small: 'integer', flag: 'boolean', bit_flag: 'boolean', n: 'integer', big: 'integer', whole: 'integer', money: 'decimal', single: 'float', wide: 'float', day: 'date', clock: 'clock', at: 'instant',
      hours: 'text', y: 'integer', fixed: 'text', label: 'text', story: 'text', choice: 'text', several: 'text', doc: 'text', id: 'text',
    })
    expect(table?.primaryKey).toEqual(['n', 'label'])
    await own.owner.query(`INSERT INTO kinds (flag, bit_flag, n, big, whole, single, day, clock, at, hours, y, label, choice, several, id) VALUES (2, b'1', 1, 18446744073709551615, 12345678901234567890, 0.1, '1969-07-20', '2024-03-10 02:30:00.123456', '2024-03-31 01:00:00', '838:59:59', 2024, 'é', 'b', 'x,y', '123e4567-e89b-12d3-a456-426655440000')`)
    const kinds: readonly (readonly [string, ColumnKind])[] = [['flag', 'boolean'], ['bit_flag', 'boolean'], ['big', 'integer'], ['whole', 'integer'], ['single', 'float'], ['day', 'date'], ['clock', 'timestamp'], ['at', 'timestamp'], ['hours', 'text'], ['y', 'integer'], ['label', 'text'], ['choice', 'text'], ['several', 'text'], ['id', 'text']]
    expect((await asked(opened(), kinds.map(([name, kind]) => [column('kinds', name), kind] as const), 'kinds')).flat()).toEqual([
      true, true, 18446744073709551615n, 12345678901234567890n, 0.10000000149011612, '1969-07-20', '2024-03-10T02:30:00.123456Z', '2024-03-31T01:00:00.000Z', '838:59:59', 2024n, 'é', 'b', 'x,y', '123e4567-e89b-12d3-a456-426655440000',
    ])
  })

  it('tells texts apart by their bytes, in what the author of a model writes as well, whatever the collation of the column', async () => {
    const texts = ['a', 'A', 'a ', 'á', 'ß', 'ss', '', ' ', 'e\u0301', '\u00e9']
    await own.owner.query('CREATE TABLE texts (general VARCHAR(20) COLLATE utf8mb4_general_ci, german VARCHAR(20) COLLATE utf8mb4_unicode_ci, bytes VARCHAR(20) COLLATE utf8mb4_bin, story LONGTEXT COLLATE utf8mb4_general_ci, old VARCHAR(20) CHARACTER SET latin1)')
    for (const text of texts) await own.owner.execute('INSERT INTO texts VALUES (?, ?, ?, ?, ?)', [text, text, text, text, text.includes('\u0301') ? null : text])
    await own.owner.query('INSERT INTO texts VALUES (NULL, NULL, NULL, NULL, NULL)')
    const source = opened()
    for (const name of ['general', 'german', 'bytes', 'story']) {
      const groups = await asked(source, [[column('texts', name), 'text'], [aggregate({ name: 'count' }, null), 'integer']], 'texts', { groupBy: [column('texts', name)] })
      expect(new Set(groups[0])).toEqual(new Set([...texts, null]))
      expect(groups[1]?.every((count) => count === 1n)).toBe(true)
      expect((await asked(source, [[aggregate({ name: 'count_distinct' }, column('texts', name)), 'integer']], 'texts'))[0]).toEqual([BigInt(texts.length)])
      for (const text of texts) expect((await asked(source, [[column('texts', name), 'text']], 'texts', { where: compare(column('texts', name), '=', param(text, 'text')) }))[0]).toEqual([text])
      const ordered = await asked(source, [[column('texts', name), 'text']], 'texts', { orderBy: [{ expr: column('texts', name), direction: 'ASC' }] })
      expect(ordered[0]).toEqual([...texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))), null])
    }
    expect((await asked(source, [[aggregate({ name: 'count_distinct' }, column('texts', 'old')), 'integer']], 'texts'))[0]).toEqual([9n])
    expect((await asked(source, [[written("sum(general = 'a')"), 'integer'], [written("sum(old LIKE 'A%')"), 'integer']], 'texts')).flat()).toEqual([1n, 1n])
  })

  it('groups long texts by all their bytes', async () => {
    await own.owner.query('CREATE TABLE long_texts (story LONGTEXT)')
    const long = 'x'.repeat(20_000)
    for (const end of ['a', 'b', 'a', 'c', 'b', 'a']) await own.owner.execute('INSERT INTO long_texts VALUES (?)', [`${long}${end}`])
    const [, counts] = await asked(opened(), [[column('long_texts', 'story'), 'text'], [aggregate({ name: 'count' }, null), 'integer']], 'long_texts', { groupBy: [column('long_texts', 'story')], orderBy: [{ expr: column('long_texts', 'story'), direction: 'ASC' }] })
    expect(counts).toEqual([3n, 2n, 1n])
  })

  it('takes quotes, bars and backslashes as the standard does', async () => {
    const source = opened()
    expect((await run(source, String.raw`SELECT 'a' || '\' || 'b' AS "the ""text""", 'what?' AS q`, ['text', 'text'])).columns).toEqual([['a\\b'], ['what?']])
  })

  it('takes a date of zeros for none', async () => {
    await own.owner.query('CREATE TABLE zeros (day DATE, at DATETIME)')
    await own.owner.query("SET STATEMENT sql_mode = '' FOR INSERT INTO zeros VALUES ('0000-00-00', '0000-00-00 00:00:00')")
    expect(await asked(opened(), [[column('zeros', 'day'), 'date'], [column('zeros', 'at'), 'timestamp']], 'zeros')).toEqual([[null], [null]])
  })

  it('takes a date without a month or a day for none, and a text that looks like one for a text', async () => {
    await own.owner.query('CREATE TABLE partial_dates (id INT, day DATE, at DATETIME(6), label VARCHAR(40))')
    await own.owner.query(
      "SET STATEMENT sql_mode = '' FOR INSERT INTO partial_dates VALUES (1, '2024-00-00', '2024-00-00 10:00:00', '0000-00-00'), (2, '2024-01-00', '2024-01-00 10:00:00', '0000-00-00 to be fixed'), (3, '2024-10-01', '2024-10-10 00:00:00', '2024-00-00')",
    )
    const names: readonly (readonly [string, ColumnKind])[] = [['day', 'date'], ['at', 'timestamp'], ['label', 'text']]
    const orderBy = [{ expr: column('partial_dates', 'id'), direction: 'ASC' }]
    expect(await asked(opened(), names.map(([name, kind]) => [column('partial_dates', name), kind] as const), 'partial_dates', { orderBy })).toEqual([
      [null, null, '2024-10-01'],
      [null, null, '2024-10-10T00:00:00.000Z'],
      ['0000-00-00', '0000-00-00 to be fixed', '2024-00-00'],
    ])
  })

  it('compares unsigned integers and whole decimals with integers beyond 64 bits', async () => {
    await own.owner.query('CREATE TABLE unsigned_integers (id INT, big BIGINT UNSIGNED, whole DECIMAL(30,0), small BIGINT)')
    await own.owner.query("INSERT INTO unsigned_integers VALUES (1, 18446744073709551615, 100000000000000000000000000000, -1), (2, 9223372036854775808, -9223372036854775809, 5), (3, 0, 0, 9223372036854775807)")
    const found = async (name: string, op: '=' | '<' | '>=', value: bigint): Promise<readonly Value[]> =>
      (await asked(opened(), [[column('unsigned_integers', 'id'), 'integer']], 'unsigned_integers', { where: compare(column('unsigned_integers', name), op, param(value, 'integer')), orderBy: [{ expr: column('unsigned_integers', 'id'), direction: 'ASC' }] }))[0] ?? []
    expect(await found('big', '=', 18446744073709551615n)).toEqual([1n])
    expect(await found('big', '=', -1n)).toEqual([])
    expect(await found('big', '>=', 9223372036854775808n)).toEqual([1n, 2n])
    expect(await found('big', '>=', -1n)).toEqual([1n, 2n, 3n])
    expect(await found('whole', '=', 10n ** 29n)).toEqual([1n])
    expect(await found('whole', '<', -9223372036854775808n)).toEqual([2n])
    expect(await found('small', '=', 18446744073709551615n)).toEqual([])
    expect(await found('small', '<', 18446744073709551615n)).toEqual([1n, 2n, 3n])
    const listed = { kind: 'in', of: column('unsigned_integers', 'big'), values: [param(18446744073709551615n, 'integer'), param(0n, 'integer'), param(-1n, 'integer')] } as const
    expect(await asked(opened(), [[aggregate({ name: 'count' }, null), 'integer']], 'unsigned_integers', { where: listed })).toEqual([[2n]])
  })
})

describe('data versions', () => {
  it('stay while a table stays, and change with it, by the sign of the server', async () => {
    await own.owner.query('CREATE TABLE signed (n INT) ENGINE = InnoDB')
    await own.owner.query('INSERT INTO signed VALUES (1)')
    const source = opened()
    await wait(3200)
    const before = await source.dataVersion(['signed'], true)
    await wait(50)
    expect(await source.dataVersion(['signed'], true)).toBe(before)
    await own.owner.query('INSERT INTO signed VALUES (2)')
    const after = await source.dataVersion(['signed'], true)
    expect(after).not.toBe(before)
    // A second change could fall into the second of the first, so that for now only time is trusted.
    await own.owner.query('UPDATE signed SET n = 3')
    expect(await source.dataVersion(['signed'], true)).not.toBe(after)
  })

  it('follow the time for views, which have no sign of their own', async () => {
    await own.owner.query('CREATE OR REPLACE VIEW seen AS SELECT 1 AS n')
    const source = opened()
    const before = await source.dataVersion(['seen'], true)
    await wait(5)
    expect(await source.dataVersion(['seen'], true)).not.toBe(before)
  })
})

describe('statistics', () => {
  it('are exact where a table is small', async () => {
    await own.owner.query('CREATE TABLE few (n INT, label VARCHAR(10), at DATETIME)')
    await own.owner.query("INSERT INTO few VALUES (1, 'a', '1960-01-01 00:00:00'), (5, 'A', '2050-12-31 23:59:59'), (NULL, 'a', NULL)")
    expect(await opened().statistics('few')).toEqual({
      rows: 3,
      columns: {
        n: { distinct: 2, min: '1', max: '5', hasNulls: true },
        label: { distinct: 2, min: null, max: null, hasNulls: false },
        at: { distinct: 2, min: '1960-01-01T00:00:00Z', max: '2050-12-31T23:59:59Z', hasNulls: true },
      },
    })
  })

  it('of a large table are what its indexes know', async () => {
    const rows = READ_WHOLE_UP_TO + 10_000
    await own.owner.query('CREATE TABLE many (n INT NOT NULL, at DATETIME NOT NULL, label VARCHAR(10), KEY (at))')
    await own.owner.query(`INSERT INTO many SELECT seq, CAST('2024-01-01' AS DATETIME) + INTERVAL seq MINUTE, 'x' FROM seq_1_to_${rows}`)
    await own.owner.query('ANALYZE TABLE many')
    const { rows: estimated, columns } = await opened().statistics('many')
    expect(estimated).toBeGreaterThan(READ_WHOLE_UP_TO)
    expect(estimated).toBeLessThan(rows * 2)
    expect(columns['at']).toMatchObject({ min: '2024-01-01T00:01:00Z', max: new Date(Date.UTC(2024, 0, 1) + rows * 60_000).toISOString().replace('.000', ''), hasNulls: false })
    expect(columns['at']?.distinct).toBeGreaterThan(rows / 2)
    expect(columns['label']).toEqual({ distinct: null, min: null, max: null, hasNulls: true })
  })
})
