import { stableHash } from '../../base/stable-hash.ts'
import { simplify } from '../../model/predicate.ts'
import type { ConversionMetric, Metric } from '../../model/types.ts'
import { eventTime, requireActivity } from './activity-rows.ts'
import { ZERO, amountOfPart, amountOfText, combine, divide, none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { readOf } from './compile-node.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'
import { windowEnd } from '../conversion/conversion-times.ts'
import { coverageOf } from './coverage.ts'
import { requireOneSource } from './one-source.ts'
import { groupId } from '../read.ts'
import type { ConversionMeasure, Part } from '../read.ts'
import { semanticModelOf } from '../relation.ts'
import { requireWhole } from './require-whole.ts'

/**
 * Base events, those that converted, and conversions, in the bucket of the base event; slices and group keys are those of the base
 * event. Counts are 0 where nothing is; the rate of no base events is null (`DIVISION_BY_ZERO`). A bucket stays partial while a
 * conversion may still come: without a window, always.
 *
 * @throws KpiqlError `NOT_SUPPORTED` where the two events come from different sources; as coverageOf; NotAvailable.
 */
export function compileConversion(context: CompileContext, metric: Metric, definition: ConversionMetric, leaf: Leaf): Node {
  const { entity, base, conversion, window, constantProperties, calculation } = definition
  const { semanticModel } = base
  requireActivity(context, metric, base, entity, leaf.by, [leaf.predicate, ...constantProperties.map((pair) => isKnown(pair.base))])
  requireActivity(context, metric, conversion, entity, [], constantProperties.map((pair) => isKnown(pair.conversion)))
  requireWhole(context, [base.semanticModel, conversion.semanticModel])
  requireOneSource(context, [base, conversion])
  const time = eventTime(context.model, semanticModel, base.time.kind === 'event' ? base.time.dimension : base.time.start)
  const { covered: ofBase, partial: ofClock } = coverageOf(context, metric, { time, semanticModel }, leaf)
  const known = conversionsKnown(context, definition, leaf)
  const counts = calculation === 'opportunities'
  const covered = leaf.buckets.map((_, index) => ofBase[index] ?? (counts ? null : (known.covered[index] ?? null)))
  const partial = leaf.buckets.map((_, index) => (ofClock[index] ?? false) || (!counts && (known.partial[index] ?? false)))
  const predicate = simplify(leaf.predicate)
  const finish = (parts: readonly Part[] | undefined): Amount => finishConversion(calculation, parts)
  if (predicate.kind === 'none' || (leaf.by.length === 0 && covered.every((amount) => amount !== null))) {
    const empty = covered.map((amount) => amount ?? finish(undefined))
    return { reads: [], partial, evaluate: () => ({ groups: new Map(), at: () => empty }) }
  }
  const id = stableHash(['conversion', entity, base, conversion, window, constantProperties])
  const measure: ConversionMeasure = { kind: 'conversion', id, semanticModel, entity, base, conversion, window, constantProperties }
  const plain = readOf(measure, predicate, leaf)
  // Conversions come until the present, also of periods that are over. All calculations share the read.
  const read = known.partial.some(Boolean) ? { ...plain, key: `${plain.key}|@${context.nowUtcMs}` } : plain
  return {
    reads: [read],
    partial,
    evaluate: (resultOf) => {
      const found = new Map(resultOf(read).groups.map((group) => [groupId(group.values), group]))
      return {
        groups: new Map([...found].map(([group, { values }]) => [group, values])),
        at: (group) => {
          const parts = found.get(group)?.parts ?? []
          return covered.map((amount, index) => amount ?? finish(parts[index]))
        },
      }
    },
  }
}

/** A test of a dimension, to ask whether it can be reached. */
function isKnown(dimension: string) {
  return { kind: 'atom', dimension, test: { op: 'isNull' } } as const
}

/** What the data of conversions says: no bucket that begins after it ends has any, and one whose window reaches beyond it may get more. */
function conversionsKnown(context: CompileContext, { base, conversion, window }: ConversionMetric, leaf: Leaf): { readonly covered: readonly (Amount | null)[]; readonly partial: readonly boolean[] } {
  const watermark = (name: string): number => context.coverage.watermarkUtcMs(name) ?? Number.POSITIVE_INFINITY
  const completeUtcMs = Math.min(context.nowUtcMs, watermark(conversion.semanticModel))
  const lateOf = (name: string): number => Math.min(context.nowUtcMs, watermark(name)) - semanticModelOf(context.model, name).lateArrivalMs
  // A later base event may yet take a conversion away, so those have to be there as well.
  const openFromUtcMs = Math.min(lateOf(base.semanticModel), lateOf(conversion.semanticModel))
  return {
    covered: leaf.buckets.map(({ startUtcMs }) => (startUtcMs < completeUtcMs ? null : none('AFTER_WATERMARK', `The data of "${conversion.semanticModel}" ends before this period. Ask an earlier one, or refresh the source.`))),
    partial: leaf.buckets.map(({ endUtcMs, endLocalMs }) => {
      const end = windowEnd(leaf.period.zone, endUtcMs, endLocalMs, window)
      return end === null || end.utcMs > openFromUtcMs
    }),
  }
}

/** The number of one bucket from its counts: base events, those that converted, conversions. */
export function finishConversion(calculation: ConversionMetric['calculation'], parts: readonly Part[] | undefined): Amount {
  const [opportunities = ZERO, converted = ZERO, conversions = ZERO] = (parts ?? []).map((part) => (part === null ? ZERO : amountOfPart(part)))
  switch (calculation) {
    case 'opportunities':
      return opportunities
    case 'converted':
      return converted
    case 'conversions':
      return conversions
    case 'rate':
      return divide(combine(converted, amountOfText('100'), '*'), opportunities)
  }
}
