import { KpiqlError } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import { cancellation } from '../cache/shared-flight.ts'
import type { AnyRead, ReadResult } from '../plan/read.ts'
import type { PlanContext } from '../plan/rows.ts'
import type { Scan } from '../plan/scan.ts'
import type { RunOptions } from './read-runner.ts'
import type { Flight, PendingRead } from './read-through.ts'
import { StatementsAtWork } from './statements-at-work.ts'

/** A statement planned for one request, that may become a part of one for several. */
export interface PlannedScan {
  readonly scan: Scan
  readonly source: string
  /** What it counts as while it runs; null for nothing. */
  readonly kind: string | null
  readonly options: RunOptions
  readonly pending: readonly PendingRead[]
}

export interface CollectorDeps {
  /** Plans reads of several requests together; what cannot be planned so is left out. */
  readonly fuse: (reads: readonly AnyRead[], context: PlanContext) => readonly Scan[]
  /** Counts as of the kind while it runs. @throws KpiqlError where the source is none. */
  readonly start: (scan: Scan, source: string, options: RunOptions, kind: string | null) => readonly (readonly [AnyRead, Flight])[]
}

export interface CollectorOptions {
  /** How long every statement is held, in milliseconds; 0 for not at all. */
  readonly windowMs: number
  /** So many statements of one kind run before the next ones wait for one of them to end, to become one meanwhile; 0 for not at all. */
  readonly behind: number
}

interface Window {
  readonly key: string
  readonly kind: string | null
  readonly planned: PlannedScan[]
  timer: NodeJS.Timeout
}

/** One statement for more reads than this saves little more, and those who wait for it would wait long. */
const MOST_READS = 64

/**
 * Holds statements back, so that requests which come together, or come while the source is at work on their like, are answered
 * by as few statements as one request would be. Only requests that see one state of all sources, at one present, are put
 * together. A statement for several that fails by its own fault is asked again for each by itself. It counts among the cost of
 * the request that came first.
 */
export class ReadCollector {
  readonly #windowMs: number
  readonly #atWork: StatementsAtWork
  readonly #deps: CollectorDeps
  /** In the order in which they were opened. */
  readonly #open = new Set<Window>()

  constructor({ windowMs, behind }: CollectorOptions, deps: CollectorDeps) {
    this.#windowMs = windowMs
    this.#atWork = new StatementsAtWork(windowMs > 0 ? 0 : behind)
    this.#deps = deps
  }

  /** Null for a statement that does not wait for its like. */
  kindOf(scan: Scan, source: string): string | null {
    return this.#atWork.kindOf(scan, source)
  }

  /** How long a statement of this kind is to be held, in milliseconds; 0 for one to be started at once. */
  heldMs(kind: string | null): number {
    if (this.#windowMs > 0) return this.#windowMs
    return kind === null ? 0 : this.#atWork.heldMs(kind)
  }

  /** @returns what is to be called when a statement of this kind is done, however it ends. */
  begun(kind: string | null): () => void {
    if (kind === null) return () => undefined
    const ended = this.#atWork.begun(kind)
    return () => {
      ended()
      const waiting = [...this.#open].find((window) => window.kind === kind)
      if (waiting && this.#atWork.heldMs(kind) === 0) this.#close(waiting)
    }
  }

  hold(planned: PlannedScan, heldMs: number): void {
    const { scan, source, kind, options: { context, sources } } = planned
    const versions = [...sources.states].map(([name, { version }]) => [name, version])
    const key = JSON.stringify([source, context.model.version, context.nowUtcMs, versions, kind])
    const reads = (window: Window): number => window.planned.reduce((sum, one) => sum + one.scan.reads.length, scan.reads.length)
    const opened = [...this.#open].find((window) => window.key === key && reads(window) <= MOST_READS)
    if (opened) return void opened.planned.push(planned)
    const window: Window = { key, kind, planned: [planned], timer: setTimeout(() => this.#close(window), heldMs) }
    this.#open.add(window)
  }

  #close(window: Window): void {
    clearTimeout(window.timer)
    this.#open.delete(window)
    this.#end(window.planned)
  }

  #end(planned: readonly PlannedScan[]): void {
    for (const { pending } of planned) for (const { signal, done } of pending) if (signal.aborted) done.reject(cancellation(signal))
    const wanted = planned.filter(({ pending }) => pending.some(({ signal }) => !signal.aborted))
    const [first] = wanted
    if (first === undefined) return
    if (new Set(wanted.map(({ options }) => options.signal)).size === 1) wanted.forEach((one) => this.#alone(one, one.pending))
    else this.#together(first, wanted)
  }

  #together({ source, kind, options }: PlannedScan, planned: readonly PlannedScan[]): void {
    const context = { ...options.context, memberships: new Map(planned.flatMap((one) => [...one.options.context.memberships])) }
    const reads = new Map(planned.flatMap(({ pending }) => pending.map(({ read }) => [read.key, read])))
    let flights: ReadonlyMap<string, Flight>
    try {
      const started = this.#deps.fuse([...reads.values()], context).flatMap((scan) => this.#deps.start(scan, source, { ...options, context }, kind))
      flights = new Map(started.map(([{ key }, flight]) => [key, flight]))
    } catch {
      // Whose part cannot be planned or begun is told to him alone.
      flights = new Map()
    }
    for (const one of planned) {
      const again: PendingRead[] = []
      const asked = one.pending.map(async (pending) => {
        const flight = flights.get(pending.read.key)
        if (flight === undefined) return again.push(pending)
        try {
          return pending.done.resolve(resultOf(flight, await flight.work.join(pending.signal)))
        } catch (error) {
          return isOwnFault(error) && !pending.signal.aborted ? again.push(pending) : pending.done.reject(error)
        }
      })
      void Promise.all(asked).then(() => {
        if (again.length > 0) this.#alone(one, again)
      })
    }
  }

  #alone({ scan, source, kind, options }: PlannedScan, pending: readonly PendingRead[]): void {
    try {
      const flights = new Map(this.#deps.start(scan, source, options, kind).map(([{ key }, flight]) => [key, flight]))
      for (const { read, done, signal } of pending) {
        const flight = flights.get(read.key)
        if (flight) flight.work.join(signal).then((results) => done.resolve(resultOf(flight, results)), done.reject)
      }
    } catch (error) {
      for (const { done } of pending) done.reject(error)
    }
  }
}

function resultOf({ position }: Flight, results: readonly ReadResult[]): ReadResult {
  return results[position] as ReadResult
}

const OWN_FAULTS: ReadonlySet<ErrorCode> = new Set(['TOO_MANY_GROUPS', 'SOURCE_FAILED', 'PLAN_BROKEN', 'NOT_SUPPORTED'])

/** Whether what is asked may be answered in another way: a source that is down, slow or busy would not be less so for each by itself. */
export function isOwnFault(error: unknown): boolean {
  return !(error instanceof KpiqlError) || OWN_FAULTS.has(error.code)
}
