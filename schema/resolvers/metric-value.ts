import { Arg, Ctx, FieldResolver, Float, Int, Resolver, Root } from 'type-graphql'
import type { BreakdownAsk, Quality, Reason } from '../../src/answer/types.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import type { Grain } from '../../src/base/grain.ts'
import { formatInstant } from '../../src/base/period.ts'
import type { MovementComponent, Unit } from '../../src/model/types.ts'
import { benchmarkOf } from '../benchmark-node.ts'
import { breakDown } from '../break-down.ts'
import type { BreakdownRow } from '../break-down.ts'
import type { KpiqlContext } from '../context.ts'
import { formatValue } from '../format-value.ts'
import { toRowKeys } from '../group-by.ts'
import { checkLimit, MOST_BREAKDOWN_KEYS, MOST_GROUPS, MOST_ROWS } from '../limits.ts'
import type { MetricNode } from '../metric-node.ts'
import { MetricName } from '../placeholders.ts'
import { DateTimeScalar, DecimalScalar } from '../scalars.ts'
import { DataQualityEnum, GrainEnum, MovementComponentEnum, ReasonEnum, SortOrderEnum, UnitEnum } from '../types/enums.ts'
import { BenchmarkType } from '../types/benchmark.ts'
import { DrillDown } from '../types/drill-down.ts'
import { ComparisonInput, GroupBy } from '../types/inputs.ts'
import { ASSUMPTIONS_TEXT, BreakdownRowType, BreakdownType, CURRENCY_TEXT, Compared, EXACT_TEXT, Explain, MetricValueType, PARTIAL_TEXT, Point, SeriesColumns, QUALITY_TEXT, REASON_TEXT, REMEDY_TEXT, VALUE_TEXT } from '../types/metric-value.ts'

const PREVIOUS_PERIOD: ComparisonInput = { preset: 'previous_period' }
const TOP = 10
const LISTED_ENTITIES = 100
const CUMULATIVE_TEXT = 'Each bucket from the start of the period to its own end. For sums, counts and distinct counts; refused for stocks, ratios and averages.'
const COMPARE_TEXT = 'Another period’s value and the change since. Null while nothing of the period has elapsed.'
const FILL_TEXT = 'False leaves out the buckets without a row; a count’s 0 stays.'

@Resolver(() => MetricValueType)
export class MetricValueResolver {
  @FieldResolver(() => MetricName)
  name(@Root() { metric }: MetricNode): string {
    return metric.name
  }

  @FieldResolver(() => String)
  label(@Root() { metric }: MetricNode): string {
    return metric.label
  }

  @FieldResolver(() => UnitEnum)
  unit(@Root() { metric }: MetricNode): Unit {
    return metric.unit
  }

  @FieldResolver(() => String, { nullable: true, description: CURRENCY_TEXT })
  async currency(@Root() node: MetricNode): Promise<string | null> {
    return (await node.read()).cell.currency
  }

  @FieldResolver(() => Float, { nullable: true, description: VALUE_TEXT })
  async value(@Root() node: MetricNode): Promise<number | null> {
    return (await node.read()).cell.value
  }

  @FieldResolver(() => DecimalScalar, { nullable: true, description: EXACT_TEXT })
  async exact(@Root() node: MetricNode): Promise<string | null> {
    return (await node.read()).cell.exact
  }

  @FieldResolver(() => String, { nullable: true, description: 'The value as people read it (American English), rounded: "$1,234.50", "12.3%". Null where there is none.' })
  async formatted(@Root() node: MetricNode): Promise<string | null> {
    const { value, currency } = (await node.read()).cell
    return value === null ? null : formatValue(value, node.metric.unit, currency)
  }

  @FieldResolver(() => DataQualityEnum, { description: QUALITY_TEXT })
  async quality(@Root() node: MetricNode): Promise<Quality> {
    return (await node.read()).cell.quality
  }

  @FieldResolver(() => Boolean, { description: PARTIAL_TEXT })
  async partial(@Root() node: MetricNode): Promise<boolean> {
    return (await node.read()).cell.partial
  }

  @FieldResolver(() => ReasonEnum, { nullable: true, description: REASON_TEXT })
  async reason(@Root() node: MetricNode): Promise<Reason | null> {
    return (await node.read()).cell.reason
  }

  @FieldResolver(() => String, { nullable: true, description: REMEDY_TEXT })
  async remedy(@Root() node: MetricNode): Promise<string | null> {
    return (await node.read()).cell.remedy
  }

  @FieldResolver(() => [String], { description: ASSUMPTIONS_TEXT })
  async assumptions(@Root() node: MetricNode): Promise<readonly string[]> {
    return (await node.read()).cell.assumptions
  }

  @FieldResolver(() => DateTimeScalar, { description: 'The present of the source, or when its data was last looked at, whichever is earlier.' })
  async asOf(@Root() node: MetricNode): Promise<string> {
    return formatInstant((await node.read()).provenance.asOfUtcMs, node.zone)
  }

  @FieldResolver(() => Boolean, { description: 'Served from data known to be behind the source.' })
  async stale(@Root() node: MetricNode): Promise<boolean> {
    return (await node.read()).provenance.stale
  }

  @FieldResolver(() => String, { description: 'Changes whenever the model does.' })
  definitionVersion(@Ctx() { model }: KpiqlContext): string {
    return model.version
  }

  @FieldResolver(() => String, { nullable: true, description: 'What the number says, in words of the model.' })
  interpretation(@Root() { metric }: MetricNode): string | null {
    return metric.interpretation
  }

  @FieldResolver(() => BenchmarkType, { nullable: true, description: 'What others reach, and where the value stands.' })
  async benchmark(@Root() node: MetricNode): Promise<BenchmarkType | null> {
    return node.metric.benchmark === null ? null : benchmarkOf(node.metric, (await node.read()).cell.value)
  }

