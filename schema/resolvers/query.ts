import { Arg, Ctx, ID, Int, Query, Resolver } from 'type-graphql'
import type { AnalyticsSession, Freshness, TableAsk } from '../../src/answer/types.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { formatInstant } from '../../src/base/period.ts'
import type { Interval } from '../../src/model/interval.ts'
import { and } from '../../src/model/predicate.ts'
import type { FunnelOrder } from '../../src/model/types.ts'
import type { CohortMoment } from '../../src/plan/ask.ts'
import { askPeriod, comparisonPeriod, showPeriod } from '../ask-period.ts'
import { Catalog } from '../catalog.ts'
import { openCohort } from '../cohort-node.ts'
import type { CohortNode } from '../cohort-node.ts'
import type { KpiqlContext } from '../context.ts'
import { DimensionValuesNode } from '../dimension-values-node.ts'
import { funnelOf } from '../funnel-node.ts'
import { toRowKeys } from '../group-by.ts'
import { checkLimit, countSlices, MOST_ROWS, MOST_TABLE_KEYS } from '../limits.ts'
import { CohortName, DimensionName, EntityName, MetricName, PERIOD_DIMENSION, Where } from '../placeholders.ts'
import { DurationScalar, TimeZoneScalar } from '../scalars.ts'
import { openSlice, whereContext } from '../slice-node.ts'
import type { SliceNode } from '../slice-node.ts'
import { staleAgeMs } from '../stale-age.ts'
import { toHaving, toOrder } from '../table-ask.ts'
import { CatalogType } from '../types/catalog.ts'
import { CohortType } from '../types/cohort.ts'
import { DimensionValuesType } from '../types/dimension-values.ts'
import { CohortInput } from '../types/cohort-inputs.ts'
import { CohortMomentEnum, FreshnessEnum, FunnelOrderEnum } from '../types/enums.ts'
import { FunnelStepInput, FunnelType } from '../types/funnel.ts'
import { AS_OF_TEXT, ComparisonInput, ESTIMATES_TEXT, GroupBy, MetricCondition, OrderBy, PeriodInput, SliceInput } from '../types/inputs.ts'
import { SliceType } from '../types/slice.ts'
import { TableType } from '../types/table.ts'
import { inAllCohorts, toPredicate } from '../where.ts'

const DEFAULT_FRESHNESS: Freshness = 'CACHED_OK'
const TABLE_ROWS = 1000
const LISTED_VALUES = 50
const WHERE_TEXT = 'Rows to keep; without it all.'
const COHORTS_TEXT = 'Members of all of these cohorts.'
const MAX_STALE_TEXT = 'Where a source is down: serve what was answered before, if the source was last seen so at most this long ago, marked `stale`. Without it, or where nothing that young is kept, the error.'
const ZONE_TEXT = 'In which days, weeks and months are cut, and dates are read. UTC if not given.'

function sessionOf(context: KpiqlContext, freshness: Freshness | null, maxStale: Interval | null | undefined): AnalyticsSession {
  return context.session(freshness ?? DEFAULT_FRESHNESS, maxStale ? staleAgeMs(maxStale, context.analytics.nowUtcMs()) : null)
}

@Resolver()
export class QueryResolver {
  @Query(() => CatalogType, { description: 'What can be asked: metrics, dimensions, cohorts, entities and sources; which dimensions fit which metrics.' })
  catalog(
    @Ctx() context: KpiqlContext,
    @Arg('search', () => String, { nullable: true, description: 'Words that must all occur in a name, label or description; upper and lower case are alike.' }) search: string | null | undefined,
  ): Catalog {
    return new Catalog(context, search ?? '')
  }

