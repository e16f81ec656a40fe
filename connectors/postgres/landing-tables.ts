import { createHash } from 'node:crypto'
import type { LandingColumn } from '../landing-contract.ts'
import type { LandedShape, ShapeChange } from '../sql-kit/landed-shape.ts'
import type { Write } from './landing-writer.ts'

/** Digits of every decimal. */
const PRECISION = 38
const MOST_BYTES = 63

const TYPES: Readonly<Record<LandingColumn['kind'], string>> = { text: 'text', boolean: 'boolean', integer: 'bigint', decimal: 'numeric', float: 'double precision', date: 'date', timestamp: 'timestamptz', json: 'text' }

/** Of the elements of an array that is bound. */
export function elementType(kind: LandingColumn['kind']): string {
  return TYPES[kind]
}

/** By bytes, as the gateway compares texts, so that keys and indexes serve its filters. */
function columnType({ kind, scale }: LandingColumn): string {
  if (kind === 'decimal') return `numeric(${PRECISION}, ${scale})`
  return TYPES[kind] === 'text' ? 'text COLLATE "C"' : TYPES[kind]
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The server cuts longer names, so that two could become one. */
export function physicalName(name: string): string {
  if (Buffer.byteLength(name) <= MOST_BYTES) return name
  return `${Buffer.from(name).subarray(0, MOST_BYTES - 9).toString('utf8').replace(/\ufffd+$/, '')}_${shortHash(name)}`
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

export function columnName(name: string): string {
  return quote(physicalName(name))
}

/** What the gateway keeps beside the data; `name` and all else in its own words. */
const BOOKS = `
  CREATE TABLE IF NOT EXISTS _kpiql_tables (name text PRIMARY KEY, source text NOT NULL, stream text, columns text NOT NULL, key text NOT NULL, version bigint NOT NULL);
  CREATE TABLE IF NOT EXISTS _kpiql_streams (source text, stream text, cursor text NOT NULL, generation bigint NOT NULL, is_whole boolean NOT NULL, complete_until_utc_ms bigint, backfilled_from_utc_ms bigint, backfilled_until_utc_ms bigint, committed_utc_ms bigint NOT NULL, version bigint NOT NULL, PRIMARY KEY (source, stream));
  CREATE TABLE IF NOT EXISTS _quarantine (id bigint GENERATED ALWAYS AS IDENTITY, source text, stream text, digest text, table_name text NOT NULL, column_name text, reason text NOT NULL, content text NOT NULL, happened_at timestamptz NOT NULL, PRIMARY KEY (source, stream, digest))`

/** Makes the schema and its books where they are not there. @returns What was landed and is still there. */
export async function openBooks(write: Write, schema: string): Promise<Map<string, LandedShape>> {
  // Whoever may not make schemas can be given one.
  const { rows: there } = await write('SELECT 1 FROM pg_namespace WHERE nspname = $1', schema)
  if (there.length === 0) await write(`CREATE SCHEMA ${quote(schema)}`)
  for (const statement of BOOKS.split(';')) await write(statement)
  const { rows } = await write('SELECT t.name, t.source, t.stream, t.columns, t.key FROM _kpiql_tables t JOIN pg_namespace n ON n.nspname = $1 JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.name', schema)
  return new Map(rows.map(([name, source, stream, columns, key]) => [String(name), { source: String(source), stream: stream ?? null, columns: JSON.parse(String(columns)) as LandingColumn[], key: JSON.parse(String(key)) as string[] }]))
}

/** Makes a table as the change says; one that is there already takes the columns that are new. */
export async function applyShape(write: Write, { name, isNew, added, shape }: ShapeChange): Promise<void> {
  const table = quote(name)
  const defined = (column: LandingColumn): string => `${columnName(column.name)} ${columnType(column)}`
  if (isNew) {
    await write(`CREATE TABLE ${table} (${shape.columns.map(defined).join(', ')}, _synced_at timestamptz NOT NULL, _generation bigint NOT NULL, PRIMARY KEY (${shape.key.map(columnName).join(', ')}))`)
  } else if (added.length > 0) {
    await write(`ALTER TABLE ${table} ${added.map((column) => `ADD COLUMN ${defined(column)}`).join(', ')}`)
  }
  await write(
    'INSERT INTO _kpiql_tables (name, source, stream, columns, key, version) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (name) DO UPDATE SET source = excluded.source, stream = excluded.stream, columns = excluded.columns, key = excluded.key',
    name, shape.source, shape.stream, JSON.stringify(shape.columns), JSON.stringify(shape.key),
  )
}

/** So that rows of some values are found without reading the table; null where the key serves. */
export function indexFor(table: string, column: string, key: readonly string[]): string | null {
  return key[0] === column ? null : `CREATE INDEX IF NOT EXISTS ${quote(`_by_${shortHash(`${table}\n${column}`)}`)} ON ${quote(table)} (${columnName(column)})`
}
