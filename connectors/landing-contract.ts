import type { z } from 'zod'
import type { Backfill, ConnectorDeps, QuarantineReport, QuerySource } from './contract.ts'
import type { Backfilled, Json, SyncColumnKind } from './sync-contract.ts'

/**
 * Where synced records land: the embedded engine, PostgreSQL or ClickHouse. Every table has, beside its own columns,
 * `_synced_at` (the instant of the commit) and `_generation` (the reading from the beginning that showed the row last).
 */

export interface LandingColumn {
  readonly name: string
  readonly kind: SyncColumnKind
  /** Of decimals. */
  readonly scale: number
}

export interface LandingTable {
  /** As the engine has it: `<source>_<table>`. */
  readonly name: string
  readonly columns: readonly LandingColumn[]
  readonly key: readonly string[]
}

/**
 * A cell that fits its column: text, `json` and decimals (plain notation) as strings, integers as bigint, dates as
 * `YYYY-MM-DD`, timestamps as UTC milliseconds.
 */
export type LandingCell = null | boolean | number | bigint | string

/** The cell, as text, is one of these; null among them for no value. Of columns that are text, or asked for null alone. */
export interface CellTest {
  readonly column: string
  readonly among: readonly (string | null)[]
}

/** Rows by column: `columns[i]` are the cells of `names[i]`. Columns of the table that are not named are null. */
export interface LandingRows {
  readonly names: readonly string[]
  readonly columns: readonly (readonly LandingCell[])[]
  readonly count: number
}

/** Applied in order. No two rows of one write have the same key. */
export type LandingWrite =
  | { readonly kind: 'upsert'; readonly table: string; readonly rows: LandingRows }
  | { readonly kind: 'replace'; readonly table: string; readonly where: { readonly column: string; readonly values: readonly LandingCell[] }; readonly rows: LandingRows }
  | { readonly kind: 'delete'; readonly table: string; readonly keys: readonly (readonly LandingCell[])[] }

/** A record that did not fit. */
export interface QuarantinedRecord {
  readonly table: string
  /** Null where the record as a whole does not fit. */
  readonly column: string | null
  readonly reason: string
  /** The record as JSON, cut to 10,000 characters; personal columns as they would have landed. */
  readonly content: string
}

/** How far a stream has come; committed with its data. */
export interface StreamState {
  readonly cursor: Json
  /** Readings from the beginning, counted from 1. */
  readonly generation: number
  /** Whether the reading from the beginning of this generation has ended. */
  readonly isWhole: boolean
  readonly completeUntilUtcMs: number | null
  /** Absent or null where nothing of a first reading is complete, or nobody asks any more. */
  readonly backfilled?: Backfilled | null | undefined
  readonly committedUtcMs: number
}

/** How complete the tables of a stream are. */
export type StreamReach = Pick<StreamState, 'isWhole' | 'completeUntilUtcMs' | 'backfilled'>

/** Null once the tables have been read to their end: a reading from the beginning after that leaves what is there. */
export function backfillOf({ isWhole, completeUntilUtcMs, backfilled }: StreamReach): Backfill | null {
  return isWhole || completeUntilUtcMs !== null ? null : { completeFromUtcMs: backfilled?.fromUtcMs ?? null }
}

/** UTC ms until which the tables of a stream are complete, at least from where `backfillOf` tells; null where nobody knows. */
export function watermarkOf({ completeUntilUtcMs, backfilled }: StreamReach): number | null {
  return completeUntilUtcMs ?? backfilled?.untilUtcMs ?? null
}

/** A state as it was read back. */
export interface KeptState extends StreamState {
  /** Commits of this stream with a state, counted from 1, and resets. */
  readonly version: number
  /** Records in quarantine, of all commits. */
  readonly quarantined: number
}

export interface LandingCommit {
  readonly source: string
  readonly stream: string
  /** All tables of the stream: those that are not there are made, columns that are not there are added. */
  readonly tables: readonly LandingTable[]
  readonly writes: readonly LandingWrite[]
  readonly quarantined: readonly QuarantinedRecord[]
  /** Null keeps the state before, if any: for writes that are no reading, such as live events. Their rows are of the generation that is kept, or 0. */
  readonly state: StreamState | null
  /** The stream's version that this one follows; 0 where nothing was committed. Absent: whichever. */
  readonly expects?: number | undefined
  /** Deletes the rows of the stream's tables that another generation showed last. */
  readonly sweeps: boolean
}

