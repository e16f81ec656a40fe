import type { ColumnStatistics, TableStatistics } from '../contract.ts'
import type { BsonDocument } from './client.ts'
import type { Shape, StoredColumn } from './shape.ts'
import { readColumn } from './read-column.ts'
import { cellText } from './read-cells.ts'

/** Up to here distinct counts and the bounds of times are read; a larger collection tells the bounds of indexed times only. */
const READ_WHOLE = 20_000

/** What `collectionStatistics` asks of a collection. */
export interface Asking {
  /** MongoDB's own count, from its metadata; of a view, counted. */
  count(): Promise<number>
  aggregate(pipeline: readonly BsonDocument[]): Promise<readonly BsonDocument[]>
  /** Paths that an index begins with. */
  indexed(): Promise<ReadonlySet<string>>
}

/** Estimates, which the planner weighs its statements by; bounds of times are exact, or null. */
export async function collectionStatistics({ columns }: Shape, asking: Asking): Promise<TableStatistics> {
  const rows = await asking.count()
  const isSmall = rows <= READ_WHOLE
  const indexed = isSmall ? new Set<string>() : await asking.indexed()
  const found: Record<string, ColumnStatistics> = {}
  for (const column of columns.values()) {
    const isTime = column.type === 'date' || column.type === 'timestamp'
    const [min, max] = isTime && (isSmall || indexed.has(column.path)) ? await bounds(column, asking) : [null, null]
    found[column.path] = { distinct: isSmall ? await distinct(column, asking) : column.path === '_id' ? rows : null, min, max, hasNulls: column.path !== '_id' }
  }
  return { rows, columns: found }
}

async function distinct(column: StoredColumn, { aggregate }: Asking): Promise<number> {
  const [counted] = await aggregate([{ $group: { _id: readColumn(column) } }, { $match: { $expr: { $gt: ['$_id', null] } } }, { $group: { _id: null, n: { $sum: 1 } } }])
  return Number(String(counted?.['n'] ?? 0))
}

async function bounds(column: StoredColumn, { aggregate }: Asking): Promise<readonly [string | null, string | null]> {
  const at = async (direction: 1 | -1): Promise<string | null> => {
    const [row] = await aggregate([{ $match: { [column.path]: { $type: ['date', 'string'] } } }, { $sort: { [column.path]: direction } }, { $limit: 1 }, { $replaceWith: { at: readColumn(column) } }])
    const text = cellText(row?.['at'])
    return text === null || column.type === 'timestamp' ? text : text.slice(0, 10)
  }
  return [await at(1), await at(-1)]
}
