import { backfillOf, watermarkOf } from '../../landing-contract.ts'
import type { StreamReach } from '../../landing-contract.ts'
import type { QuarantineReport, TableStatistics } from '../../contract.ts'
import { columnInfo } from '../column-info.ts'
import type { Contents, Look, ReadableTable } from '../contents.ts'
import { quoteName } from '../sql-text.ts'
import { engineStatistics, loadedStatistics } from '../statistics.ts'
import { nativeType, reachOf, readTables, STREAMS, type BookedReach, type BookedTable } from './book.ts'
import type { LandingEngine } from './open-file.ts'
import { readQuarantine } from './quarantine.ts'

/** Counting distinct values in tables up to here takes milliseconds. */
const SMALL_TABLE_ROWS = 20_000

/** Tables that syncs write, in place: what was looked at is behind as soon as something was committed. */
export class LandedContents implements Contents {
  private readonly engine: LandingEngine
  /** Commits so far. */
  private readonly commits: () => number
  private last: { readonly commits: number; readonly look: Look } | null = null

  constructor(engine: LandingEngine, commits: () => number) {
    this.engine = engine
    this.commits = commits
  }

  isBehind(look: Look): Promise<boolean> {
    return Promise.resolve(this.last?.look !== look || this.commits() !== this.last.commits)
  }

  async refresh(): Promise<Look> {
    // Counted before reading: what is committed meanwhile is looked at once more.
    const commits = this.commits()
    const { reader } = this.engine
    const booked = await readTables(reader, 'true', [])
    const streams = await reader.rows<BookedReach & { source: string; stream: string }>(`SELECT source, stream, is_whole, complete_until_ms, backfilled_from_ms, backfilled_until_ms FROM ${STREAMS}`)
    const tables = new Map<string, ReadableTable>()
    for (const table of booked) {
      const state = streams.find(({ source, stream }) => source === table.source && stream === table.stream)
      const reach = state === undefined ? null : reachOf(state)
      const before = this.last?.look.tables.get(table.name)
      const isSame = before?.version === versionOf(table) && before.newestFileMs === (reach === null ? null : watermarkOf(reach))
      tables.set(table.name, isSame ? before : this.readableOf(table, reach))
    }
    const before = this.last?.look
    const isSame = before !== undefined && before.tables.size === tables.size && [...tables].every(([name, table]) => before.tables.get(name) === table)
    const look = isSame ? before : { tables, problems: [] }
    this.last = { commits, look }
    return look
  }

  quarantine(): Promise<QuarantineReport> {
    return readQuarantine(this.engine.reader, null)
  }

  retire(): Promise<void> {
    return Promise.resolve()
  }

  private readableOf(table: BookedTable, reach: StreamReach | null): ReadableTable {
    const { name, columns, key, rows } = table
    const place = `${quoteName(this.engine.catalog)}.main.${quoteName(name)}`
    let statistics: Promise<TableStatistics> | null = null
    return {
      name,
      // Columns by name: a view of all columns breaks when one is added.
      target: `(SELECT ${[...columns.map((column) => column.name), '_synced_at', '_generation'].map(quoteName).join(', ')} FROM ${place})`,
      version: versionOf(table),
      info: {
        name,
        columns: columns.map((column) => ({ ...columnInfo(column.name, nativeType(column), !key.includes(column.name)), ...(column.kind === 'timestamp' ? { zoned: true } : {}) })),
        primaryKey: key,
      },
      rows,
      newestFileMs: reach === null ? null : watermarkOf(reach),
      backfill: reach === null ? null : backfillOf(reach),
      statistics: () => {
        statistics ??= this.statisticsOf(table)
        return statistics
      },
    }
  }

  /** Small tables are counted; large ones told as the engine keeps them, without reading a row, save that a key of one column is known to be distinct. */
  private async statisticsOf({ name, columns, key, rows }: BookedTable): Promise<TableStatistics> {
    const { reader } = this.engine
    if (rows <= SMALL_TABLE_ROWS) return loadedStatistics(reader, name, rows, columns.map((column) => ({ name: column.name, unique: false })))
    const statistics = await engineStatistics(reader, quoteName(name), rows, columns.map((column) => column.name))
    const [only] = key
    const unique = only === undefined || key.length > 1 ? null : statistics.columns[only]
    return only === undefined || unique === null || unique === undefined ? statistics : { rows, columns: { ...statistics.columns, [only]: { ...unique, distinct: rows } } }
  }
}

export const versionOf = ({ name, version }: Pick<BookedTable, 'name' | 'version'>): string => `${name}:${version}`
