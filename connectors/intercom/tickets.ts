import { utcMsOfEpochSeconds } from '../../src/base/instants.ts'
import type { SyncRecord, SyncTable, TableWrite } from '../sync-contract.ts'
import { columnsOf } from './columns.ts'
import { idOf, itemOf, listOf, others, pick, pickTimes } from './fields.ts'
import type { Item } from './fields.ts'

const TIMES = ['created_at', 'updated_at', 'snoozed_until'] as const
const TAKEN = [...TIMES, 'id', 'ticket_id', 'category', 'open', 'is_shared', 'ticket_attributes', 'ticket_state', 'ticket_type', 'ticket_parts', 'contacts', 'admin_assignee_id', 'team_assignee_id', 'linked_objects']

export const ticketTables: readonly SyncTable[] = [
  {
    name: 'tickets',
    description: 'Tickets, with their present state.',
    columns: [
      ...columnsOf('text', ['id', 'ticket_id', 'category', 'ticket_type_id', 'ticket_type_name', 'state', 'state_label', 'admin_assignee_id', 'team_assignee_id', 'contact_id', 'contact_external_id']),
      ...columnsOf('timestamp', TIMES),
      { name: 'resolved_at', kind: 'timestamp', description: 'When it was resolved last, of tickets that are resolved now; else null.' },
      ...columnsOf('boolean', ['open', 'is_shared']),
      { name: 'ticket_attributes', kind: 'json', personal: true, description: 'Title, description and attributes of the ticket type.' },
      ...columnsOf('json', ['linked_objects']),
    ],
    key: ['id'],
    person: { user: ['contact_id', 'contact_external_id'] },
  },
]

export function ticketWrites(tickets: readonly Item[]): readonly TableWrite[] {
  return tickets.length === 0 ? [] : [{ kind: 'upsert', table: 'tickets', records: tickets.map(recordOf) }]
}

function recordOf(ticket: Item): SyncRecord {
  // A text up to version 2.11, an object with a category and labels since.
  const state = typeof ticket['ticket_state'] === 'string' ? { category: ticket['ticket_state'], internal_label: ticket['ticket_state_internal_label'] } : itemOf(ticket['ticket_state'])
  const ticketType = itemOf(ticket['ticket_type'])
  const contact = listOf(ticket['contacts'], 'contacts')[0] ?? {}
  const resolved = listOf(ticket['ticket_parts'], 'ticket_parts').filter((part) => part['ticket_state'] === 'resolved').map((part) => Number(part['created_at']))
  return {
    ...others(ticket, TAKEN),
    id: idOf(ticket['id']),
    ...pick(ticket, ['ticket_id', 'category', 'open', 'is_shared', 'ticket_attributes', 'linked_objects']),
    ...pickTimes(ticket, TIMES),
    ticket_type_id: idOf(ticketType['id']),
    ticket_type_name: ticketType['name'] ?? null,
    state: state['category'] ?? null,
    state_label: state['internal_label'] ?? null,
    resolved_at: state['category'] === 'resolved' ? utcMsOfEpochSeconds(resolved.length > 0 ? Math.max(...resolved) : ticket['updated_at']) : null,
    admin_assignee_id: idOf(ticket['admin_assignee_id']),
    team_assignee_id: idOf(ticket['team_assignee_id']),
    contact_id: idOf(contact['id']),
    contact_external_id: idOf(contact['external_id']),
  }
}
