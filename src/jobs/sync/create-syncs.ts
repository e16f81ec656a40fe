import { KpiqlError } from '../../base/errors.ts'
import { nearest } from '../../base/nearest.ts'
import type { SyncAsk, SyncStatus } from '../types.ts'
import { SourceSync } from './source-sync.ts'
import type { SyncEngine, SyncsDeps, WebhookRequest } from './types.ts'

/** Syncs of all sources into one landing. Nothing is asked of a tool or of the landing before the first call. */
export function createSyncs(deps: SyncsDeps): SyncEngine {
  const sources = new Map(deps.sources.map((synced) => [synced.name, new SourceSync(synced, deps)]))
  const closing = { isClosed: false }
  const of = (name: string): SourceSync => {
    const source = sources.get(name)
    if (source) return source
    const near = nearest(name, sources.keys(), 3)
    throw new KpiqlError('SYNC_UNKNOWN', { message: `There is no synced source "${name.slice(0, 100)}".`, hint: near.length > 0 ? `Closest: ${near.join(', ')}.` : `Synced: ${[...sources.keys()].join(', ') || 'none'}.` })
  }
  return {
    status: () => Promise.all([...sources.values()].map((source) => source.status())),
    start: async (ask: SyncAsk): Promise<SyncStatus> => {
      if (closing.isClosed) throw new KpiqlError('CANCELLED', { message: 'The gateway is closing.' })
      return of(ask.source).start(ask)
    },
    settled: async (source: string): Promise<SyncStatus> => of(source).settled(),
    cancel: async (source: string): Promise<void> => of(source).cancel(),
    receive: async (source: string, request: WebhookRequest) => of(source).receive(request),
    close: async (): Promise<void> => {
      closing.isClosed = true
      await Promise.all([...sources.values()].map((source) => source.cancel()))
    },
  }
}
