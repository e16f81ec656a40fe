import type { ColumnInfo, ColumnStatistics, TableInfo, TableStatistics } from '../contract.ts'
import type { Ask } from './catalogue.ts'
import { splitName } from './catalogue.ts'

/** Up to here all is counted; it takes milliseconds. */
const SMALL_TABLE_ROWS = 20_000
/** Up to here the bounds of times are read from the rows where no index has them. */
const READABLE_ROWS = 20_000_000

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const isTime = ({ kind }: ColumnInfo): boolean => kind === 'date' || kind === 'timestamp'
const hasBounds = ({ kind }: ColumnInfo): boolean => kind !== 'text' && kind !== 'boolean'

/** Exact of small tables; of others, rows and distinct values as the server's planner expects them, and exact bounds of times. */
export async function readStatistics(ask: Ask, ownSchema: string, table: TableInfo): Promise<TableStatistics> {
  const place = splitName(table.name, ownSchema)
  const relation = `${quoted(place.schema)}.${quoted(place.table)}`
  // The planner scales what ANALYZE found to the size of today, and guesses from the size where nobody analyzed.
  const [[plan = null] = []] = await ask(`EXPLAIN (FORMAT JSON) SELECT 1 FROM ${relation}`)
  const expected = Number(/"Plan Rows": (\d+)/.exec(plan ?? '')?.[1] ?? 0)
  return expected <= SMALL_TABLE_ROWS ? counted(ask, relation, table) : estimated(ask, relation, table, expected)
}

async function counted(ask: Ask, relation: string, { columns }: TableInfo): Promise<TableStatistics> {
  const asked = columns.map((column) => {
    const name = quoted(column.name)
    const distinct = column.kind === 'text' ? `CAST(${name} AS TEXT) COLLATE "C"` : name
    return `count(${name}), count(DISTINCT ${distinct}), ${hasBounds(column) ? `min(${name}), max(${name})` : 'NULL, NULL'}`
  })
  const [row = []] = await ask(`SELECT count(*)${asked.map((text) => `, ${text}`).join('')} FROM ${relation}`)
  const rows = Number(row[0] ?? 0)
  const ofColumn = (column: ColumnInfo, index: number): [string, ColumnStatistics] => {
    const [present, distinct, min = null, max = null] = row.slice(1 + index * 4, 5 + index * 4)
    return [column.name, { distinct: Number(distinct ?? 0), min: boundOf(column, min), max: boundOf(column, max), hasNulls: Number(present ?? 0) < rows }]
  }
  return { rows, columns: Object.fromEntries(columns.map(ofColumn)) }
}

async function estimated(ask: Ask, relation: string, table: TableInfo, rows: number): Promise<TableStatistics> {
  // Of a table with children the line that counts them as well.
  const sampled = new Map((await ask(SAMPLED, relation)).map(([name, distinct, nulls]) => [name, { distinct: Number(distinct), nulls: Number(nulls) }]))
  const indexed = new Set((await ask(INDEXED, relation)).map(([name]) => name))
  const times = table.columns.filter((column) => isTime(column) && (rows <= READABLE_ROWS || indexed.has(column.name)))
  // Each by itself where an index has it: the server walks to its ends.
  const bounds = times.map(({ name }) => (indexed.has(name) ? `(SELECT min(${quoted(name)}) FROM ${relation}), (SELECT max(${quoted(name)}) FROM ${relation})` : `min(${quoted(name)}), max(${quoted(name)})`))
  const passes = times.some(({ name }) => !indexed.has(name))
  const [row = []] = times.length === 0 ? [] : await ask(`SELECT ${bounds.join(', ')}${passes ? ` FROM ${relation}` : ''}`)
  const ofColumn = (column: ColumnInfo): [string, ColumnStatistics] => {
    const found = sampled.get(column.name)
    const distinct = found === undefined ? null : Math.round(found.distinct < 0 ? -found.distinct * rows : found.distinct)
    const index = times.indexOf(column)
    const [min, max] = index < 0 ? [null, null] : [row[index * 2] ?? null, row[index * 2 + 1] ?? null]
    return [column.name, { distinct, min: boundOf(column, min), max: boundOf(column, max), hasNulls: column.nullable && (found === undefined || found.nulls > 0) }]
  }
  return { rows, columns: Object.fromEntries(table.columns.map(ofColumn)) }
}

const SAMPLED = `
  SELECT DISTINCT ON (s.attname) s.attname, s.n_distinct, s.null_frac
  FROM pg_stats s
  JOIN pg_class c ON c.relname = s.tablename AND c.relnamespace = s.schemaname::regnamespace
  WHERE c.oid = $1::regclass
  ORDER BY s.attname, s.inherited DESC`

/** Columns that lead an index which holds all rows, and gives them in order. */
const INDEXED = `
  SELECT DISTINCT a.attname
  FROM pg_index i
  JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_am m ON m.oid = x.relam AND m.amname = 'btree'
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
  WHERE i.indrelid = $1::regclass AND i.indpred IS NULL AND i.indisvalid`

/** ISO; what no calendar holds is no bound. */
function boundOf(column: ColumnInfo, text: string | null): string | null {
  if (text === null || /infinity|nan|BC$/i.test(text)) return null
  if (column.kind !== 'timestamp') return text
  return `${text.replace(' ', 'T').replace(/\+00$/, '')}Z`
}
