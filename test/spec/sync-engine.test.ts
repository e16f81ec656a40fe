import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { FullReadNeeded, type Json, type ReadRequest, type SyncPage, type SyncTable } from '../../connectors/sync-contract.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { KEPT, MapLanding, NOBODY, NOW, pagesOf, streamOf, syncOnce, syncsOf, toolOf } from './sync-world.ts'

const ITEMS: SyncTable = { name: 'items', description: 'Items.', key: ['id'], columns: [{ name: 'id', kind: 'text' }, { name: 'n', kind: 'integer' }] }
const upsert = (...records: readonly Record<string, unknown>[]): SyncPage['writes'][number] => ({ kind: 'upsert', table: 'items', records })
const ids = (landing: MapLanding, table = 'tool_items'): readonly unknown[] => landing.rows(table).map(({ id }) => id)

describe('a sync', () => {
  it('lands all pages, and goes on from the last cursor', async () => {
    const landing = new MapLanding()
    const asked: Json[] = []
    const pages = [{ writes: [upsert({ id: 'a', n: 1 })] }, { writes: [upsert({ id: 'b', n: 2 })], completeUntilUtcMs: NOW - 5 }]
    const read = (request: ReadRequest): AsyncIterable<SyncPage> => {
      asked.push(request.cursor)
      return pagesOf(pages)(request)
    }
    const syncs = syncsOf(toolOf([streamOf('items', [ITEMS], read)]), landing)
    expect((await syncs.status())[0]).toMatchObject({ source: 'tool', running: false, streams: [] })
    const first = await syncOnce(syncs)
    pages.push({ writes: [upsert({ id: 'b', n: 3 })] })
    const second = await syncOnce(syncs)
    expect(asked).toEqual([null, 2])
    expect(landing.rows('tool_items')).toEqual([{ id: 'a', n: 1n }, { id: 'b', n: 3n }])
    expect(first.streams).toEqual([{ name: 'items', state: 'whole', done: null, rows: 2, quarantined: 0, lastCommitUtcMs: NOW, completeUntilUtcMs: NOW - 5, written: 2, removed: 0, error: null }])
    expect(second.streams[0]).toMatchObject({ state: 'whole', rows: 2, written: 1, completeUntilUtcMs: NOW - 5 })
    expect([second.running, second.startedUtcMs, second.endedUtcMs]).toEqual([false, NOW, NOW])
  })

  it('takes every kind of value that a column takes, and no other', async () => {
    const kinds = [
      ['text', [['x', 'x'], [1.5, '1.5'], [true, 'true'], [9007199254740993n, '9007199254740993'], ['', '']], [{}, ['x'], 'a\u0000b']],
      ['boolean', [[true, true], [false, false]], ['true', 1, 'yes']],
      ['integer', [[1, 1n], ['-9223372036854775808', -9223372036854775808n], [9223372036854775807n, 9223372036854775807n], ['+007', 7n]], ['9223372036854775808', 1.5, 1e300, '1.0', 'x', true, '']],
      ['decimal', [['1.10', '1.1'], ['-0.00', '0'], [0.1, '0.1'], ['1.5e3', '1500'], ['12e-2', '0.12'], [7, '7'], [-3n, '-3'], ['.5', '0.5'], ['100', '100'], ['1.2300000', '1.23']], ['1.234', 'x', '', '1e-3', '1,5', true, Number.NaN, '1e60', '.']],
      ['float', [[1.5, 1.5], ['2.5', 2.5], [3n, 3]], [Number.NaN, Infinity, 'x', '', true]],
      ['date', [['2024-02-29', '2024-02-29']], ['2023-02-29', '2024-1-1', 20240101, '2024-01-01T00:00:00Z', '']],
      [
        'timestamp',
        [[NOW, NOW], ['2024-03-31T00:59:59.999Z', 1711846799999], ['2024-03-31 02:00:00+02:00', 1711843200000], ['2024-03-31T00:00:00.000+0000', 1711843200000], ['2024-03-31T00:00:00.123456Z', 1711843200123]],
        ['2024-03-31T00:00:00', '2024-02-30T00:00:00Z', 'now', Number.NaN, 1e20, true, '2024-03-31'],
      ],
      ['json', [[{ a: [1] }, '{"a":[1]}'], ['x', '"x"'], [1, '1'], [false, 'false']], [1n]],
    ] as const
    for (const [kind, fits, misfits] of kinds) {
      const landing = new MapLanding()
      const table: SyncTable = { ...ITEMS, columns: [{ name: 'id', kind: 'text' }, { name: 'value', kind, scale: 2 }] }
      const records = [...fits.map(([value]) => value), null, undefined, ...misfits].map((value, index) => ({ id: `r${index}`, value }))
      await syncOnce(syncsOf(toolOf([streamOf('items', [table], pagesOf([{ writes: [upsert(...records)] }]))]), landing))
      expect([kind, landing.rows('tool_items').map(({ value }) => value)]).toEqual([kind, [...fits.map(([, cell]) => cell), null, null]])
      expect([kind, landing.aside.length]).toEqual([kind, misfits.length])
    }
  })

  it('puts what does not fit into quarantine, with the column and the reason', async () => {
    const landing = new MapLanding()
    const syncs = syncsOf(toolOf([streamOf('items', [ITEMS], pagesOf([{ writes: [upsert({ id: 'a', n: 'x' }, { n: 1 }, { id: null, n: 2 }, { id: 'b', n: 3 })] }]))]), landing)
    const { streams } = await syncOnce(syncs)
    expect(streams[0]).toMatchObject({ rows: 1, quarantined: 3, written: 1, state: 'whole' })
    expect(landing.aside.map((text) => JSON.parse(text) as unknown)).toEqual([
      ['tool_items', 'n', 'a string that is no integer of 64 bits', '{"id":"a","n":"x"}'],
      ['tool_items', 'id', 'no value in a column of the key', '{"n":1}'],
      ['tool_items', 'id', 'no value in a column of the key', '{"id":null,"n":2}'],
    ])
  })

  it('makes columns of fields that nobody declared, and knows them at the next start', async () => {
    const landing = new MapLanding()
    const read = pagesOf([
      { writes: [upsert({ id: 'a', isPaid: true, 'Seat Count': 3, ratio: 0.5, note: 'x', extra: { k: 1 }, _rank: 2 }, { id: 'b', isPaid: 'yes' })] },
      { writes: [upsert({ id: 'c', isPaid: false, note: 7 }, { id: 'd', 'Seat Count': 1.5 })] },
    ])
    const tool = toolOf([streamOf('items', [ITEMS], read)])
    await syncOnce(syncsOf(tool, landing, { limits: { records: 1, characters: 1e9, ms: 1e9 } }))
    const none = { n: null, seat_count: null, ratio: null, note: null, extra: null, field_rank: null }
    expect(landing.rows('tool_items')).toEqual([
      { id: 'a', n: null, is_paid: true, seat_count: 3, ratio: 0.5, note: 'x', extra: '{"k":1}', field_rank: 2 },
      // A cell that does not fit a column that nobody declared is null; the record lands.
      { id: 'b', ...none, is_paid: null },
      { id: 'c', ...none, is_paid: false, note: '7' },
      // A number that was whole by chance keeps no fraction out.
      { id: 'd', ...none, is_paid: null, seat_count: 1.5 },
    ])
    expect(landing.aside.map((text) => (JSON.parse(text) as unknown[]).slice(1, 3))).toEqual([['is_paid', 'a string that is no boolean; the rest of the record landed']])
    await syncOnce(syncsOf(tool, landing), { full: true })
    expect((await landing.tables('tool'))[0]?.columns.map(({ name, kind }) => [name, kind])).toEqual([['id', 'text'], ['n', 'integer'], ['is_paid', 'boolean'], ['seat_count', 'float'], ['ratio', 'float'], ['note', 'text'], ['extra', 'json'], ['field_rank', 'float']])
  })

  it('moves a row on whose undeclared field does not fit what an earlier run learned', async () => {
    const landing = new MapLanding()
    const landed = { name: 'tool_items', key: ['id'], columns: [...ITEMS.columns.map(({ name, kind }) => ({ name, kind, scale: 0 })), { name: 'score', kind: 'integer' as const, scale: 0 }] }
    await landing.commit({ source: 'tool', stream: 'items', tables: [landed], writes: [{ kind: 'upsert', table: 'tool_items', rows: { names: ['id', 'n', 'score'], columns: [['a'], [1n], [1n]], count: 1 } }], quarantined: [], state: null, sweeps: false })
    const { streams } = await syncOnce(syncsOf(toolOf([streamOf('items', [ITEMS], pagesOf([{ writes: [upsert({ id: 'a', n: 2, score: 1.5, size: 2 }, { id: 'b', n: 3, score: 4, size: 9007199254740993n })] }]))]), landing))
    expect(landing.rows('tool_items')).toEqual([{ id: 'a', n: 2n, score: null, size: 2 }, { id: 'b', n: 3n, score: 4n, size: null }])
    expect([streams[0]?.state, streams[0]?.quarantined, landing.aside.map((text) => (JSON.parse(text) as unknown[]).slice(0, 2))]).toEqual(['whole', 2, [['tool_items', 'score'], ['tool_items', 'size']]])
  })

  it('tells of two fields that would be one column, and lands the first', async () => {
    const landing = new MapLanding()
    await syncOnce(syncsOf(toolOf([streamOf('items', [ITEMS], pagesOf([{ writes: [upsert({ id: 'a', userId: 'x', user_id: 'y' }, { id: 'b', user_id: 'z' }, { id: 'c', N: 5 })] }]))]), landing))
    expect(landing.rows('tool_items').map((row) => [row['id'], row['n'], row['user_id']])).toEqual([['a', null, 'x'], ['b', null, null], ['c', null, null]])
    expect(landing.aside.map((text) => JSON.parse(text) as unknown)).toEqual([
      ['tool_items', 'user_id', 'the fields "userId" and "user_id" would be one column: only the first is landed', '{"field":"user_id"}'],
      ['tool_items', 'n', 'the fields "n" and "N" would be one column: only the first is landed', '{"field":"N"}'],
    ])
  })

  it('hashes or drops what is personal, in rows, deletions and the quarantine; keys hash, so that joins hold', async () => {
    const people: SyncTable = {
      name: 'people',
      description: 'People.',
      key: ['user'],
      columns: [{ name: 'user', kind: 'integer', personal: true }, { name: 'email', kind: 'text', personal: true }, { name: 'age', kind: 'integer' }],
      person: { user: ['user'], email: ['email'] },
    }
    const write = (...records: readonly Record<string, unknown>[]): SyncPage['writes'][number] => ({ kind: 'upsert', table: 'people', records })
    const tool = toolOf([streamOf('people', [people], pagesOf([{ writes: [write({ user: 1, email: ' Ann@X.org ', age: 3 }, { user: 2, email: 'bob@x.org', age: 'old' }, { user: 3, email: 'c', age: 1 })] }, { writes: [{ kind: 'delete', table: 'people', keys: [[3]] }] }]))])
    const hash = (text: string): string => createHmac('sha256', 'a key of the tests').update(text).digest('hex')
    const hashed = new MapLanding()
    await syncOnce(syncsOf(tool, hashed, { settings: { personal: { people: 'hash' }, hashKey: 'a key of the tests' }, limits: { records: 1, characters: 1e9, ms: 1e9 } }))
    expect(hashed.rows('tool_people')).toEqual([{ user: hash('1'), email: hash('ann@x.org'), age: 3n }])
    const dropped = new MapLanding()
    await syncOnce(syncsOf(tool, dropped, { settings: { personal: 'drop', hashKey: 'a key of the tests' } }))
    expect(dropped.rows('tool_people')).toEqual([{ user: hash('1'), age: 3n }])
    for (const landing of [hashed, dropped]) expect(JSON.stringify([landing.aside, landing.commits], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toMatch(/ann@|bob@/i)
    const { streams } = await syncOnce(syncsOf(tool, new MapLanding(), { settings: { personal: 'hash' } }))
    expect(streams[0]?.error).toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('refuses to change what becomes of personal columns in tables that have landed', async () => {
    const people: SyncTable = { ...ITEMS, name: 'people', columns: [{ name: 'id', kind: 'text', personal: true }, { name: 'email', kind: 'text', personal: true }] }
    const tool = toolOf([streamOf('people', [people], pagesOf([{ writes: [{ kind: 'upsert', table: 'people', records: [{ id: 'ann', email: 'ann@x.org' }] }] }])), streamOf('items', [ITEMS], pagesOf([{ writes: [upsert({ id: 'a' })] }]))])
    const [keep, hash, otherKey, drop] = [{ personal: 'keep' }, { personal: 'hash', hashKey: 'one key of the tests' }, { personal: 'hash', hashKey: 'another key of the tests' }, { personal: { people: 'drop' }, hashKey: 'one key of the tests' }] as const
    for (const first of [keep, hash, drop]) {
      const landing = new MapLanding()
      const run = async (settings: typeof first | typeof otherKey): Promise<unknown> => {
        const { streams } = await syncOnce(syncsOf(tool, landing, { settings }), { full: true })
        return streams.map(({ name, state, error }) => [name, state, error?.code ?? null])
      }
      const fine = [['people', 'whole', null], ['items', 'whole', null]]
      expect(await run(first)).toEqual(fine)
      const landed = landing.rows('tool_people')
      for (const then of [keep, hash, otherKey, drop]) {
        if (then !== first) expect(await run(then)).toEqual([['people', 'failed', 'CONFIG_INVALID'], ['items', 'whole', null]])
        expect(landing.rows('tool_people')).toEqual(landed)
      }
      expect(await run(first)).toEqual(fine)
    }
  })

  it('keeps out who asked to be forgotten', async () => {
    const landing = new MapLanding()
    const table: SyncTable = { ...ITEMS, person: { user: ['id'] } }
    const has = ({ user, source, table: of }: { user: readonly string[]; source: string; table: string }): boolean => user.includes('a') && source === 'tool' && of === 'items'
    await syncOnce(syncsOf(toolOf([streamOf('items', [table], pagesOf([{ writes: [upsert({ id: 'a', n: 'bad' }, { id: 'b', n: 1 })] }]))]), landing, { forgotten: { ...NOBODY, any: () => true, has } }))
    expect([ids(landing), landing.aside]).toEqual([['b'], []])
  })

  it('begins anew where the tool demands it, and sweeps what a whole reading did not show', async () => {
    const landing = new MapLanding()
    const state = { shown: ['a', 'b', 'c'], isOld: false }
    const stream = streamOf('items', [ITEMS], async function* ({ cursor }) {
      if (state.isOld && cursor !== null) throw new FullReadNeeded()
      for (const [at, id] of state.shown.entries()) yield { writes: [upsert({ id, n: at })], cursor: { at }, done: null }
    })
    const syncs = syncsOf(toolOf([stream]), landing)
    await syncOnce(syncs)
    state.shown = ['b', 'd']
    await syncOnce(syncs)
    expect(ids(landing)).toEqual(['a', 'b', 'c', 'd'])
    state.isOld = true
    const { streams } = await syncOnce(syncs)
    expect([ids(landing), streams[0]?.removed, streams[0]?.state]).toEqual([['b', 'd'], 2, 'whole'])
    expect((await landing.states('tool')).get('items')).toMatchObject({ generation: 2, isWhole: true, cursor: { at: 1 } })
  })

  it('sweeps nothing where the tool forgets, where old rows are not wanted, or where only a part was asked for', async () => {
    for (const [more, settings, ask] of [[{ showsAll: false }, {}, { full: true }], [{}, { sinceUtcMs: 5 }, { full: true }], [{}, {}, { sinceUtcMs: 7 }]] as const) {
      const landing = new MapLanding()
      const state = { shown: ['a', 'b'], since: [] as (number | null)[] }
      const stream = streamOf(
        'items',
        [ITEMS],
        async function* ({ sinceUtcMs }) {
          state.since.push(sinceUtcMs)
          yield { writes: [upsert(...state.shown.map((id) => ({ id })))], cursor: 'end', done: 1 }
        },
        more,
      )
      const syncs = syncsOf(toolOf([stream]), landing, { settings })
      await syncOnce(syncs)
      state.shown = ['b']
      await syncOnce(syncs, ask)
      expect(ids(landing)).toEqual(['a', 'b'])
      expect(state.since).toEqual([('sinceUtcMs' in settings ? settings.sinceUtcMs : null), 'sinceUtcMs' in ask ? ask.sinceUtcMs : 'sinceUtcMs' in settings ? settings.sinceUtcMs : null])
    }
  })

  it('sweeps although old rows are not wanted, where the stream shows all there is all the same', async () => {
    const landing = new MapLanding()
    const state = { shown: ['a', 'b'] }
    const tables = ['owners', 'orders'].map((name): SyncTable => ({ ...ITEMS, name }))
    const read = (table: string) =>
      async function* (): AsyncIterable<SyncPage> {
        yield { writes: [{ kind: 'upsert', table, records: state.shown.map((id) => ({ id })) }], cursor: 'end', done: 1 }
      }
    const streams = tables.map((table) => streamOf(table.name, [table], read(table.name), { ignoresSince: table.name === 'owners' }))
    const syncs = syncsOf(toolOf(streams), landing, { settings: { sinceUtcMs: 5 } })
    await syncOnce(syncs)
    state.shown = ['b', 'c']
    // A part leaves older rows alone, whatever it shows, and all that no day cuts.
    const { streams: [, orders] } = await syncOnce(syncs, { sinceUtcMs: 7 })
    expect([ids(landing, 'tool_owners'), ids(landing, 'tool_orders'), orders?.written]).toEqual([['a', 'b'], ['a', 'b', 'c'], 2])
    await syncOnce(syncs, { full: true })
    expect([ids(landing, 'tool_owners'), ids(landing, 'tool_orders')]).toEqual([['b', 'c'], ['a', 'b', 'c']])
  })

  it('refuses to read everything and a part at once', async () => {
    const syncs = syncsOf(toolOf([streamOf('items', [ITEMS], pagesOf([{ writes: [upsert({ id: 'a' })] }]))]), new MapLanding())
    await expect(syncOnce(syncs, { full: true, sinceUtcMs: 5 })).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('full') })
    expect((await syncs.status())[0]?.running).toBe(false)
    // The day of 1970 is a day like others.
    await expect(syncOnce(syncs, { full: true, sinceUtcMs: 0 })).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('removes the row of a record that fits no more, by a plain reading as by one from the beginning', async () => {
    const landing = new MapLanding()
    const pages = [{ writes: [upsert({ id: 'a', n: 10 }, { id: 'b', n: 20 })] }]
    const syncs = syncsOf(toolOf([streamOf('items', [ITEMS], (request) => pagesOf(pages)(request))]), landing)
    await syncOnce(syncs)
    pages.push({ writes: [upsert({ id: 'a', n: 'about 15' }, { id: ['b'], n: 30 })] })
    // Whose row the second one is cannot be told.
    expect([(await syncOnce(syncs)).streams[0], landing.rows('tool_items')]).toMatchObject([{ state: 'whole', removed: 1, quarantined: 2 }, [{ id: 'b', n: 20n }]])
    pages.splice(0, 1, { writes: [upsert({ id: 'b', n: 20 })] })
    expect([(await syncOnce(syncs, { full: true })).streams[0], landing.rows('tool_items')]).toMatchObject([{ rows: 1 }, [{ id: 'b', n: 20n }]])
    // Once it fits it is back, also within one page.
    pages.push({ writes: [upsert({ id: 'a', n: 'x' }, { id: 'a', n: 15 })] })
    await syncOnce(syncs)
    expect(landing.rows('tool_items')).toEqual([{ id: 'b', n: 20n }, { id: 'a', n: 15n }])
  })

  it('goes on with a part that was asked for and broke off, and leaves older rows alone', async () => {
    const landing = new MapLanding()
    const state = { fails: false, since: [] as (number | null)[], cursors: [] as Json[] }
    const stream = streamOf('items', [ITEMS], async function* ({ sinceUtcMs, cursor }) {
      state.since.push(sinceUtcMs)
      state.cursors.push(cursor)
      yield { writes: [upsert({ id: sinceUtcMs === null ? 'old' : 'new' })], cursor: 'middle', done: null }
      if (state.fails) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: 'gone' })
      yield { writes: [], cursor: 'end', done: 1 }
    })
    const syncs = syncsOf(toolOf([stream]), landing)
    await syncOnce(syncs)
    state.fails = true
    await syncOnce(syncs, { sinceUtcMs: 9 })
    state.fails = false
    await syncOnce(syncsOf(toolOf([stream]), landing))
    await syncOnce(syncs)
    expect([state.since, state.cursors]).toEqual([[null, 9, 9, null], [null, null, 'middle', 'end']])
    expect(ids(landing)).toEqual(['old', 'new'])
  })

  it('takes up a first reading where it was once a part that was asked for meanwhile has ended', async () => {
    const landing = new MapLanding()
    const state = { failsAt: 2, seen: [] as unknown[] }
    // Days 9 to 0, newest first.
    const stream = streamOf('items', [ITEMS], async function* ({ cursor, sinceUtcMs }) {
      state.seen.push([cursor, sinceUtcMs])
      for (let page = Number(cursor ?? 0); page < 5; page++) {
        if (page === state.failsAt) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: 'gone' })
        const days = [9 - page * 2, 8 - page * 2].filter((day) => day >= (sinceUtcMs ?? 0))
        yield { writes: [upsert(...days.map((n) => ({ id: `day ${n}`, n })))], cursor: page + 1, done: null, ...(page === 4 ? { completeUntilUtcMs: 10 } : {}) }
      }
    })
    const tool = toolOf([stream])
    const limits = { records: 1, characters: 1e9, ms: 1e9 }
    const one = async (ask: { readonly sinceUtcMs?: number } = {}): Promise<unknown> => {
      const { streams } = await syncOnce(syncsOf(tool, landing, { limits }), ask)
      return [streams[0]?.state, streams[0]?.rows, streams[0]?.completeUntilUtcMs]
    }
    expect(await one()).toEqual(['failed', 4, null])
    state.failsAt = 1
    expect(await one({ sinceUtcMs: 5 })).toEqual(['failed', 4, null])
    state.failsAt = -1
    // Goes on with the part, and then with what was before it.
    expect(await one()).toEqual(['partial', 5, null])
    expect(await one({ sinceUtcMs: 7 })).toEqual(['partial', 5, null])
    expect(await one()).toEqual(['whole', 10, 10])
    expect(state.seen).toEqual([[null, null], [null, 5], [1, 5], [null, 7], [2, null]])
    expect((await landing.states('tool')).get('items')).toMatchObject({ cursor: 5, generation: 1, isWhole: true })
  })

  it('does not take a part for the whole where nothing was read before', async () => {
    const landing = new MapLanding()
    const seen: unknown[] = []
    const stream = streamOf('items', [ITEMS], async function* ({ cursor, sinceUtcMs }) {
      seen.push([cursor, sinceUtcMs])
      yield { writes: [upsert(...['a', 'b', 'c'].slice(sinceUtcMs ?? 0).map((id) => ({ id })))], cursor: 'end', done: 1, completeUntilUtcMs: 9 }
    })
    const syncs = syncsOf(toolOf([stream]), landing)
    expect((await syncOnce(syncs, { sinceUtcMs: 2 })).streams[0]).toMatchObject({ state: 'partial', rows: 1, completeUntilUtcMs: null })
    expect((await syncOnce(syncs)).streams[0]).toMatchObject({ state: 'whole', rows: 3, completeUntilUtcMs: 9 })
    // Behind what is whole a part leaves the place as it was.
    expect((await syncOnce(syncs, { sinceUtcMs: 1 })).streams[0]).toMatchObject({ state: 'whole', rows: 3 })
    await syncOnce(syncs)
    expect(seen).toEqual([[null, 2], [null, null], [null, 1], ['end', null]])
  })

  it('reads late data again, and has it once', async () => {
    const landing = new MapLanding()
    const all = [{ id: 'a', n: 1 }, { id: 'b', n: 2 }]
    const lookback = streamOf('items', [ITEMS], async function* ({ cursor }) {
      const from = Math.max(0, Number(cursor ?? 0) - 1)
      yield { writes: [upsert(...all.slice(from))], cursor: all.length, done: 1 }
    })
    const syncs = syncsOf(toolOf([lookback]), landing)
    await syncOnce(syncs)
    all[1] = { id: 'b', n: 20 }
    all.push({ id: 'c', n: 3 })
    const { streams } = await syncOnce(syncs)
    expect([landing.rows('tool_items'), streams[0]?.written]).toEqual([[{ id: 'a', n: 1n }, { id: 'b', n: 20n }, { id: 'c', n: 3n }], 2])
  })

  it('lets a stream fail alone, keeps what came whole, and skips those that wait for it', async () => {
    const landing = new MapLanding()
    const order: string[] = []
    const table = (name: string): SyncTable => ({ ...ITEMS, name })
    const read = (name: string, fails = false) =>
      async function* (): AsyncIterable<SyncPage> {
        order.push(name)
        yield { writes: [{ kind: 'upsert', table: name, records: [{ id: name }] }], cursor: 1, done: 0.5 }
        await sleep(1)
        if (fails) throw new KpiqlError('SOURCE_FAILED', { message: 'No permission.', hint: 'Grant it.' })
        yield { writes: [], cursor: 2, done: 1 }
      }
    const streams = [streamOf('child', [table('child')], read('child'), { after: ['parent'] }), streamOf('orphan', [table('orphan')], read('orphan'), { after: ['broken'] }), streamOf('parent', [table('parent')], read('parent')), streamOf('broken', [table('broken')], read('broken', true))]
    const status = await syncOnce(syncsOf(toolOf(streams), landing))
    const told = Object.fromEntries(status.streams.map(({ name, state, error, rows }) => [name, [state, error?.code ?? null, error?.hint ?? null, rows]]))
    expect(told).toEqual({ child: ['whole', null, null, 1], parent: ['whole', null, null, 1], broken: ['failed', 'SOURCE_FAILED', 'Grant it.', 1], orphan: ['failed', 'SOURCE_UNAVAILABLE', 'See what failed there; the next sync reads both.', 0] })
    expect(order.indexOf('child')).toBeGreaterThan(order.indexOf('parent'))
    expect((await landing.states('tool')).get('broken')?.cursor).toBe(1)
  })

  it('reads no more streams at once than the tool allows', async () => {
    const now = { running: 0, most: 0 }
    const streams = Array.from({ length: 6 }, (_, index) =>
      streamOf(`s${index}`, [{ ...ITEMS, name: `t${index}` }], async function* () {
        now.most = Math.max(now.most, ++now.running)
        await sleep(2)
        now.running--
        yield { writes: [], cursor: 1, done: 1 }
      }),
    )
    const status = await syncOnce(syncsOf(toolOf(streams, { maxConcurrent: 3 }), new MapLanding()))
    expect([now.most, status.streams.every(({ state }) => state === 'whole')]).toEqual([3, true])
  })

  it('commits while it goes on reading, one batch ahead at most', async () => {
    const landing = new MapLanding()
    const seen = { asked: 0, most: 0 }
    landing.beforeCommit = async () => {
      const askedAtBegin = seen.asked
      await sleep(20)
      seen.most = Math.max(seen.most, seen.asked - askedAtBegin)
    }
    const stream = streamOf('items', [ITEMS], async function* () {
      for (let at = 0; at < 10; at++) {
        seen.asked++
        yield { writes: [upsert({ id: `r${at}` })], cursor: at, done: null }
      }
    })
    await syncOnce(syncsOf(toolOf([stream]), landing, { limits: { records: 1, characters: 1e9, ms: 1e9 } }))
    expect([ids(landing).length, seen.most >= 1 && seen.most <= 2]).toEqual([10, true])
  })

  it('commits what it has when the tool lets it wait', async () => {
    const landing = new MapLanding()
    const go = Promise.withResolvers<undefined>()
    const stream = streamOf('items', [ITEMS], async function* () {
      yield { writes: [upsert({ id: 'a' })], cursor: 1, done: 0.1 }
      await go.promise
      yield { writes: [upsert({ id: 'b' })], cursor: 2, done: 1 }
    })
    const syncs = syncsOf(toolOf([stream]), landing, { limits: { records: 1e9, characters: 1e9, ms: 10 } })
    const begun = await syncs.start({ source: 'tool', full: false, streams: null })
    expect(begun).toMatchObject({ running: true, streams: [{ name: 'items', state: 'running' }] })
    while (ids(landing).length === 0) await sleep(2)
    expect((await syncs.status())[0]?.streams[0]).toMatchObject({ state: 'running', done: 0.1, rows: 1, written: 1 })
    await expect(syncs.start({ source: 'tool', full: false, streams: null })).rejects.toMatchObject({ code: 'SYNC_RUNNING' })
    go.resolve(undefined)
    expect((await syncs.settled('tool')).streams[0]).toMatchObject({ state: 'whole', rows: 2 })
  })

  it('stops promptly, also where the tool hangs, and goes on from what was committed', async () => {
    const landing = new MapLanding()
    const state = { hangs: true }
    const stream = streamOf('items', [ITEMS], async function* ({ cursor }) {
      if (cursor === null) yield { writes: [upsert({ id: 'a' })], cursor: 1, done: 0.5 }
      if (state.hangs) await new Promise(() => {})
      yield { writes: [upsert({ id: 'b' })], cursor: 2, done: 1 }
    })
    const syncs = syncsOf(toolOf([stream]), landing, { limits: { records: 1, characters: 1e9, ms: 1e9 } })
    await syncs.start({ source: 'tool', full: false, streams: null })
    while (ids(landing).length === 0) await sleep(2)
    await syncs.cancel('tool')
    expect((await syncs.status())[0]).toMatchObject({ running: false, streams: [{ state: 'failed', error: { code: 'CANCELLED' }, rows: 1 }] })
    state.hangs = false
    expect((await syncOnce(syncs)).streams[0]).toMatchObject({ state: 'whole', rows: 2, error: null })
    await syncs.close()
    await expect(syncs.start({ source: 'tool', full: false, streams: null })).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('lands nothing more of a reading behind which another engine has read the stream', async () => {
    const landing = new MapLanding()
    const [held, go] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const engine = (holds: boolean): ReturnType<typeof syncsOf> => {
      const stream = streamOf('items', [ITEMS], async function* ({ cursor }) {
        for (let at = Number(cursor ?? 0); at < 4; at++) {
          if (holds && at === 2) {
            held.resolve(undefined)
            await go.promise
          }
          yield { writes: [upsert({ id: `r${at}` })], cursor: at + 1, done: null }
        }
      })
      return syncsOf(toolOf([stream]), landing, { limits: { records: 1, characters: 1e9, ms: 1e9 } })
    }
    await syncOnce(engine(false))
    const old = engine(true)
    await old.start({ source: 'tool', full: true, streams: null })
    await held.promise
    while ((await landing.states('tool')).get('items')?.cursor !== 2) await sleep(2)
    await syncOnce(engine(false), { full: true })
    go.resolve(undefined)
    expect((await old.settled('tool')).streams[0]).toMatchObject({ state: 'failed', rows: 4, error: { code: 'SOURCE_BUSY' } })
    expect([ids(landing), (await landing.states('tool')).get('items')]).toEqual([['r0', 'r1', 'r2', 'r3'], expect.objectContaining({ cursor: 4, generation: 3, isWhole: true })])
  })

  it('stops a stream that gives the same empty page for ever', async () => {
    const landing = new MapLanding()
    const stream = streamOf('items', [ITEMS], async function* () {
      yield { writes: [upsert({ id: 'a' })], cursor: 'x', done: null }
      for (;;) yield { writes: [], cursor: 'x', done: null }
    })
    const { streams } = await syncOnce(syncsOf(toolOf([stream]), landing))
    expect([ids(landing), streams[0]?.error?.code, streams[0]?.error?.message]).toEqual([['a'], 'SOURCE_FAILED', 'Stream "items" of source "tool" gave 100 pages without a record, all at the same place.'])
    const again = streamOf('items', [ITEMS], () => {
      throw new FullReadNeeded()
    })
    expect((await syncOnce(syncsOf(toolOf([again]), new MapLanding()))).streams[0]?.error?.code).toBe('SOURCE_FAILED')
  })

  it('refuses sources and streams that are not there, and tells why a tool cannot be read', async () => {
    const streams = [streamOf('items', [ITEMS], pagesOf([])), streamOf('others', [{ ...ITEMS, name: 'others' }], pagesOf([]))]
    const syncs = syncsOf(toolOf(streams), new MapLanding(), { settings: { ...KEPT, streams: ['items'] } })
    await expect(syncs.start({ source: 'toll', full: false, streams: null })).rejects.toMatchObject({ code: 'SYNC_UNKNOWN', hint: 'Closest: tool.' })
    await expect(syncs.start({ source: 'tool', full: false, streams: ['nothing'] })).rejects.toMatchObject({ code: 'SYNC_UNKNOWN' })
    await expect(syncs.start({ source: 'tool', full: false, streams: ['others'] })).rejects.toMatchObject({ code: 'SYNC_UNKNOWN' })
    expect((await syncOnce(syncs)).streams.map(({ name }) => name)).toEqual(['items'])
    const refused = syncsOf(toolOf([], { streams: () => Promise.reject(new KpiqlError('SOURCE_FAILED', { message: 'Wrong key.', hint: 'Check it.' })) }), new MapLanding())
    await expect(refused.start({ source: 'tool', full: false, streams: null })).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    expect((await refused.status())[0]).toMatchObject({ running: false, streams: [{ name: 'all streams', state: 'failed', error: { message: 'Wrong key.' } }] })
  })

  it('lands live events at once, together where many come', async () => {
    const landing = new MapLanding()
    landing.beforeCommit = () => sleep(5)
    const receiver = {
      receive: ({ body }: { body: Uint8Array }): readonly [SyncPage['writes'][number]] => {
        const text = Buffer.from(body).toString()
        if (text === '') throw new KpiqlError('WEBHOOK_INVALID', { message: 'Nothing was sent.' })
        return [upsert({ id: text, n: 1 })]
      },
    }
    const syncs = syncsOf(toolOf([streamOf('items', [ITEMS], pagesOf([]))], { receiver }), landing, { forgotten: NOBODY })
    const send = (text: string): ReturnType<typeof syncs.receive> => syncs.receive('tool', { headers: {}, body: Buffer.from(text) })
    await expect(send('')).rejects.toMatchObject({ code: 'WEBHOOK_INVALID' })
    const told = await Promise.all(Array.from({ length: 20 }, (_, index) => send(`e${index}`)))
    expect([ids(landing).length, landing.commits.length <= 3, told[0]]).toEqual([20, true, { written: 1, quarantined: 0 }])
    await expect(syncsOf(toolOf([]), landing).receive('tool', { headers: {}, body: Buffer.from('x') })).rejects.toMatchObject({ code: 'SYNC_UNKNOWN' })
  })

  it('lets a live event stand against pages that were read before it, and against later pages of the same reading', async () => {
    const landing = new MapLanding()
    const [read, sent] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const shown = ['gone', 'changed', 'left'].map((id) => ({ id, n: 1 }))
    const stream = streamOf('items', [ITEMS], async function* () {
      yield { writes: [upsert(...shown)], cursor: 1, done: null }
      read.resolve(undefined)
      await sent.promise
      // An export that was made when the reading began.
      yield { writes: [upsert(...shown)], cursor: 2, done: null }
    })
    const live: SyncPage['writes'] = [{ kind: 'delete', table: 'items', keys: [['new'], ['gone']] }, upsert({ id: 'changed', n: 2 }, { id: 'new', n: 5 }, { id: 'odd', n: 'x' })]
    const syncs = syncsOf(toolOf([stream], { receiver: { receive: () => live } }), landing, { limits: { records: 4, characters: 1e9, ms: 1e9 } })
    // Its sweep leaves what came live.
    await syncs.start({ source: 'tool', full: true, streams: null })
    await read.promise
    await syncs.receive('tool', { headers: {}, body: new Uint8Array() })
    sent.resolve(undefined)
    expect((await syncs.settled('tool')).streams[0]).toMatchObject({ state: 'whole', quarantined: 1 })
    const after = [{ id: 'changed', n: 2n }, { id: 'left', n: 1n }, { id: 'new', n: 5n }]
    expect(landing.rows('tool_items').toSorted((a, b) => String(a['id']).localeCompare(String(b['id'])))).toEqual(after)
    // A reading that begins later is asked after the event, and stands.
    shown.length = 0
    shown.push({ id: 'gone', n: 3 })
    await syncOnce(syncs, { full: true })
    expect(ids(landing)).toEqual(['gone'])
  })
})
