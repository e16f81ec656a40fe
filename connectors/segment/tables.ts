import type { SyncColumn, SyncTable } from '../sync-contract.ts'
import { columnsOf } from '../sync-kit/property-columns.ts'
import type { PropertyColumn } from '../sync-kit/property-columns.ts'

const IDS: readonly SyncColumn[] = [
  { name: 'message_id', kind: 'text', description: 'Tells messages apart, also those that are sent again.' },
  { name: 'user_id', kind: 'text', description: 'The id with which the product identified the user; null before that.' },
  { name: 'anonymous_id', kind: 'text', description: 'The browser or device.' },
  { name: 'time', kind: 'timestamp', description: 'When it happened.' },
  { name: 'received_at', kind: 'timestamp', description: 'When Segment took it in; null where it does not say.' },
]
const PROPERTIES: readonly SyncColumn[] = [
  { name: 'properties', kind: 'json' },
  { name: 'context', kind: 'json', personal: true, description: 'Device, address, page and campaign.' },
]
const TRAITS: readonly SyncColumn[] = [
  { name: 'email', kind: 'text', personal: true },
  { name: 'name', kind: 'text', personal: true },
  { name: 'traits', kind: 'json', personal: true },
]

export const TRACK_COLUMNS: readonly SyncColumn[] = [...IDS, { name: 'event', kind: 'text', description: 'Name of the event.' }, ...PROPERTIES]
export const IDENTIFY_COLUMNS: readonly SyncColumn[] = [...IDS, ...TRAITS]
const USER_COLUMNS: readonly SyncColumn[] = [
  { name: 'user_id', kind: 'text' },
  ...TRAITS,
  { name: 'identified_at', kind: 'timestamp', description: 'When the product said something of the user last.' },
]
const PROFILE_COLUMNS: readonly SyncColumn[] = [
  { name: 'segment_id', kind: 'text', description: 'Segment’s own id of the profile.' },
  { name: 'user_id', kind: 'text', description: 'The first of its user ids; all are in profile_ids.' },
  ...TRAITS,
  { name: 'created_at', kind: 'timestamp', description: 'When Segment made the profile.' },
  { name: 'updated_at', kind: 'timestamp' },
]
export const TRAIT_TABLES_COLUMNS: readonly string[] = [...new Set([...IDENTIFY_COLUMNS, ...USER_COLUMNS, ...PROFILE_COLUMNS].map(({ name }) => name))]

const person = { user: ['user_id'], device: ['anonymous_id'], at: 'time' }

/** Messages, and the users whom they identify. Names are those of Segment's own warehouse schema. */
export function messageTables(columns: readonly PropertyColumn[], traitColumns: readonly PropertyColumn[]): readonly SyncTable[] {
  const key = ['message_id']
  return [
    { name: 'tracks', description: 'What users did.', columns: [...TRACK_COLUMNS, ...columnsOf(columns)], key, person },
    {
      name: 'pages',
      description: 'Pages that were seen.',
      columns: [...IDS, { name: 'name', kind: 'text' }, { name: 'category', kind: 'text' }, { name: 'path', kind: 'text' }, { name: 'url', kind: 'text' }, { name: 'title', kind: 'text' }, { name: 'referrer', kind: 'text' }, ...PROPERTIES],
      key,
      person,
    },
    { name: 'screens', description: 'Screens of apps that were seen.', columns: [...IDS, { name: 'name', kind: 'text' }, { name: 'category', kind: 'text' }, ...PROPERTIES], key, person },
    { name: 'identifies', description: 'What the product said of users, each time.', columns: [...IDENTIFY_COLUMNS, ...columnsOf(traitColumns)], key, person: { ...person, email: ['email'] } },
    { name: 'groups', description: 'Accounts that users belong to, each time it was said.', columns: [...IDS, { name: 'group_id', kind: 'text' }, { name: 'name', kind: 'text', personal: true }, { name: 'traits', kind: 'json', personal: true }], key, person },
    { name: 'aliases', description: 'Ids that are one user.', columns: [...IDS, { name: 'previous_id', kind: 'text' }], key, person: { ...person, user: ['user_id', 'previous_id'] } },
    { name: 'users', description: 'Users, by the live messages that identified them: of each trait what was said last.', columns: [...USER_COLUMNS, ...columnsOf(traitColumns)], key: ['user_id'], person: { user: ['user_id'], email: ['email'], at: 'identified_at' } },
  ]
}

export function profileTables(traitColumns: readonly PropertyColumn[]): readonly SyncTable[] {
  return [
    { name: 'profiles', description: 'People as Segment has resolved them, with all their traits.', columns: [...PROFILE_COLUMNS, ...columnsOf(traitColumns)], key: ['segment_id'], person: { user: ['segment_id', 'user_id'], email: ['email'], at: 'updated_at' } },
    {
      name: 'profile_ids',
      description: 'Ids of profiles.',
      columns: [
        { name: 'segment_id', kind: 'text' },
        { name: 'type', kind: 'text', description: 'Such as user_id, anonymous_id or email.' },
        { name: 'id', kind: 'text', personal: true },
        { name: 'created_at', kind: 'timestamp' },
      ],
      key: ['segment_id', 'type', 'id'],
      person: { user: ['segment_id', 'id'], email: ['id'], at: 'created_at' },
    },
  ]
}
