import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contactTables } from '../../connectors/intercom/contacts.ts'
import { partTables } from '../../connectors/intercom/conversation-parts.ts'
import { conversationTables } from '../../connectors/intercom/conversations.ts'
import { LISTS, companiesTable } from '../../connectors/intercom/directory.ts'
import { ticketTables } from '../../connectors/intercom/tickets.ts'
import { openPack } from './synced-pack-world.ts'
import type { PackAsk, PackWorld } from './synced-pack-world.ts'

const at = (text: string): number => Date.parse(text)

// Six conversations. Closed now: a, b, c, f. Open: d; snoozed: e.
const CONVERSATIONS = [
  { id: 'a', state: 'closed', created_at: at('2026-01-05T10:00:00Z'), closed_at: at('2026-01-06T10:00:00Z'), admin_assignee_id: '1', team_assignee_id: '7', contact_id: 'k1', company_id: 'co1', source_type: 'email', source_delivered_as: 'customer_initiated', time_to_admin_reply: 60, time_to_first_close: 3600, time_to_last_close: 3600, count_reopens: 0, rating: 5, rating_requested_at: at('2026-01-06T10:00:00Z'), sla_status: 'hit' },
  { id: 'b', state: 'closed', created_at: at('2026-01-20T10:00:00Z'), closed_at: at('2026-02-10T10:00:00Z'), admin_assignee_id: '1', team_assignee_id: '7', contact_id: 'k2', company_id: 'co1', source_type: 'conversation', source_delivered_as: 'customer_initiated', time_to_admin_reply: 120, time_to_first_close: 7200, time_to_last_close: 90000, count_reopens: 2, rating: 2, rating_requested_at: at('2026-02-10T10:00:00Z'), sla_status: 'missed' },
  { id: 'c', state: 'closed', created_at: at('2026-01-25T10:00:00Z'), closed_at: at('2026-02-01T00:00:00Z'), admin_assignee_id: '2', team_assignee_id: '8', contact_id: 'k1', company_id: 'co1', source_type: 'conversation', source_delivered_as: 'automated', time_to_admin_reply: 900, time_to_first_close: 1800, time_to_last_close: 1800, count_reopens: 0, rating: 4, rating_requested_at: at('2026-02-01T00:00:00Z'), sla_status: 'hit' },
  { id: 'd', state: 'open', created_at: at('2026-01-31T23:00:00Z'), team_assignee_id: '8', contact_id: 'k2', source_type: 'conversation', source_delivered_as: 'customer_initiated', count_reopens: 0, sla_status: 'active' },
  { id: 'e', state: 'snoozed', created_at: at('2026-02-02T10:00:00Z'), admin_assignee_id: '2', team_assignee_id: '8', contact_id: 'k3', source_type: 'email', source_delivered_as: 'customer_initiated', time_to_admin_reply: 30, count_reopens: 1 },
  { id: 'f', state: 'closed', created_at: at('2026-02-03T10:00:00Z'), closed_at: at('2026-02-03T11:00:00Z'), contact_id: 'k3', source_type: 'email', source_delivered_as: 'admin_initiated', time_to_admin_reply: 10, time_to_first_close: 3600, time_to_last_close: 3600, count_reopens: 0 },
]

const RECORDS = {
  conversations: CONVERSATIONS,
  conversation_tags: [
    { conversation_id: 'a', tag_id: '1', name: 'billing', applied_at: at('2026-01-05T11:00:00Z') },
    { conversation_id: 'a', tag_id: '2', name: 'bug', applied_at: at('2026-01-05T11:00:00Z') },
    { conversation_id: 'b', tag_id: '1', name: 'billing', applied_at: at('2026-01-21T11:00:00Z') },
  ],
  conversation_parts: [
    { conversation_id: 'a', id: '1', part_type: 'comment', author_type: 'admin', created_at: at('2026-01-05T10:01:00Z') },
    { conversation_id: 'a', id: '2', part_type: 'comment', author_type: 'user', created_at: at('2026-01-05T10:02:00Z') },
    { conversation_id: 'a', id: '3', part_type: 'note', author_type: 'admin', created_at: at('2026-01-05T10:03:00Z') },
    { conversation_id: 'b', id: '4', part_type: 'comment', author_type: 'admin', created_at: at('2026-02-05T10:01:00Z') },
  ],
  tickets: [
    { id: 't1', category: 'Customer', state: 'resolved', ticket_type_name: 'Bug', created_at: at('2026-01-10T00:00:00Z'), resolved_at: at('2026-01-11T00:00:00Z'), contact_id: 'k1' },
    { id: 't2', category: 'Customer', state: 'resolved', ticket_type_name: 'Bug', created_at: at('2026-01-12T00:00:00Z'), resolved_at: at('2026-02-11T00:00:00Z'), contact_id: 'k2' },
    { id: 't3', category: 'Tracker', state: 'submitted', ticket_type_name: 'Idea', created_at: at('2026-01-15T00:00:00Z'), contact_id: 'k2' },
  ],
  contacts: [
    { id: 'k1', role: 'user', country: 'Germany', company_id: 'co1', created_at: at('2025-12-01T00:00:00Z') },
    { id: 'k2', role: 'user', country: 'France', company_id: 'co1', created_at: at('2026-01-01T00:00:00Z') },
    { id: 'k3', role: 'lead', country: 'France', created_at: at('2026-02-01T00:00:00Z') },
  ],
  companies: [{ id: 'co1', name: 'Acme', plan_name: 'Pro', industry: 'Software', created_at: at('2025-12-01T00:00:00Z') }],
  admins: [{ id: '1', name: 'Ann' }, { id: '2', name: 'Bob' }],
  teams: [{ id: '7', name: 'Billing' }, { id: '8', name: 'Tech' }],
}

