import { HttpClient } from '../http-kit/http-client.ts'
import { listIn } from '../http-kit/list-in.ts'
import type { SyncDeps } from '../sync-contract.ts'
import { itemOf } from './fields.ts'
import type { Item } from './fields.ts'
import { BASE_URLS } from './options.ts'
import type { IntercomOptions } from './options.ts'

const ATTEMPTS = 6
const MINUTE_MS = 60_000

export type SearchPath = '/conversations/search' | '/contacts/search' | '/tickets/search'

export interface SearchPage {
  readonly items: readonly Item[]
  readonly total: number
  /** Of the next page; null on the last. */
  readonly next: string | null
}

/** `[fromS, toS)`, epoch seconds, of `updated_at`. */
export interface SecondsRange {
  readonly fromS: number
  readonly toS: number
}

/** How a scroll over all companies goes on: with a page, from its beginning again, or once another one has ended. */
export type ScrollPage = { readonly kind: 'page'; readonly items: readonly Item[]; readonly next: string | null } | { readonly kind: 'lost' } | { readonly kind: 'taken' }

/** The REST API of one workspace. */
export class IntercomApi {
  readonly #http: HttpClient

  constructor({ accessToken, region, baseUrl = BASE_URLS[region], apiVersion, requestsPerMinute, maxConcurrent, timeoutMs, clientSecret }: IntercomOptions, deps: SyncDeps) {
    const headers = (): Record<string, string> => ({ authorization: `Bearer ${accessToken}`, 'intercom-version': apiVersion })
    // Limits come with every answer as X-RateLimit-…, in windows of ten seconds, and 429 has no Retry-After:
    // https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting
    this.#http = new HttpClient({ tool: 'Intercom', baseUrl, headers, deps, maxConcurrent, spacingMs: MINUTE_MS / requestsPerMinute, timeoutMs, attempts: ATTEMPTS, secrets: clientSecret === undefined ? [] : [clientSecret] })
  }

  /** Name of the workspace. */
  async workspace(signal: AbortSignal): Promise<string | null> {
    const { body } = await this.#http.json<unknown>({ path: '/me' }, signal)
    const { name } = itemOf(itemOf(body)['app'])
    return typeof name === 'string' ? name : null
  }

  /** @returns Null where a token is no longer known. */
  async search(path: SearchPath, { fromS, toS }: SecondsRange, token: string | null, perPage: number, signal: AbortSignal): Promise<SearchPage | null> {
    const value = [
      { field: 'updated_at', operator: '>', value: fromS - 1 },
      { field: 'updated_at', operator: '<', value: toS },
    ]
    const pagination = { per_page: perPage, ...(token === null ? {} : { starting_after: token }) }
    const { status, body } = await this.#http.json<unknown>({ method: 'POST', path, json: { query: { operator: 'AND', value }, pagination }, accept: token === null ? [] : [400] }, signal)
    if (status === 400) return null
    const answer = itemOf(body)
    const next = itemOf(itemOf(answer['pages'])['next'])['starting_after']
    const key = path === '/contacts/search' ? 'data' : path === '/tickets/search' ? 'tickets' : 'conversations'
    return { items: itemsIn(path, answer, key), total: Number(answer['total_count'] ?? 0), next: typeof next === 'string' ? next : null }
  }

  /** A conversation with its parts; null where it has been deleted. */
  async conversation(id: string, signal: AbortSignal): Promise<Item | null> {
    const { status, body } = await this.#http.json<unknown>({ path: `/conversations/${encodeURIComponent(id)}`, accept: [404] }, signal)
    return status === 404 ? null : itemOf(body)
  }

  async list(path: string, key: string, signal: AbortSignal): Promise<readonly Item[]> {
    const { body } = await this.#http.json<unknown>({ path }, signal)
    return itemsIn(path, body, key)
  }

  /**
   * A page of all companies: https://developers.intercom.com/docs/references/2.17/rest-api/api.intercom.io/companies/scrolloverallcompanies
   * A scroll ends unused after a minute (404), there is one at a time (400 `scroll_exists`), and after a failure of the network (500) it
   * cannot be continued.
   */
  async scroll(token: string | null, signal: AbortSignal): Promise<ScrollPage> {
    const accept = token === null ? [400] : [400, 404, 500]
    const { status, body } = await this.#http.json<unknown>({ path: '/companies/scroll', query: { scroll_param: token }, accept }, signal)
    if (status === 400) return { kind: 'taken' }
    if (status >= 400) return { kind: 'lost' }
    const items = itemsIn('/companies/scroll', body, 'data')
    const next = itemOf(body)['scroll_param']
    return { kind: 'page', items, next: items.length > 0 && typeof next === 'string' ? next : null }
  }
}

const itemsIn = (path: string, answer: unknown, key: string): readonly Item[] => listIn('Intercom', path, answer, key).map(itemOf)
