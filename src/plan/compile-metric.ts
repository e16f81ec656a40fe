import type { Grain } from '../base/grain.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Metric, MetricDefinition } from '../model/types.ts'
import { amountOfText } from './amount.ts'
import type { Amount } from './amount.ts'
import type { AskKey, MetricAsk } from './ask.ts'
import { compileActive } from './compile-active.ts'
import { compileConversion } from './compile-conversion.ts'
import { compileCumulative } from './compile-cumulative.ts'
import { compileFunnel } from './compile-funnel.ts'
import { compileDerived, compileRatio } from './compile-inputs.ts'
import { compileMovement } from './compile-movement.ts'
import { NotAvailable, axisOf, metricOf } from './compile-node.ts'
import type { CompileContext, CompileOne, Compiled, Leaf, Node, Unavailable } from './compile-node.ts'
import { compileRetention } from './compile-retention.ts'
import { compileSimple } from './compile-simple.ts'

export type { CompileContext, Compiled, Coverage, Evaluated, Unavailable } from './compile-node.ts'

/**
 * What a metric needs read, and how its number follows. The first implementation that can be answered is taken.
 *
 * @throws KpiqlError `METRIC_UNKNOWN`, `TOO_MANY_POINTS`, `GRAIN_TOO_FINE`, `JOIN_AMBIGUOUS`, `NOT_SUPPORTED`.
 */
export function compileMetric(context: CompileContext, asked: MetricAsk): Compiled | Unavailable {
  const { grain, by } = liftPeriodKey(asked)
  const buckets = axisOf(context, asked.period, grain)
  const leaf: Leaf = { period: asked.period, grain, buckets, predicate: asked.predicate, by }
  const tried = tryImplementations(context, metricOf(context, asked.metric), leaf)
  return tried instanceof NotAvailable
    ? { kind: 'unavailable', buckets, reason: tried.reason, remedy: tried.remedy }
    : { kind: 'computed', buckets, ...tried }
}

/** Grouping by `PERIOD` at a grain is a series at that grain. */
export function liftPeriodKey(asked: Pick<MetricAsk, 'grain' | 'by'>): { grain: Grain | null; by: readonly AskKey[] } {
  const own = asked.by.find((key) => key.kind === 'time' && key.dimension === null)
  if (own === undefined || own.kind !== 'time') return { grain: asked.grain, by: asked.by }
  if (asked.grain !== null) {
    throw new KpiqlError('GROUPING_INVALID', { message: 'A series cannot be grouped by PERIOD again.', hint: 'Ask the series at the grain you want.' })
  }
  return { grain: own.grain, by: asked.by.filter((key) => key !== own) }
}

function tryImplementations(context: CompileContext, metric: Metric, leaf: Leaf): (Node & { implementation: number }) | NotAvailable {
  let refused: NotAvailable | null = null
  for (const [implementation, definition] of metric.implementations.entries()) {
    try {
      return { ...compileDefinition(context, metric, definition, leaf), implementation }
    } catch (error) {
      if (!(error instanceof NotAvailable)) throw error
      refused ??= error
    }
  }
  return refused ?? new NotAvailable('SOURCE_MISSING', `Metric "${metric.name}" has no implementation.`)
}

function compileDefinition(context: CompileContext, metric: Metric, definition: MetricDefinition, leaf: Leaf): Node {
  const compile: CompileOne = (input, inner) => {
    const tried = tryImplementations(context, input, inner)
    if (tried instanceof NotAvailable) throw tried
    return tried
  }
  const node = (() => {
    switch (definition.type) {
      case 'simple':
        return compileSimple(context, metric, definition, leaf)
      case 'ratio':
        return compileRatio(context, compile, definition, leaf)
      case 'derived':
        return compileDerived(context, compile, definition, leaf)
      case 'cumulative':
        return compileCumulative(context, compile, definition, leaf)
      case 'movement':
        return compileMovement(context, metric, definition, leaf)
      case 'active':
        return compileActive(context, metric, definition, leaf)
      case 'conversion':
        return compileConversion(context, metric, definition, leaf)
      case 'retention':
        return compileRetention(context, metric, definition, leaf)
      case 'funnel':
        return compileFunnel(context, metric, definition, leaf)
    }
  })()
  return metric.fillNullsWith === null ? node : filled(node, amountOfText(String(metric.fillNullsWith)))
}

function filled(node: Node, fill: Amount): Node {
  return {
    ...node,
    evaluate: (resultOf) => {
      const { groups, at } = node.evaluate(resultOf)
      return { groups, at: (group) => at(group).map((amount) => (amount.value === null && amount.reason === 'NO_ROWS' ? fill : amount)) }
    },
  }
}
