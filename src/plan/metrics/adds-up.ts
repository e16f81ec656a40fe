import { degreeOf } from '../../model/formula-degree.ts'
import type { Aggregation, Metric, MetricDefinition } from '../../model/types.ts'
import { metricOf } from './compile-node.ts'
import type { CompileContext } from './compile-node.ts'

/** Whether the rows of two stretches of time together yield what they do one by one; distinct counts are counted anew. */
const TOTALS = {
  sum: true,
  count: true,
  count_distinct: true,
  approx_count_distinct: true,
  sum_boolean: true,
  average: false,
  min: false,
  max: false,
  median: false,
  percentile: false,
  stddev: false,
} as const satisfies Record<Aggregation, boolean>

/**
 * `flows`: a total of what happens, which grows with time: it has a value to date. `totals`: also what is counted at a moment, and
 * may be added over base periods (Σ customers at the starts of months). What is worked out of such by + and −, and by a number
 * times or over it, is one too. Averages, quotients and extremes are neither.
 */
export function addsUp(context: CompileContext, metric: Metric, how: 'flows' | 'totals'): boolean {
  return metric.ratePeriod === null && metric.implementations.every((definition) => definitionAddsUp(context, definition, how))
}

function definitionAddsUp(context: CompileContext, definition: MetricDefinition, how: 'flows' | 'totals'): boolean {
  const stocks = how === 'totals'
  switch (definition.type) {
    case 'simple':
      return TOTALS[definition.agg] && (stocks || (definition.asOf === null && definition.nonAdditive === null))
    case 'derived':
      return (
        degreeOf(definition.formula) === 1 &&
        definition.inputs.every(({ metric, offsetWindow, offsetToGrain }) => (stocks || (offsetWindow === null && offsetToGrain === null)) && addsUp(context, metricOf(context, metric), how))
      )
    case 'movement':
      return stocks || (definition.window === null && definition.component !== 'start' && definition.component !== 'end')
    case 'active':
      return stocks
    case 'conversion':
      return definition.calculation !== 'rate'
    case 'ratio':
    case 'cumulative':
    case 'retention':
    case 'funnel':
      return false
  }
}
