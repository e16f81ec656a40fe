import type { ServerResponse } from 'node:http'
import type { Analytics, AnalyticsSession, Freshness, RequestStats } from '../answer/types.ts'
import { KpiqlError } from '../base/errors.ts'
import { unlessAborted } from '../cache/shared-flight.ts'

/** What lives as long as one request: its sessions, and the signal that stops its scans. */
export interface RequestScope {
  readonly requestId: string
  /** Aborted with a KpiqlError as its reason: `CANCELLED` when the client left or the server stops, `DEADLINE_EXCEEDED` when time is up. */
  readonly signal: AbortSignal
  /** One session for each freshness and age that is taken, made when first asked for. */
  session(freshness: Freshness, maxStaleMs?: number | null): AnalyticsSession
  /** What all sessions of the request cost so far, times to a tenth of a millisecond; null when none was asked for. */
  stats(): RequestStats | null
  /** What the resolvers see: like the gateway's own, but asking it for more than data marks the request. */
  readonly analytics: Analytics
  /** Whether the same request would have the same answer as long as no source's data version moves. */
  isRepeatable(): boolean
  /** Says that the answer hangs on more than data versions. */
  notRepeatable(): void
  cancel(reason: KpiqlError): void
  /** Stops the clock; the signal stays as it is. */
  end(): void
}

/**
 * Opens the scope of a request. A response that closes before it is written means that the client left.
 *
 * @param caller whose statements take turns with those of others.
 * @param deadlineMs from now; a response not ready by then has its scans stopped.
 */
export function openRequestScope(analytics: Analytics, requestId: string, caller: string, deadlineMs: number, response: ServerResponse): RequestScope {
  const controller = new AbortController()
  const sessions = new Map<string, AnalyticsSession>()
  const cancel = (reason: KpiqlError): void => controller.abort(reason)

  const deadline = setTimeout(() => cancel(deadlineExceeded(deadlineMs)), deadlineMs)
  const closed = (): void => {
    clearTimeout(deadline)
    if (!response.writableFinished) cancel(new KpiqlError('CANCELLED', { message: 'The client closed the connection before the answer was ready.' }))
  }
  response.once('close', closed)

  let askedForMore = false
  const more = <T>(ask: () => T): T => {
    askedForMore = true
    return ask()
  }
  return {
    requestId,
    signal: controller.signal,
    analytics: { ...analytics, sources: () => more(() => unlessAborted(analytics.sources(), controller.signal)), dataVersions: () => more(() => analytics.dataVersions()) },
    notRepeatable() {
      askedForMore = true
    },
    isRepeatable: () => !askedForMore && sessions.size <= 1 && [...sessions.values()].every(({ stats, hasFailed }) => !hasFailed && stats.staleSources.length === 0),
    session(freshness, maxStaleMs = null) {
      const key = sessionKey(freshness, maxStaleMs)
      const open = sessions.get(key) ?? analytics.session({ freshness, maxStaleMs, signal: controller.signal, caller, sharesLook: true })
      sessions.set(key, open)
      if (freshness !== 'CACHED_OK') askedForMore = true
      return open
    },
    stats: () => rounded(sumOf([...sessions.values()].map(({ stats }) => stats))),
    cancel,
    end() {
      clearTimeout(deadline)
      response.off('close', closed)
    },
  }
}

function sessionKey(freshness: Freshness, maxStaleMs: number | null): string {
  return `${freshness} ${maxStaleMs ?? ''}`
}

function deadlineExceeded(deadlineMs: number): KpiqlError {
  return new KpiqlError('DEADLINE_EXCEEDED', {
    message: `The request took longer than ${deadlineMs} ms and was stopped.`,
    hint: 'Ask for a shorter period, a coarser grain or fewer slices; or raise server.deadlineMs in the configuration.',
    data: { deadlineMs },
  })
}

function rounded(stats: RequestStats | null): RequestStats | null {
  return stats && { ...stats, planningMs: tenths(stats.planningMs), engineMs: tenths(stats.engineMs), foldMs: tenths(stats.foldMs), dataVersions: byName(stats.dataVersions) }
}

/** Sources answer in any order. */
function byName(versions: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = Object.keys(versions)
  return names.length < 2 ? versions : Object.fromEntries(names.toSorted().map((name) => [name, versions[name] ?? '']))
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}

function sumOf(parts: readonly RequestStats[]): RequestStats | null {
  const [first, ...others] = parts
  if (first === undefined) return null
  return others.reduce(
    (sum, part) => ({
      slices: sum.slices + part.slices,
      metrics: sum.metrics + part.metrics,
      scans: sum.scans + part.scans,
      scansBySemanticModel: addedUp(sum.scansBySemanticModel, part.scansBySemanticModel),
      rowsRead: sum.rowsRead + part.rowsRead,
      rowsReadUnknown: sum.rowsReadUnknown || part.rowsReadUnknown,
      cacheHits: sum.cacheHits + part.cacheHits,
      cacheMisses: sum.cacheMisses + part.cacheMisses,
      rollups: [...sum.rollups, ...part.rollups],
      planningMs: sum.planningMs + part.planningMs,
      engineMs: sum.engineMs + part.engineMs,
      foldMs: sum.foldMs + part.foldMs,
      dataVersions: { ...sum.dataVersions, ...part.dataVersions },
      staleSources: [...new Set([...sum.staleSources, ...part.staleSources])].toSorted(),
    }),
    first,
  )
}

function addedUp(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]))
}
