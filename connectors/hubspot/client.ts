import { KpiqlError } from '../../src/base/errors.ts'
import { HttpClient } from '../http-kit/http-client.ts'
import type { HttpRequest } from '../http-kit/http-client.ts'
import { patienceOf } from '../http-kit/patience.ts'
import type { SyncDeps } from '../sync-contract.ts'
import { carriedByClient } from './carried-by-client.ts'
import type { HubspotOptions } from './options.ts'
import { pathsOf } from './paths.ts'
import type { Paths } from './paths.ts'

const SECOND_MS = 1_000
/** What a burst limit counts over, where the answer does not say. */
const BURST_MS = 10_000
/** Two writers at once; passes within seconds: https://developers.hubspot.com/docs/api-reference/error-handling */
const LOCKED = 423

/** One account. Searches have a limit of their own, and count towards the burst limit as well. */
export interface HubspotClient {
  readonly paths: Paths
  get<Body>(path: string, query: HttpRequest['query'], signal: AbortSignal): Promise<Body>
  post<Body>(path: string, json: unknown, signal: AbortSignal): Promise<Body>
  search<Body>(path: string, json: unknown, signal: AbortSignal): Promise<Body>
  /** With the status of the answer. */
  ask<Body>(request: HttpRequest, signal: AbortSignal): Promise<{ readonly status: number; readonly body: Body }>
}

type Connection = Pick<HubspotOptions, 'accessToken' | 'baseUrl' | 'apiVersion' | 'timeoutMs' | 'requestsPer10Seconds' | 'searchesPerSecond' | 'attempts'>

/** @param attempts of one request; 1 for a look that is not to wait. */
export function openClient(options: Connection, deps: SyncDeps, attempts: number = options.attempts): HubspotClient {
  const { accessToken, baseUrl, timeoutMs, requestsPer10Seconds, searchesPerSecond } = options
  const common = {
    tool: 'HubSpot', baseUrl, deps, attempts, timeoutMs,
    headers: () => ({ authorization: `Bearer ${accessToken}` }),
    patience: hubspotPatience,
    passing: [LOCKED],
    transport: carriedByClient(),
  }
  const perSecond = requestsPer10Seconds / 10
  const http = new HttpClient({ ...common, maxConcurrent: 4, spacingMs: SECOND_MS / Math.max(0.1, perSecond - Math.min(searchesPerSecond, perSecond / 2)) })
  const searching = new HttpClient({ ...common, maxConcurrent: 1, spacingMs: SECOND_MS / Math.min(searchesPerSecond, perSecond / 2) })
  const answered = async <Body>(client: HttpClient, request: HttpRequest, signal: AbortSignal): Promise<{ readonly status: number; readonly body: Body }> => {
    try {
      return await client.json<Body>(request, signal)
    } catch (error) {
      throw translate(error)
    }
  }
  const through = async <Body>(client: HttpClient, request: HttpRequest, signal: AbortSignal): Promise<Body> => (await answered<Body>(client, request, signal)).body
  return {
    paths: pathsOf(options.apiVersion),
    ask: (request, signal) => answered(http, request, signal),
    get: (path, query, signal) => through(http, { path, query }, signal),
    post: (path, json, signal) => through(http, { method: 'POST', path, json }, signal),
    search: (path, json, signal) => through(searching, { method: 'POST', path, json }, signal),
  }
}

/** A refusal of rights names them: `MISSING_SCOPES`. */
function translate(error: unknown): unknown {
  if (!(error instanceof KpiqlError) || error.data?.status !== 403) return error
  return new KpiqlError('SOURCE_FAILED', { message: error.message, hint: 'Give the private app the scopes that read these records, or leave them out with `objects`.', data: error.data, cause: error })
}

/** Limits without `Retry-After`: the interval of the burst limit is in a header, and searches have one by the second. */
function hubspotPatience(status: number, headers: Headers, body: string, nowUtcMs: number): number | null {
  const said = patienceOf(status, headers, body, nowUtcMs)
  if (said !== null || status !== 429) return said
  if (body.includes('DAILY')) return null
  if (body.includes('SECONDLY') && !body.includes('TEN_SECONDLY')) return SECOND_MS
  const intervalMs = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds') ?? Number.NaN)
  return intervalMs > 0 ? intervalMs : body.includes('TEN_SECONDLY') ? BURST_MS : null
}
