import { ApolloServer } from '@apollo/server'
import type { ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginSchemaReportingDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled'
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default'
import { GraphQLError, parse } from 'graphql'
import type { DocumentNode, ExecutionResult, GraphQLFormattedError, GraphQLSchema } from 'graphql'
import { roleNeeded } from '../../schema/mutation-roles.ts'
import { mayActAs } from '../access/role.ts'
import type { Log } from '../base/log.ts'
import { textOf } from './apollo-door.ts'
import { DocumentStore } from './document-store.ts'
import { accounting } from './graphql-accounting.ts'
import { refuseOversized } from './operation-size.ts'
import type { Execution } from './prepared-execution.ts'
import { refuseOperation } from './refusal.ts'
import type { GraphqlContext, HttpSettings } from './served.ts'

/**
 * Starts the GraphQL engine over one schema. It listens to nothing itself, reports to nobody, and leaves signals alone.
 * Every response carries `extensions.kpiql`: what it cost, and the request id.
 */
export async function startGraphqlServer(schema: GraphQLSchema, settings: HttpSettings, execute: (execution: Execution<GraphqlContext>) => Promise<ExecutionResult>, log: Log): Promise<ApolloServer<GraphqlContext>> {
  const server = new ApolloServer<GraphqlContext>({
    // The way to an executor of one's own: the schema is given, nothing else is loaded.
    gateway: {
      async load() {
        return {
          async executor({ document, source, request, context }) {
            const own = context as GraphqlContext
            return own.executed ?? execute({ document, source, operationName: request.operationName, variables: request.variables, context: own })
          },
        }
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
    stringifyResult: (result) => textOf({ ...result }),
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

/** Apollo writes error texts into its messages; only that something happened is kept, the rest comes by the plugins above. */
function quietLogger(log: Log) {
  return {
    debug() {},
    info() {},
    warn: () => log.warn({}, 'The GraphQL server gave a warning'),
    error: () => log.error({}, 'The GraphQL server reported an error'),
  }
}
