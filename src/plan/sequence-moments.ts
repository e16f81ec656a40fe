import { KpiqlError } from '../base/errors.ts'
import { stableText } from '../base/stable-hash.ts'
import type { Activity, Membership } from '../model/types.ts'
import { aggregate, allOf, column, integer, isNull, select } from '../sql/tree.ts'
import type { Expr, Query } from '../sql/tree.ts'
import { activityMoments } from './activity-moments.ts'
import { PASS_KEY } from './membership-pass.ts'
import type { RelationOf } from './membership-pass.ts'
import type { ResolvedMembership } from './membership.ts'
import { predicateSql } from './predicate-sql.ts'
import type { RelationContext } from './relation.ts'
import type { SequenceSteps } from './sequence-steps.ts'
import { SUB_DAY, localClock } from './time-column.ts'
import type { Span, TimeColumn } from './time-column.ts'

/**
 * Instants of each entity at which a step may be taken, once each: `at` orders them, `clock` is what `within` is added to, and
 * the counts of `steps` say how many rows serve which. Rows of intervals stand where they begin.
 */
export function stepMoments(context: RelationContext, relationOf: RelationOf, membership: ResolvedMembership, of: Membership & { kind: 'sequence' }, steps: SequenceSteps): Query {
  const tables = tablesOf(steps.kinds)
  const clocks = clocksOf(of, membership, wholeDays(context, relationOf, steps.kinds))
  const parts = tables.map((kinds): Query => {
    const [first] = kinds.map((index) => steps.kinds[index]).filter((kind) => kind !== undefined)
    if (first === undefined) throw new KpiqlError('PLAN_BROKEN', { message: 'A table without steps was planned.' })
    const relation = relationOf(first.semanticModel)
    const key = relation.entity(membership.entity)
    const serves = new Map(
      kinds.map((index): readonly [number, Expr] => {
        const { filter } = steps.kinds[index] ?? first
        return [index, predicateSql(filter, (name) => relation.dimension(name))]
      }),
    )
    const moments = activityMoments(context, relation, first)
    const { begin } = moments
    const counts = steps.counts.map(({ kinds: counted, as }) => {
      const any = counted.flatMap((index) => serves.get(index) ?? [])
      return { expr: any.length === 0 ? integer(0) : oneWhen(any), as }
    })
    const where = allOf([{ kind: 'not', of: isNull(key) }, ...moments.real, ...moments.beganIn(membership.window, begin.expr), { kind: 'or', of: [...serves.values()] }])
    return select({ columns: [{ expr: key, as: PASS_KEY }, { expr: clocks.order(begin), as: 'at' }, { expr: clocks.measure(begin), as: 'clock' }, ...counts], from: relation.from(), where })
  })
  const row = (name: string): Expr => column('rows', name)
  const keys = [PASS_KEY, 'at', 'clock']
  return select({
    columns: [...keys.map((as) => ({ expr: row(as), as })), ...steps.counts.map(({ as }) => ({ expr: aggregate({ name: 'sum' }, row(as)), as }))],
    from: { kind: 'query', query: { kind: 'union_all', parts }, as: 'rows' },
    groupBy: keys.map(row),
  })
}

function oneWhen(any: readonly Expr[]): Expr {
  return { kind: 'case', whens: [{ when: { kind: 'or', of: any }, result: integer(1) }], otherwise: integer(0) }
}

/** Kinds by the table and time they are read from. */
function tablesOf(kinds: readonly Activity[]): readonly (readonly number[])[] {
  const tables = new Map<string, number[]>()
  kinds.forEach(({ semanticModel, time }, index) => {
    const id = stableText([semanticModel, time])
    tables.set(id, [...(tables.get(id) ?? []), index])
  })
  return [...tables.values()]
}

function wholeDays(context: RelationContext, relationOf: RelationOf, kinds: readonly Activity[]): boolean {
  return kinds.some((kind) => activityMoments(context, relationOf(kind.semanticModel), kind).begin.kind === 'date')
}

interface Clocks {
  order(column: TimeColumn): Expr
  measure(column: TimeColumn): Expr
}

/** Steps of days stand on the days of the asked zone; others on instants, with days and longer measured on the zone's wall clock. */
function clocksOf(of: Membership & { kind: 'sequence' }, { window, moment }: ResolvedMembership, wholeDays: boolean): Clocks {
  const startUtcMs = window.startUtcMs ?? FIRST_UTC_MS
  const endUtcMs = window.endUtcMs ?? moment.utcMs
  const local: Span = { zone: moment.zone, startUtcMs, endUtcMs, startLocalMs: window.startLocalMs ?? startUtcMs, endLocalMs: window.endLocalMs ?? endUtcMs }
  const utc: Span = { ...local, zone: 'UTC' }
  const clockOf = (span: Span) => (begin: TimeColumn): Expr => ({ kind: 'cast', of: localClock(begin, span), to: 'timestamp' })
  const elapsed = of.within === null || SUB_DAY.has(of.within.unit)
  return { order: clockOf(wholeDays ? local : utc), measure: clockOf(!wholeDays && elapsed ? utc : local) }
}

/** Offsets of a zone are those of its first span before. */
const FIRST_UTC_MS = Date.UTC(1970, 0, 1)
