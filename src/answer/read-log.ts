import type { AnyRead } from '../plan/read.ts'
import type { PlanContext } from '../plan/rows.ts'

/** A statement that a source has answered. */
export interface NotedScan {
  readonly context: PlanContext
  readonly reads: readonly AnyRead[]
  /** The rollup it read in place of the table; of several, their names with commas between. */
  readonly rollup: string | null
  /** Null where the engine does not say. */
  readonly rowsRead: number | null
  readonly elapsedMs: number
}

/** Told of what was read from sources; answers from caches are none of its business. Returns at once and never throws. */
export interface ReadLog {
  note(scan: NotedScan): void
}
