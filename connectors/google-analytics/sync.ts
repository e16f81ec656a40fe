import { KpiqlError } from '../../src/base/errors.ts'
import type { Verdict } from '../contract.ts'
import { secretsOf } from '../sql-kit/options.ts'
import { defineSyncConnector } from '../sync-contract.ts'
import { z } from 'zod'
import { DataApi, MOST_AT_ONCE } from './data-api.ts'
import { googleAnalyticsOptions, googleAnalyticsShape } from './options.ts'
import type { GoogleAnalyticsOptions, WrittenReport } from './options.ts'
import { reportStream } from './report-stream.ts'
import { DEFAULT_REPORTS } from './reports.ts'
import type { Report } from './reports.ts'

const TEST_MS = 30_000

export default defineSyncConnector<GoogleAnalyticsOptions>({
  name: 'google-analytics',
  kind: 'sync',
  options: googleAnalyticsOptions,
  paths: ['keyFile'],
  secrets: secretsOf(z.object(googleAnalyticsShape)),
  open(name, options, deps) {
    const api = new DataApi(options, deps)
    const own = options.defaultReports.map((report): Report => ({ name: report, ...DEFAULT_REPORTS[report] }))
    return {
      name,
      maxConcurrent: MOST_AT_ONCE,
      test: () => verdictOf(api, options),
      streams: async (signal) => [...own, ...(options.reports.length === 0 ? [] : await typed(api, options.reports, signal))].map((report) => reportStream(report, api, options)),
      close: () => Promise.resolve(),
    }
  },
})

async function verdictOf(api: DataApi, { property }: GoogleAnalyticsOptions): Promise<Verdict> {
  try {
    const { zone, firstDay } = await api.facts(AbortSignal.timeout(TEST_MS))
    return { ok: true, message: firstDay === null ? `Property ${property} answers, and has no session yet.` : `Property ${property} answers; its data begins on ${firstDay}, its days are those of ${zone}.` }
  } catch (error) {
    if (!(error instanceof KpiqlError)) throw error
    const { message, hint, data } = error
    if (data?.['status'] !== 403) return { ok: false, message: [message, hint].join(' ').trim() }
    return { ok: false, message: `The account may not read property ${property} (403). Add its e-mail address to the property as a Viewer, under Admin, Property access management, and enable the Google Analytics Data API in its project.` }
  }
}

/** Reports that the configuration writes, with the types that the property gives its metrics. */
async function typed(api: DataApi, reports: readonly WrittenReport[], signal: AbortSignal): Promise<readonly Report[]> {
  const known = await api.metadata(signal)
  return reports.map(({ name, period, dimensions, metrics }) => {
    const unknown = [...dimensions.filter((dimension) => !known.dimensions.includes(dimension)), ...metrics.filter((metric) => !known.metrics.has(metric))]
    if (unknown.length > 0) {
      throw new KpiqlError('CONFIG_INVALID', { message: `The report "${name}" asks for what the property does not have: ${unknown.join(', ')}.`, hint: 'Names are those of https://ga-dev-tools.google/ga4/dimensions-metrics-explorer/, custom ones like customEvent:plan.' })
    }
    const kinds = metrics.map((metric) => [metric, known.metrics.get(metric) === 'TYPE_INTEGER' ? 'integer' : 'decimal'] as const)
    return { name, description: `Report by ${[period, ...dimensions].join(', ')}.`, period, dimensions, metrics: Object.fromEntries(kinds) }
  })
}
