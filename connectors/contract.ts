import type { z } from 'zod'
import type { DecimalNumber } from '../src/base/decimal-number.ts'
import type { SourceLooks } from '../src/base/source-looks.ts'
import type { Dialect } from '../src/sql/dialect.ts'
import type { RollupHost, TableChange } from './rollup-contract.ts'

/**
 * The sources' face. A query connector answers where the data lives; sync and activation connectors join this contract with
 * the step that builds them.
 */

/** How a result column reaches us, whatever the driver makes of it. Asked for by the statement, obeyed by the connector. */
export type ColumnKind =
  | 'text'
  | 'boolean'
  /** JavaScript number; NaN and infinities arrive as null. */
  | 'float'
  /** Whatever number the engine has: `bigint` for integers, a decimal for decimals, a JavaScript number for floats, which may not be finite: aggregates must see it. */
  | 'number'
  /** `bigint`, exact at any size. */
  | 'integer'
  | 'decimal'
  /** `YYYY-MM-DD`, never shifted by a zone. */
  | 'date'
  /** UTC instant as ISO text with `Z`. */
  | 'timestamp'

export type Value = null | boolean | number | bigint | string | DecimalNumber

export interface Param {
  readonly value: null | boolean | number | bigint | string
  readonly type: ParamType
}

export type ParamType = 'text' | 'boolean' | 'integer' | 'float' | 'decimal' | 'date' | 'timestamp'

export interface Statement {
  /** SQL text in the connector's dialect; values are only ever bound. */
  readonly text: string
  readonly params: readonly Param[]
  /** One kind a result column, in order. */
  readonly columns: readonly ColumnKind[]
  /** Of its groups where they are many, so that an engine may keep a slot for each in place of hashing them. Never changes an answer. */
  readonly slots?: GroupSlots | undefined
}

/** Groups that are combinations of whole numbers which lie close: numbered through they have `bits` bits, and a slot of `bytes` bytes each. */
export interface GroupSlots {
  readonly bits: number
  readonly bytes: number
}

export interface QueryResult {
  /** One array a column, all of one length. */
  readonly columns: readonly (readonly Value[])[]
  readonly rowCount: number
  /** Rows the engine's scans touched, by its own profile; null where the engine does not say. */
  readonly rowsRead: number | null
  readonly elapsedMs: number
}

export interface QueryOptions {
  /** Aborting stops the statement in the engine. */
  readonly signal?: AbortSignal | undefined
  /** Reads the data as of this version; one that can no longer be had is `SOURCE_BUSY`. Without it: the newest. */
  readonly dataVersion?: string | undefined
  /** Rows beyond this are an error `TOO_MANY_GROUPS`, never a silent cut. */
  readonly maxRows?: number | undefined
  /** Who asks: callers take turns where statements wait. Of no concern to the source itself. */
  readonly caller?: string | undefined
}

export interface ColumnInfo {
  readonly name: string
  /** The engine's own type name. */
  readonly nativeType: string
  readonly kind: Exclude<ColumnKind, 'number'>
  readonly nullable: boolean
  /** `true` for timestamps that are instants; `false` for wall-clock ones that need a declared zone. */
  readonly zoned?: boolean
  /** Of texts that the engine takes for equal just where their bytes are: the collation they have. Absent where it may not, or nobody knows. */
  readonly exactCollation?: string | undefined
}

export interface TableInfo {
  readonly name: string
  readonly columns: readonly ColumnInfo[]
  /** Columns of the primary key where the source knows one. */
  readonly primaryKey: readonly string[]
  /** Of one column each, where the source knows some. */
  readonly foreignKeys?: readonly ForeignKey[] | undefined
}

export interface ForeignKey {
  readonly column: string
  /** Whose primary key it is, by its name in the source. */
  readonly table: string
}

/** What the planner may know of a table without reading it; estimates where the engine keeps only those. */
export interface TableStatistics {
  readonly rows: number
  readonly columns: Readonly<Record<string, ColumnStatistics>>
}

export interface ColumnStatistics {
  /** Approximate number of distinct values; null where unknown. */
  readonly distinct: number | null
  /** Smallest and largest value as text (dates ISO); null where unknown. */
  readonly min: string | null
  readonly max: string | null
  readonly hasNulls: boolean
}

/** Rows that did not fit, and where they are. Listed in the catalog; nothing is dropped silently. */
export interface QuarantineEntry {
  readonly table: string
  readonly file: string
  /** 1-based line of the file (header included); null where the format has no lines. */
  readonly line: number | null
  readonly column: string | null
  readonly reason: string
  /** The row or cell as it stood, cut to 200 characters. */
  readonly content: string
}

export interface QuarantineReport {
  /** All of them, also beyond the entries listed. */
  readonly total: number
  readonly entries: readonly QuarantineEntry[]
  readonly truncated: boolean
}

export interface Verdict {
  readonly ok: boolean
  /** A sentence a person can act on; holds no secret. */
  readonly message: string
}

