import { createHash } from 'node:crypto'
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
  /** The last block that was written to it, and what tells the partitions that were there from others in their place. */
  readonly block: number
  readonly firsts: string
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
  /**
   * By partition that has rows, its first block. Blocks are numbered through the table: inserts come after it, and merges and mutations keep it, but rows
   * that are attached or replaced have numbers of their own.
   */
  readonly firsts: ReadonlyMap<string, number>
  readonly block: number
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
  const found = await rows(
    `SELECT 'table' AS about, toString(uuid) AS sign, '' AS first, '' AS block, '' AS mutation FROM system.tables WHERE database = currentDatabase() AND name = {table:String}
UNION ALL
SELECT 'partition', partition_id, toString(min(min_block_number)), toString(max(max_block_number)), toString(max(if(data_version = min_block_number, 0, data_version)))
FROM system.parts WHERE database = currentDatabase() AND table = {table:String} AND active AND rows > 0 GROUP BY partition_id`,
    { table },
  )
  const uuid = found.find(({ about }) => about === 'table')?.['sign']
  if (uuid == null) throw new KpiqlError('TABLE_MISSING', { message: `There is no table "${table}".` })
  const parts = found.flatMap(({ about, sign, first, block, mutation }) => (about === 'table' ? [] : [{ partition: sign ?? '', first: Number(first), block: Number(block), mutation: BigInt(mutation ?? 0) }]))
  const partitions = parts.filter(({ partition }) => !partition.startsWith('patch-'))
  return {
    uuid,
    mutation: String(partitions.reduce((most, { mutation }) => (mutation > most ? mutation : most), 0n)),
    isPatched: partitions.length < parts.length,
    firsts: new Map(partitions.map(({ partition, first }) => [partition, first])),
    block: partitions.reduce((most, { block }) => Math.max(most, block), 0),
  }
}

/** What tells the partitions that were there at a block, whatever came since. */
export function signOfFirsts({ firsts }: Pick<TableState, 'firsts'>, block: number): string {
  const before = [...firsts].flatMap(([partition, first]) => (first <= block ? [`${partition} ${first}`] : []))
  return createHash('sha256').update(before.toSorted().join('\n')).digest('hex').slice(0, 16)
}

/**
 * Whether every row of the table came through the view, or with the rows the rollup was filled from, and none was changed, removed or
 * replaced since.
 *
 * @param seen partitions of the table that came after the rollup was made, by an earlier look at it; those of this one are added. What
 * was put in the place of such a one before the first look, with as many rows, is not told apart.
 */
export async function holdsAll(rows: AskRows, { book }: Pick<FoundRollup, 'book'>, seen: Map<string, number>): Promise<boolean> {
  const [counted] = await rows(`SELECT toString((${book.rollupRows})) AS rollup, toString((${book.tableRows})) AS whole`)
  if (counted === undefined || counted['rollup'] !== counted['whole']) return false
  // After the rows: what was put in their place while they were counted is seen here.
  const state = await stateOf(rows, book.of)
  if (state.uuid !== book.uuid || state.mutation !== book.mutation || state.isPatched || signOfFirsts(state, book.block) !== book.firsts) return false
  if ([...seen].some(([partition, first]) => state.firsts.get(partition) !== first)) return false
  for (const [partition, first] of state.firsts) seen.set(partition, first)
  return true
}

/** A statement of one number: what a column of a rollup sums up to. */
export function sumOf(table: string, column: string, where: string | null): string {
  return `SELECT toInt64(sum(${quoted(column)})) FROM ${quoted(table)}${where === null ? '' : ` WHERE ${quoted(where)} = 1`}`
}
