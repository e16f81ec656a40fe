import { stableHash } from '../../src/base/stable-hash.ts'
import type { SyncRecord, TableWrite } from '../sync-contract.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import { besides, valuesOf } from '../sync-kit/property-columns.ts'
import type { PropertyColumn } from '../sync-kit/property-columns.ts'

export const MESSAGE_TYPES = ['track', 'page', 'screen', 'identify', 'group', 'alias'] as const
export type MessageType = (typeof MESSAGE_TYPES)[number]

/** A message as Segment sends it to destinations; all but the type may be missing. */
export interface Message {
  readonly type: MessageType
  readonly messageId?: unknown
  readonly userId?: unknown
  readonly anonymousId?: unknown
  readonly groupId?: unknown
  readonly previousId?: unknown
  readonly event?: unknown
  readonly name?: unknown
  readonly category?: unknown
  readonly properties?: unknown
  readonly traits?: unknown
  readonly context?: unknown
  readonly timestamp?: unknown
  readonly receivedAt?: unknown
}

type Fields = Readonly<Record<string, unknown>>

export interface MessageLayout {
  readonly columns: readonly PropertyColumn[]
  readonly traitColumns: readonly PropertyColumn[]
}

const TABLES: Readonly<Record<MessageType, string>> = { track: 'tracks', page: 'pages', screen: 'screens', identify: 'identifies', group: 'groups', alias: 'aliases' }

/** The rows of messages, one write a table; the order within a table is kept. */
export function writesOf(messages: readonly Message[], layout: MessageLayout, nowUtcMs: number): readonly TableWrite[] {
  const byTable = Map.groupBy(messages, ({ type }) => TABLES[type])
  return [...byTable].map(([table, ofTable]) => ({ kind: 'upsert', table, records: ofTable.map((message) => recordOf(message, layout, nowUtcMs)) }))
}

const NAMES = ['name', 'first_name', 'firstName', 'last_name', 'lastName']

/**
 * Of an identify call that names its user: what it says of a row of `users`; null for others. Products send the traits that changed, and Segment
 * merges them with the others (https://segment.com/docs/connections/spec/identify/): those that are not there are undefined.
 */
export function userOf(message: Message, { traitColumns }: MessageLayout, nowUtcMs: number): SyncRecord | null {
  const userId = textOf(message.userId)
  if (message.type !== 'identify' || userId === null) return null
  const traits = objectOf(message.traits)
  const said = traitsOf(traits, traitColumns)
  return {
    user_id: userId,
    ...said,
    email: 'email' in traits ? said['email'] : undefined,
    name: NAMES.some((name) => name in traits) ? said['name'] : undefined,
    identified_at: timeOf(message, nowUtcMs),
  }
}

/** E-mail address, name and the traits that have columns; all traits as JSON besides. */
export function traitsOf(traits: Fields, columns: readonly PropertyColumn[]): SyncRecord {
  const name = textOf(traits['name']) ?? [traits['first_name'] ?? traits['firstName'], traits['last_name'] ?? traits['lastName']].map(textOf).filter((part) => part !== null).join(' ')
  return { email: textOf(traits['email']), name: name === '' ? null : name, traits, ...valuesOf(columns, traits) }
}

export function textOf(value: unknown): string | null {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : null
}

export function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function recordOf(message: Message, { columns, traitColumns }: MessageLayout, nowUtcMs: number): SyncRecord {
  const properties = objectOf(message.properties)
  const traits = objectOf(message.traits)
  const ids = {
    message_id: textOf(message.messageId) ?? stableHash(message),
    user_id: textOf(message.userId),
    anonymous_id: textOf(message.anonymousId),
    time: timeOf(message, nowUtcMs),
    received_at: utcMsOfIso(message.receivedAt),
  }
  const seen = { properties: besides(columns, properties), context: objectOf(message.context) }
  const name = textOf(message.name) ?? textOf(properties['name'])
  const category = textOf(message.category) ?? textOf(properties['category'])
  switch (message.type) {
    case 'track':
      return { ...ids, event: textOf(message.event), ...seen, ...valuesOf(columns, properties) }
    case 'page':
      return { ...ids, name, category, path: textOf(properties['path']), url: textOf(properties['url']), title: textOf(properties['title']), referrer: textOf(properties['referrer']), ...seen }
    case 'screen':
      return { ...ids, name, category, ...seen }
    case 'identify':
      return { ...ids, ...traitsOf(traits, traitColumns) }
    case 'group':
      return { ...ids, group_id: textOf(message.groupId), name: textOf(traits['name']), traits }
    case 'alias':
      return { ...ids, previous_id: textOf(message.previousId) }
  }
}

/** A message without a time happened when it was received. */
function timeOf({ timestamp, receivedAt }: Message, nowUtcMs: number): number {
  return utcMsOfIso(timestamp) ?? utcMsOfIso(receivedAt) ?? nowUtcMs
}
