import type { QuarantineReport, TableInfo, TableStatistics } from '../contract.ts'
import type { TableProblem } from './find-files.ts'
import type { PublishedTable } from './versions.ts'

/** A table that can be read now. */
export interface ReadableTable extends PublishedTable {
  readonly info: TableInfo
  readonly rows: number
  /** UTC ms at which the newest of its files was written. */
  readonly newestFileMs: number
  readonly statistics: () => Promise<TableStatistics>
}

/** Where a source's tables come from: a folder that is loaded, or a database file that is attached. */
export interface Contents {
  readonly tables: ReadonlyMap<string, ReadableTable>
  /** Tables that cannot be read, and why. */
  readonly problems: readonly TableProblem[]
  /**
   * Looks at the files now and takes over what has changed.
   * @returns True where other tables are to be published than before.
   * @throws KpiqlError where nothing at all can be read.
   */
  refresh(signal: AbortSignal): Promise<boolean>
  quarantine(): Promise<QuarantineReport>
  /** Called with the targets that are still visible to someone. */
  retire(visible: ReadonlySet<string>): Promise<void>
}
