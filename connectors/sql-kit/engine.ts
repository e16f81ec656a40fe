import type { KpiqlError } from '../../src/base/errors.ts'
import type { Dialect } from '../../src/sql/dialect.ts'
import type { ColumnInfo, Statement, TableInfo, TableStatistics } from '../contract.ts'
import type { RowSink } from './row-sink.ts'

export interface RunOptions {
  /** Aborting must stop the statement in the database, not only our waiting for it. */
  readonly signal: AbortSignal
}

/** What a statement cost, where the database says so. */
export interface RunCost {
  readonly rowsRead: number | null
}

/**
 * One database behind its driver: the difference between databases, and nothing else. `SqlSource` makes a source of it. Opening
 * it touches nothing; the first call connects.
 */
export interface SqlEngine {
  readonly dialect: Dialect
  /** Whether aborting really stops the statement in the database. */
  readonly cancels: boolean
  /** Whether rows are worked through one by one. */
  readonly byRow?: boolean
  /** Runs one statement that reads, in a read-only session; hands the types of its columns and then every row to the sink. Throws what the driver throws, or a KpiqlError. */
  run(statement: Statement, sink: RowSink, options: RunOptions): Promise<RunCost>
  /** All tables and views that may be read, with the kinds of their columns; what has a type we cannot read is left out. */
  tables(signal: AbortSignal): Promise<readonly TableInfo[]>
  /** Why a table that `tables` leaves out cannot be read, as of the last look; null where there is no more to say than that it is not there. */
  refusal?(table: string): KpiqlError | null
  /**
   * By table, a text that changes with its rows, where the database keeps one that is cheap; tables without an entry are told apart
   * by time alone.
   */
  versions(tables: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>
  /** Estimates from the database's own catalogue where it keeps them; smallest and largest value of times are exact. */
  statistics(table: TableInfo, signal: AbortSignal): Promise<TableStatistics>
  /** One round trip that shows that the database answers: what it is, such as `PostgreSQL 18.4`. */
  hello(signal: AbortSignal): Promise<string>
  /** The one place where the driver's errors become ours: no SQL, host, user or password in message, hint or data. */
  translate(error: unknown): KpiqlError
  /** Closes all connections; safe to call twice, and when nothing was opened. */
  close(): Promise<void>
}

/** What a cell of an answer is, whatever the driver makes of it. `clock` is a wall-clock timestamp, `instant` one with a zone. */
export type CellType = 'text' | 'boolean' | 'integer' | 'decimal' | 'float' | 'date' | 'clock' | 'instant' | 'null'

/** The kind of column that cells of a type make. */
export const KIND_OF_CELL = {
  text: 'text',
  boolean: 'boolean',
  integer: 'integer',
  decimal: 'decimal',
  float: 'float',
  date: 'date',
  clock: 'timestamp',
  instant: 'timestamp',
} as const satisfies Record<Exclude<CellType, 'null'>, ColumnInfo['kind']>

/** A column as `discover` tells it. */
export function columnInfo(name: string, nativeType: string, type: Exclude<CellType, 'null'>, nullable: boolean): ColumnInfo {
  return { name, nativeType, kind: KIND_OF_CELL[type], nullable, ...(type === 'clock' || type === 'instant' ? { zoned: type === 'instant' } : {}) }
}
