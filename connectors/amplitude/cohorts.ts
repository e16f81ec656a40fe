import { createReadStream } from 'node:fs'
import type { ReadRequest, Stream, SyncPage, SyncRecord } from '../sync-contract.ts'
import { listCursor, writeListCursor } from '../sync-kit/list-cursor.ts'
import { readLines } from '../sync-kit/read-lines.ts'
import type { AmplitudeApi } from './amplitude-api.ts'
import type { AmplitudeOptions } from './options.ts'
import { COHORT_MEMBERS_TABLE, COHORTS_TABLE } from './tables.ts'

const RECORDS_PER_PAGE = 10_000

/** Cohorts and who belongs to them, read whole every so often. A reading that was cut off goes on with the cohort it was at. */
export function cohortsStream(api: AmplitudeApi, options: AmplitudeOptions): Stream {
  return { name: 'cohorts', tables: [COHORTS_TABLE, COHORT_MEMBERS_TABLE], showsAll: true, ignoresSince: true, read: (request) => readCohorts(api, options, request) }
}

async function* readCohorts(api: AmplitudeApi, { cohorts: wanted, cohortsEveryHours }: AmplitudeOptions, { cursor, nowUtcMs, signal }: ReadRequest): AsyncGenerator<SyncPage> {
  const at = listCursor(cursor, nowUtcMs, cohortsEveryHours)
  if (at === null) return
  const saved = (await api.cohorts(signal)).filter(({ id, archived }) => (wanted === 'all' ? archived !== true : wanted.includes(id))).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const left = saved.filter(({ id }) => at.token === null || id >= at.token)
  const records = saved.map(({ id, name, description, size, lastComputed }) => ({ cohort_id: id, name, description, members: size, computed_at: typeof lastComputed === 'number' ? instantOf(lastComputed) : null }))
  yield { writes: [{ kind: 'upsert', table: 'cohorts', records }], cursor: writeListCursor({ ...at, isDone: left.length === 0 }), done: left.length === 0 ? 1 : 0 }
  for (const [index, { id }] of left.entries()) {
    for await (const members of membersOf(api, id, signal)) yield { writes: [{ kind: 'upsert', table: 'cohort_members', records: members }], cursor: writeListCursor({ ...at, token: id }), done: null }
    const next = left[index + 1]?.id
    const isDone = next === undefined
    yield { writes: [], cursor: writeListCursor({ ...at, token: next ?? id, isDone }), done: (saved.length - left.length + index + 1) / saved.length, completeUntilUtcMs: isDone ? at.begunUtcMs : null }
  }
}

async function* membersOf(api: AmplitudeApi, cohort: string, signal: AbortSignal): AsyncGenerator<readonly SyncRecord[]> {
  const file = await api.cohortFile(cohort, signal)
  try {
    let records: SyncRecord[] = []
    for await (const lines of readLines(createReadStream(file.path))) {
      for (const line of lines) {
        const [amplitudeId = '', userId = ''] = cellsOf(line)
        if (amplitudeId !== 'amplitude_id') records.push({ cohort_id: cohort, amplitude_id: amplitudeId, user_id: userId === '' ? null : userId })
      }
      if (records.length < RECORDS_PER_PAGE) continue
      yield records
      records = []
    }
    if (records.length > 0) yield records
  } finally {
    await file.dispose()
  }
}

/** Of a line of CSV whose cells may stand in quotes. */
function cellsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r]*))/g)].map(([, quoted, bare = '']) => quoted?.replaceAll('""', '"') ?? bare)
}

/** Seconds or milliseconds since 1970: as seconds, milliseconds of these years lie far in the future. */
function instantOf(value: number): number {
  return value > 100_000_000_000 ? value : value * 1_000
}
