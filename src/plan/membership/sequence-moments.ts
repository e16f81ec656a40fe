import { KpiqlError } from '../../base/errors.ts'
import type { Calendar } from '../../base/grain.ts'
import { stableText } from '../../base/stable-hash.ts'
import { aggregate, allOf, column, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, Query } from '../../sql/tree.ts'
import { activityMoments } from './activity-moments.ts'
import { PASS_KEY } from './membership-pass.ts'
import type { RelationOf } from './membership-pass.ts'
import { windowAround } from './membership.ts'
import type { ResolvedWindow } from './membership.ts'
import { predicateSql } from '../predicate-sql.ts'
import type { RelationContext } from '../relation.ts'
import type { StepCounts, StepRows } from './sequence-steps.ts'
import { localClock } from '../time-column.ts'
import type { Span, TimeColumn } from '../time-column.ts'

export interface MomentsAsked {
  readonly entity: string
  readonly zone: string
  /** What `within` is added to: elapsed time for hours and minutes, the zone's wall clock for anything longer. */
  readonly measure: 'elapsed' | 'calendar'
  readonly counts: StepCounts
}

/**
 * Instants of each entity at which a step may be taken, once each: `at` orders them, `clock` is what `within` is added to, and
 * the columns of `counts` say how many rows serve which steps. Rows of intervals stand where they begin.
 */
export function stepMoments(context: RelationContext, relationOf: RelationOf, asked: MomentsAsked): Query {
  const { counts, entity } = asked
  const around = windowAround(counts.kinds.map(({ window }) => window))
  const clocks = clocksOf(asked, context.model.calendar, around, counts.kinds.some(({ activity }) => activityMoments(context, relationOf(activity.semanticModel), activity).begin.kind === 'date'))
  const parts = tablesOf(counts.kinds).map((kinds): Query => {
    const [first] = kinds.values()
    if (first === undefined) throw new KpiqlError('PLAN_BROKEN', { message: 'A table without steps was planned.' })
    const relation = relationOf(first.activity.semanticModel)
    const key = relation.entity(entity)
    const moments = activityMoments(context, relation, first.activity)
    const { begin } = moments
    const alike = new Set([...kinds.values()].map(({ window }) => stableText(window))).size === 1
    const serves = new Map(
      [...kinds].map(([index, { activity, window }]): readonly [number, Expr] => {
        const fits = predicateSql(activity.filter, (name) => relation.dimension(name))
        return [index, alike ? fits : (allOf([fits, ...moments.beganIn(window, begin.expr)]) ?? fits)]
      }),
    )
    const columns = counts.columns.map(({ kinds: counted, as }) => {
      const any = counted.flatMap((index) => serves.get(index) ?? [])
      return { expr: any.length === 0 ? integer(0) : oneWhen(any), as }
    })
    const where = allOf([{ kind: 'not', of: isNull(key) }, ...moments.real, ...moments.beganIn(around, begin.expr), { kind: 'or', of: [...serves.values()] }])
    return select({ columns: [{ expr: key, as: PASS_KEY }, { expr: clocks.order(begin), as: 'at' }, { expr: clocks.measure(begin), as: 'clock' }, ...columns], from: relation.from(), where })
  })
  const row = (name: string): Expr => column('rows', name)
  const keys = [PASS_KEY, 'at', 'clock']
  return select({
    columns: [...keys.map((as) => ({ expr: row(as), as })), ...counts.columns.map(({ as }) => ({ expr: aggregate({ name: 'sum' }, row(as)), as }))],
    from: { kind: 'query', query: { kind: 'union_all', parts }, as: 'rows' },
    groupBy: keys.map(row),
  })
}

function oneWhen(any: readonly Expr[]): Expr {
  return { kind: 'case', whens: [{ when: { kind: 'or', of: any }, result: integer(1) }], otherwise: integer(0) }
}

/** Kinds by the table and time they are read from. */
function tablesOf(kinds: readonly StepRows[]): readonly ReadonlyMap<number, StepRows>[] {
  const tables = new Map<string, Map<number, StepRows>>()
  kinds.forEach((kind, index) => {
    const id = stableText([kind.activity.semanticModel, kind.activity.time])
    const table = tables.get(id) ?? new Map<number, StepRows>()
    tables.set(id, table.set(index, kind))
  })
  return [...tables.values()]
}

interface Clocks {
  order(column: TimeColumn): Expr
  measure(column: TimeColumn): Expr
}

/** Where any step is told by days, all stand on the days of the asked zone; otherwise on instants. */
function clocksOf({ zone, measure }: MomentsAsked, calendar: Calendar, around: ResolvedWindow, wholeDays: boolean): Clocks {
  const startUtcMs = around.startUtcMs ?? FIRST_UTC_MS
  const endUtcMs = Math.max(startUtcMs, around.endUtcMs ?? LAST_UTC_MS)
  const local: Span = { zone, startUtcMs, endUtcMs, startLocalMs: around.startLocalMs ?? startUtcMs, endLocalMs: around.endLocalMs ?? endUtcMs }
  const clockOf = (span: Span) => (begin: TimeColumn): Expr => ({ kind: 'cast', of: localClock(begin, span), to: 'timestamp' })
  const dayOf = (begin: TimeColumn): Expr => ({ kind: 'cast', of: { kind: 'truncate', of: localClock(begin, local), grain: 'day', calendar }, to: 'timestamp' })
  const [onZone, elapsed] = [clockOf(local), clockOf({ ...local, zone: 'UTC' })]
  return wholeDays ? { order: dayOf, measure: dayOf } : { order: elapsed, measure: measure === 'calendar' ? onZone : elapsed }
}

/** Before and after, the offsets of a zone are taken as they were and are. */
const FIRST_UTC_MS = Date.UTC(1970, 0, 1)
const LAST_UTC_MS = Date.UTC(2100, 0, 1)
