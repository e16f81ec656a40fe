import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DOUBLE, type DuckDBConnection, DuckDBDoubleVector, DuckDBTableFunction } from '@duckdb/node-api'

/**
 * How a number becomes a column: `integer`; `date` from days since 1970-01-01; `month` (text, YYYY-MM) from such a day;
 * `timestamp` (UTC) from seconds since 1970-01-01; `money` (DECIMAL(18,2)) from whole cents; `boolean` from 0 and 1;
 * or a word from a list by its index.
 */
export type ColumnKind = 'integer' | 'date' | 'month' | 'timestamp' | 'money' | 'boolean' | readonly string[]

export interface TableShape {
  name: string
  /** In the order of the file. */
  columns: Readonly<Record<string, ColumnKind>>
  /** Columns that may hold no value; without it every row has all. */
  nullable?: readonly string[]
}

export interface RowSource {
  /** Puts at most `most` rows into `columns` (one array a column, NaN for null); returns how many, 0 at the end. */
  fill(columns: readonly Float64Array[], most: number): number
}

export interface WrittenFile {
  name: string
  rows: number
  bytes: number
}

const CHUNK_ROWS = 2048

/**
 * Streams rows into one Parquet (zstd) or CSV file, in the order they come, without holding them.
 * DuckDB pulls a chunk at a time while its own threads compress; the event loop turns between chunks.
 *
 * @param connection its TimeZone must be UTC; gains a table function named after the table
 * @param onChunk called after each chunk with the rows so far; what it throws ends the writing and is thrown here
 */
export async function writeTable(
  connection: DuckDBConnection, folder: string, format: 'parquet' | 'csv', shape: TableShape, source: RowSource, onChunk: (rows: number) => void,
): Promise<WrittenFile> {
  const names = Object.keys(shape.columns)
  const columns = names.map(() => new Float64Array(CHUNK_ROWS))
  let rows = 0
  let fault: { error: unknown } | undefined
  connection.registerTableFunction(DuckDBTableFunction.create({
    name: `demo_${shape.name}`,
    bindFunction: (bind) => names.forEach((name) => bind.addResultColumn(name, DOUBLE)),
    initFunction: (init) => init.setMaxThreads(1), // one reader keeps the rows in order
    mainFunction: (info, chunk) => {
      try {
        const count = source.fill(columns, CHUNK_ROWS)
        chunk.rowCount = count
        if (count === 0) return
        columns.forEach((values, column) => {
          const vector = chunk.getColumnVector(column)
          if (!(vector instanceof DuckDBDoubleVector)) throw new TypeError(`Column ${column} of ${shape.name} is not DOUBLE.`)
          for (let row = 0; row < count; row++) vector.setItem(row, values[row] ?? NaN)
          vector.flush()
        })
        rows += count
        onChunk(rows)
      } catch (error) {
        fault = { error }
        chunk.rowCount = 0
        info.setError('The generator stopped.')
      }
    },
  }))
  const name = `${shape.name}.${format}`
  const path = join(folder, name)
  const select = Object.entries(shape.columns).map(([column, kind]) => `${decode(column, kind)} AS ${column}`)
  const options = format === 'csv' ? `FORMAT csv, HEADER true, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%SZ'` : 'FORMAT parquet, COMPRESSION zstd'
  try {
    await connection.run(`COPY (SELECT ${select.join(', ')} FROM demo_${shape.name}()) TO ${quote(path)} (${options})`)
  } catch (error) {
    throw fault === undefined ? error : fault.error
  }
  return { name, rows, bytes: (await stat(path)).size }
}

function decode(column: string, kind: ColumnKind): string {
  const value = `CASE WHEN isnan(${column}) THEN NULL ELSE ${column} END`
  if (typeof kind !== 'string') return `[${kind.map(quote).join(', ')}][(${value})::INTEGER + 1]`
  switch (kind) {
    case 'integer': return `(${value})::INTEGER`
    case 'date': return `DATE '1970-01-01' + (${value})::INTEGER`
    case 'month': return `strftime(DATE '1970-01-01' + (${value})::INTEGER, '%Y-%m')`
    case 'timestamp': return `make_timestamptz(((${value}) * 1000000)::BIGINT)`
    case 'money': return `((${value})::DECIMAL(16,0) * 0.01)::DECIMAL(18,2)`
    case 'boolean': return `(${value}) = 1`
  }
}

function quote(text: string): string {
  return `'${text.replaceAll('\'', '\'\'')}'`
}
