import type { ColumnStatistics, TableInfo, TableStatistics } from '../contract.ts'
import { quoted, type Catalog } from './catalog.ts'

/** Tables of up to so many rows are read whole; of larger ones only what indexes and the catalogue know. */
export const READ_WHOLE_UP_TO = 50_000

/** Runs one statement; rows as texts. */
export type Ask = (text: string, params?: readonly string[]) => Promise<readonly (readonly (string | null)[])[]>

export async function readStatistics({ name, columns }: TableInfo, catalog: Catalog, ask: Ask): Promise<TableStatistics> {
  const [[counted] = []] = await ask(`SELECT count(*) FROM (SELECT 1 AS "one" FROM ${quoted(name)} LIMIT ${READ_WHOLE_UP_TO + 1}) AS "some"`)
  const rows = Number(counted)
  if (rows <= READ_WHOLE_UP_TO) return { rows, columns: await wholeTable(name, columns, ask) }
  const [[estimated] = []] = await ask('SELECT table_rows FROM information_schema.tables WHERE table_schema = database() AND table_name = ?', [name])
  const indexed = await ask('SELECT column_name, max(cardinality) FROM information_schema.statistics WHERE table_schema = database() AND table_name = ? AND seq_in_index = 1 GROUP BY column_name', [name])
  const distinct = new Map(indexed.map(([column, cardinality]) => [column, cardinality === null || cardinality === undefined ? null : Number(cardinality)]))
  const found: [string, ColumnStatistics][] = []
  for (const { name: column, nullable, kind } of columns) {
    // First and last entry of an index; without one every row would be read.
    const isBounded = distinct.has(column) && HAS_BOUNDS.has(kind) && catalog.columns(name).length > 0
    const [[min = null, max = null] = []] = isBounded ? await ask(`SELECT min(${quoted(column)}), max(${quoted(column)}) FROM ${quoted(name)}`) : []
    found.push([column, { distinct: distinct.get(column) ?? null, min: bound(min), max: bound(max), hasNulls: nullable }])
  }
  return { rows: Math.max(rows, Number(estimated ?? 0)), columns: Object.fromEntries(found) }
}

const HAS_BOUNDS: ReadonlySet<string> = new Set(['integer', 'decimal', 'float', 'date', 'timestamp'])

async function wholeTable(table: string, columns: TableInfo['columns'], ask: Ask): Promise<TableStatistics['columns']> {
  if (columns.length === 0) return {}
  const list = columns.map(({ name, kind }) => {
    const column = quoted(name)
    const [min, max] = HAS_BOUNDS.has(kind) ? [`min(${column})`, `max(${column})`] : ['NULL', 'NULL']
    return `count(DISTINCT ${column}), ${min}, ${max}, count(*) - count(${column})`
  })
  const [row = []] = await ask(`SELECT ${list.join(', ')} FROM ${quoted(table)}`)
  return Object.fromEntries(
    columns.map(({ name }, index): [string, ColumnStatistics] => {
      const [distinct, min, max, nulls] = row.slice(index * 4, index * 4 + 4)
      return [name, { distinct: Number(distinct), min: bound(min ?? null), max: bound(max ?? null), hasNulls: Number(nulls) > 0 }]
    }),
  )
}

/** Times as ISO text in UTC. */
function bound(text: string | null): string | null {
  const time = text === null ? null : /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$/.exec(text)
  return time ? `${time[1]}T${time[2]}Z` : text
}
