import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Collected } from '../../test/vendors/collect.ts'
import { emptyWorkspace, errorReply, startIntercom } from '../../test/vendors/intercom.ts'
import type { IcItem, IcWorkspace } from '../../test/vendors/intercom.ts'
import type { VendorServer } from '../../test/vendors/vendor-server.ts'
import type { Stream, SyncSource } from '../sync-contract.ts'
import connector from './sync.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const NOW = Date.parse('2026-03-10T06:00:00Z')
const seconds = (text: string): number => Date.parse(text) / 1000

let world: IcWorkspace
let vendor: VendorServer
let clock: number
let waits: number[]
let warnings: string[]

beforeEach(async () => {
  clock = NOW
  waits = []
  warnings = []
  world = emptyWorkspace(() => clock)
  vendor = await startIntercom(world)
})
afterEach(() => vendor.close())

function conversation(id: string, updated: string | number, extra: Record<string, unknown> = {}): IcItem {
  const updated_at = typeof updated === 'number' ? updated : seconds(updated)
  // https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/conversation
  return {
    type: 'conversation', id, created_at: updated_at - 3600, updated_at, waiting_since: null, snoozed_until: null, open: true, state: 'open', read: true, priority: 'not_priority', admin_assignee_id: 814860, team_assignee_id: '5017691',
    source: { type: 'conversation', id: '403918251', delivered_as: 'customer_initiated', subject: '', body: '<p>Help</p>', author: { type: 'user', id: 'c1', name: 'Jo', email: 'jo@acme.example' }, url: null, redacted: false },
    contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: 'c1', external_id: 'user-1' }] },
    statistics: { type: 'conversation_statistics', time_to_admin_reply: 120, count_reopens: 1, count_conversation_parts: 2, first_contact_reply_at: updated_at - 3500, last_close_at: updated_at },
    conversation_rating: { rating: 5, remark: 'Great', created_at: updated_at, contact: { type: 'contact', id: 'c1' }, teammate: { type: 'admin', id: '814860' } },
    tags: { type: 'tag.list', tags: [{ type: 'tag', id: '7', name: 'billing', applied_at: updated_at, applied_by: { type: 'admin', id: '814860' } }] },
    ...extra,
  }
}

const part = (id: string, at: number): object => ({ type: 'conversation_part', id, part_type: 'comment', body: `<p>${id}</p>`, created_at: at, updated_at: at, author: { type: 'admin', id: '814860', name: 'Ad Min', email: 'a@acme.example', from_ai_agent: false }, attachments: [], redacted: false })
const contact = (id: string, updated: string): IcItem => ({ type: 'contact', id, external_id: `user-${id}`, role: 'user', email: `${id}@acme.example`, created_at: seconds(updated), updated_at: seconds(updated), location: { type: 'location', country: 'Germany', region: 'Berlin', city: 'Berlin' }, companies: { type: 'list', data: [{ id: 'co1', type: 'company' }], total_count: 1, has_more: false } })

/** Conversations of 40 days, some in the same second. */
function manyConversations(count: number): IcItem[] {
  return Array.from({ length: count }, (_, index) => conversation(String(1000 + index), Math.floor(NOW / 1000) - 60 - Math.floor(index / 3) * 7919))
}

function open(extra: Record<string, unknown> = {}): SyncSource {
  const log = { debug: () => undefined, info: () => undefined, warn: (_: object, message: string) => void warnings.push(message) }
  const wait = (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    waits.push(ms)
    clock += ms
    return Promise.resolve()
  }
  return connector.open('support', connector.options.parse({ accessToken: world.token, baseUrl: vendor.url, ...extra }), { log, now: () => clock, wait })
}

async function streamOf(name: string, extra?: Record<string, unknown>): Promise<Stream> {
  const stream = (await open(extra).streams(new AbortController().signal)).find((one) => one.name === name)
  if (stream === undefined) throw new Error(`no stream ${name}`)
  return stream
}

const idsOf = (collected: Collected, table: string): readonly string[] => collected.rows(table).map(({ id }) => String(id)).sort()
const allIds = (items: readonly { id: string }[]): readonly string[] => items.map(({ id }) => id).sort()
const isSearch = ({ path }: { path: string }): boolean => path.endsWith('/search')

