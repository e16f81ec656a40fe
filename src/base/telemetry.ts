import type { ErrorCode } from './errors.ts'

/** `answers`: whole answers; `memory`: what answers are made of, in this process; `buckets`: the same, bucket by bucket; `shared`: of all instances. */
export type CacheLevel = 'answers' | 'memory' | 'buckets' | 'shared'

/** Of a source's circuit breaker: `open` refuses at once, `half_open` lets a trial through. */
export type BreakerState = 'closed' | 'open' | 'half_open'

/**
 * What the parts of the gateway tell of their work, for whoever measures it. Every method returns at once and never throws.
 * No argument may hold anything of a caller's input: sources are named as the configuration names them.
 */
export interface Telemetry {
  /**
   * A statement on a source ended.
   *
   * @param rowsRead null where the engine does not say.
   * @param outcome null for an answer.
   */
  scanDone(source: string, elapsedMs: number, rowsRead: number | null, outcome: ErrorCode | null): void
  /** Reads looked for in a cache. */
  cacheLooked(level: CacheLevel, hits: number, misses: number): void
  /** What a cache holds now, and how many entries had to make room since it was last told. */
  cacheHolds(level: CacheLevel, entries: number, bytes: number, evicted: number): void
  /** Told when it changes; a source of which nothing was told is closed. */
  sourceState(source: string, state: BreakerState): void
  /** Statements that wait for their turn. */
  queueLength(source: string, waiting: number): void
  /** @param route as it was registered, such as `/explorer/*`; never the address asked. */
  requestDone(route: string, status: number, elapsedMs: number): void
  /** The 99th percentile of the event loop's delay over the last moment, in milliseconds. */
  loopDelay(p99Ms: number): void
  /** Requests worked on, and those that wait for that. */
  requestsNow(running: number, waiting: number): void
  /**
   * Told when it changes.
   *
   * @param isReady whether questions are answered from it.
   * @param progress what share of a build under way is done, from 0 to 1; null where none is.
   */
  rollupStands(source: string, rollup: string, isReady: boolean, progress: number | null): void
  /** Of an error that was sent; codes of the documented list. */
  graphqlError(code: string): void
}

/** Listens to nothing. */
export const noTelemetry: Telemetry = {
  scanDone() {},
  cacheLooked() {},
  cacheHolds() {},
  sourceState() {},
  queueLength() {},
  requestDone() {},
  loopDelay() {},
  requestsNow() {},
  rollupStands() {},
  graphqlError() {},
}
