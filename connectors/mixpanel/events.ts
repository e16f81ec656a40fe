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
import { eventRecord, exportPass } from './event-record.ts'
import type { ExportPass } from './event-record.ts'
import type { MixpanelApi } from './mixpanel-api.ts'
import type { MixpanelOptions } from './options.ts'
import { eventsTable } from './tables.ts'

const DAY_MS = 86_400_000
/** Of an export: what is larger is handed on in parts. */
const BYTES_PER_PAGE = 8_000_000
/** Mixpanel was founded in 2009. */
const EARLIEST_UTC_MS = Date.UTC(2009, 0, 1)
/** How long Mixpanel keeps events: days before are gone from it, rather than empty. */
const KEPT_BY_TOOL_MS = 5 * 365 * DAY_MS
/** Empty days in a row after which the tool is asked again whether there is anything before. */
const EMPTY_BETWEEN_PROBES = 30
/** The day of the project may not have begun where ours has (airbytehq/airbyte#23662). */
const NOT_YET = /later than today|in the future|cannot be after/i

/**
 * Raw events by day, each replaced as a whole on every reading, so that merged users and deleted events are followed. A day larger
 * than a page is put in first, and what its export did not show is removed with the last page: no commit shows less of it than before.
 */
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
    const days = daysBetween(dayAt(fromUtcMs), dayAt(toUtcMs - 1))
    const emptied = { writes: nowUtcMs - toUtcMs < KEPT_BY_TOOL_MS ? [replace('export_day', days, [])] : [] }
    if (toUtcMs <= nothingBefore) return yield emptied
    const isFirstReading = kept === null || toUtcMs <= kept.backfilledTo
    const found = await exported(days)
    const isEmpty = found === null || found.spooled.bytes === 0
    try {
      if (found !== null && !isEmpty) yield* written(found)
    } finally {
      await found?.spooled.dispose()
    }
    if (found !== null && isEmpty) yield emptied
    const emptyBefore = emptyDays
    emptyDays = isEmpty ? emptyDays + days.length : 0
    const probes = isEmpty && isFirstReading && (emptyBefore === 0 || turnOf(emptyDays) > turnOf(emptyBefore))
    if (probes && fromUtcMs > oldestUtcMs && !(await hasAnythingBefore(fromUtcMs))) nothingBefore = fromUtcMs
  }

  /**
   * Large exports are gone through twice, since nobody knows which pass the rows that landed are of: the first leaves none of
   * `read`, be it of an older reading, the second none of `reading`, be it of one that was cut off.
   */
  const written = async function* ({ spooled, days }: Found): AsyncGenerator<WindowPage> {
    if (spooled.bytes <= BYTES_PER_PAGE) {
      const records: SyncRecord[] = []
      for await (const page of pagesOf(spooled, 'read')) records.push(...page)
      return yield { writes: [replace('export_day', days, records)] }
    }
    for (const [pass, other] of [['reading', 'read'], ['read', 'reading']] as const) {
      for await (const records of pagesOf(spooled, pass)) yield { writes: [{ kind: 'upsert', table: 'events', records }] }
      yield { writes: [replace('export_pass', days.map((day) => exportPass(day, other)), [])] }
    }
  }

  const pagesOf = async function* ({ path }: Spooled, pass: ExportPass): AsyncGenerator<readonly SyncRecord[]> {
    let records: SyncRecord[] = []
    let characters = 0
    for await (const lines of readLines(createReadStream(path))) {
      for (const line of lines) {
        records.push(eventRecord(line, layout, pass))
        characters += line.length
      }
      if (characters < BYTES_PER_PAGE) continue
      yield records
      records = []
      characters = 0
    }
    if (records.length > 0) yield records
  }

  /** Null where the last of the days has not begun for the tool, and there is no other. */
  const exported = async (days: readonly string[]): Promise<Found | null> => {
    const [from, to] = [days[0], days.at(-1)]
    if (from === undefined || to === undefined) return null
    const spooled = await api.export(from, to, null, signal)
    if (spooled.status !== 400) return { spooled, days }
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

/** Days as they were exported. */
interface Found {
  readonly spooled: Spooled
  readonly days: readonly string[]
}

function replace(column: 'export_day' | 'export_pass', values: readonly string[], records: readonly SyncRecord[]): TableWrite {
  return { kind: 'replace', table: 'events', where: { column, values }, records }
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