describe('a first reading of conversations', () => {
  it('lands all of them, the newest first, and knows when it is whole', async () => {
    world.conversations = manyConversations(400)
    const collected = new Collected()
    const pages = await collected.read(await streamOf('conversations'), { nowUtcMs: NOW })
    expect(idsOf(collected, 'conversations')).toEqual(allIds(world.conversations))
    const order = pages.flatMap(({ writes: [write] }) => (write?.kind === 'upsert' ? [Number(write.records[0]?.['updated_at'])] : []))
    expect(order).toEqual(order.toSorted((a, b) => b - a))
    expect(pages.slice(0, -1).every(({ completeUntilUtcMs }) => completeUntilUtcMs === null)).toBe(true)
    expect(pages.at(-1)?.completeUntilUtcMs).toBe(NOW - 15 * 60_000)
  })

  it('flattens statistics, rating, tags, assignees and source', async () => {
    world.conversations = [conversation('1', '2026-03-09T12:00:00Z', { state: 'closed', open: false, brand_new_field: 'x' })]
    const collected = new Collected()
    await collected.read(await streamOf('conversations'), { nowUtcMs: NOW })
    const at = Date.parse('2026-03-09T12:00:00Z')
    expect(collected.rows('conversations')).toEqual([expect.objectContaining({ id: '1', state: 'closed', created_at: at - HOUR_MS, updated_at: at, closed_at: at, admin_assignee_id: '814860', team_assignee_id: '5017691', contact_id: 'c1', contact_external_id: 'user-1', time_to_admin_reply: 120, count_reopens: 1, rating: 5, rating_remark: 'Great', rated_teammate_id: '814860', source_author_email: 'jo@acme.example', tags: ['billing'], parts_truncated: false, brand_new_field: 'x' })])
    expect(collected.rows('conversation_tags')).toEqual([{ conversation_id: '1', tag_id: '7', name: 'billing', applied_at: at, applied_by_id: '814860', contact_id: 'c1', contact_external_id: 'user-1' }])
  })

  it('is read whole, whatever day is the first that is wanted, since it may be open still', async () => {
    world.conversations = manyConversations(200)
    const collected = new Collected()
    const stream = await streamOf('conversations')
    expect(stream.ignoresSince).toBe(true)
    await collected.read(stream, { nowUtcMs: NOW, sinceUtcMs: NOW - 3 * DAY_MS })
    expect(idsOf(collected, 'conversations')).toEqual(allIds(world.conversations))
  })

  it('goes over gaps of years', async () => {
    world.conversations = [conversation('old', '2016-05-05T00:00:00Z'), conversation('new', '2026-03-01T00:00:00Z')]
    const collected = new Collected()
    await collected.read(await streamOf('conversations'), { nowUtcMs: NOW, sinceUtcMs: null })
    expect(idsOf(collected, 'conversations')).toEqual(['new', 'old'])
  })

  it('does not take a missing count for an empty workspace', async () => {
    world.conversations = manyConversations(6)
    world.countsTotals = false
    const collected = new Collected()
    await collected.read(await streamOf('conversations'), { nowUtcMs: NOW })
    expect(idsOf(collected, 'conversations')).toEqual(allIds(world.conversations))
  })

  it('of an empty workspace is a few requests', async () => {
    const pages = await new Collected().read(await streamOf('conversations'), { nowUtcMs: NOW })
    expect(pages.flatMap(({ writes }) => writes)).toEqual([])
    expect(vendor.heard.length).toBeLessThan(5)
  })

  it('reads thousands that changed in one second', async () => {
    world.conversations = Array.from({ length: 1_001 }, (_, index) => conversation(`b${String(index).padStart(5, '0')}`, '2026-03-01T00:00:00Z'))
    const collected = new Collected()
    await collected.read(await streamOf('conversations'), { nowUtcMs: NOW })
    expect(idsOf(collected, 'conversations')).toEqual(allIds(world.conversations))
  })

  it('goes on after a kill at any page, and ends with the same table', async () => {
    world.conversations = [...manyConversations(60), ...Array.from({ length: 320 }, (_, index) => conversation(`b${index}`, '2026-03-10T03:10:00Z'))]
    for (const pages of [0, 1, 2, 3, 4, 5, 6, 10, 40, 150]) {
      const collected = new Collected()
      await collected.read(await streamOf('conversations'), { nowUtcMs: NOW }, pages)
      await collected.read(await streamOf('conversations'), { nowUtcMs: NOW + 60_000 })
      expect(idsOf(collected, 'conversations')).toEqual(allIds(world.conversations))
    }
  })
})

