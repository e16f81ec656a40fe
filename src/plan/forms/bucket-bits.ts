import { allOf, arithmetic, integer, isNull } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import { distinctEdges, positionOf, stretchOf } from '../axis.ts'
import type { Edge } from '../axis.ts'
import { mapLeaves } from './map-leaves.ts'
import type { MeasureTime, Read } from '../read.ts'
import type { Relation } from '../relation.ts'
import { afterEnd, axisFor, intervalOf, localNow, measureColumn, spanOf, stockEdges } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import { WORD_BITS } from './slice-keys.ts'
import { notBefore, startsBefore, within } from '../time-column.ts'
import type { TimeColumn } from '../time-column.ts'

/** The buckets that a row is in, as bits of one word. */
export interface BucketBits {
  readonly expr: Expr
  readonly count: number
  /** Rows in no bucket at all are left out. */
  readonly where: Expr | null
  /** From a bit to the bucket of a read; −1 for none. */
  bucketOf(read: Read): (bit: number) => number
}

/** Of events: one bit each. Null where buckets are not told apart by few edges. */
export function bitsOfEvents(context: PlanContext, relation: Relation, { dimension }: MeasureTime & { kind: 'event' }, reads: readonly Read[]): BucketBits | null {
  const moment = measureColumn(context, relation, dimension)
  const axis = axisFor(context, moment, reads)
  if (axis === null || axis === 'none' || axis.isMoment) return null
  const leaves: number[] = []
  mapLeaves(axis.expr, (value) => integer(leaves.push(value)))
  if (leaves.length > WORD_BITS) return null
  return {
    expr: { kind: 'sum_of', of: [mapLeaves(axis.expr, (value) => integer(1n << BigInt(value)))] },
    count: leaves.length,
    where: within(moment, spanOf(reads)),
    bucketOf: (read) => axis.bucketOf(read),
  }
}

/**
 * Of a stock: the edges at which a row holds, which lie side by side. With `s` edges up to its start and `e` up to its end these are
 * the bits from `s` to below `e`: `(2^e − 1) − (2^s − 1)`, or none where it ends before it starts.
 */
export function bitsOfStock(context: PlanContext, relation: Relation, time: MeasureTime & { kind: 'stock' }, reads: readonly Read[]): BucketBits | null {
  const { start, end } = intervalOf(context, relation, time)
  if (time.asOf === 'average' || (end !== null && end.kind !== start.kind)) return null
  const edgesOfReads = reads.map((read): readonly (Edge | null)[] => stockEdges(read, time.asOf, context.nowUtcMs, localNow(context, read)))
  const edges = distinctEdges(start, edgesOfReads.flat().filter((edge) => edge !== null))
  const [first, last] = [edges[0], edges.at(-1)]
  if (first === undefined || last === undefined || edges.length > WORD_BITS) return null
  const places = edges.map((edge) => positionOf(start, edge))
  const bucketsOf = edgesOfReads.map((own) => own.map((edge) => (edge === null ? -1 : places.indexOf(positionOf(start, edge)))))
  // Buckets shorter than what the column tells apart share an edge.
  if (bucketsOf.some((bits) => new Set(bits.filter((bit) => bit >= 0)).size < bits.filter((bit) => bit >= 0).length)) return null
  const leaves: TimeColumn | null = end === null ? null : { ...end, expr: afterEnd(end, time.endInclusive) }
  const below = (moment: TimeColumn | null): Expr => {
    const stretch = moment === null ? integer(edges.length) : stretchOf(moment, edges)
    if (stretch === null) throw new TypeError('So few edges are always told apart.')
    return { kind: 'sum_of', of: [mapLeaves(stretch, (value) => integer((1n << BigInt(value)) - 1n))] }
  }
  return {
    expr: { kind: 'greatest', of: [arithmetic(below(leaves), '-', below(start)), integer(0)] },
    count: edges.length,
    where: allOf([
      startsBefore(start, last.utcMs, last.localMs),
      end === null || leaves === null ? null : { kind: 'or', of: [isNull(end.expr), notBefore(leaves, first.utcMs, first.localMs)] },
    ]),
    bucketOf: (read) => {
      const bits = bucketsOf[reads.indexOf(read)] ?? []
      return (bit) => bits.indexOf(bit)
    },
  }
}
