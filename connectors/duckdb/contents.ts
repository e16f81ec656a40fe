import type { Backfill, QuarantineReport, TableInfo, TableStatistics } from '../contract.ts'
import type { TableProblem } from './find-files.ts'

/** A table that can be read, under the name that statements use: `schema.table` or `table`. */
export interface ReadableTable {
  readonly name: string
  /** SQL of where its rows are. */
  readonly target: string
  /** Changes whenever the rows do. */
  readonly version: string
  readonly info: TableInfo
  readonly rows: number
  /** UTC ms at which the newest of its files was written; null where that says nothing of how far the data reaches. */
  readonly newestFileMs: number | null
  /** Absent or null where all is there. */
  readonly backfill?: Backfill | null | undefined
  readonly statistics: () => Promise<TableStatistics>
}

/** What one look at a source found. */
export interface Look {
  readonly tables: ReadonlyMap<string, ReadableTable>
  /** Tables that cannot be read, and why. */
  readonly problems: readonly TableProblem[]
}

/** Where a source's tables come from: a folder that is loaded, or a database file that is attached. */
export interface Contents {
  /**
   * Looks at the files now and takes over what has changed.
   * @returns The look before, the same object, where nothing has changed since.
   * @throws KpiqlError where nothing at all can be read.
   */
  refresh(signal: AbortSignal): Promise<Look>
  /** For contents that know of every change at once, without a look: whether `look` is behind. */
  isBehind?(look: Look): Promise<boolean>
  /** Of these tables. */
  quarantine(tables: readonly ReadableTable[]): Promise<QuarantineReport>
  /** Called with the targets that are still visible to someone. */
  retire(visible: ReadonlySet<string>): Promise<void>
}
