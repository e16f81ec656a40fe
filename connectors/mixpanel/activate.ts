import { KpiqlError } from '../../src/base/errors.ts'
import type { ActivationTarget, ChangeOutcome, MembershipChange } from '../activation-contract.ts'
import { defineActivationConnector } from '../activation-contract.ts'
import { HttpClient } from '../http-kit/http-client.ts'
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

const BASE_URLS = { us: 'https://api.mixpanel.com', eu: 'https://api-eu.mixpanel.com', in: 'https://api-in.mixpanel.com' }

/** What `?verbose=1` answers, with 200 whatever happened (https://docs.mixpanel.com/reference/profile-batch-update). */
interface Answer {
  readonly status: number
  readonly error?: string | null | undefined
}

/**
 * Keeps a list of cohorts on the profiles of members. The package `mixpanel` would send each batch of profiles as 50, with the
 * token in addresses, and takes documented answers for errors; hence our own HTTP.
 */
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

async function send(http: HttpClient, options: MixpanelActivationOptions, cohort: string, changes: readonly MembershipChange[], signal: AbortSignal): Promise<readonly ChangeOutcome[]> {
  const { status, error } = await post(http, changes.map((change) => updateOf(options, cohort, change)), signal)
  if (status === 1) return changes.map(() => ({ ok: true }))
  throw new KpiqlError('SOURCE_FAILED', { message: `Mixpanel refused profiles: ${quoted(error ?? 'it gave no reason', [options.token])}`, data: { status: 400 } })
}

/** Neither where nor when someone was last seen changes with it. */
function updateOf({ token, property }: MixpanelActivationOptions, cohort: string, { member, change }: MembershipChange): object {
  const common = { $token: token, $distinct_id: member, $ip: '0', $ignore_time: true }
  return change === 'entered' ? { ...common, $union: { [property]: [cohort] } } : { ...common, $remove: { [property]: cohort } }
}

async function post(http: HttpClient, updates: readonly object[], signal: AbortSignal): Promise<Answer> {
  const { body } = await http.json<Answer | number>({ method: 'POST', path: 'engage', query: { verbose: 1 }, json: updates }, signal)
  return typeof body === 'number' ? { status: body } : body
}

/** A status of 413 asks for smaller requests, which halving makes. */
function isRefusal({ code, data }: KpiqlError): boolean {
  return code === 'SOURCE_FAILED' && (data?.['status'] === 400 || data?.['status'] === 413)
}
