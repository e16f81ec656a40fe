import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import type { Log } from '../base/log.ts'

/** What the server refuses before a question reaches the model, with its HTTP status. Clients see the name as `extensions.code`. */
export const REFUSALS = {
  REQUEST_INVALID: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  BODY_TOO_LARGE: 413,
  URL_TOO_LONG: 414,
  MEDIA_TYPE_UNSUPPORTED: 415,
  /** More tokens, fields, aliases, fragments, repetitions or values than one operation may have. */
  QUERY_TOO_LARGE: 400,
  /** Selections nested deeper than allowed. */
  QUERY_TOO_DEEP: 400,
  /** The server is stopping: ask again, it or another instance will be there. */
  SHUTTING_DOWN: 503,
  /** More requests than the server can do wait already; `Retry-After` says when to ask again. */
  SERVER_BUSY: 503,
  /** API keys cannot be read, or events not be landed. */
  STORE_UNAVAILABLE: 503,
  INTERNAL: 500,
} as const satisfies Record<string, number>

export type RefusalCode = keyof typeof REFUSALS

/** An error that GraphQL answers with the refusal's own HTTP status. */
export function refuseOperation(code: RefusalCode, message: string, data: { readonly hint: string } & Readonly<Record<string, unknown>>): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...data, http: { status: REFUSALS[code] } } })
}

/** Answers with the same shape as GraphQL errors have, so that clients parse one thing only. */
export function sendRefusal(reply: FastifyReply, code: RefusalCode, message: string, hint?: string): FastifyReply {
  const extensions = { code, ...(hint === undefined ? {} : { hint }) }
  return reply
    .code(REFUSALS[code])
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ errors: [{ message, extensions }] }))
}

// Fastify's own codes, and those of its JSON parser.
const refusalOf: Readonly<Record<string, RefusalCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'REQUEST_INVALID',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'REQUEST_INVALID',
  FST_ERR_CTP_INVALID_JSON_BODY: 'REQUEST_INVALID',
  FST_ERR_BAD_URL: 'REQUEST_INVALID',
  FST_ERR_MAX_PARAM_LENGTH: 'URL_TOO_LONG',
}

/** The last door: what the framework refused goes out with its code, anything unexpected as `INTERNAL` without its message. */
export function errorHandler(log: Log, bodyLimitBytes: number) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const code = refusalOf[error.code] ?? (error.statusCode !== undefined && error.statusCode < 500 ? 'REQUEST_INVALID' : 'INTERNAL')
    if (code === 'INTERNAL') {
      log.error({ requestId: request.id, error }, 'Request failed unexpectedly')
      return sendRefusal(reply, code, 'Something went wrong in the gateway.', `Quote the request id ${request.id} to whoever runs it.`)
    }
    const { message, hint } = words(code, error, bodyLimitBytes)
    return sendRefusal(reply, code, message, hint)
  }
}

function words(code: RefusalCode, error: FastifyError, bodyLimitBytes: number): { readonly message: string; readonly hint: string } {
  if (code === 'BODY_TOO_LARGE') return { message: `The request body is larger than ${bodyLimitBytes} bytes.`, hint: 'Send a smaller query, upload in several parts, or raise server.bodyLimit in the configuration.' }
  if (code === 'MEDIA_TYPE_UNSUPPORTED') return { message: 'The request body has a content type that is not supported.', hint: 'Send JSON with content-type: application/json.' }
  if (error.code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return { message: 'The request body is empty.', hint: 'Send a JSON object with the key "query".' }
  if (error.code === 'FST_ERR_CTP_INVALID_JSON_BODY' || error.name === 'SyntaxError') return { message: 'The request body is not valid JSON.', hint: 'Send a JSON object with the key "query".' }
  return { message: `The request is not valid: ${STATUS_CODES[error.statusCode ?? 400] ?? 'bad request'}.`, hint: 'Check the URL, the headers and the body.' }
}
