import { durationMs, parseDuration } from '../../src/base/duration.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import type { ReadRequest, Stream, SyncDeps, SyncPage } from '../sync-contract.ts'
import { readWindows } from '../sync-kit/read-windows.ts'
import { daysOf, windowsOf } from '../sync-kit/time-window.ts'
import type { WindowStart } from '../sync-kit/time-window.ts'
import { Endpoint } from './endpoint.ts'
import type { EndpointPage, EndpointWorld, Scope } from './endpoint.ts'
import { compileOne } from './json-path.ts'
import type { IncrementalOptions, StreamOptions } from './option-types.ts'
import { keptPosition } from './paging.ts'
import type { Position } from './paging.ts'
import { Records } from './records.ts'
import { placeholdersIn } from './template.ts'
import { writeTime } from './times.ts'
import { readCursor, writeCursor } from './walk-cursor.ts'
import type { RestCursor, Walk } from './walk-cursor.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** Pages that shift are gone on with within this time. */
const SOON_MS = HOUR_MS
/** What tools answer when a position is too old. */
const STALE = new Set([400, 404, 409, 410, 422])

/** A stream as it is configured. */
export class RestStream implements Stream {
  readonly name: string
  readonly showsAll: boolean
  readonly ignoresSince: boolean
  readonly after: readonly string[]
  readonly #options: StreamOptions
  readonly #records: Records
  readonly #endpoint: Endpoint
  readonly #deletes: { readonly endpoint: Endpoint; readonly keyOf: (record: unknown) => readonly unknown[] } | null
  readonly #cursorTells: boolean
  readonly #secretParameter: string | null
  readonly #deps: SyncDeps

  constructor(options: StreamOptions, world: EndpointWorld, deps: SyncDeps) {
    const { name, after, deletes, incremental } = options
    this.name = name
    this.after = after
    this.#options = options
    this.#deps = deps
    this.#records = new Records(options)
    this.#endpoint = new Endpoint(options, world, incremental?.kind === 'cursor')
    this.#cursorTells = incremental?.kind === 'cursor' && options.paging.kind === 'cursor' && options.paging.more === undefined && options.paging.ended === undefined
    this.#secretParameter = world.credentials.query?.name ?? null
    this.showsAll = deletes?.kind === 'sweep' || (incremental === undefined && deletes?.kind !== 'keep')
    this.ignoresSince = ![options.path, options.query, options.body].some((part) => placeholdersIn(part).has('since'))
    const keys = deletes?.kind === 'endpoint' ? deletes.key.map(compileOne) : []
    this.#deletes = deletes?.kind === 'endpoint' ? { endpoint: new Endpoint(deletes, world), keyOf: (record) => keys.map((read) => read(record)) } : null
  }

