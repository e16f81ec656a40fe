import { Field, Float, ID, ObjectType } from 'type-graphql'
import type { Reason } from '../../src/answer/types.ts'
import { EntityName } from '../placeholders.ts'
import { DecimalScalar, LongScalar } from '../scalars.ts'
import { ReasonEnum } from './enums.ts'
import { EXACT_TEXT, REMEDY_TEXT, VALUE_TEXT } from './metric-value.ts'
import { CURSOR_OUTDATED_TEXT, PageInfo } from './page-info.ts'

@ObjectType({ simpleResolvers: true, description: 'What one entity has to do with a value.' })
export class DrillRow {
  @Field(() => ID, { nullable: true, description: 'Its key, as the source writes it; null for rows that belong to none.' })
  readonly id!: string | null

  @Field(() => Float, { nullable: true, description: VALUE_TEXT })
  readonly value!: number | null

  @Field(() => DecimalScalar, { nullable: true, description: EXACT_TEXT })
  readonly exact!: string | null

  @Field(() => String, { nullable: true, description: 'The value as people read it (American English).' })
  readonly formatted!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'The entities behind a value, the largest first; their values add up to it.' })
export class DrillDown {
  @Field(() => EntityName, { description: 'What they are.' })
  readonly entity!: string

  @Field(() => [DrillRow])
  readonly rows!: readonly DrillRow[]

  @Field(() => LongScalar, { description: 'Entities on all pages.' })
  readonly totalCount!: number

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo

  @Field(() => Boolean, { description: CURSOR_OUTDATED_TEXT })
  readonly cursorOutdated!: boolean

  @Field(() => ReasonEnum, { nullable: true, description: 'Why there is no list; null where there is one.' })
  readonly reason!: Reason | null

  @Field(() => String, { nullable: true, description: REMEDY_TEXT })
  readonly remedy!: string | null
}
