import type { LandingColumn } from '../landing-contract.ts'
import type { LandedShape } from '../sql-kit/landed-shape.ts'
import { quote } from './landing-connection.ts'

/** Digits of every decimal. */
const PRECISION = 38

const TYPES: Readonly<Record<LandingColumn['kind'], string>> = { text: 'String', boolean: 'Bool', integer: 'Int64', decimal: 'Decimal', float: 'Float64', date: 'Date32', timestamp: "DateTime64(3, 'UTC')", json: 'String' }

/** Without null. */
export function nativeType({ kind, scale }: LandingColumn): string {
  return kind === 'decimal' ? `Decimal(${PRECISION}, ${scale})` : TYPES[kind]
}

/** Where the rows of a landed table lie, all their versions; its own name is that of the view. */
export function rowsName(table: string): string {
  return `_rows_${table}`
}

/** Of blocks so far, those that the server knows again by their tokens. */
const KNOWN_BLOCKS = 100

/** A row is replaced by one of a later `_version`; `_deleted` ones are shown to nobody. Missing columns are added to a table that is there. */
export function tableStatements(database: string, table: string, { columns, key }: LandedShape): readonly string[] {
  const place = `${quote(database)}.${quote(rowsName(table))}`
  const defined = (column: LandingColumn): string => `${quote(column.name)} ${key.includes(column.name) ? nativeType(column) : `Nullable(${nativeType(column)})`}`
  const others = columns.filter(({ name }) => !key.includes(name))
  return [
    `CREATE TABLE IF NOT EXISTS ${place} (${[...columns.map(defined), "_synced_at DateTime64(3, 'UTC')", '_generation Int64', '_version UInt64', '_deleted UInt8'].join(', ')}) ` +
      `ENGINE = ReplacingMergeTree(_version, _deleted) ORDER BY (${key.map(quote).join(', ')}) SETTINGS non_replicated_deduplication_window = ${KNOWN_BLOCKS}`,
    ...(others.length === 0 ? [] : [`ALTER TABLE ${place} ${others.map((column) => `ADD COLUMN IF NOT EXISTS ${defined(column)}`).join(', ')}`]),
  ]
}

/** FINAL picks the newest version of each row: on 2.2 million rows in 6 parts 0.6 s, where LIMIT 1 BY took 1.5 s and argMax 15 s. */
export function viewStatement(database: string, table: string, { columns }: LandedShape): string {
  return `CREATE OR REPLACE VIEW ${quote(database)}.${quote(table)} AS SELECT ${[...columns.map(({ name }) => quote(name)), '_synced_at', '_generation'].join(', ')} FROM ${quote(database)}.${quote(rowsName(table))} FINAL`
}

/** What the gateway keeps beside the data. The newest row of each key counts. */
export function bookStatements(database: string): readonly string[] {
  const at = quote(database)
  return [
    `CREATE TABLE IF NOT EXISTS ${at}._kpiql_tables (name String, source String, stream Nullable(String), columns String, key String, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY name`,
    `CREATE TABLE IF NOT EXISTS ${at}._kpiql_streams (source String, stream String, cursor String, generation Int64, is_whole Bool, complete_until_utc_ms Nullable(Int64), backfilled_from_utc_ms Nullable(Int64), backfilled_until_utc_ms Nullable(Int64), committed_utc_ms Int64, commits UInt64, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY (source, stream)`,
    `CREATE TABLE IF NOT EXISTS ${at}._kpiql_writers (holder String, host String, pid Int64, at DateTime64(3, 'UTC'), released UInt8) ENGINE = ReplacingMergeTree(at) ORDER BY holder TTL toDateTime(at) + INTERVAL 1 DAY`,
    `CREATE TABLE IF NOT EXISTS ${at}._quarantine (source String, stream String, digest String, table_name String, column_name Nullable(String), reason String, content String, happened_at DateTime64(3, 'UTC')) ENGINE = ReplacingMergeTree ORDER BY (source, stream, digest)`,
  ]
}