const MONTHS = { start: '2026-01-01', end: '2026-03-01', grain: 'month' } as const
const JANUARY = { start: '2026-01-01', end: '2026-02-01' } as const
let world: PackWorld

beforeAll(async () => {
  const tables = [...conversationTables, ...partTables, ...ticketTables, ...contactTables, companiesTable, ...LISTS.map(({ table }) => table)]
  world = await openPack('intercom', tables, RECORDS, '2026-03-05T12:00:00Z')
})
afterAll(() => world.close())

async function expectSeries(metric: string, expected: readonly (number | null)[], ask: PackAsk = MONTHS): Promise<void> {
  expect(await world.series(metric, ask), metric).toEqual(expected.map((value) => (value === null ? null : (expect.closeTo(value, 8) as number))))
}

describe('volume of support, by hand', () => {
  it('is the conversations that begin', async () => {
    await expectSeries('support_conversations', [4, 2])
    await expectSeries('inbound_conversations', [3, 1])
    expect(await world.groups('support_conversations', { ...JANUARY, by: 'conversation_channel' })).toEqual({ email: 1, conversation: 3 })
  })

  it('is told by team, teammate, contact and company', async () => {
    expect(await world.groups('support_conversations', { ...JANUARY, by: 'support_team_name' })).toEqual({ Billing: 2, Tech: 2 })
    expect(await world.groups('support_conversations', { ...JANUARY, by: 'teammate_name' })).toEqual({ Ann: 2, Bob: 1, null: 1 })
    expect(await world.groups('support_conversations', { ...JANUARY, by: 'support_contact_country' })).toEqual({ Germany: 2, France: 2 })
    expect(await world.groups('support_conversations', { ...JANUARY, by: 'conversation_state' })).toEqual({ closed: 3, open: 1 })
  })

  it('counts a conversation once, however many tags it has', async () => {
    await expectSeries('tagged_conversations', [2, 0])
    expect(await world.groups('tagged_conversations', { ...JANUARY, by: 'conversation_tag' })).toEqual({ billing: 2, bug: 1 })
  })

  it('counts replies of teammates, not notes', async () => {
    await expectSeries('teammate_replies', [1, 1])
  })

  it('knows new contacts', async () => {
    await expectSeries('new_support_contacts', [1, 1])
  })
})

describe('the backlog, by hand', () => {
  it('is what has begun and is not closed when the period ends', async () => {
    // End of January: b, c (closed at the very first moment of February, so open just before it) and d; end of February: d and e.
    await expectSeries('support_backlog', [3, 2])
    await expectSeries('support_backlog', [1, 0], { start: '2026-01-05', end: '2026-01-07', grain: 'day' })
    expect(await world.groups('support_backlog', { ...JANUARY, by: 'support_team_name' })).toEqual({ Billing: 1, Tech: 2 })
  })

  it('shrinks by what is closed', async () => {
    await expectSeries('conversations_closed', [1, 3])
  })

  it('is kept of tickets, too', async () => {
    await expectSeries('support_tickets', [3, 0])
    await expectSeries('ticket_backlog', [2, 1])
    await expectSeries('ticket_time_to_resolve_median', [(86_400 + 30 * 86_400) / 2, null])
  })
})

describe('speed of support, by hand', () => {
  it('is the median and the mean time to the first reply, of those that were replied to', async () => {
    await expectSeries('first_response_time_median', [120, 20])
    await expectSeries('first_response_time_average', [360, 20])
  })

  it('is the time to the first and to the last close', async () => {
    await expectSeries('time_to_close_median', [3600, 3600])
    await expectSeries('time_to_close_average', [4200, 3600])
    await expectSeries('time_to_last_close_median', [3600, 3600])
    expect(await world.groups('time_to_close_median', { ...JANUARY, by: 'support_team_name' })).toEqual({ Billing: 5400, Tech: 1800 })
  })

  it('is kept to what was promised', async () => {
    await expectSeries('conversations_under_sla', [3, 0])
    await expectSeries('sla_attainment', [200 / 3, null])
  })
})

describe('satisfaction with support, by hand', () => {
  it('is the share of ratings of 4 and 5, when they were asked for', async () => {
    await expectSeries('rated_conversations', [1, 2])
    await expectSeries('conversation_csat', [100, 50])
    await expectSeries('conversation_csat', [200 / 3], { start: '2026-01-01', end: '2026-03-01' })
    await expectSeries('conversation_rating_average', [5, 3])
  })

  it('falls where conversations are opened again', async () => {
    await expectSeries('reopened_conversations', [1, 1])
    await expectSeries('reopen_rate', [25, 50])
  })
})
