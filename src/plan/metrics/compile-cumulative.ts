import type { Bucket } from '../../base/bucket.ts'
import { addLocal, truncateLocal } from '../../base/civil-time.ts'
import type { Period } from '../../base/period.ts'
import { utcMsOf } from '../../base/time-zone.ts'
import type { CumulativeMetric, Metric } from '../../model/types.ts'
import { compileInput, windowed } from './compile-inputs.ts'
import { metricOf, wholePeriod } from './compile-node.ts'
import type { CompileContext, CompileOne, Leaf, Node } from './compile-node.ts'
import { begun } from './compile-to-date.ts'
import { semanticModelOf } from '../relation.ts'

/** Each bucket is a window of its own that ends with it; the planner adds up what they share. */
export function compileCumulative(context: CompileContext, compile: CompileOne, definition: CumulativeMetric, leaf: Leaf): Node {
  const { zone } = leaf.period
  const metric = metricOf(context, definition.input.metric)
  const nodes = leaf.buckets.map((bucket) => {
    const startLocalMs = windowStart(context, definition, metric, bucket)
    const startUtcMs = utcMsOf(zone, startLocalMs)
    const period: Period = { zone, startUtcMs, endUtcMs: bucket.endUtcMs, startLocalMs, endLocalMs: bucket.endLocalMs }
    return compileInput(context, compile, definition.input, { ...leaf, period, grain: null, buckets: [wholePeriod(period)] })
  })
  return begun(context, metric, leaf, windowed(leaf, nodes))
}

const SINCE_EVER = Date.UTC(1900, 0, 1)

function windowStart(context: CompileContext, definition: CumulativeMetric, metric: Metric, bucket: Bucket): number {
  // The bucket's last moment lies just before its end.
  if (definition.grainToDate) return truncateLocal(bucket.endLocalMs - 1, definition.grainToDate, context.calendar)
  if (definition.window) return addLocal(bucket.endLocalMs, -definition.window.count, definition.window.unit)
  const firsts = metric.implementations.flatMap((implementation) => {
    if (implementation.type !== 'simple') return []
    const dimension = implementation.timeDimension ?? semanticModelOf(context.model, implementation.semanticModel).aggTimeDimension
    const first = dimension === null ? null : context.coverage.first(implementation.semanticModel, dimension)
    // A day of slack: the first moment is in UTC, the window in local time.
    return first === null ? [] : [first.ms - 86_400_000]
  })
  return truncateLocal(Math.min(bucket.startLocalMs, firsts.length > 0 ? Math.min(...firsts) : SINCE_EVER), 'year', context.calendar)
}
