import { Field, Float, Int, ObjectType } from 'type-graphql'
import type { Quality, Reason } from '../../src/answer/types.ts'
import { PERIOD_DIMENSION, DimensionName } from '../placeholders.ts'
import { DateTimeScalar, DecimalScalar, ValueScalar } from '../scalars.ts'
import { DataQualityEnum, ReasonEnum } from './enums.ts'
import { ResolvedPeriod } from './slice.ts'

export const VALUE_TEXT = 'In the metric’s unit; percentages are 0–100, durations seconds, money in the major unit. Null where it cannot be computed from actual data: see `reason`.'
export const EXACT_TEXT = 'The same with every digit; null for ratios and averages, which have none.'
export const QUALITY_TEXT = 'ACTUAL; ESTIMATED where estimates were allowed and needed; INSUFFICIENT_DATA where there is no value.'
export const CURRENCY_TEXT = 'ISO 4217; null for what is no money, and for money of an unknown currency.'
export const ASSUMPTIONS_TEXT = 'What the value takes for granted: estimates, exchange rates. Empty for one that takes nothing.'
export const PARTIAL_TEXT = 'The period (or bucket), or a window in it, is still open, by the clock or by what the source is known to hold.'
export const REASON_TEXT = 'Why there is no value; null where there is one.'
export const AS_OF_TEXT = 'The present of the source, or when its data was last looked at, whichever is earlier.'
export const STALE_TEXT = 'Served from data known to be behind the source.'
export const REMEDY_TEXT = 'What to connect, record or ask instead; null where there is a value.'
export const SHARE_TEXT = 'Fraction of the whole, 0 to 1; null where parts do not add up to a whole (ratios, averages, distinct counts, overlapping cohorts, rows by time).'

@ObjectType('MetricValue', { simpleResolvers: true, description: 'A metric of a slice: one number for the whole period, and the ways to take it apart.' })
export class MetricValueType {}

@ObjectType({ simpleResolvers: true, description: 'One bucket of a series, half-open: `[start, end)`.' })
export class Point {
  @Field(() => DateTimeScalar, { description: 'True bounds, also where the period cuts the calendar bucket.' })
  readonly start!: string

  @Field(() => DateTimeScalar)
  readonly end!: string

  @Field(() => Float, { nullable: true, description: VALUE_TEXT })
  readonly value!: number | null

  @Field(() => DecimalScalar, { nullable: true, description: EXACT_TEXT })
  readonly exact!: string | null

  @Field(() => String, { nullable: true, description: CURRENCY_TEXT })
  readonly currency!: string | null

  @Field(() => DataQualityEnum, { description: QUALITY_TEXT })
  readonly quality!: Quality

  @Field(() => Boolean, { description: PARTIAL_TEXT })
  readonly partial!: boolean

  @Field(() => ReasonEnum, { nullable: true, description: REASON_TEXT })
  readonly reason!: Reason | null

  @Field(() => String, { nullable: true, description: REMEDY_TEXT })
  readonly remedy!: string | null

  @Field(() => [String], { description: ASSUMPTIONS_TEXT })
  readonly assumptions!: readonly string[]
}

@ObjectType({ simpleResolvers: true, description: 'A series as parallel lists, one item a bucket: shorter than points for long series.' })
export class SeriesColumns {
  @Field(() => [DateTimeScalar], { description: 'First moment of each bucket.' })
  readonly starts!: readonly string[]

  @Field(() => [DateTimeScalar], { description: 'First moment after each bucket.' })
  readonly ends!: readonly string[]

  @Field(() => [Float], { nullable: 'items', description: VALUE_TEXT })
  readonly values!: readonly (number | null)[]

  @Field(() => [DecimalScalar], { nullable: 'items', description: EXACT_TEXT })
  readonly exact!: readonly (string | null)[]

  @Field(() => [String], { nullable: 'items', description: CURRENCY_TEXT })
  readonly currencies!: readonly (string | null)[]

  @Field(() => [DataQualityEnum], { description: QUALITY_TEXT })
  readonly quality!: readonly Quality[]

