import { KpiqlError } from '../../src/base/errors.ts'
import { HttpClient } from '../http-kit/http-client.ts'
import { listIn } from '../http-kit/list-in.ts'
import type { SyncDeps } from '../sync-contract.ts'
import type { GoogleAnalyticsOptions } from './options.ts'
import { quotaPatience } from './quota.ts'
import type { ReportAnswer, ReportAsk, ReportRow, WholeReport } from './report-answer.ts'
import { ServiceAccount } from './service-account.ts'

/** What a standard property may ask at once is 10; others of the company ask, too. */
export const MOST_AT_ONCE = 4
const ATTEMPTS = 6
/** Tokens of the hour come back within one. */
const MOST_PATIENCE_MS = 2 * 3_600_000
const READINGS = 3
/** The earliest day that the API takes. */
const EARLIEST = '2015-08-14'

/** What is known of a property before its reports are read. */
export interface PropertyFacts {
  readonly zone: string
  /** `YYYY-MM-DD`; null without any session. */
  readonly firstDay: string | null
}

/** The Analytics Data API of one property. */
export class DataApi {
  readonly #http: HttpClient
  readonly #options: GoogleAnalyticsOptions

  constructor(options: GoogleAnalyticsOptions, deps: SyncDeps) {
    const { baseUrl, timeoutMs, keyFile, accessToken = '' } = options
    const account = keyFile === undefined ? null : new ServiceAccount(keyFile, deps, timeoutMs)
    const headers = async (isAfterRefusal: boolean, signal: AbortSignal): Promise<Record<string, string>> => ({ authorization: `Bearer ${account === null ? accessToken : await account.token(isAfterRefusal, signal)}` })
    this.#options = options
    this.#http = new HttpClient({ tool: 'Google Analytics', baseUrl, headers, deps, maxConcurrent: MOST_AT_ONCE, spacingMs: 0, timeoutMs, attempts: ATTEMPTS, patience: quotaPatience, maxPatienceMs: MOST_PATIENCE_MS })
  }

  async facts(signal: AbortSignal): Promise<PropertyFacts> {
    const { rows = [], metadata = {} } = await this.#page({ dimensions: ['date'], metrics: ['sessions'], from: EARLIEST, to: 'today' }, 0, 1, signal)
    const first = rows[0]?.dimensionValues?.[0]?.value
    return { zone: metadata.timeZone ?? 'UTC', firstDay: first === undefined ? null : `${first.slice(0, 4)}-${first.slice(4, 6)}-${first.slice(6)}` }
  }

  /** Types of metrics by name, and names of dimensions: https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/getMetadata */
  async metadata(signal: AbortSignal): Promise<{ readonly dimensions: readonly string[]; readonly metrics: ReadonlyMap<string, string> }> {
    type Named = { readonly apiName: string; readonly type?: string }
    const { body } = await this.#http.json<{ dimensions?: readonly Named[]; metrics?: readonly Named[] }>({ path: this.#path('/metadata') }, signal)
    return { dimensions: (body.dimensions ?? []).map(({ apiName }) => apiName), metrics: new Map((body.metrics ?? []).map(({ apiName, type = 'TYPE_FLOAT' }) => [apiName, type])) }
  }

  /**
   * All rows of a report. Rows are counted: where pages overlap or leave something out, because the report moved or a page came twice,
   * it is read again.
   *
   * @throws KpiqlError `SOURCE_UNAVAILABLE` where it does not hold still.
   */
  async report(ask: ReportAsk, signal: AbortSignal): Promise<WholeReport> {
    for (let reading = 1; reading <= READINGS; reading++) {
      const whole = await this.#read(ask, signal)
      if (whole !== null) return whole
    }
    throw new KpiqlError('SOURCE_UNAVAILABLE', { message: `Pages of a report by ${ask.dimensions.join(', ')} do not fit together, though it was read ${READINGS} times.`, hint: 'Try again later, or raise rowsPerPage so that a report fits into one page.' })
  }

  async #read(ask: ReportAsk, signal: AbortSignal): Promise<WholeReport | null> {
    const { rowsPerPage } = this.#options
    const found = new Map<string, ReportRow>()
    for (let offset = 0; ; offset += rowsPerPage) {
      const { rows = [], rowCount = 0, metadata = {} } = await this.#page(ask, offset, rowsPerPage, signal)
      for (const row of rows) found.set(JSON.stringify((row.dimensionValues ?? []).map(({ value }) => value)), row)
      if (offset + rowsPerPage < rowCount && rows.length > 0) continue
      return found.size === rowCount ? { rows: [...found.values()], metadata } : null
    }
  }

  async #page({ dimensions, metrics, having, from, to }: ReportAsk, offset: number, limit: number, signal: AbortSignal): Promise<ReportAnswer> {
    const { body } = await this.#http.json<ReportAnswer>(
      {
        method: 'POST',
        path: this.#path(':runReport'),
        json: {
          dimensions: dimensions.map((name) => ({ name })),
          metrics: metrics.map((name) => ({ name })),
          dateRanges: [{ startDate: from, endDate: to }],
          ...(having === undefined ? {} : { metricFilter: { filter: { fieldName: having, numericFilter: { operation: 'GREATER_THAN', value: { doubleValue: 0 } } } } }),
          orderBys: dimensions.map((dimensionName) => ({ dimension: { dimensionName } })),
          offset: String(offset),
          limit: String(limit),
        },
      },
      signal,
    )
    // A report without rows leaves them out, but names its columns.
    listIn('Google Analytics', 'runReport', body, 'metricHeaders')
    return body
  }

  #path(what: string): string {
    return `${this.#options.apiVersion}/properties/${this.#options.property}${what}`
  }
}
