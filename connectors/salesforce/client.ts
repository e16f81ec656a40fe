import { KpiqlError } from '../../src/base/errors.ts'
import { HttpClient } from '../http-kit/http-client.ts'
import type { HttpRequest } from '../http-kit/http-client.ts'
import type { SyncDeps } from '../sync-contract.ts'
import type { SalesforceOptions } from './options.ts'
import { Session } from './session.ts'

const SPACING_MS = 25
/** Statuses whose body says what is wrong. */
const TOLD = [400, 403, 404, 414, 431]
const LIMIT = 'REQUEST_LIMIT_EXCEEDED'
/** The daily limit moves with the last 24 hours: asking again soon is of no use. */
const DAILY_WAIT_MS = 900_000
const FIRST_WAIT_MS = 5_000

interface ToldError {
  readonly errorCode?: string
  readonly message?: string
}

/** One organisation. */
export interface SalesforceClient {
  /** @param path below `/services/data/v<version>`. @throws KpiqlError `SOURCE_BUSY` once the day's requests are used up, else `SOURCE_FAILED` with `errorCode` in its data. */
  get<Body>(path: string, query: HttpRequest['query'], signal: AbortSignal): Promise<Body>
}

export function openClient(options: SalesforceOptions, deps: SyncDeps, attempts: number = options.attempts): SalesforceClient {
  const session = new Session(options, deps, attempts)
  const http = new HttpClient({
    tool: 'Salesforce', baseUrl: options.instanceUrl, deps, attempts, timeoutMs: options.timeoutMs, maxConcurrent: options.maxConcurrent, spacingMs: SPACING_MS,
    headers: (isAfterRefusal, signal) => session.headers(isAfterRefusal, signal),
  })
  let usage = { used: 0, limit: Infinity, atMs: 0 }

  const once = async <Body>(path: string, query: HttpRequest['query'], signal: AbortSignal): Promise<{ status: number; body: Body | readonly ToldError[] }> => {
    const { used, limit, atMs } = usage
    if (used >= limit * options.mostApiUsage && deps.now() - atMs < DAILY_WAIT_MS) {
      throw new KpiqlError('SOURCE_BUSY', {
        message: `Of the ${limit} requests that Salesforce allows in 24 hours, ${used} are used; the rest is left to others.`,
        hint: 'The next sync goes on from here. `mostApiUsage` sets the share that may be used.',
        data: { retryAfterMs: DAILY_WAIT_MS },
      })
    }
    const { status, headers, body } = await http.json<Body>({ path: `/services/data/v${options.apiVersion}${path}`, query, accept: TOLD }, signal)
    const told = /api-usage=(\d+)\/(\d+)/.exec(headers.get('sforce-limit-info') ?? '')
    if (told) usage = { used: Number(told[1]), limit: Number(told[2]), atMs: deps.now() }
    return { status, body }
  }

  return {
    async get<Body>(path: string, query: HttpRequest['query'], signal: AbortSignal): Promise<Body> {
      for (let attempt = 1; ; attempt++) {
        const { status, body } = await once<Body>(path, query, signal)
        if (status < 300) return body as Body
        const [{ errorCode = 'UNKNOWN', message = 'no reason given' } = {}] = Array.isArray(body) ? (body as readonly ToldError[]) : []
        if (errorCode !== LIMIT) throw refusalOf(status, errorCode, message)
        // Too many at once passes soon; the limit of the day does not.
        const isDaily = !/concurrent/i.test(message)
        if (isDaily || attempt >= attempts) throw new KpiqlError('SOURCE_BUSY', { message: `Salesforce takes no more requests: ${message.slice(0, 300)}`, data: { retryAfterMs: isDaily ? DAILY_WAIT_MS : FIRST_WAIT_MS } })
        await deps.wait(FIRST_WAIT_MS * 2 ** (attempt - 1), signal)
      }
    },
  }
}

function refusalOf(status: number, errorCode: string, message: string): KpiqlError {
  const said = message.trim().replaceAll(/\s+/g, ' ').slice(0, 300)
  if (errorCode === 'QUERY_TIMEOUT') return new KpiqlError('SOURCE_TIMEOUT', { message: `Salesforce stopped a query: ${said}`, hint: 'A smaller `pageSize` makes queries shorter.' })
  return new KpiqlError('SOURCE_FAILED', {
    message: `Salesforce refused a request (${status} ${errorCode}): ${said}`,
    hint: status === 403 ? 'Give the user “API Enabled” and the right to read these objects.' : undefined,
    data: { status, errorCode },
  })
}
