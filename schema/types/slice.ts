import { Field, ObjectType } from 'type-graphql'
import { DateTimeScalar, TimeZoneScalar } from '../scalars.ts'

@ObjectType({ simpleResolvers: true, description: 'A period with its bounds, half-open: `[start, end)`.' })
export class ResolvedPeriod {
  @Field(() => DateTimeScalar)
  readonly start!: string

  @Field(() => DateTimeScalar, { description: 'The first moment that no longer belongs to it.' })
  readonly end!: string

  @Field(() => TimeZoneScalar)
  readonly timezone!: string
}

@ObjectType('Slice', { simpleResolvers: true, description: 'Some rows over some period. Asking for it reads nothing; its metrics do, and all metrics of a request are read together.' })
export class SliceType {
  @Field(() => String, { nullable: true, description: 'The key given in `slices`; null elsewhere.' })
  readonly key!: string | null
}
