import type { Json, ReadRequest, SyncPage, TableWrite } from '../sync-contract.ts'
import { windowsDown } from './time-window.ts'
import type { TimeWindow, WindowStart } from './time-window.ts'
import { readWindowCursor, writeWindowCursor } from './window-cursor.ts'
import type { WindowCursor } from './window-cursor.ts'

export interface WindowPage {
  readonly writes: readonly TableWrite[]
  /** Where to go on within the window once this page is committed; absent or null: from the window's beginning. */
  readonly at?: Json | undefined
}

export interface WindowReading {
  readonly request: ReadRequest
  /** Where windows begin: `windowsOf`, `daysOf` or `monthsOf`. */
  readonly startOf: WindowStart
  /** UTC ms before which the tool has nothing, where `sinceUtcMs` does not say more. */
  readonly earliestUtcMs: number
  /** How far behind what was read last data may still arrive; later readings begin so much earlier, at the beginning of a window. */
  readonly lookbackMs: number
  /** How far behind the present the tool's own data is; nothing later is asked for. */
  readonly lagMs?: number | undefined
  /** How far behind what was read the data still changes: `completeUntilUtcMs` stays so much behind. */
  readonly settleMs?: number | undefined
  /** The first reading ends once so much time in a row had nothing. */
  readonly stopAfterEmptyMs?: number | undefined
  /** All pages of a window. `at` is what the last committed page of this window said, else null. The first window may begin, and the last one end, at any instant. */
  readonly read: (window: TimeWindow, at: Json) => AsyncIterable<WindowPage>
}

/**
 * Reads by windows of time. The first reading goes from the newest window to the oldest, each window committed with where it
 * ended; later ones read from the last instant less the lookback up to now, oldest first, and then go on with a first reading
 * that was cut off. Ends when both are done. Always yields at least one page.
 *
 * @throws FullReadNeeded for a cursor of another layout, and what `read` throws.
 */
export async function* readWindows(reading: WindowReading): AsyncGenerator<SyncPage> {
  const { request, startOf, lookbackMs, earliestUtcMs, lagMs = 0 } = reading
  const end = request.nowUtcMs - lagMs
  const oldest = Math.max(earliestUtcMs, request.sinceUtcMs ?? -Infinity)
  const kept = readWindowCursor(request.cursor)
  let cursor: WindowCursor = kept ?? { newest: end, backfilledTo: end, open: null }
  let hasPaged = false
  const step = async function* (window: TimeWindow, at: Json): AsyncGenerator<SyncPage, boolean> {
    let isEmpty = true
    let held: WindowPage | null = null
    for await (const page of reading.read(window, at)) {
      if (held) yield pageOf(held, { ...cursor, open: held.at === undefined || held.at === null ? cursor.open : { window, at: held.at } }, null)
      isEmpty &&= page.writes.length === 0
      held = page
    }
    cursor = window.toUtcMs <= cursor.backfilledTo ? { ...cursor, backfilledTo: window.fromUtcMs, open: null } : { ...cursor, newest: Math.max(cursor.newest, window.toUtcMs), open: null }
    yield pageOf(held ?? { writes: [] }, cursor, window)
    hasPaged = true
    return isEmpty
  }
  const isWhole = (): boolean => cursor.backfilledTo <= oldest
  const pageOf = (page: WindowPage, at: WindowCursor, ended: TimeWindow | null): SyncPage => ({
    writes: page.writes,
    cursor: writeWindowCursor(at),
    done: isWhole() ? share(at.newest, kept?.newest ?? at.newest, end) : share(at.newest - at.backfilledTo, 0, at.newest - oldest),
    completeUntilUtcMs: ended && isWhole() ? at.newest - (reading.settleMs ?? 0) : null,
    backfilled: isWhole() ? null : { fromUtcMs: at.backfilledTo, untilUtcMs: at.newest - (reading.settleMs ?? 0) },
  })

  if (cursor.open) yield* step(cursor.open.window, cursor.open.at)
  if (kept && end > cursor.newest) {
    const from = Math.max(oldest, startOf(cursor.newest - lookbackMs))
    for (const window of [...windowsDown(from, end, startOf)].toReversed()) yield* step(window, null)
  }
  let emptyMs = 0
  for (const window of windowsDown(oldest, cursor.backfilledTo, startOf)) {
    const isEmpty = yield* step(window, null)
    emptyMs = isEmpty ? emptyMs + window.toUtcMs - window.fromUtcMs : 0
    if (emptyMs >= (reading.stopAfterEmptyMs ?? Infinity)) {
      cursor = { ...cursor, backfilledTo: oldest }
      hasPaged = false
      break
    }
  }
  if (!hasPaged) yield { writes: [], cursor: writeWindowCursor(cursor), done: 1, completeUntilUtcMs: isWhole() ? cursor.newest - (reading.settleMs ?? 0) : null }
}

function share(value: number, from: number, to: number): number {
  return to <= from ? 1 : Math.min(1, Math.max(0, (value - from) / (to - from)))
}
