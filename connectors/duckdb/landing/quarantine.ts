import type { QuarantineReport } from '../../contract.ts'
import type { LandingCell, LandingColumn, QuarantinedRecord } from '../../landing-contract.ts'
import type { Session } from '../session.ts'
import { QUARANTINE } from './book.ts'
import { stageRows } from './stage-rows.ts'

const LISTED_ENTRIES = 1000
const CONTENT_CHARACTERS = 200
const STAGED = '_staged_quarantine'
const COLUMNS: readonly LandingColumn[] = ['table_name', 'column_name', 'reason', 'content'].map((name) => ({ name, kind: 'text', scale: 0 }))

/** A record that is read again and again is in quarantine once. */
export async function setAside(session: Session, source: string, stream: string, records: readonly QuarantinedRecord[], atUtcMs: number): Promise<void> {
  if (records.length === 0) return
  const columns: LandingCell[][] = [records.map(({ table }) => table), records.map(({ column }) => column), records.map(({ reason }) => reason), records.map(({ content }) => content)]
  await stageRows(session, STAGED, COLUMNS, { names: COLUMNS.map(({ name }) => name), columns, count: records.length })
  await session.run(
    `INSERT INTO ${QUARANTINE} SELECT ?, ?, table_name, column_name, reason, content, make_timestamp(CAST(? AS BIGINT)) FROM (
      SELECT * FROM temp.${STAGED} EXCEPT SELECT table_name, column_name, reason, content FROM ${QUARANTINE} WHERE source = ? AND stream = ?)`,
    [source, stream, BigInt(Math.round(atUtcMs)) * 1000n, source, stream],
  )
}

/** Newest first; the first thousand. Null for all sources. */
export async function readQuarantine(session: Session, source: string | null): Promise<QuarantineReport> {
  const [where, values] = source === null ? ['true', []] : ['source = ?', [source]]
  const [{ total } = { total: 0n }] = await session.rows<{ total: bigint }>(`SELECT count(*) AS total FROM ${QUARANTINE} WHERE ${where}`, values)
  if (total === 0n) return { total: 0, entries: [], truncated: false }
  const rows = await session.rows<{ source: string; stream: string; table_name: string; column_name: string | null; reason: string; content: string }>(
    `SELECT source, stream, table_name, column_name, reason, content FROM ${QUARANTINE} WHERE ${where} ORDER BY happened_at DESC, table_name, content LIMIT ${LISTED_ENTRIES}`,
    values,
  )
  return {
    total: Number(total),
    entries: rows.map((row) => ({ table: row.table_name, file: `${row.source}/${row.stream}`, line: null, column: row.column_name, reason: row.reason, content: row.content.slice(0, CONTENT_CHARACTERS) })),
    truncated: Number(total) > rows.length,
  }
}

/** Removes records whose JSON holds one of the texts anywhere. */
export async function removeMentions(session: Session, where: { readonly column: 'source' | 'table_name'; readonly value: string }, texts: readonly string[]): Promise<number> {
  let removed = 0
  for (const text of texts) {
    if (text === '') continue
    // Inside JSON, quotes and backslashes of the text are written with a backslash before them.
    removed += await session.run(`DELETE FROM ${QUARANTINE} WHERE ${where.column} = ? AND contains(lower(content), lower(?))`, [where.value, JSON.stringify(text).slice(1, -1)])
  }
  return removed
}
