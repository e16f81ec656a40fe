import { createHash } from 'node:crypto'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ActivationBatch, ActivationTarget, ChangeOutcome } from '../activation-contract.ts'
import { defineActivationConnector } from '../activation-contract.ts'
import { HttpClient } from '../http-kit/http-client.ts'
import type { SyncDeps } from '../sync-contract.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { webhookOptions } from './options.ts'
import type { WebhookOptions } from './options.ts'
import { sign } from './sign.ts'

const TOOL = 'The webhook'
const SECOND_MS = 1_000

/** What a receiver may answer; changes that it does not name were taken. */
interface Answer {
  readonly refused?: readonly { readonly id?: unknown; readonly reason?: unknown }[]
}

/** Sends changes as signed JSON to an address of the company's own. */
export default defineActivationConnector<WebhookOptions>({
  name: 'webhook',
  kind: 'activate',
  options: webhookOptions,
  paths: [],
  secrets: ['secret', 'headers'],
  open: (name, options, deps): ActivationTarget => ({
    name,
    batchSize: options.batchSize,
    test: () => verdictOf(TOOL, async (signal) => {
      await post(options, deps, { test: true, changes: [] }, 'test', signal, 1)
      return null
    }),
    prepare: () => Promise.resolve(),
    send: (batch, signal) => send(options, deps, batch, signal),
    close: () => Promise.resolve(),
  }),
})

async function send(options: WebhookOptions, deps: SyncDeps, { cohort, changes, asOfUtcMs }: ActivationBatch, signal: AbortSignal): Promise<readonly ChangeOutcome[]> {
  const told = changes.map(({ id, member, change }) => ({ id, member, change }))
  const key = createHash('sha256').update(changes.map(({ id }) => id).join('\n')).digest('hex')
  const answer = await post(options, deps, { cohort, asOf: new Date(asOfUtcMs).toISOString(), changes: told }, key, signal, options.attempts)
  const refused = new Map((answer?.refused ?? []).map(({ id, reason }) => [String(id), typeof reason === 'string' && reason !== '' ? reason : 'The receiver gave no reason.']))
  return changes.map(({ id }) => {
    const reason = refused.get(id)
    return reason === undefined ? { ok: true } : { ok: false, reason }
  })
}

async function post({ url, secret, headers, requestsPerSecond, timeoutMs }: WebhookOptions, deps: SyncDeps, message: object, key: string, signal: AbortSignal, attempts: number): Promise<Answer | null> {
  const body = JSON.stringify(message)
  const client = new HttpClient({
    tool: TOOL, baseUrl: url, deps, attempts, timeoutMs, maxConcurrent: 1, spacingMs: SECOND_MS / requestsPerSecond, secrets: [secret, ...Object.values(headers)],
    // Each attempt is signed anew: receivers refuse signatures that are old.
    headers: () => {
      const timestamp = String(Math.floor(deps.now() / SECOND_MS))
      return { ...headers, 'content-type': 'application/json', 'idempotency-key': key, 'x-kpiql-timestamp': timestamp, 'x-kpiql-signature': sign(secret, timestamp, body) }
    },
  })
  const { text } = await client.text({ method: 'POST', path: '', body }, signal)
  return readAnswer(text)
}

/** Receivers need not answer in JSON. @throws KpiqlError `SOURCE_FAILED` for a list of refusals that is none. */
function readAnswer(text: string): Answer | null {
  let answer: unknown = null
  try {
    answer = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof answer !== 'object' || answer === null || !('refused' in answer)) return null
  const { refused } = answer
  const isList = Array.isArray(refused) && refused.every((one: unknown) => typeof one === 'object' && one !== null && 'id' in one)
  if (!isList) throw new KpiqlError('SOURCE_FAILED', { message: 'The webhook’s answer has `refused`, which is no list of { id, reason }.', hint: 'Answer with 204, or with { "refused": [{ "id": "…", "reason": "…" }] }.' })
  return answer as Answer
}