  @Field(() => [Boolean], { description: PARTIAL_TEXT })
  readonly partial!: readonly boolean[]
}

@ObjectType({ simpleResolvers: true, description: 'The metric in another period, and how it has changed since. The slice is taken as it was in each period.' })
export class Compared {
  @Field(() => ResolvedPeriod, { description: 'The other period; of a running one only the same elapsed part.' })
  readonly period!: ResolvedPeriod

  @Field(() => Float, { nullable: true, description: `The other period’s value. ${VALUE_TEXT}` })
  readonly value!: number | null

  @Field(() => DecimalScalar, { nullable: true, description: EXACT_TEXT })
  readonly exact!: string | null

  @Field(() => String, { nullable: true, description: CURRENCY_TEXT })
  readonly currency!: string | null

  @Field(() => DataQualityEnum, { description: QUALITY_TEXT })
  readonly quality!: Quality

  @Field(() => Boolean, { description: PARTIAL_TEXT })
  readonly partial!: boolean

  @Field(() => [String], { description: ASSUMPTIONS_TEXT })
  readonly assumptions!: readonly string[]

  @Field(() => ReasonEnum, { nullable: true, description: 'Why there is no value; MIXED_CURRENCIES where there are two, in different currencies, and so no change.' })
  readonly reason!: Reason | null

  @Field(() => String, { nullable: true, description: 'What to connect, record or ask instead; null where there is no reason.' })
  readonly remedy!: string | null

  @Field(() => Float, { nullable: true, description: 'This value less the other, in the metric’s unit; null where either is, and where they are in different currencies.' })
  readonly change!: number | null

  @Field(() => Float, { nullable: true, description: 'The change as a percentage (0–100) of the other value; null where that is zero or negative, because the percentage would mislead.' })
  readonly changePercent!: number | null

  @Field(() => Float, { nullable: true, description: 'The change in percentage points; null for metrics that are no percentages.' })
  readonly changePoints!: number | null
}

@ObjectType({ simpleResolvers: true, description: 'The value of one dimension in a row.' })
export class DimensionValueOfRow {
  @Field(() => String, { description: 'The column: `country`, `period_month`, `period_day_of_week`, `cohort`.' })
  readonly name!: string

  @Field(() => DimensionName, { nullable: true, description: `The dimension (${PERIOD_DIMENSION} for the metric’s own time); null for cohorts.` })
  readonly dimension!: string | null

  @Field(() => ValueScalar, { nullable: true, description: 'Null for the rows without a value. The start of a bucket is a date, from hours down an instant; a cohort is its name.' })
  readonly value!: string | number | boolean | null
}

@ObjectType('BreakdownRow', { simpleResolvers: true, description: 'One group of a breakdown.' })
export class BreakdownRowType {
  @Field(() => [DimensionValueOfRow], { description: 'In the order asked.' })
  readonly dimensions!: readonly DimensionValueOfRow[]

  @Field(() => Float, { nullable: true, description: VALUE_TEXT })
  readonly value!: number | null

  @Field(() => DecimalScalar, { nullable: true, description: EXACT_TEXT })
  readonly exact!: string | null

  @Field(() => String, { nullable: true, description: CURRENCY_TEXT })
  readonly currency!: string | null

  @Field(() => String, { nullable: true, description: 'The value as people read it (American English); null where there is none.' })
  readonly formatted!: string | null

  @Field(() => Float, { nullable: true, description: SHARE_TEXT })
  readonly share!: number | null

  @Field(() => DataQualityEnum, { description: QUALITY_TEXT })
  readonly quality!: Quality

  @Field(() => Boolean, { description: PARTIAL_TEXT })
  readonly partial!: boolean

  @Field(() => [String], { description: ASSUMPTIONS_TEXT })
  readonly assumptions!: readonly string[]

  @Field(() => ReasonEnum, { nullable: true, description: REASON_TEXT })
  readonly reason!: Reason | null

  @Field(() => String, { nullable: true, description: REMEDY_TEXT })
  readonly remedy!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'Everything outside the rows, computed together.' })
