import { KpiqlError } from '../../src/base/errors.ts'
import type { QuerySource } from '../contract.ts'
import type { LandingCell, LandingRows, QuarantinedRecord, StreamState } from '../landing-contract.ts'
import type { LandedShape, ShapeChange } from '../sql-kit/landed-shape.ts'
import { digestOf } from '../sql-kit/quarantined.ts'
import type { BookedState, Books } from './landing-books.ts'
import { readRows } from './landing-find.ts'
import { quote, type LandingConnection } from './landing-connection.ts'
import { linesOf, tabbed } from './landing-rows.ts'
import { bookStatements, rowsName, tableStatements, viewStatement } from './landing-tables.ts'

/** An insert of a writer before may be on its way still, no more than one to a table: what is written now is later. */
const STILL_TO_COME = 1n

export interface RowMarks {
  readonly syncedAtUtcMs: number
  readonly generation: number
}

/** What a writer knows because nobody else writes, and how it writes. Made anew whenever the lease is taken. */
export class Writing {
  readonly shapes = new Map<string, LandedShape>()
  readonly states = new Map<string, BookedState>()
  readonly #connection: LandingConnection
  readonly #database: string
  readonly #source: QuerySource
  /** The last version of any row of a table. */
  readonly #versions = new Map<string, bigint>()
  #booked = 0n

  private constructor(connection: LandingConnection, database: string, source: QuerySource) {
    this.#connection = connection
    this.#database = database
    this.#source = source
  }

  /** Makes the database and its books where they are not there. */
  static async makePlace(connection: LandingConnection, database: string): Promise<void> {
    await connection.command(`CREATE DATABASE IF NOT EXISTS ${quote(database)}`)
    for (const statement of bookStatements(database)) await connection.command(statement)
  }

  static async begin(connection: LandingConnection, database: string, source: QuerySource, books: Books): Promise<Writing> {
    const writing = new Writing(connection, database, source)
    for (const { name, bookVersion, ...shape } of await books.shapes()) {
      writing.shapes.set(name, shape)
      writing.#booked = bookVersion > writing.#booked ? bookVersion : writing.#booked
    }
    for (const state of await books.states(null)) {
      writing.states.set(stateKey(state.source, state.stream), state)
      writing.#booked = state.bookVersion > writing.#booked ? state.bookVersion : writing.#booked
    }
    writing.#booked += STILL_TO_COME
    return writing
  }

