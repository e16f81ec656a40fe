import { KpiqlError } from '../../base/errors.ts'
import type { Period } from '../../base/period.ts'
import { inputsOf, modelsReadBy } from '../../model/metric-inputs.ts'
import type { Metric } from '../../model/types.ts'
import { addsUp } from './adds-up.ts'
import { none } from '../amount.ts'
import { windowed } from './compile-inputs.ts'
import { metricOf, wholePeriod } from './compile-node.ts'
import type { CompileContext, CompileOne, Leaf, Node } from './compile-node.ts'

/**
 * Each bucket of a series from the start of the period to its own end: sums and counts add up, distinct counts are distinct to date.
 *
 * @throws KpiqlError `NOT_SUPPORTED` for what is no total of what happens: stocks, ratios, averages, extremes, rates.
 */
export function compileToDate(context: CompileContext, compile: CompileOne, metric: Metric, leaf: Leaf): Node {
  if (!addsUp(context, metric, 'flows')) {
    throw new KpiqlError('NOT_SUPPORTED', {
      message: `Metric "${metric.name}" has no value to date: it is no total of what happens, but a level, a quotient or a mean.`,
      hint: 'Ask its series without `cumulative`; sums, counts and distinct counts can be cumulative.',
    })
  }
  const nodes = leaf.buckets.map((bucket) => {
    const period: Period = { ...leaf.period, endUtcMs: bucket.endUtcMs, endLocalMs: bucket.endLocalMs }
    return compile(metric, { ...leaf, period, grain: null, buckets: [wholePeriod(period)] })
  })
  return begun(context, metric, leaf, windowed(leaf, nodes))
}

/** A window that reaches back has a value; one whose own bucket has not begun in the data has none. */
export function begun(context: CompileContext, metric: Metric, leaf: Leaf, node: Node): Node {
  const completeUtcMs = Math.min(context.nowUtcMs, ...modelsUnder(context, metric, new Set()).map((model) => context.coverage.watermarkUtcMs(model) ?? Number.POSITIVE_INFINITY))
  const beyond = leaf.buckets.map(({ startUtcMs }) => startUtcMs >= completeUtcMs)
  return {
    ...node,
    evaluate: (resultOf) => {
      const { groups, at } = node.evaluate(resultOf)
      return { groups, at: (group) => at(group).map((amount, index) => (beyond[index] ? none('AFTER_WATERMARK') : amount)) }
    },
  }
}

/** Semantic models whose rows a metric comes from, whose sources are there. */
function modelsUnder(context: CompileContext, metric: Metric, seen: Set<string>): readonly string[] {
  if (seen.has(metric.name)) return []
  seen.add(metric.name)
  return metric.implementations.flatMap((definition) => [
    ...modelsReadBy(definition).filter((model) => context.missing(model) === null),
    ...inputsOf(definition).flatMap((input) => modelsUnder(context, metricOf(context, input.metric), seen)),
  ])
}
