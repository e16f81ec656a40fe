import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ExecutionResult } from 'graphql'
import type { Caller } from '../access/role.ts'
import type { Log } from '../base/log.ts'
import { SeenBefore } from '../base/seen-before.ts'
import type { AnswerShortcuts } from './answer-shortcuts.ts'
import { NOT_KEPT } from './answer-tag.ts'
import { dataPieces, responsePieces } from './answer-text.ts'
import { askApollo } from './apollo-door.ts'
import type { Told } from './apollo-door.ts'
import { documentOf, variablesOf } from './asked-request.ts'
import type { AskedRequest } from './asked-request.ts'
import { costOf } from './graphql-accounting.ts'
import { graphqlContext } from './graphql-context.ts'
import type { Opened } from './graphql-context.ts'
import { startGraphqlServer } from './graphql-server.ts'
import { KnownOperations } from './known-operations.ts'
import type { KnownOperation } from './known-operations.ts'
import { KnownShapes } from './known-shapes.ts'
import { preparedExecutor } from './prepared-execution.ts'
import { refuseOperation } from './refusal.ts'
import type { SendPieces } from './send-pieces.ts'
import type { GraphqlContext, HttpSettings, Served } from './served.ts'

export interface Doors {
  answer(request: FastifyRequest, reply: FastifyReply, opened: Opened): Promise<unknown>
  stop(): Promise<void>
}

/**
 * Answers what has to be executed. A query that Apollo has seen, validated and answered before is executed at once, and so is one of the same shape;
 * Apollo has the rest: shapes seen first, mutations, pages, what is asked in no ordinary way, and to tell of errors. Which of the two it was, no client can tell.
 */
export async function openDoors(served: Served, settings: HttpSettings, shortcuts: AnswerShortcuts, send: SendPieces, log: Log): Promise<Doors> {
  const execute = preparedExecutor<GraphqlContext>(served.schema)
  const server = await startGraphqlServer(served.schema, settings, execute, log)
  const operations = new KnownOperations()
  const shapes = new KnownShapes(served.schema, settings.limits.maxTokens)
  const seen = new SeenBefore()

  const knownOf = (request: FastifyRequest, { asked, place }: Opened): KnownOperation | null => {
    if (asked === null || place === null || asked.registers) return null
    const known = operations.find(asked)
    if (known !== null || asked.isByHash) return known
    const ofShape = shapes.find(documentOf(request) ?? '', asked.operationName)
    // What comes once leaves nothing.
    if (ofShape !== null && seen.note(asked.document)) operations.note(asked, ofShape)
    return ofShape
  }

  const contextOf = (request: FastifyRequest, opened: Opened, caller: Caller, told: Told, known: KnownOperation | null): GraphqlContext => {
    const { scope, asked, place, noted } = opened
    const note = { operationName: null, errorCodes: [] }
    request.operationNote = note
    const keep: GraphqlContext['keep'] = (data, operation) => {
      if (asked !== null && operation !== known) {
        operations.note(asked, operation)
        shapes.note(operation, asked.operationName)
      }
      return place === null ? null : shortcuts.keep(place, scope, data, operation.operationName, noted?.all ?? [])
    }
    return graphqlContext(served, opened, { caller, note, keep, told })
  }

  const apollo = (request: FastifyRequest, reply: FastifyReply, told: Told, context: () => GraphqlContext): Promise<unknown> => askApollo(server, request, reply, async () => context(), told, send)

  /** @returns What Apollo is to tell of, an error or a request that was stopped; null where it was answered. */
  const answerKnown = async (request: FastifyRequest, reply: FastifyReply, asked: AskedRequest, known: KnownOperation, mediaType: string, context: GraphqlContext): Promise<ExecutionResult | null> => {
    const fromMs = performance.now()
    const { document, source, operationName } = known
    const result = await execute({ document, source, operationName: asked.operationName, variables: variablesOf(request), context })
    if (result.errors !== undefined || result.data == null || context.scope.signal.aborted) return result
    const data = await dataPieces(result.data)
    context.note.operationName = operationName
    const headers = context.keep?.(data, known) ?? NOT_KEPT
    send(request, reply.headers(headers).header('content-type', mediaType), responsePieces(undefined, data, { kpiql: costOf(context, fromMs) }))
    return null
  }

  return {
    stop: () => server.stop(),
    async answer(request, reply, opened) {
      const { asked, place, caller } = opened
      const told: Told = { pieces: null }
      const mediaType = shortcuts.mediaTypeOf(request)
      const known = mediaType === null || caller === null ? null : knownOf(request, opened)
      if (asked !== null && known !== null && mediaType !== null && caller !== null) {
        const context = contextOf(request, opened, caller, told, known)
        const executed = await answerKnown(request, reply, asked, known, mediaType, context)
        return executed === null ? reply : apollo(request, reply, told, () => ({ ...context, executed }))
      }
      const sent = await apollo(request, reply, told, () => {
        // Only pages are let in without a caller, and they ask nothing.
        if (caller === null) throw refuseOperation('UNAUTHENTICATED', 'This needs an API key.', { hint: 'Send a valid one as the header: Authorization: Bearer kpiql_…' })
        return contextOf(request, opened, caller, told, null)
      })
      if (place !== null) shortcuts.answered(request, reply)
      return sent
    },
  }
}