  /** @throws KpiqlError `DATA_INVALID` where something that was not landed has the name. */
  async apply({ name, shape }: ShapeChange): Promise<void> {
    const foreign = await readRows(this.#source, "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = {p1:String} AND (engine <> 'View' OR concat('_rows_', name) NOT IN (SELECT name FROM system.tables WHERE database = currentDatabase()))", ['text'], name)
    if (foreign.length > 0) throw new KpiqlError('DATA_INVALID', { message: `Database "${this.#database}" holds a table "${name}" which was not landed.`, hint: 'Move it elsewhere, or name another `landingDatabase`.' })
    // Each can be done again, should the next fail.
    for (const statement of tableStatements(this.#database, name, shape)) await this.#connection.command(statement)
    await this.#connection.command(viewStatement(this.#database, name, shape))
    this.#booked += 1n
    const cells = [name, shape.source, shape.stream, JSON.stringify(shape.columns), JSON.stringify(shape.key)]
    await this.#insert('_kpiql_tables', ['name', 'source', 'stream', 'columns', 'key', 'version'], `${cells.map((cell) => tabbed(cell, 'text')).join('\t')}\t${this.#booked}\n`)
    this.shapes.set(name, shape)
  }

  /** One block: readers see all of these rows at once, or none. @param live rows before this one are put in, the others only name keys that go. @param place where the rows lie, if not in the table's own place. */
  async put(table: string, rows: LandingRows, live: number, { syncedAtUtcMs, generation }: RowMarks, place = rowsName(table)): Promise<void> {
    if (rows.count === 0) return
    const shape = this.#shape(table)
    const version = await this.#nextVersion(table)
    const synced = tabbed(syncedAtUtcMs, 'timestamp')
    const lines = linesOf(rows, shape, (row) => `${synced}\t${generation}\t${version}\t${row < live ? 0 : 1}`)
    await this.#insert(place, [...rows.names, '_synced_at', '_generation', '_version', '_deleted'], lines)
  }

  /** Takes away what another generation showed last. @returns Rows removed. */
  async sweep(table: string, { syncedAtUtcMs, generation }: RowMarks): Promise<number> {
    const [first] = await readRows(this.#source, `SELECT count() FROM ${quote(table)} WHERE _generation <> ${generation}`, ['integer'])
    const swept = Number(first?.[0] ?? 0)
    if (swept === 0) return 0
    const keys = this.#shape(table).key.map(quote).join(', ')
    const version = await this.#nextVersion(table)
    await this.#connection.command(
      `INSERT INTO ${this.#place(rowsName(table))} (${keys}, _synced_at, _generation, _version, _deleted) ` +
        `SELECT ${keys}, toDateTime64('${tabbed(syncedAtUtcMs, 'timestamp')}', 3, 'UTC'), ${generation}, ${version}, 1 FROM ${this.#place(table)} WHERE _generation <> ${generation} SETTINGS max_insert_threads = 1`,
    )
    return swept
  }

  /** All of a table's rows become those that `fill` puts into the place it is given; readers see the rows of before until then. */
  async exchange(table: string, fill: (place: string) => Promise<void>): Promise<void> {
    const [place, fresh] = [this.#place(rowsName(table)), `_new_${table}`]
    await this.#connection.command(`DROP TABLE IF EXISTS ${this.#place(fresh)} SYNC`)
    await this.#connection.command(`CREATE TABLE ${this.#place(fresh)} AS ${place}`)
    try {
      await fill(fresh)
      await this.#connection.command(`EXCHANGE TABLES ${this.#place(fresh)} AND ${place}`)
    } finally {
      await this.#connection.command(`DROP TABLE IF EXISTS ${this.#place(fresh)} SYNC`)
    }
  }

  /** Removes rows for good, with all their versions. @param where a condition without parameters. */
  async erase(table: string, where: string): Promise<void> {
    await this.#connection.command(`ALTER TABLE ${this.#place(table)} DELETE WHERE ${where} SETTINGS mutations_sync = 2`)
  }

  /** Changes cells of all versions of rows. @param where a condition without parameters. */
  async change(table: string, sets: readonly string[], where: string): Promise<void> {
    await this.#connection.command(`ALTER TABLE ${this.#place(table)} UPDATE ${sets.join(', ')} WHERE ${where} SETTINGS mutations_sync = 2`)
  }

  async keepQuarantined(records: readonly QuarantinedRecord[], source: string, stream: string, atUtcMs: number): Promise<void> {
    if (records.length === 0) return
    const lines = records.map((record) => [source, stream, digestOf(record), record.table, record.column, record.reason, record.content].map((cell) => tabbed(cell, 'text')).join('\t') + `\t${tabbed(atUtcMs, 'timestamp')}\n`)
    await this.#insert('_quarantine', ['source', 'stream', 'digest', 'table_name', 'column_name', 'reason', 'content', 'happened_at'], lines.join(''))
  }

  async keepState(source: string, stream: string, state: StreamState, commits: number): Promise<void> {
    const bookVersion = (this.#booked += 1n)
    const { cursor, generation, isWhole, completeUntilUtcMs, backfilled, committedUtcMs } = state
    const instant = (utcMs: number | null | undefined): number | null => (utcMs === null || utcMs === undefined ? null : Math.floor(utcMs))
    const numbers: readonly LandingCell[] = [generation, isWhole, instant(completeUntilUtcMs), instant(backfilled?.fromUtcMs), instant(backfilled?.untilUtcMs), Math.floor(committedUtcMs), commits]
    const cells = [...[source, stream, JSON.stringify(cursor)].map((cell) => tabbed(cell, 'text')), ...numbers.map((cell) => tabbed(cell, 'integer')), String(bookVersion)]
    await this.#insert('_kpiql_streams', ['source', 'stream', 'cursor', 'generation', 'is_whole', 'complete_until_utc_ms', 'backfilled_from_utc_ms', 'backfilled_until_utc_ms', 'committed_utc_ms', 'commits', 'version'], `${cells.join('\t')}\n`)
    this.states.set(stateKey(source, stream), { ...state, source, stream, version: commits, quarantined: 0, bookVersion })
  }

  /** Versions go on from those that a writer before has left, whatever became of its commit. */
  async #nextVersion(table: string): Promise<bigint> {
    let last = this.#versions.get(table)
    if (last === undefined) {
      const [first] = await readRows(this.#source, `SELECT max(_version) FROM ${quote(rowsName(table))}`, ['integer'])
      last = BigInt(String(first?.[0] ?? 0)) + STILL_TO_COME
    }
    this.#versions.set(table, last + 1n)
    return last + 1n
  }

  #insert(table: string, columns: readonly string[], lines: string): Promise<void> {
    return this.#connection.insert(this.#place(table), columns.map(quote), lines, crypto.randomUUID())
  }

  #place(table: string): string {
    return `${quote(this.#database)}.${quote(table)}`
  }

  #shape(table: string): LandedShape {
    const shape = this.shapes.get(table)
    if (shape === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `A commit writes to table "${table}", which it does not name.` })
    return shape
  }
}

export function stateKey(source: string, stream: string): string {
  return `${source}\n${stream}`
}
