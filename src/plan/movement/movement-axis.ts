import type { Calendar, Grain } from '../../base/grain.ts'
import { GRAINS } from '../../base/grain.ts'
import { truncateLocal } from '../../base/civil-time.ts'
import { compare } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import { distinctEdges, stretchOf } from '../axis.ts'
import type { Edge } from '../axis.ts'
import { dayEdge } from './movement-history.ts'
import type { StockRead } from './movement-history.ts'
import type { ScanValue } from '../scan.ts'
import { ceilDay, momentFor } from '../time-column.ts'
import type { TimeColumn } from '../time-column.ts'

/** How changes find their buckets: by their day. */
export interface DayAxis {
  /** The bucket column over a column of days. */
  key(day: Expr): Expr
  /** Whether a day lies before all buckets of all reads. */
  isOpening(day: Expr): Expr
  /** From a value of the bucket column to the local ms of its first day; what lies before all buckets is −∞. */
  dayOf(value: ScanValue): number
}

/** Days of no zone: local days are what they are by now. */
export function asDays(day: Expr): TimeColumn {
  return { expr: day, kind: 'date', zone: 'UTC' }
}

/** An axis that cuts days at every edge of every bucket; few edges are spelled out, many are reached by the coarsest grain that has them all. */
export function dayAxisOf(reads: readonly StockRead[], calendar: Calendar): DayAxis {
  const all = reads.flatMap(({ buckets }) => buckets.flatMap((bucket): readonly Edge[] => [dayEdge(bucket.startLocalMs), dayEdge(bucket.endLocalMs)]))
  const edges = distinctEdges(asDays({ kind: 'null' }), all)
  const [first] = edges
  if (first === undefined) throw new TypeError('An axis needs at least one bucket.')
  const isOpening = (day: Expr): Expr => compare(day, '<', momentFor(asDays(day), first.utcMs, first.localMs))
  if (stretchOf(asDays({ kind: 'null' }), edges) !== null) {
    return {
      key: (day) => stretchOf(asDays(day), edges) as Expr,
      isOpening,
      dayOf: (value) => (typeof value === 'number' && value > 0 ? (edges[value - 1]?.localMs ?? Number.POSITIVE_INFINITY) : Number.NEGATIVE_INFINITY),
    }
  }
  const grain = coarsestGrain(edges, calendar)
  return {
    key: (day) => ({ kind: 'case', whens: [{ when: isOpening(day), result: { kind: 'null' } }], otherwise: { kind: 'epoch', of: { kind: 'truncate', of: day, grain, calendar } } }),
    isOpening,
    dayOf: (value) => (typeof value === 'number' ? value * 1000 : Number.NEGATIVE_INFINITY),
  }
}

function coarsestGrain(edges: readonly Edge[], calendar: Calendar): Grain {
  return GRAINS.toReversed().find((grain) => edges.every(({ localMs }) => truncateLocal(localMs, grain, calendar) === localMs)) ?? 'day'
}

/** Finds the bucket of a read in which a day lies: −1 before the first, the number of buckets after the last. */
export function bucketFinder(read: StockRead): (dayMs: number) => number {
  const starts = read.buckets.map((bucket) => ceilDay(bucket.startLocalMs))
  const last = read.buckets.at(-1)
  const end = last ? ceilDay(last.endLocalMs) : Number.NEGATIVE_INFINITY
  return (dayMs) => {
    if (dayMs >= end) return starts.length
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((starts[middle] as number) <= dayMs) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
