import { startVendor } from './vendor-server.ts'
import type { Heard, Reply, VendorServer } from './vendor-server.ts'

export type IcItem = Record<string, unknown> & { id: string; updated_at: number }

export interface IcWorkspace {
  token: string
  /** Conversations hold all their parts; what is shown of them is cut as the API cuts. */
  conversations: IcItem[]
  contacts: IcItem[]
  tickets: IcItem[]
  companies: (Record<string, unknown> & { id: string })[]
  admins: Record<string, unknown>[]
  teams: Record<string, unknown>[]
  tags: Record<string, unknown>[]
  /** Ids that searches do not find yet. */
  notIndexed: Set<string>
  /** Answers to searches with a token that name that token again as the next one's. */
  repeatedTokens: number
  /** Tokens count rows instead of naming the last one, so that pages shift when rows leave. */
  countsRows: boolean
  /** Hours that the days of contacts' searches begin before those of UTC. */
  contactDayShiftH: number
  /** Runs before each search with a token. */
  beforeNextPage: (() => void) | null
  /** Epoch ms. */
  now: () => number
  companiesPerPage: number
  /** Whether searches say how many they found. */
  countsTotals: boolean
}

export function emptyWorkspace(now: () => number): IcWorkspace {
  return { token: 'dG9rOmZha2U=', conversations: [], contacts: [], tickets: [], companies: [], admins: [], teams: [], tags: [], notIndexed: new Set(), repeatedTokens: 0, countsRows: false, contactDayShiftH: 0, beforeNextPage: null, now, companiesPerPage: 100, countsTotals: true }
}

const DAY_S = 86_400
const MOST_PARTS = 500

