import { describeSteps, findEntityPath, findJoinPath } from '../model/join-path.ts'
import type { EntityPath } from '../model/join-path.ts'
import { and, dimensionsOf, not, or } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { Activity, Membership } from '../model/types.ts'
import { KpiqlError } from '../base/errors.ts'
import { activitiesOf, isMembership, registerMembership } from './membership.ts'
import type { ResolvedMembership } from './membership.ts'
import type { PlanContext } from './rows.ts'

type Reachable = Pick<PlanContext, 'model' | 'memberships'>

/** Why rows cannot be told by a dimension or membership: no way leads there, or two do. */
export interface Unreachable {
  readonly kind: 'none' | 'ambiguous'
  /** For people, a sentence. */
  readonly reason: string
}

/** How rows of a semantic model learn of a membership. */
export type MembershipPlace =
  /** Their own columns tell. */
  | { readonly kind: 'inline'; readonly where: Predicate }
  /** All that have a key of the entity. */
  | { readonly kind: 'key'; readonly entity: string }
  /** By the key of the entity, joined to a pass over what decides. */
  | { readonly kind: 'joined'; readonly membership: ResolvedMembership; readonly path: EntityPath }
  | Unreachable

/** What keeps rows of a semantic model from being told by a dimension or a membership; null where nothing does. */
export function unreachable(context: Reachable, semanticModel: string, name: string): Unreachable | null {
  if (isMembership(name)) {
    const place = placeMembership(context, semanticModel, name)
    return place.kind === 'none' || place.kind === 'ambiguous' ? place : null
  }
  const found = findJoinPath(context.model, semanticModel, name)
  if (found.kind === 'path') return null
  if (found.kind === 'none') return { kind: 'none', reason: found.reason }
  return twoWays(semanticModel, `"${name}"`, found.paths)
}

/** The predicate with attribute cohorts written out where the rows tell by themselves, so that their columns can be grouped by. */
export function placePredicate(context: Reachable, semanticModel: string, predicate: Predicate): Predicate {
  switch (predicate.kind) {
    case 'and':
    case 'or': {
      const of = predicate.of.map((part) => placePredicate(context, semanticModel, part))
      if (of.every((part, index) => part === predicate.of[index])) return predicate
      return predicate.kind === 'and' ? and(of) : or(of)
    }
    case 'not': {
      const of = placePredicate(context, semanticModel, predicate.of)
      return of === predicate.of ? predicate : not(of)
    }
    case 'atom': {
      if (!isMembership(predicate.dimension)) return predicate
      const where = ownAttributes(context, semanticModel, membershipOf(context, predicate.dimension))
      return where === null ? predicate : placePredicate(context, semanticModel, where)
    }
    default:
      return predicate
  }
}

/** @throws KpiqlError `PLAN_BROKEN` for a name that nobody registered. */
export function placeMembership(context: Reachable, semanticModel: string, name: string): MembershipPlace {
  const membership = membershipOf(context, name)
  const { of } = membership
  if (of.kind === 'members' && isEveryone(of) && findEntityPath(context.model, semanticModel, of.entity).kind === 'path') return { kind: 'key', entity: of.entity }
  const where = ownAttributes(context, semanticModel, membership)
  if (where !== null) return { kind: 'inline', where }
  const found = findEntityPath(context.model, semanticModel, membership.entity)
  if (found.kind === 'ambiguous') return twoWays(semanticModel, `the key of ${membership.entity}`, found.paths)
  if (found.kind === 'path') return undecidable(context, semanticModel, membership) ?? { kind: 'joined', membership, path: found.path }
  return liftedPlace(context, semanticModel, membership, found.reason)
}

function membershipOf({ memberships }: Reachable, name: string): ResolvedMembership {
  const found = memberships.get(name)
  if (found === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `Membership "${name}" was planned without being resolved.` })
  return found
}

/** What a cohort by attributes asks of a row, where rows of the semantic model hold all of it themselves; null elsewhere. */
function ownAttributes(context: Reachable, semanticModel: string, membership: ResolvedMembership): Predicate | null {
  const { of } = membership
  if (of.kind !== 'members' || of.of !== of.entity || isEveryone(of)) return null
  const isOwn = (name: string): boolean => {
    if (!isMembership(name)) return findJoinPath(context.model, semanticModel, name).kind === 'path'
    const inner = membershipOf(context, name)
    return ownAttributes(context, semanticModel, inner) !== null || findEntityPath(context.model, semanticModel, inner.entity).kind === 'path'
  }
  if (![...dimensionsOf(of.where)].every(isOwn)) return null
  // What is true of a row about which nothing is known would take in rows of nobody.
  if (!holdsOfNothing(of.where) || findEntityPath(context.model, semanticModel, of.entity).kind !== 'path') return of.where
  return and([of.where, registerMembership(context, { ...membership, of: { ...of, where: { kind: 'all' } } })])
}

function isEveryone(of: Membership & { kind: 'members' }): boolean {
  return of.of === of.entity && of.where.kind === 'all'
}

