import { afterEach, describe, expect, it } from 'vitest'
import { addDecimals, decimalToText, type DecimalNumber } from '../src/base/decimal-number.ts'
import { column, select, type Expr } from '../src/sql/tree.ts'
import { HOSTILE_TEXTS } from './conformance.ts'
import type { ColumnKind, QueryOptions, Value } from './contract.ts'
import type { LandingCell, LandingColumn, LandingCommit, LandingRows, LandingTable, OpenLanding, StreamState } from './landing-contract.ts'

/** A place of its own for one test. */
export interface LandingSubject {
  readonly opened: OpenLanding
  /** Opens the same place again, once `opened` is closed; null where nothing outlives the process. */
  reopen(): Promise<OpenLanding>
}

export interface LandingFixtures {
  make(): Promise<LandingSubject>
  /** False where nothing outlives the process. */
  readonly outlives: boolean
}

const NOW = Date.UTC(2026, 10, 21, 12)
const TABLE: LandingTable = {
  name: 'shop_orders',
  key: ['id'],
  columns: [
    { name: 'id', kind: 'text', scale: 0 },
    { name: 'count', kind: 'integer', scale: 0 },
    { name: 'label', kind: 'text', scale: 0 },
  ],
}
const PAIRS: LandingTable = {
  name: 'shop_pairs',
  key: ['parent', 'at'],
  columns: [
    { name: 'parent', kind: 'text', scale: 0 },
    { name: 'at', kind: 'integer', scale: 0 },
    { name: 'value', kind: 'text', scale: 0 },
  ],
}
/** One column of every kind; the key is of several. */
const KINDS: LandingTable = {
  name: 'shop_kinds',
  key: ['id', 'day', 'happened_at', 'active', 'amount'],
  columns: [
    { name: 'id', kind: 'integer', scale: 0 },
    { name: 'label', kind: 'text', scale: 0 },
    { name: 'active', kind: 'boolean', scale: 0 },
    { name: 'amount', kind: 'decimal', scale: 4 },
    { name: 'ratio', kind: 'float', scale: 0 },
    { name: 'day', kind: 'date', scale: 0 },
    { name: 'happened_at', kind: 'timestamp', scale: 0 },
    { name: 'extra', kind: 'json', scale: 0 },
  ],
}

export function rowsOf(table: LandingTable, rows: readonly (readonly LandingCell[])[]): LandingRows {
  return { names: table.columns.map(({ name }) => name), columns: table.columns.map((_, index) => rows.map((row) => row[index] ?? null)), count: rows.length }
}

const stateOf = (generation: number, cursor: StreamState['cursor'] = generation): StreamState => ({ cursor, generation, isWhole: false, completeUntilUtcMs: null, committedUtcMs: NOW })
const commitOf = (table: LandingTable, writes: LandingCommit['writes'], parts: Partial<LandingCommit> = {}): LandingCommit => ({ source: 'shop', stream: table.name.slice('shop_'.length), tables: [table], writes, quarantined: [], state: stateOf(1), sweeps: false, ...parts })
const upsert = (table: LandingTable, ...rows: (readonly LandingCell[])[]): LandingCommit['writes'][number] => ({ kind: 'upsert', table: table.name, rows: rowsOf(table, rows) })

