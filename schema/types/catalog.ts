import { Field, Int, ObjectType } from 'type-graphql'
import type { Grain } from '../../src/base/grain.ts'
import type { CompanyStage, Dimension, DimensionKind, Framework, Metric, MetricCategory, Unit } from '../../src/model/types.ts'
import { CohortName, DimensionName, EntityName, MetricName } from '../placeholders.ts'
import { DateTimeScalar } from '../scalars.ts'
import { CompanyStageEnum, DimensionKindEnum, DirectionEnum, FrameworkEnum, GrainEnum, MetricCategoryEnum, UnitEnum } from './enums.ts'
import { BenchmarkType } from './benchmark.ts'

@ObjectType({ simpleResolvers: true, description: 'The place of a metric in a framework.' })
export class FrameworkPlace {
  @Field(() => FrameworkEnum)
  readonly framework!: Framework

  @Field(() => [String], { description: 'REVENUE in AARRR, for instance.' })
  readonly parts!: readonly string[]
}

@ObjectType('CatalogMetric', { simpleResolvers: true, description: 'A metric as the model defines it.' })
export class CatalogMetricType {
  @Field(() => MetricName)
  readonly name!: string

  @Field(() => String)
  readonly label!: string

  @Field(() => String, { nullable: true })
  readonly description!: string | null

  @Field(() => UnitEnum)
  readonly unit!: Unit

  @Field(() => String, { nullable: true, description: 'ISO 4217; null for what is no money.' })
  readonly currency!: string | null

  @Field(() => DirectionEnum, { nullable: true })
  readonly direction!: Metric['direction']

  @Field(() => String, { nullable: true, description: 'How it is computed, in words.' })
  readonly formula!: string | null

  @Field(() => String, { nullable: true })
  readonly interpretation!: string | null

  @Field(() => MetricCategoryEnum, { nullable: true })
  readonly category!: MetricCategory | null

  @Field(() => [FrameworkPlace])
  readonly frameworks!: readonly FrameworkPlace[]

  @Field(() => [CompanyStageEnum])
  readonly stages!: readonly CompanyStage[]

  @Field(() => BenchmarkType, { nullable: true })
  readonly benchmark!: BenchmarkType | null

  @Field(() => GrainEnum, { nullable: true, description: 'The base period of a rate: a monthly churn stays monthly over a quarter. Null for what is no rate.' })
  readonly ratePeriod!: Grain | null

  @Field(() => [MetricName], { description: 'Metrics that are implementations of this one, like those of a connected tool, in the order they are tried: after its own definition, where it has one. `explain` says which serves.' })
  readonly implementedBy!: readonly string[]

  @Field(() => [String], { description: 'Enum values of its former names, which still work.' })
  readonly deprecatedNames!: readonly string[]
}

@ObjectType('CatalogDimension', { simpleResolvers: true, description: 'A dimension: by what metrics are filtered and grouped.' })
export class CatalogDimensionType {
  @Field(() => DimensionName)
  readonly name!: string

  @Field(() => String, { description: 'Its field in `Where`, and its column in rows.' })
  readonly field!: string

  @Field(() => String)
  readonly label!: string

  @Field(() => String, { nullable: true })
  readonly description!: string | null

  @Field(() => DimensionKindEnum)
  readonly kind!: DimensionKind

  @Field(() => GrainEnum, { nullable: true, description: 'Finest grain that means something; null for what is no date or time.' })
  readonly granularity!: Dimension['granularity']

  @Field(() => EntityName, { nullable: true, description: 'The entity it describes; null for one of rows that are no entity.' })
  readonly entity!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'A cohort that the model defines.' })
export class CatalogCohort {
  @Field(() => CohortName)
  readonly name!: string

  @Field(() => String)
  readonly label!: string

  @Field(() => String, { nullable: true })
  readonly description!: string | null

  @Field(() => EntityName)
  readonly entity!: string

  @Field(() => String, { description: 'The condition, as the model writes it.' })
  readonly definition!: string
}

@ObjectType({ simpleResolvers: true, description: 'What can be counted, joined on and gathered in cohorts.' })
export class CatalogEntity {
  @Field(() => EntityName)
  readonly name!: string

  @Field(() => String)
  readonly label!: string

  @Field(() => String, { nullable: true })
  readonly description!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'A row of a source that could not be read, kept out of every metric.' })
export class QuarantinedRow {
  @Field(() => String)
  readonly table!: string

  @Field(() => String)
  readonly file!: string

  @Field(() => Int, { nullable: true, description: 'Counted from 1, the header included; null for formats without lines.' })
  readonly line!: number | null

  @Field(() => String, { nullable: true })
  readonly column!: string | null

  @Field(() => String)
  readonly reason!: string

  @Field(() => String, { description: 'The row as it was found.' })
  readonly content!: string
}

@ObjectType({ simpleResolvers: true, description: 'Rows that did not fit their table.' })
export class Quarantine {
  @Field(() => Int)
  readonly total!: number

  @Field(() => Boolean, { description: 'There are more rows than `entries`.' })
  readonly truncated!: boolean

  @Field(() => [QuarantinedRow])
  readonly entries!: readonly QuarantinedRow[]
}

@ObjectType({ simpleResolvers: true, description: 'A source behind the metrics, as it is now.' })
export class CatalogSource {
  @Field(() => String)
  readonly name!: string

  @Field(() => String)
  readonly connector!: string

  @Field(() => Boolean, { description: 'It answers.' })
  readonly ok!: boolean

  @Field(() => String)
  readonly message!: string

  @Field(() => DateTimeScalar, { nullable: true, description: 'Its own present, where it declares one: what "last 30 days" counts from. In UTC.' })
  readonly now!: string | null

  @Field(() => String, { nullable: true })
  readonly dataVersion!: string | null

  @Field(() => Quarantine)
  readonly quarantine!: Quarantine
}

@ObjectType('Catalog', { simpleResolvers: true, description: 'What can be asked.' })
export class CatalogType {
  @Field(() => String, { description: 'Changes whenever the model does.' })
  readonly definitionVersion!: string

  @Field(() => DateTimeScalar, { description: 'The present of the sources: what "last 30 days" counts from. In UTC.' })
  readonly now!: string
}
