import type { Grain } from '../../base/grain.ts'
import { KpiqlError } from '../../base/errors.ts'
import { constantCurrency } from '../../model/currency.ts'
import { slicedModelOf } from '../../model/metric-inputs.ts'
import type { Metric, MetricDefinition } from '../../model/types.ts'
import { UNSTATED_CURRENCY, amountOfText, none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import type { AskKey, MetricAsk } from '../ask.ts'
import { compileActive } from './compile-active.ts'
import { compileConversion } from './compile-conversion.ts'
import { compileCumulative } from './compile-cumulative.ts'
import { compileFunnel } from './compile-funnel.ts'
import { refusalOf, standInOf, standingIn } from './compile-estimate.ts'
import { compileComputed, computedFormula, computedRatio } from './compile-inputs.ts'
import type { Computed } from './compile-inputs.ts'
import { compileMovement } from './compile-movement.ts'
import { NotAvailable, axisOf, metricOf } from './compile-node.ts'
import type { CompileContext, CompileOne, Compiled, Leaf, Node, Unavailable } from './compile-node.ts'
import { compileRate } from './compile-rate.ts'
import { compileRecorded, recordsIn } from './compile-recorded.ts'
import { compileRetention } from './compile-retention.ts'
import { compileSimple } from './compile-simple.ts'
import { compileToDate } from './compile-to-date.ts'
import { placePredicate } from '../membership/membership-reach.ts'
import { isWantOfData } from '../reason.ts'

export type { CompileContext, Compiled, Coverage, Evaluated, Unavailable } from './compile-node.ts'

/**
 * What a metric needs read, and how its number follows. The first implementation that can be answered is taken.
 *
 * @throws KpiqlError `METRIC_UNKNOWN`, `TOO_MANY_POINTS`, `GRAIN_TOO_FINE`, `JOIN_AMBIGUOUS`, `NOT_SUPPORTED`.
 */
export function compileMetric(context: CompileContext, asked: MetricAsk): Compiled | Unavailable {
  const { grain, by } = liftPeriodKey(asked)
  const buckets = axisOf(context, asked.period, grain)
  const leaf: Leaf = { period: asked.period, grain, buckets, predicate: asked.predicate, by, allowEstimates: asked.allowEstimates ?? false }
  const metric = metricOf(context, asked.metric)
  try {
    const node = asked.cumulative === true ? cumulated(context, metric, leaf) : compileOne(context, metric, leaf)
    return { kind: 'computed', buckets, ...node }
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error
    return { kind: 'unavailable', buckets, reason: error.reason, remedy: error.remedy }
  }
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

type Served = Node & { readonly implementation: number }

function cumulated(context: CompileContext, metric: Metric, leaf: Leaf): Served {
  let implementation = 0
  const node = compileToDate(
    context,
    (input, inner) => {
      const served = compileOne(context, input, inner)
      implementation = served.implementation
      return served
    },
    metric,
    leaf,
  )
  return { ...node, implementation }
}

/** A metric over the buckets of a leaf; one recorded by the month over longer ones by its months. @throws NotAvailable */
function compileOne(context: CompileContext, metric: Metric, leaf: Leaf): Served {
  const records = recordsIn(context, metric, leaf)
  if (records === null) return compileServed(context, metric, leaf)
  let implementation = 0
  const node = compileRecorded(context, metric, records, leaf, (inner) => {
    const served = compileServed(context, metric, inner)
    implementation = served.implementation
    return served
  })
  return { ...node, implementation }
}

/** A metric by the first implementation that can be answered, with what stands in where there is no data. @throws NotAvailable */
function compileServed(context: CompileContext, metric: Metric, leaf: Leaf): Served {
  const compile: CompileOne = (input, inner) => compileOne(context, input, inner)
  const standIn = standInOf(metric, leaf, () => inCurrency(metric, compileFormula(context, compile, metric, leaf)))
  const tried = tryImplementations(context, metric, leaf, compile)
  if (!(tried instanceof NotAvailable)) return { ...standingIn(context, metric, leaf, tried, standIn), implementation: tried.implementation }
  if (standIn.estimate === null || !isWantOfData(tried.reason)) throw refusalOf(metric, tried)
  const nothing = leaf.buckets.map(() => none(tried.reason, tried.remedy))
  const empty: Node = { reads: [], partial: leaf.buckets.map(({ endUtcMs }) => endUtcMs > context.nowUtcMs), evaluate: () => ({ groups: new Map(), at: () => nothing }) }
  return { ...standingIn(context, metric, leaf, empty, standIn), implementation: -1 }
}

/** The formula of a metric's estimate. */
function compileFormula(context: CompileContext, compile: CompileOne, metric: Metric, leaf: Leaf): Node {
  const { formula, inputs } = metric.estimate ?? { formula: { kind: 'number', text: '0' }, inputs: [] }
  return computed(context, compile, metric, computedFormula(formula, inputs), leaf)
}

function tryImplementations(context: CompileContext, metric: Metric, leaf: Leaf, compile: CompileOne): Served | NotAvailable {
  let refused: NotAvailable | null = null
  for (const [implementation, definition] of metric.implementations.entries()) {
    const by = metric.implementedBy[implementation] ?? null
    try {
      // An implementation that another metric provides is computed as that metric is, in its currency.
      return { ...compileDefinition(context, compile, by === null ? metric : metricOf(context, by), definition, leaf), implementation }
    } catch (error) {
      if (!(error instanceof NotAvailable)) throw error
      // It can be answered soon: another meaning of the metric does not stand in for it meanwhile.
      if (error.reason === 'BACKFILLING') return error
      refused ??= error
    }
  }
  return refused ?? new NotAvailable('SOURCE_MISSING', `Metric "${metric.name}" has no implementation.`)
}

function computed(context: CompileContext, compile: CompileOne, { ratePeriod, ...metric }: Metric, parts: Computed, leaf: Leaf): Node {
  return ratePeriod === null ? compileComputed(context, compile, parts, leaf) : compileRate(context, compile, { ratePeriod, ...metric }, ratePeriod, parts, leaf)
}

function compileDefinition(context: CompileContext, compile: CompileOne, metric: Metric, definition: MetricDefinition, asked: Leaf): Node {
  const sliced = slicedModelOf(definition)
  const leaf = sliced === null ? asked : { ...asked, predicate: placePredicate(context, sliced, asked.predicate) }
  const node = (() => {
    switch (definition.type) {
      case 'simple':
        return compileSimple(context, metric, definition, leaf)
      case 'ratio':
        return computed(context, compile, metric, computedRatio(definition), leaf)
      case 'derived':
        return computed(context, compile, metric, computedFormula(definition.formula, definition.inputs), leaf)
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
  return inCurrency(metric, metric.fillNullsWith === null ? node : filled(node, amountOfText(String(metric.fillNullsWith))))
}

function filled(node: Node, fill: Amount): Node {
  return mapped(node, (amount) => (amount.value === null && amount.reason === 'NO_ROWS' ? fill : amount))
}

/**
 * What is no money has no currency; money of which the rows say nothing is in the currency the metric declares, or else in one
 * that nobody states. Nothing is nothing in any currency: a formula's 0 of no currency goes with all.
 */
function inCurrency(metric: Metric, node: Node): Node {
  if (metric.unit !== 'currency') return mapped(node, (amount) => (amount.currency === null ? amount : { ...amount, currency: null }))
  const declared = constantCurrency(metric)
  if (declared !== null) return mapped(node, (amount) => (amount.currency === null || amount.currency === UNSTATED_CURRENCY ? { ...amount, currency: declared } : amount))
  if (metric.currency !== null) return node
  return mapped(node, (amount) => (amount.currency !== null || amount.value === null || amount.value.isZero() ? amount : { ...amount, currency: UNSTATED_CURRENCY }))
}

function mapped(node: Node, map: (amount: Amount) => Amount): Node {
  return {
    ...node,
    evaluate: (resultOf) => {
      const { groups, at } = node.evaluate(resultOf)
      return { groups, at: (group) => at(group).map(map) }
    },
  }
}
