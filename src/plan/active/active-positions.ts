import type { Bucket } from '../../base/bucket.ts'
import { localMsAt } from '../../base/time-zone.ts'
import type { Activity } from '../../model/types.ts'
import { compare, integer, isNull } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import { distinctEdges, positionOf, stretchOf } from '../axis.ts'
import type { Edge } from '../axis.ts'
import type { ActiveMeasure, Read } from '../read.ts'
import type { Relation } from '../relation.ts'
import type { PlanContext } from '../rows.ts'
import { ceilDay, localClock, momentFor, notBefore, startsBefore, timeColumn, within } from '../time-column.ts'
import type { Span, TimeColumn } from '../time-column.ts'

const DAY_MS = 86_400_000
/** More ranges than this cost more to test than the rows they leave out. */
const MOST_RANGES = 64

/** A window in positions: an activity lies in it from `from` on and before `until`. */
export interface PlacedWindow {
  readonly from: number
  readonly until: number
}

/**
 * Where rows lie between the edges of all windows, as whole numbers that grow with time. Few edges are counted, found by halving;
 * many are the local days themselves, in seconds, or as they are where engines order them faster (`areDays`). Rows between the same
 * edges are in the same windows.
 */
export interface ActivePositions {
  readonly span: Span
  /** Position of a row's moment, or of the first of its interval. */
  readonly from: Expr
  /** Whether `from` is a day, whose position is its start in seconds. Days are half as wide: 10 million take 2.2 s to order and follow, their seconds 2.6. */
  readonly areDays: boolean
  /** Position of the last moment of a row's interval; null for events. */
  readonly last: Expr | null
  /** Rows that lie in the span of all windows and have happened by now. */
  readonly where: readonly Expr[]
  place(window: Bucket): PlacedWindow
}

export function activePositions(context: PlanContext, relation: Relation, { time }: Activity, reads: readonly Read<ActiveMeasure>[]): ActivePositions {
  const span = spanOfWindows(context, reads)
  const dimension = (name: string): TimeColumn => timeColumn(relation.dimension(name), context.facts)
  const start = dimension(time.kind === 'event' ? time.dimension : time.start)
  const end = time.kind === 'interval' && time.end !== null ? dimension(time.end) : null
  const inclusive = time.kind === 'interval' && time.endInclusive && end?.kind === 'date'
  const edges = distinctEdges(start, windowEdges(reads))
  const counted = stretchOf(start, edges)
  const until = edges.length
  const areDays = counted === null && time.kind === 'event'
  const index = new Map(edges.map((edge, position) => [positionOf(start, edge), position + 1]))
  const place = (edge: Edge): number => (counted === null ? ceilDay(edge.localMs) / 1000 : (index.get(positionOf(start, edge)) ?? until))
  const lastOf = (moment: TimeColumn): Expr => {
    if (counted === null) return inclusive ? dayOf(moment, span) : lastDayBefore(moment, span)
    // The end itself is no longer of the interval: count the edges that lie before it.
    const ended = inclusive ? stretchOf(moment, edges) : countBefore(moment, edges)
    return ended ?? integer(until)
  }
  const never = counted === null ? integer(place(edges.at(-1) ?? { utcMs: span.endUtcMs, localMs: span.endLocalMs })) : integer(until)
  const where = [startsBefore(start, span.endUtcMs, span.endLocalMs)]
  if (time.kind === 'event') where.push(notBefore(start, span.startUtcMs, span.startLocalMs), ...insideWindows(start, span, reads))
  else if (end !== null) {
    const lasts = compare(end.expr, inclusive ? '>=' : '>', momentFor(end, span.startUtcMs, span.startLocalMs))
    where.push({ kind: 'or', of: [isNull(end.expr), { kind: 'and', of: [lasts, compare(end.expr, inclusive ? '>=' : '>', start.expr)] }] })
  }
  return {
    span,
    from: counted ?? (areDays ? truncated(start, span) : dayOf(start, span)),
    areDays,
    last: time.kind === 'event' ? null : end === null ? never : { kind: 'case', whens: [{ when: isNull(end.expr), result: never }], otherwise: { kind: 'cast', of: lastOf(end), to: 'integer' } },
    where,
    place: ({ startUtcMs, startLocalMs, endUtcMs, endLocalMs }) => ({
      from: place({ utcMs: startUtcMs, localMs: startLocalMs }),
      until: place({ utcMs: endUtcMs, localMs: endLocalMs }),
    }),
  }
}

