import { KpiqlError } from '../../../src/base/errors.ts'
import type { Json } from '../../sync-contract.ts'
import type { KeptState, LandedTable, LandingColumn, LandingTable, StreamReach, StreamState } from '../../landing-contract.ts'
import type { Session } from '../session.ts'
import { quoteName } from '../sql-text.ts'
import { makeChanges } from './changes.ts'

/**
 * What the landing knows of its tables and streams, kept beside the data. The tables have no indexes: they are small, and an
 * index refuses a row that one transaction deletes and writes again.
 */
export const STREAMS = '_streams'
export const TABLES = '_tables'
export const QUARANTINE = '_quarantine'

export interface BookedTable extends LandedTable {
  readonly source: string
  readonly rows: number
  /** Grows with every commit that changed a row or a column. */
  readonly version: bigint
}

/** A stream's row as far as it tells how complete its tables are. */
export interface BookedReach {
  readonly is_whole: boolean
  readonly complete_until_ms: bigint | null
  readonly backfilled_from_ms: bigint | null
  readonly backfilled_until_ms: bigint | null
}

export function reachOf({ is_whole: isWhole, complete_until_ms: until, backfilled_from_ms: from, backfilled_until_ms: to }: BookedReach): StreamReach {
  return { isWhole, completeUntilUtcMs: until === null ? null : Number(until), ...(from === null || to === null ? {} : { backfilled: { fromUtcMs: Number(from), untilUtcMs: Number(to) } }) }
}

export async function makeBook(session: Session): Promise<void> {
  await makeChanges(session)
  await session.run(`CREATE TABLE IF NOT EXISTS ${STREAMS} (source VARCHAR, stream VARCHAR, cursor VARCHAR, generation BIGINT, is_whole BOOLEAN, complete_until_ms BIGINT, backfilled_from_ms BIGINT, backfilled_until_ms BIGINT, committed_ms BIGINT, version BIGINT)`)
  await session.run(`CREATE TABLE IF NOT EXISTS ${TABLES} (name VARCHAR, source VARCHAR, stream VARCHAR, columns VARCHAR, key VARCHAR, version BIGINT, rows BIGINT)`)
  await session.run(`CREATE TABLE IF NOT EXISTS ${QUARANTINE} (source VARCHAR, stream VARCHAR, table_name VARCHAR, column_name VARCHAR, reason VARCHAR, content VARCHAR, happened_at TIMESTAMP)`)
}

export async function readStates(session: Session, source: string): Promise<ReadonlyMap<string, KeptState>> {
  const rows = await session.rows<BookedReach & { stream: string; cursor: string; generation: bigint; committed_ms: bigint; version: bigint; quarantined: bigint }>(
    `SELECT s.*, (SELECT count(*) FROM ${QUARANTINE} q WHERE q.source = s.source AND q.stream = s.stream) AS quarantined FROM ${STREAMS} s WHERE s.source = ? ORDER BY s.stream`,
    [source],
  )
  return new Map(
    rows.map((row) => [
      row.stream,
      {
        cursor: JSON.parse(row.cursor) as Json,
        generation: Number(row.generation),
        ...reachOf(row),
        committedUtcMs: Number(row.committed_ms),
        version: Number(row.version),
        quarantined: Number(row.quarantined),
      },
    ]),
  )
}

/** Generation and version are 0 where nothing is kept. */
export async function keptPlace(session: Session, source: string, stream: string): Promise<{ readonly generation: number; readonly version: number; readonly reach: StreamReach | null }> {
  const [row] = await session.rows<BookedReach & { generation: bigint; version: bigint }>(`SELECT * FROM ${STREAMS} WHERE source = ? AND stream = ?`, [source, stream])
  return { generation: Number(row?.generation ?? 0n), version: Number(row?.version ?? 0n), reach: row === undefined ? null : reachOf(row) }
}

