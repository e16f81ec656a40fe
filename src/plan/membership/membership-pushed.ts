import { KpiqlError } from '../../base/errors.ts'
import { dimensionsOf } from '../../model/predicate.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { Model } from '../../model/types.ts'
import { column, select } from '../../sql/tree.ts'
import type { Expr, OutputColumn, Query } from '../../sql/tree.ts'
import { ownersOf } from './membership-owners.ts'
import { PASS_KEY } from './membership-pass.ts'
import type { RelationOf } from './membership-pass.ts'
import { holdsWithoutRows, passQuery } from './membership-query.ts'
import { decidersOf, holdsOfNothing, placeMembership } from './membership-reach.ts'
import { isMembership } from './membership.ts'
import type { Memberships, ResolvedMembership } from './membership.ts'
import type { AnyRead } from '../read.ts'
import type { RelationContext } from '../relation.ts'

type Placing = Pick<RelationContext, 'model' | 'memberships'>

/** A membership that one source decides for rows of another: its members are read first, and carried over as a list of keys. */
export interface PushedMembership {
  readonly membership: ResolvedMembership
  /** Semantic model in whose source it is decided. */
  readonly home: string
}

/** Memberships whose lists a read needs before it can be planned; without those that lists themselves need. */
export function pushedForRead(context: Placing, { measure, predicate }: AnyRead): readonly PushedMembership[] {
  if (context.memberships.size === 0 || !isSplit(context.model)) return []
  const found = new Map<string, PushedMembership>()
  const add = (semanticModel: string, slice: Predicate): void => collect(context, semanticModel, slice, found)
  add(measure.semanticModel, predicate)
  switch (measure.kind) {
    case 'aggregate':
      break
    case 'movement':
    case 'followed':
      add(measure.semanticModel, measure.filter)
      break
    case 'active':
      add(measure.activity.semanticModel, measure.activity.filter)
      break
    case 'conversion':
      for (const one of [measure.base, measure.conversion]) add(one.semanticModel, one.filter)
      break
    case 'retention':
      for (const one of [measure.start, measure.activity]) add(one.semanticModel, one.filter)
      break
    case 'funnel':
      for (const one of measure.steps) add(one.semanticModel, one.filter)
      break
  }
  return [...found.values()]
}

/** The same for rows of a semantic model, by a predicate. */
export function pushedForRows(context: Placing, semanticModel: string, predicate: Predicate): readonly PushedMembership[] {
  const found = new Map<string, PushedMembership>()
  if (isSplit(context.model)) collect(context, semanticModel, predicate, found)
  return [...found.values()]
}

/** What reading the list of a membership needs in turn. */
export function pushedForList(context: Placing, { membership }: PushedMembership): readonly PushedMembership[] {
  return decidersOf(context, membership).flatMap(({ home, filter }) => pushedForRows(context, home, filter))
}

const split = new WeakMap<Model, boolean>()

/** Whether a model reads more than one source. */
function isSplit(model: Model): boolean {
  let found = split.get(model)
  if (found === undefined) split.set(model, (found = new Set([...model.semanticModels.values()].map(({ source }) => source)).size > 1))
  return found
}

function collect(context: Placing, semanticModel: string, predicate: Predicate, found: Map<string, PushedMembership>): void {
  for (const name of dimensionsOf(predicate)) {
    if (!isMembership(name)) continue
    const place = placeMembership(context, semanticModel, name)
    if (place.kind === 'inline') collect(context, semanticModel, place.where, found)
    if (place.kind !== 'joined' && place.kind !== 'pushed') continue
    const deciders = decidersOf(context, place.membership)
    const [first] = deciders
    if (place.kind === 'joined') for (const { home, filter } of deciders) collect(context, home, filter, found)
    else if (first !== undefined) found.set(place.membership.dimension, { membership: place.membership, home: first.home })
  }
}

/**
 * Whether the list holds those who do not belong: where one of whom the deciding source knows nothing belongs, too, the members
 * cannot be listed.
 */
export function listsOthers(membership: ResolvedMembership): boolean {
  const { of } = membership
  return holdsWithoutRows(membership) || (of.kind === 'members' && of.of === of.entity && holdsOfNothing(of.where))
}

/** The keys of a list as text, in no order, each once, never null; of the home's source. */
export function pushedQuery(context: RelationContext, relationOf: RelationOf, { membership }: PushedMembership, limit: number): Query {
  const id: OutputColumn = { expr: { kind: 'cast', of: column('pass', PASS_KEY), to: 'text' }, as: 'id' }
  const { of } = membership
  if (of.kind === 'members' && of.match === 'any' && !listsOthers(membership)) {
    return select({ columns: [id], from: { kind: 'query', query: ownersOf(context, relationOf, membership), as: 'pass' }, limit })
  }
  const query = passQuery(context, relationOf, [{ membership, as: 'member' }])
  const belongs: Expr = { kind: 'is_true', of: column('pass', 'member') }
  return select({ columns: [id], from: { kind: 'query', query, as: 'pass' }, where: listsOthers(membership) ? { kind: 'not', of: belongs } : belongs, limit })
}

/** Puts the keys of a list where plans find them. */
export function putList(memberships: Memberships, { dimension, ...membership }: ResolvedMembership, ids: readonly string[]): void {
  const name = listName(dimension)
  memberships.set(name, { ...membership, dimension: name, of: { kind: 'list', entity: membership.entity, version: name, ids } })
}

/** The list put for a membership. @throws KpiqlError `PLAN_BROKEN` where none was. */
export function listOf(memberships: Memberships, { dimension }: ResolvedMembership): ResolvedMembership {
  const list = memberships.get(listName(dimension))
  if (list === undefined) throw new KpiqlError('PLAN_BROKEN', { message: 'Members of another source were planned with before they were read.' })
  return list
}

function listName(dimension: string): string {
  return `${dimension} listed`
}
