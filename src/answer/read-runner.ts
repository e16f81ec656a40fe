import type { ColumnKind, Value } from '../../connectors/contract.ts'
import { KpiqlError } from '../base/errors.ts'
import { inTurns, nextStep, ownTurn } from '../base/own-turn.ts'
import type { SharedCache } from '../cache/shared-cache.ts'
import { SharedFlight, cancellation } from '../cache/shared-flight.ts'
import { VersionedCache } from '../cache/versioned-cache.ts'
import { fuseReads } from '../plan/fuse/fuse-reads.ts'
import type { AnyRead, ReadResult } from '../plan/read.ts'
import { semanticModelOf } from '../plan/relation.ts'
import type { PlanContext } from '../plan/rows.ts'
import type { Scan, ScanColumn, ScanValue } from '../plan/scan.ts'
import { ReadCollector } from './collect-reads.ts'
import type { CollectorOptions } from './collect-reads.ts'
import { countedQuery } from './counted-query.ts'
import type { ReadLog } from './read-log.ts'
import { readThrough } from './read-through.ts'
import type { Flight, PendingRead } from './read-through.ts'
import { rowsRead } from './scan-budget.ts'
import { asKpiqlError } from './source-set.ts'
import type { ConnectedSource, SourceSet, Sources } from './source-set.ts'
import { sourcesBehind, versionsOf } from './sources-behind.ts'
import type { Freshness, RequestStats } from './types.ts'

export type ReadOutcome = ReadResult | KpiqlError

export interface RunOptions {
  readonly context: PlanContext
  readonly sources: Sources
  readonly freshness: Freshness
  readonly signal: AbortSignal
  /** Whose statements these are where they wait. */
  readonly caller: string
  readonly stats: RequestStats
}

/** Answers reads from the cache, from work already under way, or by as few statements as pay. */
export class ReadRunner {
  readonly #sources: SourceSet
  readonly #cache: VersionedCache<ReadResult>
  readonly #maxGroups: number
  readonly #shared: SharedCache<ReadResult> | null
  readonly #collector: ReadCollector
  readonly #log: ReadLog | null
  readonly #flights = new Map<string, Flight>()

