import type { GraphQLSchema } from 'graphql'
import type { Model } from '../src/model/types.ts'
import { applyModel } from './apply-model.ts'
import { baseSchema } from './base-schema.ts'

/** The GraphQL schema of a model, complete with resolvers; they expect a `KpiqlContext`. Call it again for a changed model. */
export function buildSchema(model: Model): GraphQLSchema {
  return applyModel(baseSchema(), model)
}
