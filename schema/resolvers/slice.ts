import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Reason } from '../../src/answer/types.ts'
import { shownMetrics } from '../../src/model/shown-metrics.ts'
import type { CompanyStage, Framework, Metric, MetricCategory } from '../../src/model/types.ts'
import { showPeriod } from '../ask-period.ts'
import type { KpiqlContext } from '../context.ts'
import { countSlices } from '../limits.ts'
import type { MetricNode } from '../metric-node.ts'
import { CohortName, EntityName, MetricName, Where } from '../placeholders.ts'
import { LongScalar } from '../scalars.ts'
import { metricOf } from '../metric-node.ts'
import { narrowSlice, sizeOf } from '../slice-node.ts'
import type { SliceNode } from '../slice-node.ts'
import { SIZE_REASON_TEXT } from '../types/cohort.ts'
import { CompanyStageEnum, FrameworkEnum, MetricCategoryEnum, ReasonEnum } from '../types/enums.ts'
import { MetricValueType, REMEDY_TEXT } from '../types/metric-value.ts'
import { ResolvedPeriod, SliceType } from '../types/slice.ts'

@Resolver(() => SliceType)
export class SliceResolver {
  @FieldResolver(() => ResolvedPeriod, { description: 'The period with its bounds.' })
  period(@Root() slice: SliceNode): ResolvedPeriod {
    return showPeriod(slice.asked.period)
  }

  @FieldResolver(() => LongScalar, { nullable: true, description: 'Entities in the slice just before the period’s end: distinct keys of the entity’s own table. Null with a `sizeReason` where a filter does not reach it, or the table is missing.' })
  async size(@Root() slice: SliceNode, @Arg('entity', () => EntityName) entity: string): Promise<number | null> {
    return (await sizeOf(slice, entity)).count
  }

  @FieldResolver(() => ReasonEnum, { nullable: true, description: SIZE_REASON_TEXT })
  async sizeReason(@Root() slice: SliceNode, @Arg('entity', () => EntityName) entity: string): Promise<Reason | null> {
    return (await sizeOf(slice, entity)).reason
  }

  @FieldResolver(() => String, { nullable: true, description: REMEDY_TEXT })
  async sizeRemedy(@Root() slice: SliceNode, @Arg('entity', () => EntityName) entity: string): Promise<string | null> {
    return (await sizeOf(slice, entity)).remedy
  }

  @FieldResolver(() => MetricValueType, { nullable: true, description: 'One metric of the slice.' })
  metric(
    @Root() slice: SliceNode,
    @Arg('name', () => MetricName) name: string,
    @Arg('where', () => Where, { nullable: true, description: 'Narrows this metric only.' }) where: unknown,
  ): MetricNode {
    return metricOf(slice, name, where)
  }

  @FieldResolver(() => [MetricValueType], { nullable: 'items', description: 'Several metrics of the slice: those named, in that order, or all; of these the ones that meet every other argument.' })
  metrics(
    @Root() slice: SliceNode,
    @Arg('names', () => [MetricName], { nullable: true }) names: readonly string[] | null | undefined,
    @Arg('category', () => MetricCategoryEnum, { nullable: true }) category: MetricCategory | null | undefined,
    @Arg('framework', () => FrameworkEnum, { nullable: true }) framework: Framework | null | undefined,
    @Arg('stage', () => CompanyStageEnum, { nullable: true }) stage: CompanyStage | null | undefined,
  ): readonly MetricNode[] {
    const meets = (metric: Metric): boolean =>
      (!category || metric.category === category) && (!framework || metric.frameworks[framework] !== undefined) && (!stage || metric.stages.includes(stage))
    return [...new Set(names ?? shownMetrics(slice.where.model).map(({ name }) => name))].map((name) => metricOf(slice, name)).filter(({ metric }) => meets(metric))
  }

  @FieldResolver(() => SliceType, { nullable: true, description: 'A part of this slice, over the same period: rows that meet this too.' })
  slice(
    @Root() slice: SliceNode,
    @Ctx() context: KpiqlContext,
    @Arg('where', () => Where, { nullable: true }) where: unknown,
    @Arg('cohorts', () => [CohortName], { nullable: true, description: 'Members of all of these cohorts.' }) cohorts: readonly string[] | null | undefined,
  ): SliceNode {
    countSlices(context, 1)
    return narrowSlice(slice, where, cohorts)
  }
}
