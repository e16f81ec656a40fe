import { KpiqlError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { findEntityPath } from './join-path.ts'
import type { JoinableModel } from './join-path.ts'
import { and } from './predicate.ts'
import type { Predicate } from './predicate.ts'
import type { Activity, Metric, SemanticModel, SimpleMetric } from './types.ts'

/**
 * The rows of a simple metric as something that happens to an entity, whatever `agg` and `expr` make of them: at its time
 * dimension, or for a stock over the validity of its semantic model.
 *
 * @param extra Which of its rows.
 * @returns Null where a stock's semantic model has no validity, or nothing places the rows in time.
 */
export function activityOfSimple(metric: string, definition: SimpleMetric, semanticModel: SemanticModel, extra: Predicate): Activity | null {
  const { validity } = semanticModel
  const filter = and([definition.filter, extra])
  if (definition.asOf !== null) return validity === null ? null : { metric, semanticModel: semanticModel.name, filter, time: { kind: 'interval', ...validity } }
  const dimension = definition.timeDimension ?? semanticModel.aggTimeDimension
  return dimension === null ? null : { metric, semanticModel: semanticModel.name, filter, time: { kind: 'event', dimension } }
}

/** Of several ways to compute a metric the first that can stand as an activity: the first simple one, which reaches the entity if one is given. */
export function activityWay(ways: readonly SimpleMetric[], entity: string | null, model: JoinableModel): SimpleMetric | undefined {
  const [first] = ways
  return (entity === null ? first : ways.find((way) => findEntityPath(model, way.semanticModel, entity).kind === 'path')) ?? first
}

/**
 * An activity made from a metric of a loaded model, for questions that name one.
 *
 * @param extra Narrows its rows further; the caller checks that the activity's semantic model reaches what it tests.
 * @param entity Whose activity it is; null where that is not known yet.
 * @throws KpiqlError `METRIC_UNKNOWN`; `NOT_SUPPORTED` for a metric that is not simple, or whose rows lead to no such entity;
 *   `JOIN_AMBIGUOUS` where they lead to it in two ways.
 */
export function activityOf(model: JoinableModel & { readonly metrics: ReadonlyMap<string, Metric> }, metricName: string, extra: Predicate, entity: string | null = null): Activity {
  const metric = model.metrics.get(metricName)
  if (metric === undefined) {
    throw new KpiqlError('METRIC_UNKNOWN', {
      message: `Metric "${metricName}" is not in the model.`,
      hint: `Closest: ${nearest(metricName, model.metrics.keys(), 3).join(', ') || 'none'}. List all with { catalog { metrics { name } } }.`,
    })
  }
  const way = activityWay(metric.implementations.filter((definition) => definition.type === 'simple'), entity, model)
  const semanticModel = way && model.semanticModels.get(way.semanticModel)
  const activity = way && semanticModel ? activityOfSimple(metric.name, way, semanticModel, extra) : null
  if (activity === null) {
    throw new KpiqlError('NOT_SUPPORTED', {
      message: `"${metric.enumName}" is made from other metrics and has no rows of its own, so it cannot stand for an activity.`,
      hint: 'Name a metric of type simple, like a count of events.',
    })
  }
  const path = entity === null ? null : findEntityPath(model, activity.semanticModel, entity)
  if (path?.kind === 'none') throw new KpiqlError('NOT_SUPPORTED', { message: `"${metric.enumName}" tells nothing of the entity "${entity}". ${path.reason}`, hint: 'Name a metric whose rows carry the key of that entity.' })
  if (path?.kind === 'ambiguous') throw new KpiqlError('JOIN_AMBIGUOUS', { message: `"${metric.enumName}" leads to the entity "${entity}" in two ways.`, hint: 'Rename an entity on one of the ways, so that one way is left.' })
  return activity
}
