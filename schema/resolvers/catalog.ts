import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Grain } from '../../src/base/grain.ts'
import type { Catalog, CatalogDimension, CatalogMetric } from '../catalog.ts'
import type { KpiqlContext } from '../context.ts'
import { jobsOf } from '../jobs-of.ts'
import { CatalogCohort, CatalogDimensionType, CatalogEntity, CatalogMetricType, CatalogSource, CatalogType } from '../types/catalog.ts'
import { GrainEnum } from '../types/enums.ts'
import { IdentityStatusType } from '../types/jobs.ts'

@Resolver(() => CatalogType)
export class CatalogResolver {
  @FieldResolver(() => [CatalogMetricType])
  metrics(@Root() catalog: Catalog): readonly CatalogMetric[] {
    return catalog.metrics()
  }

  @FieldResolver(() => [CatalogDimensionType])
  dimensions(@Root() catalog: Catalog): readonly CatalogDimension[] {
    return catalog.dimensions()
  }

  @FieldResolver(() => [CatalogCohort])
  cohorts(@Root() catalog: Catalog): readonly CatalogCohort[] {
    return catalog.cohorts()
  }

  @FieldResolver(() => [CatalogEntity])
  entities(@Root() catalog: Catalog): readonly CatalogEntity[] {
    return catalog.entities()
  }

  @FieldResolver(() => [CatalogSource], { nullable: true, description: 'All sources, whatever is searched.' })
  sources(@Root() catalog: Catalog): Promise<readonly CatalogSource[]> {
    return catalog.sources()
  }

  @FieldResolver(() => [IdentityStatusType], { nullable: true, description: 'How the users of several tools meet by configured keys, and where the tools disagree.' })
  async identities(@Ctx() context: KpiqlContext): Promise<readonly IdentityStatusType[]> {
    const found = (await jobsOf(context)?.identities()) ?? []
    return found.map(({ resolvedUtcMs, ...rest }) => ({ ...rest, resolvedAt: resolvedUtcMs === null ? null : new Date(resolvedUtcMs).toISOString() }))
  }
}

@Resolver(() => CatalogMetricType)
export class CatalogMetricResolver {
  @FieldResolver(() => GrainEnum, { nullable: true, description: 'The finest grain of its series; null where none is known.' })
  finestGrain(@Root() { catalog, name }: CatalogMetric): Grain | null {
    return catalog.finestGrain(name)
  }

  @FieldResolver(() => [CatalogDimensionType], { description: 'The dimensions by which it can be filtered and grouped.' })
  dimensions(@Root() { catalog, name }: CatalogMetric): readonly CatalogDimension[] {
    return catalog.dimensionsOf(name)
  }
}

@Resolver(() => CatalogDimensionType)
export class CatalogDimensionResolver {
  @FieldResolver(() => [CatalogMetricType], { description: 'The metrics that can be filtered and grouped by it.' })
  metrics(@Root() { catalog, name }: CatalogDimension): readonly CatalogMetric[] {
    return catalog.metricsOf(name)
  }
}
