import { readFile } from 'node:fs/promises'
import { KpiqlError } from '../../src/base/errors.ts'
import { HttpClient } from '../http-kit/http-client.ts'
import { listIn } from '../http-kit/list-in.ts'
import { spool } from '../http-kit/spool.ts'
import type { Spooled } from '../http-kit/spool.ts'
import type { SyncDeps } from '../sync-contract.ts'
import type { AmplitudeOptions } from './options.ts'
import { isWholeZip } from './zip-lines.ts'

const TOOL = 'Amplitude'
export const HOUR_MS = 3_600_000
const TIMEOUT_MS = 300_000
const ATTEMPTS = 6
const DOWNLOADS = 5

const BASE_URLS = { us: 'https://amplitude.com', eu: 'https://analytics.eu.amplitude.com' }

/** 60 cohorts may be asked for in 10 minutes (https://amplitude.com/docs/apis/analytics/behavioral-cohorts). */
const COHORT_SPACING_MS = 10_000
const POLL_MS = 5_000
const LONGEST_JOB_MS = 3_600_000

export interface SavedCohort {
  readonly id: string
  readonly name?: string
  readonly description?: string
  readonly size?: number
  readonly lastComputed?: unknown
  readonly archived?: boolean
}

export type Export = { readonly kind: 'archive'; readonly archive: Spooled } | { readonly kind: 'nothing' } | { readonly kind: 'too large' }

export class AmplitudeApi {
  readonly #client: HttpClient
  /** For the beginnings of downloads of cohorts, which are rarer. */
  readonly #cohortClient: HttpClient
  readonly #deps: SyncDeps
  readonly #path: string

  constructor({ region, baseUrl = BASE_URLS[region], apiKey, secretKey, apiVersion }: AmplitudeOptions, deps: SyncDeps) {
    const authorization = `Basic ${Buffer.from(`${apiKey}:${secretKey}`).toString('base64')}`
    const settings = { tool: TOOL, baseUrl, headers: () => ({ authorization }), deps, timeoutMs: TIMEOUT_MS, attempts: ATTEMPTS, secrets: [apiKey, secretKey] }
    this.#client = new HttpClient({ ...settings, maxConcurrent: 2, spacingMs: 0 })
    this.#cohortClient = new HttpClient({ ...settings, maxConcurrent: 1, spacingMs: COHORT_SPACING_MS })
    this.#deps = deps
    this.#path = `api/${apiVersion}/export`
  }

  /**
   * Events that were taken in from the hour of one instant to before another, both at whole hours of UTC.
   *
   * @returns `nothing` for hours without any, which Amplitude answers with 404; `too large` beyond 4 GB (400), or where making the archive takes it too long (504).
   * @throws KpiqlError `SOURCE_FAILED` where one hour is too large.
   */
  async export(fromUtcMs: number, toUtcMs: number, signal: AbortSignal): Promise<Export> {
    const isOneHour = toUtcMs - fromUtcMs <= HOUR_MS
    const query = { start: hourText(fromUtcMs), end: hourText(toUtcMs - 1) }
    const archive = await spool(this.#client, { path: this.#path, query, headers: { accept: 'application/zip, */*' }, accept: isOneHour ? [400, 404] : [400, 404, 504] }, { tool: TOOL, deps: this.#deps, attempts: DOWNLOADS, isWhole: isWholeZip }, signal)
    if (archive.status === 200) return { kind: 'archive', archive }
    const said = (await readFile(archive.path, 'utf8')).trim().slice(0, 300)
    await archive.dispose()
    if (archive.status === 404) return { kind: 'nothing' }
    if (!isOneHour) return { kind: 'too large' }
    throw new KpiqlError('SOURCE_FAILED', { message: `Amplitude refused to export the hour ${query.start} UTC (400)${said === '' ? '' : `: ${said}`}`, hint: 'An hour of more than 4 GB cannot be exported this way: Amplitude offers an export to Amazon S3 for it.' })
  }

  async cohorts(signal: AbortSignal): Promise<readonly SavedCohort[]> {
    const { body } = await this.#client.json<unknown>({ path: 'api/3/cohorts' }, signal)
    return listIn('Amplitude', 'api/3/cohorts', body, 'cohorts') as readonly SavedCohort[]
  }

  /** Members as CSV of `amplitude_id` and `user_id`: a job that is begun, waited for, and its file fetched, which may lie elsewhere. */
  async cohortFile(cohort: string, signal: AbortSignal): Promise<Spooled> {
    const { body: job } = await this.#cohortClient.json<{ readonly request_id: string }>({ path: `api/5/cohorts/request/${encodeURIComponent(cohort)}`, query: { props: 0 } }, signal)
    const id = encodeURIComponent(job.request_id)
    const untilUtcMs = this.#deps.now() + LONGEST_JOB_MS
    for (;;) {
      const { status, body } = await this.#client.json<{ readonly async_status?: string }>({ path: `api/5/cohorts/request-status/${id}` }, signal)
      if (status === 200 && body.async_status !== 'JOB INPROGRESS') break
      if (this.#deps.now() > untilUtcMs) throw new KpiqlError('SOURCE_TIMEOUT', { message: 'Amplitude did not finish a download of a cohort within an hour.' })
      await this.#deps.wait(POLL_MS, signal)
    }
    return spool(this.#client, { path: `api/5/cohorts/request/${id}/file`, headers: { accept: '*/*' } }, { tool: TOOL, deps: this.#deps, attempts: DOWNLOADS }, signal)
  }
}

/** `YYYYMMDDTHH`, in UTC. */
function hourText(utcMs: number): string {
  return new Date(utcMs).toISOString().slice(0, 13).replaceAll('-', '')
}
