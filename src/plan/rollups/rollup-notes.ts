import type { AnyRead } from '../read.ts'
import type { PlacedRollup } from './choose-rollup.ts'

/** What of reads from rollups is read from tables all the same, for `explain`; empty where nothing is. */
export function rollupNotes(rollups: readonly PlacedRollup[], reads: readonly AnyRead[]): string {
  const tails = rollups.flatMap(({ rollup, tail }) => {
    if (tail === null || tail.from.utcMs === tail.until.utcMs) return []
    return [`; rows of ${rollup.shape.semanticModel} from ${new Date(tail.from.utcMs).toISOString()} on are those of the table`]
  })
  const followed = new Set(reads.flatMap(({ measure }) => (measure.kind === 'retention' ? [measure.start.semanticModel, measure.activity.semanticModel] : [])))
  const whole = [...followed].filter((name) => rollups.every(({ rollup }) => rollup.shape.semanticModel !== name))
  return [...tails, ...whole.map((name) => `; all rows of ${name} are those of the table`)].join('')
}
