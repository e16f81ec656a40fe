import type { ReadRequest, Stream, SyncPage, SyncRecord } from '../sync-contract.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import { listCursor, writeListCursor } from '../sync-kit/list-cursor.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import { textOf, traitsOf } from './message.ts'
import type { SegmentOptions } from './options.ts'
import type { ProfileApi } from './profile-api.ts'
import { profileTables } from './tables.ts'

/** Profiles with traits and ids, read whole every so often: those that were merged or deleted are gone after it. */
export function profilesStream(api: ProfileApi, options: SegmentOptions): Stream {
  return { name: 'profiles', tables: profileTables(options.traitColumns), showsAll: true, ignoresSince: true, read: (request) => readProfiles(api, options, request) }
}

async function* readProfiles(api: ProfileApi, { traitColumns, profilesEveryHours }: SegmentOptions, { cursor, nowUtcMs, signal }: ReadRequest): AsyncGenerator<SyncPage> {
  const at = listCursor(cursor, nowUtcMs, profilesEveryHours)
  if (at === null) return
  const enter = refuseLoops('Segment')
  for (let token: string | null = at.token, isDone = false; !isDone; ) {
    enter(token)
    const { ids, next } = await api.list(token, signal)
    const read = await Promise.all(ids.map((id) => readProfile(id)))
    isDone = next === null
    token = next
    yield {
      writes: [
        { kind: 'upsert', table: 'profiles', records: read.flatMap(({ profile }) => profile) },
        // Ids may have moved to another profile since the last reading.
        { kind: 'replace', table: 'profile_ids', where: { column: 'segment_id', values: ids }, records: read.flatMap(({ externalIds }) => externalIds) },
      ],
      cursor: writeListCursor({ ...at, token, isDone }),
      done: isDone ? 1 : null,
      completeUntilUtcMs: isDone ? at.begunUtcMs : null,
    }
  }

  async function readProfile(id: string): Promise<{ readonly profile: readonly SyncRecord[]; readonly externalIds: readonly SyncRecord[] }> {
    const traits = await api.traits(id, signal)
    if (traits === null) return { profile: [], externalIds: [] }
    const [externalIds, metadata] = await Promise.all([api.externalIds(id, signal), api.metadata(id, signal)])
    return {
      profile: [{ segment_id: id, user_id: textOf(externalIds.find(({ type }) => type === 'user_id')?.id), ...traitsOf(traits, traitColumns), created_at: utcMsOfIso(metadata['created_at']), updated_at: utcMsOfIso(metadata['updated_at']) }],
      externalIds: externalIds.map((one) => ({ segment_id: id, type: one.type, id: textOf(one.id), created_at: utcMsOfIso(one.created_at) })),
    }
  }
}
