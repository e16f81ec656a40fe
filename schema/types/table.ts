import { Field, Int, ObjectType } from 'type-graphql'
import type { Quality, Reason, TableColumn as Column } from '../../src/answer/types.ts'
import { DateTimeScalar, LongScalar, RowScalar } from '../scalars.ts'
import { ColumnRoleEnum, ColumnTypeEnum, DataQualityEnum, ReasonEnum, UnitEnum } from './enums.ts'
import { ASSUMPTIONS_TEXT, PARTIAL_TEXT, QUALITY_TEXT } from './metric-value.ts'
import { CURSOR_OUTDATED_TEXT, PageInfo } from './page-info.ts'
import { ResolvedPeriod } from './slice.ts'

@ObjectType({ simpleResolvers: true, description: 'A column of a table. Its name is stable: it depends on the question alone.' })
export class TableColumn {
  @Field(() => String, { description: 'The key in rows: the model’s name of a dimension or metric; `period_month`, `period_day_of_week` for time by grain or part; `cohort`; `revenue_compare` for a metric of the period compared with; `revenue_currency` for the currencies of one whose rows may be in several.' })
  readonly name!: string

  @Field(() => String)
  readonly label!: string

  @Field(() => ColumnTypeEnum)
  readonly type!: Column['type']

  @Field(() => ColumnRoleEnum)
  readonly role!: Column['role']

  @Field(() => UnitEnum, { nullable: true, description: 'Null for dimensions.' })
  readonly unit!: Column['unit']

  @Field(() => String, { nullable: true, description: 'ISO 4217 of all its values; null for what is no money, and where rows may be in several: then a column of currencies stands beside it.' })
  readonly currency!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'Why a metric is null.' })
export class ColumnReason {
  @Field(() => String)
  readonly column!: string

  @Field(() => ReasonEnum)
  readonly reason!: Reason

  @Field(() => String, { nullable: true })
  readonly remedy!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'Why a metric of a row is null.' })
export class CellReason extends ColumnReason {
  @Field(() => Int, { description: 'Index in `rows` of this page.' })
  readonly row!: number
}

@ObjectType({ simpleResolvers: true, description: 'What is to be known of a value besides it.' })
export class ColumnNote {
  @Field(() => String)
  readonly column!: string

  @Field(() => DataQualityEnum, { description: QUALITY_TEXT })
  readonly quality!: Quality

  @Field(() => [String], { description: ASSUMPTIONS_TEXT })
  readonly assumptions!: readonly string[]

  @Field(() => Boolean, { description: PARTIAL_TEXT })
  readonly partial!: boolean
}

@ObjectType({ simpleResolvers: true, description: 'What is to be known of a metric of a row besides its value.' })
export class CellNote extends ColumnNote {
  @Field(() => Int, { description: 'Index in `rows` of this page.' })
  readonly row!: number
}

@ObjectType('Table', { simpleResolvers: true, description: 'Flat rows for BI tools: a column for each dimension and metric.' })
export class TableType {
  @Field(() => ResolvedPeriod)
  readonly period!: ResolvedPeriod

  @Field(() => [TableColumn])
  readonly columns!: readonly TableColumn[]

  @Field(() => [RowScalar])
  readonly rows!: readonly unknown[]

  @Field(() => [CellReason], { description: 'Reasons of the nulls among the metrics of this page.' })
  readonly reasons!: readonly CellReason[]

  @Field(() => [CellNote], { description: 'Which metrics of this page are estimated, take something for granted, or are of a period still open. What is not here is actual and closed.' })
  readonly notes!: readonly CellNote[]

  @Field(() => [ColumnReason], { description: 'Metrics that no row has: they cannot be grouped so, or their source failed. The others are served.' })
  readonly columnReasons!: readonly ColumnReason[]

  @Field(() => RowScalar, { nullable: true, description: 'Metrics over all rows, computed, not summed where sums would be wrong; null unless asked.' })
  readonly totals!: unknown

  @Field(() => [ColumnReason], { description: 'Reasons of the nulls among the totals.' })
  readonly totalsReasons!: readonly ColumnReason[]

  @Field(() => [ColumnNote], { description: 'The same notes for the totals.' })
  readonly totalsNotes!: readonly ColumnNote[]

  @Field(() => LongScalar, { description: 'Rows on all pages.' })
  readonly totalCount!: number

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo

  @Field(() => Boolean, { description: 'There are more rows than this page and those before it hold.' })
  readonly truncated!: boolean

  @Field(() => Boolean, { description: CURSOR_OUTDATED_TEXT })
  readonly cursorOutdated!: boolean

  @Field(() => DateTimeScalar, { description: 'The present of the sources of all metrics, or when their data was last looked at, whichever is earliest.' })
  readonly asOf!: string

  @Field(() => Boolean, { description: 'Served from data known to be behind the source.' })
  readonly stale!: boolean
}
