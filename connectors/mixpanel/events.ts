import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { KpiqlError } from '../../src/base/errors.ts'
import { localMsAt } from '../../src/base/time-zone.ts'
import type { Spooled } from '../http-kit/spool.ts'
import type { ReadRequest, Stream, SyncRecord, TableWrite } from '../sync-contract.ts'
import { readLines } from '../sync-kit/read-lines.ts'
import { readWindows } from '../sync-kit/read-windows.ts'
import type { WindowPage } from '../sync-kit/read-windows.ts'
import { daysOf } from '../sync-kit/time-window.ts'
import type { TimeWindow } from '../sync-kit/time-window.ts'
import { readWindowCursor } from '../sync-kit/window-cursor.ts'
import { eventRecord } from './event-record.ts'
import type { MixpanelApi } from './mixpanel-api.ts'
import type { MixpanelOptions } from './options.ts'
import { eventsTable } from './tables.ts'

const DAY_MS = 86_400_000
const RECORDS_PER_PAGE = 2_000
/** Mixpanel was founded in 2009. */
const EARLIEST_UTC_MS = Date.UTC(2009, 0, 1)
/** Empty days in a row after which the tool is asked again whether there is anything before. */
const EMPTY_BETWEEN_PROBES = 30
/** The day of the project may not have begun where ours has (airbytehq/airbyte#23662). */
const NOT_YET = /later than today|in the future|cannot be after/i

/** Raw events by day. Days that are read again are replaced as a whole, so that merged users and deleted events are followed. */
export function eventsStream(api: MixpanelApi, options: MixpanelOptions): Stream {
  const table = eventsTable(options.columns)
  return { name: 'events', tables: [table], showsAll: false, read: (request) => readEvents(api, options, request) }
}

function readEvents(api: MixpanelApi, options: MixpanelOptions, request: ReadRequest) {
  const { projectCreatedBefore2023, projectTimezone, columns } = options
  const zone = projectCreatedBefore2023 ? projectTimezone : 'UTC'
  const layout = { wallClockZone: projectCreatedBefore2023 ? projectTimezone : null, columns }
  const { signal, sinceUtcMs, nowUtcMs } = request
  const kept = readWindowCursor(request.cursor)
  const oldestUtcMs = Math.max(EARLIEST_UTC_MS, sinceUtcMs ?? -Infinity)
  const dayAt = (utcMs: number): string => new Date(localMsAt(zone, utcMs)).toISOString().slice(0, 10)
  let emptyDays = 0
  let nothingBefore = -Infinity

  const read = async function* ({ fromUtcMs, toUtcMs }: TimeWindow): AsyncGenerator<WindowPage> {
    if (toUtcMs <= nothingBefore) return
    const isFirstReading = kept === null || toUtcMs <= kept.backfilledTo
    const days = daysBetween(dayAt(fromUtcMs), dayAt(toUtcMs - 1))
    let isEmpty = true
    for await (const { records, first } of recordsOf(days)) {
      isEmpty = false
      yield { writes: [first && !isFirstReading ? replace(days, records) : { kind: 'upsert', table: 'events', records }] }
    }
    if (isEmpty && !isFirstReading) yield { writes: [replace(days, [])] }
    const emptyBefore = emptyDays
    emptyDays = isEmpty ? emptyDays + days.length : 0
    const probes = isEmpty && isFirstReading && (emptyBefore === 0 || turnOf(emptyDays) > turnOf(emptyBefore))
    if (probes && fromUtcMs > oldestUtcMs && !(await hasAnythingBefore(fromUtcMs))) nothingBefore = fromUtcMs
  }

  const recordsOf = async function* (days: readonly string[]): AsyncGenerator<{ readonly records: readonly SyncRecord[]; readonly first: boolean }> {
    const spooled = await exported(days)
    if (spooled === null) return
    try {
      let first = true
      let records: SyncRecord[] = []
      for await (const lines of readLines(createReadStream(spooled.path))) {
        for (const line of lines) {
          const record = eventRecord(line, layout)
          if (sinceUtcMs === null || typeof record['time'] !== 'number' || record['time'] >= sinceUtcMs) records.push(record)
        }
        if (records.length < RECORDS_PER_PAGE) continue
        yield { records, first }
        records = []
        first = false
      }
      if (records.length > 0) yield { records, first }
    } finally {
      await spooled.dispose()
    }
  }

  /** Null where the last of the days has not begun for the tool, and there is no other. */
  const exported = async (days: readonly string[]): Promise<Spooled | null> => {
    const [from, to] = [days[0], days.at(-1)]
    if (from === undefined || to === undefined) return null
    const spooled = await api.export(from, to, null, signal)
    if (spooled.status !== 400) return spooled
    const said = (await readFile(spooled.path, 'utf8')).trim().slice(0, 300)
    await spooled.dispose()
    if (NOT_YET.test(said)) return exported(days.slice(0, -1))
    throw new KpiqlError('SOURCE_FAILED', { message: `Mixpanel refused an export: ${said}`, hint: 'Check `projectId`, `region` and `events` of the source.' })
  }

  // A day without events is common; a year of requests for none is not needed.
  const hasAnythingBefore = async (utcMs: number): Promise<boolean> => {
    const { status, bytes, dispose } = await api.export(dayAt(oldestUtcMs), dayAt(utcMs - 1), 1, signal)
    await dispose()
    return status !== 200 || bytes > 0
  }

  const lookbackMs = lookbackOf(options, kept?.newest ?? nowUtcMs, nowUtcMs) * DAY_MS
  return readWindows({ request, startOf: daysOf(zone, options.daysPerRequest), earliestUtcMs: EARLIEST_UTC_MS, lookbackMs, read })
}

function replace(days: readonly string[], records: readonly SyncRecord[]): TableWrite {
  return { kind: 'replace', table: 'events', where: { column: 'export_day', values: days }, records }
}

function turnOf(emptyDays: number): number {
  return Math.floor(emptyDays / EMPTY_BETWEEN_PROBES)
}

/** Days: one more than the present day within a day, the usual lookback once a day, and now and then a longer one, since users who are merged change events of the past. */
function lookbackOf({ lookbackDays, rereadDays, rereadEveryDays }: MixpanelOptions, newestUtcMs: number, nowUtcMs: number): number {
  const isAnother = (days: number): boolean => Math.floor(newestUtcMs / (days * DAY_MS)) !== Math.floor(nowUtcMs / (days * DAY_MS))
  if (isAnother(rereadEveryDays)) return Math.max(lookbackDays, rereadDays)
  return isAnother(1) ? lookbackDays : Math.min(1, lookbackDays)
}

function daysBetween(first: string, last: string): readonly string[] {
  const days: string[] = []
  for (let ms = Date.parse(first); ms <= Date.parse(last); ms += DAY_MS) days.push(new Date(ms).toISOString().slice(0, 10))
  return days
}
