import { KpiqlError } from '../../src/base/errors.ts'
import type { AskRows } from './engine.ts'
import { quoted } from './quoted.ts'

/** Names of tables that hold rollups begin so. */
export const ROLLUP_PREFIX = 'kpiql_rollup_'

/** What is written as the comment of a rollup's table once it is whole. */
export interface Booked {
  readonly name: string
  readonly definition: string
  /** The table it is of. */
  readonly of: string
  /** Of that table: another one by the same name is another table. */
  readonly uuid: string
  /** The last mutation that its parts had seen. */
  readonly mutation: string
  /** Statements of one number: rows of the table that are in the rollup, by either. */
  readonly tableRows: string
  readonly rollupRows: string
  readonly builtUtcMs: number
  readonly buildMs: number
}

export interface FoundRollup {
  readonly table: string
  readonly book: Booked
  readonly rows: number
  readonly bytes: number
}

/** What tells a table from another, and rows that were changed in place from those that only came. */
export interface TableState {
  readonly uuid: string
  readonly mutation: string
  /** Rows changed by patches that are not merged in. */
  readonly isPatched: boolean
}

/** Those that are whole; what is being made, or was left behind, is none. */
export async function findRollups(rows: AskRows): Promise<readonly FoundRollup[]> {
  const found = await rows(`SELECT name, comment, toString(total_rows) AS rows, toString(total_bytes) AS bytes FROM system.tables WHERE database = currentDatabase() AND startsWith(name, '${ROLLUP_PREFIX}') AND startsWith(comment, '{') ORDER BY name`)
  return found.flatMap(({ name, comment, rows: count, bytes }): readonly FoundRollup[] => {
    const book = bookOf(comment ?? '')
    return name == null || book === null ? [] : [{ table: name, book, rows: Number(count ?? 0), bytes: Number(bytes ?? 0) }]
  })
}

function bookOf(comment: string): Booked | null {
  try {
    return JSON.parse(comment) as Booked
  } catch {
    // Somebody else's words.
    return null
  }
}

export async function stateOf(rows: AskRows, table: string): Promise<TableState> {
  const [state] = await rows(
    `SELECT toString(t.uuid) AS uuid, p.mutation AS mutation, p.patches AS patches
FROM (SELECT uuid FROM system.tables WHERE database = currentDatabase() AND name = {table:String}) AS t,
  (SELECT toString(max(if(data_version = min_block_number, 0, data_version))) AS mutation, toString(countIf(startsWith(partition_id, 'patch-'))) AS patches FROM system.parts WHERE database = currentDatabase() AND table = {table:String} AND active) AS p`,
    { table },
  )
  if (state === undefined) throw new KpiqlError('TABLE_MISSING', { message: `There is no table "${table}".` })
  return { uuid: state['uuid'] ?? '', mutation: state['mutation'] ?? '', isPatched: state['patches'] !== '0' }
}

/**
 * Whether every row of the table came through the view, or with the rows the rollup was filled from, and none was changed or removed
 * since. Rows that are put in the place of as many others by REPLACE or ATTACH PARTITION are not told apart.
 */
export async function holdsAll(rows: AskRows, { book }: Pick<FoundRollup, 'book'>): Promise<boolean> {
  const { uuid, mutation, isPatched } = await stateOf(rows, book.of)
  if (uuid !== book.uuid || mutation !== book.mutation || isPatched) return false
  const [counted] = await rows(`SELECT toString((${book.rollupRows})) AS rollup, toString((${book.tableRows})) AS whole`)
  return counted !== undefined && counted['rollup'] === counted['whole']
}

/** A statement of one number: what a column of a rollup sums up to. */
export function sumOf(table: string, column: string, where: string | null): string {
  return `SELECT toInt64(sum(${quoted(column)})) FROM ${quoted(table)}${where === null ? '' : ` WHERE ${quoted(where)} = 1`}`
}
