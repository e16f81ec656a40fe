import { KpiqlError } from '../../src/base/errors.ts'
import { Places } from '../../src/base/places.ts'
import type { QuarantineReport, QuerySource } from '../contract.ts'
import type { CellTest, KeptState, LandedTable, LandingCell, LandingCommit, LandingRows, LandingTable, LandingWrite, Overwriting, QuarantinedRecord, StreamReach } from '../landing-contract.ts'
import { refuseStale } from '../landing-fence.ts'
import type { ReadLanding } from '../sql-kit/landed-source.ts'
import { shapeChange, type LandedShape } from '../sql-kit/landed-shape.ts'
import { mentioned } from '../sql-kit/quarantined.ts'
import { closedError } from '../sql-kit/sql-source.ts'
import { Books, isNothingYet } from './landing-books.ts'
import { LandingConnection, literal, quote } from './landing-connection.ts'
import { findKeys, findWhere } from './landing-find.ts'
import { LandingLease } from './landing-lease.ts'
import { Overlay } from './landing-overlay.ts'
import { cellText, fitting, holds, kindOf } from './landing-rows.ts'
import { nativeType, rowsName } from './landing-tables.ts'
import { stateKey, Writing, type RowMarks } from './landing-writer.ts'
import type { ClickhouseLandingOptions } from './options.ts'

/** Keys in one condition of a mutation, which the server keeps as text. */
const ERASED_AT_ONCE = 5000

type Where = { readonly column: string; readonly values: readonly LandingCell[] }

/**
 * Synced records in a database of ClickHouse. There are no transactions: each table takes its part of a commit in one block, and the
 * state is written last, so that whatever fails between is read again and lands upon itself.
 */
export class ClickhouseLanding implements ReadLanding {
  changes = 0
  readonly #source: QuerySource
  readonly #database: string
  readonly #connection: LandingConnection
  readonly #books: Books
  readonly #lease: LandingLease
  readonly #turn = new Places({ count: 1 })
  readonly #closing = new AbortController()
  /** Rows of tables, counted once for each version. */
  readonly #counted = new Map<string, { readonly version: string; readonly rows: number }>()
  #writing: Writing | null = null
  #closed: Promise<void> | null = null

  /** @param source reads the database; it is closed with the landing. */
  constructor(source: QuerySource, options: ClickhouseLandingOptions) {
    this.#source = source
    this.#database = options.landingDatabase
    this.#connection = new LandingConnection(source.name, options)
    this.#books = new Books(source)
    this.#lease = new LandingLease(source.name, this.#database, this.#connection, source)
  }

