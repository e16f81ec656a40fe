import type { SyncRecord, SyncTable, TableWrite } from '../sync-contract.ts'
import { columnsOf } from './columns.ts'
import { idOf, itemOf, listOf, others, pick, pickTimes } from './fields.ts'
import type { Item } from './fields.ts'

const PLAIN = ['role', 'browser', 'browser_version', 'browser_language', 'os', 'language_override', 'has_hard_bounced', 'marked_email_as_spam', 'unsubscribed_from_emails', 'custom_attributes', 'email', 'name', 'phone', 'avatar', 'email_domain'] as const
const TIMES = ['created_at', 'updated_at', 'signed_up_at', 'last_seen_at', 'last_replied_at', 'last_contacted_at', 'last_email_opened_at', 'last_email_clicked_at', 'android_last_seen_at', 'ios_last_seen_at'] as const
const TAKEN = [...PLAIN, ...TIMES, 'id', 'external_id', 'owner_id', 'location', 'companies', 'tags', 'notes', 'social_profiles']

export const contactTables: readonly SyncTable[] = [
  {
    name: 'contacts',
    description: 'Users and leads.',
    columns: [
      ...columnsOf('text', ['id', 'external_id', 'role', 'owner_id', 'company_id', 'browser', 'browser_version', 'browser_language', 'os', 'language_override', 'email_domain', 'country', 'region', 'city']),
      ...columnsOf('text', ['email', 'name', 'phone', 'avatar'], true),
      ...columnsOf('timestamp', TIMES),
      ...columnsOf('boolean', ['has_hard_bounced', 'marked_email_as_spam', 'unsubscribed_from_emails']),
      { name: 'company_ids', kind: 'json', description: 'Ids of the tool, of the first ten companies.' },
      { name: 'company_count', kind: 'integer', description: 'Companies of the contact, all of them.' },
      ...columnsOf('json', ['custom_attributes'], true),
      ...columnsOf('json', ['tag_ids']),
    ],
    key: ['id'],
    person: { user: ['id', 'external_id'], email: ['email'] },
  },
]

export function contactWrites(contacts: readonly Item[]): readonly TableWrite[] {
  return contacts.length === 0 ? [] : [{ kind: 'upsert', table: 'contacts', records: contacts.map(recordOf) }]
}

function recordOf(contact: Item): SyncRecord {
  const companies = listOf(contact['companies'], 'data').map(({ id }) => idOf(id))
  return {
    ...others(contact, TAKEN),
    id: idOf(contact['id']),
    external_id: idOf(contact['external_id']),
    owner_id: idOf(contact['owner_id']),
    ...pick(contact, PLAIN),
    ...pickTimes(contact, TIMES),
    ...pick(itemOf(contact['location']), ['country', 'region', 'city']),
    company_id: companies[0] ?? null,
    company_ids: companies,
    company_count: itemOf(contact['companies'])['total_count'] ?? companies.length,
    tag_ids: listOf(contact['tags'], 'data').map(({ id }) => idOf(id)),
  }
}
