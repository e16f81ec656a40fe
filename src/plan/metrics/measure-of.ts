import { KpiqlError } from '../../base/errors.ts'
import { stableHash } from '../../base/stable-hash.ts'
import type { Metric, SimpleMetric } from '../../model/types.ts'
import type { CompileContext } from './compile-node.ts'
import type { Measure, MeasureTime } from '../read.ts'
import { semanticModelOf } from '../relation.ts'

/** Measures follow from the model alone. */
const measures = new WeakMap<SimpleMetric, Measure>()

export function measureOf(context: CompileContext, metric: Metric, definition: SimpleMetric): Measure {
  const known = measures.get(definition)
  if (known) return known
  const { semanticModel, agg, expr, percentile } = definition
  const money = metric.unit === 'currency' && (agg === 'sum' || agg === 'average')
  const time = timeOf(context, metric, definition)
  const measure: Measure = { kind: 'aggregate', id: stableHash([semanticModel, agg, expr, percentile, money, time]), semanticModel, agg, expr, percentile, money, time }
  measures.set(definition, measure)
  return measure
}

function timeOf(context: CompileContext, metric: Metric, definition: SimpleMetric): MeasureTime {
  const semanticModel = semanticModelOf(context.model, definition.semanticModel)
  if (definition.asOf !== null) {
    const { validity } = semanticModel
    if (validity === null) throw new KpiqlError('MODEL_INVALID', { message: `Metric "${metric.name}" is taken as of a moment, but "${semanticModel.name}" has no validity.` })
    return { kind: 'stock', start: validity.start, end: validity.end, endInclusive: validity.endInclusive, asOf: definition.asOf }
  }
  const dimension = definition.timeDimension ?? semanticModel.aggTimeDimension
  if (dimension === null) throw new KpiqlError('MODEL_INVALID', { message: `Metric "${metric.name}" has no time dimension.`, hint: `Set agg_time_dimension on "${semanticModel.name}".` })
  const granularity = semanticModel.dimensions.find(({ publicName }) => publicName === dimension)?.granularity ?? null
  if (definition.nonAdditive === null || definition.nonAdditive.choice === 'exact') return { kind: 'event', dimension, granularity }
  const { dimension: at, choice, groupings } = definition.nonAdditive
  return { kind: 'semi_additive', dimension, granularity, at, choice, groupings }
}
