import { startVendor } from './vendor-server.ts'
import type { Heard, Reply, VendorServer } from './vendor-server.ts'

/** A record of the tool. */
export interface Item {
  readonly id: number
  readonly name: string
  readonly updated_at: string
  readonly [field: string]: unknown
}

export interface RestApi extends VendorServer {
  /** What the tool has now, in any order; tests change it. */
  items: Item[]
  /** Ids that were deleted, and when. */
  deleted: { readonly id: number; readonly deleted_at: string }[]
  pageSize: number
  /** Shows one page with the position of the page before it, so often. */
  repeats: number
  /** Refuses positions that were handed out before, as a tool does after a while. */
  expires: boolean
  /** Who may ask; null for everyone. */
  allows: ((heard: Heard) => boolean) | null
  /** Access tokens handed out by `/oauth/token`, newest last. */
  readonly tokens: string[]
}

export const CLIENT = { clientId: 'kpiql', clientSecret: 'cs_0123456789abcdef' }

/**
 * A JSON API that pages in every style, over one list of items ordered by id.
 *
 * - `/link`: GitHub, issues of a repository: a bare list, `since` (ISO), `per_page`, `page`, a `Link` header that goes on under another path of the same host.
 *   https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api, https://docs.github.com/en/rest/issues/issues#list-repository-issues
 * - `/list`: Stripe: `{object, data, has_more, url}`, `limit`, `starting_after`, newest first, `created[gte]`. https://docs.stripe.com/api/pagination
 * - `/export`: Zendesk, cursor-based incremental export: `start_time` (epoch seconds, required first, not together with `cursor`, a minute old at least), `after_cursor`, `end_of_stream`.
 *   https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
 * - `/cursor`: Slack: `ok`, failures as 200 with `ok: false`, `response_metadata.next_cursor`, empty at the end. https://docs.slack.dev/apis/web-api/pagination
 * - `/url`: Salesforce: `{totalSize, done, nextRecordsUrl, records}`, the address without its host.
 *   https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm
 * - `/session`: Mixpanel, profiles by POST: `page`, `session_id`, which pages after the first need. https://developer.mixpanel.com/reference/engage-query
 * - `/scroll`: Intercom, companies: `scroll_param`, the same with every page, at the end an empty list. https://developers.intercom.com/docs/references/rest-api/api.intercom.io/companies/scrolloverallcompanies
 * - `/page`, `/offset`: what most others do: `page` or `offset`, `limit`, `total`.
 * - `/window`: `from` and `to`, both inclusive dates. `/deleted`: what was deleted since `since`.
 * - `/oauth/token`: https://www.rfc-editor.org/rfc/rfc6749#section-4.4
 */
