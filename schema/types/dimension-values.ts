import { Field, ObjectType } from 'type-graphql'
import { DimensionName } from '../placeholders.ts'
import { LongScalar, ValueScalar } from '../scalars.ts'

@ObjectType({ simpleResolvers: true, description: 'A value that occurs, and how often.' })
export class DimensionValue {
  @Field(() => ValueScalar, { nullable: true, description: 'Null for the rows without a value.' })
  readonly value!: string | number | boolean | null

  @Field(() => LongScalar, { description: 'Rows with it.' })
  readonly rows!: number
}

@ObjectType('DimensionValues', { simpleResolvers: true, description: 'The values of a dimension in their order, the rows without one last.' })
export class DimensionValuesType {
  @Field(() => DimensionName)
  readonly dimension!: string
}
