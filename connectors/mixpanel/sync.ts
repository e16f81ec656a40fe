import { KpiqlError } from '../../src/base/errors.ts'
import { defineSyncConnector } from '../sync-contract.ts'
import type { SyncDeps, SyncSource } from '../sync-contract.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { cohortsStream } from './cohorts.ts'
import { eventsStream } from './events.ts'
import { MixpanelApi } from './mixpanel-api.ts'
import { mixpanelOptions } from './options.ts'
import type { MixpanelOptions } from './options.ts'
import { usersStream } from './users.ts'

const DAY_MS = 86_400_000

function open(name: string, options: MixpanelOptions, deps: SyncDeps): SyncSource {
  const api = new MixpanelApi(options, deps)
  const streams = [eventsStream(api, options), usersStream(api, options), ...(options.cohorts === 'all' || options.cohorts.length > 0 ? [cohortsStream(api, options)] : [])]
  return {
    name,
    maxConcurrent: 2,
    streams: () => Promise.resolve(streams),
    test: () =>
      verdictOf('Mixpanel', async (signal) => {
        // The day before yesterday has begun in every zone.
        const day = new Date(deps.now() - 2 * DAY_MS).toISOString().slice(0, 10)
        const { status, bytes, dispose } = await api.export(day, day, 1, signal)
        await dispose()
        if (status !== 200) throw new KpiqlError('SOURCE_FAILED', { message: 'Mixpanel refuses exports of this project (400).', hint: 'Check `projectId` and `region` of the source.' })
        return bytes > 0 ? `there are events on ${day}.` : `there are no events on ${day}.`
      }),
    close: () => Promise.resolve(),
  }
}

export default defineSyncConnector<MixpanelOptions>({ name: 'mixpanel', kind: 'sync', options: mixpanelOptions, paths: [], secrets: ['secret', 'projectSecret'], open })
