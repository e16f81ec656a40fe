import type { LandingCell, LandingWrite, QuarantinedRecord } from '../../../connectors/landing-contract.ts'
import type { SyncRecord, TableWrite } from '../../../connectors/sync-contract.ts'
import { KpiqlError } from '../../base/errors.ts'
import { isForgotten, textOf } from './is-forgotten.ts'
import { PutRows } from './put-rows.ts'
import type { TableShape } from './table-shape.ts'
import type { Forgotten } from './types.ts'

/** Writes of some pages, checked and gathered for one commit. */
export class Batch {
  readonly #source: string
  readonly #shapes: ReadonlyMap<string, TableShape>
  readonly #forgotten: Forgotten
  /** By the tool's names of tables. */
  readonly #open = new Map<string, PutRows>()
  readonly #done: { readonly shape: TableShape; readonly rows: PutRows }[] = []
  readonly quarantined: QuarantinedRecord[] = []
  /** Records and keys read, of which some may have been the same. */
  records = 0
  /** Characters of texts, roughly what the batch takes in memory. */
  characters = 0

  constructor(source: string, shapes: ReadonlyMap<string, TableShape>, forgotten: Forgotten) {
    this.#source = source
    this.#shapes = shapes
    this.#forgotten = forgotten
  }

  get isEmpty(): boolean {
    return this.records === 0 && this.quarantined.length === 0 && this.#open.size === 0
  }

  /** @throws KpiqlError `SOURCE_FAILED` for a table that the stream does not declare. */
  add(write: TableWrite): void {
    const shape = this.#shapes.get(write.table)
    if (!shape) throw new KpiqlError('SOURCE_FAILED', { message: `A stream of source "${this.#source}" wrote to the table "${write.table}", which it does not declare.`, hint: 'Please report it: this is a fault of the connector.' })
    let rows = this.#open.get(write.table) ?? new PutRows()
    this.#open.set(write.table, rows)
    if (write.kind === 'delete') {
      this.records += write.keys.length
      for (const key of write.keys) {
        const cells = shape.cellsOf(shape.table.key, key)
        // A key that fits no row has none.
        if (cells) rows.delete(keyText(cells), cells)
      }
      return
    }
    if (write.kind === 'replace') {
      const { column, values } = write.where
      const at = shape.at(column)
      if (at < 0) throw new KpiqlError('SOURCE_FAILED', { message: `A stream of source "${this.#source}" replaces rows of table "${write.table}" by a column "${column}", which does not land.`, hint: 'Keep or hash the personal columns of this table instead of dropping them.' })
      const cells = values.flatMap((value) => shape.cellsOf([column], [value]) ?? [])
      if (!rows.replace(column, at, cells)) {
        this.#done.push({ shape, rows })
        rows = new PutRows()
        this.#open.set(write.table, rows)
        rows.replace(column, at, cells)
      }
      this.records += values.length
    }
    this.#put(write.records, shape, rows, write.kind === 'upsert' ? write.latestBy : undefined)
  }

  /** In order; columns as they are known now. */
  writes(): readonly LandingWrite[] {
    const open = [...this.#open].flatMap(([table, rows]) => { const shape = this.#shapes.get(table); return shape ? [{ shape, rows }] : [] })
    return [...this.#done, ...open].flatMap(({ shape, rows }) => rows.writes(shape.name, shape.landing.columns.map(({ name }) => name)))
  }

  #put(records: readonly SyncRecord[], shape: TableShape, rows: PutRows, latestBy: string | undefined): void {
    const key = shape.table.key.map((name) => shape.at(name))
    const [only = 0] = key
    const asks = this.#forgotten.any()
    this.records += records.length
    for (const record of records) {
      if (asks && isForgotten(record, shape.table, this.#source, this.#forgotten)) continue
      const landing = shape.rowOf(asks ? this.#withoutReferences(record, shape) : record)
      if ('reason' in landing) {
        this.quarantined.push(this.#redacted(landing))
        // What the row of its key says is no longer true, unless it is of a later moment.
        const cells = latestBy === undefined || shape.readable(record, [latestBy]) ? shape.readable(record, shape.table.key) : undefined
        if (cells) rows.delete(keyText(cells), cells)
        continue
      }
      const row = asks ? landing.map((cell) => (typeof cell === 'string' ? this.#forgotten.redacted(cell) : cell)) : landing
      // A row whose key is an address of somebody forgotten is theirs.
      if (asks && key.some((at) => row[at] !== landing[at])) continue
      for (const cell of row) this.characters += typeof cell === 'string' ? cell.length : 8
      rows.put(key.length === 1 ? String(row[only]) : keyText(key.map((at) => row[at] ?? null)), row)
    }
    this.quarantined.push(...shape.takeTold().map((told) => this.#redacted(told)))
  }

  #withoutReferences(record: SyncRecord, { table }: TableShape): SyncRecord {
    let without = record
    for (const { column, tells = [] } of table.refers ?? []) {
      const id = textOf(record[column])
      const alias = id === null ? null : this.#forgotten.aliasOf(this.#source, id)
      if (alias !== null) without = { ...without, [column]: table.columns.some(({ name, kind }) => name === column && kind === 'text') ? alias : null, ...Object.fromEntries(tells.map((name) => [name, null])) }
    }
    return without
  }

  #redacted(record: QuarantinedRecord): QuarantinedRecord {
    return this.#forgotten.any() ? { ...record, content: this.#forgotten.redacted(record.content) } : record
  }
}

/** Cells of a key hold no NUL: texts with one are refused. */
const keyText = (cells: readonly LandingCell[]): string => (cells.length === 1 ? String(cells[0]) : cells.map(String).join('\u0000'))