describe('later readings', () => {
  it('bring what has changed, and take late ones along', async () => {
    world.conversations = manyConversations(100)
    world.notIndexed.add('late')
    world.conversations.push(conversation('late', NOW / 1000 - 300))
    const stream = await streamOf('conversations')
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW })
    expect(idsOf(collected, 'conversations')).not.toContain('late')
    world.notIndexed.clear()
    world.conversations[5] = conversation('1005', NOW / 1000 + 60, { tags: { type: 'tag.list', tags: [] }, state: 'closed', open: false })
    const before = vendor.heard.length
    await collected.read(stream, { nowUtcMs: NOW + 5 * 60_000 })
    expect(idsOf(collected, 'conversations')).toEqual(allIds(world.conversations))
    expect(collected.rows('conversations').find(({ id }) => id === '1005')).toMatchObject({ state: 'closed', tags: [] })
    expect(collected.rows('conversation_tags').some(({ conversation_id }) => conversation_id === '1005')).toBe(false)
    expect(vendor.heard.length - before).toBeLessThan(6)
  })

  it('lose nothing where pages move under them', async () => {
    world.countsRows = true
    const at = NOW / 1000 - 600
    world.conversations = Array.from({ length: 400 }, (_, index) => conversation(`m${String(index).padStart(3, '0')}`, at))
    let moved = 0
    // The first row leaves for the present while later pages are read, so that all others move up by one.
    world.beforeNextPage = () => {
      const first = world.conversations[moved]
      if (moved < 2 && first !== undefined) {
        first.updated_at = NOW / 1000 + 10
        moved++
      }
    }
    const stream = await streamOf('conversations')
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW })
    await collected.read(stream, { nowUtcMs: NOW + 60_000 })
    expect(moved).toBe(2)
    expect(idsOf(collected, 'conversations')).toEqual(allIds(world.conversations))
    expect(warnings).toEqual([])
  })

  it('take a token that comes twice for what it is', async () => {
    world.conversations = Array.from({ length: 500 }, (_, index) => conversation(`r${index}`, NOW / 1000 - 600))
    world.repeatedTokens = 1
    const collected = new Collected()
    await collected.read(await streamOf('conversations'), { nowUtcMs: NOW })
    expect(idsOf(collected, 'conversations')).toEqual(allIds(world.conversations))
  })

  it('end with an error where tokens come twice for ever', async () => {
    world.conversations = Array.from({ length: 500 }, (_, index) => conversation(`r${index}`, NOW / 1000 - 600))
    world.repeatedTokens = Number.POSITIVE_INFINITY
    await expect(new Collected().read(await streamOf('conversations'), { nowUtcMs: NOW })).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
  })

  it('begin a window again whose place is no longer known', async () => {
    world.conversations = Array.from({ length: 500 }, (_, index) => conversation(`r${index}`, NOW / 1000 - 600))
    const collected = new Collected()
    await collected.read(await streamOf('conversations'), { nowUtcMs: NOW }, 1)
    world.countsRows = true
    await collected.read(await streamOf('conversations'), { nowUtcMs: NOW })
    expect(idsOf(collected, 'conversations')).toEqual(allIds(world.conversations))
  })
})

describe('what is personal', () => {
  it('is marked: who wrote, where they are reached, and what they wrote of', async () => {
    const marked = async (stream: string, table: string): Promise<unknown> => (await streamOf(stream)).tables.find(({ name }) => name === table)?.columns.filter(({ personal }) => personal === true).map(({ name }) => name).toSorted()
    expect(await marked('contacts', 'contacts')).toEqual(['avatar', 'custom_attributes', 'email', 'name', 'phone'])
    expect(await marked('conversations', 'conversations')).toEqual(['ai_agent', 'custom_attributes', 'rating_remark', 'source_author_email', 'source_author_name', 'source_body', 'source_subject', 'title'])
    expect(await marked('conversation_parts', 'conversation_parts')).toEqual(['author_email', 'author_name', 'body', 'email_message_metadata'])
  })
})

