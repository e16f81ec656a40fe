import { HttpClient } from '../http-kit/http-client.ts'
import { listIn } from '../http-kit/list-in.ts'
import { spool } from '../http-kit/spool.ts'
import type { Spooled } from '../http-kit/spool.ts'
import type { SyncDeps } from '../sync-contract.ts'
import { growingPatience, HourlyPace } from './hourly-pace.ts'
import { endsWhole } from './ends-whole.ts'
import type { MixpanelOptions } from './options.ts'

const TOOL = 'Mixpanel'
/** 3 queries a second (https://docs.mixpanel.com/reference/raw-event-export). */
const SPACING_MS = 350
const TIMEOUT_MS = 300_000
/** Enough to outlast an hour whose budget others used up. */
const ATTEMPTS = 16
const DOWNLOADS = 5

const DATA_URLS = { us: 'https://data.mixpanel.com/api/2.0', eu: 'https://data-eu.mixpanel.com/api/2.0', in: 'https://data-in.mixpanel.com/api/2.0' }
const QUERY_URLS = { us: 'https://mixpanel.com/api/query', eu: 'https://eu.mixpanel.com/api/query', in: 'https://in.mixpanel.com/api/query' }

export interface EngagePage {
  readonly page: number
  readonly page_size: number
  readonly session_id: string
  readonly results: readonly { readonly $distinct_id: unknown; readonly $properties?: Readonly<Record<string, unknown>> }[]
}

export interface SavedCohort {
  readonly id: number
  readonly name?: string
  readonly description?: string
  readonly count?: number
  readonly created?: string
}

/** The two APIs that can be read, each within its own limits. */
export class MixpanelApi {
  readonly #options: MixpanelOptions
  readonly #deps: SyncDeps
  readonly #data: HttpClient
  readonly #query: HttpClient
  readonly #dataPace: HourlyPace
  readonly #queryPace: HourlyPace

  constructor(options: MixpanelOptions, deps: SyncDeps) {
    const { region, dataUrl = DATA_URLS[region], queryUrl = QUERY_URLS[region], username, secret, projectSecret = '', requestsPerHour } = options
    const authorization = `Basic ${Buffer.from(username === undefined ? `${projectSecret}:` : `${username}:${secret ?? ''}`).toString('base64')}`
    const client = (baseUrl: string): HttpClient =>
      new HttpClient({ tool: TOOL, baseUrl, headers: () => ({ authorization }), deps, maxConcurrent: 2, spacingMs: SPACING_MS, timeoutMs: TIMEOUT_MS, attempts: ATTEMPTS, patience: growingPatience(), secrets: [secret, projectSecret].filter((one) => one !== undefined) })
    this.#options = options
    this.#deps = deps
    this.#data = client(dataUrl)
    this.#query = client(queryUrl)
    this.#dataPace = new HourlyPace(requestsPerHour, deps)
    this.#queryPace = new HourlyPace(requestsPerHour, deps)
  }

  /**
   * Events of whole days, both ends included, as JSON lines in a file.
   *
   * @param limit events at most; null for all. @returns A status of 400 is an answer, too.
   */
  async export(fromDay: string, toDay: string, limit: number | null, signal: AbortSignal): Promise<Spooled> {
    await this.#dataPace.enter(signal)
    const { projectId, events } = this.#options
    const query = { from_date: fromDay, to_date: toDay, project_id: projectId, event: events === undefined ? null : JSON.stringify(events), limit, time_in_ms: true }
    return spool(this.#data, { path: 'export', query, headers: { accept: 'text/plain' }, accept: [400] }, { tool: TOOL, deps: this.#deps, attempts: DOWNLOADS, isWhole: endsWhole }, signal)
  }

  /** A page of profiles. @param session of the page before; null for the first page. @returns Null where the session is not known any more. */
  async engage(page: number, session: string | null, cohort: number | null, signal: AbortSignal): Promise<EngagePage | null> {
    await this.#queryPace.enter(signal)
    const form = new URLSearchParams()
    if (session !== null) {
      form.set('session_id', session)
      form.set('page', String(page))
    }
    if (cohort !== null) {
      form.set('filter_by_cohort', JSON.stringify({ id: cohort }))
      form.set('include_all_users', 'true')
    }
    const { status, body } = await this.#query.json<EngagePage>(this.#post('engage', form, session === null ? [] : [400]), signal)
    return status === 400 ? null : body
  }

  async cohorts(signal: AbortSignal): Promise<readonly SavedCohort[]> {
    await this.#queryPace.enter(signal)
    const { body } = await this.#query.json<unknown>(this.#post('cohorts/list', new URLSearchParams(), []), signal)
    return listIn('Mixpanel', 'cohorts/list', body, null) as readonly SavedCohort[]
  }

  #post(path: string, form: URLSearchParams, accept: readonly number[]) {
    return { method: 'POST', path, query: { project_id: this.#options.projectId }, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString(), accept } as const
  }
}
