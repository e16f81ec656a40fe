import type { Statement } from './contract.ts'

/** Tables that a source keeps beside its data for the gateway: what questions ask often, added up before. */
export interface RollupHost {
  /** Whether an earlier start may have left any; touches no data. */
  mayKeep(): boolean
  /** All that can be read, those of other starts among them. */
  list(): Promise<readonly KeptRollup[]>
  /**
   * Builds a rollup beside the one of its name, which is read until the new one is there; then it takes its place in one step, and
   * the one before goes when no statement reads it any more. Statements go on meanwhile.
   *
   * @param progress told now and then what share of the work is done, from 0 to 1, and never less than before.
   * @throws KpiqlError `CANCELLED`, `SOURCE_BUSY` where the data moved from the version named; the one before stays as it is.
   */
  build(build: RollupBuild, signal: AbortSignal, progress?: (share: number) => void): Promise<KeptRollup>
  /** Nothing where there is none of that name. */
  drop(name: string): Promise<void>
  /** Present where the source keeps rollups up by itself with what is inserted: they are made by it, and neither built nor dropped from here. */
  readonly maker?: RollupMaker | undefined
}

/** Makes rollups that follow inserts by themselves. It writes, with rights that reading does not need. */
export interface RollupMaker {
  /** What `make` would run, for people to read. @throws KpiqlError `ROLLUP_UNFIT` where the table's rows do not only come. */
  statements(rollup: MadeRollup): Promise<readonly string[]>
  /**
   * Makes a rollup and fills it from the rows that are there, while others write; it is read only once it is whole. What stood by
   * its name goes.
   *
   * @param login by whom; null for the user who reads.
   * @param progress told after each partition what share of them is in.
   * @throws KpiqlError as `statements`; `SOURCE_BUSY` where inserts left it no moment, `CANCELLED`, `SOURCE_*`.
   */
  make(rollup: MadeRollup, login: Login | null, signal: AbortSignal, progress?: (share: number) => void): Promise<KeptRollup>
  /** @returns whether there was one. */
  remove(name: string, login: Login | null): Promise<boolean>
  /** Whether a rollup holds all rows of its table, as both are now, and no others. By its name in statements. */
  holds(table: string): Promise<boolean>
}

export interface Login {
  readonly user: string
  readonly password: string
}

export interface MadeRollup {
  readonly name: string
  readonly definition: string
  /** The table it is of. */
  readonly table: string
  /** All that it reads: that table, and those it joins. */
  readonly tables: readonly string[]
  /** The rows of a rollup of the table of this name, and the columns they have: first those that tell its rows apart. */
  readonly over: (table: string) => Statement
  readonly keyNames: readonly string[]
  /** How two rows of equal keys become one, by column. */
  readonly merged: ReadonlyMap<string, 'sum' | 'min' | 'max'>
  /** Sums up to the rows of the table that `tableRows` counts; over all rows of the rollup, or those where another column is 1. */
  readonly rowsColumn: string
  readonly rowsWhere: string | null
  readonly tableRows: Statement
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
  /** The rows to write, and the columns they have: first the day (a date) or the hour (a UTC timestamp). */
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
