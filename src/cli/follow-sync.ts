import { setTimeout } from 'node:timers/promises'
import { KpiqlError } from '../base/errors.ts'
import type { SyncAsk, Syncs, SyncStatus } from '../jobs/types.ts'

const NEWS_MS = 250

/** What `kpiql sync` asks for; it travels to a running gateway as JSON. */
export interface SyncOrder {
  readonly sources: readonly string[]
  readonly full: boolean
  readonly since: string | null
  /** Null for all. */
  readonly streams: readonly string[] | null
}

/**
 * Starts the syncs and tells how they stand until all have ended. One that runs already is waited for, and started after.
 *
 * @param signal stops waiting; syncs of the process itself are stopped by closing them.
 */
export async function followSync(syncs: Syncs, order: SyncOrder, tell: (statuses: readonly SyncStatus[]) => void, signal: AbortSignal): Promise<readonly SyncStatus[]> {
  const ended = Promise.all(
    order.sources.map(async (source) => {
      await startInTurn(syncs, { source, full: order.full, streams: order.streams, sinceUtcMs: order.since === null ? null : Date.parse(`${order.since}T00:00:00Z`) }, signal)
      return syncs.settled(source)
    }),
  )
  const over = new AbortController()
  const news = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await setTimeout(NEWS_MS, undefined, { signal: over.signal }).catch(() => undefined)
      if (!over.signal.aborted) tell((await syncs.status()).filter(({ source }) => order.sources.includes(source)))
    }
  }
  const left = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null)
    else signal.addEventListener('abort', () => resolve(null), { once: true })
  })
  const telling = news()
  try {
    const statuses = await Promise.race([ended, left])
    return statuses ?? (await syncs.status()).filter(({ source }) => order.sources.includes(source))
  } finally {
    over.abort()
    await telling
    // Whoever stops waiting hears of failures no more.
    ended.catch(() => undefined)
  }
}

/** Of several that wait for the same end, one begins; the others wait on. Whoever has left begins nothing. */
async function startInTurn(syncs: Syncs, ask: SyncAsk, signal: AbortSignal): Promise<void> {
  for (;;) {
    await syncs.settled(ask.source)
    signal.throwIfAborted()
    try {
      await syncs.start(ask)
      return
    } catch (error) {
      if (!(error instanceof KpiqlError && error.code === 'SYNC_RUNNING')) throw error
    }
  }
}
