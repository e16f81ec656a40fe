import { Query, Resolver } from 'type-graphql'
import { Calculators } from '../placeholders.ts'

@Resolver()
export class CalculateResolver {
  @Query(() => Calculators, { description: 'Standard metrics from numbers that are typed in; no source is needed or read.' })
  calculate(): Readonly<Record<string, never>> {
    return {}
  }
}
