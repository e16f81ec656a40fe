import { or, predicateText } from '../../model/predicate.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { Activity } from '../../model/types.ts'
import { KpiqlError } from '../../base/errors.ts'
import { aggregate, allOf, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, Query } from '../../sql/tree.ts'
import { activityMoments } from './activity-moments.ts'
import type { ActivityMoments } from './activity-moments.ts'
import { PASS_KEY } from './membership-pass.ts'
import type { PassColumn, RelationOf } from './membership-pass.ts'
import { windowAround } from './membership.ts'
import type { ResolvedMembership, ResolvedWindow } from './membership.ts'
import { predicateSql } from '../predicate-sql.ts'
import type { Relation, RelationContext } from '../relation.ts'

/** More kinds of rows than this are not told apart before they are counted. */
const MOST_FILTERS = 64

/** Who did an activity, how often and when first: all memberships by rows of one semantic model, counted side by side. */
export function activityPass(context: RelationContext, relationOf: RelationOf, columns: readonly PassColumn[]): Query {
  const memberships = columns.map(({ membership }) => membership)
  const [first] = memberships
  if (first === undefined) throw new KpiqlError('PLAN_BROKEN', { message: 'A pass of no memberships was planned.' })
  const relation = relationOf(activityOf(first).semanticModel)
  const key = relation.entity(first.entity)
  const tests = columns.map(({ membership, as }) => ({ expr: belongs(context, relation, membership), as }))
  const where = allOf([{ kind: 'not', of: isNull(key) }, ...rowsThatCount(context, relation, memberships)])
  return select({ columns: [{ expr: key, as: PASS_KEY }, ...tests], from: relation.from(), where, groupBy: [key] })
}

function activityOf({ of }: ResolvedMembership): Activity {
  if ('activity' in of) return of.activity
  throw new KpiqlError('PLAN_BROKEN', { message: `A membership by ${of.kind} was planned as one by an activity.` })
}

/** A condition on the rows of one entity together. */
function belongs(context: RelationContext, relation: Relation, membership: ResolvedMembership): Expr {
  const { of, window, before } = membership
  const activity = activityOf(membership)
  const filter = activity.filter.kind === 'all' ? null : predicateSql(activity.filter, (name) => relation.dimension(name))
  const moments = activityMoments(context, relation, activity)
  const count = (when: readonly Expr[]): Expr => aggregate({ name: 'count' }, null, allOf([filter, ...when]))
  const did = (span: ResolvedWindow): Expr => compare(count(moments.during(span)), '>', integer(0))
  const firstIn = (span: ResolvedWindow): readonly Expr[] => {
    const since = aggregate({ name: 'min' }, moments.begin.expr, allOf([filter, ...moments.real]))
    return moments.beganIn(span, since)
  }
  switch (of.kind) {
    case 'behavior': {
      const times = count(moments.during(window))
      const bounds = [...(of.atLeast === null ? [] : [compare(times, '>=', integer(of.atLeast))]), ...(of.atMost === null ? [] : [compare(times, '<=', integer(of.atMost))])]
      return allOf(bounds) ?? compare(times, '>=', integer(0))
    }
    case 'acquired':
      return allOf(firstIn(window)) ?? did(window)
    case 'lifecycle': {
      if (before === null) throw new KpiqlError('PLAN_BROKEN', { message: 'A lifecycle was planned without its window before.' })
      const ever = { ...window, startUtcMs: null, startLocalMs: null }
      const isNew = allOf(firstIn(window)) ?? did(window)
      switch (of.state) {
        case 'new':
          return isNew
        case 'active':
          return { kind: 'and', of: [did(window), did(before), { kind: 'not', of: isNew }] }
        case 'resurrected':
          return { kind: 'and', of: [did(window), { kind: 'not', of: did(before) }, { kind: 'not', of: isNew }] }
        case 'dormant':
          return { kind: 'and', of: [{ kind: 'not', of: did(window) }, did(before)] }
        case 'churned':
          return { kind: 'and', of: [did(ever), { kind: 'not', of: did(window) }, { kind: 'not', of: did(before) }] }
      }
    }
    default:
      throw new KpiqlError('PLAN_BROKEN', { message: `A membership by ${of.kind} was planned as one by an activity.` })
  }
}

/** Conditions on single rows that no membership would miss: the engine need not group the others. */
function rowsThatCount(context: RelationContext, relation: Relation, memberships: readonly ResolvedMembership[]): readonly Expr[] {
  const filters = [...new Map(memberships.map((one) => [predicateText(activityOf(one).filter), activityOf(one).filter])).values()]
  const wanted: Predicate = filters.length > MOST_FILTERS ? { kind: 'all' } : or(filters)
  const kept = wanted.kind === 'all' ? [] : [predicateSql(wanted, (name) => relation.dimension(name))]
  const [shared, ...others] = new Map(memberships.map((one) => [JSON.stringify(activityOf(one).time), activityOf(one)])).values()
  if (shared === undefined || others.length > 0) return kept
  const moments: ActivityMoments = activityMoments(context, relation, shared)
  return [...kept, ...moments.during(spanOf(memberships))]
}

/** From the earliest start to the latest end of what may count: who is told by a first time, or by all before, is told by all rows. */
function spanOf(memberships: readonly ResolvedMembership[]): ResolvedWindow {
  return windowAround(memberships.map(({ of, window }) => (of.kind === 'behavior' ? window : { ...window, startUtcMs: null, startLocalMs: null })))
}
