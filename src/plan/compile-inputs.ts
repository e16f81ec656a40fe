import type { Bucket } from '../base/bucket.ts'
import { addLocal, truncateLocal } from '../base/civil-time.ts'
import { KpiqlError } from '../base/errors.ts'
import { GRAINS } from '../base/grain.ts'
import type { Grain } from '../base/grain.ts'
import { periodFromLocal, shiftPeriod } from '../base/period.ts'
import { and } from '../model/predicate.ts'
import type { DerivedMetric, Metric, MetricInput, RatioMetric } from '../model/types.ts'
import { divide, none } from './amount.ts'
import type { Amount } from './amount.ts'
import { axisOf, metricOf, wholePeriod } from './compile-node.ts'
import type { CompileContext, CompileOne, Leaf, Node } from './compile-node.ts'
import { evaluateFormula } from './evaluate-formula.ts'

export function compileRatio(context: CompileContext, compile: CompileOne, definition: RatioMetric, leaf: Leaf): Node {
  const inputs = [compileInput(context, compile, definition.numerator, leaf), compileInput(context, compile, definition.denominator, leaf)]
  return joined(inputs, ([top = none('NO_ROWS'), bottom = none('NO_ROWS')]) => divide(top, bottom))
}

export function compileDerived(context: CompileContext, compile: CompileOne, definition: DerivedMetric, leaf: Leaf): Node {
  const inputs = definition.inputs.map((input) => compileInput(context, compile, input, leaf))
  return joined(inputs, (amounts) =>
    evaluateFormula(definition.formula, new Map(definition.inputs.map(({ alias }, index) => [alias, amounts[index] ?? none('NO_ROWS')]))),
  )
}

/** Groups of any input are groups of the whole; an input without a row there counts as empty. */
function joined(inputs: readonly Node[], compute: (amounts: readonly Amount[]) => Amount): Node {
  const length = inputs[0]?.partial.length ?? 0
  return {
    reads: inputs.flatMap(({ reads }) => reads),
    partial: Array.from({ length }, (_, index) => inputs.some(({ partial }) => partial[index] ?? false)),
    evaluate: (resultOf) => {
      const sides = inputs.map((input) => input.evaluate(resultOf))
      return {
        groups: new Map(sides.flatMap(({ groups }) => [...groups])),
        at: (group) => {
          const columns = sides.map((side) => side.at(group))
          return Array.from({ length }, (_, index) => compute(columns.map((column) => column[index] ?? none('NO_ROWS'))))
        },
      }
    },
  }
}

export function compileInput(context: CompileContext, compile: CompileOne, input: MetricInput, leaf: Leaf): Node {
  const metric = metricOf(context, input.metric)
  const narrowed: Leaf = { ...leaf, predicate: and([leaf.predicate, input.filter]) }
  if (input.offsetWindow) return offsetInput(context, compile, metric, input.offsetWindow, narrowed)
  if (input.offsetToGrain) return offsetToGrain(context, compile, metric, input.offsetToGrain, narrowed)
  return compile(metric, narrowed)
}

function offsetInput(context: CompileContext, compile: CompileOne, metric: Metric, offset: { count: number; unit: Grain }, leaf: Leaf): Node {
  const { grain } = leaf
  // A quarter a month ago begins and ends a month earlier: no bucket of any series, so each is a window of its own.
  if (grain !== null && GRAINS.indexOf(grain) > GRAINS.indexOf(offset.unit)) {
    return windowed(leaf, leaf.buckets.map((bucket) => {
      const period = shiftPeriod({ ...bucket, zone: leaf.period.zone }, -offset.count, offset.unit, context.calendar)
      return compile(metric, { ...leaf, period, grain: null, buckets: [wholePeriod(period)] })
    }))
  }
  const period = shiftPeriod(leaf.period, -offset.count, offset.unit, context.calendar)
  const buckets = axisOf(context, period, grain)
  const node = compile(metric, { ...leaf, period, buckets })
  if (grain === null) return node
  return picked(node, leaf, buckets, (bucket) => truncateLocal(addLocal(bucket.startLocalMs, -offset.count, offset.unit), grain, context.calendar))
}

/** One node a bucket, each asked over a period of its own. */
export function windowed(leaf: Leaf, nodes: readonly Node[]): Node {
  return {
    reads: nodes.flatMap(({ reads }) => reads),
    partial: leaf.buckets.map((_, index) => nodes[index]?.partial[0] ?? false),
    evaluate: (resultOf) => {
      const windows = nodes.map((node) => node.evaluate(resultOf))
      return {
        groups: new Map(windows.flatMap(({ groups }) => [...groups])),
        at: (group) => windows.map((window) => window.at(group)[0] ?? none('NO_ROWS')),
      }
    },
  }
}

function offsetToGrain(context: CompileContext, compile: CompileOne, metric: Metric, to: Grain, leaf: Leaf): Node {
  const { grain } = leaf
  if (grain === null) {
    throw new KpiqlError('NOT_SUPPORTED', { message: `An offset to the start of the ${to} needs a series.`, hint: 'Ask series(grain: …) instead of one value.' })
  }
  const period = periodFromLocal(leaf.period.zone, truncateLocal(leaf.period.startLocalMs, to, context.calendar), leaf.period.endLocalMs)
  const buckets = axisOf(context, period, grain)
  const node = compile(metric, { ...leaf, period, buckets })
  return picked(node, leaf, buckets, (bucket) => truncateLocal(bucket.startLocalMs, to, context.calendar))
}

/** Takes, for each bucket asked, the bucket of another axis that begins at a given local time. */
function picked(node: Node, leaf: Leaf, buckets: readonly Bucket[], startFor: (bucket: Bucket) => number): Node {
  const position = new Map(buckets.map((bucket, index) => [bucket.startLocalMs, index]))
  const indexes = leaf.buckets.map((bucket, index) => position.get(startFor(bucket)) ?? (buckets.length === leaf.buckets.length ? index : -1))
  return {
    reads: node.reads,
    partial: indexes.map((index) => node.partial[index] ?? false),
    evaluate: (resultOf) => {
      const { groups, at } = node.evaluate(resultOf)
      return {
        groups,
        at: (group) => {
          const amounts = at(group)
          return indexes.map((index) => amounts[index] ?? none('WINDOW_NOT_COVERED'))
        },
      }
    },
  }
}
