import { defineSyncConnector } from '../sync-contract.ts'
import type { SyncDeps, SyncSource } from '../sync-contract.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { AmplitudeApi, HOUR_MS } from './amplitude-api.ts'
import { cohortsStream } from './cohorts.ts'
import { eventsStream } from './events.ts'
import { amplitudeOptions } from './options.ts'
import type { AmplitudeOptions } from './options.ts'

function open(name: string, options: AmplitudeOptions, deps: SyncDeps): SyncSource {
  const api = new AmplitudeApi(options, deps)
  const streams = [eventsStream(api, options), ...(options.cohorts === 'all' || options.cohorts.length > 0 ? [cohortsStream(api, options)] : [])]
  return {
    name,
    maxConcurrent: 2,
    streams: () => Promise.resolve(streams),
    test: () =>
      verdictOf('Amplitude', async (signal) => {
        const end = Math.floor(deps.now() / HOUR_MS - 2) * HOUR_MS
        const exported = await api.export(end - HOUR_MS, end, signal)
        if (exported.kind === 'archive') await exported.archive.dispose()
        return exported.kind === 'archive' ? 'there are events in its last hour.' : 'there are no events in its last hour.'
      }),
    close: () => Promise.resolve(),
  }
}

export default defineSyncConnector<AmplitudeOptions>({ name: 'amplitude', kind: 'sync', options: amplitudeOptions, paths: [], secrets: ['apiKey', 'secretKey'], open })
