import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openWarehouse, type Warehouse, type WarehouseAnswer } from './warehouse.ts'

/**
 * Plays the part of BigQuery's REST interface (v2) that the connector asks for: datasets, tables, jobs, pages of answers, errors in its
 * form. Statements go to DuckDB with other quotes and parameters, so this proves the talk with the service and nothing of its SQL.
 */
export interface BigqueryServer {
  readonly url: string
  readonly warehouse: Warehouse
  /** `GET /projects/…` and the like, in order. */
  readonly requests: string[]
  /** Configurations of the jobs asked for. */
  readonly jobs: JobConfiguration[]
  readonly cancelled: string[]
  readonly tables: Map<string, ServedTable>
  /** Rows of one page at most. */
  rowsPerPage: number
  /** What any statement would read, in bytes. */
  bytes: number
  stop(): Promise<void>
}

export interface ServedTable {
  readonly type: string
  readonly fields: readonly { readonly name: string; readonly type: string; readonly mode: string }[]
  lastModifiedTime: number
  numRows: number
  readonly isSecret?: boolean
  readonly streamingBuffer?: object
}

export interface JobConfiguration {
  readonly dryRun?: boolean
  readonly labels?: Readonly<Record<string, string>>
  readonly jobTimeoutMs?: string
  readonly query: {
    readonly query: string
    readonly useLegacySql: boolean
    readonly maximumBytesBilled?: string
    readonly parameterMode?: string
    readonly queryParameters?: readonly { readonly name: string; readonly parameterType: { readonly type: string }; readonly parameterValue: { readonly value?: string } }[]
  }
}

interface Job {
  readonly id: string
  readonly done: Promise<WarehouseAnswer | ApiError>
  finish(answer: WarehouseAnswer | ApiError): void
}

class ApiError {
  readonly code: number
  readonly reason: string
  readonly message: string
  constructor(code: number, reason: string, message: string) {
    this.code = code
    this.reason = reason
    this.message = message
  }
}

export const PROJECT = 'acme-analytics'
export const DATASET = 'sales'
export const TOKEN = 'ya29.right-token-of-the-test'
/** A statement that the server never ends by itself. */
export const ENDLESS = 'SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 1000000)) AS a, UNNEST(GENERATE_ARRAY(1, 1000000)) AS b'

const DUCK_TYPES: Readonly<Record<string, string>> = { STRING: 'VARCHAR', BOOL: 'BOOLEAN', INT64: 'BIGINT', FLOAT64: 'DOUBLE', NUMERIC: 'DECIMAL(38, 9)', DATE: 'DATE', DATETIME: 'TIMESTAMP' }

