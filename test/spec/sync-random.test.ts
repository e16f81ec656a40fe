import { afterAll, describe, expect, it } from 'vitest'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import type { Landing } from '../../connectors/landing-contract.ts'
import type { SyncPage, SyncTable, TableWrite } from '../../connectors/sync-contract.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { MapLanding, streamOf, syncOnce, syncsOf, toolOf } from './sync-world.ts'

const ITEMS: SyncTable = {
  name: 'items',
  description: 'Items.',
  key: ['parent', 'id'],
  columns: [{ name: 'parent', kind: 'text' }, { name: 'id', kind: 'integer' }, { name: 'n', kind: 'integer' }],
}

type Draw = (count: number) => number

/** The same draws for the same seed, by a linear congruence of 32 bits. */
function drawsOf(seed: number): Draw {
  let state = (seed * 2654435761 + 12345) >>> 0
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * count)
  }
}

/** What later fields hold; the first value that is read decides the column's kind. */
const EXTRAS: readonly unknown[] = [true, 5, 0.5, 'x', { k: 1 }, null]

function drawRecord(draw: Draw): Record<string, unknown> {
  const record: Record<string, unknown> = { parent: draw(40) === 0 ? null : `p${draw(4)}`, id: draw(5), n: draw(15) === 0 ? 'odd' : draw(100) }
  if (draw(4) === 0) record['extraField'] = EXTRAS[draw(EXTRAS.length)]
  if (draw(6) === 0) record['other'] = EXTRAS[draw(EXTRAS.length)]
  return record
}

function drawWrite(draw: Draw): TableWrite {
  const records = Array.from({ length: draw(5) }, () => drawRecord(draw))
  switch (draw(4)) {
    case 0:
      return { kind: 'replace', table: 'items', where: draw(3) === 0 ? { column: 'n', values: [draw(100), draw(100)] } : { column: 'parent', values: [`p${draw(4)}`] }, records }
    case 1:
      return { kind: 'delete', table: 'items', keys: Array.from({ length: draw(3) }, () => [`p${draw(4)}`, draw(5)]) }
    default:
      return { kind: 'upsert', table: 'items', records }
  }
}

const drawPages = (draw: Draw): readonly (readonly TableWrite[])[] => Array.from({ length: 1 + draw(12) }, () => Array.from({ length: draw(4) }, () => drawWrite(draw)))

/** What the pages make of a table, record by record, in a map of objects. */
class SlowTable {
  readonly rows = new Map<string, Record<string, unknown>>()
  readonly aside = new Set<string>()
  readonly #kinds = new Map<string, string>()

  apply(pages: readonly (readonly TableWrite[])[]): void {
    for (const write of pages.flat()) {
      if (write.kind === 'delete') for (const [parent, id] of write.keys) this.rows.delete(`${parent}/${id}`)
      else {
        if (write.kind === 'replace') for (const [key, row] of this.rows) if (write.where.values.some((value) => String(value) === String(row[write.where.column]))) this.rows.delete(key)
        for (const record of write.records) this.#put(record)
      }
    }
  }

  #put(record: Readonly<Record<string, unknown>>): void {
    const fits = this.#fits(record)
    const key = `${String(record['parent'])}/${String(record['id'])}`
    if (fits) return void this.rows.set(key, fits)
    this.aside.add(`whole ${JSON.stringify(record)}`)
    // What was true of it before is no longer; without a parent there is no row of its key.
    this.rows.delete(key)
  }

  #fits(record: Readonly<Record<string, unknown>>): Record<string, unknown> | null {
    if (record['n'] === 'odd') return null
    const row: Record<string, unknown> = { parent: record['parent'], id: BigInt(String(record['id'])), n: BigInt(String(record['n'])) }
    for (const [field, column] of [['extraField', 'extra_field'], ['other', 'other']] as const) {
      const value = record[field]
      if (value === null || value === undefined) continue
      const kind = typeof value
      if (!this.#kinds.has(column)) this.#kinds.set(column, kind)
      const wanted = this.#kinds.get(column)
      if (wanted === 'string' && kind !== 'object') row[column] = String(value)
      else if (wanted === 'object') row[column] = JSON.stringify(value)
      else if (wanted === kind) row[column] = value
      // Only the cell does not fit.
      else this.aside.add(`${column} ${JSON.stringify(record)}`)
    }
    return record['parent'] === null ? null : row
  }
}