  async obstacle(): Promise<string | null> {
    try {
      await Writing.makePlace(this.#connection, this.#database)
      return null
    } catch (error) {
      if (!(error instanceof KpiqlError)) throw error
      return error.hint === undefined ? error.message : `${error.message} ${error.hint}`
    }
  }

  claim(): Promise<string | null> {
    return this.#turn.within(this.#closing.signal, async () => {
      this.#closing.signal.throwIfAborted()
      if (this.#lease.isHeld) return null
      const other = await this.otherWriter()
      if (other !== null) return other
      // What was known is another's to change meanwhile.
      this.#writing = null
      await Writing.makePlace(this.#connection, this.#database)
      return this.#lease.tryTake()
    })
  }

  async otherWriter(): Promise<string | null> {
    if (this.#lease.isHeld) return null
    try {
      return await this.#lease.other()
    } catch (error) {
      if (isNothingYet(error)) return null
      throw error
    }
  }

  async states(source: string): Promise<ReadonlyMap<string, KeptState>> {
    return new Map((await this.#books.states(source)).map(({ stream, cursor, generation, isWhole, completeUntilUtcMs, backfilled, committedUtcMs, version, quarantined }) => [stream, { cursor, generation, isWhole, completeUntilUtcMs, ...(backfilled ? { backfilled } : {}), committedUtcMs, version, quarantined }]))
  }

  commit(commit: LandingCommit): Promise<{ readonly written: number; readonly removed: number }> {
    return this.#change(async (writing) => {
      const { source, stream, state } = commit
      const kept = writing.states.get(stateKey(source, stream))
      refuseStale(commit, kept?.version ?? 0)
      const changes = commit.tables.map((table) => shapeChange(writing.shapes.get(table.name), table, commit))
      for (const change of changes) if (change.isNew || change.added.length > 0 || writing.shapes.get(change.name)?.stream !== change.shape.stream) await writing.apply(change)
      const marks = { syncedAtUtcMs: state?.committedUtcMs ?? Date.now(), generation: state?.generation ?? kept?.generation ?? 0 }
      const quarantined = [...commit.quarantined]
      let removed = 0
      for (const table of new Set(commit.writes.map((write) => write.table))) {
        removed += await this.#write(writing, table, commit.writes.filter((write) => write.table === table), marks, quarantined)
      }
      this.#lease.refuseLost()
      for (const { name } of commit.sweeps ? commit.tables : []) removed += await writing.sweep(name, marks)
      await writing.keepQuarantined(quarantined, source, stream, marks.syncedAtUtcMs)
      this.#lease.refuseLost()
      if (state !== null) await writing.keepState(source, stream, state, (kept?.version ?? 0) + 1)
      return { written: commit.writes.reduce((sum, write) => sum + (write.kind === 'delete' ? 0 : write.rows.count), 0), removed }
    })
  }

  reset(source: string): Promise<void> {
    return this.#change(async (writing) => {
      for (const state of [...writing.states.values()].filter((one) => one.source === source)) {
        await writing.keepState(source, state.stream, { ...state, cursor: null, isWhole: false, completeUntilUtcMs: null, backfilled: null }, state.version + 1)
      }
    })
  }

