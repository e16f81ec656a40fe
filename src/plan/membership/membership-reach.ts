import { describeSteps, findEntityPath, findJoinPath } from '../../model/join-path.ts'
import type { EntityPath } from '../../model/join-path.ts'
import { and, dimensionsOf, not, or } from '../../model/predicate.ts'
import type { Atom, Predicate } from '../../model/predicate.ts'
import type { Membership } from '../../model/types.ts'
import { KpiqlError } from '../../base/errors.ts'
import { activitiesOf, isMembership, registerMembership } from './membership.ts'
import type { ResolvedMembership } from './membership.ts'
import type { PlanContext } from '../rows.ts'

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
  /** By the key of the entity, in a list of keys read before from the source that decides. */
  | { readonly kind: 'pushed'; readonly membership: ResolvedMembership; readonly path: EntityPath }
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

/**
 * The predicate with attribute cohorts written out where the rows tell by themselves, so that their columns can be grouped by, and
 * with attributes that another source holds as memberships, which can be carried over.
 */
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
      if (!isMembership(predicate.dimension)) return attributeElsewhere(context, semanticModel, predicate) ?? predicate
      const where = ownAttributes(context, semanticModel, membershipOf(context, predicate.dimension))
      return where === null ? predicate : placePredicate(context, semanticModel, where)
    }
    default:
      return predicate
  }
}

const NEVER = { zone: 'UTC', utcMs: 0, localMs: 0 }
const EVER = { startUtcMs: null, startLocalMs: null, endUtcMs: null, endLocalMs: null }

/**
 * A test of a dimension that the entity's own table holds in another source, as a membership of the entities it holds for; null
 * where the rows hold the dimension themselves, have no key of the entity, or the table has a history, of which a test without a
 * moment knows nothing.
 */
function attributeElsewhere(context: Reachable, semanticModel: string, atom: Atom): Predicate | null {
  const { model } = context
  if (findJoinPath(model, semanticModel, atom.dimension).kind !== 'none') return null
  const entity = model.dimensions.get(atom.dimension)?.entity ?? null
  const home = entity === null ? undefined : model.semanticModels.get(model.entities.get(entity)?.primaryModel ?? '')
  if (entity === null || home === undefined || home.validity !== null || home.source === model.semanticModels.get(semanticModel)?.source) return null
  if (findEntityPath(model, semanticModel, entity).kind !== 'path' || findJoinPath(model, home.name, atom.dimension).kind !== 'path') return null
  const isNull = atom.test.op === 'isNull'
  const of: Membership = { kind: 'members', entity, of: entity, where: isNull ? not(atom) : atom, match: 'any' }
  const member = registerMembership(context, { entity, of, moment: NEVER, window: EVER, before: null, match: 'any' })
  return isNull ? not(member) : member
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
  if (found.kind === 'path') return placeByKey(context, semanticModel, membership, found.path)
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
export function holdsOfNothing(predicate: Predicate): boolean {
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
  return placeByKey(context, semanticModel, lifted, first.path)
}

/** What decides a membership is of one source: the one of the rows, or another, from which its members are read first. */
function placeByKey(context: Reachable, semanticModel: string, membership: ResolvedMembership, path: EntityPath): MembershipPlace {
  const { model } = context
  const { of, entity } = membership
  if (of.kind === 'list') return { kind: 'joined', membership, path }
  if (of.kind === 'members' && model.entities.get(of.of)?.primaryModel == null) return { kind: 'none', reason: `The entity ${of.of} has no table of its own in the model.` }
  const decisive = decidersOf(context, membership)
  const sourceOf = (name: string | undefined): string => model.semanticModels.get(name ?? '')?.source ?? ''
  const [first] = decisive
  const stranger = decisive.find(({ home }) => sourceOf(home) !== sourceOf(first?.home))
  if (stranger !== undefined) {
    return { kind: 'none', reason: `${first?.home ?? ''} reads the source "${sourceOf(first?.home)}" and ${stranger.home} the source "${sourceOf(stranger.home)}": what one ${entity} did in two sources cannot be followed.` }
  }
  const fault = decisive.map(({ home, filter }) => undecidable(context, home, entity, filter)).find((one) => one !== null)
  if (fault) return fault
  return { kind: sourceOf(first?.home) === sourceOf(semanticModel) ? 'joined' : 'pushed', membership, path }
}

/** Semantic models whose rows decide a membership, and which of them count; none for lists. */
export function decidersOf({ model }: Reachable, { of }: Pick<ResolvedMembership, 'of'>): readonly { readonly home: string; readonly filter: Predicate }[] {
  if (of.kind === 'members') return [{ home: model.entities.get(of.of)?.primaryModel ?? '', filter: of.where }]
  return activitiesOf(of).map(({ semanticModel, filter }) => ({ home: semanticModel, filter }))
}

/** What keeps rows of a table from deciding about an entity; null where nothing does. */
function undecidable(context: Reachable, home: string, entity: string, filter: Predicate): Unreachable | null {
  const key = findEntityPath(context.model, home, entity)
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
  if (place.kind !== 'joined' && place.kind !== 'pushed') return []
  return decidersOf(context, place.membership).flatMap(({ home, filter }) => [home, ...[...dimensionsOf(filter)].flatMap((inner) => modelsBehind(context, home, inner))])
}