export interface QueryCapabilities {
  /** All statements of one request can read one data version. */
  readonly snapshot: boolean
  /** Aborting a query stops it in the engine. */
  readonly cancel: boolean
  readonly maxConcurrent: number
  /** Rows are kept and worked through one by one: leaving one out saves all that would be done with it. Absent where columns are, many rows at once. */
  readonly byRow?: boolean | undefined
}

/** An open connection to one source. No network or file is touched before the first call. Safe to close twice. */
export interface QuerySource {
  readonly name: string
  readonly dialect: Dialect
  readonly can: QueryCapabilities
  test(): Promise<Verdict>
  discover(): Promise<readonly TableInfo[]>
  /** @throws KpiqlError `SOURCE_*`, `CANCELLED`, `TABLE_MISSING`, `TOO_MANY_GROUPS`. */
  query(statement: Statement, options?: QueryOptions): Promise<QueryResult>
  /** Changes whenever a read of these tables could give another answer. `revalidate` looks at the source now instead of trusting the last look. */
  dataVersion(tables: readonly string[], revalidate: boolean): Promise<string>
  statistics(table: string): Promise<TableStatistics>
  quarantine(): Promise<QuarantineReport>
  /** UTC ms up to which the data of this table is complete; null where the source does not know. */
  watermark(table: string): Promise<number | null>
  /** What is known of a table whose first reading goes on; null once it has been read to its end. Absent where tables are always whole. */
  backfill?(table: string): Promise<Backfill | null>
  /** Absent where the source keeps no tables for the gateway. */
  readonly rollups?: RollupHost | undefined
  /**
   * What may have changed from one data version of these tables to another, tables that have not left out. Null where the source
   * does not know any more, or never does; absent where it never does.
   */
  changes?(tables: readonly string[], since: string, until: string): Promise<readonly TableChange[] | null>
  close(): Promise<void>
}

/** A table of which something is missing still. */
export interface Backfill {
  /** UTC ms from when on nothing is, up to the table's watermark; null where anything may be. */
  readonly completeFromUtcMs: number | null
}

/** Tables that the gateway itself keeps, handed to an engine whole whenever they change. */
export interface TableFeed {
  /** Another text whenever any row is another. Asked before every question, so it is cheap. */
  version(): Promise<string>
  /** All tables at one moment. */
  read(): Promise<FedTables>
}

export interface FedTables {
  readonly version: string
  readonly tables: readonly FedTable[]
}

export interface FedTable {
  readonly name: string
  /** Changes with the rows of this table. */
  readonly version: string
  readonly columns: readonly FedColumn[]
  /** Name of the column that tells rows apart. */
  readonly key: string
  /** One text a column, in their order: dates `YYYY-MM-DD`, decimals in plain notation with at most the column's scale. */
  readonly rows: readonly (readonly (string | null)[])[]
}

export type FedColumn =
  | { readonly name: string; readonly kind: 'text' | 'date'; readonly nullable: boolean }
  /** With 18 digits before the point. */
  | { readonly name: string; readonly kind: 'decimal'; readonly scale: number; readonly nullable: boolean }

/** What the model says of a table besides its columns: SQL expressions by the author of the model that make one value of all its rows, such as `max(updated_at)`. */
export interface TableHints {
  /** Another value whenever the table's rows are others; asked in place of the source's own signs. */
  readonly refreshKey: string | null
  /** The moment up to which the table is complete. */
  readonly watermark: string | null
}

export interface ConnectorDeps {
  readonly log: ConnectorLog
  /** By table, where the model says something. */
  readonly hints?: ReadonlyMap<string, TableHints> | undefined
  /** Those that the model reads: `test` tries each, and says which cannot be read. */
  readonly tables?: readonly string[] | undefined
  /** Says when to look at the source again, where instances of the gateway agree on it; absent: the connector decides alone (`ownLooks`). */
  readonly looks?: SourceLooks | undefined
  /** Folder for what the connector keeps between starts. */
  readonly stateFolder: string
  /** `done` is a fraction from 0 to 1 that never falls during one look at the source. */
  readonly onProgress?: ((done: number, what: string) => void) | undefined
}

export interface ConnectorLog {
  debug(data: object, message: string): void
  info(data: object, message: string): void
  warn(data: object, message: string): void
}

export interface QueryConnector<Options> {
  readonly name: string
  readonly kind: 'query'
  readonly options: z.ZodType<Options>
  /** Names of options that are paths of files or folders. Relative ones start from the configuration file. */
  readonly paths: readonly string[]
  /** Names of options whose values are shown to nobody. */
  readonly secrets: readonly string[]
  open(name: string, options: Options, deps: ConnectorDeps): QuerySource
}

/** Fixes a connector's option type, so that a folder exports one checked object. */
export function defineConnector<Options>(connector: QueryConnector<Options>): QueryConnector<Options> {
  return connector
}
