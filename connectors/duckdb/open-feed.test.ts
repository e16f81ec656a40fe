import { afterEach, describe, expect, it } from 'vitest'
import { rowsOf } from '../../test/fixtures/bad-files/data-folder.ts'
import { HOSTILE_TEXTS } from '../conformance.ts'
import type { FedTable, QuerySource } from '../contract.ts'
import { openFeed } from './open-feed.ts'

const log = { debug() {}, info() {}, warn() {} }
const open: QuerySource[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.close()))
})

/** A feed of one table whose rows a test changes; `beforeRead` holds a read up. */
function fed(rows: FedTable['rows'], scale = 2) {
  const state = { version: 1, rows, scale, reads: 0, beforeRead: async (): Promise<void> => {} }
  const source = openFeed(
    'own',
    {
      version: async () => String(state.version),
      async read() {
        const table: FedTable = { name: 'paid', version: String(state.version), key: 'id', rows: state.rows, columns: [{ name: 'id', kind: 'text', nullable: false }, { name: 'day', kind: 'date', nullable: true }, { name: 'amount', kind: 'decimal', scale: state.scale, nullable: true }] }
        state.reads++
        const read = { version: table.version, tables: [table] }
        await state.beforeRead()
        return read
      },
    },
    { log, stateFolder: '' },
  )
  open.push(source)
  return { state, source }
}

const idsOf = async (source: QuerySource): Promise<unknown[]> => (await rowsOf(source, 'SELECT id FROM paid ORDER BY id', ['text'])).flat()

describe('tables that the gateway hands over', () => {
  it('hold every text, date and decimal exactly', async () => {
    const rows = HOSTILE_TEXTS.filter((text) => !text.includes('\u0000')).map((text, index) => [text, ['2024-02-29', '1900-01-01', null][index % 3] ?? null, ['999999999999999999.123456789', '-0.000000001', null][index % 3] ?? null])
    const { source } = fed(rows, 9)
    const found = await rowsOf(source, 'SELECT id, day, CAST(amount AS VARCHAR) FROM paid', ['text', 'date', 'text'])
    expect(found.toSorted()).toEqual(rows.toSorted())
    expect((await source.discover()).map(({ name, primaryKey, columns }) => [name, primaryKey, columns.map(({ kind, nativeType }) => [kind, nativeType])])).toEqual([['paid', ['id'], [['text', 'VARCHAR'], ['date', 'DATE'], ['decimal', 'DECIMAL(27,9)']]]])
  })

  it('are there when they are empty, with statistics and no watermark', async () => {
    const { source } = fed([])
    expect(await idsOf(source)).toEqual([])
    expect(await source.statistics('paid')).toMatchObject({ rows: 0, columns: { day: { distinct: 0, min: null, max: null } } })
    expect([await source.watermark('paid'), (await source.test()).ok]).toEqual([null, true])
  })

  it('are read again when they change, and only then', async () => {
    const { state, source } = fed([['a', null, null]])
    const first = await source.dataVersion(['paid'], false)
    expect(await source.dataVersion(['paid'], true)).toBe(first)
    expect(state.reads).toBe(1)
    state.rows = [['b', null, null]]
    state.version++
    const second = await source.dataVersion(['paid'], false)
    expect([second === first, state.reads, await idsOf(source)]).toEqual([false, 2, ['b']])
  })

  it('answer a request that began before a change as they were then', async () => {
    const { state, source } = fed([['a', null, '1']])
    const before = await source.dataVersion(['paid'], false)
    state.rows = [['b', null, '2'], ['c', null, '3']]
    state.version++
    const after = await source.dataVersion(['paid'], false)
    const statement = { text: 'SELECT id FROM paid ORDER BY id', params: [], columns: ['text'] } as const
    expect((await source.query(statement, { dataVersion: before })).columns).toEqual([['a']])
    expect((await source.query(statement, { dataVersion: after })).columns).toEqual([['b', 'c']])
  })

  it('never answer with what a read found that began before the change', async () => {
    const { state, source } = fed([['a', null, null]])
    await source.dataVersion(['paid'], false)
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    state.beforeRead = () => held
    state.rows = [['b', null, null]]
    state.version++
    const early = source.dataVersion(['paid'], false)
    await new Promise((resolve) => setTimeout(resolve, 20))
    // The read under way has seen b; c is recorded before it ends.
    state.rows = [['c', null, null]]
    state.version++
    const late = source.dataVersion(['paid'], false)
    state.beforeRead = async () => {}
    release()
    await Promise.all([early, late])
    const { columns } = await source.query({ text: 'SELECT id FROM paid', params: [], columns: ['text'] }, { dataVersion: await late })
    expect(columns).toEqual([['c']])
  })

  it('say why they cannot be read, and are read once they can', async () => {
    const { state, source } = fed([['a', null, null]])
    state.beforeRead = () => Promise.reject(new Error('gone'))
    await expect(source.dataVersion(['paid'], false)).rejects.toMatchObject({ name: 'KpiqlError' })
    state.beforeRead = async () => {}
    expect(await idsOf(source)).toEqual(['a'])
  })
})
