import { KpiqlError } from '../../src/base/errors.ts'
import type { HttpClient } from '../http-kit/http-client.ts'
import { listIn } from '../http-kit/list-in.ts'
import { loadClient } from '../sql-kit/load-client.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import type { StripeOptions } from './options.ts'
import { pacedHttp } from './paced-http.ts'
import { at, objectOf, objectsOf, textOf } from './record.ts'
import type { StripeObject } from './record.ts'

export type StripeQuery = Readonly<Record<string, string | number | boolean | null | undefined | readonly string[]>>

export interface StripePage {
  readonly objects: readonly StripeObject[]
  readonly hasMore: boolean
}

/** What `expand` names is unknown to older versions of the API, which then answer 400. */
const CANNOT_EXPAND = /cannot be expanded/i
const PAGE_SIZE = 100

/** Reading with Stripe's own client, within one signal. No network before the first call. */
export class StripeApi {
  readonly #options: StripeOptions
  readonly #http: HttpClient
  readonly #signal: AbortSignal
  #client: Promise<{ rawRequest(method: string, path: string): Promise<unknown> }> | null = null

  constructor(options: StripeOptions, http: HttpClient, signal: AbortSignal) {
    this.#options = options
    this.#http = http
    this.#signal = signal
  }

  /** @returns Null where there is none of that id, or none any more. */
  async find(path: string, query: StripeQuery = {}): Promise<StripeObject | null> {
    try {
      const found = objectOf(await this.#get(path, query))
      return found?.['deleted'] === true ? null : found
    } catch (error) {
      if (error instanceof MissingResource) return null
      throw error
    }
  }

  /**
   * One page of a list, newest first.
   *
   * @param after the id that the page before ended with.
   * @returns Null where that object is no more, so that nothing can be listed after it.
   */
  async page(path: string, query: StripeQuery, after: string | null): Promise<StripePage | null> {
    try {
      const list = await this.#get(path, { limit: PAGE_SIZE, ...query, starting_after: after })
      return { objects: objectsOf(listIn('Stripe', path, list, 'data')), hasMore: at(list, 'has_more') === true }
    } catch (error) {
      if (after !== null && error instanceof MissingResource && error.param === 'starting_after') return null
      throw error instanceof MissingResource ? error.refusal : error
    }
  }

  /** A list within an object, of which its first page came with the object; a longer one is read from its beginning, whose order is its own. */
  async whole(list: unknown, path: string, query: StripeQuery = {}): Promise<readonly StripeObject[]> {
    return at(list, 'has_more') === true ? this.all(path, query) : objectsOf(list)
  }

  /** All pages of a list. For lists that fit in memory. */
  async all(path: string, query: StripeQuery = {}): Promise<readonly StripeObject[]> {
    const found = new Map<unknown, StripeObject>()
    const guard = refuseLoops('Stripe')
    let after: string | null = null
    for (;;) {
      guard(after)
      const page: StripePage | null = await this.page(path, query, after)
      if (page === null) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: `Stripe changed ${path} while it was read.`, hint: 'The next sync reads it again.' })
      for (const one of page.objects) found.set(one['id'], one)
      if (!page.hasMore) return [...found.values()]
      after = textOf(page.objects.at(-1)?.['id']) ?? after
    }
  }

  async #get(path: string, query: StripeQuery): Promise<unknown> {
    const client = await (this.#client ??= this.#open())
    try {
      return await client.rawRequest('GET', withQuery(path, query))
    } catch (error) {
      if ('expand' in query && CANNOT_EXPAND.test(textOf(at(error, 'message')) ?? '')) return this.#get(path, Object.fromEntries(Object.entries(query).filter(([name]) => name !== 'expand')))
      throw this.#translated(error)
    }
  }

  async #open(): Promise<{ rawRequest(method: string, path: string): Promise<unknown> }> {
    const { Stripe } = await loadClient('stripe', 'stripe', () => import('stripe'))
    const { apiKey, account, apiVersion, timeoutMs } = this.#options
    return new Stripe(apiKey, {
      apiVersion: apiVersion as '2026-10-28.endive', // its types know the newest version only
      httpClient: pacedHttp(this.#http, this.#signal),
      maxNetworkRetries: 0,
      telemetry: false,
      timeout: timeoutMs,
      ...(account === undefined ? {} : { stripeAccount: account }),
    })
  }

  #translated(error: unknown): unknown {
    const own = at(error, 'detail') // what its client was handed by ours
    if (own instanceof KpiqlError) return own
    const status = at(error, 'statusCode')
    const said = (textOf(at(error, 'message')) ?? '').replaceAll(/\b[rs]k_\w+(\*+\w*)?/g, '…').slice(0, SHOWN)
    if (typeof status !== 'number') return error
    const refusal = new KpiqlError('SOURCE_FAILED', {
      message: status === 403 ? `Stripe does not let this key read that (403): ${said}` : `Stripe refused a request with status ${status}: ${said}`,
      ...(status === 403 ? { hint: 'Give the restricted key the right to read it, in the Stripe Dashboard under API keys.' } : {}),
      data: { status },
    })
    return at(error, 'code') === 'resource_missing' ? new MissingResource(refusal, textOf(at(error, 'param'))) : refusal
  }
}

const SHOWN = 300

class MissingResource extends Error {
  readonly refusal: KpiqlError
  readonly param: string | null

  constructor(refusal: KpiqlError, param: string | null) {
    super(refusal.message)
    this.refusal = refusal
    this.param = param
  }
}

function withQuery(path: string, query: StripeQuery): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue
    if (typeof value === 'object') for (const one of value) params.append(`${name}[]`, one)
    else params.append(name, String(value))
  }
  const text = params.toString()
  return text === '' ? path : `${path}?${text}`
}
