import type { ColumnStatistics, TableInfo, TableStatistics } from '../contract.ts'
import type { AskRows } from './engine.ts'
import { quoted } from './quoted.ts'

/** Up to here every column is counted; beyond, so many rows stand for all. */
const COUNTED_ROWS = 1_000_000
const MERGED = new Set(['text', 'boolean'])

/**
 * Rows and the bounds of times are exact; distinct counts are ClickHouse's `uniq`, of all rows in tables of up to a million. In larger ones they are
 * told only of columns whose values repeat within the first million.
 */
export async function readStatistics(rows: AskRows, { name, columns }: TableInfo): Promise<TableStatistics> {
  const table = quoted(name)
  const times = columns.map(({ name: column, kind }, index) => ({ column: quoted(column), index, kind })).filter(({ kind }) => kind === 'date' || kind === 'timestamp')
  const bounds = times.flatMap(({ column, index }) => [`minOrNull(${column}) AS min${index}`, `maxOrNull(${column}) AS max${index}`])
  const [whole = {}] = await rows(`SELECT ${['count() AS rows', ...bounds].join(', ')} FROM ${table}`)
  const total = Number(whole['rows'] ?? 0)
  const counted = columns.flatMap(({ name: column, kind }, index) => [
    `${total > COUNTED_ROWS ? 'uniq' : 'uniqExact'}(${quoted(column)}) AS distinct${index}`,
    `countIf(${quoted(column)} IS NULL) AS nulls${index}`,
    ...(MERGED.has(kind) || kind === 'date' || kind === 'timestamp' ? [] : [`minOrNull(${quoted(column)}) AS min${index}`, `maxOrNull(${quoted(column)}) AS max${index}`]),
  ])
  const [some = {}] = counted.length === 0 ? [] : await rows(`SELECT ${counted.join(', ')} FROM (SELECT * FROM ${table} LIMIT ${COUNTED_ROWS})`)
  const isAll = total <= COUNTED_ROWS
  const of = (index: number, nullable: boolean): ColumnStatistics => {
    const distinct = Number(some[`distinct${index}`] ?? 0)
    const exact = `min${index}` in whole ? whole : isAll ? some : {}
    return {
      distinct: isAll || distinct < COUNTED_ROWS / 100 ? distinct : null,
      min: exact[`min${index}`] ?? null,
      max: exact[`max${index}`] ?? null,
      hasNulls: isAll ? Number(some[`nulls${index}`] ?? 0) > 0 : nullable,
    }
  }
  return { rows: total, columns: Object.fromEntries(columns.map(({ name: column, nullable }, index) => [column, of(index, nullable)])) }
}
