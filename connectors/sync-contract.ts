import type { z } from 'zod'
import type { ConnectorLog, Verdict } from './contract.ts'

/**
 * The face of tools that are copied before they are asked: a sync connector reads streams of records, page by page; the gateway
 * checks them, lands them, and commits them together with the cursor that the page brought.
 */

/** What is committed beside the data, to go on from. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * What a column of a synced table takes. Anything else is a record for the quarantine.
 *
 * - `text`: a string; numbers and booleans are written as text.
 * - `boolean`: true or false.
 * - `integer`: a safe JavaScript integer, a bigint or a string of digits, within 64 bits.
 * - `decimal`: a string in plain or exponent notation, an integer or a bigint; more decimals than the column's scale do not fit. JavaScript fractions are taken by their shortest text.
 * - `float`: a finite number, or its text.
 * - `date`: `YYYY-MM-DD`.
 * - `timestamp`: an instant: UTC milliseconds as a number, or ISO text with `Z` or an offset. Text without either does not fit: the connector knows the zone.
 * - `json`: anything that JSON can write.
 *
 * `null` and `undefined` are null in every column that is no part of the key.
 */
export type SyncColumnKind = 'text' | 'boolean' | 'integer' | 'decimal' | 'float' | 'date' | 'timestamp' | 'json'

export interface SyncColumn {
  readonly name: string
  readonly kind: SyncColumnKind
  /** Of decimals; 6 without it. */
  readonly scale?: number | undefined
  readonly description?: string | undefined
  /** Names, addresses and the like: what `personal: hash` or `personal: drop` in the configuration means. */
  readonly personal?: boolean | undefined
}

/** A table that a stream writes. Its name and those of its columns are snake_case; names that begin with `_` are the gateway's. */
export interface SyncTable {
  readonly name: string
  readonly description: string
  readonly columns: readonly SyncColumn[]
  /** Columns that tell rows apart: never null, and never of kind `json` or `float`. */
  readonly key: readonly string[]
  readonly person?: PersonColumns | undefined
  /**
   * Columns with the id of a person in rows that are not the person's own, such as a company's books. Once the person is forgotten these
   * rows stay, with another id that leads to nobody, and without what else in them tells of the person. None of these columns is of the key.
   */
  readonly refers?: readonly Reference[] | undefined
}

/** Columns by which a person can be found, so that one who asked for it is forgotten: the rows are the person's own, and go, but for those of `staff`. */
export interface PersonColumns {
  /** Ids of the tool's own users: all that stand in one row are of one person. */
  readonly user?: readonly string[] | undefined
  /** E-mail addresses. */
  readonly email?: readonly string[] | undefined
  /** Ids of whose the row is, where others are in it too, such as who wrote it: they lead to no further ids. */
  readonly of?: readonly string[] | undefined
  /** Ids of devices or browsers, which several people may use one after the other: they lead to no user, and a row is a person's by them only where all of `user` is null. */
  readonly device?: readonly string[] | undefined
  /** `user` and `email` are of people like those who are forgotten only in rows with one of these values; in others they are of colleagues, such as an answer's author. */
  readonly where?: { readonly column: string; readonly values: readonly string[] } | undefined
  /** When what a row tells happened: for people whose records until some moment do not land again. */
  readonly at?: string | undefined
  /** E-mail addresses of colleagues: their rows stay, and such an address is not taken for that of somebody else who was written to. */
  readonly staff?: readonly string[] | undefined
}

export interface Reference {
  readonly column: string
  /** Columns that tell of that person, such as a description. */
  readonly tells?: readonly string[] | undefined
}

/** Fields of records that no column is declared for become columns of their own; names are made snake_case by the gateway. */
export type SyncRecord = Readonly<Record<string, unknown>>

/** Writes of a page happen in their order. Of several records with one key the last one stays. */
export type TableWrite =
  /**
   * Puts records in by the table's key; a row of that key is replaced as a whole. `latestBy` is for live events alone, which come in
   * any order: a record is left out where the row of its key has a later value in that column. With `merges` a record says only what
   * changed: what it does not name (undefined) stays as it was, also of the fields of a JSON object, and a late one fills what was never said.
   */
  | { readonly kind: 'upsert'; readonly table: string; readonly records: readonly SyncRecord[]; readonly latestBy?: string | undefined; readonly merges?: boolean | undefined }
  /**
   * Removes all rows whose column has one of the values, then puts the records in: the children of parents that were read again, or days that were restated.
   * `forgetsUntilUtcMs` is for live events alone, where the values are ids of people whom the tool has deleted: what they did until then does not land again, however often it is delivered.
   */
  | { readonly kind: 'replace'; readonly table: string; readonly where: { readonly column: string; readonly values: readonly (string | number)[] }; readonly records: readonly SyncRecord[]; readonly forgetsUntilUtcMs?: number | undefined }
  /** Removes rows by key, values in the order of the key's columns. */
  | { readonly kind: 'delete'; readonly table: string; readonly keys: readonly (readonly (string | number)[])[] }

