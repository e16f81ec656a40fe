import { ApolloServer } from '@apollo/server'
import type { ApolloServerPlugin, GraphQLRequestContext, GraphQLRequestListener } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginSchemaReportingDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled'
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default'
import { GraphQLError, parse } from 'graphql'
import type { DocumentNode, GraphQLFormattedError } from 'graphql'
import { roleNeeded } from '../../schema/mutation-roles.ts'
import { mayActAs } from '../access/role.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Telemetry } from '../base/telemetry.ts'
import { responseText } from './answer-text.ts'
import { DocumentStore } from './document-store.ts'
import { refuseOversized } from './operation-size.ts'
import { preparedExecutor } from './prepared-execution.ts'
import { refuseOperation } from './refusal.ts'
import type { GraphqlContext, HttpSettings, Served } from './served.ts'

/**
 * Starts the GraphQL engine over one schema. It listens to nothing itself, reports to nobody, and leaves signals alone.
 * Every response carries `extensions.kpiql`: what it cost, and the request id.
 */
export async function startGraphqlServer({ schema }: Served, settings: HttpSettings, log: Log): Promise<ApolloServer<GraphqlContext>> {
  const execute = preparedExecutor<GraphqlContext>(schema)
  const server = new ApolloServer<GraphqlContext>({
    // The way to an executor of one's own: the schema is given, nothing else is loaded.
    gateway: {
      async load() {
        return { executor: ({ document, source, request, context }) => execute({ document, source, operationName: request.operationName, variables: request.variables, context: context as GraphqlContext }) }
      },
      onSchemaLoadOrUpdate(loaded) {
        loaded({ apiSchema: schema, coreSupergraphSdl: '' })
        return () => undefined
      },
      async stop() {},
    },
    documentStore: new DocumentStore(),
    introspection: settings.introspection,
    hideSchemaDetailsFromClientErrors: !settings.introspection,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: settings.limits.maxTokens },
    formatError: (formatted, error) => tooManyTokens(formatted, settings) ?? anotherDocument(formatted) ?? settings.formatError(formatted, error),
    logger: quietLogger(log),
    stringifyResult: (result) => responseText({ ...result }),
    plugins: [
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      settings.landing
        ? ApolloServerPluginLandingPageLocalDefault({
            embed: { endpointIsEditable: false, runTelemetry: false },
            footer: false,
            includeCookies: false,
            ...(settings.landingDocument === null ? {} : { document: settings.landingDocument }),
          })
        : ApolloServerPluginLandingPageDisabled(),
      refusingOversized(settings),
      refusingRoles(),
      accounting(log, settings.telemetry),
    ],
  })
  await server.start()
  return server
}

/**
 * Refuses oversized documents after parsing and before validation, whose cost they could drive up. Apollo lets no plugin stop
 * a request there, so the document is put aside for a harmless one, which is refused when its operation is resolved, also
 * when it comes back from the document cache.
 */
function refusingOversized({ limits }: HttpSettings): ApolloServerPlugin<GraphqlContext> {
  const refused = new WeakMap<DocumentNode, GraphQLError>()
  return {
    async requestDidStart() {
      return {
        async parsingDidStart(context) {
          return async (error) => {
            if (error !== undefined || context.document === undefined) return
            const refusal = refuseOversized(context.document, limits)
            if (refusal === null) return
            const harmless = parse('{ __typename }', { noLocation: true })
            refused.set(harmless, refusal)
            ;(context as { document: DocumentNode }).document = harmless
          }
        },
        async didResolveOperation({ document }) {
          const refusal = refused.get(document)
          if (refusal !== undefined) throw refusal
        },
      }
    },
  }
}

/** Refuses an operation whole, before anything of it is done, when the caller's role does not reach for all of it. */
function refusingRoles(): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, document, contextValue: { caller } }) {
          const needed = operation === undefined ? 'viewer' : roleNeeded(operation, document)
          if (mayActAs(caller.role, needed)) return
          throw refuseOperation('FORBIDDEN', `This needs the role ${needed}; the request has the role ${caller.role}.`, { hint: `Use an API key of the role ${needed}.`, neededRole: needed })
        },
      }
    },
  }
}

