import { z } from 'zod'
import { stableHash } from '../../src/base/stable-hash.ts'
import { utcMsOf } from '../../src/base/time-zone.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import type { ReadRequest, Stream, SyncPage, SyncRecord } from '../sync-contract.ts'
import type { DataApi } from './data-api.ts'
import type { GoogleAnalyticsOptions } from './options.ts'
import type { ReportMetadata, ReportRow } from './report-answer.ts'
import { addDays, addPeriods, dayIn, dayOfValue, firstDayOf, periodsBetween } from './report-days.ts'
import { DIMENSION_OF_PERIOD, columnName, tableOf } from './reports.ts'
import type { Report } from './reports.ts'

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)

/** `newest`: the last day that a whole pass reached. `pass`: one under way, from `to` back to `from`; `next` is the last day still to read. */
const cursorShape = z.strictObject({ layout: z.string(), newest: day.nullable(), pass: z.strictObject({ from: day, to: day, next: day }).nullable() })
type Cursor = z.infer<typeof cursorShape>

/** A report as a stream: newest periods first, each request's periods replaced as a whole, so that a day is never half old and half new. */
export function reportStream(report: Report, api: DataApi, options: GoogleAnalyticsOptions): Stream {
  return { name: report.name, tables: [tableOf(report)], showsAll: false, read: (request) => read(report, api, options, request) }
}

async function* read(report: Report, api: DataApi, options: GoogleAnalyticsOptions, request: ReadRequest): AsyncGenerator<SyncPage> {
  const { property, restateDays } = options
  const layout = stableHash([property, report.period, report.dimensions, report.metrics, report.having ?? null])
  let cursor = resumed(request, layout)
  const facts = await api.facts(request.signal)
  if (facts.firstDay === null) return
  const today = dayIn(facts.zone, request.nowUtcMs)
  const since = request.sinceUtcMs === null ? facts.firstDay : dayIn(facts.zone, request.sinceUtcMs)
  const first = since > facts.firstDay ? since : facts.firstDay
  if (first > today) return
  if (cursor.pass !== null) {
    for await (const page of readPass(report, api, options, request, cursor, null, facts.zone)) {
      yield page
      cursor = page.cursor as Cursor
    }
  }
  const restated = cursor.newest === null ? first : addDays(cursor.newest, -restateDays)
  const from = restated < first ? first : restated
  yield* readPass(report, api, options, request, { ...cursor, pass: { from, to: today, next: today } }, request.nowUtcMs, facts.zone)
}

function resumed({ cursor }: ReadRequest, layout: string): Cursor {
  if (cursor === null) return { layout, newest: null, pass: null }
  const { success, data } = cursorShape.safeParse(cursor)
  if (!success || data.layout !== layout) throw new FullReadNeeded('The property, or what the report asks for, has changed.')
  return data
}

async function* readPass({ period, ...report }: Report, api: DataApi, { periodsPerRequest, property }: GoogleAnalyticsOptions, { signal }: ReadRequest, cursor: Cursor, completeUntilUtcMs: number | null, zone: string): AsyncGenerator<SyncPage> {
  if (cursor.pass === null) return
  const { from, to } = cursor.pass
  const { dimension, column } = DIMENSION_OF_PERIOD[period]
  const oldest = firstDayOf(period, from)
  const all = periodsBetween(period, from, to).length
  let left = periodsBetween(period, from, cursor.pass.next)
  while (left.length > 0) {
    const asked = left.slice(-periodsPerRequest)
    left = left.slice(0, -periodsPerRequest)
    const start = asked[0] ?? oldest
    // Whole weeks and months are asked, also where the pass begins within one: their users are those of all their days.
    const end = addDays(addPeriods(period, asked.at(-1) ?? oldest, 1), -1)
    const ask = { dimensions: [dimension, ...report.dimensions], metrics: Object.keys(report.metrics), having: report.having, from: start, to: end < to ? end : to }
    const { rows, metadata } = await api.report(ask, signal)
    const about = { property_id: property, ...flagsOf(metadata) }
    const records = rows.map((row): SyncRecord => ({ ...recordOf({ period, ...report }, row), ...about }))
    const isLast = left.length === 0
    yield {
      writes: [{ kind: 'replace', table: report.name, where: { column, values: asked }, records }],
      cursor: isLast ? { ...cursor, newest: to, pass: null } : { ...cursor, pass: { from, to, next: addDays(start, -1) } },
      done: (all - left.length) / all,
      completeUntilUtcMs: isLast ? completeUntilUtcMs : null,
      backfilled: cursor.newest === null && completeUntilUtcMs !== null ? { fromUtcMs: utcMsOf(zone, Date.parse(start)), untilUtcMs: completeUntilUtcMs } : null,
    }
  }
}

function recordOf({ period, dimensions, metrics }: Report, { dimensionValues = [], metricValues = [] }: ReportRow): SyncRecord {
  const value = dimensionValues[0]?.value ?? ''
  return {
    [DIMENSION_OF_PERIOD[period].column]: dayOfValue(period, value) ?? value,
    ...Object.fromEntries(dimensions.map((dimension, index) => [columnName(dimension), dimensionValues[index + 1]?.value ?? ''])),
    ...Object.fromEntries(Object.entries(metrics).map(([metric, kind], index) => [columnName(metric), amountOf(metricValues[index]?.value, kind === 'decimal')])),
  }
}

/** Fractions come as texts of doubles, with digits that are none; six decimals keep what there is. */
function amountOf(text: string | undefined, isFraction: boolean): string | null {
  if (text === undefined || text === '') return null
  const value = Number(text)
  return isFraction && Number.isFinite(value) ? value.toFixed(6) : text
}

function flagsOf({ timeZone, currencyCode, samplingMetadatas = [], subjectToThresholding = false, dataLossFromOtherRow = false }: ReportMetadata): SyncRecord {
  const [sampling] = samplingMetadatas
  return {
    time_zone: timeZone ?? null,
    currency_code: currencyCode ?? null,
    is_sampled: sampling !== undefined,
    samples_read: sampling?.samplesReadCount ?? null,
    sampling_space: sampling?.samplingSpaceSize ?? null,
    is_thresholded: subjectToThresholding,
    has_other_row: dataLossFromOtherRow,
  }
}
