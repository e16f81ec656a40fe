import type { RollupTable } from '../plan/rollups/rollup.ts'

/** A rollup that a source keeps, and what it was made from. */
export interface KnownRollup {
  readonly rollup: RollupTable
  readonly tables: readonly string[]
  /** Of those tables. It may be read while they have it. */
  readonly dataVersion: string
}

/** What whoever builds rollups tells those who plan. */
export interface KnownRollups {
  /** Another object whenever anything about the rollups of this source is another. */
  of(source: string): readonly KnownRollup[]
}

const NONE: readonly KnownRollup[] = []
export const noRollups: KnownRollups = { of: () => NONE }
