import { Readable } from 'node:stream'
import { HeaderMap } from '@apollo/server'
import type { ApolloServer, BaseContext, HTTPGraphQLRequest } from '@apollo/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Pieces } from './answer-text.ts'
import type { SendPieces } from './send-pieces.ts'

/** Where a response waits that was written elsewhere than by Apollo. */
export interface Told {
  pieces: Pieces | null
}

/** Stands for data that are written already. */
export const ASIDE: Readonly<Record<string, unknown>> = Object.freeze({})
const ASIDE_TEXT = ''

/** For `stringifyResult`: nothing of what was put aside. */
export function textOf({ errors, data, extensions, ...others }: Readonly<Record<string, unknown>>): string {
  return data === ASIDE ? ASIDE_TEXT : `${JSON.stringify({ errors, data, extensions, ...others })}\n`
}

/**
 * Hands a request to Apollo and sends what it answers.
 *
 * @param context made once Apollo has found nothing wrong with the request itself.
 * @param told what was put aside for an answer of `ASIDE`.
 */
export async function askApollo<Context extends BaseContext>(server: ApolloServer<Context>, request: FastifyRequest, reply: FastifyReply, context: () => Promise<Context>, told: Told, send: SendPieces): Promise<unknown> {
  const { status = 200, headers, body } = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest: requestOf(request), context })
  for (const [name, value] of headers) void reply.header(name, value)
  void reply.code(status)
  if (body.kind === 'chunked') return reply.send(Readable.from(body.asyncIterator))
  return body.string === ASIDE_TEXT && told.pieces !== null ? send(request, reply, told.pieces) : reply.send(body.string)
}

function requestOf({ method, url, headers, body }: FastifyRequest): HTTPGraphQLRequest {
  const map = new HeaderMap()
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value)
  const at = url.indexOf('?')
  return { method, headers: map, search: at === -1 ? '' : url.slice(at), body }
}
