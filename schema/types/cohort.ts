import { Field, ID, ObjectType } from 'type-graphql'
import { CohortName, EntityName } from '../placeholders.ts'
import { LongScalar } from '../scalars.ts'
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

@ObjectType('Cohort', { simpleResolvers: true, description: 'A named set of entities, as at the end of a period.' })
export class CohortType {
  @Field(() => CohortName)
  readonly name!: string

  @Field(() => String)
  readonly label!: string

  @Field(() => String, { nullable: true })
  readonly description!: string | null

  @Field(() => String, { description: 'The condition, as the model writes it.' })
  readonly definition!: string

  @Field(() => EntityName, { description: 'What its members are.' })
  readonly entity!: string
}
