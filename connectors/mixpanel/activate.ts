import { KpiqlError } from '../../src/base/errors.ts'
import type { ActivationTarget, ChangeOutcome, MembershipChange } from '../activation-contract.ts'
import { defineActivationConnector } from '../activation-contract.ts'
import { HttpClient } from '../http-kit/http-client.ts'
import { wordedByMixpanel } from '../http-kit/mixpanel-client.ts'
import { quoted } from '../http-kit/redact.ts'
import type { SyncDeps } from '../sync-contract.ts'
import { findRefused } from '../sync-kit/find-refused.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { mixpanelActivationOptions } from './activate-options.ts'
import type { MixpanelActivationOptions } from './activate-options.ts'

const TOOL = 'Mixpanel'
/** https://docs.mixpanel.com/reference/user-profile-limits */
const BATCH = 2_000
const SPACING_MS = 100
/** Neither where nor when someone was last seen changes. */
const UNSEEN = { $ip: '0', $ignore_time: true }

const BASE_URLS = { us: 'https://api.mixpanel.com', eu: 'https://api-eu.mixpanel.com', in: 'https://api-in.mixpanel.com' }

/** What `?verbose=1` answers, with 200 whatever happened (https://docs.mixpanel.com/reference/profile-batch-update). */
interface Answer {
  readonly status: number
  readonly error?: string | null | undefined
}

/** Keeps a list of cohorts on the profiles of members: in the words of Mixpanel's own client, sent through ours. */
export default defineActivationConnector<MixpanelActivationOptions>({
  name: 'mixpanel',
  kind: 'activate',
  options: mixpanelActivationOptions,
  paths: [],
  secrets: ['token'],
  open(name, options, deps): ActivationTarget {
    const http = clientOf(options, deps, options.attempts)
    return {
      name,
      batchSize: BATCH,
      test: () =>
        verdictOf(TOOL, async (signal) => {
          await post(clientOf(options, deps, 1), [], signal)
          return 'it takes requests; whether the token is right it tells nobody'
        }),
      prepare: () => Promise.resolve(),
      send: ({ cohort, changes }, signal) => findRefused(changes, (part) => send(http, options, cohort, part, signal), isRefusal),
      close: () => Promise.resolve(),
    }
  },
})

function clientOf({ token, region, baseUrl = BASE_URLS[region], attempts: _attempts, timeoutMs }: MixpanelActivationOptions, deps: SyncDeps, attempts: number): HttpClient {
  return new HttpClient({ tool: TOOL, baseUrl, headers: () => ({}), deps, maxConcurrent: 2, spacingMs: SPACING_MS, timeoutMs, attempts, secrets: [token] })
}

async function send(http: HttpClient, { token, property }: MixpanelActivationOptions, cohort: string, changes: readonly MembershipChange[], signal: AbortSignal): Promise<readonly ChangeOutcome[]> {
  const updates = await wordedByMixpanel(token, changes.length, ({ people }) => {
    for (const { member, change } of changes) {
      if (change === 'entered') people.union(member, { [property]: [cohort] }, UNSEEN)
      else people.remove(member, { [property]: cohort }, UNSEEN)
    }
  })
  const { status, error } = await post(http, updates, signal)
  if (status === 1) return changes.map(() => ({ ok: true }))
  throw new KpiqlError('SOURCE_FAILED', { message: `Mixpanel refused profiles: ${quoted(error ?? 'it gave no reason', [token])}`, data: { status: 400 } })
}

async function post(http: HttpClient, updates: readonly object[], signal: AbortSignal): Promise<Answer> {
  const { body } = await http.json<Answer | number>({ method: 'POST', path: 'engage', query: { verbose: 1 }, json: updates }, signal)
  return typeof body === 'number' ? { status: body } : body
}

/** A status of 413 asks for smaller requests, which halving makes. */
function isRefusal({ code, data }: KpiqlError): boolean {
  return code === 'SOURCE_FAILED' && (data?.['status'] === 400 || data?.['status'] === 413)
}
