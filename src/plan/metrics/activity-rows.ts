import { findEntityPath } from '../../model/join-path.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { Activity, Metric, Model } from '../../model/types.ts'
import { allOf } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import type { AskKey } from '../ask.ts'
import { NotAvailable } from './compile-node.ts'
import type { CompileContext } from './compile-node.ts'
import { predicateSql } from '../predicate-sql.ts'
import type { Reach } from '../predicate-sql.ts'
import type { MeasureTime } from '../read.ts'
import { semanticModelOf } from '../relation.ts'
import { requireDimensions } from './require-dimensions.ts'
import { modelsTelling, requireWhole } from './require-whole.ts'

/** The time of an activity as coverage and group keys take it: intervals have no one moment, like stocks. */
export function activityTime(model: Model, { semanticModel, time }: Activity): MeasureTime & { kind: 'event' | 'stock' } {
  if (time.kind === 'interval') return { kind: 'stock', start: time.start, end: time.end, endInclusive: time.endInclusive, asOf: 'period_end' }
  return eventTime(model, semanticModel, time.dimension)
}

export function eventTime(model: Model, semanticModel: string, dimension: string): MeasureTime & { kind: 'event' } {
  const granularity = semanticModelOf(model, semanticModel).dimensions.find(({ publicName }) => publicName === dimension)?.granularity ?? null
  return { kind: 'event', dimension, granularity }
}

/**
 * @throws NotAvailable where the activity's source is not connected, where what tells its entity is not whole yet, or its rows reach no key of the entity or not all that is
 * asked; KpiqlError `JOIN_AMBIGUOUS`.
 */
export function requireActivity(context: CompileContext, metric: Pick<Metric, 'name'>, activity: Activity, entity: string, by: readonly AskKey[], predicates: readonly Predicate[]): void {
  const { semanticModel } = activity
  const missing = context.missing(semanticModel)
  if (missing) throw new NotAvailable(missing.reason, missing.remedy)
  for (const predicate of [...predicates, activity.filter]) requireDimensions(context, metric, semanticModel, predicate, by)
  requireWhole(context, modelsTelling(context, semanticModel, [], [{ kind: 'entity', entity }]))
  const key = findEntityPath(context.model, semanticModel, entity)
  if (key.kind === 'path') return
  throw new NotAvailable('DIMENSION_NOT_AVAILABLE', `Metric "${metric.name}" follows each ${entity}, but no path of joins, or more than one, leads there from "${semanticModel}".`)
}

/** Conditions on the rows of an activity, its own filter first; nulls among them are left out. */
export function activityWhere({ filter }: Activity, reach: Reach, more: readonly (Expr | null)[]): Expr | null {
  return allOf([filter.kind === 'all' ? null : predicateSql(filter, reach), ...more])
}