/** Behaves as Intercom's REST API documents, over a workspace in memory. */
export async function startIntercom(world: IcWorkspace): Promise<VendorServer> {
  let scroll: { readonly token: string; at: number; usedMs: number } | null = null
  let scrolls = 0

  const answer = (heard: Heard): Reply => {
    // https://developers.intercom.com/docs/references/rest-api/errors/error-codes
    if (heard.headers['authorization'] !== `Bearer ${world.token}`) return errorReply(401, 'unauthorized', 'Access Token Invalid')
    const reply = route(heard)
    // https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting
    return { ...reply, headers: { 'x-ratelimit-limit': '1667', 'x-ratelimit-remaining': '1600', 'x-ratelimit-reset': String(Math.ceil(world.now() / 10_000) * 10), ...reply.headers } }
  }

  const route = (heard: Heard): Reply => {
    switch (heard.path) {
      // https://developers.intercom.com/docs/references/rest-api/api.intercom.io/admins/identifyadmin
      case '/me':
        return { json: { type: 'admin', id: '1', email: 'admin@acme.example', name: 'Ad Min', app: { type: 'app', id_code: 'ab12', name: 'Acme', timezone: 'America/Los_Angeles' } } }
      case '/conversations/search':
        return search(heard, world.conversations.map(withoutParts), 'conversations', 'conversation.list')
      case '/contacts/search':
        return search(heard, world.contacts, 'data', 'list')
      case '/tickets/search':
        return search(heard, world.tickets, 'tickets', 'ticket.list')
      case '/companies/scroll':
        return scrollOn(heard.query.get('scroll_param'))
      // https://developers.intercom.com/docs/references/rest-api/api.intercom.io/admins/listadmins, teams/listteams, tags/listtags
      case '/admins':
        return { json: { type: 'admin.list', admins: world.admins } }
      case '/teams':
        return { json: { type: 'team.list', teams: world.teams } }
      case '/tags':
        return { json: { type: 'list', data: world.tags } }
      default: {
        const found = world.conversations.find(({ id }) => heard.path === `/conversations/${id}`)
        return found === undefined ? errorReply(404, 'not_found', 'Resource Not Found') : { json: shown(found) }
      }
    }
  }

  // https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/searchconversations, contacts/searchcontacts
  // ("Searching for Timestamp Fields": contacts by the day), tickets/searchtickets; pages:
  // https://developers.intercom.com/docs/build-an-integration/learn-more/rest-apis/pagination
  const search = (heard: Heard, items: readonly IcItem[], key: string, type: string): Reply => {
    const { query, pagination = {} } = JSON.parse(heard.body.toString()) as { query: { operator: string; value: { field: string; operator: string; value: number }[] }; pagination?: { per_page?: number; starting_after?: string } }
    const perPage = pagination.per_page ?? 20
    if (perPage > 150 || query.operator !== 'AND') return errorReply(400, 'parameter_invalid', 'per_page is too large')
    const { starting_after: token } = pagination
    if (token !== undefined) world.beforeNextPage?.()
    const byDay = heard.path === '/contacts/search'
    const dayOf = (seconds: number): number => Math.floor((seconds + world.contactDayShiftH * 3600) / DAY_S)
    const fits = (item: IcItem): boolean =>
      query.value.every(({ operator, value }) => {
        const [left, right] = byDay ? [dayOf(item.updated_at), dayOf(value)] : [item.updated_at, value]
        return operator === '>' ? left > right : left < right
      })
    const found = items.filter((item) => !world.notIndexed.has(item.id) && fits(item)).toSorted((a, b) => b.updated_at - a.updated_at || (a.id < b.id ? -1 : 1))
    const place = token === undefined ? null : (JSON.parse(Buffer.from(token, 'base64').toString()) as [number, string] | number)
    if (place !== null && (typeof place === 'number') !== world.countsRows) return errorReply(400, 'parameter_invalid', 'starting_after is not a valid cursor')
    const begin = place === null ? 0 : typeof place === 'number' ? place : found.findIndex(({ updated_at, id }) => updated_at < place[0] || (updated_at === place[0] && id > place[1]))
    const page = begin < 0 ? [] : found.slice(begin, begin + perPage)
    const last = page.at(-1)
    const hasMore = begin >= 0 && begin + perPage < found.length
    let next = hasMore && last !== undefined ? Buffer.from(JSON.stringify(world.countsRows ? begin + perPage : [last.updated_at, last.id])).toString('base64') : null
    if (token !== undefined && world.repeatedTokens > 0) {
      world.repeatedTokens--
      next = token
    }
    return { json: { type, [key]: page, ...(world.countsTotals ? { total_count: found.length } : {}), pages: { type: 'pages', page: 1, per_page: perPage, total_pages: Math.ceil(found.length / perPage), ...(next === null ? {} : { next: { per_page: perPage, starting_after: next } }) } } }
  }

  // https://developers.intercom.com/docs/references/2.17/rest-api/api.intercom.io/companies/scrolloverallcompanies
  const scrollOn = (token: string | null): Reply => {
    if (scroll !== null && world.now() - scroll.usedMs > 60_000) scroll = null
    if (token === null) {
      if (scroll !== null) return errorReply(400, 'scroll_exists', 'scroll already exists for this workspace')
      scroll = { token: `scroll-${++scrolls}`, at: 0, usedMs: world.now() }
    } else if (scroll?.token !== token) return errorReply(404, 'not_found', 'scroll parameter not found')
    const data = world.companies.slice(scroll.at, scroll.at + world.companiesPerPage)
    const { token: same } = scroll
    scroll.at += data.length
    scroll.usedMs = world.now()
    if (data.length === 0) scroll = null
    return { json: { type: 'list', data, pages: null, total_count: null, scroll_param: same } }
  }

  return startVendor(answer)
}

/** Lists and searches show no parts. */
function withoutParts(conversation: IcItem): IcItem {
  return Object.fromEntries(Object.entries(conversation).filter(([name]) => name !== 'conversation_parts')) as IcItem
}

// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/retrieveconversation: the 500 most recent parts
function shown(conversation: IcItem): object {
  const parts = (conversation['conversation_parts'] as unknown[] | undefined) ?? []
  return { ...conversation, conversation_parts: { type: 'conversation_part.list', conversation_parts: parts.slice(-MOST_PARTS), total_count: parts.length } }
}

/** https://developers.intercom.com/docs/references/rest-api/errors/error-objects */
export function errorReply(status: number, code: string, message: string, headers: Record<string, string> = {}): Reply {
  return { status, headers, json: { type: 'error.list', request_id: 'b68959ea-6328-4f70-83cb-e7913dba1542', errors: [{ code, message }] } }
}