export async function startBigquery(): Promise<BigqueryServer> {
  const warehouse = await openWarehouse()
  const jobs = new Map<string, Job>()
  const served: Omit<BigqueryServer, 'url' | 'stop'> & { url: string; stop(): Promise<void> } = {
    url: '',
    warehouse,
    requests: [],
    jobs: [],
    cancelled: [],
    tables: new Map(),
    rowsPerPage: 2,
    bytes: 10_485_760,
    stop: () => Promise.resolve(),
  }

  const server: Server = createServer((request, response) => {
    handle(request).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const { code, reason, message } = error instanceof ApiError ? error : new ApiError(500, 'internalError', String(error))
        send(response, code, { error: { code, message, errors: [{ message, domain: 'global', reason }], status: reason } })
      },
    )
  })

  async function handle(request: IncomingMessage): Promise<object> {
    const body = await read(request)
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const path = url.pathname.replace('/bigquery/v2/projects/', '').split('/')
    served.requests.push(`${request.method} ${url.pathname}`)
    if (request.headers.authorization !== `Bearer ${TOKEN}`) throw new ApiError(401, 'authError', 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.')
    const [project = '', kind = '', name = '', part = '', table = ''] = path
    if (project !== PROJECT) throw new ApiError(404, 'notFound', `Not found: Project ${project}`)
    if (kind === 'datasets') return dataset(name, part, table, url.searchParams)
    if (kind === 'jobs' && part === 'cancel') return cancelJob(name)
    if (kind === 'jobs' && request.method === 'POST') return insertJob(JSON.parse(body) as { jobReference: { jobId: string }; configuration: JobConfiguration })
    if (kind === 'queries') return results(name, url.searchParams)
    throw new ApiError(404, 'notFound', `Not found: ${url.pathname}`)
  }

  function dataset(name: string, part: string, table: string, query: URLSearchParams): object {
    if (name !== DATASET) throw new ApiError(404, 'notFound', `Not found: Dataset ${PROJECT}:${name}`)
    if (part === '') return { kind: 'bigquery#dataset', location: 'EU', datasetReference: { projectId: PROJECT, datasetId: DATASET } }
    const reference = (tableId: string): object => ({ projectId: PROJECT, datasetId: DATASET, tableId })
    if (table === '') {
      // One table a page, to have pages.
      const all = [...served.tables.keys()]
      const at = Number(query.get('pageToken') ?? 0)
      const shown = all.slice(at, at + 1)
      return { kind: 'bigquery#tableList', totalItems: all.length, ...(shown.length > 0 ? { tables: shown.map((tableId) => ({ tableReference: reference(tableId), type: served.tables.get(tableId)?.type })) } : {}), ...(at + 1 < all.length ? { nextPageToken: String(at + 1) } : {}) }
    }
    const found = served.tables.get(table)
    if (found === undefined) throw new ApiError(404, 'notFound', `Not found: Table ${PROJECT}:${DATASET}.${table}`)
    const { type, fields, lastModifiedTime, numRows, streamingBuffer } = found
    return { kind: 'bigquery#table', tableReference: reference(table), type, schema: { fields }, ...(type === 'TABLE' ? { numRows: String(numRows), lastModifiedTime: String(lastModifiedTime) } : {}), ...(streamingBuffer === undefined ? {} : { streamingBuffer }) }
  }

  function insertJob({ jobReference, configuration }: { jobReference: { jobId: string }; configuration: JobConfiguration }): object {
    served.jobs.push(configuration)
    const { query } = configuration
    const limit = Number(query.maximumBytesBilled ?? Number.MAX_SAFE_INTEGER)
    const told = { kind: 'bigquery#job', jobReference: { ...jobReference, projectId: PROJECT, location: 'EU' }, configuration, statistics: { totalBytesProcessed: String(served.bytes) } }
    const missing = [...query.query.matchAll(/FROM `([^`]+)`/g)].map(([, name = '']) => name).find((name) => !served.tables.has(name))
    if (missing !== undefined) throw new ApiError(404, 'notFound', `Not found: Table ${PROJECT}:${DATASET}.${missing} was not found in location EU`)
    const hidden = [...served.tables].find(([name, { isSecret }]) => isSecret === true && query.query.includes(`\`${name}\``))
    if (hidden !== undefined) throw new ApiError(403, 'accessDenied', `Access Denied: Table ${PROJECT}:${DATASET}.${hidden[0]}: User does not have permission to query table ${PROJECT}:${DATASET}.${hidden[0]}, or perhaps it does not exist.`)
    if (configuration.dryRun === true) return { ...told, status: { state: 'DONE' } }
    let finish: Job['finish'] = () => undefined
    const done = new Promise<WarehouseAnswer | ApiError>((resolve) => {
      finish = resolve
    })
    jobs.set(jobReference.jobId, { id: jobReference.jobId, done, finish })
    if (served.bytes > limit) finish(new ApiError(400, 'bytesBilledLimitExceeded', `Query exceeded limit for bytes billed: ${limit}. ${served.bytes} or higher required.`))
    else if (!query.query.includes('GENERATE_ARRAY')) void run(query).then(finish, (error: unknown) => finish(new ApiError(400, 'invalidQuery', String(error))))
    return { ...told, status: { state: 'RUNNING' } }
  }

  function run({ query, queryParameters = [], useLegacySql }: JobConfiguration['query']): Promise<WarehouseAnswer> {
    if (useLegacySql) throw new ApiError(400, 'invalidQuery', 'Legacy SQL')
    const types = new Map(queryParameters.map(({ name, parameterType }) => [name, parameterType.type]))
    const sql = query.replaceAll('`', '"').replaceAll(/@p(\d+)/g, (_, index: string) => `CAST($${index} AS ${DUCK_TYPES[types.get(`p${index}`) ?? ''] ?? 'NULL'})`)
    return warehouse.ask(sql, queryParameters.map(({ parameterValue }) => parameterValue.value ?? null))
  }

  function cancelJob(id: string): object {
    served.cancelled.push(id)
    jobs.get(id)?.finish(new ApiError(499, 'stopped', 'Job execution was cancelled: User requested cancellation'))
    return { kind: 'bigquery#jobCancelResponse' }
  }

  async function results(id: string, query: URLSearchParams): Promise<object> {
    const job = jobs.get(id)
    if (job === undefined) throw new ApiError(404, 'notFound', `Not found: Job ${PROJECT}:EU.${id}`)
    let clock: NodeJS.Timeout | undefined
    const patience = new Promise<null>((resolve) => {
      // Shorter than what is asked for, which the service may do at any time.
      clock = setTimeout(() => resolve(null), Math.min(Number(query.get('timeoutMs') ?? 10_000), 300))
    })
    const answer = await Promise.race([job.done, patience])
    clearTimeout(clock)
    const jobReference = { projectId: PROJECT, jobId: id, location: 'EU' }
    if (answer === null) return { kind: 'bigquery#getQueryResultsResponse', jobComplete: false, jobReference }
    if (answer instanceof ApiError) throw answer
    const at = Number(query.get('pageToken') ?? 0)
    const until = at + Math.min(served.rowsPerPage, Number(query.get('maxResults') ?? 100_000))
    const isInt64 = query.get('formatOptions.useInt64Timestamp') === 'true'
    const fields = answer.names.map((name, index) => ({ name, type: fieldType(answer.types[index] ?? ''), mode: 'NULLABLE' }))
    const rows = answer.rows.slice(at, until).map((row) => ({ f: row.map((cell, index) => ({ v: cell === null ? null : wireText(cell, fields[index]?.type ?? '', isInt64) })) }))
    return { kind: 'bigquery#getQueryResultsResponse', jobComplete: true, jobReference, schema: { fields }, totalRows: String(answer.rows.length), totalBytesProcessed: String(served.bytes), cacheHit: false, ...(rows.length > 0 ? { rows } : {}), ...(until < answer.rows.length ? { pageToken: String(until) } : {}) }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  served.stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    warehouse.close()
  }
  return served
}

