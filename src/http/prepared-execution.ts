import { execute, GraphQLError } from 'graphql'
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql'
import { Irregular } from '../../schema/answer-writer.ts'
import { preparedSchema } from '../../schema/prepared-schema.ts'

/** What is executed: a document that was validated, and what the request says besides. */
export interface Execution<Context> {
  readonly document: DocumentNode
  readonly source: string
  readonly operationName: string | null | undefined
  readonly variables: Readonly<Record<string, unknown>> | undefined
  readonly context: Context
}

/** Fields that tell of the schema itself. */
const INTROSPECTION = /__schema\b|__type\b/

/**
 * Executes queries against the prepared schema, where what is read property by property is written in one go. The schema itself is
 * executed where that schema is asked about, where something is to be changed, and where a value turns out not to be of the plain
 * kind: what was read is there already by then.
 */
export function preparedExecutor<Context extends object>(schema: GraphQLSchema): (execution: Execution<Context>) => Promise<ExecutionResult> {
  const prepared = preparedSchema(schema)
  const unprepared = new WeakMap<DocumentNode, boolean>()
  return async ({ document, source, operationName, variables, context }) => {
    const run = (on: GraphQLSchema, contextValue: Context) => execute({ schema: on, document, operationName: operationName ?? null, variableValues: variables ?? {}, contextValue })
    let asIs = unprepared.get(document)
    if (asIs === undefined) {
      // A mutation is never executed twice.
      asIs = INTROSPECTION.test(source) || document.definitions.some((one) => 'operation' in one && one.operation !== 'query')
      unprepared.set(document, asIs)
    }
    if (asIs) return run(schema, context)
    const result = await run(prepared, context)
    // Slices are counted by context, and those of an answer thrown away are counted again.
    return result.errors?.some(isIrregular) === true ? run(schema, { ...context }) : result
  }
}

function isIrregular(error: unknown): boolean {
  return error instanceof GraphQLError && error.originalError instanceof Irregular
}
