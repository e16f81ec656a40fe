import type { QuarantineReport, TableStatistics } from '../contract.ts'
import type { TableFiles } from './find-files.ts'
import type { LoadedColumn, LoadedTable } from './load-table.ts'
import { QUARANTINE_TABLE } from './quarantine-table.ts'
import type { Session } from './session.ts'
import { quoteName } from './sql-text.ts'

const FILES_TABLE = '_kpiql_files'
const LISTED_ENTRIES = 1000

/** A table as it stands in the working database. */
export interface LedgerEntry {
  readonly table: string
  readonly fingerprint: string
  /** Grows with every load of any table. */
  readonly load: number
  readonly physical: string
  readonly rows: number
  readonly quarantined: number
  readonly newestFileMs: number
  readonly columns: readonly LoadedColumn[]
  readonly statistics: TableStatistics
}

/** What was loaded from which state of the files. Kept in the working database, so that data and book agree after any crash. */
export class Ledger {
  private readonly session: Session

  constructor(session: Session) {
    this.session = session
  }

  /** Makes the book where there is none, and takes away what a crash left behind. */
  async open(): Promise<LedgerEntry[]> {
    await this.session.run(
      `CREATE TABLE IF NOT EXISTS ${FILES_TABLE} (table_name VARCHAR PRIMARY KEY, fingerprint VARCHAR, load BIGINT, physical VARCHAR, rows BIGINT, quarantined BIGINT, newest_file_ms DOUBLE, columns VARCHAR, statistics VARCHAR)`,
    )
    await this.session.run(`CREATE TABLE IF NOT EXISTS ${QUARANTINE_TABLE} (table_name VARCHAR, load BIGINT, file VARCHAR, line BIGINT, row_number BIGINT, column_name VARCHAR, reason VARCHAR, content VARCHAR)`)
    const entries = await this.entries()
    await this.forget(entries)
    return entries
  }

  private async entries(): Promise<LedgerEntry[]> {
    const rows = await this.session.rows<{ table_name: string; fingerprint: string; load: bigint; physical: string; rows: bigint; quarantined: bigint; newest_file_ms: number; columns: string; statistics: string }>(
      `SELECT * FROM ${FILES_TABLE}`,
    )
    return rows.map((row) => ({
      table: row.table_name,
      fingerprint: row.fingerprint,
      load: Number(row.load),
      physical: row.physical,
      rows: Number(row.rows),
      quarantined: Number(row.quarantined),
      newestFileMs: row.newest_file_ms,
      columns: JSON.parse(row.columns) as LoadedColumn[],
      statistics: JSON.parse(row.statistics) as TableStatistics,
    }))
  }

  /** Puts a freshly loaded table in the place of its older version, in one step. */
  async enter(table: TableFiles, load: number, physical: string, loaded: LoadedTable): Promise<LedgerEntry> {
    const newestFileMs = Math.max(...table.files.map(({ modifiedMs }) => modifiedMs))
    const entry: LedgerEntry = { table: table.spec.name, fingerprint: table.fingerprint, load, physical, newestFileMs, ...loaded }
    await this.session.run(`INSERT OR REPLACE INTO ${FILES_TABLE} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
      entry.table,
      entry.fingerprint,
      BigInt(load),
      physical,
      BigInt(loaded.rows),
      BigInt(loaded.quarantined),
      newestFileMs,
      JSON.stringify(loaded.columns),
      JSON.stringify(loaded.statistics),
    ])
    return entry
  }

  /** Drops every loaded table and quarantined row that no entry of the book and no reader needs. */
  async forget(entries: readonly LedgerEntry[], isNeeded: (physical: string) => boolean = () => false): Promise<void> {
    const own = new Set([FILES_TABLE, QUARANTINE_TABLE, ...entries.map(({ physical }) => physical)])
    const tables = await this.session.rows<{ table_name: string }>(`SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()`)
    for (const { table_name } of tables) if (!own.has(table_name) && !isNeeded(table_name)) await this.session.run(`DROP TABLE ${quoteName(table_name)}`)
    await this.session.run(`DELETE FROM ${QUARANTINE_TABLE} WHERE NOT list_contains([${['-1', ...entries.map(({ load }) => String(load))].join(', ')}], load)`)
  }
}

/** In the order of tables, files and lines; the first thousand. */
export async function quarantineReport(session: Session, entries: readonly LedgerEntry[]): Promise<QuarantineReport> {
  const total = entries.reduce((sum, { quarantined }) => sum + quarantined, 0)
  if (total === 0) return { total, entries: [], truncated: false }
  const loads = entries.map(({ load }) => String(load)).join(', ')
  const rows = await session.rows<{ table_name: string; file: string; line: bigint | null; column_name: string | null; reason: string; content: string }>(
    `SELECT table_name, file, line, column_name, reason, content FROM ${QUARANTINE_TABLE} WHERE list_contains([${loads}], load) ORDER BY table_name, file, coalesce(line, row_number) LIMIT ${LISTED_ENTRIES}`,
  )
  return {
    total,
    entries: rows.map((row) => ({ table: row.table_name, file: row.file, line: row.line === null ? null : Number(row.line), column: row.column_name, reason: row.reason, content: row.content })),
    truncated: total > rows.length,
  }
}
