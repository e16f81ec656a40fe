import { FullReadNeeded } from '../sync-contract.ts'
import type { ReadRequest, Stream, SyncPage } from '../sync-contract.ts'
import { listCursor, writeListCursor } from '../sync-kit/list-cursor.ts'
import { textOf } from './event-record.ts'
import type { MixpanelApi } from './mixpanel-api.ts'
import type { MixpanelOptions } from './options.ts'
import { profilePages } from './profiles.ts'
import { COHORT_MEMBERS_TABLE, COHORTS_TABLE } from './tables.ts'

/** Saved cohorts and who belongs to them, read whole every so often. */
export function cohortsStream(api: MixpanelApi, { cohorts, cohortsEveryHours }: MixpanelOptions): Stream {
  return { name: 'cohorts', tables: [COHORTS_TABLE, COHORT_MEMBERS_TABLE], showsAll: true, ignoresSince: true, read: (request) => readCohorts(api, cohorts, cohortsEveryHours, request) }
}

async function* readCohorts(api: MixpanelApi, wanted: MixpanelOptions['cohorts'], everyHours: number, { cursor, nowUtcMs, signal }: ReadRequest): AsyncGenerator<SyncPage> {
  const at = listCursor(cursor, nowUtcMs, everyHours)
  if (at === null) return
  // The list of a cursor is its cohort's id, since the list may be another by now.
  const saved = (await api.cohorts(signal)).filter(({ id }) => wanted === 'all' || wanted.includes(id)).toSorted((a, b) => a.id - b.id)
  if (at.list !== 0 && !saved.some(({ id }) => id === at.list)) throw new FullReadNeeded('The cohort that was being read is gone.')
  const left = saved.filter(({ id }) => id >= at.list)
  const records = saved.map(({ id, name, description, count, created }) => ({ cohort_id: id, name, description, members: count, created }))
  yield { writes: [{ kind: 'upsert', table: 'cohorts', records }], cursor: writeListCursor({ ...at, isDone: left.length === 0 }), done: left.length === 0 ? 1 : 0 }
  for (const [index, { id }] of left.entries()) {
    const next = left[index + 1]?.id
    for await (const { results, page, token, isLast } of profilePages(api, id === at.list ? at : { page: 0, token: null }, id, signal)) {
      const members = results.map(({ $distinct_id }) => ({ cohort_id: id, distinct_id: textOf($distinct_id) }))
      const isDone = isLast && next === undefined
      yield {
        writes: [{ kind: 'upsert', table: 'cohort_members', records: members }],
        cursor: writeListCursor(isLast ? { ...at, list: next ?? id, page: 0, token: null, isDone } : { ...at, list: id, page, token }),
        done: (saved.length - left.length + index + (isLast ? 1 : 0)) / saved.length,
        completeUntilUtcMs: isDone ? at.begunUtcMs : null,
      }
    }
  }
}