describe('parts of conversations', () => {
  it('are retrieved one conversation at a time', async () => {
    world.conversations = [conversation('1', '2026-03-09T12:00:00Z', { conversation_parts: [part('p1', seconds('2026-03-09T11:00:00Z')), part('p2', seconds('2026-03-09T11:30:00Z'))] })]
    const collected = new Collected()
    await collected.read(await streamOf('conversation_parts'), { nowUtcMs: NOW })
    expect(collected.rows('conversation_parts')).toHaveLength(2)
    expect(collected.rows('conversation_parts')[0]).toMatchObject({ conversation_id: '1', id: 'p1', part_type: 'comment', author_type: 'admin', author_id: '814860', author_email: 'a@acme.example', created_at: Date.parse('2026-03-09T11:00:00Z'), from_ai_agent: false })
    expect(collected.rows('conversation_part_reads')).toEqual([{ conversation_id: '1', contact_id: 'c1', contact_external_id: 'user-1', conversation_updated_at: Date.parse('2026-03-09T12:00:00Z'), counted: 2, shown: 2, parts_truncated: false }])
  })

  it('beyond 500 are marked, and those landed before stay', async () => {
    const at = seconds('2026-03-09T00:00:00Z')
    const parts = Array.from({ length: 450 }, (_, index) => part(`p${index}`, at + index))
    const long = conversation('1', '2026-03-09T12:00:00Z', { conversation_parts: parts, statistics: { count_conversation_parts: 450 } })
    world.conversations = [long]
    const stream = await streamOf('conversation_parts')
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW })
    parts.push(...Array.from({ length: 200 }, (_, index) => part(`p${450 + index}`, at + 450 + index)))
    long.updated_at = NOW / 1000 + 60
    long['statistics'] = { count_conversation_parts: 650 }
    await collected.read(stream, { nowUtcMs: NOW + HOUR_MS })
    expect(collected.rows('conversation_parts')).toHaveLength(650)
    expect(collected.rows('conversation_part_reads')).toEqual([expect.objectContaining({ counted: 650, shown: 500, parts_truncated: true })])
    expect(stream.showsAll).toBe(false)
    const conversations = new Collected()
    await conversations.read(await streamOf('conversations'), { nowUtcMs: NOW + HOUR_MS })
    expect(conversations.rows('conversations')[0]).toMatchObject({ parts_truncated: true, count_conversation_parts: 650 })
  })

  it('of a conversation that went meanwhile are none', async () => {
    world.conversations = [conversation('1', '2026-03-09T12:00:00Z')]
    vendor.fail({ when: ({ path }) => path === '/conversations/1', times: 1, what: errorReply(404, 'not_found', 'Resource Not Found') })
    const collected = new Collected()
    await collected.read(await streamOf('conversation_parts'), { nowUtcMs: NOW })
    expect(collected.rows('conversation_parts')).toEqual([])
  })

  it('are left out where the configuration says so', async () => {
    const names = (await open({ conversationParts: false }).streams(new AbortController().signal)).map(({ name }) => name)
    expect(names).toEqual(['conversations', 'tickets', 'contacts', 'companies', 'admins', 'teams', 'tags'])
  })
})

