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

/** Between whoever builds rollups and those who plan with them. */
export class RollupRegistry implements KnownRollups {
  readonly #bySource = new Map<string, readonly KnownRollup[]>()

  of(source: string): readonly KnownRollup[] {
    return this.#bySource.get(source) ?? NONE
  }

  /** Tells of a rollup in the place of the one of its name. */
  put(source: string, known: KnownRollup): void {
    this.#bySource.set(source, [...this.of(source).filter(({ rollup }) => rollup.shape.name !== known.rollup.shape.name), known])
  }

  remove(source: string, name: string): void {
    this.#bySource.set(source, this.of(source).filter(({ rollup }) => rollup.shape.name !== name))
  }
}
