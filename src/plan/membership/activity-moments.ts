import type { Activity } from '../../model/types.ts'
import { compare, isNull, param } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import type { ResolvedWindow } from './membership.ts'
import type { Relation, RelationContext } from '../relation.ts'
import { dateText, momentFor, notBefore, startsBefore, timeColumn } from '../time-column.ts'
import type { TimeColumn } from '../time-column.ts'

/** When the rows of an activity happen. Conditions are lists of which all must hold. */
export interface ActivityMoments {
  /** The moment of an event, or where an interval begins. */
  readonly begin: TimeColumn
  /** What keeps out intervals that end before they begin: they never held. */
  readonly real: readonly Expr[]
  /** Events in the window, or intervals that touch it. */
  during(window: ResolvedWindow): readonly Expr[]
  /** Whether a beginning, told as `of`, lies in the window. */
  beganIn(window: ResolvedWindow, of: Expr): readonly Expr[]
}

const DAY_MS = 86_400_000

export function activityMoments({ facts }: RelationContext, relation: Relation, { time }: Activity): ActivityMoments {
  const columnOf = (dimension: string): TimeColumn => timeColumn(relation.dimension(dimension), facts)
  if (time.kind === 'event') {
    const begin = columnOf(time.dimension)
    return { begin, real: [], during: (window) => [...from(begin, window), ...until(begin, window)], beganIn: (window, expr) => [...from({ ...begin, expr }, window), ...until({ ...begin, expr }, window)] }
  }
  const begin = columnOf(time.start)
  const end = time.end === null ? null : columnOf(time.end)
  const throughLastDay = time.endInclusive && end?.kind === 'date'
  const real: readonly Expr[] = end === null ? [] : [{ kind: 'or', of: [isNull(end.expr), compare(end.expr, throughLastDay ? '>=' : '>', begin.expr)] }]
  return {
    begin,
    real,
    during: (window) => [...real, ...until(begin, window), ...(end === null ? [] : lasting(end, window, throughLastDay))],
    beganIn: (window, expr) => [...from({ ...begin, expr }, window), ...until({ ...begin, expr }, window)],
  }
}

function from(column: TimeColumn, { startUtcMs, startLocalMs }: ResolvedWindow): readonly Expr[] {
  return startUtcMs === null || startLocalMs === null ? [] : [notBefore(column, startUtcMs, startLocalMs)]
}

function until(column: TimeColumn, { endUtcMs, endLocalMs }: ResolvedWindow): readonly Expr[] {
  return endUtcMs === null || endLocalMs === null ? [] : [startsBefore(column, endUtcMs, endLocalMs)]
}

/** Ends after the window begins. An exclusive day D ends at its midnight, an inclusive one at the next. */
function lasting(end: TimeColumn, { startUtcMs, startLocalMs }: ResolvedWindow, throughLastDay: boolean): readonly Expr[] {
  if (startUtcMs === null || startLocalMs === null) return []
  const edge = end.kind === 'date' ? param(dateText(Math.floor(startLocalMs / DAY_MS) * DAY_MS), 'date') : momentFor(end, startUtcMs, startLocalMs)
  return [{ kind: 'or', of: [isNull(end.expr), compare(end.expr, throughLastDay ? '>=' : '>', edge)] }]
}
