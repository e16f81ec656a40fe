import type { ColumnStatistics, TableStatistics } from '../contract.ts'
import type { BsonDocument, BsonValue } from './client.ts'
import type { Shape, StoredColumn } from './shape.ts'
import { isSomething } from './json.ts'
import { readColumn } from './read-column.ts'
import { cellText } from './read-cells.ts'

/** Up to here distinct counts and the bounds of times are read; a larger collection tells the bounds of indexed times only. */
const READ_WHOLE = 10_000

/** What `collectionStatistics` asks of a collection. */
export interface Asking {
  /** MongoDB's own count, from its metadata; of a view, counted. */
  count(): Promise<number>
  aggregate(pipeline: readonly BsonDocument[]): Promise<readonly BsonDocument[]>
  /** Paths that an index begins with. */
  indexed(): Promise<ReadonlySet<string>>
}

/** Estimates, which the planner weighs its statements by; bounds of times are exact, or null. */
export async function collectionStatistics(shape: Shape, asking: Asking): Promise<TableStatistics> {
  const rows = await asking.count()
  const columns = [...shape.columns.values()]
  const found = rows <= READ_WHOLE ? await readAll(columns, asking) : await readIndexed(columns, rows, asking)
  return { rows, columns: Object.fromEntries(columns.map((column, index) => [column.path, found[index] ?? unknown(column)])) }
}

const isTime = ({ type }: StoredColumn): boolean => type === 'date' || type === 'timestamp'
const unknown = ({ path }: StoredColumn): ColumnStatistics => ({ distinct: null, min: null, max: null, hasNulls: path !== '_id' })

async function readAll(columns: readonly StoredColumn[], { aggregate }: Asking): Promise<readonly ColumnStatistics[]> {
  if (columns.length === 0) return []
  const gathered = columns.flatMap((column, index): [string, BsonValue][] => {
    const of = readColumn(column)
    return [[`d${index}`, { $addToSet: of }], ...(isTime(column) ? ([[`l${index}`, { $min: of }], [`h${index}`, { $max: of }]] as [string, BsonValue][]) : [])]
  })
  const counted = columns.map((_, index): [string, BsonValue] => [`d${index}`, { $size: { $filter: { input: `$d${index}`, as: 'one', cond: isSomething('$$one') } } }])
  const [row] = await aggregate([{ $group: { _id: null, ...Object.fromEntries(gathered) } }, { $set: Object.fromEntries(counted) }])
  return columns.map((column, index) => ({ ...unknown(column), distinct: Number(String(row?.[`d${index}`] ?? 0)), min: boundOf(row?.[`l${index}`], column), max: boundOf(row?.[`h${index}`], column) }))
}

async function readIndexed(columns: readonly StoredColumn[], rows: number, asking: Asking): Promise<readonly ColumnStatistics[]> {
  const indexed = await asking.indexed()
  const found: ColumnStatistics[] = []
  for (const column of columns) {
    const [min, max] = isTime(column) && indexed.has(column.path) ? [await edge(column, 1, asking), await edge(column, -1, asking)] : [null, null]
    found.push({ ...unknown(column), distinct: column.path === '_id' ? rows : null, min, max })
  }
  return found
}

async function edge(column: StoredColumn, direction: 1 | -1, { aggregate }: Asking): Promise<string | null> {
  const [row] = await aggregate([{ $match: { [column.path]: { $type: ['date', 'string'] } } }, { $sort: { [column.path]: direction } }, { $limit: 1 }, { $replaceWith: { at: readColumn(column) } }])
  return boundOf(row?.['at'], column)
}

function boundOf(value: BsonValue, { type }: StoredColumn): string | null {
  const text = cellText(value)
  return text === null || type === 'timestamp' ? text : text.slice(0, 10)
}