const shownRow = (row: Readonly<Record<string, unknown>>): string => JSON.stringify(Object.entries(row).filter(([, value]) => value !== null).toSorted(), (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
const shown = (rows: Iterable<Readonly<Record<string, unknown>>>): readonly string[] => [...rows].map(shownRow).toSorted()

interface Case {
  readonly name: string
  readonly landing: Landing
  readonly rows: () => Promise<readonly Readonly<Record<string, unknown>>[]>
  readonly quarantined: () => Promise<number>
}

/** Syncs the pages with breaks at random points, each followed by a new start that may read a page twice, then others from the beginning. */
async function checkCase(seed: number, { name, landing, rows, quarantined }: Case): Promise<void> {
  const draw = drawsOf(seed)
  const slow = new SlowTable()
  const limits = { records: 1 + draw(12), characters: 1e9, ms: 1e9 }
  let pages = drawPages(draw)
  let breakAfter: number | null = null
  const stream = streamOf('items', [ITEMS], async function* ({ cursor }) {
    const from = Math.max(0, Number(cursor ?? 0) - draw(2))
    for (let at = from; at < pages.length; at++) {
      if (breakAfter !== null && at - from >= breakAfter) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: 'It broke off.' })
      yield { writes: pages[at] ?? [], cursor: at + 1, done: null } satisfies SyncPage
    }
  })
  const run = async (full: boolean): Promise<boolean> => {
    // Each start knows only what is in the landing.
    const { streams } = await syncOnce(syncsOf(toolOf([stream]), landing, { name, limits }), { source: name, full })
    // Nothing else than a break fails.
    expect(streams[0]?.error?.message ?? 'It broke off.').toBe('It broke off.')
    return streams[0]?.state === 'whole' && streams[0].error === null
  }
  for (let time = 0; time < 2; time++) {
    let isFirst = true
    for (;;) {
      breakAfter = draw(3) === 0 ? null : draw(4)
      const ended = await run(isFirst && time > 0)
      // A start that broke off before its first commit began nothing.
      if (isFirst && ((await landing.states(name)).get('items')?.generation ?? 0) > time) isFirst = false
      if (ended && !isFirst) break
    }
    if (time > 0) slow.rows.clear()
    slow.apply(pages)
    expect([seed, time, shown(await rows())]).toEqual([seed, time, shown(slow.rows.values())])
    expect([seed, time, await quarantined()]).toEqual([seed, time, slow.aside.size])
    pages = drawPages(draw)
  }
}

describe('random pages, breaks and restarts', () => {
  const duckdb = openLanding('synced', { memoryLimit: '256MB', threads: 1 }, { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
  afterAll(() => duckdb.landing.close())

  it('leave what a plain map has, in 400 cases', async () => {
    for (let seed = 1; seed <= 400; seed++) {
      const landing = new MapLanding()
      await checkCase(seed, { name: 'tool', landing, rows: () => Promise.resolve(landing.rows('tool_items')), quarantined: () => Promise.resolve(landing.aside.length) })
    }
  })

  it('leave the same in the embedded engine, in 25 cases', async () => {
    for (let seed = 1001; seed <= 1025; seed++) {
      const name = `t${seed}`
      const rows = async (): Promise<readonly Readonly<Record<string, unknown>>[]> => {
        const columns = (await duckdb.landing.tables(name))[0]?.columns.map((column) => column.name) ?? []
        if (columns.length === 0) return []
        const found = await Promise.all(['p0', 'p1', 'p2', 'p3'].map((parent) => duckdb.landing.lookUp(`${name}_items`, columns, { column: 'parent', values: [parent] })))
        return found.flat().map((cells) => Object.fromEntries(columns.map((column, index) => [column, cells[index]])))
      }
      await checkCase(seed, { name, landing: duckdb.landing, rows, quarantined: async () => (await duckdb.landing.quarantine(name)).total })
    }
  })
})