/** The laws every landing keeps; call it at the top of a test file. */
export function landsExactly(name: string, fixtures: LandingFixtures): void {
  describe(`${name} lands what is synced`, () => {
    const open: OpenLanding[] = []
    const make = async (): Promise<LandingSubject> => {
      const subject = await fixtures.make()
      open.push(subject.opened)
      return subject
    }
    afterEach(async () => {
      for (const { source, landing } of open.splice(0)) {
        await source.close()
        await landing.close()
      }
    })

    it('has nothing at first', async () => {
      const { landing, source } = (await make()).opened
      expect([...(await landing.states('shop'))]).toEqual([])
      expect(await landing.tables('shop')).toEqual([])
      expect(await landing.quarantine(null)).toEqual({ total: 0, entries: [], truncated: false })
      expect(await source.discover()).toEqual([])
      expect((await source.test()).ok).toBe(true)
    })

    it('keeps cells of every kind exact, and null null', async () => {
      const { opened } = await make()
      const first: LandingCell[] = [9007199254740993n, "O'Brien 🙂", true, '12345678901234567890.1234', 0.1, '2024-02-29', Date.UTC(2024, 2, 31, 0, 59, 59, 999), '{"a":[1,"x"]}']
      const second: LandingCell[] = [-9223372036854775808n, '', false, '-0.0001', -1e300, '1901-01-01', -1, '"text"']
      const third: LandingCell[] = [9223372036854775807n, null, false, '0', null, '2299-12-31', 0, null]
      await opened.landing.commit(commitOf(KINDS, [upsert(KINDS, first, second, third)]))
      expect(await read(opened, KINDS)).toEqual([second, first, third.with(3, '0.0000')].map((row) => row.map((cell, index) => shown(cell, KINDS.columns[index]))))
      // Each is found again by a key of many kinds.
      await opened.landing.commit(commitOf(KINDS, [upsert(KINDS, first.with(1, 'changed')), { kind: 'delete', table: KINDS.name, keys: [second, third].map((row) => [0, 5, 6, 2, 3].map((at) => row[at] ?? null)) }]))
      expect((await read(opened, KINDS)).map((row) => row[1])).toEqual(['changed'])
    })

    it('tells its tables, the kinds of their columns and their keys', async () => {
      const { landing, source } = (await make()).opened
      await landing.commit(commitOf(KINDS, [upsert(KINDS, [1n, 'a', true, '1', 1, '2024-01-01', 1, null])]))
      const [info] = await source.discover()
      const kinds = Object.fromEntries((info?.columns ?? []).map((one) => [one.name, one.kind]))
      expect(kinds).toMatchObject({ id: 'integer', label: 'text', active: 'boolean', amount: 'decimal', ratio: 'float', day: 'date', happened_at: 'timestamp', extra: 'text' })
      expect(info?.columns.find((one) => one.name === 'happened_at')?.zoned).toBe(true)
      expect(await landing.tables('shop')).toEqual([{ name: KINDS.name, stream: 'kinds', columns: KINDS.columns, key: KINDS.key }])
      expect(await landing.rowCounts('shop')).toEqual(new Map([[KINDS.name, 1]]))
      expect((await source.statistics(KINDS.name)).rows).toBe(1)
    })

    it('gives hostile texts back unchanged, in cells, keys and the quarantine', async () => {
      const { opened } = await make()
      const texts = HOSTILE_TEXTS.filter((text) => !text.includes('\u0000'))
      const write = upsert(TABLE, ...texts.map((text, index) => [text, BigInt(index), text]))
      await opened.landing.commit(commitOf(TABLE, [write], { quarantined: texts.map((text) => ({ table: TABLE.name, column: text, reason: text, content: text })) }))
      await opened.landing.commit(commitOf(TABLE, [write]))
      const rows = await read(opened, TABLE)
      expect(rows.toSorted(byCount)).toEqual(texts.map((text, index) => [text, BigInt(index), text]))
      const { entries, total } = await opened.landing.quarantine('shop')
      expect([total, entries.map(({ reason }) => reason).toSorted()]).toEqual([texts.length, texts.toSorted()])
    })

    it('replaces a row of the same key as a whole', async () => {
      const { opened } = await make()
      await opened.landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'one'], ['b', 2n, 'two'])]))
      const told = await opened.landing.commit(commitOf(TABLE, [{ kind: 'upsert', table: TABLE.name, rows: { names: ['id', 'count'], columns: [['b', 'c'], [3n, 4n]], count: 2 } }]))
      expect(await read(opened, TABLE)).toEqual([['a', 1n, 'one'], ['b', 3n, null], ['c', 4n, null]])
      expect(told).toEqual({ written: 2, removed: 0 })
    })

    it('replaces all rows of some values, and puts its own in by key', async () => {
      const { opened } = await make()
      await opened.landing.commit(commitOf(PAIRS, [upsert(PAIRS, ['p', 1n, 'x'], ['p', 2n, 'x'], ['q', 1n, 'x'], ['r', 1n, 'x'])]))
      const told = await opened.landing.commit(commitOf(PAIRS, [{ kind: 'replace', table: PAIRS.name, where: { column: 'parent', values: ['p', 'q', 'nobody'] }, rows: rowsOf(PAIRS, [['p', 2n, 'y'], ['r', 1n, 'y']]) }]))
      expect(await read(opened, PAIRS)).toEqual([['p', 2n, 'y'], ['r', 1n, 'y']])
      expect(told).toEqual({ written: 2, removed: 2 })
      await opened.landing.commit(commitOf(PAIRS, [{ kind: 'replace', table: PAIRS.name, where: { column: 'at', values: [2n] }, rows: rowsOf(PAIRS, []) }]))
      expect(await read(opened, PAIRS)).toEqual([['r', 1n, 'y']])
    })

    it('deletes by all columns of the key, and what is not there is no fault', async () => {
      const { opened } = await make()
      await opened.landing.commit(commitOf(PAIRS, [upsert(PAIRS, ['p', 1n, 'x'], ['p', 2n, 'x'], ['q', 1n, 'x'])]))
      const told = await opened.landing.commit(commitOf(PAIRS, [{ kind: 'delete', table: PAIRS.name, keys: [['p', 1n], ['q', 2n]] }]))
      expect([await read(opened, PAIRS), told]).toEqual([[['p', 2n, 'x'], ['q', 1n, 'x']], { written: 0, removed: 1 }])
    })

    it('applies writes in their order', async () => {
      const { opened } = await make()
      await opened.landing.commit(
        commitOf(TABLE, [
          upsert(TABLE, ['a', 1n, 'first'], ['b', 1n, 'first']),
          { kind: 'delete', table: TABLE.name, keys: [['a'], ['b']] },
          upsert(TABLE, ['b', 2n, 'second'], ['c', 2n, 'second']),
          upsert(TABLE, ['c', 3n, 'third']),
          { kind: 'replace', table: TABLE.name, where: { column: 'count', values: [2n] }, rows: rowsOf(TABLE, [['d', 4n, 'fourth']]) },
        ]),
      )
      expect(await read(opened, TABLE)).toEqual([['c', 3n, 'third'], ['d', 4n, 'fourth']])
    })

    it('commits data, quarantine and state together, or nothing', async () => {
      const { landing, source } = (await make()).opened
      await landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'x'])], { state: stateOf(1, { page: 1 }), quarantined: [{ table: TABLE.name, column: 'count', reason: 'no integer', content: '{"count":"x"}' }] }))
      const changed: LandingTable = { ...TABLE, columns: [TABLE.columns[0] as LandingColumn, { name: 'count', kind: 'date', scale: 0 }] }
      const refused = landing.commit({
        ...commitOf(TABLE, [upsert(PAIRS, ['p', 1n, 'x']), { kind: 'upsert', table: TABLE.name, rows: rowsOf(changed, [['b', '2024-01-01']]) }], { state: stateOf(1, { page: 2 }), quarantined: [{ table: TABLE.name, column: null, reason: 'odd', content: '{}' }] }),
        tables: [PAIRS, changed],
      })
      await expect(refused).rejects.toMatchObject({ code: 'DATA_INVALID' })
      expect(await landing.rowCounts('shop')).toEqual(new Map([[TABLE.name, 1]]))
      expect((await landing.states('shop')).get('orders')).toEqual({ ...stateOf(1, { page: 1 }), version: 1, quarantined: 1 })
      expect(await source.quarantine()).toEqual({ total: 1, entries: [{ table: TABLE.name, file: 'shop/orders', line: null, column: 'count', reason: 'no integer', content: '{"count":"x"}' }], truncated: false })
      expect(await landing.quarantine('other')).toEqual({ total: 0, entries: [], truncated: false })
    })

    it('keeps each stream\'s state as it was committed last, and counts its commits', async () => {
      const { landing } = (await make()).opened
      const whole: StreamState = { cursor: { after: ['x', 1.5, null, true] }, generation: 3, isWhole: true, completeUntilUtcMs: NOW - 1, committedUtcMs: NOW + 1 }
      const fault = (content: string): LandingCommit['quarantined'][number] => ({ table: TABLE.name, column: null, reason: 'r', content })
      await landing.commit(commitOf(TABLE, [], { quarantined: [fault('1'), fault('2')] }))
      // A record that is read again is in quarantine once.
      await landing.commit(commitOf(TABLE, [], { state: whole, quarantined: [fault('2'), fault('3'), fault('3')] }))
      await landing.commit(commitOf(PAIRS, [], { state: stateOf(1, 'other') }))
      await landing.commit({ ...commitOf(PAIRS, [], { state: stateOf(7, null) }), source: 'elsewhere', tables: [] })
      expect(Object.fromEntries(await landing.states('shop'))).toEqual({ orders: { ...whole, version: 2, quarantined: 3 }, pairs: { ...stateOf(1, 'other'), version: 1, quarantined: 0 } })
      expect((await landing.states('elsewhere')).get('pairs')?.cursor).toBeNull()
    })

    it('lands live events without touching where a stream stands', async () => {
      const { opened } = await make()
      await opened.landing.commit(commitOf(TABLE, [upsert(TABLE, ['live', 1n, 'x'])], { state: null }))
      expect((await opened.landing.states('shop')).get('orders')).toBeUndefined()
      await opened.landing.commit(commitOf(TABLE, [], { state: stateOf(2, 'here') }))
      await opened.landing.commit(commitOf(TABLE, [upsert(TABLE, ['later', 1n, 'x'])], { state: null }))
      expect((await opened.landing.states('shop')).get('orders')).toMatchObject({ cursor: 'here', generation: 2 })
      // Rows of live events belong to the reading under way: only what came before it goes.
      await opened.landing.commit(commitOf(TABLE, [], { state: stateOf(2, 'end'), sweeps: true }))
      expect((await read(opened, TABLE)).map(([id]) => id)).toEqual(['later'])
    })

    it('sweeps the rows that this reading from the beginning did not show', async () => {
      const { opened } = await make()
      await opened.landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'x'], ['b', 1n, 'x'], ['c', 1n, 'x'])]))
      await opened.landing.commit(commitOf(TABLE, [upsert(TABLE, ['b', 2n, 'x'])], { state: stateOf(2) }))
      const told = await opened.landing.commit(commitOf(TABLE, [upsert(TABLE, ['d', 2n, 'x'])], { state: { ...stateOf(2), isWhole: true }, sweeps: true }))
      expect([await read(opened, TABLE), told]).toEqual([[['b', 2n, 'x'], ['d', 2n, 'x']], { written: 1, removed: 2 }])
    })

    it('adds columns that are new, null in the rows before', async () => {
      const { opened } = await make()
      await opened.landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'x'])]))
      const wider: LandingTable = { ...TABLE, columns: [...TABLE.columns, { name: 'price', kind: 'decimal', scale: 2 }] }
      await opened.landing.commit(commitOf(wider, [upsert(wider, ['b', 1n, 'x', '1.50'])]))
      expect(await read(opened, wider)).toEqual([['a', 1n, 'x', null], ['b', 1n, 'x', '1.50']])
      // Whoever knows of fewer columns than there are leaves the others alone.
      await opened.landing.commit(commitOf(TABLE, [upsert(TABLE, ['c', 1n, 'x'])]))
      expect((await opened.landing.tables('shop'))[0]?.columns).toEqual(wider.columns)
    })

    it('refuses a table of another source, of another key, and columns of another kind or of more decimals', async () => {
      const { landing } = (await make()).opened
      const price = (scale: number): LandingTable => ({ ...TABLE, columns: [...TABLE.columns, { name: 'price', kind: 'decimal', scale }] })
      await landing.commit(commitOf(price(2), [upsert(price(2), ['a', 1n, 'x', '1.25'])]))
      const refused: readonly LandingCommit[] = [
        { ...commitOf(price(2), [], { state: stateOf(1, 'other') }), source: 'elsewhere' },
        commitOf({ ...TABLE, key: ['id', 'count'] }, [], { state: stateOf(1, 'other') }),
        commitOf({ ...TABLE, columns: TABLE.columns.map((one): LandingColumn => (one.name === 'label' ? { ...one, kind: 'json' } : one)) }, [], { state: stateOf(1, 'other') }),
        commitOf(price(3), [], { state: stateOf(1, 'other') }),
      ]
      for (const commit of refused) await expect(landing.commit(commit)).rejects.toMatchObject({ code: 'DATA_INVALID', hint: expect.stringMatching(/\w/) })
      expect([(await landing.states('shop')).get('orders')?.cursor, (await landing.states('elsewhere')).size]).toEqual([1, 0])
    })

    it('begins from the beginning once it is reset, and then sweeps what is gone', async () => {
      const { opened } = await make()
      await opened.landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'x'], ['b', 1n, 'x'])], { state: { cursor: 'far', generation: 4, isWhole: true, completeUntilUtcMs: NOW, committedUtcMs: NOW } }))
      await opened.landing.reset('shop')
      expect((await opened.landing.states('shop')).get('orders')).toMatchObject({ cursor: null, generation: 4, isWhole: false, completeUntilUtcMs: null })
      expect(await read(opened, TABLE)).toHaveLength(2)
    })

    it('takes a commit that follows the last one, and nothing of one that follows an older one', async () => {
      const { opened } = await make()
      const { landing } = opened
      const following = (expects: number, id: string, parts: Partial<LandingCommit> = {}): ReturnType<typeof landing.commit> => landing.commit(commitOf(TABLE, [upsert(TABLE, [id, 1n, 'x'])], { expects, ...parts }))
      await expect(following(1, 'z')).rejects.toMatchObject({ code: 'SOURCE_BUSY' })
      await following(0, 'a')
      await following(1, 'b')
      // Live events move no reading on.
      await landing.commit(commitOf(TABLE, [upsert(TABLE, ['c', 1n, 'x'])], { state: null }))
      await following(2, 'd', { state: stateOf(3) })
      const stale = { state: { ...stateOf(2, 'stale'), isWhole: true }, sweeps: true, quarantined: [{ table: TABLE.name, column: null, reason: 'r', content: '{}' }] }
      await expect(following(2, 'z', stale)).rejects.toMatchObject({ code: 'SOURCE_BUSY', hint: expect.stringMatching(/next sync/) })
      expect((await read(opened, TABLE)).map(([id]) => id)).toEqual(['a', 'b', 'c', 'd'])
      expect([(await landing.states('shop')).get('orders'), (await landing.quarantine('shop')).total]).toEqual([{ ...stateOf(3), version: 3, quarantined: 0 }, 0])
      await landing.reset('shop')
      await expect(following(3, 'z')).rejects.toMatchObject({ code: 'SOURCE_BUSY' })
      await following(4, 'e')
    })

    it('takes commits of several streams at once', async () => {
      const { opened } = await make()
      const tables = Array.from({ length: 5 }, (_, index): LandingTable => ({ ...TABLE, name: `shop_t${index}` }))
      await Promise.all(tables.flatMap((table) => [1n, 2n, 3n].map((count) => opened.landing.commit(commitOf(table, [upsert(table, [`r${count}`, count, 'x'])])))))
      expect(await opened.landing.rowCounts('shop')).toEqual(new Map(tables.map(({ name }) => [name, 3])))
      expect([...(await opened.landing.states('shop')).values()].map(({ version }) => version)).toEqual([3, 3, 3, 3, 3])
    })

    it('takes ten thousand rows twice and has them once', async () => {
      const { opened } = await make()
      const rows = Array.from({ length: 10_000 }, (_, index) => [`id-${index}`, BigInt(index), index % 7 === 0 ? null : `row ${index}`])
      for (let time = 0; time < 2; time++) await opened.landing.commit(commitOf(TABLE, [upsert(TABLE, ...rows)]))
      expect((await read(opened, TABLE)).toSorted(byCount)).toEqual(rows)
    })

    it('changes a table\'s data version with its rows, and only then', async () => {
      const { landing, source } = (await make()).opened
      await landing.commit({ ...commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'x'])]), tables: [TABLE, PAIRS] })
      const seen = [await source.dataVersion([TABLE.name], true)]
      const other = await source.dataVersion([PAIRS.name], true)
      const steps: (() => Promise<unknown>)[] = [
        () => landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 2n, 'x'])])),
        () => landing.commit(commitOf(TABLE, [upsert(TABLE, ['b', 2n, 'x'])], { state: null })),
        () => landing.commit(commitOf(TABLE, [{ kind: 'delete', table: TABLE.name, keys: [['b']] }])),
        () => landing.commit(commitOf(TABLE, [], { state: stateOf(2), sweeps: true })),
        () => landing.rewrite('shop', TABLE, [rowsOf(TABLE, [['z', 1n, 'x']])]),
        () => landing.overwrite(TABLE.name, { column: 'label', cells: [['x', 'y']], empties: [] }),
        () => landing.remove(TABLE.name, { column: 'id', values: ['z'] }),
      ]
      for (const step of steps) {
        await step()
        seen.push(await source.dataVersion([TABLE.name], true))
        await landing.commit(commitOf(TABLE, [], { state: stateOf(1, seen.length) }))
        expect(await source.dataVersion([TABLE.name], true)).toBe(seen.at(-1))
      }
      expect(new Set(seen).size).toBe(steps.length + 1)
      expect(await source.dataVersion([PAIRS.name], true)).toBe(other)
    })

    it('changes the data version of a table that only live events fill', async () => {
      const { landing, source } = (await make()).opened
      const seen: string[] = []
      for (const id of ['a', 'b']) {
        await landing.commit(commitOf(TABLE, [upsert(TABLE, [id, 1n, 'x'])], { state: null }))
        seen.push(await source.dataVersion([TABLE.name], true))
      }
      expect(new Set(seen).size).toBe(2)
    })

    it('tells of each table how far its stream is complete', async () => {
      const { landing, source } = (await make()).opened
      await landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'x'])]))
      expect(await source.watermark(TABLE.name)).toBeNull()
      await landing.commit(commitOf(TABLE, [], { state: { ...stateOf(1), completeUntilUtcMs: NOW } }))
      expect(await source.watermark(TABLE.name)).toBe(NOW)
    })

    it('tells from when on a table is complete as long as nobody has read it to its end, and moves its version with that', async () => {
      const { landing, source } = (await make()).opened
      const told = async (state: Partial<StreamState>): Promise<readonly unknown[]> => {
        await landing.commit(commitOf(TABLE, [], { state: { ...stateOf(1), ...state } }))
        return [await source.dataVersion([TABLE.name], true), await source.backfill?.(TABLE.name), await source.watermark(TABLE.name)]
      }
      await landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'x'])]))
      const begun = await told({})
      const backfilled = await told({ backfilled: { fromUtcMs: NOW - 10, untilUtcMs: NOW - 1 } })
      expect((await landing.states('shop')).get('orders')).toMatchObject({ backfilled: { fromUtcMs: NOW - 10, untilUtcMs: NOW - 1 } })
      const ended = await told({ isWhole: true, completeUntilUtcMs: NOW, backfilled: { fromUtcMs: NOW - 10, untilUtcMs: NOW - 1 } })
      // What is there stays while it is read once more.
      const again = await told({ generation: 2, completeUntilUtcMs: NOW })
      expect([begun, backfilled, ended, again].map(([, ...rest]) => rest)).toEqual([[{ completeFromUtcMs: null }, null], [{ completeFromUtcMs: NOW - 10 }, NOW - 1], [null, NOW], [null, NOW]])
      expect(new Set([begun, backfilled, ended].map(([version]) => version)).size).toBe(3)
      expect(again[0]).toBe(ended[0])
      await landing.reset('shop')
      expect([await source.dataVersion([TABLE.name], true) === ended[0], await source.backfill?.(TABLE.name)]).toEqual([false, { completeFromUtcMs: null }])
    })

    it('lists and finds what belongs to one source or one person', async () => {
      const { landing } = (await make()).opened
      const longer: LandingTable = { ...TABLE, name: 'shop_two_orders' }
      await landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'ann'], ['b', 2n, 'bob'], ['c', 2n, 'ann'], ['d', 1n, 'ann'])]))
      await landing.commit({ ...commitOf(longer, [upsert(longer, ['a', 1n, 'ann'])]), source: 'shop_two', stream: 'orders' })
      expect((await landing.tables('shop')).map(({ name }) => name)).toEqual([TABLE.name])
      expect((await landing.tables('shop_two')).map(({ name }) => name)).toEqual([longer.name])
      const found = await landing.lookUp(TABLE.name, ['label', 'count'], { column: 'label', values: ['ann', 'nobody'] })
      expect(found.toSorted((a, b) => Number(a[1]) - Number(b[1]))).toEqual([['ann', 1n], ['ann', 2n]])
      expect(await landing.lookUp(TABLE.name, ['id'], { column: 'label', values: [] })).toEqual([])
    })

    it('removes of the rows with a value those alone that pass a test of other cells', async () => {
      const { opened } = await make()
      const { landing } = opened
      const rows: readonly (readonly [string, bigint | null, string | null])[] = [['a', 1n, 'ann'], ['b', 1n, 'bob'], ['c', 1n, null], ['d', 2n, null], ['e', null, 'ann']]
      await landing.commit(commitOf(TABLE, [upsert(TABLE, ...rows)], { quarantined: [{ table: TABLE.name, column: 'count', reason: 'no integer', content: '{"id":"f","count":1}' }] }))
      expect(await landing.remove(TABLE.name, { column: 'count', values: [1n] }, [{ column: 'label', among: [] }])).toBe(0)
      expect(await landing.remove(TABLE.name, { column: 'count', values: [1n] }, [{ column: 'label', among: ['cid'] }])).toBe(0)
      expect(await landing.remove(TABLE.name, { column: 'count', values: [1n] }, [{ column: 'label', among: ['ann', null] }])).toBe(2)
      expect(await read(opened, TABLE)).toEqual([['b', 1n, 'bob'], ['d', 2n, null], ['e', null, 'ann']])
      expect(await landing.remove(TABLE.name, { column: 'label', values: ['ann', 'bob'] }, [{ column: 'count', among: [null] }])).toBe(1)
      expect(await read(opened, TABLE)).toEqual([['b', 1n, 'bob'], ['d', 2n, null]])
      expect((await landing.quarantine('shop')).total).toBe(1)
    })

    it('removes rows, and records in quarantine that mention a value', async () => {
      const { opened } = await make()
      const { landing } = opened
      const quarantined = ['{"id":"e","label":"ann"}', '{"id":"f","label":"100%_ann"}', '{"id":"g","label":"bob"}'].map((content) => ({ table: TABLE.name, column: 'count', reason: 'no integer', content }))
      await landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'ann'], ['b', 2n, 'bob'], ['c', 2n, 'annika'])], { quarantined }))
      expect(await landing.remove(TABLE.name, { column: 'label', values: ['100%_ann', 'nobody'] })).toBe(0)
      expect((await landing.quarantine('shop')).total).toBe(2)
      expect(await landing.remove(TABLE.name, { column: 'label', values: ['ann'] })).toBe(1)
      expect(await read(opened, TABLE)).toEqual([['b', 2n, 'bob'], ['c', 2n, 'annika']])
      expect((await landing.quarantine('shop')).entries.map(({ content }) => content)).toEqual(['{"id":"g","label":"bob"}'])
      expect([await landing.removeQuarantined('other', ['bob']), await landing.removeQuarantined('shop', ['nobody', 'bob'])]).toEqual([0, 1])
      expect((await landing.quarantine(null)).total).toBe(0)
    })

    it('removes records from quarantine in whatever letters they mention a value', async () => {
      const { landing } = (await make()).opened
      const quarantined = ['{"label":"ÄNN@x.example"}', '{"label":"bob@x.example"}'].map((content) => ({ table: TABLE.name, column: 'count', reason: 'no integer', content }))
      await landing.commit(commitOf(TABLE, [], { quarantined }))
      expect(await landing.removeQuarantined('shop', ['änn@X.example'])).toBe(1)
      expect((await landing.quarantine('shop')).entries.map(({ content }) => content)).toEqual(['{"label":"bob@x.example"}'])
    })

    it('overwrites cells in place, and leaves all others, and what sweeps go by, as they are', async () => {
      const { opened } = await make()
      const { landing } = opened
      const table: LandingTable = { ...TABLE, columns: [...TABLE.columns, { name: 'more', kind: 'json', scale: 0 }] }
      const more = '{"a":"100%_\\\"\'"}'
      await landing.commit(commitOf(table, [upsert(table, ['a', 1n, 'ann', more], ['b', 2n, "b'\\ob", more], ['c', 3n, 'annika', null], ['d', null, null, more])]))
      // A version of before, where the engine keeps such.
      await landing.commit(commitOf(table, [upsert(table, ['a', 1n, 'ann', more])], { state: stateOf(1, 2) }))
      await landing.commit(commitOf(table, [upsert(table, ['d', 4n, null, more])], { state: stateOf(2) }))
      expect(await landing.overwrite(table.name, { column: 'label', cells: [['ann', "o'\\ne"], ["b'\\ob", null], ['nobody', 'x']], empties: ['more'] })).toBe(2)
      expect(await landing.overwrite(table.name, { column: 'label', cells: [], empties: [] })).toBe(0)
      expect(await landing.overwrite(table.name, { column: 'count', cells: [[3n, 30n]], empties: [] })).toBe(1)
      expect(await read(opened, table)).toEqual([['a', 1n, "o'\\ne", null], ['b', 2n, null, null], ['c', 30n, 'annika', null], ['d', 4n, null, more]])
      expect(await landing.overwrite(table.name, { column: 'more', cells: [[more, '{"a":""}']], empties: [] })).toBe(1)
      expect([...(await landing.rowCounts('shop')).values()]).toEqual([4])
      expect(await landing.commit(commitOf(table, [], { state: stateOf(2, 4), sweeps: true }))).toEqual({ written: 0, removed: 3 })
      expect(await read(opened, table)).toEqual([['d', 4n, null, '{"a":""}']])
    })

    it('has the right to write once it has claimed it', async () => {
      const { landing } = (await make()).opened
      expect(await landing.otherWriter()).toBeNull()
      expect([await landing.claim(), await landing.claim()]).toEqual([null, null])
      await landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'x'])]))
      expect([await landing.claim(), await landing.otherWriter()]).toEqual([null, null])
    })

    it('rewrites a table of the gateway\'s own as a whole', async () => {
      const { opened } = await make()
      await opened.landing.rewrite('shop', TABLE, [rowsOf(TABLE, [['a', 1n, 'x'], ['b', 1n, 'x']])])
      expect((await opened.landing.tables('shop')).map(({ name, stream }) => [name, stream])).toEqual([[TABLE.name, null]])
      expect(await opened.landing.rowCounts('shop')).toEqual(new Map([[TABLE.name, 2]]))
      async function* pieces(): AsyncIterable<LandingRows> {
        yield rowsOf(TABLE, [['c', 1n, 'x']])
        yield rowsOf(TABLE, [['d', 1n, 'x']])
      }
      await opened.landing.rewrite('shop', TABLE, pieces())
      expect((await read(opened, TABLE)).map(([id]) => id)).toEqual(['c', 'd'])
      async function* broken(): AsyncIterable<LandingRows> {
        yield rowsOf(TABLE, [['e', 1n, 'x']])
        throw new Error('broken off')
      }
      await expect(opened.landing.rewrite('shop', TABLE, broken())).rejects.toThrow()
      expect((await read(opened, TABLE)).map(([id]) => id)).toEqual(['c', 'd'])
    })

    it('answers a statement from the data version it names, or says that it is gone', async () => {
      const { opened } = await make()
      const { landing, source } = opened
      if (!source.can.snapshot) return
      const ids = Array.from({ length: 500 }, (_, index) => `r${index}`)
      const all = (count: bigint): LandingCommit => commitOf(TABLE, [{ kind: 'upsert', table: TABLE.name, rows: { names: ['id', 'count'], columns: [ids, ids.map(() => count)], count: ids.length } }])
      await landing.commit(all(0n))
      const race = { running: true, answered: 0 }
      const seen = new Map<string, unknown>()
      const ask = async (): Promise<void> => {
        while (race.running) {
          const dataVersion = await source.dataVersion([TABLE.name], false)
          await new Promise((resolve) => setTimeout(resolve, race.answered % 4))
          const rows = await read(opened, TABLE, { dataVersion }).catch((error: unknown) => {
            expect(error).toMatchObject({ code: 'SOURCE_BUSY' })
            return null
          })
          if (rows === null) continue
          race.answered++
          const [count] = new Set(rows.map((row) => row[1]))
          expect([rows.length, new Set(rows.map((row) => row[1])).size]).toEqual([ids.length, 1])
          expect(seen.get(dataVersion) ?? count).toBe(count)
          seen.set(dataVersion, count)
        }
      }
      const asking = [ask(), ask()]
      for (let count = 1n; count <= 30n; count++) await landing.commit(all(count))
      const lateMs = performance.now() + 10_000
      while (race.answered < 4 && performance.now() < lateMs) await new Promise((resolve) => setTimeout(resolve, 10))
      race.running = false
      await Promise.all(asking)
      expect(race.answered).toBeGreaterThan(0)
      expect((await read(opened, TABLE)).every((row) => row[1] === 30n)).toBe(true)
    })

    it('has everything again when it is opened again', async () => {
      if (!fixtures.outlives) return
      const { opened, reopen } = await make()
      await opened.landing.commit(commitOf(TABLE, [upsert(TABLE, ['a', 1n, 'x'])], { state: { ...stateOf(1), completeUntilUtcMs: NOW }, quarantined: [{ table: TABLE.name, column: null, reason: 'r', content: '{}' }] }))
      const told = async ({ landing, source }: OpenLanding): Promise<unknown> => [await landing.tables('shop'), [...(await landing.rowCounts('shop'))], [...(await landing.states('shop'))], await landing.quarantine('shop'), await source.dataVersion([TABLE.name], true), await source.watermark(TABLE.name)]
      const before = await told(opened)
      await opened.source.close()
      const again = await reopen()
      open.push(again)
      expect(await told(again)).toEqual(before)
      await again.landing.commit(commitOf(TABLE, [upsert(TABLE, ['b', 1n, 'x'])]))
      expect(await read(again, TABLE)).toEqual([['a', 1n, 'x'], ['b', 1n, 'x']])
    })

    it('closes twice, and then refuses', async () => {
      const { landing, source } = (await make()).opened
      await landing.commit(commitOf(TABLE, []))
      await Promise.all([landing.close(), source.close()])
      await landing.close()
      await expect(landing.commit(commitOf(TABLE, []))).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
      await expect(landing.states('shop')).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    })
  })
}

