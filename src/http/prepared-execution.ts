import type { ApolloServerPlugin, GraphQLRequestListener } from '@apollo/server'
import { execute } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { preparedSchema } from '../../schema/prepared-schema.ts'
import type { GraphqlContext } from './served.ts'

/**
 * Executes queries against the prepared schema. An answer with any error is thrown away and left to Apollo: what was read is
 * there already, and its errors are then graphql-js's own, word for word. Mutations are never executed twice, so never here.
 */
export function executingPrepared(schema: GraphQLSchema): ApolloServerPlugin<GraphqlContext> {
  const prepared = preparedSchema(schema)
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ request, document, operation, contextValue, response: { http } }) {
          if (operation?.operation !== 'query') return null
          // Slices are counted by context, and those of a failed answer are counted again.
          const result = await execute({ schema: prepared, document, operationName: request.operationName, variableValues: request.variables, contextValue: { ...contextValue } })
          return result.errors === undefined && result.data ? { http, body: { kind: 'single', singleResult: { data: result.data } } } : null
        },
      } satisfies GraphQLRequestListener<GraphqlContext>
    },
  }
}
