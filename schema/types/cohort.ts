import { Field, Float, ID, ObjectType } from 'type-graphql'
import type { Reason } from '../../src/answer/types.ts'
import { CohortName, EntityName, MetricName } from '../placeholders.ts'
import { LongScalar } from '../scalars.ts'
import { ReasonEnum } from './enums.ts'
import { PageInfo } from './page-info.ts'

@ObjectType({ simpleResolvers: true, description: 'A page of entities, ordered by their keys.' })
export class Members {
  @Field(() => [ID], { description: 'Keys of the entities, as the source writes them.' })
  readonly ids!: readonly string[]

  @Field(() => LongScalar, { description: 'Entities on all pages.' })
  readonly totalCount!: number

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
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

  @Field(() => String, { description: 'What decides membership, for people.' })
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

  @Field(() => Float, { nullable: true, description: 'The first less the other, in the metric’s unit.' })
  readonly difference!: number | null

  @Field(() => Float, { nullable: true, description: 'The difference as a percentage (0–100) of the other’s value; null where that is zero or negative.' })
  readonly lift!: number | null

  @Field(() => ReasonEnum, { nullable: true, description: 'Why one of them has no value.' })
  readonly reason!: Reason | null
}

@ObjectType({ simpleResolvers: true, description: 'Two cohorts of one entity side by side.' })
export class CohortComparison {
  @Field(() => LongScalar, { nullable: true })
  readonly size!: number | null

  @Field(() => LongScalar, { nullable: true })
  readonly otherSize!: number | null

  @Field(() => LongScalar, { nullable: true, description: 'Members of both.' })
  readonly overlap!: number | null

  @Field(() => LongScalar, { nullable: true, description: 'Members of the first alone.' })
  readonly onlyThis!: number | null

  @Field(() => LongScalar, { nullable: true, description: 'Members of the other alone.' })
  readonly onlyOther!: number | null

  @Field(() => Float, { nullable: true, description: 'Overlap ÷ members of either, 0 to 1 (Jaccard); null where both are empty.' })
  readonly similarity!: number | null

  @Field(() => [ComparedMetric], { description: 'In the order asked.' })
  readonly metrics!: readonly ComparedMetric[]
}