const KIND_READ: Readonly<Record<LandingColumn['kind'], ColumnKind>> = { text: 'text', boolean: 'boolean', integer: 'integer', decimal: 'decimal', float: 'float', date: 'date', timestamp: 'timestamp', json: 'text' }

/** All rows through the source, in the order of the key. */
async function read({ source }: OpenLanding, table: LandingTable, options: QueryOptions = {}): Promise<readonly (readonly unknown[])[]> {
  const at = (name: string): Expr => column(table.name, name)
  const { text, params } = source.dialect.print(select({ columns: table.columns.map(({ name }, index) => ({ expr: at(name), as: `c${index}` })), from: { kind: 'table', name: table.name }, orderBy: table.key.map((name) => ({ expr: at(name), direction: 'ASC' as const })) }))
  const result = await source.query({ text, params, columns: table.columns.map(({ kind }) => KIND_READ[kind]) }, options)
  return Array.from({ length: result.rowCount }, (_, row) => table.columns.map((one, index) => shownValue(result.columns[index]?.[row] ?? null, one)))
}

/** As a cell reads once it has landed. */
function shown(cell: LandingCell, one: LandingColumn | undefined): unknown {
  return cell !== null && one?.kind === 'timestamp' ? new Date(Number(cell)).toISOString() : cell
}

function shownValue(value: Value, { kind, scale }: LandingColumn): unknown {
  if (value === null) return null
  if (kind === 'decimal') return decimalToText(addDecimals(value as DecimalNumber, { units: 0n, scale }))
  if (kind === 'timestamp') return new Date(String(value)).toISOString()
  // Engines may write JSON anew; its meaning stays.
  return kind === 'json' ? JSON.stringify(JSON.parse(String(value))) : value
}

const byCount = (a: readonly unknown[], b: readonly unknown[]): number => Number(a[1]) - Number(b[1])
