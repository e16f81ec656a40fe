import { KpiqlError } from '../../src/base/errors.ts'
import type { SourceColumn } from './check-column.ts'
import { copyRecords, type BrokenLine } from './copy-records.ts'
import type { DataFile, TableFiles } from './find-files.ts'
import { readText } from './read-text.ts'
import type { Session } from './session.ts'
import { findColumn, refuseDoubles, sniffLayout } from './sniff-layout.ts'
import { quoteName, quoteText } from './sql-text.ts'

/** The rows of a table's files as a relation, before any check of their cells. */
export interface TableSource {
  readonly columns: readonly SourceColumn[]
  /** SQL that yields `__file` (index), `__line` (1-based line, or row where there are no lines) and what the columns' SQL needs. */
  readonly relation: string
  /** Ways in which a row as a whole can be wrong. */
  readonly rowFaults: readonly { readonly when: string; readonly reason: string; readonly cell: string }[]
  /** Rows the relation must yield; null where only the engine counts them. */
  readonly records: number | null
  readonly hasLines: boolean
}

export interface SourceDeps {
  readonly session: Session
  /** Private folder for the copies. */
  readonly folder: string
  readonly onBytes: (file: DataFile, bytes: number) => void
  readonly onBroken: (file: DataFile, lines: readonly BrokenLine[]) => Promise<void>
  readonly signal: AbortSignal
}

/** @throws KpiqlError `DATA_INVALID` naming the file; the engine's or file system's own errors. */
export async function openTableSource(table: TableFiles, deps: SourceDeps): Promise<TableSource> {
  const formats = new Set(table.files.map(({ format }) => format))
  if (formats.size > 1) {
    throw new KpiqlError('DATA_INVALID', { message: `Table "${table.spec.name}" mixes ${[...formats].join(' and ')} files.`, hint: 'Narrow `read: { file: … }` to one format.' })
  }
  const format = table.files[0]?.format ?? 'csv'
  if (format === 'csv') return csvSource(table, deps)
  if (format === 'parquet') return parquetSource(table, deps)
  return jsonSource(table, deps)
}

/** Every cell as text `c0…`, files of differing columns united by name. */
async function csvSource(table: TableFiles, deps: SourceDeps): Promise<TableSource> {
  const { read } = table.spec
  const layouts = []
  for (const file of table.files) layouts.push({ file, layout: await sniffLayout(file.path, file.name, read) })
  const names: string[] = []
  for (const { layout } of layouts) for (const name of layout.names) if (findColumn(name, names) === null) names.push(name)
  refuseDoubles(names, table.spec.name)

  const parts: string[] = []
  let records = 0
  for (const [fileIndex, { file, layout }] of layouts.entries()) {
    const copied = await copyRecords({
      path: file.path,
      fileIndex,
      encoding: read.encoding,
      separator: layout.separator,
      width: layout.names.length,
      skipFirst: layout.hasHeader,
      folder: deps.folder,
      onBytes: (bytes) => deps.onBytes(file, bytes),
      onBroken: (lines) => deps.onBroken(file, lines),
      signal: deps.signal,
    })
    records += copied.records
    if (copied.pieces.length === 0) continue
    const columns = layout.names.map((name) => `c${names.indexOf(findColumn(name, names) ?? name)}`)
    parts.push(readPieces(copied.pieces, copied.mark, columns, ['', ...read.nullValues], true))
  }
  return { columns: names.map((name, index) => ({ name, sql: `c${index}`, native: null })), relation: union(parts, names.map((_, index) => `c${index}`)), rowFaults: [], records, hasLines: true }
}

function readPieces(pieces: readonly string[], mark: string, columns: readonly string[], nulls: readonly string[], quotes: boolean): string {
  const types = ['__file', '__line'].map((name) => `${name}: 'BIGINT'`).concat(columns.map((name) => `${name}: 'VARCHAR'`))
  // One thread a piece: parallel reading within a file has to guess where quoted line ends begin. Measured, many pieces are as fast.
  return `SELECT * FROM read_csv([${pieces.map(quoteText).join(', ')}], auto_detect = false, header = false, delim = ${quoteText(mark)}, quote = '${quotes ? '"' : ''}', escape = '${quotes ? '"' : ''}', nullstr = [${nulls.map(quoteText).join(', ')}], columns = {${types.join(', ')}}, strict_mode = true, new_line = '\\n', parallel = false, max_line_size = 2300000)`
}

function union(parts: readonly string[], columns: readonly string[]): string {
  if (parts.length > 0) return parts.join(' UNION ALL BY NAME ')
  const nulls = columns.map((name) => `NULL::VARCHAR AS ${name}`)
  return `SELECT ${['0::BIGINT AS __file', '0::BIGINT AS __line', ...nulls].join(', ')} WHERE false`
}