describe('contacts', () => {
  it.each([0, -8, 10])('are found by the day, and none is lost, whatever the zone of that day (%i h)', async (shift) => {
    world.contactDayShiftH = shift
    world.contacts = Array.from({ length: 200 }, (_, index) => contact(`k${index}`, new Date(NOW - index * 5 * HOUR_MS - 1000).toISOString()))
    const stream = await streamOf('contacts')
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW })
    expect(idsOf(collected, 'contacts')).toEqual(allIds(world.contacts))
    world.contacts[9] = contact('k9', new Date(NOW + HOUR_MS).toISOString())
    world.contacts.push(contact('fresh', new Date(NOW + 2 * HOUR_MS).toISOString()))
    await collected.read(stream, { nowUtcMs: NOW + 3 * HOUR_MS })
    expect(idsOf(collected, 'contacts')).toEqual(allIds(world.contacts))
    expect(collected.rows('contacts').find(({ id }) => id === 'k9')).toMatchObject({ updated_at: NOW + HOUR_MS, country: 'Germany', company_id: 'co1', external_id: 'user-k9' })
  })

  it('are read from the beginning after a week, so that archived and merged ones go', async () => {
    world.contacts = [contact('a', '2026-03-09T00:00:00Z'), contact('b', '2026-03-08T00:00:00Z')]
    const stream = await streamOf('contacts')
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW })
    world.contacts.pop()
    await collected.read(stream, { nowUtcMs: NOW + 6 * DAY_MS })
    await expect(collected.read(stream, { nowUtcMs: NOW + 7 * DAY_MS })).rejects.toMatchObject({ name: 'FullReadNeeded' })
    expect(stream.showsAll).toBe(true)
    const anew = new Collected()
    await anew.read(stream, { nowUtcMs: NOW + 7 * DAY_MS })
    expect(idsOf(anew, 'contacts')).toEqual(['a'])
  })
})

describe('tickets', () => {
  it('know their state in old and new versions, and when they were resolved', async () => {
    const at = seconds('2026-03-09T00:00:00Z')
    const base = { type: 'ticket', ticket_id: '77', category: 'Customer', created_at: at - 900, updated_at: at, open: false, contacts: { type: 'contact.list', contacts: [{ id: 'c1', external_id: 'user-1' }] }, ticket_type: { type: 'ticket_type', id: '12', name: 'Bug' }, ticket_attributes: { _default_title_: 'It hurts' }, admin_assignee_id: '0', team_assignee_id: 5 }
    world.tickets = [
      { ...base, id: '1', ticket_state: { type: 'ticket_state', id: '3', category: 'resolved', internal_label: 'Done' }, ticket_parts: { type: 'ticket_part.list', ticket_parts: [{ id: '9', part_type: 'ticket_state_updated_by_admin', ticket_state: 'resolved', created_at: at - 60 }], total_count: 1 } },
      { ...base, id: '2', ticket_state: 'submitted', ticket_state_internal_label: 'Submitted', open: true },
    ]
    const collected = new Collected()
    await collected.read(await streamOf('tickets'), { nowUtcMs: NOW })
    expect(collected.rows('tickets')).toEqual([
      expect.objectContaining({ id: '1', state: 'resolved', state_label: 'Done', resolved_at: (at - 60) * 1000, ticket_type_name: 'Bug', contact_id: 'c1', admin_assignee_id: '0', team_assignee_id: '5' }),
      expect.objectContaining({ id: '2', state: 'submitted', resolved_at: null, open: true }),
    ])
  })
})

describe('companies', () => {
  const companies = (count: number): IcWorkspace['companies'] => Array.from({ length: count }, (_, index) => ({ type: 'company', id: `co${index}`, company_id: `acct-${index}`, name: `Company ${index}`, monthly_spend: 10.5, user_count: 2, plan: { type: 'plan', id: '1', name: 'Pro' }, created_at: 1_700_000_000, updated_at: 1_700_000_000, custom_attributes: { tier: 'gold' } }))
  const isScroll = ({ path }: { path: string }): boolean => path === '/companies/scroll'

  it('are scrolled beyond the 10,000 that lists show', async () => {
    world.companies = companies(10_050)
    world.companiesPerPage = 1_000
    const collected = new Collected()
    const pages = await collected.read(await streamOf('companies'), { nowUtcMs: NOW })
    expect(collected.rows('companies')).toHaveLength(10_050)
    expect(collected.rows('companies')[0]).toMatchObject({ company_id: 'acct-0', plan_name: 'Pro', monthly_spend: '10.500000' })
    expect(pages.at(-1)).toMatchObject({ completeUntilUtcMs: NOW, done: 1 })
  })

  it('are scrolled from the beginning again where the network failed, the scroll ended, or another holds it', async () => {
    world.companies = companies(450)
    const stream = await streamOf('companies')
    for (const fault of [errorReply(500, 'server_error', 'Request failed due to an internal network error. Please restart the scroll operation.'), errorReply(404, 'not_found', 'scroll parameter not found')]) {
      const collected = new Collected()
      let pages = 0
      vendor.fail({ when: (heard) => isScroll(heard) && heard.query.has('scroll_param') && ++pages === 3, times: 1, what: fault })
      await collected.read(stream, { nowUtcMs: clock })
      expect(collected.rows('companies')).toHaveLength(450)
      clock += DAY_MS
    }
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(60_000)
  })

  it('are read once a day, from the beginning, so that those deleted go', async () => {
    world.companies = companies(5)
    const stream = await streamOf('companies')
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW })
    expect(await collected.read(stream, { nowUtcMs: NOW + 23 * HOUR_MS })).toEqual([])
    await expect(collected.read(stream, { nowUtcMs: NOW + 24 * HOUR_MS })).rejects.toMatchObject({ name: 'FullReadNeeded' })
  })

  it('begin again after a kill', async () => {
    world.companies = companies(450)
    const collected = new Collected()
    await collected.read(await streamOf('companies'), { nowUtcMs: NOW }, 2)
    clock += 10_000
    await collected.read(await streamOf('companies'), { nowUtcMs: clock })
    expect(collected.rows('companies')).toHaveLength(450)
  })

  it('that nobody lets scroll are an error', async () => {
    vendor.fail({ when: isScroll, times: 99, what: errorReply(400, 'scroll_exists', 'scroll already exists for this workspace') })
    await expect(new Collected().read(await streamOf('companies'), { nowUtcMs: NOW })).rejects.toMatchObject({ code: 'SOURCE_BUSY' })
  })
})