  @Query(() => SliceType, { nullable: true, description: 'Some rows over a period. All metrics of all slices of a request are read together, in as few scans as correctness allows.' })
  slice(
    @Ctx() context: KpiqlContext,
    @Arg('period', () => PeriodInput) period: PeriodInput,
    @Arg('where', () => Where, { nullable: true, description: WHERE_TEXT }) where: unknown,
    @Arg('cohorts', () => [CohortName], { nullable: true, description: COHORTS_TEXT }) cohorts: readonly string[] | null | undefined,
    @Arg('timezone', () => TimeZoneScalar, { nullable: true, description: ZONE_TEXT }) timezone: string | null | undefined,
    @Arg('freshness', () => FreshnessEnum, { nullable: true, defaultValue: DEFAULT_FRESHNESS }) freshness: Freshness | null,
    @Arg('maxStale', () => DurationScalar, { nullable: true, description: MAX_STALE_TEXT }) maxStale: Interval | null | undefined,
    @Arg('allowEstimates', () => Boolean, { nullable: true, defaultValue: false, description: ESTIMATES_TEXT }) allowEstimates: boolean | null,
    @Arg('cohortsAsOf', () => CohortMomentEnum, { nullable: true, defaultValue: 'period_end', description: AS_OF_TEXT }) cohortsAsOf: CohortMoment | null,
  ): SliceNode {
    countSlices(context, 1)
    return openSlice(context, sessionOf(context, freshness, maxStale), { period, where, cohorts, timezone, allowEstimates, cohortsAsOf })
  }

  @Query(() => [SliceType], { nullable: 'items', description: 'The same for a list of slices, at most 1000 in a request. A slice that is at fault is null, with an error; the others are served.' })
  slices(
    @Ctx() context: KpiqlContext,
    @Arg('inputs', () => [SliceInput]) inputs: readonly SliceInput[],
    @Arg('freshness', () => FreshnessEnum, { nullable: true, defaultValue: DEFAULT_FRESHNESS }) freshness: Freshness | null,
    @Arg('maxStale', () => DurationScalar, { nullable: true, description: MAX_STALE_TEXT }) maxStale: Interval | null | undefined,
  ): readonly (SliceNode | KpiqlError)[] {
    countSlices(context, inputs.length)
    const session = sessionOf(context, freshness, maxStale)
    return inputs.map((input) => {
      try {
        return openSlice(context, session, input)
      } catch (error) {
        // GraphQL takes an error in a list for the error of that item alone.
        if (error instanceof KpiqlError) return error
        throw error
      }
    })
  }

