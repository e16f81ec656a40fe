import type { Activity } from '../../model/types.ts'
import { compare, integer, isNull } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import { activityWhere } from '../metrics/activity-rows.ts'
import type { Edge } from '../axis.ts'
import { halving } from '../forms/halving.ts'
import type { Relation } from '../relation.ts'
import { measureColumn } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import { hasHappened, momentFor, notBefore, startsBefore } from '../time-column.ts'
import type { TimeColumn } from '../time-column.ts'

/** When the rows of an activity happen, or hold. */
export interface ActivityTimes {
  readonly from: TimeColumn
  /** Null for events. A null column never ends. */
  readonly until: { readonly column: TimeColumn | null; readonly inclusive: boolean } | null
  /** Filter, and for intervals that they hold at all: one that ends where it starts touches no period. */
  readonly where: Expr | null
}

/** What is dated ahead has not happened. */
export function activityTimes(context: PlanContext, relation: Relation, activity: Activity, zone: string): ActivityTimes {
  const { time } = activity
  const reach = (name: string): ReturnType<Relation['dimension']> => relation.dimension(name)
  if (time.kind === 'event') {
    const from = measureColumn(context, relation, time.dimension)
    return { from, until: null, where: activityWhere(activity, reach, [hasHappened(context, from, zone)]) }
  }
  const from = measureColumn(context, relation, time.start)
  const column = time.end === null ? null : measureColumn(context, relation, time.end)
  const inclusive = time.endInclusive && column?.kind === 'date'
  const holds: Expr | null = column === null ? null : { kind: 'or', of: [isNull(column.expr), compare(column.expr, inclusive ? '>=' : '>', from.expr)] }
  return { from, until: { column, inclusive }, where: activityWhere(activity, reach, [holds, hasHappened(context, from, zone)]) }
}

/** Whether a row touches `[first, last)`; a null `last` is open. Never true where the row has no start. */
export function touches({ from, until }: ActivityTimes, first: Edge, last: Edge | null): Expr {
  const begun = last === null ? ({ kind: 'not', of: isNull(from.expr) } satisfies Expr) : startsBefore(from, last.utcMs, last.localMs)
  if (until === null) return { kind: 'and', of: [notBefore(from, first.utcMs, first.localMs), begun] }
  if (until.column === null) return begun
  return { kind: 'and', of: [begun, { kind: 'or', of: [isNull(until.column.expr), { kind: 'not', of: endsBy(until.column, until.inclusive, first) }] }] }
}

/** Whether an interval is over when a moment comes; an inclusive last day lasts until the next. */
function endsBy(column: TimeColumn, inclusive: boolean, edge: Edge): Expr {
  return compare(column.expr, inclusive ? '<' : '<=', momentFor(column, edge.utcMs, edge.localMs))
}

/** The unit in which rows begin: `leaf(0)` before the first edge, `leaf(i + 1)` in unit `i`, the last behind all. */
export function unitOfStart(column: TimeColumn, edges: readonly Edge[], leaf: (position: number) => Expr): Expr {
  return halving(edges.length, (index) => startsBefore(column, (edges[index] as Edge).utcMs, (edges[index] as Edge).localMs), leaf)
}

/** The last unit that an interval touches, told like its first; behind all where it does not end. */
export function unitOfEnd(until: NonNullable<ActivityTimes['until']>, edges: readonly Edge[], leaf: (position: number) => Expr): Expr {
  const { column, inclusive } = until
  const open = leaf(edges.length)
  if (column === null) return open
  const found = halving(edges.length, (index) => endsBy(column, inclusive, edges[index] as Edge), leaf)
  return { kind: 'case', whens: [{ when: isNull(column.expr), result: open }], otherwise: found }
}

/** A value where a condition holds, else null. */
export function whenever(when: Expr | null, result: Expr): Expr {
  return when === null ? result : { kind: 'case', whens: [{ when, result }], otherwise: { kind: 'null' } }
}

export function bitOf(position: number): Expr {
  return integer(1n << BigInt(position))
}