function fieldType(duck: string): string {
  if (/^(HUGEINT|U?BIGINT|U?INTEGER|U?SMALLINT|U?TINYINT)$/.test(duck)) return 'INTEGER'
  if (duck.startsWith('DECIMAL')) return 'NUMERIC'
  return { DOUBLE: 'FLOAT', VARCHAR: 'STRING', BOOLEAN: 'BOOLEAN', DATE: 'DATE', TIMESTAMP: 'DATETIME', 'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP' }[duck] ?? 'GEOGRAPHY'
}

/** Cells as the interface writes them: `1.0E300`, `2024-02-29T01:00:00.500000`, microseconds of instants. */
function wireText(cell: string, type: string, isInt64: boolean): string {
  if (type === 'FLOAT') return cell.replace(/e\+?(-?\d+)$/, 'E$1')
  if (type === 'DATETIME') return cell.replace(' ', 'T')
  if (type !== 'TIMESTAMP') return cell
  const [, second = '', fraction = ''] = /^(.{19})(?:\.(\d+))?/.exec(cell) ?? []
  const micros = BigInt(Date.parse(`${second.replace(' ', 'T')}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'))
  return isInt64 ? micros.toString() : String(Number(micros) / 1e6)
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' })
  response.end(JSON.stringify(body))
}
