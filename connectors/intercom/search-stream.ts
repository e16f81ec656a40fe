import { KpiqlError } from '../../src/base/errors.ts'
import { readWindows } from '../sync-kit/read-windows.ts'
import type { WindowPage } from '../sync-kit/read-windows.ts'
import type { TimeWindow, WindowStart } from '../sync-kit/time-window.ts'
import { readWindowCursor } from '../sync-kit/window-cursor.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import type { Json, ReadRequest, Stream, SyncDeps, SyncPage, SyncTable, TableWrite } from '../sync-contract.ts'
import type { Item } from './fields.ts'
import type { IntercomApi, SearchPath, SecondsRange } from './intercom-api.ts'

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** Intercom was founded in 2011. */
const EARLIEST_MS = Date.UTC(2011, 0, 1)
const WALKS = 3

export interface SearchSpec {
  readonly name: string
  readonly path: SearchPath
  readonly tables: readonly SyncTable[]
  readonly showsAll: boolean
  /** Whether it is read from the first day that is wanted only: what was said once, but not what goes on being open. */
  readonly isEvent: boolean
  /** Contacts are found by the day only, and nobody says of which zone: a day more on either side is asked, and what lies outside left out. */
  readonly byDay: boolean
  /** After so many days everything is read again; 0 for never. */
  readonly rereadDays: number
  readonly lookbackMs: number
  /** Rows of a page; the tool's most is 150. */
  readonly perPage: number
  readonly writesOf: (items: readonly Item[], signal: AbortSignal) => Promise<readonly TableWrite[]> | readonly TableWrite[]
}

/**
 * A stream of what a search finds by `updated_at`, window by window. What changes while a window is read leaves it, and is found in a
 * later one; so it does not matter in which order pages come.
 */
export function searchStream(spec: SearchSpec, api: IntercomApi, deps: SyncDeps): Stream {
  return { name: spec.name, tables: spec.tables, showsAll: spec.showsAll, ignoresSince: !spec.isEvent, read: (request) => read(spec, api, deps, spec.isEvent ? request : { ...request, sinceUtcMs: null }) }
}

/** The windows' own cursor, and when the reading from the beginning began. */
interface Cursor {
  readonly began: number
  readonly windows: Json
}

async function* read(spec: SearchSpec, api: IntercomApi, deps: SyncDeps, request: ReadRequest): AsyncGenerator<SyncPage> {
  const { began, windows } = cursorOf(request, spec)
  const earliestUtcMs = await earliest(spec, api, windows, request)
  const pages = readWindows({
    request: { ...request, cursor: windows },
    startOf: startOf(spec, request.nowUtcMs),
    earliestUtcMs,
    lookbackMs: spec.lookbackMs,
    settleMs: spec.lookbackMs,
    read: (window, at) => readWindow(spec, api, deps, window, at, request.signal),
  })
  for await (const page of pages) yield { ...page, cursor: { began, windows: page.cursor } }
}

function cursorOf({ cursor, nowUtcMs }: ReadRequest, { rereadDays }: SearchSpec): Cursor {
  if (cursor === null) return { began: nowUtcMs, windows: null }
  const { began, windows = null } = typeof cursor === 'object' && !Array.isArray(cursor) ? (cursor as { readonly [name: string]: Json }) : {}
  if (typeof began !== 'number') throw new FullReadNeeded('The cursor has another layout.')
  if (rereadDays > 0 && nowUtcMs - began >= rereadDays * DAY_MS) throw new FullReadNeeded('It is time to see what is no longer there.')
  return { began, windows }
}

/** Windows are short where later readings begin, and long in the past. */
function startOf({ byDay }: SearchSpec, nowUtcMs: number): WindowStart {
  const [short, long] = byDay ? [DAY_MS, 7 * DAY_MS] : [HOUR_MS, DAY_MS]
  const recentMs = (Math.floor(nowUtcMs / long) - 1) * long
  return (utcMs) => {
    const length = utcMs >= recentMs ? short : long
    return Math.floor(utcMs / length) * length
  }
}

/** The instant before which nothing is found, looked for by halves; where everything has been read before, that is known. */
async function earliest({ path, byDay }: SearchSpec, api: IntercomApi, windows: Json, { nowUtcMs, sinceUtcMs, signal }: ReadRequest): Promise<number> {
  const isEmptyBefore = async (utcMs: number): Promise<boolean> => (await api.search(path, rangeOf({ fromUtcMs: EARLIEST_MS, toUtcMs: utcMs }), null, 1, signal))?.items.length === 0
  const read = readWindowCursor(windows)?.backfilledTo ?? nowUtcMs
  if (read <= EARLIEST_MS || (sinceUtcMs !== null && read <= sinceUtcMs)) return read
  const askedMs = read + (byDay ? DAY_MS : 0)
  if (await isEmptyBefore(askedMs)) return read
  let [empty, full] = [Math.floor(EARLIEST_MS / DAY_MS), Math.ceil(askedMs / DAY_MS)]
  while (full - empty > 1) {
    const middle = Math.floor((empty + full) / 2)
    if (await isEmptyBefore(middle * DAY_MS)) empty = middle
    else full = middle
  }
  // As far below as days of another zone, and the day more that is asked above, may lie.
  return (empty - 2) * DAY_MS
}

function rangeOf({ fromUtcMs, toUtcMs }: TimeWindow): SecondsRange {
  return { fromS: Math.ceil(fromUtcMs / SECOND_MS), toS: Math.ceil(toUtcMs / SECOND_MS) }
}

async function* readWindow({ path, byDay, name, perPage, writesOf }: SearchSpec, api: IntercomApi, { log }: SyncDeps, window: TimeWindow, at: Json, signal: AbortSignal): AsyncGenerator<WindowPage> {
  const range = rangeOf(window)
  const asked = byDay ? rangeOf({ fromUtcMs: Math.floor(window.fromUtcMs / DAY_MS) * DAY_MS - DAY_MS, toUtcMs: Math.ceil(window.toUtcMs / DAY_MS) * DAY_MS + DAY_MS }) : range
  const isWithin = ({ updated_at }: Item): boolean => Number(updated_at) >= range.fromS && Number(updated_at) < range.toS
  let token = typeof at === 'string' ? at : null
  for (let walk = 1; ; walk++) {
    let isWhole = token === null
    let goesInCircle = false
    let total = 0
    const seen = new Set<unknown>()
    const tokens = new Set<string>()
    for (;;) {
      const page = await api.search(path, asked, token, perPage, signal)
      if (page === null) {
        // The place was kept from an earlier sync, and is no longer known.
        total = Number.POSITIVE_INFINITY
        isWhole = true
        break
      }
      for (const { id } of page.items) seen.add(id)
      total = page.total
      goesInCircle = page.next !== null && tokens.has(page.next)
      token = goesInCircle ? null : page.next
      yield { writes: await writesOf(page.items.filter(isWithin), signal), at: token }
      if (token === null) break
      tokens.add(token)
    }
    if (!goesInCircle && (!isWhole || seen.size >= total)) return
    if (walk < WALKS) {
      token = null
      continue
    }
    if (goesInCircle) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: `Intercom shows the same pages of ${name} again and again.`, hint: 'Nothing was lost: the next sync goes on from the last page that was committed.' })
    log.warn({ stream: name, found: seen.size, counted: total }, 'Intercom counts more than it shows')
    return
  }
}
