import { GraphQLError } from 'graphql'
import type { GraphQLFormattedError } from 'graphql'
import { KpiqlError } from '../src/base/errors.ts'

/**
 * Shapes an error for clients: Apollo's `formatError`. What KPIQL throws keeps its message and gets `extensions` `{code, hint, …data}`;
 * errors of the query itself keep GraphQL's message and code; anything else is `INTERNAL` and says nothing of what happened inside.
 *
 * @param formatted As GraphQL would send it.
 * @param error What was thrown, as GraphQL wrapped it.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const original = originOf(error)
  if (original instanceof KpiqlError) return explained(formatted, error, original)
  const code = formatted.extensions?.['code']
  if (code !== 'GRAPHQL_VALIDATION_FAILED' && isArgumentFault(error)) return withExtensions(formatted, formatted.message, { code: 'BAD_USER_INPUT' })
  if (typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR') return withoutStack(formatted)
  return withExtensions(formatted, 'Something went wrong in the gateway.', { code: 'INTERNAL', hint: 'Ask again; if it stays, quote the request id to whoever runs the gateway.' })
}

function explained(formatted: GraphQLFormattedError, error: unknown, { code, hint, data, message }: KpiqlError): GraphQLFormattedError {
  // Before execution GraphQL's text names the argument or variable that is at fault, and ends with ours.
  const isInput = error instanceof GraphQLError && error.path === undefined && formatted.message.includes(message)
  return withExtensions(formatted, isInput ? formatted.message : message, { code, ...(hint === undefined ? {} : { hint }), ...data })
}

function originOf(error: unknown): unknown {
  let current = error
  while (current instanceof GraphQLError && current.originalError) current = current.originalError
  return current
}

/** GraphQL refuses an argument while executing (a null variable for a required one) with the argument's node; ours have none. */
function isArgumentFault(error: unknown): boolean {
  const cause = error instanceof GraphQLError ? error.originalError : null
  return cause instanceof GraphQLError && cause.nodes !== undefined && cause.path === undefined && cause.originalError === undefined && cause.extensions['code'] === undefined
}

function withExtensions({ locations, path }: GraphQLFormattedError, message: string, extensions: Readonly<Record<string, unknown>>): GraphQLFormattedError {
  return { message, ...(locations ? { locations } : {}), ...(path ? { path } : {}), extensions }
}

function withoutStack(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { stacktrace: _, ...extensions } = { ...formatted.extensions }
  return { ...formatted, extensions }
}
