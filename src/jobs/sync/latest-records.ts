import type { Landing, LandingCell } from '../../../connectors/landing-contract.ts'
import type { SyncRecord, TableWrite } from '../../../connectors/sync-contract.ts'
import type { TableShape } from './table-shape.ts'

/** Leaves out of live writes what is older than what landed, or than what came with it. One call at a time. */
export class LatestRecords {
  readonly #source: string
  readonly #landing: Landing
  /** Tables that were seen in the landing. */
  readonly #there = new Set<string>()

  constructor(source: string, landing: Landing) {
    this.#source = source
    this.#landing = landing
  }

  /** @param writes of tables among the shapes, in their order. */
  async of(writes: readonly TableWrite[], shapes: ReadonlyMap<string, TableShape>): Promise<readonly TableWrite[]> {
    if (!writes.some((write) => write.kind === 'upsert' && write.latestBy !== undefined)) return writes
    const latest = new Map<string, Map<string, LandingCell>>()
    const kept: TableWrite[] = []
    for (const write of writes) {
      const shape = shapes.get(write.table)
      const known = latest.get(write.table) ?? new Map<string, LandingCell>()
      latest.set(write.table, known)
      if (write.kind === 'upsert' && write.latestBy !== undefined && shape && shape.at(write.latestBy) >= 0) kept.push({ ...write, records: await this.#newer(write.records, write.latestBy, shape, known) })
      else kept.push(write)
      // What is removed is older than all that follows.
      for (const key of shape ? keysRemoved(write, shape) : []) known.set(key, null)
    }
    return kept
  }

  async #newer(records: readonly SyncRecord[], by: string, shape: TableShape, known: Map<string, LandingCell>): Promise<readonly SyncRecord[]> {
    const keys = records.map((record) => cellsOf(record, shape.table.key, shape))
    await this.#look(keys.filter((key) => key !== null && !known.has(keyText(key))).flatMap((key) => key?.slice(0, 1) ?? []), by, shape, known)
    return records.filter((record, index) => {
      const key = keys[index]
      const [at] = cellsOf(record, [by], shape) ?? []
      // What does not fit is for the quarantine.
      if (!key || at === undefined || at === null) return true
      const before = known.get(keyText(key)) ?? null
      if (before !== null && before > at) return false
      known.set(keyText(key), at)
      return true
    })
  }

  async #look(values: readonly LandingCell[], by: string, { name, table: { key } }: TableShape, known: Map<string, LandingCell>): Promise<void> {
    const [column] = key
    if (column === undefined || values.length === 0) return
    if (!this.#there.has(name)) for (const table of await this.#landing.tables(this.#source)) this.#there.add(table.name)
    if (!this.#there.has(name)) return
    for (const row of await this.#landing.lookUp(name, [...key, by], { column, values: [...new Set(values)] })) {
      const text = keyText(row.slice(0, key.length))
      if (!known.has(text)) known.set(text, row[key.length] ?? null)
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
