import { utcMsOfEpochSeconds } from '../../src/base/instants.ts'
import type { SyncRecord, SyncTable, TableWrite } from '../sync-contract.ts'
import { columnsOf } from './columns.ts'
import { idOf, itemOf, listOf, others, pick, pickTimes, pickWhole } from './fields.ts'
import type { Item } from './fields.ts'

/** The API shows so many parts of a conversation, the latest: https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/retrieveconversation */
export const MOST_PARTS = 500

/** Types of authors who are no teammates, bots or teams. */
export const PEOPLE = ['user', 'lead', 'contact'] as const

const PLAIN = ['title', 'state', 'priority'] as const
const TIMES = ['created_at', 'updated_at', 'waiting_since', 'snoozed_until'] as const
const SECONDS = ['time_to_assignment', 'time_to_admin_reply', 'time_to_first_close', 'time_to_last_close', 'median_time_to_reply', 'handling_time', 'adjusted_handling_time'] as const
const MOMENTS = ['first_contact_reply_at', 'first_assignment_at', 'first_admin_reply_at', 'first_close_at', 'last_assignment_at', 'last_assignment_admin_reply_at', 'last_contact_reply_at', 'last_admin_reply_at', 'last_close_at'] as const
const COUNTS = ['count_reopens', 'count_assignments', 'count_conversation_parts'] as const
const NESTED = ['source', 'contacts', 'statistics', 'conversation_rating', 'sla_applied', 'tags', 'teammates', 'first_contact_reply', 'conversation_parts', 'custom_attributes', 'ai_agent', 'linked_objects'] as const
const TAKEN = [...PLAIN, ...TIMES, ...NESTED, 'id', 'open', 'read', 'admin_assignee_id', 'team_assignee_id', 'company_id', 'ai_agent_participated']

export const conversationTables: readonly SyncTable[] = [
  {
    name: 'conversations',
    description: 'Conversations, with their statistics, rating and assignees.',
    columns: [
      ...columnsOf('text', ['id', 'state', 'priority', 'admin_assignee_id', 'team_assignee_id', 'company_id', 'contact_id', 'contact_external_id', 'source_type', 'source_delivered_as', 'source_author_type', 'source_author_id', 'source_url', 'rated_teammate_id', 'last_closed_by_id', 'sla_name', 'sla_status']),
      ...columnsOf('text', ['title', 'source_subject', 'source_body', 'source_author_name', 'source_author_email', 'rating_remark'], true),
      ...columnsOf('boolean', ['open', 'read', 'ai_agent_participated']),
      ...columnsOf('timestamp', [...TIMES, ...MOMENTS, 'rating_requested_at', 'rating_updated_at']),
      { name: 'closed_at', kind: 'timestamp', description: 'When it was closed last, of conversations that are closed now; else null.' },
      ...columnsOf('integer', [...SECONDS, ...COUNTS, 'contact_count']),
      { name: 'rating', kind: 'integer', description: '1 to 5.' },
      { name: 'parts_truncated', kind: 'boolean', description: `Has more than ${MOST_PARTS} parts, of which the tool shows the latest.` },
      ...columnsOf('json', ['tags', 'teammate_ids', 'linked_objects']),
      ...columnsOf('json', ['custom_attributes', 'ai_agent'], true),
    ],
    key: ['id'],
    person: { of: ['contact_id', 'contact_external_id'], user: ['source_author_id'], email: ['source_author_email'], where: { column: 'source_author_type', values: PEOPLE } },
  },
  {
    name: 'conversation_tags',
    description: 'Tags of conversations, one row each.',
    columns: [...columnsOf('text', ['conversation_id', 'tag_id', 'name', 'applied_by_id', 'contact_id', 'contact_external_id']), ...columnsOf('timestamp', ['applied_at'])],
    key: ['conversation_id', 'tag_id'],
    person: { of: ['contact_id', 'contact_external_id'] },
  },
]

export function conversationWrites(conversations: readonly Item[]): readonly TableWrite[] {
  if (conversations.length === 0) return []
  const ids = conversations.map(({ id }) => String(id))
  return [
    { kind: 'upsert', table: 'conversations', records: conversations.map(recordOf) },
    { kind: 'replace', table: 'conversation_tags', where: { column: 'conversation_id', values: ids }, records: conversations.flatMap(tagsOf) },
  ]
}

function recordOf(conversation: Item): SyncRecord {
  const [source, statistics, rating, sla] = ['source', 'statistics', 'conversation_rating', 'sla_applied'].map((name) => itemOf(conversation[name])) as [Item, Item, Item, Item]
  const author = itemOf(source['author'])
  const parts = Number(statistics['count_conversation_parts'] ?? 0)
  return {
    ...others(conversation, TAKEN),
    id: idOf(conversation['id']),
    ...pick(conversation, [...PLAIN, 'open', 'read', 'ai_agent_participated', 'custom_attributes', 'ai_agent', 'linked_objects']),
    ...pickTimes(conversation, TIMES),
    ...pickWhole(statistics, [...SECONDS, ...COUNTS]),
    ...pickTimes(statistics, MOMENTS),
    last_closed_by_id: idOf(statistics['last_closed_by_id']),
    // Statistics lack the close where no person wrote; the last change is then the nearest to it.
    closed_at: conversation['state'] === 'closed' ? (utcMsOfEpochSeconds(statistics['last_close_at']) ?? utcMsOfEpochSeconds(conversation['updated_at'])) : null,
    admin_assignee_id: idOf(conversation['admin_assignee_id']),
    team_assignee_id: idOf(conversation['team_assignee_id']),
    company_id: idOf(conversation['company_id']),
    ...contactOf(conversation),
    contact_count: listOf(conversation['contacts'], 'contacts').length,
    source_type: source['type'] ?? null,
    source_delivered_as: source['delivered_as'] ?? null,
    source_subject: source['subject'] ?? null,
    source_body: source['body'] ?? null,
    source_url: source['url'] ?? null,
    source_author_type: author['type'] ?? null,
    source_author_id: idOf(author['id']),
    source_author_name: author['name'] ?? null,
    source_author_email: author['email'] ?? null,
    rating: rating['rating'] ?? null,
    rating_remark: rating['remark'] ?? null,
    rating_requested_at: utcMsOfEpochSeconds(rating['created_at']),
    rating_updated_at: utcMsOfEpochSeconds(rating['updated_at']),
    rated_teammate_id: idOf(itemOf(rating['teammate'])['id']),
    sla_name: sla['sla_name'] ?? null,
    sla_status: sla['sla_status'] ?? null,
    tags: listOf(conversation['tags'], 'tags').map(({ name }) => name),
    teammate_ids: listOf(conversation['teammates'], 'admins').map(({ id }) => idOf(id)),
    parts_truncated: parts > MOST_PARTS,
  }
}

/** Whose conversation it is; on all that belongs to it, so that it goes with the person. */
export function contactOf(conversation: Item): SyncRecord {
  const [contact = {}] = listOf(conversation['contacts'], 'contacts')
  return { contact_id: idOf(contact['id']), contact_external_id: idOf(contact['external_id']) }
}

function tagsOf(conversation: Item): readonly SyncRecord[] {
  return listOf(conversation['tags'], 'tags').map((tag) => ({
    conversation_id: idOf(conversation['id']),
    tag_id: idOf(tag['id']),
    name: tag['name'] ?? null,
    applied_at: utcMsOfEpochSeconds(tag['applied_at']),
    applied_by_id: idOf(itemOf(tag['applied_by'])['id']),
    ...contactOf(conversation),
  }))
}
