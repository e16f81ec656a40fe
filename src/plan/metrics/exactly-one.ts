import type { Bucket } from '../../base/bucket.ts'
import { addLocal, truncateLocal } from '../../base/civil-time.ts'
import { GRAINS, ISO_CALENDAR } from '../../base/grain.ts'
import type { Grain } from '../../base/grain.ts'
import type { Metric, SimpleMetric } from '../../model/types.ts'
import { none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { NotAvailable } from './compile-node.ts'
import type { CompileContext, Leaf } from './compile-node.ts'
import type { Measure } from '../read.ts'

/**
 * Of values that belong to exactly one period each (`window_choice: exact`): what stands in the buckets that are no such period.
 * Null where the rows tell, as everywhere for other metrics.
 *
 * @throws NotAvailable where the period is none such, or the series is at another grain, so that another implementation may serve.
 */
export function exactlyOne(context: CompileContext, metric: Pick<Metric, 'name' | 'implementations'>, { nonAdditive }: SimpleMetric, { time }: Measure, leaf: Leaf): readonly (Amount | null)[] {
  if (nonAdditive?.choice !== 'exact' || time.kind !== 'event') return leaf.buckets.map(() => null)
  const unit = time.granularity ?? 'day'
  // Series finer than the facts are refused as they are elsewhere.
  if (leaf.grain !== null && GRAINS.indexOf(leaf.grain) < GRAINS.indexOf(unit)) return leaf.buckets.map(() => null)
  const units = unitsOf(context, metric, unit).join(' or ')
  const remedy = `"${metric.name}" is recorded by the ${units}, and does not add up over time. Ask a series at that grain, or a period that is one ${units}.`
  const fits = leaf.buckets.map((bucket) => isOne(context, bucket, unit))
  // A month that the period cuts to one day is still asked as a month.
  const isServed = leaf.grain === null ? fits.includes(true) : leaf.grain === unit
  if (!isServed) throw new NotAvailable('NOT_ADDITIVE', remedy)
  return fits.map((isFitting) => (isFitting ? null : none('NOT_ADDITIVE', remedy)))
}

/** The periods that all implementations of the metric tell; `own` where they say nothing. */
function unitsOf({ model }: CompileContext, { implementations }: Pick<Metric, 'implementations'>, own: Grain): readonly Grain[] {
  const told = implementations.flatMap((definition) => {
    if (definition.type !== 'simple' || definition.nonAdditive?.choice !== 'exact') return []
    const { dimension } = definition.nonAdditive
    return model.semanticModels.get(definition.semanticModel)?.dimensions.find(({ publicName }) => publicName === dimension)?.granularity ?? own
  })
  return [...new Set([own, ...told])]
}

function isOne({ calendar }: CompileContext, { startLocalMs, endLocalMs }: Bucket, unit: Grain): boolean {
  // Tools count weeks by ISO 8601; a model whose weeks begin on Sunday asks for others.
  if (unit === 'week' && calendar.weekStart !== ISO_CALENDAR.weekStart) return false
  return truncateLocal(startLocalMs, unit, calendar) === startLocalMs && addLocal(startLocalMs, 1, unit) === endLocalMs
}
