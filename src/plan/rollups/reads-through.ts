import { findEntityPath, findJoinPath } from '../../model/join-path.ts'
import type { JoinStep } from '../../model/join-path.ts'
import { dimensionsOf } from '../../model/predicate.ts'
import { isMembership } from '../membership/membership.ts'
import type { ResolvedMembership } from '../membership/membership.ts'
import { decidersOf, placeMembership } from '../membership/membership-reach.ts'
import type { PlanContext } from '../rows.ts'

type Reachable = Pick<PlanContext, 'model' | 'memberships'>

/** Whether telling rows of one semantic model by these dimensions, memberships and entities reads rows of another one: a join, or what decides a cohort. */
export function readsThrough(context: Reachable, from: string, names: Iterable<string>, entities: readonly string[], through: string): boolean {
  const passes = (steps: readonly JoinStep[]): boolean => steps.some(({ to }) => to === through)
  const passesTo = (entity: string): boolean => {
    const found = findEntityPath(context.model, from, entity)
    return found.kind === 'path' && passes(found.path.steps)
  }
  const passesBy = (name: string): boolean => {
    if (!isMembership(name)) {
      const found = findJoinPath(context.model, from, name)
      return found.kind === 'path' && passes(found.path.steps)
    }
    const place = placeMembership(context, from, name)
    if (place.kind === 'key') return passesTo(place.entity)
    if (place.kind === 'inline') return readsThrough(context, from, dimensionsOf(place.where), [], through)
    if (place.kind !== 'joined' && place.kind !== 'pushed') return false
    return passes(place.path.steps) || isDecidedThrough(context, place.membership, through)
  }
  return entities.some(passesTo) || [...names].some(passesBy)
}

/** Whether what decides a membership reads rows of a semantic model. */
export function isDecidedThrough(context: Reachable, membership: ResolvedMembership, through: string): boolean {
  return decidersOf(context, membership).some(({ home, filter }) => home === through || readsThrough(context, home, dimensionsOf(filter), [membership.entity], through))
}