/** Whether a predicate holds where all it tests is null, and all memberships false. */
function holdsOfNothing(predicate: Predicate): boolean {
  switch (predicate.kind) {
    case 'all':
      return true
    case 'and':
      return predicate.of.every(holdsOfNothing)
    case 'or':
      return predicate.of.some(holdsOfNothing)
    case 'not':
      return !holdsOfNothing(predicate.of)
    case 'atom':
      return predicate.test.op === 'isNull'
    default:
      return false
  }
}

/** A membership of users decides of customers by any, or all, of a customer's users. */
function liftedPlace(context: Reachable, semanticModel: string, membership: ResolvedMembership, reason: string): MembershipPlace {
  const { model } = context
  const { entity, of, match, moment, window } = membership
  const home = model.entities.get(entity)?.primaryModel
  if (home == null) return { kind: 'none', reason }
  const ways = [...model.entities.keys()].flatMap((owner) => {
    const near = findEntityPath(model, semanticModel, owner)
    const far = findEntityPath(model, home, owner)
    if (owner === entity || near.kind !== 'path' || far.kind !== 'path') return []
    return [{ owner, path: near.path, hops: near.path.steps.length + far.path.steps.length }]
  })
  const [first, second] = ways.toSorted((a, b) => a.hops - b.hops)
  if (first === undefined) return { kind: 'none', reason }
  if (second?.hops === first.hops) return { kind: 'ambiguous', reason: `${semanticModel} could ask for any ${entity} of its ${first.owner}, or of its ${second.owner}.` }
  const where: Predicate = of.kind === 'members' && of.of === entity ? of.where : { kind: 'atom', dimension: membership.dimension, test: { op: 'in', values: [true], caseInsensitive: false } }
  const { dimension } = registerMembership(context, { entity: first.owner, of: { kind: 'members', entity: first.owner, of: entity, where, match }, moment, window, before: null, match: 'any' })
  const lifted = membershipOf(context, dimension)
  return undecidable(context, semanticModel, lifted) ?? { kind: 'joined', membership: lifted, path: first.path }
}

/** What keeps the tables behind a membership from deciding it for rows of a semantic model; null where nothing does. */
function undecidable(context: Reachable, semanticModel: string, { of, entity }: ResolvedMembership): Unreachable | null {
  if (of.kind === 'list') return null
  if (of.kind !== 'members') return activitiesOf(of).map((activity) => undecidableBy(context, semanticModel, activity.semanticModel, entity, activity)).find((one) => one !== null) ?? null
  const home = context.model.entities.get(of.of)?.primaryModel
  if (home == null) return { kind: 'none', reason: `The entity ${of.of} has no table of its own in the model.` }
  return undecidableBy(context, semanticModel, home, entity, { filter: of.where })
}

function undecidableBy(context: Reachable, from: string, home: string, entity: string, { filter }: Pick<Activity, 'filter'>): Unreachable | null {
  const { model } = context
  const [here, there] = [model.semanticModels.get(from)?.source, model.semanticModels.get(home)?.source]
  if (here !== there) return { kind: 'none', reason: `${from} reads the source "${here ?? ''}" and ${home} the source "${there ?? ''}": there are no joins between sources.` }
  const key = findEntityPath(model, home, entity)
  if (key.kind === 'none') return { kind: 'none', reason: key.reason }
  if (key.kind === 'ambiguous') return twoWays(home, `the key of ${entity}`, key.paths)
  for (const name of dimensionsOf(filter)) {
    const fault = unreachable(context, home, name)
    if (fault !== null) return fault
  }
  return null
}

function twoWays(from: string, what: string, paths: readonly [Pick<EntityPath, 'steps'>, Pick<EntityPath, 'steps'>]): Unreachable {
  const [one, two] = paths.map(({ steps }) => describeSteps(from, steps))
  return { kind: 'ambiguous', reason: `${from} leads to ${what} in two ways: ${one ?? ''}, or ${two ?? ''}.` }
}

/** Semantic models read to decide a membership, those of nested ones too, as rows of a semantic model ask for it. */
export function modelsBehind(context: Reachable, semanticModel: string, name: string): readonly string[] {
  if (!isMembership(name)) return []
  const place = placeMembership(context, semanticModel, name)
  if (place.kind === 'inline') return [...dimensionsOf(place.where)].flatMap((inner) => modelsBehind(context, semanticModel, inner))
  if (place.kind !== 'joined') return []
  const { of } = place.membership
  const read: readonly { readonly home: string; readonly filter: Predicate }[] =
    of.kind === 'members' ? [{ home: context.model.entities.get(of.of)?.primaryModel ?? '', filter: of.where }] : activitiesOf(of).map((activity) => ({ home: activity.semanticModel, filter: activity.filter }))
  return read.flatMap(({ home, filter }) => [home, ...[...dimensionsOf(filter)].flatMap((inner) => modelsBehind(context, home, inner))])
}
