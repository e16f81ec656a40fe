import type { KpiqlError } from '../../src/base/errors.ts'
import { clickhouseDialect } from '../../src/sql/dialects/clickhouse.ts'
import type { ColumnKind, Param, Statement, TableInfo, TableStatistics } from '../contract.ts'
import type { CellType, RunCost, RunOptions, SqlEngine } from '../sql-kit/engine.ts'
import type { RowSink } from '../sql-kit/row-sink.ts'
import { cellTypeOf } from './cell-type.ts'
import { Connection } from './connection.ts'
import { findTables } from './find-tables.ts'
import type { ClickhouseOptions } from './options.ts'
import { readStatistics } from './read-statistics.ts'
import { readLook, versionsAt, type Look } from './read-versions.ts'
import { translateError } from './translate-error.ts'

export class ClickhouseEngine implements SqlEngine {
  readonly dialect = clickhouseDialect
  readonly cancels = true
  readonly #source: string
  readonly #connection: Connection
  readonly #trustMs: number
  #look: Look | null = null
  #listed: { readonly definitions: string; readonly atMs: number; readonly tables: readonly TableInfo[] } | null = null

  constructor(source: string, options: ClickhouseOptions) {
    this.#source = source
    this.#trustMs = options.ttlSeconds * 1000
    this.#connection = new Connection(source, options)
  }

  async run(statement: Statement, sink: RowSink, { signal }: RunOptions): Promise<RunCost> {
    const params = Object.fromEntries(statement.params.map((param, index) => [`p${index + 1}`, bound(param)]))
    const rowsRead = await this.#connection.read(
      statement.text,
      params,
      { begin: (_, types) => sink.begin(types.map((type, index) => cellType(type, statement.columns[index]))), row: (cells) => sink.row(cells.map(cellText)) },
      signal,
    )
    return { rowsRead }
  }

  /** Columns are listed when a table was created, altered or dropped, and now and then, since rights are told by nothing else. */
  async tables(signal: AbortSignal): Promise<readonly TableInfo[]> {
    const rows = this.#rows(signal)
    const look = await readLook(rows)
    this.#look = look
    const { definitions, atMs, tables } = this.#listed ?? {}
    const nowMs = performance.now()
    if (tables !== undefined && atMs !== undefined && nowMs - atMs < this.#trustMs && look?.definitions === definitions) return tables
    const found = await findTables(rows)
    this.#listed = look === null ? null : { definitions: look.definitions, atMs: nowMs, tables: found }
    return found
  }

  /** `tables` has just asked for all that tells them, but for what other servers hold: both are one look. */
  async versions(tables: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return this.#look === null ? new Map() : versionsAt(this.#look, tables, this.#rows(signal))
  }

  statistics(table: TableInfo, signal: AbortSignal): Promise<TableStatistics> {
    return readStatistics(this.#rows(signal), table)
  }

  async hello(signal: AbortSignal): Promise<string> {
    return `ClickHouse ${await this.#connection.version(signal)}`
  }

  translate(error: unknown): KpiqlError {
    return translateError(error, this.#source)
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  /** Questions of our own. */
  asking(signal: AbortSignal): AskRows {
    return this.#rows(signal)
  }

  #rows(signal: AbortSignal): AskRows {
    return async (sql, params = {}) => {
      const rows: Record<string, string | null>[] = []
      let columns: readonly string[] = []
      const begin = (names: readonly string[]): void => void (columns = names)
      await this.#connection.read(sql, params, { begin, row: (cells) => void rows.push(Object.fromEntries(columns.map((name, index) => [name, cellText(cells[index])]))) }, signal)
      return rows
    }
  }
}

/** Rows of a question of our own, each value as its text. */
export type AskRows = (sql: string, params?: Readonly<Record<string, unknown>>) => Promise<readonly Readonly<Record<string, string | null>>[]>

/** Comparisons are small integers here. */
function cellType(native: string, kind: ColumnKind | undefined): CellType {
  if (kind === 'boolean' && /^(Nullable\()?UInt8\)?$/.test(native)) return 'boolean'
  return cellTypeOf(native) ?? 'text'
}

function cellText(cell: unknown): string | null {
  return cell === null || cell === undefined ? null : typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}

/** The statement names the type of each parameter, and ClickHouse reads its text. */
function bound({ value, type }: Param): unknown {
  if (value === null) return null
  if (type === 'boolean') return typeof value === 'string' ? value === 'true' : Boolean(value)
  if (type === 'timestamp') return String(value).replace('T', ' ').replace(/Z$/, '')
  return type === 'float' ? Number(value) : String(value)
}
