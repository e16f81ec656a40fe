import { FieldResolver, Resolver, Root } from 'type-graphql'
import type { DimensionValuesNode } from '../dimension-values-node.ts'
import { LongScalar } from '../scalars.ts'
import { DimensionValue, DimensionValuesType } from '../types/dimension-values.ts'

@Resolver(() => DimensionValuesType)
export class DimensionValuesResolver {
  @FieldResolver(() => [DimensionValue], { nullable: true })
  async values(@Root() node: DimensionValuesNode): Promise<readonly DimensionValue[]> {
    return (await node.read()).values
  }

  @FieldResolver(() => LongScalar, { nullable: true, description: 'How many values match, those beyond `first` included.' })
  async totalCount(@Root() node: DimensionValuesNode): Promise<number> {
    return (await node.read()).totalCount
  }

  @FieldResolver(() => Boolean, { nullable: true, description: 'There are more values than given.' })
  async truncated(@Root() node: DimensionValuesNode): Promise<boolean> {
    return (await node.read()).truncated
  }
}
