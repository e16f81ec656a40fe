import { and, simplify } from '../../model/predicate.ts'
import type { Metric, SimpleMetric } from '../../model/types.ts'
import { ZERO, amountOfText, divide } from '../amount.ts'
import { currencyDimension, foldedByCurrency } from './compile-currencies.ts'
import { NotAvailable, axisOf, readOf } from './compile-node.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'
import { coverageOf } from './coverage.ts'
import { exactlyOne } from './exactly-one.ts'
import { finishParts, meanOfCloses } from './finish-parts.ts'
import { measureOf } from './measure-of.ts'
import { groupId } from '../read.ts'
import type { Measure, Part } from '../read.ts'
import { requireDimensions } from './require-dimensions.ts'
import { untilPresent } from './until-present.ts'

export function compileSimple(context: CompileContext, metric: Metric, definition: SimpleMetric, leaf: Leaf): Node {
  const missing = context.missing(definition.semanticModel)
  if (missing) throw new NotAvailable(missing.reason, missing.remedy)
  const asked = and([leaf.predicate, definition.filter])
  const currency = currencyDimension(metric, definition)
  requireDimensions(context, metric, definition.semanticModel, asked, currency === null ? leaf.by : [...leaf.by, { kind: 'dimension', dimension: currency }])
  const measure = measureOf(context, metric, definition)
  const predicate = simplify(untilPresent(context, measure, leaf, asked))
  const average = measure.time.kind === 'stock' && measure.time.asOf === 'average'
  const outside = exactlyOne(context, metric, definition, measure, leaf)
  const coverage = coverageOf(context, metric, measure, leaf)
  const { partial } = coverage
  const covered = coverage.covered.map((amount, index) => amount ?? outside[index] ?? null)
  // What is known without a row is not read for.
  if (predicate.kind === 'none' || (leaf.by.length === 0 && covered.every((amount) => amount !== null))) {
    const empty = covered.map((amount) => amount ?? (average ? divide(ZERO, amountOfText('1')) : finishParts(definition.agg, undefined)))
    return { reads: [], partial, evaluate: () => ({ groups: new Map(), at: () => empty }) }
  }
  const narrowed: Leaf = { ...leaf, predicate }
  const node = currency === null ? folded(context, definition, measure, narrowed) : foldedByCurrency(context, definition, measure, currency, narrowed)
  return {
    reads: node.reads,
    partial,
    evaluate: (resultOf) => {
      const { groups, at } = node.evaluate(resultOf)
      return { groups, at: (id) => at(id).map((amount, index) => covered[index] ?? amount) }
    },
  }
}

type Folded = Pick<Node, 'reads' | 'evaluate'>

function folded(context: CompileContext, { agg }: SimpleMetric, measure: Measure, leaf: Leaf): Folded {
  const average = measure.time.kind === 'stock' && measure.time.asOf === 'average'
  // A stock's average over a period is the mean of its daily closes, so it is read a day at a time.
  const read = readOf(measure, leaf.predicate, average ? { ...leaf, grain: 'day', buckets: axisOf(context, leaf.period, 'day') } : leaf)
  return {
    reads: [read],
    evaluate: (resultOf) => {
      const found = new Map(resultOf(read).groups.map((group) => [groupId(group.values), group]))
      return {
        groups: new Map([...found].map(([id, { values }]) => [id, values])),
        at: (id) => {
          const parts: readonly (readonly Part[] | undefined)[] = found.get(id)?.parts ?? []
          if (!average) return leaf.buckets.map((_, index) => finishParts(agg, parts[index]))
          return leaf.buckets.map((bucket) => {
            const days = read.buckets.flatMap((day, index) => (day.startUtcMs >= bucket.startUtcMs && day.startUtcMs < bucket.endUtcMs && day.startUtcMs < context.nowUtcMs ? [index] : []))
            return meanOfCloses(agg, days.map((day) => finishParts(agg, parts[day])))
          })
        },
      }
    },
  }
}
