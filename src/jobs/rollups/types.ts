/** How a rollup stands. */
export interface RollupStatus {
  readonly name: string
  readonly source: string
  /**
   * `ready`: read where it answers. `building`: being built, for the first time or because the data moved. `waiting`: its turn
   * comes. `unserved`: none of its metrics can be kept. `unsupported`: its source keeps no rollups. `unused`: let go of, since no question could be read from it
   * for long. `failed`: see `message`.
   */
  readonly state: 'ready' | 'building' | 'waiting' | 'unserved' | 'unsupported' | 'over_budget' | 'unused' | 'failed'
  /** For people; names metrics that are not served. */
  readonly message: string | null
  /** What share of the build under way is done, from 0 to 1; null where none is. */
  readonly progress: number | null
  /** Of the last build; null where there was none. */
  readonly rows: number | null
  readonly bytes: number | null
  readonly buildMs: number | null
  readonly builtUtcMs: number | null
}

/** Keeps the rollups of a model as its data is. */
export interface RollupKeeper {
  /** Looks at all rollups now, and builds those that are behind; resolves when all have had their turn. One pass at a time. */
  pass(): Promise<readonly RollupStatus[]>
  /** Lets rollups that are there and current be read, without building any. */
  recall(): Promise<readonly RollupStatus[]>
  /** Passes from now on, so many ms apart. */
  start(everyMs: number): void
  statuses(): readonly RollupStatus[]
  /** Stops a build under way. Safe to call twice. */
  close(): Promise<void>
}
