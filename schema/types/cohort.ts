import { Field, Float, ID, ObjectType } from 'type-graphql'
import type { Quality, Reason } from '../../src/answer/types.ts'
import { CohortName, EntityName, MetricName } from '../placeholders.ts'
import { LongScalar } from '../scalars.ts'
import { DataQualityEnum, ReasonEnum } from './enums.ts'
import { CURRENCY_TEXT, REMEDY_TEXT } from './metric-value.ts'
import { CURSOR_OUTDATED_TEXT, PageInfo } from './page-info.ts'

export const SIZE_REASON_TEXT = 'Why there is no size; null where there is one.'

@ObjectType({ simpleResolvers: true, description: 'A page of entities, ordered by their keys.' })
export class Members {
  @Field(() => [ID], { description: 'Keys of the entities, as the source writes them.' })
  readonly ids!: readonly string[]

  @Field(() => LongScalar, { description: 'Entities on all pages.' })
  readonly totalCount!: number

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo

  @Field(() => Boolean, { description: CURSOR_OUTDATED_TEXT })
  readonly cursorOutdated!: boolean
}

@ObjectType('Cohort', { simpleResolvers: true, description: 'A set of entities, as at some moment of a period.' })
export class CohortType {
  @Field(() => CohortName, { nullable: true, description: 'Of one the model defines.' })
  readonly name!: string | null

  @Field(() => ID, { nullable: true, description: 'Of one that was saved or uploaded.' })
  readonly id!: string | null

  @Field(() => String)
  readonly label!: string

  @Field(() => String, { nullable: true })
  readonly description!: string | null

  @Field(() => String, { description: 'All that decides membership, for people. Lists tell their first ten values.' })
  readonly definition!: string

  @Field(() => EntityName, { description: 'What its members are.' })
  readonly entity!: string
}

@ObjectType({ simpleResolvers: true, description: 'One metric of two cohorts.' })
export class ComparedMetric {
  @Field(() => MetricName)
  readonly name!: string

  @Field(() => Float, { nullable: true, description: 'Of the cohort asked.' })
  readonly value!: number | null

  @Field(() => Float, { nullable: true, description: 'Of the other.' })
  readonly otherValue!: number | null

  @Field(() => String, { nullable: true, description: `Of the first. ${CURRENCY_TEXT}` })
  readonly currency!: string | null

  @Field(() => String, { nullable: true, description: `Of the other. ${CURRENCY_TEXT}` })
  readonly otherCurrency!: string | null

  @Field(() => Float, { nullable: true, description: 'The first less the other, in the metric’s unit.' })
  readonly difference!: number | null

  @Field(() => Float, { nullable: true, description: 'The difference as a percentage (0–100) of the other’s value; null where that is zero or negative.' })
  readonly lift!: number | null

  @Field(() => DataQualityEnum, { description: 'The weaker of the two.' })
  readonly quality!: Quality

  @Field(() => [String], { description: 'What an estimate on either side takes for granted.' })
  readonly assumptions!: readonly string[]

  @Field(() => ReasonEnum, { nullable: true, description: 'Why one of them has no value, or the two cannot be compared.' })
  readonly reason!: Reason | null

  @Field(() => String, { nullable: true, description: REMEDY_TEXT })
  readonly remedy!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'Two cohorts of one entity side by side.' })
export class CohortComparison {
  @Field(() => LongScalar, { nullable: true })
  readonly size!: Promise<number | null>

  @Field(() => LongScalar, { nullable: true })
  readonly otherSize!: Promise<number | null>

  @Field(() => LongScalar, { nullable: true, description: 'Members of both.' })
  readonly overlap!: Promise<number | null>

  @Field(() => LongScalar, { nullable: true, description: 'Members of the first alone.' })
  readonly onlyThis!: Promise<number | null>

  @Field(() => LongScalar, { nullable: true, description: 'Members of the other alone.' })
  readonly onlyOther!: Promise<number | null>

  @Field(() => Float, { nullable: true, description: 'Overlap ÷ members of either, 0 to 1 (Jaccard); null where both are empty.' })
  readonly similarity!: Promise<number | null>

  @Field(() => ReasonEnum, { nullable: true, description: 'Why one of the counts is null, and all that follow from it; null where none is.' })
  readonly sizeReason!: Promise<Reason | null>

  @Field(() => String, { nullable: true, description: REMEDY_TEXT })
  readonly sizeRemedy!: Promise<string | null>

  @Field(() => [ComparedMetric], { nullable: 'items', description: 'In the order asked. One that is at fault is null, with an error; the others are served.' })
  readonly metrics!: readonly Promise<ComparedMetric>[]
}
