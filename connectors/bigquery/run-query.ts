import type { BigQuery, Job, Query } from '@google-cloud/bigquery'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ParamType, Statement } from '../contract.ts'
import type { RowSink } from '../sql-kit/row-sink.ts'
import { untilAborted, within } from '../../src/base/until-aborted.ts'
import { cellTypeOf, decimalText, instantText, type Field } from './cell-type.ts'
import { ask } from './client.ts'
import type { BigqueryOptions } from './options.ts'

const ROWS_PER_PAGE = 50_000
/** How long BigQuery keeps a request for an answer that is not ready; it may answer sooner. */
const POLL_MS = 10_000
const CANCEL_MS = 2000

const PARAM_TYPES = { text: 'STRING', boolean: 'BOOL', integer: 'INT64', float: 'FLOAT64', decimal: 'NUMERIC', date: 'DATE', timestamp: 'DATETIME' } as const satisfies Record<ParamType, string>

interface Page {
  readonly jobComplete?: boolean
  readonly schema?: { readonly fields?: readonly Field[] }
  readonly rows?: readonly { readonly f: readonly { readonly v: string | null }[] }[]
  readonly pageToken?: string
  readonly totalBytesProcessed?: string
  readonly cacheHit?: boolean
}

/** What a statement read, by BigQuery's own account. */
export interface QueryCost {
  readonly bytesProcessed: number | null
  readonly fromCache: boolean
}

/** Where statements run and what they may cost. */
export interface QueryPlace {
  readonly client: BigQuery
  readonly source: string
  readonly options: BigqueryOptions
  /** Aborting cancels the job. */
  readonly signal: AbortSignal
}

/** Starts a job, follows it to its end, and hands its pages to the sink. */
export async function runQuery(place: QueryPlace, statement: Statement, sink: RowSink): Promise<QueryCost> {
  const { options, signal } = place
  if (options.estimateFirst) await checkEstimate(place, statement)
  const job = await startJob(place, jobOf(options, statement))
  let isDone = false
  try {
    for (let pageToken: string | undefined, isFirst = true; ; ) {
      const page = await readPage(place, job, pageToken)
      if (page.jobComplete !== true) continue
      isDone = true
      if (isFirst) sink.begin((page.schema?.fields ?? []).map((field) => typeOfAnswer(field, place.source)))
      isFirst = false
      readRows(page, page.schema?.fields ?? [], sink)
      if (page.pageToken === undefined || page.pageToken === '') return { bytesProcessed: page.totalBytesProcessed === undefined ? null : Number(page.totalBytesProcessed), fromCache: page.cacheHit === true }
      pageToken = page.pageToken
    }
  } finally {
    if (!isDone || signal.aborted) await cancel(job)
  }
}

/** Bytes that a statement would read; BigQuery checks it, and the right to run it, without running it. */
export async function estimateBytes({ client, options, signal }: QueryPlace, statement: Statement): Promise<number> {
  const [job] = await untilAborted(client.createQueryJob({ ...jobOf(options, statement), dryRun: true }), within(signal, options.connectTimeoutMs))
  const metadata = job.metadata as { readonly statistics?: { readonly totalBytesProcessed?: string } }
  return Number(metadata.statistics?.totalBytesProcessed ?? 0)
}

/** What is asked of BigQuery for a statement. */
function jobOf(options: BigqueryOptions, { text, params }: Statement): Query {
  const parts = options.dataset.split('.')
  const datasetId = parts.at(-1) ?? ''
  return {
    query: text,
    useLegacySql: false,
    parameterMode: 'NAMED',
    queryParameters: params.map(({ value, type }, index) => ({ name: `p${index + 1}`, parameterType: { type: PARAM_TYPES[type] }, parameterValue: value === null ? {} : { value: valueText(value, type) } })),
    defaultDataset: { projectId: parts.length > 1 ? parts.slice(0, -1).join('.') : options.projectId, datasetId },
    maximumBytesBilled: String(options.maximumBytesBilled),
    useQueryCache: options.useQueryCache,
    jobTimeoutMs: options.statementTimeoutMs,
    labels: { ...options.labels, application: 'kpiql' },
    ...(options.location === undefined ? {} : { location: options.location }),
  }
}

/** DATETIME has no zone: instants are written as the clock of UTC. */
function valueText(value: NonNullable<Statement['params'][number]['value']>, type: ParamType): string {
  return type === 'timestamp' ? String(value).replace(/Z$/, '') : String(value)
}

async function checkEstimate(place: QueryPlace, statement: Statement): Promise<void> {
  const bytes = await estimateBytes(place, statement)
  const { maximumBytesBilled } = place.options
  if (bytes > maximumBytesBilled) throw tooCostly(place.source, maximumBytesBilled, bytes)
}

/** The one message for statements beyond the ceiling, whoever found out. */
export function tooCostly(source: string, maximumBytesBilled: number, bytes: number | null): KpiqlError {
  return new KpiqlError('QUERY_TOO_COSTLY', {
    message: `${bytes === null ? 'A statement' : `A statement of ${bytes} bytes`} to source "${source}" would be billed for more than ${maximumBytesBilled} bytes.`,
    hint: 'Ask for a shorter period or fewer metrics, partition the table by its time, or raise `maximumBytesBilled` of the source.',
    data: { maximumBytesBilled, ...(bytes === null ? {} : { bytes }) },
  })
}

async function startJob({ client, signal, options }: QueryPlace, query: Query): Promise<Job> {
  const starting = client.createQueryJob(query)
  try {
    const [job] = await untilAborted(starting, within(signal, options.connectTimeoutMs))
    return job
  } catch (error) {
    // It may have been started all the same.
    starting.then(([late]) => cancel(late)).catch(() => undefined)
    throw error
  }
}

function readPage({ client, signal, options }: QueryPlace, job: Job, pageToken: string | undefined): Promise<Page> {
  const qs = { location: job.location, maxResults: ROWS_PER_PAGE, timeoutMs: POLL_MS, pageToken, 'formatOptions.useInt64Timestamp': true }
  return ask<Page>(client, { uri: `/queries/${job.id}`, qs }, within(signal, POLL_MS + options.connectTimeoutMs))
}

function typeOfAnswer(field: Field, source: string): NonNullable<ReturnType<typeof cellTypeOf>> {
  const type = cellTypeOf(field)
  if (type === null) throw new KpiqlError('SOURCE_FAILED', { message: `Source "${source}" answered with a column of type ${field.mode === 'REPEATED' ? 'ARRAY' : field.type}, which cannot be read.`, hint: 'Turn it into text, a number or a time in `expr` of the model.' })
  return type
}

function readRows(page: Page, fields: readonly Field[], sink: RowSink): void {
  const types = fields.map(cellTypeOf)
  for (const { f } of page.rows ?? []) {
    sink.row(f.map(({ v }, index) => (v === null ? null : types[index] === 'instant' ? instantText(v) : types[index] === 'decimal' ? decimalText(v) : v)))
  }
}

/** Asks BigQuery to stop the job, and does not wait for long. */
async function cancel(job: Job): Promise<void> {
  await untilAborted(job.cancel(), AbortSignal.timeout(CANCEL_MS)).catch(() => undefined)
}
