import type { Landing, LandingCell } from '../../../connectors/landing-contract.ts'
import type { SyncRecord, TableWrite } from '../../../connectors/sync-contract.ts'
import { LandedValue } from './landed-value.ts'
import { mergeRecords } from './merge-records.ts'
import type { TableShape } from './table-shape.ts'

/** The latest of a key: the moment, and what it says, where records are merged. Null where there is none. */
type Latest = { readonly at: LandingCell; readonly record: SyncRecord } | null

type Upsert = Extract<TableWrite, { readonly kind: 'upsert' }>

/** Leaves out of live writes what is older than what landed, or than what came with it; or merges the two. One call at a time. */
export class LatestRecords {
  readonly #source: string
  readonly #landing: Landing
  /** Columns of tables that were seen in the landing. */
  readonly #there = new Map<string, ReadonlySet<string>>()

  constructor(source: string, landing: Landing) {
    this.#source = source
    this.#landing = landing
  }

  /** @param writes of tables among the shapes, in their order. */
  async of(writes: readonly TableWrite[], shapes: ReadonlyMap<string, TableShape>): Promise<readonly TableWrite[]> {
    if (!writes.some((write) => write.kind === 'upsert' && write.latestBy !== undefined)) return writes
    const latest = new Map<string, Map<string, Latest>>()
    const kept: TableWrite[] = []
    for (const write of writes) {
      const shape = shapes.get(write.table)
      const known = latest.get(write.table) ?? new Map<string, Latest>()
      latest.set(write.table, known)
      if (write.kind === 'upsert' && write.latestBy !== undefined && shape && shape.at(write.latestBy) >= 0) kept.push({ ...write, records: await this.#newer(write, write.latestBy, shape, known) })
      else kept.push(write)
      // What is removed is older than all that follows.
      for (const key of shape ? keysRemoved(write, shape) : []) known.set(key, null)
    }
    return kept
  }

  async #newer({ records, merges = false }: Upsert, by: string, shape: TableShape, known: Map<string, Latest>): Promise<readonly SyncRecord[]> {
    const keys = records.map((record) => cellsOf(record, shape.table.key, shape))
    const unknown = keys.filter((key) => key !== null && !known.has(keyText(key))).flatMap((key) => key?.slice(0, 1) ?? [])
    const rest = shape.landing.columns.map(({ name }) => name).filter((name) => name !== by && !shape.table.key.includes(name))
    await this.#look(unknown, [by, ...(merges ? rest : [])], shape, known)
    return records.flatMap((record, index) => {
      const key = keys[index]
      const [at] = cellsOf(record, [by], shape) ?? []
      // What does not fit is for the quarantine.
      if (!key || at === undefined || at === null) return [record]
      const before = known.get(keyText(key)) ?? null
      const isLate = before !== null && before.at !== null && before.at > at
      if (isLate && !merges) return []
      const [older, newer] = isLate ? [record, before.record] : [before?.record ?? {}, record]
      const merged = merges ? mergeRecords(older, newer, shape) : record
      known.set(keyText(key), { at: isLate ? before.at : at, record: merged })
      return [merged]
    })
  }

  async #look(values: readonly LandingCell[], columns: readonly string[], { name, table: { key } }: TableShape, known: Map<string, Latest>): Promise<void> {
    const [column] = key
    if (column === undefined || values.length === 0) return
    if (!this.#there.has(name)) for (const table of await this.#landing.tables(this.#source)) this.#there.set(table.name, new Set(table.columns.map((one) => one.name)))
    const there = this.#there.get(name)
    if (there === undefined) return
    const asked = columns.filter((one) => there.has(one))
    for (const row of await this.#landing.lookUp(name, [...key, ...asked], { column, values: [...new Set(values)] })) {
      const text = keyText(row.slice(0, key.length))
      const cells = asked.map((one, index) => [one, row[key.length + index] ?? null] as const)
      if (!known.has(text)) known.set(text, { at: cells[0]?.[1] ?? null, record: Object.fromEntries(cells.flatMap(([one, cell]) => (cell === null ? [] : [[one, new LandedValue(cell)]]))) })
    }
  }
}

function keysRemoved(write: TableWrite, shape: TableShape): readonly string[] {
  const { key } = shape.table
  const keys = write.kind === 'delete' ? write.keys : write.kind === 'replace' && key.length === 1 && write.where.column === key[0] ? write.where.values.map((value) => [value]) : []
  return keys.flatMap((values) => { const cells = shape.cellsOf(key, values); return cells ? [keyText(cells)] : [] })
}

/** Null where a value fits no row. */
function cellsOf(record: SyncRecord, names: readonly string[], shape: TableShape): readonly LandingCell[] | null {
  const values = names.map((name) => record[name]).filter((value) => typeof value === 'string' || typeof value === 'number')
  return values.length === names.length ? (shape.cellsOf(names, values) ?? null) : null
}

function keyText(cells: readonly LandingCell[]): string {
  return JSON.stringify(cells.map(String))
}
