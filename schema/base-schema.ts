import 'reflect-metadata'
import { GraphQLInputObjectType, isObjectType } from 'graphql'
import type { GraphQLArgument, GraphQLSchema } from 'graphql'
import { buildSchemaSync } from 'type-graphql'
import { checkMutationRoles } from './mutation-roles.ts'
import { CatalogDimensionResolver, CatalogMetricResolver, CatalogResolver } from './resolvers/catalog.ts'
import { CohortResolver } from './resolvers/cohort.ts'
import { DimensionValuesResolver } from './resolvers/dimension-values.ts'
import { BreakdownRowResolver, MetricValueResolver } from './resolvers/metric-value.ts'
import { QueryResolver } from './resolvers/query.ts'
import { CalculateResolver } from './resolvers/calculate.ts'
import { JobsResolver } from './resolvers/jobs.ts'
import { RecordedCostsResolver } from './resolvers/recorded-costs.ts'
import { RecordedRevenuesResolver } from './resolvers/recorded-revenue.ts'
import { SavedCohortResolver } from './resolvers/saved-cohorts.ts'
import { SliceResolver } from './resolvers/slice.ts'
import { CalculationType } from './types/calculation.ts'
import { BooleanFilter, CohortFilter, DateFilter, NumberFilter, StringFilter } from './types/filters.ts'

const ONE_OF = ['PeriodInput', 'ComparisonInput', 'CohortInput', 'WindowInput'] as const

let built: GraphQLSchema | null = null

/** The part of the schema that is the same for every model, built once; `applyModel` completes it. */
export function baseSchema(): GraphQLSchema {
  built ??= build()
  return built
}

function build(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [QueryResolver, SliceResolver, MetricValueResolver, BreakdownRowResolver, CohortResolver, DimensionValuesResolver, CatalogResolver, CatalogMetricResolver, CatalogDimensionResolver, RecordedCostsResolver, RecordedRevenuesResolver, SavedCohortResolver, CalculateResolver, JobsResolver],
    // `Where` and `Calculators` alone refer to these, and they are put in place afterwards.
    orphanedTypes: [StringFilter, NumberFilter, DateFilter, BooleanFilter, CohortFilter, CalculationType],
    validate: false,
    skipCheck: true,
  })
  checkMutationRoles(schema)
  // type-graphql has no `@oneOf`; graphql-js validates and prints it.
  for (const name of ONE_OF) {
    const type = schema.getType(name)
    if (!(type instanceof GraphQLInputObjectType)) throw new TypeError(`${name} is no input of the schema.`)
    type.isOneOf = true
  }
  // Decorators of parameters run from the last to the first, and type-graphql keeps that order for arguments.
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && !type.name.startsWith('__')) for (const field of Object.values(type.getFields())) (field.args as GraphQLArgument[]).reverse()
  }
  return schema
}
