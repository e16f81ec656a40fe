import type { Statement } from './contract.ts'

/** Tables that a source keeps beside its data for the gateway: what questions ask often, added up before. */
export interface RollupHost {
  /** All that can be read, those of other starts among them. */
  list(): Promise<readonly KeptRollup[]>
  /**
   * Builds a rollup beside the one of its name, which is read until the new one is there; then it takes its place in one step, and
   * the one before goes when no statement reads it any more. Statements go on meanwhile.
   *
   * @throws KpiqlError `CANCELLED`, `SOURCE_BUSY` where the data moved from the version named; the one before stays as it is.
   */
  build(build: RollupBuild, signal: AbortSignal): Promise<KeptRollup>
  /** Nothing where there is none of that name. */
  drop(name: string): Promise<void>
}

export interface RollupBuild {
  /** Letters, digits and underscores; unique in the source. */
  readonly name: string
  /** What the rows mean, in words of whoever builds it. Kept, and never read by the source. */
  readonly definition: string
  /** Tables it is made from. */
  readonly tables: readonly string[]
  /** Of those tables: the one that the statement reads. */
  readonly dataVersion: string
  /** The rows to write, and the columns they have. */
  readonly statement: Statement
  readonly columnNames: readonly string[]
  /** Rows of the rollup before that stay as they are; null for none. */
  readonly keeps: KeptRows | null
}

/** Rows of a kept rollup whose time lies in none of these spans; those without a time do not stay. */
export interface KeptRows {
  readonly table: string
  readonly column: string
  /** Half-open, as dates or UTC timestamps, as the column is. */
  readonly outside: readonly { readonly from: string; readonly until: string }[]
}

export interface KeptRollup {
  readonly name: string
  readonly definition: string
  /** Its name in statements; another one after every build. */
  readonly table: string
  readonly tables: readonly string[]
  readonly dataVersion: string
  readonly rows: number
  /** As near as the source can tell. */
  readonly bytes: number
  readonly builtUtcMs: number
  readonly buildMs: number
}

/** Which rows of a table may differ between two data versions. */
export interface TableChange {
  readonly table: string
  /**
   * By column of dates or times: every row that came, went or changed has, before and after, no value there or one in the span,
   * both ends included, as ISO text; null where none has a value. A column that is not named may have changed anywhere. Null: all
   * rows may differ.
   */
  readonly spans: ReadonlyMap<string, { readonly from: string; readonly to: string } | null> | null
}
