import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { expectAllPages, landThroughKills } from '../../test/servers/kill-landing.ts'
import { makePlace, type PostgresPlace } from '../../test/servers/postgres-place.ts'
import { landsExactly } from '../landing-conformance.ts'
import type { LandingCommit, LandingTable, OpenLanding, StreamState } from '../landing-contract.ts'
import { openLanding } from './open-landing.ts'
import { postgresLandingOptions } from './options.ts'

const server = inject('server')
const schemas: string[] = []
const NOTHING = { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' }

function open(landingSchema: string): OpenLanding {
  if (server === null) throw new Error('There is no PostgreSQL server to test on.')
  const { host, port, user, password } = server
  return openLanding('warehouse', postgresLandingOptions.parse({ host, port, user, password, database: 'postgres', landingSchema }), NOTHING)
}

function made(): string {
  const schema = `landing "${randomBytes(4).toString('hex')}"`
  schemas.push(schema)
  return schema
}

afterAll(async () => {
  const place = await makePlace('')
  for (const schema of schemas) await place.own(`DROP SCHEMA IF EXISTS "${schema.replaceAll('"', '""')}" CASCADE`)
  await place.remove()
})

landsExactly('PostgreSQL', {
  outlives: true,
  async make() {
    const schema = made()
    return { opened: open(schema), reopen: () => Promise.resolve(open(schema)) }
  },
})

const STATE: StreamState = { cursor: 1, generation: 1, isWhole: false, completeUntilUtcMs: null, committedUtcMs: 0 }
const THINGS: LandingTable = { name: 'tool_things', key: ['id'], columns: [{ name: 'id', kind: 'text', scale: 0 }, { name: 'parent', kind: 'text', scale: 0 }, { name: 'at', kind: 'timestamp', scale: 0 }, { name: 'day', kind: 'date', scale: 0 }] }
const put = (ids: readonly string[], parts: Partial<LandingCommit> = {}): LandingCommit => ({
  source: 'tool',
  stream: 'things',
  tables: [THINGS],
  writes: [{ kind: 'upsert', table: THINGS.name, rows: { names: ['id'], columns: [ids], count: ids.length } }],
  quarantined: [],
  state: STATE,
  sweeps: false,
  ...parts,
})

describe('a schema of PostgreSQL that records land in', () => {
  const opened: OpenLanding[] = []
  const place = (schema = made()): OpenLanding & { readonly schema: string } => {
    const one = open(schema)
    opened.push(one)
    return { ...one, schema }
  }
  afterEach(async () => {
    for (const { source } of opened.splice(0)) await source.close()
  })
  let owner: PostgresPlace
  beforeAll(async () => {
    owner = await makePlace('')
  })
  afterAll(() => owner.remove())
  const own = (sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> => owner.own(sql)
  const counted = async ({ landing }: OpenLanding): Promise<number | undefined> => [...(await landing.rowCounts('tool')).values()][0]

  it('has one writer at a time: the second is told so, and may write once the first has closed', async () => {
    const first = place()
    const second = place(first.schema)
    await first.landing.commit(put(['a']))
    const refused = second.landing.commit(put(['b']))
    await expect(refused).rejects.toMatchObject({ code: 'SOURCE_BUSY', message: expect.stringContaining('one writer at a time') })
    // It reads all the while.
    expect(await counted(second)).toBe(1)
    await first.source.close()
    await second.landing.commit(put(['b']))
    expect(await counted(second)).toBe(2)
  })

  it('shows another process what was landed once it looks again', async () => {
    const writer = place()
    const reader = place(writer.schema)
    await writer.landing.commit(put(['a']))
    const before = await reader.source.dataVersion([THINGS.name], true)
    await writer.landing.commit(put(['b']))
    expect(await reader.source.dataVersion([THINGS.name], true)).not.toBe(before)
    // The writer itself need not be told to look.
    const own = await writer.source.dataVersion([THINGS.name], false)
    await writer.landing.commit(put(['c']))
    expect(await writer.source.dataVersion([THINGS.name], false)).not.toBe(own)
  })

  it('goes on after the server has ended its session, and nothing of the commit under way stays', async () => {
    const one = place()
    await one.landing.commit(put(['a']))
    const many = Array.from({ length: 200_000 }, (_, index) => `row ${index}`)
    const broken = one.landing.commit(put(many, { state: { ...STATE, cursor: 2 } }))
    const told = expect(broken).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    const end = (): Promise<readonly Readonly<Record<string, unknown>>[]> => own(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO "tool_things"%' AND state = 'active'`)
    const running = new Set([told])
    void told.finally(() => running.clear()).catch(() => undefined)
    while (running.size > 0 && (await end()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await told
    expect([await counted(one), (await one.landing.states('tool')).get('things')?.cursor]).toEqual([1, 1])
    await one.landing.commit(put(many, { state: { ...STATE, cursor: 2 } }))
    expect([await counted(one), (await one.landing.states('tool')).get('things')?.cursor]).toEqual([200_001, 2])
  })

  it('takes names longer than the server does, and tells two of them apart', async () => {
    const one = place()
    const [long, longer] = ['a', 'b'].map((end) => `${'a_very_long_name_of_a_property_'.repeat(3)}${end}`)
    const wide: LandingTable = { ...THINGS, columns: [...THINGS.columns, { name: long ?? '', kind: 'text', scale: 0 }, { name: longer ?? '', kind: 'integer', scale: 0 }] }
    await one.landing.commit(put([], { tables: [wide], writes: [{ kind: 'upsert', table: wide.name, rows: { names: ['id', long ?? '', longer ?? ''], columns: [['a'], ['x'], [7n]], count: 1 } }] }))
    expect((await one.landing.tables('tool'))[0]?.columns).toEqual(wide.columns)
    expect(await one.landing.lookUp(wide.name, [long ?? '', longer ?? ''], { column: longer ?? '', values: [7n] })).toEqual([['x', 7n]])
  })

  it('takes texts with a NUL, which the server has none of, and years that it writes otherwise', async () => {
    const one = place()
    const [early, late] = [Date.UTC(-50, 0, 1), Date.UTC(12_345, 5, 1)]
    await one.landing.commit(put([], { writes: [{ kind: 'upsert', table: THINGS.name, rows: { names: ['id', 'parent', 'at', 'day'], columns: [['a\0b', 'c', 'd'], ['\0', null, null], [early, late, Date.parse('0000-06-01T00:00:00Z')], ['0000-02-29', '9999-12-31', null]], count: 3 } }] }))
    expect(await own(`SELECT id, parent, extract(year FROM at) AS year, extract(year FROM day) AS year_of_day FROM "${one.schema.replaceAll('"', '""')}".tool_things ORDER BY id`)).toEqual([
      { id: 'a\ufffdb', parent: '\ufffd', year: '-51', year_of_day: '-1' },
      { id: 'c', parent: null, year: '12345', year_of_day: '9999' },
      { id: 'd', parent: null, year: '-1', year_of_day: null },
    ])
  })

  it('makes a table again that somebody dropped, and leaves one alone that somebody made', async () => {
    const first = place()
    await first.landing.commit(put(['a', 'b']))
    const version = await first.source.dataVersion([THINGS.name], true)
    await first.source.close()
    const schema = `"${first.schema.replaceAll('"', '""')}"`
    await own(`DROP TABLE ${schema}.tool_things; CREATE TABLE ${schema}.tool_own (id text)`)
    const again = place(first.schema)
    expect(await again.source.discover()).toEqual([])
    await again.landing.commit(put(['c']))
    expect(await counted(again)).toBe(1)
    expect(await again.source.dataVersion([THINGS.name], true)).not.toBe(version)
    await expect(again.landing.commit(put([], { tables: [{ ...THINGS, name: 'tool_own' }], writes: [] }))).rejects.toMatchObject({ code: 'DATA_INVALID' })
  })

  it('finds the rows of a parent by an index that it makes when they are first replaced', async () => {
    const one = place()
    await one.landing.commit(put([], { writes: [{ kind: 'replace', table: THINGS.name, where: { column: 'parent', values: ['p'] }, rows: { names: ['id', 'parent'], columns: [['a'], ['p']], count: 1 } }] }))
    const indexes = await own(`SELECT indexdef FROM pg_indexes WHERE schemaname = '${one.schema}' AND tablename = 'tool_things' ORDER BY indexdef`)
    expect(indexes.map(({ indexdef }) => /\((.*)\)/.exec(String(indexdef))?.[1])).toEqual(['parent', 'id'])
  })

  it('says what a user may not, without a secret', async () => {
    const narrow = await makePlace('')
    const schema = made()
    const one = openLanding('warehouse', postgresLandingOptions.parse({ ...narrow.options, schema: 'public', landingSchema: schema }), NOTHING)
    opened.push(one)
    expect(await one.source.test()).toMatchObject({ ok: false, message: expect.stringMatching(/may not write to schema .*AUTHORIZATION/) })
    await expect(one.landing.commit(put(['a']))).rejects.toMatchObject({ code: 'SOURCE_FAILED', hint: expect.stringContaining('CREATE SCHEMA') })
    expect(await one.landing.states('tool')).toEqual(new Map())
    const wrong = openLanding('warehouse', postgresLandingOptions.parse({ ...narrow.options, password: 'wr0ng', landingSchema: schema }), NOTHING)
    opened.push(wrong)
    const { ok, message } = await wrong.source.test()
    expect([ok, message.includes('wr0ng'), message.includes(narrow.reader)]).toEqual([false, false, false])
    await expect(wrong.landing.commit(put(['a']))).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    await one.source.close()
    await narrow.remove()
  })

  it('has every page once, however often the process that lands them is killed', async () => {
    const schema = made()
    const { host, port, user, password } = server ?? {}
    const killed = await landThroughKills({ connector: 'postgres', options: { host, port, user, password, database: 'postgres', landingSchema: schema }, pages: 120 }, 8)
    expect(killed).toBeGreaterThan(0)
    await expectAllPages(place(schema), 120)
  })
})
