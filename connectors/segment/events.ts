import { FullReadNeeded } from '../sync-contract.ts'
import type { Json, ReadRequest, Stream, SyncPage } from '../sync-contract.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import { MESSAGE_TYPES, textOf, writesOf } from './message.ts'
import type { Message } from './message.ts'
import type { SegmentOptions } from './options.ts'
import type { ExternalId, ProfileApi } from './profile-api.ts'
import { messageTables } from './tables.ts'

const HOUR_MS = 3_600_000
/** Events of profiles are kept so long (https://segment.com/docs/unify/product-limits/). */
const KEPT_MS = 14 * 24 * HOUR_MS

/** What one of them did in 14 days may be much. */
const PROFILES_AT_ONCE = 10

interface EventsCursor {
  /** Of the page of profiles; null for the first one. */
  readonly token: string | null
  readonly begunUtcMs: number
  /** From when on events are asked for. */
  readonly fromUtcMs: number
  readonly isDone: boolean
}

/** Messages: live ones come by themselves; where the Profile API is there, those of the last 14 days are read besides, profile by profile. @param api null for live messages alone. */
export function eventsStream(api: ProfileApi | null, options: SegmentOptions): Stream {
  return { name: 'events', tables: messageTables(options.columns, options.traitColumns), showsAll: false, read: (request) => readEvents(options.profileEvents ? api : null, options, request) }
}

async function* readEvents(api: ProfileApi | null, options: SegmentOptions, { cursor, sinceUtcMs, nowUtcMs, signal }: ReadRequest): AsyncGenerator<SyncPage> {
  if (api === null) return
  const oldest = Math.max(nowUtcMs - KEPT_MS, sinceUtcMs ?? -Infinity)
  const kept = read(cursor)
  if (kept?.isDone === true && nowUtcMs - kept.begunUtcMs < options.eventsEveryHours * HOUR_MS) return
  const at: EventsCursor =
    kept === null ? { token: null, begunUtcMs: nowUtcMs, fromUtcMs: oldest, isDone: false }
    : kept.isDone ? { token: null, begunUtcMs: nowUtcMs, fromUtcMs: Math.max(oldest, kept.begunUtcMs - options.lookbackHours * HOUR_MS), isDone: false }
    : kept
  const start = new Date(at.fromUtcMs).toISOString()
  const enter = refuseLoops('Segment')
  for (let token: string | null = at.token, isDone = false; !isDone; ) {
    enter(token)
    const { ids, next } = await api.list(token, signal)
    for (let index = 0; index < ids.length; index += PROFILES_AT_ONCE) {
      const messages = (await Promise.all(ids.slice(index, index + PROFILES_AT_ONCE).map((id) => api.events(id, start, signal)))).flat().flatMap(messageOf)
      if (messages.length > 0) yield { writes: writesOf(messages, options, nowUtcMs), cursor: { layout: 'events-1', ...at, token }, done: null }
    }
    isDone = next === null
    token = next
    yield { writes: [], cursor: { layout: 'events-1', ...at, token, isDone }, done: isDone ? 1 : null, completeUntilUtcMs: isDone ? at.begunUtcMs : null }
  }
}

function read(cursor: Json): EventsCursor | null {
  if (cursor === null) return null
  const { layout, token, begunUtcMs, fromUtcMs, isDone } = cursor as { readonly [name: string]: Json | undefined }
  if (layout !== 'events-1' || typeof begunUtcMs !== 'number' || typeof fromUtcMs !== 'number') throw new FullReadNeeded('The cursor has another layout.')
  return { token: typeof token === 'string' ? token : null, begunUtcMs, fromUtcMs, isDone: isDone === true }
}

/** An event of a profile as the message it was. */
function messageOf(event: Readonly<Record<string, unknown>>): readonly Message[] {
  const type = MESSAGE_TYPES.find((known) => known === event['type'])
  if (type === undefined) return []
  const ids = Array.isArray(event['external_ids']) ? (event['external_ids'] as readonly ExternalId[]) : []
  const idOf = (wanted: string): unknown => ids.find((one) => one.type === wanted)?.id
  return [
    {
      ...event,
      type,
      // Profiles may know a message under its id and an ending (https://segment.com/docs/unify/profile-api/#get-a-profiles-events).
      messageId: textOf(event['message_id'] ?? event['messageId'])?.replace(/-clean$/, ''),
      userId: idOf('user_id'),
      anonymousId: idOf('anonymous_id'),
      groupId: idOf('group_id'),
    },
  ]
}
