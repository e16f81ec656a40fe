import type { KeptState, LandedTable } from '../../../connectors/landing-contract.ts'
import type { Stream } from '../../../connectors/sync-contract.ts'
import { KpiqlError } from '../../base/errors.ts'
import { describeError } from '../../base/log.ts'
import { Places } from '../../base/places.ts'
import type { StreamStatus, SyncAsk, SyncStatus } from '../types.ts'
import { orderStreams } from './order-streams.ts'
import { PERSONAL_STREAM } from './personal-policy-kept.ts'
import { COMMIT_LIMITS, readStream } from './read-stream.ts'
import { LiveDuringReading } from './live-during-reading.ts'
import { LiveWrites } from './live-writes.ts'
import { SourceShapes } from './source-shapes.ts'
import type { SyncedSource, SyncsDeps, WebhookRequest } from './types.ts'

/** Of a stream's run that goes on, or of the last one. */
interface StreamRun {
  isRunning: boolean
  done: number | null
  written: number
  removed: number
  error: StreamStatus['error']
}

interface Run {
  readonly controller: AbortController
  /** Never rejects. */
  readonly ended: Promise<void>
}

/** Told of where no stream is known that could tell it. */
const ALL_STREAMS = 'all streams'

/** One source: its sync that runs, and how its streams stand. */
export class SourceSync {
  readonly synced: SyncedSource
  readonly #deps: SyncsDeps
  readonly #shapes: SourceShapes
  readonly #during = new LiveDuringReading()
  readonly #live: LiveWrites
  readonly #runs = new Map<string, StreamRun>()
  #streams: Promise<readonly Stream[]> | null = null
  #run: Run | null = null
  /** Of what live events ask of the tool. */
  #receiving = new AbortController()
  #startedUtcMs: number | null = null
  #endedUtcMs: number | null = null

  constructor(synced: SyncedSource, deps: SyncsDeps) {
    this.synced = synced
    this.#deps = deps
    this.#shapes = new SourceShapes(synced, deps.landing, deps.clock)
    this.#live = new LiveWrites(synced, deps, this.#shapes, this.#during)
  }

  get isRunning(): boolean {
    return this.#run !== null
  }

