import type { ActivationBatch, ActivationTarget, ChangeOutcome, MembershipChange } from '../activation-contract.ts'
import { defineActivationConnector } from '../activation-contract.ts'
import { HttpClient } from '../http-kit/http-client.ts'
import { sentBySegment } from '../http-kit/segment-client.ts'
import type { SegmentClient } from '../http-kit/segment-client.ts'
import type { SyncDeps } from '../sync-contract.ts'
import { cohortName } from '../sync-kit/cohort-name.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { segmentActivationOptions } from './activate-options.ts'
import type { SegmentActivationOptions } from './activate-options.ts'

const TOOL = 'Segment'
const BATCH = 1_000
/** Segment takes 500 KB a request and 32 KB a message. The client means to see to it, but counts separators in place of bytes. */
const MOST_BYTES = 450_000
const MOST_MESSAGE_BYTES = 30_000
/** Of a message without names: ids, instants and what the client tells of itself. */
const MESSAGE_BYTES = 700
/** Segment asks for fewer than a thousand requests a second, and has no limit of requests of its own. */
const SPACING_MS = 20
/** https://www.twilio.com/docs/segment/guides/regional-segment: the endpoint of the US takes what is meant for the EU, and drops it. */
const HOSTS = { us: 'https://api.segment.io', eu: 'https://events.eu1.segmentapis.com' }

/** Sends members as traits or events of users through Segment's own client. */
export default defineActivationConnector<SegmentActivationOptions>({
  name: 'segment',
  kind: 'activate',
  options: segmentActivationOptions,
  paths: [],
  secrets: ['writeKey'],
  open: (name, options, deps): ActivationTarget => ({
    name,
    batchSize: BATCH,
    test: () =>
      verdictOf(TOOL, async (signal) => {
        await clientOf(options, deps, 1).text({ method: 'POST', path: options.path, json: { writeKey: options.writeKey, batch: [] } }, signal)
        return 'it takes requests; whether the write key is right it tells nobody: look at the debugger of the source'
      }),
    prepare: () => Promise.resolve(),
    send: (batch, signal) => sendInParts(options, clientOf(options, deps, options.attempts), batch, signal),
    close: () => Promise.resolve(),
  }),
})

function clientOf({ writeKey, region, host = HOSTS[region], timeoutMs }: SegmentActivationOptions, deps: SyncDeps, attempts: number): HttpClient {
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`
  return new HttpClient({ tool: TOOL, baseUrl: host, headers: () => ({ authorization }), deps, maxConcurrent: 2, spacingMs: SPACING_MS, timeoutMs, attempts, secrets: [writeKey] })
}

async function sendInParts(options: SegmentActivationOptions, http: HttpClient, batch: ActivationBatch, signal: AbortSignal): Promise<readonly ChangeOutcome[]> {
  const outcomes = new Map<MembershipChange, ChangeOutcome>()
  const parts: MembershipChange[][] = [[]]
  let bytes = 0
  for (const change of batch.changes) {
    const own = MESSAGE_BYTES + 3 * (Buffer.byteLength(change.member) + Buffer.byteLength(batch.cohort))
    if (own > MOST_MESSAGE_BYTES) {
      outcomes.set(change, { ok: false, reason: 'It is too long for a message of Segment.' })
      continue
    }
    if (bytes + own > MOST_BYTES) {
      parts.push([])
      bytes = 0
    }
    bytes += own
    parts.at(-1)?.push(change)
  }
  for (const changes of parts.filter(({ length }) => length > 0)) {
    const sent = await send(options, http, { ...batch, changes }, signal)
    changes.forEach((change, index) => outcomes.set(change, sent[index] ?? { ok: true }))
  }
  return batch.changes.map((change) => outcomes.get(change) ?? { ok: true })
}

async function send({ writeKey, path, ...options }: SegmentActivationOptions, http: HttpClient, batch: ActivationBatch, signal: AbortSignal): Promise<readonly ChangeOutcome[]> {
  const outcomes: PromiseWithResolvers<ChangeOutcome>[] = []
  await sentBySegment({ http, writeKey, path }, batch.changes.length, (client) => outcomes.push(...batch.changes.map((change) => delivered(client, options, batch, change))), signal)
  for (const { resolve } of outcomes) resolve({ ok: false, reason: 'Segment’s client did not take it.' })
  return Promise.all(outcomes.map(({ promise }) => promise))
}

function delivered(client: SegmentClient, { mode, members }: Pick<SegmentActivationOptions, 'mode' | 'members'>, { cohort, asOfUtcMs }: ActivationBatch, { member, change, id }: MembershipChange): PromiseWithResolvers<ChangeOutcome> {
  const outcome = Promise.withResolvers<ChangeOutcome>()
  const done = (error?: unknown): void => outcome.resolve(error === undefined || error === null ? { ok: true } : { ok: false, reason: reasonOf(error) })
  const common = { messageId: id, timestamp: new Date(asOfUtcMs) }
  const isIn = change === 'entered'
  if (mode === 'events') client.track({ ...common, userId: member, event: isIn ? 'Audience Entered' : 'Audience Exited', properties: { audience_key: cohortName(cohort), audience_name: cohort, [cohortName(cohort)]: isIn } }, done)
  // A group call needs a user; one that stands for the account itself keeps the call from being dropped.
  else if (members === 'accounts') client.group({ ...common, groupId: member, anonymousId: member, traits: { [cohortName(cohort)]: isIn } }, done)
  else client.identify({ ...common, userId: member, traits: { [cohortName(cohort)]: isIn } }, done)
  return outcome
}

function reasonOf(error: unknown): string {
  const inner = typeof error === 'object' && error !== null && 'reason' in error ? error.reason : error
  return inner instanceof Error ? inner.message : 'Segment’s client did not send it.'
}
