import { groupKeyId } from '../group-keys.ts'
import type { Read } from '../read.ts'
import type { Relation } from '../relation.ts'
import type { PlanContext } from '../rows.ts'

/** How many groups the keys of reads may make at most. Keys of different reads multiply: all are columns of one grouping. */
export function groupEstimate(context: PlanContext, reads: readonly Read[], relation: Relation): number {
  const sizes = new Map<string, number>()
  for (const key of reads.flatMap(({ by }) => by)) {
    if (key.kind !== 'dimension') {
      sizes.set(groupKeyId(key), 50)
      continue
    }
    const { home, dimension } = relation.dimension(key.dimension)
    sizes.set(groupKeyId(key), (context.facts.distinct(home, dimension.expr) ?? 1000) + 1)
  }
  return [...sizes.values()].reduce((product, size) => product * size, 1)
}
