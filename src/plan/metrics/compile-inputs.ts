import type { Bucket } from '../../base/bucket.ts'
import { addLocal, truncateLocal } from '../../base/civil-time.ts'
import { KpiqlError } from '../../base/errors.ts'
import { GRAINS } from '../../base/grain.ts'
import type { Grain } from '../../base/grain.ts'
import { periodFromLocal, shiftPeriod } from '../../base/period.ts'
import type { Formula } from '../../model/formula.ts'
import { and } from '../../model/predicate.ts'
import type { Metric, MetricInput, RatioMetric } from '../../model/types.ts'
import { ZERO, divide, none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { NotAvailable, axisOf, metricOf, wholePeriod } from './compile-node.ts'
import type { CompileContext, CompileOne, Leaf, Node } from './compile-node.ts'
import { evaluateFormula, optionalInputs } from './evaluate-formula.ts'
import { isWantOfData } from '../reason.ts'

/** Something worked out of the values of other metrics. */
export interface Computed {
  readonly inputs: readonly MetricInput[]
  /** Inputs that may be missing altogether. */
  isOptional(input: MetricInput): boolean
  /** `periods`: base periods of a rate; null for what is no rate. */
  compute(amounts: readonly Amount[], periods: Amount | null): Amount
}

export function computedRatio({ numerator, denominator }: RatioMetric): Computed {
  return {
    inputs: [numerator, denominator],
    isOptional: () => false,
    compute: ([top = none('NO_ROWS'), bottom = none('NO_ROWS')]) => divide(top, bottom),
  }
}

export function computedFormula(formula: Formula, inputs: readonly MetricInput[]): Computed {
  const optional = optionalInputs(formula)
  return {
    inputs,
    isOptional: ({ alias, assumeNone }) => optional.has(alias) || assumeNone !== null,
    compute: (amounts, periods) => {
      const known = new Map(inputs.map((input, index) => [input.alias, orNothing(input, amounts[index] ?? none('NO_ROWS'))]))
      if (periods !== null) known.set('periods', periods)
      return evaluateFormula(formula, known)
    },
  }
}

function orNothing({ assumeNone }: MetricInput, amount: Amount): Amount {
  if (assumeNone === null || amount.value !== null || amount.reason === null || !isWantOfData(amount.reason)) return amount
  return { ...ZERO, assumptions: [assumeNone] }
}

export function compileComputed(context: CompileContext, compile: CompileOne, computed: Computed, leaf: Leaf): Node {
  return joined(compileInputs(context, compile, computed, () => leaf), leaf, (amounts) => computed.compute(amounts, null))
}

/**
 * One node an input. Where an optional one cannot be had at all it is null; that a dimension does not reach it is never passed over.
 *
 * @throws NotAvailable where a required input, or every one, cannot be had.
 */
export function compileInputs(context: CompileContext, compile: CompileOne, { inputs, isOptional }: Pick<Computed, 'inputs' | 'isOptional'>, leafOf: (input: MetricInput) => Leaf): readonly Node[] {
  const refusals: NotAvailable[] = []
  const nodes = inputs.map((input) => {
    const leaf = leafOf(input)
    try {
      return compileInput(context, compile, input, leaf)
    } catch (error) {
      if (!(error instanceof NotAvailable) || !isOptional(input) || !isWantOfData(error.reason)) throw error
      refusals.push(error)
      return absent(leaf, none(error.reason, error.remedy))
    }
  })
  const [first] = refusals
  if (first !== undefined && refusals.length === inputs.length) throw first
  return nodes
}

function absent(leaf: Leaf, amount: Amount): Node {
  const amounts = leaf.buckets.map(() => amount)
  return { reads: [], partial: leaf.buckets.map(() => false), evaluate: () => ({ groups: new Map(), at: () => amounts }) }
}

/** Groups of any input are groups of the whole; an input without a row there counts as empty. */
function joined(inputs: readonly Node[], leaf: Leaf, compute: (amounts: readonly Amount[]) => Amount): Node {
  return {
    reads: inputs.flatMap(({ reads }) => reads),
    partial: leaf.buckets.map((_, index) => inputs.some(({ partial }) => partial[index] ?? false)),
    evaluate: (resultOf) => {
      const sides = inputs.map((input) => input.evaluate(resultOf))
      return {
        groups: new Map(sides.flatMap(({ groups }) => [...groups])),
        at: (group) => {
          const columns = sides.map((side) => side.at(group))
          return leaf.buckets.map((_, index) => compute(columns.map((column) => column[index] ?? none('NO_ROWS'))))
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
  // Weeks begin on other days of a month before: a whole one is compared with the whole one in which its first day lies then.
  if (grain === 'week' && offset.unit !== 'week') {
    const { zone } = leaf.period
    return windowed(leaf, leaf.buckets.map((bucket) => {
      const moved = shiftPeriod({ ...bucket, zone }, -offset.count, offset.unit, context.calendar)
      const startLocalMs = truncateLocal(moved.startLocalMs, grain, context.calendar)
      const period = bucket.cut ? moved : periodFromLocal(zone, startLocalMs, addLocal(startLocalMs, 1, grain))
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