  @FieldResolver(() => Compared, { nullable: true, description: COMPARE_TEXT })
  compare(
    @Root() node: MetricNode,
    @Arg('to', () => ComparisonInput, { nullable: true, defaultValue: PREVIOUS_PERIOD }) to: ComparisonInput | null,
  ): Promise<Compared | null> {
    return node.compare(to ?? PREVIOUS_PERIOD, node.read().then(({ cell }) => cell))
  }

  @FieldResolver(() => [Point], { nullable: true, description: 'The metric by time buckets. Ratios and distinct counts are computed for each bucket, never averaged over them.' })
  series(
    @Root() node: MetricNode,
    @Arg('grain', () => GrainEnum) grain: Grain,
    @Arg('fill', () => Boolean, { nullable: true, defaultValue: true, description: FILL_TEXT }) fill: boolean | null,
    @Arg('cumulative', () => Boolean, { nullable: true, defaultValue: false, description: CUMULATIVE_TEXT }) cumulative: boolean | null,
  ): Promise<readonly Point[]> {
    return node.series(grain, fill ?? true, cumulative ?? false)
  }

  @FieldResolver(() => SeriesColumns, { nullable: true, description: 'The series as parallel lists.' })
  seriesColumns(
    @Root() node: MetricNode,
    @Arg('grain', () => GrainEnum) grain: Grain,
    @Arg('cumulative', () => Boolean, { nullable: true, defaultValue: false, description: CUMULATIVE_TEXT }) cumulative: boolean | null,
  ): Promise<SeriesColumns> {
    return node.seriesColumns(grain, cumulative ?? false)
  }

  @FieldResolver(() => DrillDown, { nullable: true, description: 'The entities behind the value: who brought it, who churned, who expanded, and by how much. Their values add up to it.' })
  async drill(
    @Root() node: MetricNode,
    @Arg('first', () => Int, { nullable: true, defaultValue: LISTED_ENTITIES, description: '1 to 10,000.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' }) after: string | null | undefined,
    @Arg('component', () => MovementComponentEnum, { nullable: true, description: 'Of a movement: another component than the metric’s own.' }) component: MovementComponent | null | undefined,
  ): Promise<DrillDown> {
    const most = first ?? LISTED_ENTITIES
    checkLimit('first', most, MOST_ROWS)
    const { rows, hasNextPage, endCursor, cursorOutdated, unavailable, entity, totalCount } = await node.drill(component ?? null, most, after ?? null)
    return {
      entity,
      rows: rows.map(({ id, cell }) => ({ id, value: cell.value, exact: cell.exact, formatted: cell.value === null ? null : formatValue(cell.value, node.metric.unit, cell.currency) })),
      totalCount,
      pageInfo: { hasNextPage, endCursor },
      cursorOutdated,
      reason: unavailable?.reason ?? null,
      remedy: unavailable?.remedy ?? null,
    }
  }

  @FieldResolver(() => BreakdownType, { nullable: true, description: 'The metric by groups, the largest first.' })
  breakdown(
    @Root() node: MetricNode,
    @Ctx() { model }: KpiqlContext,
    @Arg('by', () => [GroupBy], { description: 'At most 3; or cohorts alone.' }) by: readonly GroupBy[],
    @Arg('top', () => Int, { nullable: true, defaultValue: TOP, description: 'Rows, 1 to 1000.' }) top: number | null,
    @Arg('orderBy', () => SortOrderEnum, { nullable: true, defaultValue: 'DESC', description: 'By value.' }) orderBy: BreakdownAsk['order'] | null,
    @Arg('other', () => Boolean, { nullable: true, defaultValue: true, description: 'Computes everything outside the rows.' }) other: boolean | null,
  ): Promise<BreakdownType> {
    const rows = top ?? TOP
    checkLimit('top', rows, MOST_GROUPS)
    const keys = toRowKeys(by, MOST_BREAKDOWN_KEYS, model)
    if (keys.length === 0) throw new KpiqlError('GROUPING_INVALID', { message: '`by` is empty.', hint: 'Write by: [{dimension: COUNTRY}]; the undivided number is `value`.' })
    return breakDown(node, keys, { top: rows, order: orderBy ?? 'DESC', other: other ?? true }, model)
  }

  @FieldResolver(() => Explain, { nullable: true, description: 'How the number comes about: formula, lineage, sources and SQL.' })
  async explain(@Root() node: MetricNode): Promise<Explain> {
    const { sources, ...explanation } = await node.explain()
    return { ...explanation, sources: sources.map(({ asOfUtcMs, ...source }) => ({ ...source, asOf: formatInstant(asOfUtcMs, node.zone) })) }
  }
}

@Resolver(() => BreakdownRowType)
export class BreakdownRowResolver {
  @FieldResolver(() => Compared, { nullable: true, description: `${COMPARE_TEXT} Of rows by time it is not available.` })
  compare(
    @Root() row: BreakdownRow,
    @Arg('to', () => ComparisonInput, { nullable: true, defaultValue: PREVIOUS_PERIOD }) to: ComparisonInput | null,
  ): Promise<Compared | null> {
    return row.narrowed().compare(to ?? PREVIOUS_PERIOD, row.cell)
  }

  @FieldResolver(() => [Point], { nullable: true, description: 'The row by time buckets. Of rows by time it is not available.' })
  series(
    @Root() row: BreakdownRow,
    @Arg('grain', () => GrainEnum) grain: Grain,
    @Arg('fill', () => Boolean, { nullable: true, defaultValue: true, description: FILL_TEXT }) fill: boolean | null,
  ): Promise<readonly Point[]> {
    return row.narrowed().series(grain, fill ?? true)
  }
}
