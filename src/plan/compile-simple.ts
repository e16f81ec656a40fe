import { KpiqlError } from '../base/errors.ts'
import { stableHash } from '../base/stable-hash.ts'
import { and, simplify } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { Metric, SimpleMetric } from '../model/types.ts'
import { ZERO, amountOfPart, amountOfText, combine, divide, none } from './amount.ts'
import type { Amount } from './amount.ts'
import { NotAvailable, axisOf, readOf } from './compile-node.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'
import { coverageOf } from './coverage.ts'
import { groupId } from './read.ts'
import type { Measure, MeasureTime, Part, Read } from './read.ts'
import { semanticModelOf } from './relation.ts'
import { requireDimensions } from './require-dimensions.ts'

const ZERO_WHEN_EMPTY: ReadonlySet<SimpleMetric['agg']> = new Set<SimpleMetric['agg']>(['count', 'count_distinct', 'approx_count_distinct', 'sum_boolean'])

export function compileSimple(context: CompileContext, metric: Metric, definition: SimpleMetric, leaf: Leaf): Node {
  const missing = context.missing(definition.semanticModel)
  if (missing) throw new NotAvailable(missing.reason, missing.remedy)
  const asked = and([leaf.predicate, definition.filter])
  requireDimensions(context, metric, definition.semanticModel, asked, leaf.by)
  const predicate = simplify(asked)
  const measure = measureOf(context, metric, definition)
  const average = measure.time.kind === 'stock' && measure.time.asOf === 'average'
  const { covered, partial } = coverageOf(context, metric, measure, leaf)
  const finish = (parts: readonly Part[] | undefined): Amount => finishParts(definition.agg, parts)
  // What is known without a row is not read for.
  if (predicate.kind === 'none' || (leaf.by.length === 0 && covered.every((amount) => amount !== null))) {
    const empty = covered.map((amount) => amount ?? (average ? divide(ZERO, amountOfText('1')) : finish(undefined)))
    return { reads: [], partial, evaluate: () => ({ groups: new Map(), at: () => empty }) }
  }
  const read = average ? dailyRead(context, measure, predicate, leaf) : readOf(measure, predicate, leaf)
  return {
    reads: [read],
    partial,
    evaluate: (resultOf) => {
      const found = new Map(resultOf(read).groups.map((group) => [groupId(group.values), group]))
      return {
        groups: new Map([...found].map(([id, { values }]) => [id, values])),
        at: (id) => {
          const parts = found.get(id)?.parts ?? []
          const amounts = average ? dailyAverages(context, read, leaf, parts, finish) : leaf.buckets.map((_, index) => finish(parts[index]))
          return amounts.map((amount, index) => covered[index] ?? amount)
        },
      }
    },
  }
}

/** Measures follow from the model alone. */
const measures = new WeakMap<SimpleMetric, Measure>()

function measureOf(context: CompileContext, metric: Metric, definition: SimpleMetric): Measure {
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
  if (definition.nonAdditive === null) return { kind: 'event', dimension, granularity }
  const { dimension: at, choice, groupings } = definition.nonAdditive
  return { kind: 'semi_additive', dimension, granularity, at, choice, groupings }
}

function finishParts(agg: SimpleMetric['agg'], parts: readonly Part[] | undefined): Amount {
  const [first = null, second = null] = parts ?? []
  if (ZERO_WHEN_EMPTY.has(agg)) return first === null ? ZERO : amountOfPart(first)
  if (agg !== 'average') return amountOfPart(first)
  const count = amountOfPart(second)
  if (count.value === null || count.value.isZero()) return none('NO_ROWS')
  return divide(amountOfPart(first), count)
}

/** A stock's average over a period is the mean of its daily closes, so it is read a day at a time. */
function dailyRead(context: CompileContext, measure: Measure, predicate: Predicate, leaf: Leaf): Read {
  const buckets = axisOf(context, leaf.period, 'day')
  return readOf(measure, predicate, { ...leaf, grain: 'day', buckets })
}

function dailyAverages(
  context: CompileContext,
  read: Read,
  leaf: Leaf,
  parts: readonly (readonly Part[] | undefined)[],
  finish: (parts: readonly Part[] | undefined) => Amount,
): readonly Amount[] {
  const closesAtZero = read.measure.agg === 'sum' || ZERO_WHEN_EMPTY.has(read.measure.agg)
  return leaf.buckets.map((bucket) => {
    let sum: Amount = ZERO
    let days = 0
    read.buckets.forEach((day, index) => {
      if (day.startUtcMs < bucket.startUtcMs || day.startUtcMs >= bucket.endUtcMs || day.startUtcMs >= context.nowUtcMs) return
      const close = finish(parts[index])
      // Where nothing holds, a sum or a count has closed at nothing; an extreme or an average has not closed at all.
      if (close.value === null && !closesAtZero) return
      sum = combine(sum, close.value === null ? ZERO : close, '+')
      days += 1
    })
    return days === 0 ? none('NO_ROWS') : divide(sum, amountOfText(String(days)))
  })
}
