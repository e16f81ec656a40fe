import type { SyncColumn, SyncTable } from '../sync-contract.ts'
import { columnsOf } from '../sync-kit/property-columns.ts'
import type { PropertyColumn } from '../sync-kit/property-columns.ts'

export const EVENT_COLUMNS: readonly SyncColumn[] = [
  { name: 'event_id', kind: 'text', description: 'One for each event, name, user, time and insert id, by which Mixpanel itself drops repetitions.' },
  { name: 'event', kind: 'text', description: 'Name of the event.' },
  { name: 'distinct_id', kind: 'text', description: 'The user, as Mixpanel counts users.' },
  { name: 'user_id', kind: 'text', description: 'The id with which the product identified the user; null before that.' },
  { name: 'device_id', kind: 'text', description: 'The device, where it is known.' },
  { name: 'time', kind: 'timestamp', description: 'When it happened.' },
  { name: 'export_day', kind: 'date', description: 'The day by which Mixpanel exports the event: of UTC, or of the project’s zone for projects made before 2023.' },
  { name: 'export_pass', kind: 'text', description: 'That day, and whether its export has been read to the end; by it rows are found that the export no longer shows.' },
  { name: 'insert_id', kind: 'text', description: 'What the sender gave the event to tell repetitions.' },
  { name: 'processed_at', kind: 'timestamp', description: 'When Mixpanel took it in.' },
  { name: 'properties', kind: 'json', description: 'All other properties.' },
]

export const USER_COLUMNS: readonly SyncColumn[] = [
  { name: 'distinct_id', kind: 'text', description: 'The user, as Mixpanel counts users.' },
  { name: 'email', kind: 'text', personal: true },
  { name: 'name', kind: 'text', personal: true },
  { name: 'phone', kind: 'text', personal: true },
  { name: 'country_code', kind: 'text', description: 'Two letters.' },
  { name: 'region', kind: 'text' },
  { name: 'city', kind: 'text' },
  { name: 'created_at', kind: 'timestamp', description: 'When the user was made, as the product said.' },
  { name: 'last_seen_at', kind: 'timestamp', description: 'When the profile was last written.' },
  { name: 'properties', kind: 'json', personal: true, description: 'All other properties of the profile.' },
]

export function eventsTable(columns: readonly PropertyColumn[]): SyncTable {
  return { name: 'events', description: 'What users did.', columns: [...EVENT_COLUMNS, ...columnsOf(columns)], key: ['event_id'], person: { user: ['distinct_id', 'user_id'] } }
}

export function usersTable(columns: readonly PropertyColumn[]): SyncTable {
  return { name: 'users', description: 'Profiles of users.', columns: [...USER_COLUMNS, ...columnsOf(columns)], key: ['distinct_id'], person: { user: ['distinct_id'], email: ['email'] } }
}

export const COHORTS_TABLE: SyncTable = {
  name: 'cohorts',
  description: 'Cohorts saved in Mixpanel.',
  columns: [
    { name: 'cohort_id', kind: 'integer' },
    { name: 'name', kind: 'text' },
    { name: 'description', kind: 'text' },
    { name: 'members', kind: 'integer', description: 'Members, as Mixpanel counted them.' },
    { name: 'created', kind: 'text', description: 'As Mixpanel writes it; its zone is not documented.' },
  ],
  key: ['cohort_id'],
}

export const COHORT_MEMBERS_TABLE: SyncTable = {
  name: 'cohort_members',
  description: 'Who belongs to the cohorts.',
  columns: [
    { name: 'cohort_id', kind: 'integer' },
    { name: 'distinct_id', kind: 'text' },
  ],
  key: ['cohort_id', 'distinct_id'],
  person: { user: ['distinct_id'] },
}