  async start(ask: SyncAsk): Promise<SyncStatus> {
    const { name, settings, source } = this.synced
    refuseBoth(ask)
    if (this.#run) throw new KpiqlError('SYNC_RUNNING', { message: `Source "${name}" is being synced.`, hint: 'Wait for its end; { syncStatus { source running } } tells.' })
    const controller = new AbortController()
    const { promise: ended, resolve: end } = Promise.withResolvers<undefined>()
    this.#run = { controller, ended }
    this.#startedUtcMs = this.#deps.clock.nowMs()
    this.#endedUtcMs = null
    const finish = (): void => {
      this.#run = null
      this.#endedUtcMs = this.#deps.clock.nowMs()
      end(undefined)
    }
    let work: Promise<void>
    try {
      // Asked anew at every run: tools get new properties.
      const all = await source.streams(controller.signal)
      this.#streams = Promise.resolve(all)
      const configured = settings.streams === null ? null : orderStreams(name, all, settings.streams).map((stream) => stream.name)
      const outside = (ask.streams ?? []).find((one) => configured !== null && !configured.includes(one) && all.some((stream) => stream.name === one))
      if (outside !== undefined) throw new KpiqlError('SYNC_UNKNOWN', { message: `Stream "${outside}" of source "${name}" is not synced.`, hint: 'Add it to `sync: { streams: [...] }` of the source.' })
      // What no day cuts would be read whole for a part, and without what its cursor remembers.
      const streams = orderStreams(name, all, ask.streams ?? configured).filter((stream) => isUnset(ask.sinceUtcMs) || stream.ignoresSince !== true)
      await this.#deps.forgotten.prepare()
      const states = await this.#deps.landing.states(name)
      this.#runs.delete(ALL_STREAMS)
      for (const stream of streams) this.#runs.set(stream.name, { isRunning: true, done: 0, written: 0, removed: 0, error: null })
      work = this.#readAll(streams, states, ask, controller.signal)
    } catch (error) {
      this.#failAll(error)
      finish()
      throw error
    }
    void work.then(finish)
    return this.status()
  }

  async settled(): Promise<SyncStatus> {
    while (this.#run) await this.#run.ended
    return this.status()
  }

  async cancel(): Promise<void> {
    this.#receiving.abort()
    this.#receiving = new AbortController()
    this.#run?.controller.abort()
    await this.#run?.ended
  }

  receive(request: WebhookRequest): Promise<{ readonly written: number; readonly quarantined: number }> {
    return this.#live.receive(request, () => {
      // Without asking the tool each time.
      this.#streams ??= this.synced.source.streams(this.#receiving.signal).catch((error: unknown) => {
        this.#streams = null
        throw error
      })
      return this.#streams
    })
  }

  async status(): Promise<SyncStatus> {
    const { name, connector } = this.synced
    const { landing } = this.#deps
    const [states, tables, rows, syncedBy] = await Promise.all([landing.states(name), landing.tables(name), landing.rowCounts(name), landing.otherWriter()])
    const names = new Set([...this.#runs.keys(), ...states.keys()])
    names.delete(PERSONAL_STREAM)
    return {
      source: name,
      connector,
      running: this.#run !== null,
      startedUtcMs: this.#startedUtcMs,
      endedUtcMs: this.#endedUtcMs,
      nextRunUtcMs: this.#deps.nextRunUtcMs?.(name) ?? null,
      syncedBy,
      streams: [...names].map((stream) => statusOf(stream, states.get(stream) ?? null, this.#runs.get(stream) ?? null, tables, rows)),
    }
  }

  /** A stream that fails fails alone, with those that wait for it. */
  async #readAll(streams: readonly Stream[], states: ReadonlyMap<string, KeptState>, ask: SyncAsk, signal: AbortSignal): Promise<void> {
    const places = new Places({ count: Math.max(1, this.synced.source.maxConcurrent) })
    const reads = new Map<string, Promise<boolean>>()
    for (const stream of streams) {
      const before = (stream.after ?? []).flatMap((name) => reads.get(name) ?? [])
      reads.set(stream.name, this.#readOne(stream, before, states.get(stream.name) ?? null, ask, places, signal))
    }
    await Promise.all(reads.values())
  }

  async #readOne(stream: Stream, before: readonly Promise<boolean>[], kept: KeptState | null, ask: SyncAsk, places: Places, signal: AbortSignal): Promise<boolean> {
    const { name, settings } = this.synced
    const { landing, clock, log, forgotten, limits = COMMIT_LIMITS } = this.#deps
    const run = this.#runs.get(stream.name)
    if (!run) return false
    try {
      if ((await Promise.all(before)).includes(false)) {
        throw new KpiqlError(signal.aborted ? 'CANCELLED' : 'SOURCE_UNAVAILABLE', { message: `Stream "${stream.name}" of source "${name}" needs ${stream.after?.join(', ')}, which did not come to an end.`, hint: 'See what failed there; the next sync reads both.' })
      }
      await places.within(signal, async () => {
        await readStream({
          source: name,
          stream,
          shapes: await this.#shapes.of(stream),
          kept,
          ask: { full: ask.full, sinceUtcMs: ask.sinceUtcMs ?? null },
          sinceUtcMs: settings.sinceUtcMs,
          landing,
          clock,
          forgotten,
          limits,
          live: this.#during,
          signal,
          tell: ({ done, commit }) => {
            if (commit === null) run.done = done
            else {
              run.written += commit.written
              run.removed += commit.removed
            }
          },
        })
      })
      log.info({ source: name, stream: stream.name, written: run.written, removed: run.removed }, 'A stream was synced.')
      return true
    } catch (error) {
      run.error = told(error, signal, name)
      if (!signal.aborted) log.warn({ source: name, stream: stream.name, error: describeError(error) }, 'A stream failed; what was committed stays.')
      return false
    } finally {
      run.isRunning = false
    }
  }

  /** What cannot even begin is told of every stream that is known. */
  #failAll(error: unknown): void {
    const failure = told(error, new AbortController().signal, this.synced.name)
    const names = this.#runs.size > 0 ? [...this.#runs.keys()] : [ALL_STREAMS]
    if (error instanceof KpiqlError && error.code === 'SYNC_UNKNOWN') return
    for (const name of names) this.#runs.set(name, { isRunning: false, done: null, written: 0, removed: 0, error: failure })
    this.#deps.log.warn({ source: this.synced.name, error: describeError(error) }, 'A sync could not begin.')
  }
}

const isUnset = (value: unknown): boolean => value === null || value === undefined

/** A reading from the beginning removes what it does not show; one of what is newer shows a part of it. */
function refuseBoth({ full, sinceUtcMs }: SyncAsk): void {
  if (!full || isUnset(sinceUtcMs)) return
  throw new KpiqlError('USAGE', { message: 'A sync reads everything, or what is newer than a day, not both.', hint: 'Leave out full, or since.' })
}

function statusOf(name: string, kept: KeptState | null, run: StreamRun | null, tables: readonly LandedTable[], counts: ReadonlyMap<string, number>): StreamStatus {
  const settled = kept === null ? 'never' : kept.isWhole ? 'whole' : 'partial'
  const rows = tables.reduce((sum, table) => (table.stream === name ? sum + (counts.get(table.name) ?? 0) : sum), 0)
  return {
    name,
    state: run?.isRunning === true ? 'running' : run?.error ? 'failed' : settled,
    done: run?.isRunning === true ? run.done : null,
    rows,
    quarantined: kept?.quarantined ?? 0,
    lastCommitUtcMs: kept?.committedUtcMs ?? null,
    completeUntilUtcMs: kept?.completeUntilUtcMs ?? null,
    written: run?.written ?? 0,
    removed: run?.removed ?? 0,
    error: run?.error ?? null,
  }
}

/** Messages of errors that are not ours may quote anything. */
function told(error: unknown, signal: AbortSignal, source: string): StreamStatus['error'] {
  if (error instanceof KpiqlError) return { code: error.code, message: error.message, hint: error.hint ?? null }
  if (signal.aborted) return { code: 'CANCELLED', message: `The sync of source "${source}" was stopped.`, hint: 'What was committed stays; the next sync goes on from there.' }
  return { code: 'INTERNAL', message: `The sync of source "${source}" failed unexpectedly.`, hint: 'Please report it; the log says where.' }
}
