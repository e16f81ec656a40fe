import { Field, Int, ObjectType } from 'type-graphql'
import type { Reason, TableColumn as Column } from '../../src/answer/types.ts'
import { DateTimeScalar, LongScalar, RowScalar } from '../scalars.ts'
import { ColumnRoleEnum, ColumnTypeEnum, ReasonEnum, UnitEnum } from './enums.ts'
import { PageInfo } from './page-info.ts'
import { ResolvedPeriod } from './slice.ts'

@ObjectType({ simpleResolvers: true, description: 'A column of a table. Its name is stable: it depends on the question alone.' })
export class TableColumn {
  @Field(() => String, { description: 'The key in rows: the model’s name of a dimension or metric; `period_month`, `period_day_of_week` for time by grain or part; `cohort`; `revenue_compare` for a metric of the period compared with.' })
  readonly name!: string

  @Field(() => String)
  readonly label!: string

  @Field(() => ColumnTypeEnum)
  readonly type!: Column['type']

  @Field(() => ColumnRoleEnum)
  readonly role!: Column['role']

  @Field(() => UnitEnum, { nullable: true, description: 'Null for dimensions.' })
  readonly unit!: Column['unit']

  @Field(() => String, { nullable: true, description: 'ISO 4217; null for what is no money.' })
  readonly currency!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'Why a metric of a row is null.' })
export class CellReason {
  @Field(() => Int, { description: 'Index in `rows` of this page.' })
  readonly row!: number

  @Field(() => String)
  readonly column!: string

  @Field(() => ReasonEnum)
  readonly reason!: Reason

  @Field(() => String, { nullable: true })
  readonly remedy!: string | null
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

  @Field(() => RowScalar, { nullable: true, description: 'Metrics over all rows, computed, not summed where sums would be wrong; null unless asked.' })
  readonly totals!: unknown

  @Field(() => LongScalar, { description: 'Rows on all pages.' })
  readonly totalCount!: number

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo

  @Field(() => Boolean, { description: 'There are more rows than this page and those before it hold.' })
  readonly truncated!: boolean

  @Field(() => Boolean, { description: 'The cursor came from an older version of the data; this page is of the present one, and rows may repeat or be missed.' })
  readonly cursorOutdated!: boolean

  @Field(() => DateTimeScalar, { description: 'The present of the sources, or when their data was last looked at, whichever is earlier.' })
  readonly asOf!: string

  @Field(() => Boolean, { description: 'Served from data known to be behind the source.' })
  readonly stale!: boolean
}