  async tables(source: string): Promise<readonly LandedTable[]> {
    return [...(await this.#shapes())].flatMap(([name, { source: of, stream, columns, key }]) => (of === source && name.startsWith(`${source}_`) ? [{ name, stream, columns, key }] : []))
  }

  async rowCounts(source: string): Promise<ReadonlyMap<string, number>> {
    const [tables, versions] = await Promise.all([this.tables(source), this.#books.partVersions()])
    const now = tables.map(({ name }) => ({ name, version: `${versions.get(rowsName(name)) ?? 0n} ${this.changes}` }))
    const moved = now.filter(({ name, version }) => this.#counted.get(name)?.version !== version)
    const counts = moved.length === 0 ? new Map<string, number>() : await this.#books.counts(moved.map(({ name }) => name))
    for (const { name, version } of moved) this.#counted.set(name, { version, rows: counts.get(name) ?? 0 })
    return new Map(now.map(({ name }) => [name, this.#counted.get(name)?.rows ?? 0]))
  }

  async lookUp(table: string, columns: readonly string[], where: Where): Promise<readonly (readonly LandingCell[])[]> {
    if (where.values.length === 0) return []
    return findWhere(this.#source, table, await this.#shape(table), columns, where)
  }

  rewrite(source: string, table: LandingTable, rows: AsyncIterable<LandingRows> | Iterable<LandingRows>): Promise<void> {
    return this.#change(async (writing) => {
      const change = shapeChange(writing.shapes.get(table.name), table, { source, stream: null })
      if (change.isNew || change.added.length > 0) await writing.apply(change)
      const quarantined: QuarantinedRecord[] = []
      await writing.exchange(table.name, async (place) => {
        for await (const piece of rows) {
          const fit = fitting(piece, table.name, change.shape)
          quarantined.push(...fit.quarantined)
          await writing.put(table.name, fit.rows, fit.rows.count, { syncedAtUtcMs: Date.now(), generation: 0 }, place)
        }
      })
      await writing.keepQuarantined(quarantined, source, table.name, Date.now())
    })
  }

  remove(table: string, where: Where, only: readonly CellTest[] = []): Promise<number> {
    return this.#change(async (writing) => {
      const shape = writing.shapes.get(table)
      const found = shape === undefined ? [] : await findWhere(this.#source, table, shape, [...shape.key, ...only.map(({ column }) => column)], where)
      const width = shape?.key.length ?? 0
      const keys = found.filter((cells) => only.every(({ among }, index) => passes(cells[width + index] ?? null, among))).map((cells) => cells.slice(0, width))
      if (shape !== undefined) await this.#erase(writing, table, shape, keys, where, only)
      if (only.length > 0) return keys.length
      const texts = where.values.flatMap((value) => (value === null ? [] : [String(value)]))
      await this.#eraseMentions(writing, `table_name = ${literal(table)}`, texts)
      return keys.length
    })
  }

  overwrite(table: string, change: Overwriting): Promise<number> {
    return this.#change(async (writing) => {
      const shape = writing.shapes.get(table)
      if (shape === undefined || change.cells.length === 0) return 0
      let rows = 0
      for (let at = 0; at < change.cells.length; at += ERASED_AT_ONCE) rows += await this.#overwriteSome(writing, table, shape, { ...change, cells: change.cells.slice(at, at + ERASED_AT_ONCE) })
      return rows
    })
  }

  removeQuarantined(source: string, mentions: readonly string[]): Promise<number> {
    return this.#change((writing) => this.#eraseMentions(writing, `source = ${literal(source)}`, mentions))
  }

  quarantine(source: string | null): Promise<QuarantineReport> {
    return this.#books.quarantine(source)
  }

  async reachOf(table: string): Promise<StreamReach | null> {
    const shape = (await this.#shapes()).get(table)
    if (shape === undefined || shape.stream === null) return null
    return (await this.states(shape.source)).get(shape.stream) ?? null
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort(closedError(this.#source.name))
    await this.#turn.within(undefined, () => this.#lease.release())
    await Promise.all([this.#connection.close(), this.#source.close()])
  }

  /** @returns Rows removed that were not written anew. Adds to `quarantined` what the engine cannot hold. */
  async #write(writing: Writing, table: string, writes: readonly LandingWrite[], marks: RowMarks, quarantined: QuarantinedRecord[]): Promise<number> {
    const shape = writing.shapes.get(table)
    if (shape === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `A commit writes to table "${table}", which it does not name.` })
    const fit = writes.map((write) => {
      if (write.kind === 'delete') return write
      const { rows, quarantined: misfits } = fitting(write.rows, table, shape)
      quarantined.push(...misfits)
      return { ...write, rows }
    })
    const [only] = fit
    if (fit.length === 1 && only?.kind === 'upsert') {
      await writing.put(table, only.rows, only.rows.count, marks)
      return 0
    }
    const overlay = new Overlay(shape, { where: (column, values) => findWhere(this.#source, table, shape, shape.key, { column, values }), keys: (keys) => findKeys(this.#source, table, shape, keys) })
    for (const write of fit) await overlay.apply(write)
    const { rows, live } = overlay.result()
    await writing.put(table, rows, live, marks)
    return overlay.removed
  }

  /** By key, so that no version of before comes to light again; and versions that nobody is shown, where they hold a value. */
  async #erase(writing: Writing, table: string, shape: LandedShape, keys: readonly (readonly LandingCell[])[], where: Where, only: readonly CellTest[]): Promise<void> {
    for (let at = 0; at < keys.length; at += ERASED_AT_ONCE) await writing.erase(rowsName(table), keyCondition(shape, keys.slice(at, at + ERASED_AT_ONCE)))
    const value = valueCondition(shape, where)
    const named = value === null ? null : [value, ...only.map(testCondition)].join(' AND ')
    if (named !== null && (await this.#books.count(`SELECT count() FROM ${quote(rowsName(table))} WHERE ${named}`)) > 0) await writing.erase(rowsName(table), named)
  }

  /** In all versions of the rows, so that none of before comes to light again. */
  async #overwriteSome(writing: Writing, table: string, shape: LandedShape, { column, cells, empties }: Overwriting): Promise<number> {
    const where = valueCondition(shape, { column, values: cells.map(([from]) => from) })
    if (where === null || (await this.#books.count(`SELECT count() FROM ${quote(rowsName(table))} WHERE ${where}`)) === 0) return 0
    const rows = await this.#books.count(`SELECT count() FROM ${quote(table)} WHERE ${where}`)
    const branches = cells.map(([from, to]) => `${quote(column)} = ${castOf(shape, column, from)}, ${to === null ? 'NULL' : castOf(shape, column, to)}`)
    await writing.change(rowsName(table), [`${quote(column)} = multiIf(${branches.join(', ')}, ${quote(column)})`, ...empties.map((name) => `${quote(name)} = NULL`)], where)
    return rows
  }

  async #eraseMentions(writing: Writing, of: string, texts: readonly string[]): Promise<number> {
    const parts = mentioned(texts)
    if (parts.length === 0) return 0
    const where = `${of} AND (${parts.map((part) => `position(lowerUTF8(content), lowerUTF8(${literal(part)})) > 0`).join(' OR ')})`
    const count = await this.#books.count(`SELECT count() FROM _quarantine FINAL WHERE ${where}`)
    if (count > 0) await writing.erase('_quarantine', where)
    return count
  }

  /** One after the other, by the one writer. What a failed one leaves behind is looked up anew. */
  async #change<T>(work: (writing: Writing) => Promise<T>): Promise<T> {
    return this.#turn.within(this.#closing.signal, async () => {
      this.#closing.signal.throwIfAborted()
      if (this.#writing === null || !this.#lease.isHeld) {
        this.#writing = null
        await Writing.makePlace(this.#connection, this.#database)
        await this.#lease.take()
        this.#writing = await Writing.begin(this.#connection, this.#database, this.#source, this.#books)
      }
      try {
        return await work(this.#writing)
      } catch (error) {
        this.#writing = null
        throw error
      } finally {
        this.changes += 1
      }
    })
  }

  /** Of what has landed, by name. Nobody else changes it while this gateway writes. */
  async #shapes(): Promise<ReadonlyMap<string, LandedShape>> {
    if (this.#writing !== null && this.#lease.isHeld) return this.#writing.shapes
    return new Map((await this.#books.shapes()).map((shape) => [shape.name, shape]))
  }

  async #shape(table: string): Promise<LandedShape> {
    const shape = (await this.#shapes()).get(table)
    if (shape === undefined) throw new KpiqlError('TABLE_MISSING', { message: `No table "${table}" has landed in "${this.#source.name}".`, hint: 'Sync its source first: kpiql sync.' })
    return shape
  }

}

/** Without parameters, for mutations: all values as bytes. */
function keyCondition(shape: LandedShape, keys: readonly (readonly LandingCell[])[]): string {
  const tuples = keys.map((key) => `(${key.map((cell, index) => castOf(shape, shape.key[index] ?? '', cell ?? '')).join(', ')})`)
  return `(${shape.key.map(quote).join(', ')}) IN (${tuples.join(', ')})`
}

/** Null where the engine holds none of the values. */
function valueCondition(shape: LandedShape, { column, values }: Where): string | null {
  const held = values.flatMap((value) => (value === null || !holds(value, kindOf(shape, column)) ? [] : [castOf(shape, column, value)]))
  return held.length === 0 ? null : `ifNull(${quote(column)} IN (${held.join(', ')}), 0)`
}

function testCondition({ column, among }: CellTest): string {
  const texts = among.flatMap((text) => (text === null ? [] : [literal(text)]))
  const tests = [...(among.includes(null) ? [`isNull(${quote(column)})`] : []), ...(texts.length === 0 ? [] : [`ifNull(toString(${quote(column)}) IN (${texts.join(', ')}), 0)`])]
  return tests.length === 0 ? '0' : `(${tests.join(' OR ')})`
}

function passes(cell: LandingCell, among: CellTest['among']): boolean {
  return among.includes(cell === null ? null : String(cell))
}

function castOf(shape: LandedShape, name: string, cell: LandingCell & {}): string {
  const column = shape.columns.find((one) => one.name === name) ?? { name, kind: 'text', scale: 0 }
  return `CAST(${literal(cellText(cell, column.kind))} AS ${nativeType(column)})`
}