/** Windows far apart leave rows between them that none needs: those are not put in order. */
function insideWindows(moment: TimeColumn, span: Span, reads: readonly Read<ActiveMeasure>[]): readonly Expr[] {
  const merged: Span[] = []
  for (const { startUtcMs, startLocalMs, endUtcMs, endLocalMs } of reads.flatMap(({ buckets }) => buckets.filter(isRead)).toSorted((a, b) => a.startUtcMs - b.startUtcMs)) {
    const last = merged.at(-1)
    if (last === undefined || startUtcMs > last.endUtcMs) merged.push({ zone: span.zone, startUtcMs, startLocalMs, endUtcMs, endLocalMs })
    else if (endUtcMs > last.endUtcMs) merged.splice(-1, 1, { ...last, endUtcMs, endLocalMs })
  }
  if (merged.length === 1 || merged.length > MOST_RANGES) return []
  return [{ kind: 'or', of: merged.map((range) => within(moment, range)) }]
}

/** Empty windows are those without a value. */
export function isRead({ startUtcMs, endUtcMs }: Bucket): boolean {
  return startUtcMs < endUtcMs
}

function windowEdges(reads: readonly Read<ActiveMeasure>[]): readonly Edge[] {
  return reads.flatMap(({ buckets }) =>
    buckets.filter(isRead).flatMap(({ startUtcMs, startLocalMs, endUtcMs, endLocalMs }) => [
      { utcMs: startUtcMs, localMs: startLocalMs },
      { utcMs: endUtcMs, localMs: endLocalMs },
    ]),
  )
}

/** From the first window's start to the last one's end, up to the present. */
function spanOfWindows(context: PlanContext, reads: readonly Read<ActiveMeasure>[]): Span {
  const zone = reads[0]?.period.zone ?? 'UTC'
  const edges = windowEdges(reads).toSorted((a, b) => a.utcMs - b.utcMs)
  const [first, last] = [edges[0], edges.at(-1)]
  if (first === undefined || last === undefined) throw new TypeError('A scan of actives needs a window.')
  const present: Edge = { utcMs: context.nowUtcMs, localMs: localMsAt(zone, context.nowUtcMs) }
  const end = present.utcMs < last.utcMs ? present : last
  return { zone, startUtcMs: first.utcMs, startLocalMs: first.localMs, endUtcMs: end.utcMs, endLocalMs: end.localMs }
}

/** How many edges lie before a moment. */
function countBefore(moment: TimeColumn, edges: readonly Edge[]): Expr {
  const halve = (low: number, high: number): Expr => {
    if (low === high) return integer(low)
    const middle = Math.floor((low + high) / 2)
    const edge = edges[middle] as Edge
    return { kind: 'case', whens: [{ when: compare(moment.expr, '<=', momentFor(moment, edge.utcMs, edge.localMs)), result: halve(low, middle) }], otherwise: halve(middle + 1, high) }
  }
  return halve(0, edges.length)
}

/** Days around the span keep its offsets: what lies further out is before or after all edges in any case. */
function around(span: Span): Span {
  const [startUtcMs, endUtcMs] = [span.startUtcMs - 2 * DAY_MS, span.endUtcMs + 2 * DAY_MS]
  return { ...span, startUtcMs, endUtcMs }
}

/** Start of the local day, in seconds. */
function dayOf(moment: TimeColumn, span: Span): Expr {
  return { kind: 'epoch', of: truncated(moment, span) }
}

function truncated(moment: TimeColumn, span: Span): Expr {
  return { kind: 'truncate', of: localClock(moment, around(span)), grain: 'day', calendar: { weekStart: 1, fiscalYearStart: 1 } }
}

/** Start of the last local day that begins before a moment, in seconds. */
function lastDayBefore(moment: TimeColumn, span: Span): Expr {
  const day = dayOf(moment, span)
  const beforeIt: Expr = { kind: 'arithmetic', op: '-', left: day, right: integer(DAY_MS / 1000) }
  if (moment.kind === 'date') return beforeIt
  return { kind: 'case', whens: [{ when: compare(localClock(moment, around(span)), '=', truncated(moment, span)), result: beforeIt }], otherwise: day }
}
