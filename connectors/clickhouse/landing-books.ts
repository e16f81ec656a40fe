import { setImmediate as turnOfLoop } from 'node:timers/promises'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ColumnKind, QuarantineReport, QuerySource, Value } from '../contract.ts'
import type { KeptState, LandingColumn } from '../landing-contract.ts'
import type { LandedShape } from '../sql-kit/landed-shape.ts'
import type { Json } from '../sync-contract.ts'
import { literal, quote } from './landing-connection.ts'
import { readRows } from './landing-find.ts'

const LISTED_ENTRIES = 1000
const LISTED_CHARACTERS = 200

/** A state, and the version of the row that holds it. */
export interface BookedState extends KeptState {
  readonly source: string
  readonly stream: string
  readonly bookVersion: bigint
}

export interface BookedShape extends LandedShape {
  readonly name: string
  readonly bookVersion: bigint
}

/** Reads what the gateway keeps beside the data; nothing, where nothing has landed yet. */
export class Books {
  readonly #source: QuerySource
  /** Readings that have not begun. */
  readonly #coming = new Map<string, Promise<unknown>>()

  constructor(source: QuerySource) {
    this.#source = source
  }

  states(source: string | null): Promise<readonly BookedState[]> {
    return this.#together(`states ${source ?? ''}`, () => this.#states(source))
  }

  /** Tables that were landed, are there still and can be read. */
  shapes(): Promise<readonly BookedShape[]> {
    return this.#together('shapes', () => this.#shapes())
  }

  async #states(source: string | null): Promise<readonly BookedState[]> {
    const counts = new Map((await this.#read('SELECT source, stream, count() FROM _quarantine FINAL GROUP BY source, stream', ['text', 'text', 'integer'])).map(([of, stream, count]) => [`${String(of)}\n${String(stream)}`, Number(count)]))
    const rows = await this.#read(
      `SELECT source, stream, cursor, generation, is_whole, complete_until_utc_ms, backfilled_from_utc_ms, backfilled_until_utc_ms, committed_utc_ms, commits, version FROM _kpiql_streams FINAL ${source === null ? '' : 'WHERE source = {p1:String}'} ORDER BY source, stream`,
      ['text', 'text', 'text', 'integer', 'boolean', 'integer', 'integer', 'integer', 'integer', 'integer', 'integer'],
      ...(source === null ? [] : [source]),
    )
    return rows.map(([of, stream, cursor, generation, isWhole, until, backfilledFrom, backfilledUntil, committed, commits, version]) => ({
      source: String(of),
      stream: String(stream),
      cursor: JSON.parse(String(cursor)) as Json,
      generation: Number(generation),
      isWhole: isWhole === true,
      completeUntilUtcMs: until === null ? null : Number(until),
      ...(backfilledFrom === null || backfilledUntil === null ? {} : { backfilled: { fromUtcMs: Number(backfilledFrom), untilUtcMs: Number(backfilledUntil) } }),
      committedUtcMs: Number(committed),
      version: Number(commits),
      quarantined: counts.get(`${String(of)}\n${String(stream)}`) ?? 0,
      bookVersion: BigInt(String(version)),
    }))
  }

  async #shapes(): Promise<readonly BookedShape[]> {
    const rows = await this.#read(
      "SELECT name, source, stream, columns, key, version FROM _kpiql_tables FINAL WHERE name IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View') AND concat('_rows_', name) IN (SELECT name FROM system.tables WHERE database = currentDatabase()) ORDER BY name",
      ['text', 'text', 'text', 'text', 'text', 'integer'],
    )
    return rows.map(([name, source, stream, columns, key, version]) => ({
      name: String(name),
      source: String(source),
      stream: stream === null ? null : String(stream),
      columns: JSON.parse(String(columns)) as LandingColumn[],
      key: JSON.parse(String(key)) as string[],
      bookVersion: BigInt(String(version)),
    }))
  }

  async quarantine(source: string | null): Promise<QuarantineReport> {
    const of = source === null ? '' : 'WHERE source = {p1:String}'
    const params = source === null ? [] : [source]
    const [first] = await this.#read(`SELECT count() FROM _quarantine FINAL ${of}`, ['integer'], ...params)
    const total = Number(first?.[0] ?? 0)
    if (total === 0) return { total, entries: [], truncated: false }
    const rows = await this.#read(
      `SELECT table_name, concat(source, '/', stream), column_name, reason, substringUTF8(content, 1, ${LISTED_CHARACTERS}) FROM _quarantine FINAL ${of} ORDER BY happened_at DESC, table_name, content LIMIT ${LISTED_ENTRIES}`,
      ['text', 'text', 'text', 'text', 'text'],
      ...params,
    )
    const entries = rows.map(([table, file, column, reason, content]) => ({ table: String(table), file: String(file), line: null, column: column === null ? null : String(column), reason: String(reason), content: String(content) }))
    return { total, entries, truncated: total > entries.length }
  }

  /** What moves with every part that is written, by table. */
  async partVersions(): Promise<ReadonlyMap<string, bigint>> {
    const rows = await this.#read('SELECT table, max(max_block_number) FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table', ['text', 'integer'])
    return new Map(rows.map(([table, block]) => [String(table), BigInt(String(block))]))
  }

  /** Rows of tables, in one statement. */
  async counts(tables: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#read(tables.map((table) => `SELECT ${literal(table)} AS name, count() AS rows FROM ${quote(table)}`).join(' UNION ALL '), ['text', 'integer'])
    return new Map(rows.map(([name, count]) => [String(name), Number(count)]))
  }

  /** A number of one statement; 0 where the table is not there. */
  async count(text: string, ...params: readonly string[]): Promise<number> {
    const [first] = await this.#read(text, ['integer'], ...params)
    return Number(first?.[0] ?? 0)
  }

  /** Those who ask in one turn of the event loop share what is read after it; nobody is told what was read before he asked. */
  #together<T>(what: string, read: () => Promise<T>): Promise<T> {
    const coming = this.#coming.get(what) as Promise<T> | undefined
    if (coming !== undefined) return coming
    const begun = turnOfLoop().then(() => {
      this.#coming.delete(what)
      return read()
    })
    this.#coming.set(what, begun)
    return begun
  }

  async #read(text: string, kinds: readonly ColumnKind[], ...params: readonly string[]): Promise<readonly (readonly Value[])[]> {
    try {
      return await readRows(this.#source, text, kinds, ...params)
    } catch (error) {
      if (isNothingYet(error)) return []
      throw error
    }
  }
}

/** Neither the database nor its books are there before the first commit. */
export function isNothingYet(error: unknown): boolean {
  return error instanceof KpiqlError && (error.code === 'TABLE_MISSING' || error.data?.['nativeCode'] === '81')
}