/** Objects, one a line; and in `.json` files also in an array, or over several lines. */
async function jsonSource(table: TableFiles, deps: SourceDeps): Promise<TableSource> {
  const parts: string[] = []
  let records = 0
  for (const [fileIndex, file] of table.files.entries()) {
    const copied = await copyRecords({
      path: file.path,
      fileIndex,
      encoding: table.spec.read.encoding,
      separator: file.format === 'json' && (await isNotLines(file)) ? 'json' : 'none',
      width: null,
      skipFirst: false,
      folder: deps.folder,
      onBytes: (bytes) => deps.onBytes(file, bytes),
      onBroken: (lines) => deps.onBroken(file, lines),
      signal: deps.signal,
    })
    records += copied.records
    if (copied.pieces.length > 0) parts.push(readPieces(copied.pieces, copied.mark, ['j'], [''], false))
  }
  return objectsSource(union(parts, ['j']), table, deps.session, records)
}

async function objectsSource(objects: string, table: TableFiles, session: Session, records: number): Promise<TableSource> {
  // CASE, because the engine evaluates both sides of AND, and most JSON functions fail on what is no JSON.
  const isObject = `(CASE WHEN json_valid(j) THEN json_type(j) = 'OBJECT' ELSE false END)`
  const keys = await session.rows<{ key: string }>(
    `SELECT key FROM (SELECT unnest(k) AS key, place, generate_subscripts(k, 1) AS nth FROM (SELECT json_keys(j) AS k, __file * 1000000000000 + __line AS place FROM (${objects}) WHERE ${isObject})) GROUP BY key ORDER BY min(place), min(nth)`,
  )
  const names = keys.map(({ key }) => key)
  refuseDoubles(names, table.files.map(({ name }) => name).join(', '))
  const paths = names.map((name) => quoteText(`$."${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`))
  const { nullValues } = table.spec.read
  const cell = (index: number): string => {
    const text = `nullif(v[${index + 1}], '')`
    return nullValues.length === 0 ? text : `(CASE WHEN v[${index + 1}] IN (${nullValues.map(quoteText).join(', ')}) THEN NULL ELSE ${text} END)`
  }
  const values = names.length === 0 ? '' : `, CASE WHEN ${isObject} THEN json_extract_string(j, [${paths.join(', ')}]) END AS v`
  const cells = names.map((_, index) => `, ${cell(index)} AS c${index}`).join('')
  return {
    columns: names.map((name, index) => ({ name, sql: `c${index}`, native: null, isDouble: `(CASE WHEN c${index} IS NULL THEN false ELSE json_type(j, ${paths[index] ?? "''"}) = 'DOUBLE' END)` })),
    relation: `SELECT __file, __line, j${cells} FROM (SELECT __file, __line, j${values} FROM (${objects}))`,
    rowFaults: [{ when: `NOT ${isObject}`, reason: 'not a JSON object', cell: 'left(j, 200)' }],
    records,
    hasLines: true,
  }
}

/** True where a `.json` file is no list of objects, one a line. */
async function isNotLines(file: DataFile): Promise<boolean> {
  let head = ''
  for await (const chunk of readText(file.path, null, undefined, 65536)) head += chunk.toString('utf8')
  const first = head.trimStart()
  if (!first.startsWith('{')) return true
  // More than half, so that one broken line is a line for the quarantine and not another format.
  const lines = first.split('\n').slice(0, 10).filter((line) => line.trim() !== '')
  const whole = head.length >= 65536 && lines.length > 1 ? lines.slice(0, -1) : lines
  return whole.filter(isObjectText).length * 2 <= whole.length
}

function isObjectText(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

async function parquetSource(table: TableFiles, deps: SourceDeps): Promise<TableSource> {
  const files = table.files.map(({ path }) => quoteText(path)).join(', ')
  const scan = `read_parquet([${files}], union_by_name = true, filename = '__path', file_row_number = true)`
  const described = await deps.session.rows<{ column_name: string; column_type: string }>(`DESCRIBE SELECT * FROM ${scan}`)
  const own = described.filter(({ column_name }) => column_name !== '__path' && column_name !== 'file_row_number')
  for (const file of table.files) deps.onBytes(file, file.bytes)
  const columns = own.map(({ column_name, column_type }) => ({ name: column_name, sql: quoteName(column_name), native: column_type }))
  refuseDoubles(columns.map(({ name }) => name), table.files.map(({ name }) => name).join(', '))
  const { nullValues } = table.spec.read
  return {
    columns: columns.map((column) => (nullValues.length > 0 && column.native === 'VARCHAR' ? { ...column, sql: `(CASE WHEN ${column.sql} IN (${nullValues.map(quoteText).join(', ')}) THEN NULL ELSE ${column.sql} END)` } : column)),
    relation: `SELECT list_position([${files}], __path) - 1 AS __file, file_row_number + 1 AS __line, ${own.map(({ column_name }) => quoteName(column_name)).join(', ')} FROM ${scan}`,
    rowFaults: [],
    records: null,
    hasLines: false,
  }
}