export interface SyncPage {
  readonly writes: readonly TableWrite[]
  /** Where to go on once this page is committed. */
  readonly cursor: Json
  /** How much of this reading is done, 0 to 1; null where nobody knows. */
  readonly done: number | null
  /** UTC ms: everything that happened before is in the tables once this page is committed; absent or null: nothing new is known of it. */
  readonly completeUntilUtcMs?: number | null | undefined
  /** Of a first reading from the newest to the oldest: what is in the tables once this page is committed; absent or null: nothing new is known of it. Whoever tells none has no values before a page tells `completeUntilUtcMs`, or the reading ends. */
  readonly backfilled?: Backfilled | null | undefined
}

/** All records with any moment from one instant until the other, UTC ms, are in the tables: windows by when records changed last tell it, those by when they were made only where nothing happens to a record later. */
export interface Backfilled {
  readonly fromUtcMs: number
  readonly untilUtcMs: number
}

export interface ReadRequest {
  /** What was committed last; null for a reading from the beginning. */
  readonly cursor: Json
  /** UTC ms before which nothing is wanted; null for all that the tool has. Stays the same from reading to reading. */
  readonly sinceUtcMs: number | null
  /** When this sync began, UTC ms. */
  readonly nowUtcMs: number
  readonly signal: AbortSignal
}

/** Tables that share one cursor. */
export interface Stream {
  readonly name: string
  readonly tables: readonly SyncTable[]
  /**
   * Whether a reading from the beginning shows all there is: rows that it did not show are deleted when it ends. False where
   * the tool forgets (exports of events that reach back so far only). Where `sinceUtcMs` is given, this counts only together with `ignoresSince`.
   */
  readonly showsAll: boolean
  /** Whether `sinceUtcMs` cuts nothing: lists that are always read whole, such as the owners of a CRM. `sync --since` leaves them alone, with what their cursors remember. */
  readonly ignoresSince?: boolean | undefined
  /** Streams of the same source that are read to their end before. */
  readonly after?: readonly string[] | undefined
  /**
   * Reads from the cursor up to now; ends when there is nothing more. First readings go from the newest to the oldest.
   *
   * @throws FullReadNeeded where the cursor is too old, or of another layout; KpiqlError `SOURCE_*` for what the tool refuses, `CANCELLED` once aborted.
   */
  read(request: ReadRequest): AsyncIterable<SyncPage>
}

/** Thrown by a stream that cannot go on from its cursor: it is read again from the beginning. */
export class FullReadNeeded extends Error {
  override readonly name = 'FullReadNeeded'
}

/** Live events that the tool sends by itself. */
export interface WebhookReceiver {
  /**
   * @param request headers in lower case; the body as it came, for its signature.
   * @returns What to land; tables are those of the source's streams.
   * @throws KpiqlError `WEBHOOK_REFUSED` where the signature does not fit, `WEBHOOK_INVALID` where the body is none of the tool's.
   */
  receive(request: { readonly headers: Readonly<Record<string, string | undefined>>; readonly body: Uint8Array; readonly nowUtcMs: number }): readonly TableWrite[]
}

/** An open tool. No network is touched before the first call. Safe to close twice. */
export interface SyncSource {
  readonly name: string
  /** Streams that may be read at the same time within the tool's limits. */
  readonly maxConcurrent: number
  test(): Promise<Verdict>
  /** May ask the tool what there is, such as its custom properties. */
  streams(signal: AbortSignal): Promise<readonly Stream[]>
  readonly receiver?: WebhookReceiver | undefined
  close(): Promise<void>
}

/** What a tool is opened with; tests bring clocks and patience of their own. */
export interface SyncDeps {
  readonly log: ConnectorLog
  /** UTC ms. */
  readonly now: () => number
  /** Resolves after so many ms, or rejects with the signal's reason. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface SyncConnector<Options> {
  readonly name: string
  readonly kind: 'sync'
  readonly options: z.ZodType<Options>
  /** Names of options that are paths of files or folders. */
  readonly paths: readonly string[]
  /** Names of options whose values are shown to nobody. */
  readonly secrets: readonly string[]
  open(name: string, options: Options, deps: SyncDeps): SyncSource
}

/** Fixes a connector's option type, so that a folder's `sync.ts` exports one checked object. */
export function defineSyncConnector<Options>(connector: SyncConnector<Options>): SyncConnector<Options> {
  return connector
}
