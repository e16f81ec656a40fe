import { KpiqlError } from '../../base/errors.ts'
import type { Model } from '../../model/types.ts'
import { aggregate, allOf, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, Query } from '../../sql/tree.ts'
import { holdsAt } from './holds-at.ts'
import { PASS_KEY } from './membership-pass.ts'
import type { PassColumn, RelationOf } from './membership-pass.ts'
import type { Moment, ResolvedMembership } from './membership.ts'
import { predicateSql } from '../predicate-sql.ts'
import type { Relation, RelationContext } from '../relation.ts'

/**
 * Entities by their members: rows of the members' own table that are valid at the moment, counted an owner. `all` asks for at
 * least one member. An entity can be its own member: then its row decides.
 */
export function ownersPass(context: RelationContext, relationOf: RelationOf, columns: readonly PassColumn[]): Query {
  const [first] = columns
  const of = first?.membership.of
  if (first === undefined || of?.kind !== 'members') throw new KpiqlError('PLAN_BROKEN', { message: 'A pass over members was planned for none.' })
  const relation = relationOf(primaryModelOf(context.model, of.of))
  const key = relation.entity(first.membership.entity)
  const tests = columns.map(({ membership, as }) => ({ expr: belongs(context, relation, membership), as }))
  const known = [key, relation.entity(of.of)].map((one): Expr => ({ kind: 'not', of: isNull(one) }))
  return select({ columns: [{ expr: key, as: PASS_KEY }, ...tests], from: relation.from(), where: allOf(known), groupBy: [key] })
}

/** The keys of those who have a member that fits, alone: the engine need not group the others. */
export function ownersOf(context: RelationContext, relationOf: RelationOf, { of, entity, moment }: ResolvedMembership): Query {
  if (of.kind !== 'members' || of.match !== 'any') throw new KpiqlError('PLAN_BROKEN', { message: `A membership by ${of.kind} was planned as one by any of its members.` })
  const relation = relationOf(primaryModelOf(context.model, of.of))
  const key = relation.entity(entity)
  const known = [key, relation.entity(of.of)].map((one): Expr => ({ kind: 'not', of: isNull(one) }))
  const fits = predicateSql(of.where, (name) => relation.dimension(name))
  return select({ columns: [{ expr: key, as: PASS_KEY }], from: relation.from(), where: allOf([...known, ...validAt(context, relation, moment), fits]), groupBy: [key] })
}

function validAt(context: RelationContext, relation: Relation, moment: Moment): readonly Expr[] {
  const semanticModel = context.model.semanticModels.get(relation.semanticModel)
  return semanticModel === undefined ? [] : holdsAt(context, relation, semanticModel, moment)
}

function belongs(context: RelationContext, relation: Relation, { of, moment }: ResolvedMembership): Expr {
  if (of.kind !== 'members') throw new KpiqlError('PLAN_BROKEN', { message: `A membership by ${of.kind} was planned as one by members.` })
  const valid = validAt(context, relation, moment)
  const fits = predicateSql(of.where, (name) => relation.dimension(name))
  const some = (when: readonly Expr[]): Expr => compare(aggregate({ name: 'count' }, null, allOf(when)), '>', integer(0))
  if (of.match === 'any') return some([...valid, fits])
  return { kind: 'and', of: [some(valid), { kind: 'not', of: some([...valid, { kind: 'not', of: { kind: 'is_true', of: fits } }]) }] }
}

function primaryModelOf(model: Model, entity: string): string {
  const found = model.entities.get(entity)?.primaryModel
  if (found == null) throw new KpiqlError('PLAN_BROKEN', { message: `Entity "${entity}" has no table of its own.` })
  return found
}