function accounting(log: Log, telemetry: Telemetry): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      const startedMs = performance.now()
      return {
        async didEncounterErrors({ contextValue, errors }) {
          for (const error of errors) report(log, contextValue.requestId, originOf(error))
        },
        async willSendResponse({ contextValue, operation, operationName, response }) {
          contextValue.note.operationName = operationName ?? null
          if (response.body.kind !== 'single') return
          const { singleResult } = response.body
          if (singleResult.errors !== undefined) singleResult.errors = singleResult.errors.map((error) => withRequest(error, contextValue))
          for (const { extensions } of singleResult.errors ?? []) telemetry.graphqlError(String(extensions?.['code'] ?? 'UNKNOWN'))
          contextValue.note.errorCodes = codesOf(singleResult.errors ?? [])
          const isWhole = operation?.operation === 'query' && singleResult.errors === undefined && singleResult.data != null
          const headers = isWhole ? ((await contextValue.keep?.(singleResult.data as object, operationName ?? null)) ?? null) : null
          const stats = contextValue.scope.stats()
          const elapsedMs = Math.round((performance.now() - startedMs) * 10) / 10
          singleResult.extensions = { ...singleResult.extensions, kpiql: { requestId: contextValue.requestId, elapsedMs, ...stats } }
          for (const [name, value] of Object.entries(headers ?? { 'cache-control': 'no-store' })) response.http.headers.set(name, value)
          const { reason } = contextValue.scope.signal
          if (reason instanceof KpiqlError && typeof reason.data?.['retryAfterSeconds'] === 'number') {
            response.http.status = 503
            response.http.headers.set('retry-after', String(reason.data['retryAfterSeconds']))
          }
        },
      } satisfies GraphQLRequestListener<GraphqlContext>
    },
    async unexpectedErrorProcessingRequest({ requestContext, error }: { requestContext: GraphQLRequestContext<GraphqlContext>; error: Error }) {
      log.error({ requestId: requestContext.contextValue.requestId, error }, 'GraphQL failed unexpectedly')
    },
  }
}

function originOf(error: unknown): unknown {
  let current = error
  while (current instanceof GraphQLError && current.originalError) current = current.originalError
  return current
}

/** What is wrong with the question itself is the caller's to know, not the log's. */
function report(log: Log, requestId: string, error: unknown): void {
  if (error instanceof GraphQLError) return
  if (!(error instanceof KpiqlError)) log.error({ requestId, error }, 'A field failed unexpectedly')
  else if (error.fault === 'us' && error.code !== 'DEADLINE_EXCEEDED') log.error({ requestId, error }, 'A field failed')
  else if (error.fault === 'source') log.warn({ requestId, error }, 'A source failed')
}

/** An engine that was stopped says only that; why it was stopped is the request's to tell. */
function withRequest(error: GraphQLFormattedError, { scope, requestId }: GraphqlContext): GraphQLFormattedError {
  const code = error.extensions?.['code']
  const { reason } = scope.signal
  if (code === 'CANCELLED' && reason instanceof KpiqlError) {
    return { ...error, message: reason.message, extensions: { ...error.extensions, code: reason.code, hint: reason.hint, ...reason.data } }
  }
  return code === 'INTERNAL' ? { ...error, extensions: { ...error.extensions, requestId } } : error
}

/** The parser calls a text of too many tokens a syntax error; here it is a limit like the others. */
function tooManyTokens({ message, extensions }: GraphQLFormattedError, { limits }: HttpSettings): GraphQLFormattedError | null {
  if (extensions?.['code'] !== 'GRAPHQL_PARSE_FAILED' || !/more tha[nt] \d+ tokens/.test(message)) return null
  return { message: `The query has more than ${limits.maxTokens} tokens.`, extensions: { code: 'QUERY_TOO_LARGE', limit: limits.maxTokens, hint: 'Send values as variables, split the query, or raise limits.maxTokens in the configuration.' } }
}

/** Apollo gives this error no code. */
function anotherDocument({ message }: GraphQLFormattedError): GraphQLFormattedError | null {
  if (message !== 'provided sha does not match query') return null
  return { message: 'The hash is not that of the document sent with it.', extensions: { code: 'REQUEST_INVALID', hint: 'Send the SHA-256 of the document’s text in hexadecimal as extensions.persistedQuery.sha256Hash.' } }
}

function codesOf(errors: readonly GraphQLFormattedError[]): string[] {
  return [...new Set(errors.map(({ extensions }) => String(extensions?.['code'] ?? 'UNKNOWN')))]
}

/** Apollo writes error texts into its messages; only that something happened is kept, the rest comes by the plugins above. */
function quietLogger(log: Log) {
  return {
    debug() {},
    info() {},
    warn: () => log.warn({}, 'The GraphQL server gave a warning'),
    error: () => log.error({}, 'The GraphQL server reported an error'),
  }
}