export async function keepState(session: Session, source: string, stream: string, state: StreamState): Promise<void> {
  const { cursor, generation, isWhole, completeUntilUtcMs, backfilled, committedUtcMs } = state
  const instant = (utcMs: number | null | undefined): bigint | null => (utcMs === null || utcMs === undefined ? null : BigInt(Math.floor(utcMs)))
  const values = [JSON.stringify(cursor), BigInt(generation), isWhole, instant(completeUntilUtcMs), instant(backfilled?.fromUtcMs), instant(backfilled?.untilUtcMs), instant(committedUtcMs)]
  const changed = await session.run(`UPDATE ${STREAMS} SET cursor = ?, generation = ?, is_whole = ?, complete_until_ms = ?, backfilled_from_ms = ?, backfilled_until_ms = ?, committed_ms = ?, version = version + 1 WHERE source = ? AND stream = ?`, [...values, source, stream])
  if (changed === 0) await session.run(`INSERT INTO ${STREAMS} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`, [source, stream, ...values])
}

/** In the order of names. */
export async function readTables(session: Session, where: string, values: readonly string[]): Promise<readonly BookedTable[]> {
  const rows = await session.rows<{ name: string; source: string; stream: string | null; columns: string; key: string; version: bigint; rows: bigint }>(`SELECT * FROM ${TABLES} WHERE ${where} ORDER BY name`, [...values])
  return rows.map((row) => ({ ...row, columns: JSON.parse(row.columns) as LandingColumn[], key: JSON.parse(row.key) as string[], rows: Number(row.rows) }))
}

/** Adds rows that a commit put in or took away, and moves the version where it changed any. */
export async function moveTable(session: Session, table: string, addedRows: number): Promise<void> {
  await session.run(`UPDATE ${TABLES} SET version = version + 1, rows = rows + ? WHERE name = ?`, [BigInt(addedRows), table])
}

export const nativeType = ({ kind, scale }: LandingColumn): string => (kind === 'decimal' ? `DECIMAL(38,${scale})` : NATIVE[kind])

/** Instants have no zone in the table, as those of data files: all are UTC. */
const NATIVE = { text: 'VARCHAR', boolean: 'BOOLEAN', integer: 'BIGINT', float: 'DOUBLE', date: 'DATE', timestamp: 'TIMESTAMP', json: 'JSON' } as const

/**
 * Makes a table that is not there, and adds the columns that it does not have.
 *
 * @throws KpiqlError `DATA_INVALID` where it is another source's, or has another key or a column of another kind.
 */
export async function ensureTable(session: Session, source: string, stream: string | null, table: LandingTable): Promise<void> {
  const [there] = await readTables(session, 'name = ?', [table.name])
  if (!there) {
    const columns = table.columns.map((column) => `${quoteName(column.name)} ${nativeType(column)}${table.key.includes(column.name) ? ' NOT NULL' : ''}`)
    await session.run(`CREATE TABLE ${quoteName(table.name)} (${columns.join(', ')}, _synced_at TIMESTAMP NOT NULL, _generation BIGINT NOT NULL)`)
    await session.run(`INSERT INTO ${TABLES} VALUES (?, ?, ?, ?, ?, 1, 0)`, [table.name, source, stream, JSON.stringify(table.columns), JSON.stringify(table.key)])
    return
  }
  const refuse = (what: string): KpiqlError => new KpiqlError('DATA_INVALID', { message: `Table "${table.name}" of source "${source}" ${what}.`, hint: 'Give the source another name in the configuration, so that its tables are made anew.' })
  if (there.source !== source) throw refuse(`was landed for source "${there.source}"`)
  if (there.key.join('\n') !== table.key.join('\n')) throw refuse(`has the key ${there.key.join(', ')}, not ${table.key.join(', ')}`)
  const added: LandingColumn[] = []
  for (const column of table.columns) {
    const old = there.columns.find(({ name }) => name === column.name)
    if (!old) added.push(column)
    else if (nativeType(old) !== nativeType(column)) throw refuse(`has a column "${column.name}" of kind ${old.kind}, not ${column.kind}`)
  }
  if (added.length === 0) return
  for (const column of added) await session.run(`ALTER TABLE ${quoteName(table.name)} ADD COLUMN ${quoteName(column.name)} ${nativeType(column)}`)
  await session.run(`UPDATE ${TABLES} SET columns = ?, version = version + 1 WHERE name = ?`, [JSON.stringify([...there.columns, ...added]), table.name])
}
