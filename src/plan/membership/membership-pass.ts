import type { ResolvedMembership } from './membership.ts'
import type { Relation } from '../relation.ts'

export type RelationOf = (semanticModel: string) => Relation

/** A membership, and the boolean column of a pass that tells it. */
export interface PassColumn {
  readonly membership: ResolvedMembership
  readonly as: string
}

/** Column of a pass that holds the key of the entity: each key once, never null. */
export const PASS_KEY = 'key'
