import { hash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { stableText } from '../base/stable-hash.ts'

/** What a request asks. Requests that ask the same have the same, whether they send the document or its hash, by GET or by POST. */
export interface AskedRequest {
  /** SHA-256 of the document in hexadecimal. */
  readonly document: string
  readonly operationName: string | null
  /** With sorted keys. */
  readonly variables: string
  /** Sends a document to be known by its hash from now on: must reach whoever remembers it. */
  readonly registers: boolean
  /** Sends the hash alone. */
  readonly isByHash: boolean
}

/** Longer questions are rare and would fill the cache with their own text. */
const MAX_QUERY_LENGTH = 20_000
const MAX_VARIABLES_LENGTH = 20_000
const SHA_256 = /^[0-9a-f]{64}$/

/** @returns Null for what is asked in no ordinary way, which is then asked the whole way. */
export function askedBy(request: FastifyRequest): AskedRequest | null {
  if (request.method === 'POST') return isRecord(request.body) ? readAsked(request.body) : null
  if (request.method !== 'GET' || request.body !== undefined) return null
  const { query, operationName, variables, extensions, ...others } = request.query as Readonly<Record<string, unknown>>
  if (Object.keys(others).length > 0) return null
  try {
    return readAsked({ query, operationName, variables: parameter(variables), extensions: parameter(extensions) })
  } catch {
    return null
  }
}

/** The text of the document that a request which `askedBy` could read holds; null for one by hash alone. */
export function documentOf({ method, body, query: parameters }: FastifyRequest): string | null {
  const { query } = (method === 'POST' ? body : parameters) as Readonly<Record<string, unknown>>
  return typeof query === 'string' ? query : null
}

/** The variables of a request that `askedBy` could read, as they were sent. */
export function variablesOf({ method, body, query }: FastifyRequest): Readonly<Record<string, unknown>> {
  const { variables } = (method === 'POST' ? body : query) as Readonly<Record<string, unknown>>
  const sent = method === 'POST' ? variables : parameter(variables)
  return isRecord(sent) ? sent : {}
}

/** A parameter of an address that holds JSON. @throws SyntaxError, TypeError. */
function parameter(text: unknown): unknown {
  if (text === undefined || text === '') return undefined
  if (typeof text !== 'string') throw new TypeError('The parameter is there twice.')
  return JSON.parse(text)
}

function readAsked({ query, operationName = null, variables = null, extensions = null }: Readonly<Record<string, unknown>>): AskedRequest | null {
  if (operationName !== null && typeof operationName !== 'string') return null
  if ((variables !== null && !isRecord(variables)) || (extensions !== null && !isRecord(extensions))) return null
  if (query !== undefined && (typeof query !== 'string' || query === '' || query.length > MAX_QUERY_LENGTH)) return null
  const text = stableText(variables)
  if (text.length > MAX_VARIABLES_LENGTH) return null
  const own = query === undefined ? null : hash('sha256', query)
  const persisted = extensions?.['persistedQuery'] ?? null
  if (persisted === null) return own === null ? null : { document: own, operationName, variables: text, registers: false, isByHash: false }
  if (!isRecord(persisted) || persisted['version'] !== 1) return null
  const { sha256Hash } = persisted
  if (typeof sha256Hash !== 'string' || !SHA_256.test(sha256Hash) || (own !== null && own !== sha256Hash)) return null
  return { document: sha256Hash, operationName, variables: text, registers: own !== null, isByHash: own === null }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
}

/**
 * Whether nothing but the question is left that could refuse the request or answer it otherwise. A JSON body is never a simple
 * request, so no page of another origin sent it unasked; a GET needs a header that such a page cannot send. Whoever asks for no cache
 * is not answered from one.
 */
export function isPlainRequest({ method, headers }: FastifyRequest): boolean {
  if (/no-cache|no-store/i.test(headers['cache-control'] ?? '')) return false
  const isJson = /^application\/json *(;|$)/i.test(headers['content-type'] ?? '')
  if (method === 'POST') return isJson
  const guarded = isFilled(headers['x-apollo-operation-name']) || isFilled(headers['apollo-require-preflight'])
  return method === 'GET' && (isJson || (headers['content-type'] === undefined && guarded))
}

function isFilled(header: string | readonly string[] | undefined): boolean {
  return header !== undefined && header.length > 0
}