describe('admins, teams and tags', () => {
  it('are read whole each time', async () => {
    world.admins = [{ type: 'admin', id: '814860', name: 'Ad Min', email: 'a@acme.example', team_ids: [5017691], has_inbox_seat: true, away_mode_enabled: false }]
    world.teams = [{ type: 'team', id: '5017691', name: 'Support', admin_ids: [814860] }]
    world.tags = [{ type: 'tag', id: '7', name: 'billing' }]
    for (const [name, row] of [['admins', { id: '814860', email: 'a@acme.example' }], ['teams', { id: '5017691', admin_ids: [814860] }], ['tags', { id: '7', name: 'billing' }]] as const) {
      const stream = await streamOf(name)
      const collected = new Collected()
      await collected.read(stream, { nowUtcMs: NOW })
      expect(collected.rows(name)).toEqual([expect.objectContaining(row)])
      await expect(collected.read(stream, { nowUtcMs: NOW + 1 })).rejects.toMatchObject({ name: 'FullReadNeeded' })
    }
  })
})

describe('failures', () => {
  const allLand = async (): Promise<void> => {
    world.conversations = manyConversations(60)
    const collected = new Collected()
    await collected.read(await streamOf('conversations'), { nowUtcMs: NOW })
    expect(idsOf(collected, 'conversations')).toEqual(allIds(world.conversations))
  }

  it('of too many requests are waited for until the reset that the headers name', async () => {
    // https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting: no Retry-After
    vendor.fail({ when: isSearch, times: 5, what: errorReply(429, 'rate_limit_exceeded', 'Exceeded rate limit of 83 in 10_seconds', { 'x-ratelimit-limit': '83', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 10) }) })
    await allLand()
    expect(Math.max(...waits)).toBeGreaterThan(9_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000)
  })

  it('of the server, of the connection and of a body cut off are tried again', async () => {
    vendor.fail({ when: isSearch, times: 2, what: errorReply(503, 'service_unavailable', 'Sorry, the API service is temporarily unavailable') })
    vendor.fail({ when: isSearch, times: 1, what: 'truncated' })
    vendor.fail({ when: isSearch, times: 1, what: 'hang up' })
    await allLand()
  })

  it('of a token that ended come once, and leave the cursor where it was', async () => {
    world.conversations = manyConversations(60)
    const stream = await streamOf('conversations')
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: NOW }, 20)
    const { cursor } = collected
    const { token } = world
    world.token = 'another'
    await expect(collected.read(stream, { nowUtcMs: NOW })).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringContaining('401') as string })
    expect(collected.cursor).toEqual(cursor)
    world.token = token
    await collected.read(stream, { nowUtcMs: NOW })
    expect(idsOf(collected, 'conversations')).toEqual(allIds(world.conversations))
  })

  it('to show all that is counted are told', async () => {
    world.conversations = manyConversations(3)
    const real = world.conversations
    vendor.fail({ when: ({ path, body }) => isSearch({ path }) && body.toString().includes('"per_page":150'), times: 3, what: { json: { type: 'conversation.list', conversations: real.slice(0, 2), total_count: 3, pages: {} } } })
    await new Collected().read(await streamOf('conversations'), { nowUtcMs: NOW })
    expect(warnings).toContain('Intercom counts more than it shows')
  })

  it('never come from a signal that was aborted before', async () => {
    await expect(new Collected().read(await streamOf('conversations'), { nowUtcMs: NOW, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('notifications', () => {
  const secret = 'app-secret'
  const receive = (body: unknown, signature?: string): unknown => {
    const bytes = Buffer.from(JSON.stringify(body))
    const signed = signature ?? `sha1=${createHmac('sha1', secret).update(bytes).digest('hex')}`
    return open({ clientSecret: secret }).receiver?.receive({ headers: { 'x-hub-signature': signed }, body: bytes, nowUtcMs: NOW })
  }
  // https://developers.intercom.com/docs/references/rest-api/webhooks/notification-object
  const event = (topic: string, item: object): object => ({ type: 'notification_event', app_id: 'ab12', topic, data: { type: 'notification_event_data', item } })

  it('of deletions remove what they name', async () => {
    world.contacts = [contact('a', '2026-03-09T00:00:00Z')]
    const collected = new Collected()
    await collected.read(await streamOf('contacts'), { nowUtcMs: NOW })
    collected.apply(receive(event('contact.archived', { type: 'contact', id: 'a' })) as never)
    expect(collected.rows('contacts')).toEqual([])
    expect(receive(event('conversation.deleted', { conversation_id: '9' }))).toMatchObject([{ kind: 'delete', table: 'conversations', keys: [['9']] }, { table: 'conversation_tags', records: [] }, { table: 'conversation_parts' }, { table: 'conversation_part_reads' }])
  })

  it('of anything else are left to the next sync', () => {
    expect(receive(event('contact.user.created', { type: 'contact', id: 'a' }))).toEqual([])
    expect(receive({ type: 'notification_event', topic: 'ping', data: { item: { type: 'ping' } } })).toEqual([])
  })

  it('that are not signed are refused', () => {
    expect(() => receive(event('contact.deleted', { id: 'a' }), 'sha1=00')).toThrow(expect.objectContaining({ code: 'WEBHOOK_REFUSED' }) as Error)
    expect(open().receiver).toBeUndefined()
  })
})

describe('a test of the connection', () => {
  it('names the workspace', async () => {
    expect(await open().test()).toEqual({ ok: true, message: 'Intercom answers: workspace Acme.' })
    expect(vendor.heard[0]?.headers['intercom-version']).toBe('2.14')
  })

  it('tells a wrong key, a missing right and a missing host apart, and no secret', async () => {
    vendor.fail({ when: ({ headers }) => headers['authorization'] === `Bearer ${world.token}`, times: 1, what: errorReply(403, 'api_plan_restricted', 'Active subscription needed.') })
    const verdicts = [await open({ accessToken: 'wrong-token' }).test(), await open().test(), await open({ baseUrl: 'http://127.0.0.1:9' }).test()]
    const parts = [/401/, /403/, /cannot be reached|connection/]
    for (const [index, { ok, message }] of verdicts.entries()) {
      expect(ok).toBe(false)
      expect(message).toMatch(parts[index] ?? /never/)
      expect(message).not.toMatch(/wrong-token|dG9r/)
    }
  })

  it('asks nothing before', () => {
    open()
    expect(vendor.heard).toHaveLength(0)
  })
})

describe('options', () => {
  it('keep token and secret secret', () => {
    expect(connector.secrets).toEqual(['accessToken', 'clientSecret'])
  })

  it('know the regions', () => {
    expect(connector.options.safeParse({ accessToken: 'a', region: 'eu' }).success).toBe(true)
    expect(connector.options.safeParse({ accessToken: 'a', region: 'mars' }).success).toBe(false)
    expect(connector.options.safeParse({}).success).toBe(false)
  })
})
