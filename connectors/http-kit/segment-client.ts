import { KpiqlError } from '../../src/base/errors.ts'
import type { HttpClient } from './http-client.ts'

export type SegmentClient = InstanceType<(typeof import('@segment/analytics-node'))['Analytics']>

export interface SegmentRequests {
  readonly http: HttpClient
  readonly writeKey: string
  /** Of the endpoint of batches. */
  readonly path: string
}

/**
 * Lets Segment's own client send messages through ours: pace, repetitions and waits are the gateway's. One client a call: its queue
 * is empty when this returns, so that nothing is held back when the gateway ends.
 *
 * @param count messages that `ask` hands to the client; at least one.
 * @throws KpiqlError whatever the request failed with.
 */
export async function sentBySegment({ http, writeKey, path }: SegmentRequests, count: number, ask: (client: SegmentClient) => void, signal: AbortSignal): Promise<void> {
  const { Analytics } = await import('@segment/analytics-node')
  let failure: KpiqlError | null = null
  const client = new Analytics({
    writeKey,
    host: 'http://unused.invalid',
    path,
    flushAt: count,
    maxRetries: 0,
    httpClient: {
      async makeRequest({ body }) {
        try {
          const { status } = await http.text({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body }, signal)
          return { status, statusText: '' }
        } catch (error) {
          failure = error instanceof KpiqlError ? error : new KpiqlError('INTERNAL', { message: 'Sending to Segment failed within the gateway.', cause: error })
          return { status: 400, statusText: failure.message }
        }
      },
    },
  })
  ask(client)
  // Without a limit of its own: the requests have theirs.
  await client.closeAndFlush({ timeout: 0 })
  if (failure !== null) throw failure
}
