import { defineSyncConnector } from '../sync-contract.ts'
import type { SyncDeps, SyncSource } from '../sync-contract.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { eventsStream } from './events.ts'
import { segmentOptions } from './options.ts'
import type { SegmentOptions } from './options.ts'
import { ProfileApi } from './profile-api.ts'
import { profilesStream } from './profiles.ts'
import { webhookReceiver } from './receiver.ts'

function open(name: string, options: SegmentOptions, deps: SyncDeps): SyncSource {
  const { spaceId, profileToken, webhookSecret } = options
  const api = spaceId === undefined || profileToken === undefined ? null : new ProfileApi(options, spaceId, profileToken, deps)
  const streams = [...(api === null ? [] : [profilesStream(api, options)]), eventsStream(api, options)]
  return {
    name,
    maxConcurrent: 1,
    streams: () => Promise.resolve(streams),
    test: () =>
      api === null
        ? Promise.resolve({ ok: true, message: 'Segment sends live events by itself; there is nothing to ask.' })
        : verdictOf('Segment', async (signal) => ((await api.list(null, signal, 1)).ids.length > 0 ? 'there are profiles in the space.' : 'there are no profiles in the space.')),
    ...(webhookSecret === undefined ? {} : { receiver: webhookReceiver(webhookSecret, options) }),
    close: () => Promise.resolve(),
  }
}

export default defineSyncConnector<SegmentOptions>({ name: 'segment', kind: 'sync', options: segmentOptions, paths: [], secrets: ['profileToken', 'webhookSecret'], open })
