import type { SyncColumn, SyncTable } from '../sync-contract.ts'
import { columnsOf } from '../sync-kit/property-columns.ts'
import type { PropertyColumn } from '../sync-kit/property-columns.ts'

/** Events before a user is identified have no other id. */
const person = { user: ['amplitude_id', 'user_id'] }

export const EVENT_COLUMNS: readonly SyncColumn[] = [
  { name: 'event_id', kind: 'text', description: 'Amplitude’s uuid of the event.' },
  { name: 'event', kind: 'text', description: 'Type of the event.' },
  { name: 'amplitude_id', kind: 'integer', description: 'The user, as Amplitude counts users.' },
  { name: 'user_id', kind: 'text', description: 'The id with which the product identified the user; null before that.' },
  { name: 'device_id', kind: 'text' },
  { name: 'session_id', kind: 'integer', description: 'Null outside of sessions.' },
  { name: 'time', kind: 'timestamp', description: 'When it happened.' },
  { name: 'uploaded_at', kind: 'timestamp', description: 'When Amplitude took it in: exports go by it.' },
  { name: 'user_created_at', kind: 'timestamp', description: 'When Amplitude first saw the user.' },
  { name: 'insert_id', kind: 'text', description: 'What the sender gave the event to tell repetitions.' },
  { name: 'platform', kind: 'text' },
  { name: 'os_name', kind: 'text' },
  { name: 'device_family', kind: 'text' },
  { name: 'country', kind: 'text' },
  { name: 'region', kind: 'text' },
  { name: 'city', kind: 'text' },
  { name: 'language', kind: 'text' },
  { name: 'app_version', kind: 'text' },
  { name: 'ip_address', kind: 'text', personal: true },
  { name: 'properties', kind: 'json', description: 'Properties of the event.' },
  { name: 'user_properties', kind: 'json', personal: true, description: 'Properties of the user at that moment.' },
  { name: 'groups', kind: 'json', description: 'Accounts and other groups the user acted for.' },
]

export function eventsTable(columns: readonly PropertyColumn[], userColumns: readonly PropertyColumn[]): SyncTable {
  return { name: 'events', description: 'What users did.', columns: [...EVENT_COLUMNS, ...columnsOf(columns), ...columnsOf(userColumns)], key: ['event_id'], person }
}

/** What does not change of a user, so that it does not matter which event is read last. */
export const USERS_TABLE: SyncTable = {
  name: 'users',
  description: 'Users of whom there are events.',
  columns: [
    { name: 'amplitude_id', kind: 'integer', description: 'The user, as Amplitude counts users.' },
    { name: 'created_at', kind: 'timestamp', description: 'When Amplitude first saw the user.' },
  ],
  key: ['amplitude_id'],
  person: { user: ['amplitude_id'] },
}

export const USER_IDS_TABLE: SyncTable = {
  name: 'user_ids',
  description: 'The ids with which the product identified users, as their events say.',
  columns: [
    { name: 'amplitude_id', kind: 'integer' },
    { name: 'user_id', kind: 'text' },
  ],
  key: ['amplitude_id', 'user_id'],
  person,
}

export const COHORTS_TABLE: SyncTable = {
  name: 'cohorts',
  description: 'Cohorts saved in Amplitude.',
  columns: [
    { name: 'cohort_id', kind: 'text' },
    { name: 'name', kind: 'text' },
    { name: 'description', kind: 'text' },
    { name: 'members', kind: 'integer', description: 'Members, as Amplitude counted them.' },
    { name: 'computed_at', kind: 'timestamp', description: 'When Amplitude counted them.' },
  ],
  key: ['cohort_id'],
}

export const COHORT_MEMBERS_TABLE: SyncTable = {
  name: 'cohort_members',
  description: 'Who belongs to the cohorts.',
  columns: [
    { name: 'cohort_id', kind: 'text' },
    { name: 'amplitude_id', kind: 'integer' },
    { name: 'user_id', kind: 'text' },
  ],
  key: ['cohort_id', 'amplitude_id'],
  person,
}
