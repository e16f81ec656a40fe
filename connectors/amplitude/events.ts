import { KpiqlError } from '../../src/base/errors.ts'
import type { ReadRequest, Stream, SyncRecord } from '../sync-contract.ts'
import { readWindows } from '../sync-kit/read-windows.ts'
import type { WindowPage } from '../sync-kit/read-windows.ts'
import { windowsOf } from '../sync-kit/time-window.ts'
import type { TimeWindow } from '../sync-kit/time-window.ts'
import { readWindowCursor } from '../sync-kit/window-cursor.ts'
import { HOUR_MS } from './amplitude-api.ts'
import type { AmplitudeApi } from './amplitude-api.ts'
import { eventRecord } from './event-record.ts'
import type { AmplitudeOptions } from './options.ts'
import { eventsTable, USER_IDS_TABLE, USERS_TABLE } from './tables.ts'
import { writesOf } from './writes-of.ts'
import { zipLines } from './zip-lines.ts'

const RECORDS_PER_PAGE = 2_000
/** Amplitude was founded in 2012. */
const EARLIEST_UTC_MS = Date.UTC(2012, 0, 1)
/** An hour can be exported two hours after it ended. */
const LAG_HOURS = 2
const STOP_AFTER_EMPTY_MS = 365 * 24 * HOUR_MS

/** Raw events by the hour in which Amplitude took them in. Events that happened long before come with the hour of their arrival. */
export function eventsStream(api: AmplitudeApi, options: AmplitudeOptions): Stream {
  return { name: 'events', tables: [eventsTable(options.columns, options.userColumns), USERS_TABLE, USER_IDS_TABLE], showsAll: false, read: (request) => readEvents(api, options, request) }
}

function readEvents(api: AmplitudeApi, { columns, userColumns, hoursPerRequest, lookbackHours }: AmplitudeOptions, request: ReadRequest) {
  const { signal, sinceUtcMs, nowUtcMs } = request
  /** Halved where an answer would be too large, for the rest of this reading. */
  let most = hoursPerRequest * HOUR_MS

  const read = async function* ({ fromUtcMs, toUtcMs }: TimeWindow): AsyncGenerator<WindowPage> {
    const from = Math.floor(fromUtcMs / HOUR_MS) * HOUR_MS
    for (let to = toUtcMs; to > from; ) {
      const start = Math.max(from, to - most)
      const exported = await api.export(start, to, signal)
      if (exported.kind === 'too large') {
        most = Math.max(1, Math.floor((to - start) / HOUR_MS / 2)) * HOUR_MS
        continue
      }
      if (exported.kind === 'archive') {
        try {
          for await (const records of pagesOf(exported.archive.path)) yield { writes: writesOf(records) }
        } finally {
          await exported.archive.dispose()
        }
      }
      to = start
    }
  }

  const pagesOf = async function* (path: string): AsyncGenerator<readonly SyncRecord[]> {
    let records: SyncRecord[] = []
    for await (const lines of linesOf(path)) {
      for (const line of lines) {
        const record = eventRecord(line, columns, userColumns)
        if (sinceUtcMs === null || typeof record['time'] !== 'number' || record['time'] >= sinceUtcMs) records.push(record)
      }
      if (records.length < RECORDS_PER_PAGE) continue
      yield records
      records = []
    }
    if (records.length > 0) yield records
  }

  const end = Math.floor(nowUtcMs / HOUR_MS - LAG_HOURS) * HOUR_MS
  const kept = readWindowCursor(request.cursor)
  const againFrom = kept === null ? Infinity : kept.newest - lookbackHours * HOUR_MS
  const wholeWindow = windowsOf(most)
  // A later reading begins at its lookback, and not at the beginning of a window of many hours.
  const startOf = (utcMs: number): number => (utcMs >= againFrom ? Math.max(againFrom, wholeWindow(utcMs)) : wholeWindow(utcMs))
  return readWindows({ request, startOf, earliestUtcMs: EARLIEST_UTC_MS, lookbackMs: lookbackHours * HOUR_MS, lagMs: nowUtcMs - end, stopAfterEmptyMs: STOP_AFTER_EMPTY_MS, read })
}

async function* linesOf(path: string): AsyncGenerator<readonly string[]> {
  try {
    yield* zipLines(path)
  } catch (cause) {
    throw new KpiqlError('SOURCE_UNAVAILABLE', { message: 'Amplitude sent an archive that cannot be unpacked.', hint: 'The next sync asks for it again.', cause })
  }
}
