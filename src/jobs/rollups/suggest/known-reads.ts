import { KpiqlError } from '../../../base/errors.ts'
import { dimensionsOf } from '../../../model/predicate.ts'
import { isMembership } from '../../../plan/membership/membership.ts'
import type { AnyRead } from '../../../plan/read.ts'
import { plainReads } from '../../../plan/rollups/shape-of-rollup.ts'
import type { PlanContext } from '../../../plan/rows.ts'

/** A measure of the model, and the metrics whose aggregates it is. */
export interface KnownMeasure {
  /** A read of it. */
  readonly example: AnyRead
  /** With the dimensions that the filter of each tests; those first that are made of the fewest measures. */
  readonly metrics: readonly { readonly metric: string; readonly filtered: readonly string[]; readonly madeOf: number }[]
}

/** Measures of the metrics of the model, by their ids. */
export function knownMeasures(context: PlanContext): ReadonlyMap<string, KnownMeasure> {
  const known = new Map<string, KnownMeasure>()
  for (const metric of context.model.metrics.keys()) {
    const reads = readsOf(context, metric)
    for (const read of reads) {
      const filtered = [...dimensionsOf(read.predicate), ...(read.measure.kind === 'active' ? dimensionsOf(read.measure.activity.filter) : [])].filter((name) => !isMembership(name))
      const before = known.get(read.measure.id)
      known.set(read.measure.id, { example: before?.example ?? read, metrics: [...(before?.metrics ?? []), { metric, filtered, madeOf: reads.length }].toSorted((a, b) => a.madeOf - b.madeOf) })
    }
  }
  return known
}

function readsOf(context: PlanContext, metric: string): readonly AnyRead[] {
  try {
    return plainReads(context, metric)
  } catch (error) {
    if (error instanceof KpiqlError) return []
    throw error
  }
}