  /**
   * @param shared what other instances have read, and read for one another; null for one that is alone.
   * @param collect which statements are held back for those of other requests.
   * @param log told of every statement that was answered; null for nobody.
   */
  constructor(sources: SourceSet, cache: VersionedCache<ReadResult>, maxGroups: number, shared: SharedCache<ReadResult> | null = null, collect: CollectorOptions = { windowMs: 0, behind: 0 }, log: ReadLog | null = null) {
    this.#sources = sources
    this.#cache = cache
    this.#maxGroups = maxGroups
    this.#shared = shared
    this.#log = log
    const deps = { fuse: (all: readonly AnyRead[], context: PlanContext) => this.#fuse(all, context, new Map()), start: this.#start.bind(this) }
    this.#collector = new ReadCollector(collect, deps)
  }

  /** Most rows a statement may bring. */
  get maxRows(): number {
    return this.#maxGroups
  }

  /** One outcome a read, by its key; a failing source fails only its own. */
  async run(reads: readonly AnyRead[], options: RunOptions): Promise<ReadonlyMap<string, ReadOutcome>> {
    await nextStep()
    const outcomes = new Map<string, ReadOutcome>()
    if (options.signal.aborted) return new Map(reads.map(({ key }) => [key, cancellation(options.signal)]))
    const waiting: Promise<void>[] = []
    const wait = (read: AnyRead, flight: Flight, isOwn = true): void => {
      const found: Promise<ReadOutcome> = flight.work.join(options.signal).then(
        (results) => results[flight.position] as ReadResult,
        (error: unknown) => (isOwn || !isTooCostly(error) ? asKpiqlError(error, this.#sourceOf(options.context, read)) : this.#alone(read, options)),
      )
      waiting.push(found.then((outcome) => void outcomes.set(read.key, outcome)))
    }
    const missing = new Map<string, AnyRead[]>()
    const [hitsBefore, missesBefore] = [options.stats.cacheHits, options.stats.cacheMisses]
    for (const read of new Map(reads.map((one) => [one.key, one])).values()) {
      const name = this.#sourceOf(options.context, read)
      const failure = options.sources.failures.get(name)
      if (failure) {
        outcomes.set(read.key, failure)
        continue
      }
      const key = this.#cacheKey(read, name, options)
      const cached = options.freshness === 'NO_CACHE' ? undefined : this.#cache.get(key)
      if (cached) {
        outcomes.set(read.key, cached)
        options.stats.cacheHits += 1
        continue
      }
      const flight = this.#flights.get(key)
      if (flight && !flight.work.isAbandoned && options.freshness !== 'NO_CACHE') {
        options.stats.cacheHits += 1
        wait(read, flight, false)
        continue
      }
      options.stats.cacheMisses += 1
      const list = missing.get(name)
      if (list) list.push(read)
      else missing.set(name, [read])
    }
    this.#sources.telemetry.cacheLooked('memory', options.stats.cacheHits - hitsBefore, options.stats.cacheMisses - missesBefore)
    for (const [name, list] of missing) {
      const shared = options.freshness === 'NO_CACHE' ? null : this.#sharedBy(name, options)
      const isShared = (read: AnyRead): boolean => shared !== null && read.keys === undefined
      const elsewhere = list.filter(isShared)
      const here = list.filter((read) => !isShared(read))
      const started = [...(here.length === 0 ? [] : this.#scanAll(here, name, options, outcomes)), ...(shared === null || elsewhere.length === 0 ? [] : this.#lookElsewhere(elsewhere, name, options, shared))]
      for (const [read, flight] of started) wait(read, flight)
    }
    await Promise.all(waiting)
    return outcomes
  }

  /** Whether other instances have what is read here, and the other way round; keys they have not. */
  shares(read: AnyRead, options: RunOptions): boolean {
    return this.#sharedBy(this.#sourceOf(options.context, read), options) !== null
  }

  /** Whether a read is in the cache, or on its way. */
  knows(read: AnyRead, options: RunOptions): boolean {
    const key = this.#cacheKey(read, this.#sourceOf(options.context, read), options)
    return this.#cache.has(key) || this.#flights.get(key)?.work.isAbandoned === false
  }

  /** What was too costly for another request need not be so for this one. */
  async #alone(read: AnyRead, options: RunOptions): Promise<ReadOutcome> {
    return (await this.run([read], options)).get(read.key) ?? new KpiqlError('PLAN_BROKEN', { message: 'A read has no outcome.' })
  }

  /** Begins as few statements as pay; what cannot be planned or costs too much has its outcome at once. */
  #scanAll(reads: readonly AnyRead[], name: string, options: RunOptions, outcomes: Map<string, ReadOutcome>): readonly (readonly [AnyRead, Flight])[] {
    const planned = performance.now()
    const scans = this.#fuse(reads, options.context, outcomes)
    options.stats.planningMs += performance.now() - planned
    return scans.flatMap((scan) => {
      const tooCostly = this.#sources.budget.charge(options.signal, rowsRead(scan.query, options.context.model, options.sources.states.get(name)))
      if (tooCostly === null) {
        const kind = this.#collector.kindOf(scan, name)
        const heldMs = this.#collector.heldMs(kind)
        return heldMs === 0 ? this.#start(scan, name, options, kind) : this.#collect(scan, name, options, { kind, heldMs })
      }
      for (const { key } of scan.reads) outcomes.set(key, tooCostly)
      return []
    })
  }

  /** Reads that others may have done or be doing; only the rest is scanned here. */
  #lookElsewhere(reads: readonly AnyRead[], name: string, options: RunOptions, shared: SharedCache<ReadResult>): readonly (readonly [AnyRead, Flight])[] {
    const { stats } = options
    const asked: PendingRead[] = []
    const started = reads.map((read) => {
      const key = this.#cacheKey(read, name, options)
      return this.#promise(read, key, (done, signal) => asked.push({ read, key: this.#sharedKey(key, name), done, signal }))
    })
    const onFound = ({ read, done }: PendingRead, result: ReadResult): void => {
      this.#cache.set(this.#cacheKey(read, name, options), result)
      stats.cacheHits += 1
      stats.cacheMisses -= 1
      this.#sources.telemetry.cacheLooked('shared', 1, 0)
      done.resolve(result)
    }
    const scan = (missing: readonly PendingRead[]): void => {
      this.#sources.telemetry.cacheLooked('shared', 0, missing.length)
      const refused = new Map<string, ReadOutcome>()
      const flights = new Map(this.#scanAll(missing.map(({ read }) => read), name, options, refused))
      for (const { read, key, done, signal } of missing) {
        const flight = flights.get(read)
        if (flight) flight.work.join(signal).then((results) => done.resolve(results[flight.position] as ReadResult), done.reject)
        else {
          shared.release([key])
          done.reject(refused.get(read.key))
        }
      }
    }
    void readThrough(asked, { shared, onFound, scan })
    return started
  }

  /** Held back, so that the reads of other requests may come into one statement with them. */
  #collect(scan: Scan, source: string, options: RunOptions, { kind, heldMs }: { readonly kind: string | null; readonly heldMs: number }): readonly (readonly [AnyRead, Flight])[] {
    const pending: PendingRead[] = []
    const started = scan.reads.map((read) => {
      const key = this.#cacheKey(read, source, options)
      return this.#promise(read, key, (done, signal) => pending.push({ read, key, done, signal }))
    })
    this.#collector.hold({ scan, source, kind, options, pending }, heldMs)
    return started
  }

  /** A read that is on its way from now on, and is settled by whoever is told of it. */
  #promise(read: AnyRead, key: string, tell: (done: PromiseWithResolvers<ReadResult>, signal: AbortSignal) => void): readonly [AnyRead, Flight] {
    const done = Promise.withResolvers<ReadResult>()
    const work = new SharedFlight(async (signal) => {
      tell(done, signal)
      try {
        return [await done.promise]
      } finally {
        if (this.#flights.get(key)?.work === work) this.#flights.delete(key)
      }
    })
    const flight = { work, position: 0 }
    this.#flights.set(key, flight)
    return [read, flight]
  }

  /** What the planner cannot plan fails alone: the reads of other semantic models are planned without it. */
  #fuse(reads: readonly AnyRead[], context: PlanContext, outcomes: Map<string, ReadOutcome>): readonly Scan[] {
    try {
      return fuseReads(context, reads)
    } catch (error) {
      const models = new Set(reads.map(({ measure }) => measure.semanticModel))
      if (models.size > 1) return [...models].flatMap((model) => this.#fuse(reads.filter(({ measure }) => measure.semanticModel === model), context, outcomes))
      if (reads.length > 1) return reads.flatMap((read) => this.#fuse([read], context, outcomes))
      const broken = error instanceof KpiqlError ? error : new KpiqlError('PLAN_BROKEN', { message: 'This question could not be planned.', hint: 'Please report it with the query.', cause: error })
      for (const { key } of reads) outcomes.set(key, broken)
      return []
    }
  }

  #start(scan: Scan, name: string, options: RunOptions, kind: string | null): readonly (readonly [AnyRead, Flight])[] {
    const connected = this.#sources.connected(name)
    if (connected === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `Source "${name}" was planned but is not connected.` })
    const keys = scan.reads.map((read) => this.#cacheKey(read, name, options))
    const dataVersion = options.sources.states.get(name)?.version
    const shared = this.#sharedBy(name, options)
    const ended = this.#collector.begun(kind)
    const work = new SharedFlight(async (signal) => {
      try {
        const results = await this.#scan(scan, name, connected, { signal, dataVersion, options })
        // The very keys of people are in no cache but that of buckets.
        const kept = results.flatMap((result, index) => (scan.reads[index]?.keys === undefined ? [[keys[index] ?? '', result] as const] : []))
        // Whoever asks for one of them again would have the statement run again.
        for (const [key, result] of kept) this.#cache.set(key, result, result.costMs)
        shared?.keep(kept.map(([key, result]) => [this.#sharedKey(key, name), result]))
        const { entries, bytes } = this.#cache.statistics()
        this.#sources.telemetry.cacheHolds('memory', entries, bytes, this.#cache.takeEvictions())
        return results
      } catch (error) {
        shared?.release(keys.map((key) => this.#sharedKey(key, name)))
        throw error
      } finally {
        ended()
        for (const key of keys) if (this.#flights.get(key)?.work === work) this.#flights.delete(key)
      }
    })
    return scan.reads.map((read, position) => {
      const flight = { work, position }
      this.#flights.set(keys[position] ?? '', flight)
      return [read, flight] as const
    })
  }

  async #scan(scan: Scan, name: string, connected: ConnectedSource, { signal, dataVersion, options: { context, caller, stats } }: ScanOptions): Promise<readonly ReadResult[]> {
    const { text, params } = connected.source.dialect.print(scan.query)
    for (const rollup of scan.rollups ?? []) if (!stats.rollups.includes(rollup)) stats.rollups.push(rollup)
    stats.scansBySemanticModel[scan.semanticModel] = (stats.scansBySemanticModel[scan.semanticModel] ?? 0) + 1
    const statement = { text, params, columns: scan.columns.map((column) => COLUMN_KINDS[column]), slots: scan.slots }
    const result = await countedQuery(this.#sources, name, connected, statement, { signal, dataVersion, caller, maxRows: this.#maxGroups }, stats).catch((error: unknown) => {
      if (isTooCostly(error)) this.#sources.history.forget(scan)
      throw error
    })
    this.#log?.note({ context, reads: scan.reads, rollup: scan.rollups?.join(', ') ?? null, rowsRead: result.rowsRead, elapsedMs: result.elapsedMs })
    await ownTurn()
    const folding = performance.now()
    const columns = result.columns.map((values, index) => plainNumbers(values, scan.columns[index] ?? 'text'))
    this.#sources.history.note(scan, columns, result.rowCount, result.elapsedMs)
    const results = scan.fold(columns, result.rowCount)
    const folded = 'next' in results ? await inTurns(results) : results
    stats.foldMs += performance.now() - folding
    await ownTurn()
    const costMs = result.elapsedMs + performance.now() - folding
    return folded.map((one) => ({ ...one, costMs }))
  }

  /** Null for a source that other instances do not have, and while its version is not known. */
  #sharedBy(source: string, { sources }: RunOptions): SharedCache<ReadResult> | null {
    const isShared = this.#sources.connected(source)?.sharedAs != null && sources.states.has(source)
    return isShared ? this.#shared : null
  }

  #sharedKey(key: string, source: string): string {
    return `${this.#sources.connected(source)?.sharedAs ?? ''}|${key}`
  }

  #sourceOf(context: PlanContext, read: AnyRead): string {
    return semanticModelOf(context.model, read.measure.semanticModel).source
  }

  #cacheKey(read: AnyRead, source: string, { context, sources }: RunOptions): string {
    // Stocks and entities of an unfinished period are taken at present: another minute, another answer.
    const atPresent = read.measure.kind !== 'aggregate' || read.measure.time.kind === 'stock'
    const open = atPresent && read.period.endUtcMs > context.nowUtcMs ? `@${context.nowUtcMs}` : ''
    const behind = versionsOf(sourcesBehind(context, read), sources)
    return `${source}|${sources.states.get(source)?.version ?? ''}|${context.model.version}|${read.key}${open}${behind === '' ? '' : `|${behind}`}`
  }
}

function isTooCostly(error: unknown): boolean {
  return error instanceof KpiqlError && (error.code === 'QUERY_TOO_COSTLY' || error.code === 'TOO_MANY_GROUPS')
}

const COLUMN_KINDS = {
  seconds: 'integer',
  id: 'integer',
  text: 'text',
  boolean: 'boolean',
  integer: 'integer',
  number: 'number',
  date: 'date',
  timestamp: 'timestamp',
} as const satisfies Record<ScanColumn, ColumnKind>

interface ScanOptions {
  readonly signal: AbortSignal
  readonly dataVersion: string | undefined
  readonly options: RunOptions
}

/** Bucket seconds and our own small numbers fit a JavaScript number. */
function plainNumbers(values: readonly Value[], column: ScanColumn): readonly ScanValue[] {
  if (column !== 'seconds' && column !== 'id') return values
  return values.map((value) => (typeof value === 'bigint' ? Number(value) : value))
}
