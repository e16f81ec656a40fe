import { randomUUID } from 'node:crypto'
import { HttpClient } from '../../../connectors/http-kit/http-client.ts'
import { wordedByMixpanel } from '../../../connectors/http-kit/mixpanel-client.ts'
import { sentBySegment } from '../../../connectors/http-kit/segment-client.ts'
import type { SegmentClient } from '../../../connectors/http-kit/segment-client.ts'
import type { SyncDeps } from '../../../connectors/sync-contract.ts'
import { KpiqlError } from '../../base/errors.ts'
import type { UsageCount, UsageTarget } from './types.ts'

/** Where usage is told. */
export type UsageSettings = { readonly connector: 'segment'; readonly writeKey: string; readonly host?: string | undefined } | { readonly connector: 'mixpanel'; readonly token: string; readonly host?: string | undefined }

const EVENT = 'KPIQL Metric Asked'
/** Tools want someone who did it: the gateway. */
const NOBODY = 'kpiql-gateway'
const TIMEOUT_MS = 10_000
const ATTEMPTS = 2
const SEGMENT_BATCH = 500
const MIXPANEL_BATCH = 1_000
const HOSTS = { segment: 'https://api.segment.io', mixpanel: 'https://api.mixpanel.com' }

export function usageTarget(settings: UsageSettings, deps: SyncDeps): UsageTarget {
  return settings.connector === 'segment' ? toSegment(settings.writeKey, settings.host ?? HOSTS.segment, deps) : toMixpanel(settings.token, settings.host ?? HOSTS.mixpanel, deps)
}

function clientOf(tool: string, baseUrl: string, headers: Readonly<Record<string, string>>, secret: string, deps: SyncDeps): HttpClient {
  return new HttpClient({ tool, baseUrl, headers: () => headers, deps, maxConcurrent: 1, spacingMs: 0, timeoutMs: TIMEOUT_MS, attempts: ATTEMPTS, secrets: [secret] })
}

function propertiesOf({ metric, grain, cohorts, role, times }: UsageCount): Readonly<Record<string, string | number | null>> {
  return { metric, grain, cohorts, role, times }
}

/** https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/#batch: 500 KB a batch. */
function toSegment(writeKey: string, host: string, deps: SyncDeps): UsageTarget {
  const http = clientOf('Segment', host, { authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}` }, writeKey, deps)
  return {
    tool: 'Segment',
    async send(counts, atUtcMs, signal) {
      const timestamp = new Date(atUtcMs)
      for (const part of partsOf(counts, SEGMENT_BATCH)) {
        const track = (client: SegmentClient): void => {
          for (const count of part) client.track({ anonymousId: NOBODY, event: EVENT, properties: propertiesOf(count), timestamp, messageId: randomUUID() })
        }
        await sentBySegment({ http, writeKey, path: '/v1/batch' }, part.length, track, signal)
      }
    },
  }
}

/** https://docs.mixpanel.com/reference/track-event: 2,000 events a request; with `verbose` a refusal has status 0 in an answer of 200. */
function toMixpanel(token: string, host: string, deps: SyncDeps): UsageTarget {
  const http = clientOf('Mixpanel', host, {}, token, deps)
  return {
    tool: 'Mixpanel',
    async send(counts, atUtcMs, signal) {
      for (const part of partsOf(counts, MIXPANEL_BATCH)) {
        const events = part.map((count) => ({ event: EVENT, properties: { time: atUtcMs, distinct_id: NOBODY, $insert_id: randomUUID(), ...propertiesOf(count) } }))
        const json = await wordedByMixpanel(token, events.length, (client) => client.track_batch(events))
        const { body } = await http.json<{ readonly status: number } | number>({ method: 'POST', path: '/track', query: { verbose: 1, ip: 0 }, json }, signal)
        if ((typeof body === 'number' ? body : body.status) !== 1) throw new KpiqlError('SOURCE_FAILED', { message: 'Mixpanel refused what was told of metrics.', hint: 'Check `telemetry.token`.' })
      }
    },
  }
}

function partsOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))
}
