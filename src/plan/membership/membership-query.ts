import { stableText } from '../../base/stable-hash.ts'
import { KpiqlError } from '../../base/errors.ts'
import type { Query } from '../../sql/tree.ts'
import { activityPass } from './membership-activity.ts'
import { listPass } from './membership-list.ts'
import { ownersPass } from './membership-owners.ts'
import { measureOf, sequencePass } from './membership-sequence.ts'
import type { ResolvedMembership } from './membership.ts'
import type { PassColumn, RelationOf } from './membership-pass.ts'
import type { RelationContext } from '../relation.ts'

/** Memberships of equal passes are decided by reading one table once. */
export function passOf({ model }: RelationContext, { of, entity, moment }: ResolvedMembership): string {
  switch (of.kind) {
    case 'behavior':
    case 'acquired':
    case 'lifecycle':
      return stableText(['activity', of.activity.semanticModel, entity])
    case 'members':
      return stableText([of.kind, model.entities.get(of.of)?.primaryModel, of.of, entity])
    case 'list':
      return stableText([of.kind, entity])
    case 'sequence':
      return stableText([of.kind, entity, moment.zone, measureOf(of.within), [...new Set(of.steps.map(({ semanticModel, time }) => stableText([semanticModel, time])))].toSorted()])
  }
}

/** Whether those belong of whom a pass knows nothing. */
export function holdsWithoutRows({ of }: ResolvedMembership): boolean {
  return of.kind === 'behavior' && (of.atLeast ?? 0) <= 0 && (of.atMost ?? 0) >= 0
}

/** One row a key of the entity, with a boolean column each membership. All are of one pass. */
export function passQuery(context: RelationContext, relationOf: RelationOf, columns: readonly PassColumn[]): Query {
  const [first] = columns
  switch (first?.membership.of.kind) {
    case 'behavior':
    case 'acquired':
    case 'lifecycle':
      return activityPass(context, relationOf, columns)
    case 'members':
      return ownersPass(context, relationOf, columns)
    case 'list':
      return listPass(columns)
    case 'sequence':
      return sequencePass(context, relationOf, columns)
    case undefined:
      throw new KpiqlError('PLAN_BROKEN', { message: 'A pass of no memberships was planned.' })
  }
}
