import { readFile } from 'node:fs/promises'
import { KpiqlError } from '../../src/base/errors.ts'
import { HttpClient } from '../http-kit/http-client.ts'
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

export type Export = { readonly kind: 'archive'; readonly archive: Spooled } | { readonly kind: 'nothing' } | { readonly kind: 'too large' }

export class AmplitudeApi {
  readonly #client: HttpClient
  readonly #deps: SyncDeps
  readonly #path: string

  constructor({ region, baseUrl = BASE_URLS[region], apiKey, secretKey, apiVersion }: AmplitudeOptions, deps: SyncDeps) {
    const authorization = `Basic ${Buffer.from(`${apiKey}:${secretKey}`).toString('base64')}`
    this.#client = new HttpClient({ tool: TOOL, baseUrl, headers: () => ({ authorization }), deps, maxConcurrent: 2, spacingMs: 0, timeoutMs: TIMEOUT_MS, attempts: ATTEMPTS, secrets: [apiKey, secretKey] })
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
}

/** `YYYYMMDDTHH`, in UTC. */
function hourText(utcMs: number): string {
  return new Date(utcMs).toISOString().slice(0, 13).replaceAll('-', '')
}