export class OtherRows {
  @Field(() => Float, { nullable: true, description: VALUE_TEXT })
  readonly value!: number | null

  @Field(() => DecimalScalar, { nullable: true, description: EXACT_TEXT })
  readonly exact!: string | null

  @Field(() => String, { nullable: true, description: CURRENCY_TEXT })
  readonly currency!: string | null

  @Field(() => Float, { nullable: true, description: SHARE_TEXT })
  readonly share!: number | null

  @Field(() => DataQualityEnum, { description: QUALITY_TEXT })
  readonly quality!: Quality

  @Field(() => [String], { description: ASSUMPTIONS_TEXT })
  readonly assumptions!: readonly string[]

  @Field(() => Boolean, { description: PARTIAL_TEXT })
  readonly partial!: boolean

  @Field(() => ReasonEnum, { nullable: true, description: REASON_TEXT })
  readonly reason!: Reason | null

  @Field(() => String, { nullable: true, description: REMEDY_TEXT })
  readonly remedy!: string | null
}

@ObjectType('Breakdown', { simpleResolvers: true, description: 'A metric by groups. The order is deterministic: ties are broken by the dimensions’ values. Amounts in different currencies are not compared: the first of each currency come first, then the second of each.' })
export class BreakdownType {
  @Field(() => [BreakdownRowType])
  readonly rows!: readonly BreakdownRowType[]

  @Field(() => OtherRows, { nullable: true, description: 'Null when every group is among the rows, when it was not asked, and for cohorts and rows by time.' })
  readonly other!: OtherRows | null

  @Field(() => Boolean, { description: 'There are more groups than rows.' })
  readonly truncated!: boolean

  @Field(() => Int, { description: 'How many groups there are.' })
  readonly totalCount!: number

  @Field(() => ReasonEnum, { nullable: true, description: 'Why the metric cannot be broken down so, and there are no rows; null where it can.' })
  readonly reason!: Reason | null

  @Field(() => String, { nullable: true, description: REMEDY_TEXT })
  readonly remedy!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'One step of where a metric comes from.' })
export class LineageStep {
  @Field(() => String)
  readonly metric!: string

  @Field(() => String, { nullable: true })
  readonly semanticModel!: string | null

  @Field(() => String, { nullable: true })
  readonly source!: string | null

  @Field(() => String, { nullable: true, description: 'What is aggregated, as the model writes it.' })
  readonly expression!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'A source that was read, and the version of its data.' })
export class ExplainedSource {
  @Field(() => String)
  readonly name!: string

  @Field(() => String)
  readonly connector!: string

  @Field(() => String)
  readonly dataVersion!: string

  @Field(() => DateTimeScalar, { description: 'The present of the source, or when its data was last looked at, whichever is earlier.' })
  readonly asOf!: string
}

@ObjectType({ simpleResolvers: true, description: 'One statement an engine would run.' })
export class ExplainedScan {
  @Field(() => String)
  readonly source!: string

  @Field(() => String)
  readonly semanticModel!: string

  @Field(() => String, { description: 'How slices are told apart in it.' })
  readonly form!: string

  @Field(() => String, { description: 'Why that form.' })
  readonly why!: string

  @Field(() => String)
  readonly sql!: string

  @Field(() => [String], { description: 'Bound values, in the order of their places.' })
  readonly params!: readonly string[]
}

@ObjectType({ simpleResolvers: true, description: 'How a number comes about. The plan is that of this metric alone; in a request it is fused with the others.' })
export class Explain {
  @Field(() => String, { nullable: true, description: 'In words, from the model.' })
  readonly formula!: string | null

  @Field(() => String, { description: 'Which implementation of the metric serves, and why others do not.' })
  readonly implementation!: string

  @Field(() => [LineageStep])
  readonly lineage!: readonly LineageStep[]

  @Field(() => [ExplainedSource])
  readonly sources!: readonly ExplainedSource[]

  @Field(() => [ExplainedScan])
  readonly scans!: readonly ExplainedScan[]

  @Field(() => String, { nullable: true, description: 'The rollup used; null when the tables themselves are read.' })
  readonly rollup!: string | null
}
