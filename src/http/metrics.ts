import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { ERRORS } from '../base/errors.ts'
import type { CacheLevel, Telemetry } from '../base/telemetry.ts'
import { LOOK_MS } from './loop-delay.ts'
import { REFUSALS } from './refusal.ts'

/** What the gateway tells Prometheus. */
export interface Metrics {
  readonly telemetry: Telemetry
  readonly contentType: string
  /** All figures in Prometheus' text format. */
  text(): Promise<string>
}

/** In seconds: from what a cache answers to the longest deadlines. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** In seconds. */
const LOOP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5]

// Any other code is one label, so that their number stays bounded whatever the libraries behind send.
const CODES: ReadonlySet<string> = new Set([
  ...Object.keys(ERRORS),
  ...Object.keys(REFUSALS),
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
])

/** Counts in a registry of its own what it is told, beside the process's own figures: memory, processor time, lag of the event loop. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOK_MS })

  const requests = new Counter({ name: 'kpiql_http_requests_total', help: 'Requests answered.', labelNames: ['route', 'status'], registers })
  const requestSeconds = new Histogram({ name: 'kpiql_http_request_duration_seconds', help: 'Time from the first byte of a request to the last of its answer.', labelNames: ['route'], buckets: BUCKETS, registers })
  const errors = new Counter({ name: 'kpiql_graphql_errors_total', help: 'Errors in GraphQL answers.', labelNames: ['code'], registers })
  const scanSeconds = new Histogram({ name: 'kpiql_scan_duration_seconds', help: 'Time of a statement on a source, its wait for a turn included.', labelNames: ['source'], buckets: BUCKETS, registers })
  const rowsRead = new Counter({ name: 'kpiql_rows_read_total', help: 'Rows that statements read, of sources that say so.', labelNames: ['source'], registers })
  const sourceErrors = new Counter({ name: 'kpiql_source_errors_total', help: 'Statements that ended in an error.', labelNames: ['source', 'code'], registers })
  const sourceUp = new Gauge({ name: 'kpiql_source_up', help: '1 while a source is asked, 0 while its circuit breaker keeps questions from it.', labelNames: ['source'], registers })
  const waiting = new Gauge({ name: 'kpiql_source_queue_length', help: 'Statements that wait for their turn.', labelNames: ['source'], registers })
  const hits = new Counter({ name: 'kpiql_cache_hits_total', help: 'What was looked for in a cache and found.', labelNames: ['level'], registers })
  const misses = new Counter({ name: 'kpiql_cache_misses_total', help: 'What was looked for in a cache and not found.', labelNames: ['level'], registers })
  const entries = new Gauge({ name: 'kpiql_cache_entries', help: 'Entries a cache holds.', labelNames: ['level'], registers })
  const bytes = new Gauge({ name: 'kpiql_cache_bytes', help: 'Bytes a cache holds.', labelNames: ['level'], registers })
  const evictions = new Counter({ name: 'kpiql_cache_evictions_total', help: 'Entries that had to make room for others.', labelNames: ['level'], registers })

  const loopDelay = new Histogram({ name: 'kpiql_event_loop_delay_seconds', help: 'Delay of the event loop: the 99th percentile of each quarter of a second.', buckets: LOOP_BUCKETS, registers })
  const running = new Gauge({ name: 'kpiql_requests_running', help: 'Questions that are worked on.', registers })
  const queued = new Gauge({ name: 'kpiql_requests_waiting', help: 'Questions that wait until fewer are worked on.', registers })
  const rollupReady = new Gauge({ name: 'kpiql_rollup_ready', help: '1 while questions are answered from a rollup.', labelNames: ['source', 'rollup'], registers })
  const rollupProgress = new Gauge({ name: 'kpiql_rollup_build_progress', help: 'What share of the build of a rollup is done; 1 while none is under way.', labelNames: ['source', 'rollup'], registers })

  // What every request tells is looked up by its labels once.
  const hitsOf = childOf((level: CacheLevel) => hits.labels(level))
  const missesOf = childOf((level: CacheLevel) => misses.labels(level))
  const secondsOf = childOf((route: string) => requestSeconds.labels(route))
  const requestsOf = childOf((name: string) => requests.labels(...(name.split('\n') as [string, string])))

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    telemetry: {
      scanDone(source, elapsedMs, rows, outcome) {
        scanSeconds.observe({ source }, elapsedMs / 1000)
        if (rows !== null) rowsRead.inc({ source }, rows)
        if (outcome !== null) sourceErrors.inc({ source, code: outcome })
      },
      cacheLooked(level, found, missed) {
        if (found > 0) hitsOf(level).inc(found)
        if (missed > 0) missesOf(level).inc(missed)
      },
      cacheHolds(level, entriesNow, bytesNow, evicted) {
        if (evicted > 0) evictions.inc({ level }, evicted)
        entries.set({ level }, entriesNow)
        bytes.set({ level }, bytesNow)
      },
      sourceState: (source, state) => sourceUp.set({ source }, state === 'closed' ? 1 : 0),
      queueLength: (source, length) => waiting.set({ source }, length),
      requestDone(route, status, elapsedMs) {
        requestsOf(`${route}\n${status}`).inc()
        secondsOf(route).observe(elapsedMs / 1000)
      },
      loopDelay: (p99Ms) => loopDelay.observe(p99Ms / 1000),
      requestsNow(runningNow, waitingNow) {
        running.set(runningNow)
        queued.set(waitingNow)
      },
      rollupStands(source, rollup, isReady, progress) {
        rollupReady.set({ source, rollup }, isReady ? 1 : 0)
        rollupProgress.set({ source, rollup }, progress ?? 1)
      },
      graphqlError: (code) => errors.inc({ code: CODES.has(code) ? code : 'OTHER' }),
    },
  }
}

/** Labels are few: routes and statuses, levels. */
function childOf<Name extends string, Child>(make: (name: Name) => Child): (name: Name) => Child {
  const known = new Map<Name, Child>()
  return (name) => {
    const found = known.get(name) ?? make(name)
    known.set(name, found)
    return found
  }
}