  get tables(): Stream['tables'] {
    return [this.#records.table]
  }

  /** Asks for the first page and reads nothing else. @returns How many records it shows. */
  async probe(nowUtcMs: number, signal: AbortSignal): Promise<number> {
    const scope = this.#scope(this.#beginsUtcMs(null), nowUtcMs - this.#lagMs, nowUtcMs)
    return (await this.#endpoint.page(null, scope, signal, 1)).records.length
  }

  read(request: ReadRequest): AsyncIterable<SyncPage> {
    const { incremental } = this.#options
    return incremental?.kind === 'time' && incremental.window !== undefined ? this.#readWindows(request, incremental, incremental.window) : this.#readWalk(request)
  }

  async *#readWalk(request: ReadRequest): AsyncGenerator<SyncPage> {
    const { incremental } = this.#options
    const kept = readCursor(request.cursor)
    const fullUtcMs = kept?.fullUtcMs ?? request.nowUtcMs
    this.#refuseOld(kept !== null && kept.walk === null ? fullUtcMs : null, request.nowUtcMs)
    const mark = kept?.mark ?? null
    const untilUtcMs = request.nowUtcMs - this.#lagMs
    const isFirst = mark === null
    const fresh: Walk = {
      phase: 'records',
      sinceUtcMs: typeof mark === 'number' && incremental?.kind === 'time' ? mark - this.#lookbackMs : this.#beginsUtcMs(request.sinceUtcMs),
      untilUtcMs,
      at: incremental?.kind === 'cursor' && mark !== null ? { cursor: mark } : null,
      touchedUtcMs: request.nowUtcMs,
      highUtcMs: null,
      token: incremental?.kind === 'cursor' ? mark : null,
    }
    let walk = this.#resumed(kept?.walk ?? null, fresh, isFirst)
    const cursorOf = (to: Walk | null, marked: RestCursor['mark'] = mark): SyncPage['cursor'] => writeCursor({ fullUtcMs, mark: marked, walk: to })
    const marked = (): RestCursor['mark'] => (incremental?.kind === 'cursor' ? (walk.token ?? mark) : incremental?.kind === 'time' ? later(mark, walk) : walk.untilUtcMs)

    if (walk.phase === 'records') {
      const scope = this.#scope(walk.sinceUtcMs, walk.untilUtcMs, request.nowUtcMs)
      for await (const page of this.#guarded(this.#endpoint, walk.at, scope, request.signal)) {
        const { writes, highUtcMs } = this.#records.writes(page.shown.records)
        const token = incremental?.kind === 'cursor' ? this.#endpoint.paging.cursorOf(page.shown) : null
        // Where the tool says nothing else, a cursor that comes back as it was sent means that there is nothing new.
        const next = this.#cursorTells && token === walk.token ? null : page.next
        walk = { ...walk, at: this.#kept(next), touchedUtcMs: this.#deps.now(), highUtcMs: maxOf(walk.highUtcMs, highUtcMs), token: token ?? walk.token }
        const ends = next === null
        if (ends && this.#deletes) walk = { ...walk, phase: 'deletes', at: null }
        yield { writes, ...(ends && !this.#deletes ? { cursor: cursorOf(null, marked()), done: 1, completeUntilUtcMs: walk.untilUtcMs } : { cursor: cursorOf(walk), done: null }) }
        if (ends) break
      }
    }
    if (!this.#deletes) return
    // Of a first reading, only what was deleted while it went on.
    const sinceUtcMs = isFirst ? walk.untilUtcMs - this.#lookbackMs : walk.sinceUtcMs
    const scope = this.#scope(sinceUtcMs, request.nowUtcMs - this.#lagMs, request.nowUtcMs)
    for await (const { shown, next } of this.#guarded(this.#deletes.endpoint, walk.at, scope, request.signal)) {
      walk = { ...walk, at: this.#kept(next), touchedUtcMs: this.#deps.now() }
      const keys = shown.records.map(this.#deletes.keyOf).filter((key): key is (string | number)[] => key.every((part) => typeof part === 'string' || typeof part === 'number'))
      const writes = keys.length === 0 ? [] : [{ kind: 'delete' as const, table: this.#records.table.name, keys }]
      yield { writes, ...(next === null ? { cursor: cursorOf(null, marked()), done: 1, completeUntilUtcMs: walk.untilUtcMs } : { cursor: cursorOf(walk), done: null }) }
    }
  }

  async *#readWindows(request: ReadRequest, incremental: Extract<IncrementalOptions, { kind: 'time' }>, window: string): AsyncGenerator<SyncPage> {
    // The windows' own cursor stands where a mark stands elsewhere.
    const { full, windows } = request.cursor === null ? { full: request.nowUtcMs, windows: null } : readWindowed(request.cursor)
    const isWhole = typeof windows === 'object' && windows !== null && 'whole' in windows
    this.#refuseOld(isWhole ? full : null, request.nowUtcMs)
    const goesOn = this.#endpoint.paging.resumes === 'always'
    const pages = readWindows({
      request: { ...request, cursor: isWhole ? ((windows as { readonly whole: SyncPage['cursor'] }).whole ?? null) : windows },
      startOf: windowStart(incremental, window),
      earliestUtcMs: this.#beginsUtcMs(null) ?? 0,
      lookbackMs: this.#lookbackMs,
      lagMs: this.#lagMs,
      read: ({ fromUtcMs, toUtcMs }, at) => this.#window(fromUtcMs, toUtcMs, goesOn ? (at as Position) : null, request, goesOn),
    })
    for await (const page of pages) {
      const ended = page.completeUntilUtcMs !== null && page.completeUntilUtcMs !== undefined
      // Windows may go by when records were made, so that others of their moments lie later.
      yield { ...page, backfilled: null, cursor: { layout: 'rest-windows-1', full, windows: ended ? { whole: page.cursor } : page.cursor } }
    }
  }

  async *#window(fromUtcMs: number, toUtcMs: number, at: Position, request: ReadRequest, goesOn: boolean): AsyncGenerator<{ writes: SyncPage['writes']; at: SyncPage['cursor'] }> {
    for await (const { shown, next } of this.#guarded(this.#endpoint, at, this.#scope(fromUtcMs, toUtcMs, request.nowUtcMs), request.signal)) {
      yield { writes: this.#records.writes(shown.records).writes, at: goesOn ? keptPosition(next, this.#secretParameter) : null }
    }
  }

  /** Pages from a position; where the first is refused because the position is too old, everything is read again. */
  async *#guarded(endpoint: Endpoint, from: Position, scope: Scope, signal: AbortSignal): AsyncGenerator<EndpointPage> {
    let isFirst = true
    try {
      for await (const page of endpoint.pages(from, scope, signal)) {
        isFirst = false
        yield page
      }
    } catch (error) {
      const isStale = error instanceof KpiqlError && error.code === 'SOURCE_FAILED' && STALE.has(Number(error.data?.['status']))
      if (from !== null && isFirst && isStale) throw new FullReadNeeded('The tool does not go on from where the last reading ended.', { cause: error })
      throw error
    }
  }

  /** Where a reading that was cut off goes on; pages that shift are not gone on with after a while, since rows between them would be missed. */
  #resumed(kept: Walk | null, fresh: Walk, isFirst: boolean): Walk {
    if (kept === null) return fresh
    const { resumes } = (kept.phase === 'deletes' ? this.#deletes?.endpoint.paging : undefined) ?? this.#endpoint.paging
    if (resumes === 'always' || (resumes === 'soon' && this.#deps.now() - kept.touchedUtcMs < SOON_MS)) return kept
    if (kept.phase === 'deletes') return { ...kept, at: null }
    // What was read before may have gone since, and would be kept as if it had been shown.
    if (isFirst && this.showsAll && kept.at !== null) throw new FullReadNeeded('Pages have shifted since the last reading was cut off.')
    return { ...fresh, sinceUtcMs: kept.sinceUtcMs }
  }

  /** @throws FullReadNeeded where it is time to read everything again. @param fullUtcMs null while a reading is not at its end. */
  #refuseOld(fullUtcMs: number | null, nowUtcMs: number): void {
    if (fullUtcMs === null) return
    const { incremental, deletes } = this.#options
    if (incremental === undefined) throw new FullReadNeeded('The stream is read as a whole each time.')
    if (deletes?.kind === 'sweep' && nowUtcMs - fullUtcMs >= msOf(deletes.every ?? '7 days')) throw new FullReadNeeded('Rows that are gone are looked for.')
  }

  #kept(position: Position): Position {
    return keptPosition(position, this.#secretParameter) as Position
  }

  #scope(sinceUtcMs: number | null, untilUtcMs: number, nowUtcMs: number): Scope {
    const { format, timezone } = this.#options.incremental ?? { format: 'iso' as const, timezone: 'UTC' }
    const endsInclusive = this.#options.incremental?.kind === 'time' && this.#options.incremental.endsInclusive
    // An exclusive date ends the day before, so a moment within a day needs the next one.
    const write = (utcMs: number): string | number => writeTime(utcMs, format, timezone)
    return { since: sinceUtcMs === null ? null : write(sinceUtcMs), until: write(endsInclusive ? untilUtcMs - 1 : format === 'date' ? untilUtcMs + DAY_MS - 1 : untilUtcMs), now: write(nowUtcMs) }
  }

  #beginsUtcMs(sinceUtcMs: number | null): number | null {
    const begins = this.#options.incremental?.begins
    const beginsUtcMs = begins === undefined ? null : Date.parse(begins)
    return maxOf(beginsUtcMs, sinceUtcMs)
  }

  get #lookbackMs(): number {
    const { incremental } = this.#options
    if (incremental?.kind !== 'time') return 0
    const lookbackMs = msOf(incremental.lookback)
    // An hour of such a clock comes twice: the second time, its times are behind those of the first.
    return incremental.format === 'wall-clock' && incremental.timezone !== 'UTC' ? Math.max(lookbackMs, 2 * HOUR_MS) : lookbackMs
  }

  get #lagMs(): number {
    const lag = this.#options.incremental?.lag
    return lag === undefined ? 0 : msOf(lag)
  }
}

/** The latest instant of the records, but not one of the future: what came between would never be asked for. */
function later(mark: RestCursor['mark'], { highUtcMs, untilUtcMs, sinceUtcMs }: Walk): number {
  const high = highUtcMs === null ? null : Math.min(highUtcMs, untilUtcMs)
  return maxOf(typeof mark === 'number' ? mark : null, high) ?? sinceUtcMs ?? untilUtcMs
}

function windowStart({ format, timezone }: { readonly format: string; readonly timezone: string }, window: string): WindowStart {
  const lengthMs = msOf(window)
  return (format === 'date' || format === 'wall-clock') && lengthMs % DAY_MS === 0 ? daysOf(timezone, lengthMs / DAY_MS) : windowsOf(lengthMs)
}

function readWindowed(cursor: SyncPage['cursor']): { readonly full: number; readonly windows: SyncPage['cursor'] } {
  if (typeof cursor !== 'object' || cursor === null || !('layout' in cursor) || cursor.layout !== 'rest-windows-1') throw new FullReadNeeded('The cursor has another layout.')
  return cursor as unknown as { readonly full: number; readonly windows: SyncPage['cursor'] }
}

function maxOf(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b)
}

function msOf(duration: string): number {
  return durationMs(parseDuration(duration))
}
