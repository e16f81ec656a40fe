import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql'
import type { Reason } from '../../src/answer/types.ts'
import type { Grain } from '../../src/base/grain.ts'
import { and } from '../../src/model/predicate.ts'
import type { RetentionMode } from '../../src/model/types.ts'
import { showPeriod } from '../ask-period.ts'
import { openCohort } from '../cohort-node.ts'
import type { CohortNode } from '../cohort-node.ts'
import { CohortComparisonNode } from '../compare-cohorts.ts'
import type { KpiqlContext } from '../context.ts'
import { checkLimit, countSlices, MOST_ROWS } from '../limits.ts'
import { MetricName } from '../placeholders.ts'
import { retentionOf } from '../retention-node.ts'
import { LongScalar } from '../scalars.ts'
import type { SliceNode } from '../slice-node.ts'
import { CohortComparison, CohortType, Members, SIZE_REASON_TEXT } from '../types/cohort.ts'
import { ActivityInput, CohortInput } from '../types/cohort-inputs.ts'
import { GrainEnum, ReasonEnum, RetentionClockEnum, RetentionModeEnum } from '../types/enums.ts'
import { REMEDY_TEXT } from '../types/metric-value.ts'
import { Retention } from '../types/retention.ts'
import { ResolvedPeriod, SliceType } from '../types/slice.ts'

const LISTED_MEMBERS = 100
const PERIODS = 12

@Resolver(() => CohortType)
export class CohortResolver {
  @FieldResolver(() => ResolvedPeriod, { description: 'Over which its metrics are taken; members are those at its end, or now while that lies ahead, unless `asOf` says otherwise.' })
  period(@Root() { slice }: CohortNode): ResolvedPeriod {
    return showPeriod(slice.asked.period)
  }

  @FieldResolver(() => LongScalar, { nullable: true, description: 'How many members it has at its moment. Null with a `sizeReason` where a condition does not reach them or their table is missing.' })
  async size(@Root() cohort: CohortNode): Promise<number | null> {
    return (await cohort.count()).count
  }

  @FieldResolver(() => ReasonEnum, { nullable: true, description: SIZE_REASON_TEXT })
  async sizeReason(@Root() cohort: CohortNode): Promise<Reason | null> {
    return (await cohort.count()).reason
  }

  @FieldResolver(() => String, { nullable: true, description: REMEDY_TEXT })
  async sizeRemedy(@Root() cohort: CohortNode): Promise<string | null> {
    return (await cohort.count()).remedy
  }

  @FieldResolver(() => Members, { nullable: true, description: 'Its members, page by page.' })
  async members(
    @Root() { entity, slice }: CohortNode,
    @Arg('first', () => Int, { nullable: true, defaultValue: LISTED_MEMBERS, description: '1 to 10,000.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' }) after: string | null | undefined,
  ): Promise<Members> {
    const most = first ?? LISTED_MEMBERS
    checkLimit('first', most, MOST_ROWS)
    const { ids, totalCount, cursorOutdated, ...pageInfo } = await slice.session.members({ entity, predicate: slice.predicate, period: slice.asked.period, cohortsAsOf: slice.options.cohortsAsOf, first: most, after: after ?? null })
    return { ids, totalCount, pageInfo, cursorOutdated }
  }

  @FieldResolver(() => SliceType, { description: 'Its members over the period: their metrics.' })
  slice(@Root() { slice }: CohortNode): SliceNode {
    return slice
  }

  @FieldResolver(() => Retention, { nullable: true, description: 'Which of its members came back, by when they started. Rows are the starts within the period.' })
  retention(
    @Root() cohort: CohortNode,
    @Arg('grain', () => GrainEnum, { description: 'The size of rows and periods.' }) grain: Grain,
    @Arg('activity', () => ActivityInput, { description: 'What coming back means.' }) activity: ActivityInput,
    @Arg('periods', () => Int, { nullable: true, defaultValue: PERIODS, description: 'Periods after the start, 1 to 60.' }) periods: number | null,
    @Arg('mode', () => RetentionModeEnum, { nullable: true, defaultValue: 'bounded' }) mode: RetentionMode | null,
    @Arg('clock', () => RetentionClockEnum, { nullable: true, defaultValue: 'calendar' }) clock: 'calendar' | 'hours_24' | null,
    @Arg('start', () => ActivityInput, { nullable: true, description: 'What starts someone: the first time ever. The activity itself if not given.' }) start: ActivityInput | null | undefined,
    @Arg('brackets', () => [Int], { nullable: true, description: 'Of BRACKET: the last period of each range, rising. [1, 3, 7] asks 0, 1, 2–3 and 4–7.' }) brackets: readonly number[] | null | undefined,
  ): Promise<Retention> {
    return retentionOf(cohort, { grain, activity, periods: periods ?? PERIODS, mode: mode ?? 'bounded', clock: clock ?? 'calendar', start: start ?? activity, brackets: brackets ?? [] })
  }

  @FieldResolver(() => CohortComparison, { nullable: true, description: 'This cohort beside another of the same entity, over the same period.' })
  compare(
    @Root() cohort: CohortNode,
    @Ctx() context: KpiqlContext,
    @Arg('with', () => CohortInput) other: CohortInput,
    @Arg('metrics', () => [MetricName], { nullable: true, description: 'What to compare beside the members.' }) metrics: readonly string[] | null | undefined,
  ): CohortComparison {
    countSlices(context, 2)
    const { around } = cohort
    const against = openCohort(context, { of: other }, { ...around, predicate: and([around.predicate]) })
    return new CohortComparisonNode(cohort, against, [...new Set(metrics ?? [])])
  }
}