  @Query(() => TableType, { nullable: true, description: 'Metrics by dimensions as flat rows with stable columns: what BI tools ask.' })
  async table(
    @Ctx() context: KpiqlContext,
    @Arg('metrics', () => [MetricName], { description: 'A column for each.' }) metrics: readonly string[],
    @Arg('period', () => PeriodInput) period: PeriodInput,
    @Arg('by', () => [GroupBy], { nullable: true, description: 'A column for each; without it one row. At most 8.' }) by: readonly GroupBy[] | null | undefined,
    @Arg('where', () => Where, { nullable: true, description: WHERE_TEXT }) where: unknown,
    @Arg('cohorts', () => [CohortName], { nullable: true, description: COHORTS_TEXT }) cohorts: readonly string[] | null | undefined,
    @Arg('having', () => [MetricCondition], { nullable: true, description: 'Keeps the rows that meet all of these.' }) having: readonly MetricCondition[] | null | undefined,
    @Arg('compare', () => ComparisonInput, { nullable: true, description: 'Adds columns with each metric of another period.' }) compare: ComparisonInput | null | undefined,
    @Arg('timezone', () => TimeZoneScalar, { nullable: true, description: ZONE_TEXT }) timezone: string | null | undefined,
    @Arg('orderBy', () => [OrderBy], { nullable: true, description: 'Without it by the dimensions, in the order asked.' }) orderBy: readonly OrderBy[] | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: TABLE_ROWS, description: 'Rows a page, 1 to 10,000.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' }) after: string | null | undefined,
    @Arg('totals', () => Boolean, { nullable: true, defaultValue: false, description: 'Adds each metric over all rows of all pages, computed, not summed; before `having`.' }) totals: boolean | null,
    @Arg('freshness', () => FreshnessEnum, { nullable: true, defaultValue: DEFAULT_FRESHNESS }) freshness: Freshness | null,
    @Arg('maxStale', () => DurationScalar, { nullable: true, description: MAX_STALE_TEXT }) maxStale: Interval | null | undefined,
    @Arg('allowEstimates', () => Boolean, { nullable: true, defaultValue: false, description: ESTIMATES_TEXT }) allowEstimates: boolean | null,
    @Arg('cohortsAsOf', () => CohortMomentEnum, { nullable: true, defaultValue: 'period_end', description: `${AS_OF_TEXT} EACH_BUCKET: for each row by PERIOD at its own end.` }) cohortsAsOf: CohortMoment | null,
  ) {
    const rows = first ?? TABLE_ROWS
    checkLimit('first', rows, MOST_ROWS)
    const session = sessionOf(context, freshness, maxStale)
    const within = whereContext(context, session, timezone)
    const asked = askPeriod(period, within)
    const ask: TableAsk = {
      metrics: [...new Set(metrics)],
      by: toRowKeys(by ?? [], MOST_TABLE_KEYS, context.model),
      period: asked.period,
      predicate: and([toPredicate(where, within), inAllCohorts(cohorts)]),
      having: toHaving(having ?? [], metrics),
      compare: compare ? comparisonPeriod(compare, asked, within) : null,
      orderBy: toOrder(orderBy ?? [], metrics),
      first: rows,
      after: after ?? null,
      totals: totals ?? false,
      allowEstimates: allowEstimates ?? false,
      cohortsAsOf: cohortsAsOf ?? 'period_end',
    }
    if (ask.totals && ask.cohortsAsOf === 'each_bucket' && ask.by.some((key) => key.kind === 'time' && key.dimension === null)) throw new KpiqlError('GROUPING_INVALID', { message: '`totals` have no members of their own where each row by PERIOD has others.', hint: 'Leave `totals` out, or ask them by themselves with cohortsAsOf: PERIOD_END.' })
    if (ask.metrics.length === 0) throw new KpiqlError('GROUPING_INVALID', { message: '`metrics` is empty.', hint: 'Name at least one metric; `dimensionValues` lists the values of a dimension.' })
    const { hasNextPage, endCursor, provenance, ...table } = await session.table(ask)
    return { ...table, period: showPeriod(asked.period), pageInfo: { hasNextPage, endCursor }, asOf: formatInstant(provenance.asOfUtcMs, within.zone), stale: provenance.stale }
  }

  @Query(() => CohortType, { nullable: true, description: 'A cohort, by exactly one of name, id and of: its size, members, metrics, retention, and how it compares.' })
  cohort(
    @Ctx() context: KpiqlContext,
    @Arg('name', () => CohortName, { nullable: true, description: 'One of the model’s.' }) name: string | null | undefined,
    @Arg('id', () => ID, { nullable: true, description: 'One that was saved or uploaded.' }) id: string | null | undefined,
    @Arg('of', () => CohortInput, { nullable: true, description: 'One composed here.' }) of: CohortInput | null | undefined,
    @Arg('period', () => PeriodInput, { nullable: true, description: 'The month so far if not given.' }) period: PeriodInput | null | undefined,
    @Arg('asOf', () => CohortMomentEnum, { nullable: true, defaultValue: 'period_end', description: 'When its members are decided, for all its fields; EACH_BUCKET in a series for each bucket, PERIOD_END elsewhere.' }) asOf: CohortMoment | null,
    @Arg('timezone', () => TimeZoneScalar, { nullable: true, description: ZONE_TEXT }) timezone: string | null | undefined,
    @Arg('freshness', () => FreshnessEnum, { nullable: true, defaultValue: DEFAULT_FRESHNESS }) freshness: Freshness | null,
    @Arg('maxStale', () => DurationScalar, { nullable: true, description: MAX_STALE_TEXT }) maxStale: Interval | null | undefined,
    @Arg('allowEstimates', () => Boolean, { nullable: true, defaultValue: false, description: ESTIMATES_TEXT }) allowEstimates: boolean | null,
  ): CohortNode {
    countSlices(context, 1)
    return openCohort(context, { name, id, of }, openSlice(context, sessionOf(context, freshness, maxStale), { period: period ?? { preset: 'month_to_date' }, timezone, allowEstimates, cohortsAsOf: asOf }))
  }

  @Query(() => FunnelType, { nullable: true, description: 'How many get from step to step, and how long they take.' })
  funnel(
    @Ctx() context: KpiqlContext,
    @Arg('steps', () => [FunnelStepInput], { description: '2 to 10.' }) steps: readonly FunnelStepInput[],
    @Arg('within', () => DurationScalar, { description: 'From the first step to the last: "7 days"; at most 100 years.' }) within: Interval,
    @Arg('period', () => PeriodInput, { description: 'In which the first step lies.' }) period: PeriodInput,
    @Arg('order', () => FunnelOrderEnum, { nullable: true, defaultValue: 'ordered' }) order: FunnelOrder | null,
    @Arg('by', () => DimensionName, { nullable: true, description: 'A funnel for each value of a dimension of the first step.' }) by: string | null | undefined,
    @Arg('entity', () => EntityName, { nullable: true, description: 'What goes through it. The one entity that all steps share if not given.' }) entity: string | null | undefined,
    @Arg('where', () => Where, { nullable: true, description: 'Rows of the first step to keep; without it all.' }) where: unknown,
    @Arg('cohorts', () => [CohortName], { nullable: true, description: COHORTS_TEXT }) cohorts: readonly string[] | null | undefined,
    @Arg('timezone', () => TimeZoneScalar, { nullable: true, description: ZONE_TEXT }) timezone: string | null | undefined,
    @Arg('freshness', () => FreshnessEnum, { nullable: true, defaultValue: DEFAULT_FRESHNESS }) freshness: Freshness | null,
    @Arg('maxStale', () => DurationScalar, { nullable: true, description: MAX_STALE_TEXT }) maxStale: Interval | null | undefined,
    @Arg('cohortsAsOf', () => CohortMomentEnum, { nullable: true, defaultValue: 'period_end', description: `${AS_OF_TEXT} A funnel is one bucket: EACH_BUCKET is PERIOD_END.` }) cohortsAsOf: CohortMoment | null,
  ): Promise<FunnelType> {
    countSlices(context, 1)
    const slice = openSlice(context, sessionOf(context, freshness, maxStale), { period, where, cohorts, timezone, cohortsAsOf })
    return funnelOf(slice, { steps, within, order: order ?? 'ordered', by: by ?? null, entity: entity ?? null })
  }

  @Query(() => DimensionValuesType, { description: 'The values of a dimension, for pickers and completion.' })
  dimensionValues(
    @Ctx() context: KpiqlContext,
    @Arg('dimension', () => DimensionName) dimension: string,
    @Arg('search', () => String, { nullable: true, description: 'Values that contain this; upper and lower case are alike.' }) search: string | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: LISTED_VALUES, description: '1 to 10,000.' }) first: number | null,
    @Arg('where', () => Where, { nullable: true, description: WHERE_TEXT }) where: unknown,
    @Arg('freshness', () => FreshnessEnum, { nullable: true, defaultValue: DEFAULT_FRESHNESS }) freshness: Freshness | null,
  ): DimensionValuesNode {
    const session = context.session(freshness ?? DEFAULT_FRESHNESS)
    return new DimensionValuesNode(session, dimension, () => {
      const most = first ?? LISTED_VALUES
      checkLimit('first', most, MOST_ROWS)
      if (dimension === PERIOD_DIMENSION) throw new KpiqlError('GROUPING_INVALID', { message: 'PERIOD is each metric’s own time and has no list of values.', hint: 'Ask a metric for its `series`.' })
      return { dimension, search: search || null, first: most, predicate: toPredicate(where, whereContext(context, session, null)) }
    })
  }
}
