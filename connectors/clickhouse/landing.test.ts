import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest'
import { askClickhouse } from '../../test/servers/clickhouse.ts'
import { expectAllPages, landThroughKills } from '../../test/servers/kill-landing.ts'
import { landsExactly } from '../landing-conformance.ts'
import type { LandingCell, LandingCommit, LandingTable, OpenLanding, StreamState } from '../landing-contract.ts'
import { openLanding } from './open-landing.ts'
import { clickhouseLandingOptions } from './options.ts'

const found = inject('server')
const databases: string[] = []
/** The engine of the tests answers one machine's whole load. */
const PATIENT = { connectTimeoutMs: 120_000, statementTimeoutMs: 120_000 }
const NOTHING = { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' }

const server = (): NonNullable<typeof found> => {
  if (found === null) throw new Error('ClickHouse is not installed: npm install --include=dev brings the package chdb.')
  return found
}

function open(landingDatabase: string, more: Readonly<Record<string, unknown>> = {}): OpenLanding {
  const { host, port, user, password } = server()
  return openLanding('warehouse', clickhouseLandingOptions.parse({ url: `http://${host}:${port}`, user, password, landingDatabase, ...PATIENT, ...more }), NOTHING)
}

function made(): string {
  const database = `landing_${randomBytes(4).toString('hex')}`
  databases.push(database)
  return database
}

afterAll(async () => {
  for (const database of databases) await askClickhouse(server(), `DROP DATABASE IF EXISTS ${database} SYNC`)
})

landsExactly('ClickHouse', {
  outlives: true,
  async make() {
    const database = made()
    return { opened: open(database), reopen: () => Promise.resolve(open(database)) }
  },
})

const STATE: StreamState = { cursor: 1, generation: 1, isWhole: false, completeUntilUtcMs: null, committedUtcMs: 0 }
const THINGS: LandingTable = { name: 'tool_things', key: ['id'], columns: [{ name: 'id', kind: 'text', scale: 0 }, { name: 'parent', kind: 'text', scale: 0 }, { name: 'count', kind: 'integer', scale: 0 }, { name: 'at', kind: 'timestamp', scale: 0 }, { name: 'day', kind: 'date', scale: 0 }] }
const put = (rows: Partial<Record<'id' | 'parent' | 'count' | 'at' | 'day', readonly LandingCell[]>>, parts: Partial<LandingCommit> = {}): LandingCommit => ({
  source: 'tool',
  stream: 'things',
  tables: [THINGS],
  writes: [{ kind: 'upsert', table: THINGS.name, rows: { names: Object.keys(rows), columns: Object.values(rows), count: rows.id?.length ?? 0 } }],
  quarantined: [],
  state: STATE,
  sweeps: false,
  ...parts,
})

describe('a database of ClickHouse that records land in', () => {
  const opened: OpenLanding[] = []
  const place = (database = made()): OpenLanding & { readonly database: string; own(sql: string): Promise<string> } => {
    const one = open(database)
    opened.push(one)
    return { ...one, database, own: (sql) => askClickhouse(server(), sql, database) }
  }
  afterEach(async () => {
    for (const { source } of opened.splice(0)) await source.close()
  })
  const texts = async ({ source }: OpenLanding, expression: string): Promise<readonly unknown[]> => (await source.query({ text: `SELECT ${expression} FROM tool_things ORDER BY id`, params: [], columns: ['text'] })).columns[0] ?? []

  it('has one writer at a time, as far as writers can tell: the second is told so, and may write once the first has closed', async () => {
    const first = place()
    const second = place(first.database)
    await first.landing.commit(put({ id: ['a'] }))
    await expect(second.landing.commit(put({ id: ['b'] }))).rejects.toMatchObject({ code: 'SOURCE_BUSY', message: expect.stringContaining('one writer at a time') })
    expect(await texts(second, 'id')).toEqual(['a'])
    await first.source.close()
    await second.landing.commit(put({ id: ['b'] }))
    expect(await texts(second, 'id')).toEqual(['a', 'b'])
  })

  it('lands upon itself what had landed before its state could be written', async () => {
    const one = place()
    await one.landing.commit(put({ id: ['a'], count: [1n] }))
    await one.own('RENAME TABLE _kpiql_streams TO _kpiql_streams_away')
    const next = put({ id: ['a', 'b'], count: [2n, 2n] }, { state: { ...STATE, cursor: 2 } })
    await expect(one.landing.commit(next)).rejects.toMatchObject({ code: 'TABLE_MISSING' })
    await one.own('RENAME TABLE _kpiql_streams_away TO _kpiql_streams')
    expect([await texts(one, 'concat(id, toString(count))'), (await one.landing.states('tool')).get('things')?.cursor]).toEqual([['a2', 'b2'], 1])
    const { own, database } = one
    await one.source.close()
    // Another process reads the page again; it goes on above the versions that were left behind.
    const again = place(database)
    await again.landing.commit(next)
    await again.landing.commit(put({ id: ['b'], count: [3n] }, { state: { ...STATE, cursor: 3 } }))
    expect([await texts(again, 'concat(id, toString(count))'), (await again.landing.states('tool')).get('things')?.cursor]).toEqual([['a2', 'b3'], 3])
    expect((await own('SELECT count() FROM _rows_tool_things')).trim()).not.toBe('2')
  })

  it('shows the rows of a commit to a table at once', async () => {
    const one = place()
    const ids = Array.from({ length: 20_000 }, (_, index) => `row ${index}`)
    const all = (count: bigint): LandingCommit => put({ id: ids, count: ids.map(() => count) })
    await one.landing.commit(all(0n))
    const race = { running: true }
    const seen: string[] = []
    const ask = async (): Promise<void> => {
      while (race.running) {
        const { columns } = await one.source.query({ text: 'SELECT min(count), max(count), count() FROM tool_things', params: [], columns: ['integer', 'integer', 'integer'] })
        seen.push(columns.map((cells) => String(cells[0])).join(' '))
      }
    }
    const asking = [ask(), ask()]
    for (let count = 1n; count <= 12n; count++) await one.landing.commit(all(count))
    race.running = false
    await Promise.all(asking)
    const wholes = Array.from({ length: 13 }, (_, count) => `${count} ${count} 20000`)
    expect(seen.filter((one) => !wholes.includes(one))).toEqual([])
  })

  it('keeps its version while parts are merged', async () => {
    const one = place()
    for (const id of ['a', 'a', 'b']) await one.landing.commit(put({ id: [id] }))
    const before = await one.source.dataVersion([THINGS.name], true)
    await one.own('OPTIMIZE TABLE _rows_tool_things FINAL')
    expect((await one.own('SELECT count() FROM _rows_tool_things')).trim()).toBe('2')
    expect(await one.source.dataVersion([THINGS.name], true)).toBe(before)
  })

  it('puts days and moments that the engine does not hold into quarantine, not into another century', async () => {
    const one = place()
    const times = put({ id: ['early', 'fine', 'late'], day: ['1899-12-31', '1900-01-01', '9999-12-31'], at: [Date.UTC(2300, 0, 1), Date.UTC(2300, 0, 1) - 1, 0] })
    await one.landing.commit(times)
    expect(await texts(one, "concat(id, ' ', ifNull(toString(day), '-'), ' ', ifNull(toString(at), '-'))")).toEqual(['early - -', 'fine 1900-01-01 2299-12-31 23:59:59.999', 'late - 1970-01-01 00:00:00.000'])
    const { entries } = await one.landing.quarantine('tool')
    expect(entries.map(({ column, content }) => [column, content]).toSorted()).toEqual([['at', `{"id":"early","at":${Date.UTC(2300, 0, 1)}}`], ['day', '{"id":"early","day":"1899-12-31"}'], ['day', '{"id":"late","day":"9999-12-31"}']])
    const daily: LandingTable = { ...THINGS, name: 'tool_days', key: ['day'] }
    await one.landing.commit(put({}, { tables: [daily], writes: [{ kind: 'replace', table: daily.name, where: { column: 'day', values: ['0001-01-01', '2024-01-01'] }, rows: { names: ['day'], columns: [['0001-01-01', '2024-01-01']], count: 2 } }] }))
    expect(await one.landing.rowCounts('tool')).toEqual(new Map([['tool_days', 1], ['tool_things', 3]]))
  })

  it('removes a person\'s rows with all their versions from the disk', async () => {
    const one = place()
    await one.landing.commit(put({ id: ['a', 'b', 'c'], parent: ['ann', 'ann', 'bob'] }))
    await one.landing.commit(put({ id: ['a', 'b', 'c'], parent: ['ann', 'ben', 'ann'] }))
    expect(await one.landing.remove(THINGS.name, { column: 'parent', values: ['ann'] })).toBe(2)
    expect(await texts(one, "concat(id, ' ', parent)")).toEqual(['b ben'])
    expect((await one.own('SELECT id, parent FROM _rows_tool_things')).trim()).toBe('b\tben')
  })

  it('leaves a table and a view alone that somebody made', async () => {
    const one = place()
    await one.landing.commit(put({ id: ['a'] }))
    await one.own('CREATE TABLE tool_own (id String) ENGINE = MergeTree ORDER BY id')
    await one.own('CREATE VIEW tool_view AS SELECT id FROM tool_things')
    for (const name of ['tool_own', 'tool_view']) await expect(one.landing.commit(put({}, { tables: [{ ...THINGS, name }], writes: [] }))).rejects.toMatchObject({ code: 'DATA_INVALID' })
    expect((await one.source.discover()).map(({ name }) => name)).toEqual(['tool_things'])
  })

  it('says in a sentence why nothing can land, without a secret', async () => {
    const wrong = open(made(), { password: 'wr0ng' })
    opened.push(wrong)
    const { ok, message } = await wrong.source.test()
    expect([ok, message.includes('wr0ng'), message.includes('127.0.0.1')]).toEqual([false, false, false])
    await expect(wrong.landing.commit(put({ id: ['a'] }))).rejects.toMatchObject({ code: 'SOURCE_FAILED', hint: expect.stringContaining('password') })
    const nowhere = open(made(), { url: 'http://127.0.0.1:1' })
    opened.push(nowhere)
    expect((await nowhere.source.test()).ok).toBe(false)
    await expect(nowhere.landing.states('tool')).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
  })

  it('has every page once, however often the process that lands them is killed', async () => {
    const database = made()
    const { host, port, user, password } = server()
    const killed = await landThroughKills({ connector: 'clickhouse', options: { url: `http://${host}:${port}`, user, password, landingDatabase: database }, pages: 40 }, 8)
    expect(killed).toBeGreaterThan(0)
    await expectAllPages(place(database), 40)
  })
})
