import type { ApolloServerPlugin, GraphQLRequestContext, GraphQLRequestListener } from '@apollo/server'
import { GraphQLError } from 'graphql'
import type { GraphQLFormattedError } from 'graphql'
import { KpiqlError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Telemetry } from '../base/telemetry.ts'
import { NOT_KEPT } from './answer-tag.ts'
import { dataPieces, responsePieces } from './answer-text.ts'
import { ASIDE } from './apollo-door.ts'
import { busyAnswer } from './busy-answer.ts'
import type { GraphqlContext } from './served.ts'

/** Tells of errors, counts them, says what an answer cost, and writes it where Apollo need not: in pieces, put aside for whoever sends them. */
export function accounting(log: Log, telemetry: Telemetry): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      const startedMs = performance.now()
      return {
        async didEncounterErrors({ contextValue, errors }) {
          for (const error of errors) report(log, contextValue.requestId, originOf(error))
        },
        async willSendResponse({ contextValue, document, source, operation, operationName, response }) {
          contextValue.note.operationName = operationName ?? null
          if (response.body.kind !== 'single') return
          const { singleResult } = response.body
          if (singleResult.errors !== undefined) singleResult.errors = singleResult.errors.map((error) => withRequest(error, contextValue))
          for (const { extensions } of singleResult.errors ?? []) telemetry.graphqlError(String(extensions?.['code'] ?? 'UNKNOWN'))
          contextValue.note.errorCodes = codesOf(singleResult.errors ?? [])
          const busy = busyAnswer(singleResult.errors ?? [], singleResult.data)
          if (busy !== null) {
            response.http.headers.set('retry-after', String(busy.retryAfter))
            if (busy.isRefusal) response.http.status = 503
          }
          const data = singleResult.data == null ? null : await dataPieces(singleResult.data)
          const isWhole = operation?.operation === 'query' && singleResult.errors === undefined
          const headers = isWhole && data !== null && document !== undefined && source !== undefined ? (contextValue.keep?.(data, { document, source, operationName: operationName ?? null }) ?? null) : null
          const extensions = { ...singleResult.extensions, kpiql: costOf(contextValue, startedMs) }
          if (data === null) {
            singleResult.extensions = extensions
          } else {
            contextValue.told.pieces = responsePieces(singleResult.errors, data, extensions)
            response.body.singleResult = { data: ASIDE }
          }
          for (const [name, value] of Object.entries(headers ?? NOT_KEPT)) response.http.headers.set(name, value)
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

/** @param startedMs by `performance.now()`. */
export function costOf({ requestId, scope }: GraphqlContext, startedMs: number): object {
  return { requestId, elapsedMs: Math.round((performance.now() - startedMs) * 10) / 10, ...scope.stats() }
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

function codesOf(errors: readonly GraphQLFormattedError[]): string[] {
  return [...new Set(errors.map(({ extensions }) => String(extensions?.['code'] ?? 'UNKNOWN')))]
}
