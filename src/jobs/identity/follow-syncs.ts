import type { SyncEngine } from '../sync/types.ts'
import type { Identities } from './create-identities.ts'

/** Syncs that are over only once identities were resolved from what they changed. */
export function followedSyncs(syncs: SyncEngine, identities: Identities): SyncEngine {
  /** By source; never rejects. */
  const following = new Map<string, Promise<void>>()
  return {
    ...syncs,
    async start(ask) {
      const status = await syncs.start(ask)
      following.set(ask.source, syncs.settled(ask.source).then((ended) => identities.follow(ended), () => undefined))
      return status
    },
    async settled(source) {
      const status = await syncs.settled(source)
      await following.get(source)
      return status
    },
    async cancel(source) {
      await syncs.cancel(source)
      await following.get(source)
    },
    async close() {
      await syncs.close()
      await Promise.all(following.values())
      await identities.settled()
    },
  }
}