export interface LandedTable {
  readonly name: string
  /** Whose commits made it; null for tables that the gateway derives. */
  readonly stream: string | null
  readonly columns: readonly LandingColumn[]
  readonly key: readonly string[]
}

/** Rows where a column has one of the values get another there, and nothing in the columns that are emptied with it. None of the columns is of the key. */
export interface Overwriting {
  readonly column: string
  /** No value twice. */
  readonly cells: readonly (readonly [from: LandingCell & {}, to: LandingCell])[]
  readonly empties: readonly string[]
}

/** One writer at a time has a landing. Safe to close twice. */
export interface Landing {
  /** Takes the right to write where nobody has it, and does not wait for it. @returns Null where this process has it; else who has it, such as `host, process 4711`. @throws KpiqlError `SOURCE_*`. */
  claim(): Promise<string | null>
  /** Who else has the right to write; null where nobody has it, or this process. Takes nothing. */
  otherWriter(): Promise<string | null>
  /** States of a source's streams by name. */
  states(source: string): Promise<ReadonlyMap<string, KeptState>>
  /**
   * Everything in one transaction, or nothing of it. Commits of several streams may be asked for at once.
   *
   * @returns Rows written, and rows removed that were not written anew.
   * @throws KpiqlError `SOURCE_*`; `DATA_INVALID` where a table is there already with a column of another kind; `SOURCE_BUSY` where the stream has another version than the one that is expected.
   */
  commit(commit: LandingCommit): Promise<{ readonly written: number; readonly removed: number }>
  /** The next sync of the source reads from the beginning: cursors are null, streams not whole and complete until nowhere. Generations go on, so that the rows of before can be swept; tables stay. */
  reset(source: string): Promise<void>
  /** Tables whose name begins with `<source>_` and that were landed for that source. */
  tables(source: string): Promise<readonly LandedTable[]>
  /** How many rows each of these tables has, by its name; an engine may have to count them. */
  rowCounts(source: string): Promise<ReadonlyMap<string, number>>
  /** Values of columns, of the rows where one of the columns has one of the values; distinct. For finding what belongs to a person. */
  lookUp(table: string, columns: readonly string[], where: { readonly column: string; readonly values: readonly LandingCell[] }): Promise<readonly (readonly LandingCell[])[]>
  /** Replaces what a table holds, in one transaction: for tables that the gateway derives, such as links of identities. */
  rewrite(source: string, table: LandingTable, rows: AsyncIterable<LandingRows> | Iterable<LandingRows>): Promise<void>
  /** Removes rows, also from the quarantine where their content names a value; with `only` those that pass all of it, and the quarantine is left alone. @returns Rows removed. */
  remove(table: string, where: { readonly column: string; readonly values: readonly LandingCell[] }, only?: readonly CellTest[]): Promise<number>
  /** Changes cells in place: for what tells of a person in rows that stay. Rows keep their generation. @returns Rows changed. */
  overwrite(table: string, change: Overwriting): Promise<number>
  /** Removes records from the quarantine of a source that mention one of the texts, in small or capital letters. @returns Records removed. */
  removeQuarantined(source: string, mentions: readonly string[]): Promise<number>
  /** Writes what stands in a log of its own into the tables, so that what was removed is no longer in that log; absent where the engine sees to it by itself. @returns Whether it did: questions under way may keep it from it. */
  checkpoint?(): Promise<boolean>
  /** Null for all sources. */
  quarantine(source: string | null): Promise<QuarantineReport>
  close(): Promise<void>
}

/** A place where records land, and the source that answers from it. */
export interface OpenLanding {
  readonly landing: Landing
  /** Reads the landed tables by their names. Its watermarks and backfills are those of the streams, its quarantine is the landing's. Closing it closes the landing. */
  readonly source: QuerySource
}

/** What the folder of an engine that can hold synced tables exports as `open-landing.ts`. */
export interface LandingConnector<Options> {
  readonly name: string
  readonly options: z.ZodType<Options>
  /** Names of options that are paths of files or folders. */
  readonly paths: readonly string[]
  /** Names of options whose values are shown to nobody. */
  readonly secrets: readonly string[]
  /** Nothing is touched before the first call. */
  open(name: string, options: Options, deps: ConnectorDeps): OpenLanding
}

/** Fixes the option type, so that a folder's `open-landing.ts` exports one checked object. */
export function defineLandingConnector<Options>(connector: LandingConnector<Options>): LandingConnector<Options> {
  return connector
}