export async function startRestApi(): Promise<RestApi> {
  const state: Pick<RestApi, 'items' | 'deleted' | 'pageSize' | 'repeats' | 'expires' | 'allows' | 'tokens'> = { items: [], deleted: [], pageSize: 10, repeats: 0, expires: false, allows: null, tokens: [] }
  const server = await startVendor((heard) => {
    if (heard.path === '/oauth/token') return grant(heard)
    if (state.allows && !state.allows(heard)) return { status: 401, json: { message: `Bad credentials: ${heard.headers['authorization'] ?? ''}` } }
    const style = styles[heard.path.split('/')[1] ?? '']
    return style ? style(heard) : { status: 404, json: { message: 'Not Found' } }
  })

  const grant = ({ body, headers }: Heard): Reply => {
    const form = new URLSearchParams(body.toString())
    const pair = Buffer.from((headers['authorization'] ?? '').replace('Basic ', ''), 'base64').toString()
    const isKnown = pair === `${CLIENT.clientId}:${CLIENT.clientSecret}` || (form.get('client_id') === CLIENT.clientId && form.get('client_secret') === CLIENT.clientSecret)
    if (!isKnown || form.get('grant_type') !== 'client_credentials') return { status: 401, json: { error: 'invalid_client' } }
    state.tokens.push(`tok_${state.tokens.length + 1}_0123456789`)
    return { json: { access_token: state.tokens.at(-1), token_type: 'Bearer', expires_in: 3600 } }
  }
  const sorted = (): Item[] => state.items.toSorted((a, b) => a.id - b.id)
  const slice = <T>(list: readonly T[], from: number): readonly T[] => list.slice(from, from + state.pageSize)
  /** Where the next page begins; sometimes where this one did. */
  const after = (from: number): number => (from > 0 && state.repeats-- > 0 ? from : from + state.pageSize)
  const stale = (isFirst: boolean): Reply | null => (state.expires && !isFirst ? { status: 400, json: { message: 'The position has expired.' } } : null)

  const styles: Readonly<Record<string, (heard: Heard) => Reply>> = {
    link: ({ path, query }) => {
      const page = Number(query.get('page') ?? 1)
      const since = query.get('since')
      const found = sorted().filter(({ updated_at }) => since === null || updated_at >= since)
      const next = after((page - 1) * state.pageSize) / state.pageSize + 1
      const rest = new URLSearchParams(query)
      rest.set('page', String(next))
      const links = [`<${server.url}/link/repositories/1300192/issues?${rest}>; rel="next"`, `<${server.url}${path}?page=1>; rel="first"`]
      return stale(page === 1) ?? { json: slice(found, (page - 1) * state.pageSize), headers: page * state.pageSize < found.length ? { link: links.join(', ') } : { link: links[1] ?? '' } }
    },
    list: ({ query }) => {
      const gte = query.get('created[gte]')
      const all = sorted().toReversed().filter(({ created }) => gte === null || Number(created) >= Number(gte))
      const startingAfter = query.get('starting_after')
      const place = startingAfter === null ? 0 : all.findIndex(({ id }) => `ch_${id}` === startingAfter) + 1
      if (startingAfter !== null && place === 0) return { status: 400, json: { error: { message: `No such charge: '${startingAfter}'` } } }
      const shown = slice(all, place)
      return stale(place === 0) ?? { json: { object: 'list', url: '/v1/charges', has_more: place + shown.length < all.length, data: shown.map((item) => ({ ...item, id: `ch_${item.id}` })) } }
    },
    export: ({ query }) => {
      const [start, cursor] = [query.get('start_time'), query.get('cursor')]
      if ((start === null) === (cursor === null)) return { status: 400, json: { error: 'StartTimeMissing' } }
      const changed = state.items.toSorted((a, b) => a.updated_at.localeCompare(b.updated_at) || a.id - b.id)
      const [at, id] = cursor === null ? [new Date(Number(start) * 1_000 - 1).toISOString(), 0] : (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string, number])
      const left = changed.filter((item) => item.updated_at > at || (item.updated_at === at && item.id > id))
      const shown = slice(left, 0)
      const last = shown.at(-1)
      const repeats = cursor !== null && last !== undefined && state.repeats-- > 0
      const next = last === undefined || repeats ? (cursor ?? token([at, id])) : token([last.updated_at, last.id])
      return stale(cursor === null) ?? { json: { tickets: shown, after_cursor: next, after_url: `${server.url}/export?cursor=${next}`, end_of_stream: shown.length === left.length } }
    },
    cursor: ({ query }) => {
      const from = Number(Buffer.from(query.get('cursor') ?? '', 'base64url').toString() || 0)
      const next = after(from)
      return stale(from === 0) ?? { json: { ok: true, members: slice(sorted(), from), response_metadata: { next_cursor: from + state.pageSize < state.items.length ? Buffer.from(String(next)).toString('base64url') : '' } } }
    },
    url: ({ path }) => {
      const from = Number(path.split('-')[1] ?? 0)
      const done = from + state.pageSize >= state.items.length
      return stale(from === 0) ?? { json: { totalSize: state.items.length, done, records: slice(sorted(), from), ...(done ? {} : { nextRecordsUrl: `/url/01gD0000002HU6KIAW-${after(from)}` }) } }
    },
    session: ({ body }) => {
      const { page = 0, session_id: session } = JSON.parse(body.toString()) as { page?: number; session_id?: string }
      if (page > 0 && session !== '1234567890-abc') return { status: 400, json: { error: 'session_id is required' } }
      return { json: { page, page_size: state.pageSize, session_id: '1234567890-abc', status: 'ok', total: state.items.length, results: slice(sorted(), page * state.pageSize) } }
    },
    scroll: ({ query }) => {
      const isFirst = query.get('scroll_param') === null
      scrolled = isFirst ? 0 : scrolled + state.pageSize
      return { json: { type: 'list', data: slice(sorted(), scrolled), scroll_param: '12345-scroll', pages: null } }
    },
    page: ({ query }) => ({ json: { data: { rows: slice(sorted(), (Number(query.get('page')) - 1) * state.pageSize) }, total: state.items.length } }),
    offset: ({ query }) => ({ json: { rows: slice(sorted(), Number(query.get('offset'))), total: state.items.length } }),
    more: () => ({ json: { rows: [], more: true } }),
    stuck: () => ({ json: { rows: slice(sorted(), 0) } }),
    window: ({ query }) => {
      const [from, to] = [query.get('from') ?? '', query.get('to') ?? '']
      return { json: sorted().filter(({ updated_at }) => updated_at.slice(0, 10) >= from && updated_at.slice(0, 10) <= to) }
    },
    deleted: ({ query }) => ({ json: { gone: state.deleted.filter(({ deleted_at }) => deleted_at >= (query.get('since') ?? '')) } }),
    empty: () => ({ status: 404, body: 'Nothing here' }),
    moved: () => ({ json: { rows: slice(sorted(), 0), next: 'http://203.0.113.7/next' } }),
  }
  let scrolled = 0
  return Object.assign(state, server)
}

function token(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}
