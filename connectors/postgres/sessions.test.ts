import { execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ENDLESS_SQL, makePlace, type PostgresPlace } from '../../test/servers/postgres-place.ts'
import { askAgain } from '../../src/sources/ask-again.ts'
import type { QueryResult, QuerySource, Statement } from '../contract.ts'

const INDEX = fileURLToPath(new URL('./index.ts', import.meta.url))

let place: PostgresPlace
const open: QuerySource[] = []

beforeAll(async () => {
  place = await makePlace("CREATE TABLE days (day date, clock timestamp, instant timestamptz); INSERT INTO days VALUES ('2024-03-10', '2024-03-10 02:30:00', '2024-03-10 02:30:00+00'), ('infinity', 'infinity', '-infinity'), ('0044-03-15 BC', '0044-03-15 BC', '0044-03-15 BC')")
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
const endlessRows: Statement = { text: 'SELECT generate_series(1, 1000000000000)', params: [], columns: ['integer'] }
const one: Statement = { text: 'SELECT 1', params: [], columns: ['integer'] }

/** As the guard before every source asks: a pooled connection whose end has not arrived yet costs one more try. */
function askedAgain(source: QuerySource): Promise<QueryResult> {
  return askAgain(() => source.query(one), { retries: 2, signal: undefined, random: () => 0, mayRetry: () => true })
}

/** Waits until the server is busy with so many statements of the reader. */
async function untilRunning(count: number): Promise<void> {
  for (let tries = 0; (await place.running()) !== count; tries++) {
    if (tries > 300) throw new Error(`${await place.running()} statements run where ${count} were waited for.`)
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

/** Waits until the server has no connection of the reader any more, and a little for its word to arrive. */
async function untilGone(): Promise<void> {
  const connected = async (): Promise<number> => Number((await place.own(`SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '${place.reader}'`))[0]?.['n'])
  for (let tries = 0; (await connected()) > 0; tries++) {
    if (tries > 100) throw new Error('Connections that were cut are still there.')
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  await new Promise((resolve) => setTimeout(resolve, 200))
}

describe('statements of PostgreSQL that run at once', () => {
  const setting: Statement = { text: "SELECT current_setting('max_parallel_workers_per_gather'), pg_sleep(0.3)::text", params: [], columns: ['text', 'text'] }
  const settings = async (asked: QuerySource, count: number): Promise<readonly unknown[]> => (await Promise.all(Array.from({ length: count }, () => asked.query(setting)))).map(({ columns }) => columns[0]?.[0]).toSorted()

  it('have parallel workers up to a number, and whoever asks alone has them', async () => {
    const asked = source({ maxConcurrent: 4, parallelStatements: 2 })
    expect(await settings(asked, 4)).toEqual(['0', '0', '2', '2'])
    for (let turn = 0; turn < 3; turn++) expect(await settings(asked, 1)).toEqual(['2'])
    expect(await settings(asked, 3)).toEqual(['0', '2', '2'])
    expect(await settings(source(), 3)).toEqual(['0', '0', '2'])
    expect(await settings(source({ parallelStatements: 0 }), 1)).toEqual(['0'])
    expect(await settings(source({ parallelStatements: 8, maxConcurrent: 3 }), 3)).toEqual(['2', '2', '2'])
  })

  it('have none where another runs when they begin, whoever had them before', async () => {
    const asked = source({ maxConcurrent: 2 })
    const sleeping = (seconds: number): Statement => ({ ...setting, text: `SELECT current_setting('max_parallel_workers_per_gather'), pg_sleep(${seconds})::text` })
    const first = asked.query(sleeping(0.3))
    const second = asked.query(sleeping(1))
    expect((await first).columns[0]).toEqual(['2'])
    expect((await asked.query(sleeping(0))).columns[0]).toEqual(['0'])
    expect((await second).columns[0]).toEqual(['0'])
    expect((await asked.query(sleeping(0))).columns[0]).toEqual(['2'])
  })

  it('find starting workers dear, unless whoever runs the server has said what it costs', async () => {
    const cost: Statement = { text: "SELECT current_setting('parallel_setup_cost')", params: [], columns: ['text'] }
    expect((await source().query(cost)).columns).toEqual([['15000']])
    await place.own(`ALTER ROLE ${place.reader} SET parallel_setup_cost = 500`)
    expect((await source().query(cost)).columns).toEqual([['500']])
    await place.own(`ALTER ROLE ${place.reader} RESET parallel_setup_cost`)
  })

  it('get workers again after those that had them are gone', async () => {
    const asked = source({ maxConcurrent: 2 })
    expect(await settings(asked, 2)).toEqual(['0', '2'])
    await place.own(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${place.reader}'`)
    await untilGone()
    expect(await settings(asked, 2)).toEqual(['0', '2'])
  })
})

describe('a statement that nobody waits for any more is gone from PostgreSQL', () => {
  it('when it is cancelled, also while all connections of its user are taken', async () => {
    await place.own(`ALTER ROLE ${place.reader} CONNECTION LIMIT 3`)
    const asked = source({ maxConcurrent: 3 })
    const stop = new AbortController()
    const running = Array.from({ length: 3 }, () => asked.query(endless, { signal: stop.signal }))
    await untilRunning(3)
    const outcomes = Promise.allSettled(running)
    stop.abort()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CANCELLED' } })
    expect(await place.running()).toBe(0)
    expect((await asked.query(one)).rowCount).toBe(1)
    await place.own(`ALTER ROLE ${place.reader} CONNECTION LIMIT -1`)
  })

  it('when it took too long', async () => {
    const asked = source({ statementTimeoutMs: 300 })
    await expect(asked.query(endless)).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT', data: { timeoutMs: 300 } })
    expect(await place.running()).toBe(0)
  })

  it('when its rows became too many, of which no more than those are kept', async () => {
    const asked = source()
    const before = process.memoryUsage().rss
    await expect(asked.query(endlessRows, { maxRows: 10_000 })).rejects.toMatchObject({ code: 'TOO_MANY_GROUPS' })
    expect(await place.running()).toBe(0)
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000)
    expect((await asked.query(one)).rowCount).toBe(1)
  })

  it('when its answer is not what was declared', async () => {
    await expect(source().query({ ...endlessRows, columns: ['date'] })).rejects.toMatchObject({ code: 'PLAN_BROKEN' })
    expect(await place.running()).toBe(0)
  })

  it('when the gateway itself is', async () => {
    const code = `
      import postgres from ${JSON.stringify(INDEX)}
      const source = postgres.open('books', postgres.options.parse(${JSON.stringify(place.options)}), { log: {}, stateFolder: '' })
      await source.query(${JSON.stringify(endless)})`
    const gateway = spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: 'ignore' })
    try {
      await untilRunning(1)
    } finally {
      gateway.kill('SIGKILL')
    }
    await untilRunning(0)
  })

  it('when the source is closed', async () => {
    const asked = source()
    const outcome = Promise.allSettled([asked.query(endless)])
    await untilRunning(1)
    await asked.close()
    expect(await outcome).toMatchObject([{ status: 'rejected', reason: { code: 'SOURCE_UNAVAILABLE' } }])
    expect(await place.running()).toBe(0)
  })
})

describe('a session of PostgreSQL', () => {
  it('only reads, also as a user who may write', async () => {
    await place.own(`CREATE TABLE notes (id int); INSERT INTO notes VALUES (1); GRANT ALL ON notes TO ${place.reader}`)
    for (const text of ['DELETE FROM notes RETURNING 1', 'WITH gone AS (DELETE FROM notes RETURNING 1) SELECT count(*) FROM gone', 'CREATE TABLE other (id int)']) {
      await expect(source().query({ text, params: [], columns: ['integer'] })).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: 'Something in a statement for source "books" would write; its sessions only read.' })
    }
    expect(await place.own('SELECT id FROM notes')).toEqual([{ id: 1 }])
  })

  it('runs one statement at a time and no second one behind it', async () => {
    await expect(source().query({ text: 'SELECT 1; SELECT 2', params: [], columns: ['integer'] })).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
  })

  it('outlives connections that the server cut, idle or at work', async () => {
    const asked = source({ maxConcurrent: 2 })
    await Promise.all([asked.query(one), asked.query(one)])
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${place.reader}'`
    await place.own(cut)
    await untilGone()
    expect((await askedAgain(asked)).rowCount).toBe(1)
    const outcome = Promise.allSettled([asked.query(endless)])
    await untilRunning(1)
    await place.own(cut)
    expect(await outcome).toMatchObject([{ status: 'rejected', reason: { code: 'SOURCE_UNAVAILABLE' } }])
    expect((await askedAgain(asked)).rowCount).toBe(1)
  })

  it('refuses decimals that are none', async () => {
    for (const text of ["SELECT 'NaN'::numeric", "SELECT '-Infinity'::numeric"]) await expect(source().query({ text, params: [], columns: ['decimal'] })).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    expect((await source().query({ text: "SELECT 'NaN'::float8, '-Infinity'::float8, 0.1::float8", params: [], columns: ['float', 'number', 'float'] })).columns).toEqual([[null], [Number.NEGATIVE_INFINITY], [0.1]])
  })

  it('is refused readably where the server takes no more of them', async () => {
    await place.own(`ALTER ROLE ${place.reader} CONNECTION LIMIT 0`)
    await expect(source().query(one)).rejects.toMatchObject({ code: 'SOURCE_BUSY' })
    await place.own(`ALTER ROLE ${place.reader} CONNECTION LIMIT -1`)
  })

  it('refuses more values than the protocol counts', async () => {
    const params = Array.from({ length: 65_536 }, () => ({ value: 'x', type: 'text' as const }))
    await expect(source().query({ ...one, params })).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
  })

  it('takes texts that no text of the server can be', async () => {
    const asked = source()
    const count = (text: string, value: string): Promise<unknown> => asked.query({ text, params: [{ value, type: 'text' }], columns: ['integer'] }).then(({ columns }) => columns[0]?.[0])
    const { text, params } = asked.dialect.print({ kind: 'select', columns: [{ expr: { kind: 'aggregate', fn: { name: 'count' }, arg: null, filter: null }, as: 'n' }], from: { kind: 'text_list', values: ['a\0b', '\ud800', 'plain'], column: 'id', as: 'ids' }, where: null, groupBy: [], groupingSets: null, orderBy: [], limit: null, offset: null })
    expect(await count(text, String(params[0]?.value))).toBe(3n)
    const printed = asked.dialect.print({ kind: 'select', columns: [{ expr: { kind: 'aggregate', fn: { name: 'count' }, arg: null, filter: null }, as: 'n' }], from: { kind: 'table', name: 'days' }, where: { kind: 'compare', op: '=', left: { kind: 'cast', of: { kind: 'column', table: 'days', name: 'day' }, to: 'text' }, right: { kind: 'param', value: 'a\0b', type: 'text' } }, groupBy: [], groupingSets: null, orderBy: [], limit: null, offset: null })
    expect(await count(printed.text, String(printed.params[0]?.value))).toBe(0n)
  })

  it('tells days and times as they are in a process of another zone, and null for what no calendar holds', async () => {
    const statement: Statement = { text: 'SELECT day, clock, instant FROM days ORDER BY day', params: [], columns: ['date', 'timestamp', 'timestamp'] }
    const code = `
      import postgres from ${JSON.stringify(INDEX)}
      const source = postgres.open('books', postgres.options.parse(${JSON.stringify(place.options)}), { log: {}, stateFolder: '' })
      const { columns } = await source.query(${JSON.stringify(statement)})
      console.log(JSON.stringify({ columns, shifted: new Date('2024-03-10T00:00:00').toISOString() }))
      await source.close()`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { env: { ...process.env, TZ: 'America/New_York', PGTZ: 'America/New_York' } })
    expect(JSON.parse(stdout)).toEqual({
      columns: [
        [null, '2024-03-10', null],
        [null, '2024-03-10T02:30:00.000Z', null],
        [null, '2024-03-10T02:30:00.000Z', null],
      ],
      shifted: '2024-03-10T05:00:00.000Z',
    })
  })
})
