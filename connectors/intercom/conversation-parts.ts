import { utcMsOfEpochSeconds } from '../../src/base/instants.ts'
import type { SyncRecord, SyncTable, TableWrite } from '../sync-contract.ts'
import { columnsOf } from './columns.ts'
import { contactOf, MOST_PARTS, PEOPLE } from './conversations.ts'
import { idOf, itemOf, listOf, others, pick, pickTimes } from './fields.ts'
import type { Item } from './fields.ts'

const PLAIN = ['part_type', 'redacted', 'state', 'app_package_code', 'external_id'] as const
const TIMES = ['created_at', 'updated_at', 'notified_at'] as const
const JSONS = ['attachments', 'metadata', 'event_details', 'email_message_metadata'] as const
const TAKEN = [...PLAIN, ...TIMES, ...JSONS, 'id', 'body', 'assigned_to', 'author', 'tags']

export const partTables: readonly SyncTable[] = [
  {
    name: 'conversation_parts',
    description: 'Messages, notes and events of conversations. Those landed once stay, also where the tool shows only later ones.',
    columns: [
      ...columnsOf('text', ['conversation_id', 'id', 'part_type', 'state', 'app_package_code', 'external_id', 'assigned_to_type', 'assigned_to_id', 'author_type', 'author_id', 'contact_id', 'contact_external_id']),
      ...columnsOf('text', ['body', 'author_name', 'author_email'], true),
      ...columnsOf('timestamp', TIMES),
      ...columnsOf('boolean', ['redacted', 'from_ai_agent', 'is_ai_answer']),
      ...columnsOf('json', ['attachments', 'metadata', 'event_details', 'tags']),
      { name: 'email_message_metadata', kind: 'json', personal: true, description: 'Subject, and names and addresses of sender and recipients.' },
    ],
    key: ['conversation_id', 'id'],
    person: { of: ['contact_id', 'contact_external_id'], user: ['author_id'], email: ['author_email'], where: { column: 'author_type', values: PEOPLE } },
  },
  {
    name: 'conversation_part_reads',
    description: 'How many parts of each conversation the tool counted and showed when it was read last.',
    columns: [
      ...columnsOf('text', ['conversation_id', 'contact_id', 'contact_external_id']),
      ...columnsOf('timestamp', ['conversation_updated_at']),
      { name: 'counted', kind: 'integer', description: 'Parts by the statistics of the conversation; null where they say nothing.' },
      { name: 'shown', kind: 'integer', description: 'Parts shown in this reading.' },
      { name: 'parts_truncated', kind: 'boolean', description: 'Not all of them were shown.' },
    ],
    key: ['conversation_id'],
    person: { of: ['contact_id', 'contact_external_id'] },
  },
]

/** @param conversations as retrieved one by one: lists and searches show no parts. */
export function partWrites(conversations: readonly Item[]): readonly TableWrite[] {
  if (conversations.length === 0) return []
  return [
    { kind: 'upsert', table: 'conversation_parts', records: conversations.flatMap((conversation) => partsOf(conversation).map((part) => recordOf(conversation, part))) },
    { kind: 'upsert', table: 'conversation_part_reads', records: conversations.map(readingOf) },
  ]
}

function partsOf(conversation: Item): readonly Item[] {
  return listOf(conversation['conversation_parts'], 'conversation_parts')
}

function readingOf(conversation: Item): SyncRecord {
  const shown = partsOf(conversation).length
  const told = itemOf(conversation['conversation_parts'])['total_count']
  const counted = itemOf(conversation['statistics'])['count_conversation_parts'] ?? told ?? null
  return {
    conversation_id: idOf(conversation['id']),
    ...contactOf(conversation),
    conversation_updated_at: utcMsOfEpochSeconds(conversation['updated_at']),
    counted,
    shown,
    // Statistics also count what is no part, such as the first message, so only the list's own total and its limit tell.
    parts_truncated: shown >= MOST_PARTS || Number(told ?? shown) > shown,
  }
}

function recordOf(conversation: Item, part: Item): SyncRecord {
  const [author, assigned] = [itemOf(part['author']), itemOf(part['assigned_to'])]
  return {
    ...others(part, TAKEN),
    conversation_id: String(conversation['id']),
    ...contactOf(conversation),
    id: idOf(part['id']),
    ...pick(part, [...PLAIN, ...JSONS, 'body']),
    ...pickTimes(part, TIMES),
    assigned_to_type: assigned['type'] ?? null,
    assigned_to_id: idOf(assigned['id']),
    author_type: author['type'] ?? null,
    author_id: idOf(author['id']),
    author_name: author['name'] ?? null,
    author_email: author['email'] ?? null,
    from_ai_agent: author['from_ai_agent'] ?? null,
    is_ai_answer: author['is_ai_answer'] ?? null,
    tags: listOf(part['tags'], 'tags').map(({ name }) => name),
  }
}
