import type { Rollup } from '../../../model/types.ts'
import type { ReadShape } from '../../../plan/read-shape.ts'

/** What was read of one shape in the time looked at. */
export interface LoggedShape {
  readonly shape: ReadShape
  /** The rollup that answered; null for the table. */
  readonly rollup: string | null
  readonly reads: number
  /** Null where the source did not say. */
  readonly rows: number | null
  readonly ms: number
}

/** Reads, and the milliseconds that sources worked for them. */
export interface ReadLoad {
  readonly reads: number
  readonly ms: number
}

/** A rollup that would pay, as it would stand in the model. */
export interface SuggestedRollup {
  readonly rollup: Rollup
  readonly source: string
  readonly rows: number
  /** Whether the rows were counted; otherwise they are estimated from statistics. */
  readonly counted: boolean
  /** As the embedded engine would measure it, about. */
  readonly bytes: number
  /** One pass over the table at the rate measured; null where no rate is known. */
  readonly buildMs: number | null
  /** Logged reads that it would answer exactly. */
  readonly serves: ReadLoad
  /** Of their time, what reading it in place of what is read now would save, by rows. */
  readonly savedMs: number
  /** Rows that those reads would not read, each of them a whole table or rollup of now. */
  readonly savedRows: number
}

export interface RollupSuggestions {
  /** Chosen by what each saves for its bytes; the first saves the most milliseconds, or rows where two save as many. */
  readonly suggested: readonly SuggestedRollup[]
  /** Declared, and read by nothing in that time. */
  readonly unused: readonly string[]
  /** All that was logged. */
  readonly logged: ReadLoad
  /** Of it: answered by rollups that are declared. */
  readonly served: ReadLoad
  /** Of it: what no rollup could answer exactly (of the costliest shapes, which are looked at), or the model does not know any more. */
  readonly beyond: ReadLoad
}
