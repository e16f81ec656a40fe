import { Arg, FieldResolver, Int, Resolver, Root } from 'type-graphql'
import { showPeriod } from '../ask-period.ts'
import type { CohortNode } from '../cohort-node.ts'
import { checkLimit, MOST_ROWS } from '../limits.ts'
import { LongScalar } from '../scalars.ts'
import type { SliceNode } from '../slice-node.ts'
import { CohortType, Members } from '../types/cohort.ts'
import { ResolvedPeriod, SliceType } from '../types/slice.ts'

const LISTED_MEMBERS = 100

@Resolver(() => CohortType)
export class CohortResolver {
  @FieldResolver(() => ResolvedPeriod, { description: 'Members are those at its end.' })
  period(@Root() { slice }: CohortNode): ResolvedPeriod {
    return showPeriod(slice.asked.period)
  }

  @FieldResolver(() => LongScalar, { nullable: true, description: 'How many members it has just before the period’s end.' })
  async size(@Root() { entity, slice }: CohortNode): Promise<number | null> {
    return (await slice.session.size(entity, slice.predicate, slice.asked.period)).count
  }

  @FieldResolver(() => Members, { nullable: true, description: 'Its members, page by page.' })
  async members(
    @Root() { entity, slice }: CohortNode,
    @Arg('first', () => Int, { nullable: true, defaultValue: LISTED_MEMBERS, description: '1 to 10,000.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' }) after: string | null | undefined,
  ): Promise<Members> {
    const most = first ?? LISTED_MEMBERS
    checkLimit('first', most, MOST_ROWS)
    const { ids, totalCount, ...pageInfo } = await slice.session.members({ entity, predicate: slice.predicate, period: slice.asked.period, first: most, after: after ?? null })
    return { ids, totalCount, pageInfo }
  }

  @FieldResolver(() => SliceType, { description: 'Its members over the period: their metrics.' })
  slice(@Root() { slice }: CohortNode): SliceNode {
    return slice
  }
}
