import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { freePort } from '../../test/servers/test-server.ts'
import { DATASET, ENDLESS, PROJECT, startBigquery, TOKEN, type BigqueryServer, type ServedTable } from '../../test/servers/bigquery.ts'
import { loadConformance } from '../../test/servers/warehouse.ts'
import { honoursTheContract, type ConformanceRow } from '../conformance.ts'
import type { ColumnKind, QuerySource } from '../contract.ts'
import bigquery from './index.ts'

const servers: BigqueryServer[] = []
const sources: QuerySource[] = []
const deps = { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' }

const FIELDS = Object.entries({ id: 'INTEGER', amount: 'NUMERIC', ratio: 'FLOAT', label: 'STRING', active: 'BOOLEAN', day: 'DATE', happened_at: 'DATETIME' }).map(([name, type]) => ({ name, type, mode: 'NULLABLE' }))
/** Columns of types that cannot be read are left out. */
const UNREADABLE = [{ name: 'tags', type: 'STRING', mode: 'REPEATED' }, { name: 'place', type: 'GEOGRAPHY', mode: 'NULLABLE' }, { name: 'details', type: 'RECORD', mode: 'NULLABLE' }]

afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()))
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

async function serve(rows: readonly ConformanceRow[] = []): Promise<{ readonly server: BigqueryServer; load(rows: readonly ConformanceRow[]): Promise<void> }> {
  const server = await startBigquery()
  servers.push(server)
  let modified = 1_700_000_000_000
  const load = async (next: readonly ConformanceRow[]): Promise<void> => {
    await loadConformance(server.warehouse, next)
    server.tables.set('conformance', { type: 'TABLE', fields: [...FIELDS, ...UNREADABLE], lastModifiedTime: modified++, numRows: next.length })
  }
  await load(rows)
  return { server, load }
}

function open(apiEndpoint: string, more: Readonly<Record<string, unknown>> = {}, tables?: readonly string[]): QuerySource {
  const source = bigquery.open('warehouse', bigquery.options.parse({ projectId: PROJECT, dataset: DATASET, accessToken: TOKEN, apiEndpoint, ttlSeconds: 0, ...more }), { ...deps, tables })
  sources.push(source)
  return source
}

const ask = (source: QuerySource, text: string, columns: readonly ColumnKind[], signal?: AbortSignal) => source.query({ text, params: [], columns }, { signal })

async function failure(work: Promise<unknown>): Promise<KpiqlError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(KpiqlError)
  return error as KpiqlError
}

honoursTheContract('BigQuery, as a local server plays it', {
  endlessSql: `(${ENDLESS})`,
  changes: true,
  async make(rows) {
    const { server, load } = await serve(rows)
    return { source: open(server.url), wasTouched: async () => server.requests.length > 0, load }
  },
  async makeBroken() {
    const { server } = await serve()
    return { source: open(server.url, { accessToken: 'ya29.wrong-secret-token' }), secrets: ['ya29.wrong-secret-token', PROJECT, server.url.slice('http://'.length)] }
  },
})

describe('connecting to BigQuery', () => {
  const told = async (source: QuerySource): Promise<string> => {
    const { ok, message } = await source.test()
    expect(message).not.toMatch(/127\.0\.0\.1|ya29|acme|PRIVATE/)
    return `${ok ? 'yes' : 'no'}: ${message}`
  }

  it('says what answers', async () => {
    const { server } = await serve()
    expect(await told(open(server.url))).toBe('yes: BigQuery in EU answers; 1 table can be read.')
  })

  it('says that credentials are refused', async () => {
    const { server } = await serve()
    expect(await told(open(server.url, { accessToken: 'ya29.wrong' }))).toMatch(/^no: BigQuery refuses the credentials of source "warehouse"\. Check `keyFilename`/)
  })

  it('says that a key is none', async () => {
    const { server } = await serve()
    const credentials = JSON.stringify({ client_email: 'someone@acme.example', private_key: '-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----\n' })
    expect(await told(open(server.url, { accessToken: undefined, credentials }))).toMatch(/^no: BigQuery refuses the credentials/)
  })

  it('says that a key file is not there', async () => {
    const { server } = await serve()
    expect(await told(open(server.url, { accessToken: undefined, keyFilename: '/nowhere/acme-key.json' }))).toMatch(/^no: The key file of source "warehouse" cannot be read\./)
  })

  it('says that there is no such host', async () => {
    expect(await told(open('http://no-such-host.invalid', { connectTimeoutMs: 5000 }))).toMatch(/^no: (The host of source "warehouse" is not known\.|BigQuery did not answer)/)
  })

  it('says that nothing answers', async () => {
    expect(await told(open(`http://127.0.0.1:${await freePort()}`))).toMatch(/^no: Nothing answers at the address of source "warehouse"\./)
  })

  it('says that TLS is refused', async () => {
    const { server } = await serve()
    expect(await told(open(server.url.replace('http:', 'https:')))).toMatch(/^no: The address of source "warehouse" does not speak TLS\./)
  })

  it('gives up on a server that takes the connection and says nothing', async () => {
    const mute = createServer()
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const { port } = mute.address() as { port: number }
    expect(await told(open(`http://127.0.0.1:${port}`, { connectTimeoutMs: 300 }))).toMatch(/^no: BigQuery did not answer source "warehouse"\./)
    mute.close()
  })

  it('says that there is no such dataset, and no such project', async () => {
    const { server } = await serve()
    expect(await told(open(server.url, { dataset: 'sails' }))).toMatch(/^no: BigQuery has no such dataset for source "warehouse"\./)
    expect(await told(open(server.url, { projectId: 'acme-nowhere' }))).toMatch(/^no: BigQuery has no such project for source "warehouse"\./)
  })

  it('says which table may not be read', async () => {
    const { server } = await serve()
    server.tables.set('salaries', { type: 'TABLE', fields: FIELDS, lastModifiedTime: 1, numRows: 1, isSecret: true })
    const error = await failure(ask(open(server.url), 'SELECT `s`.`id` FROM `salaries` AS `s`', ['integer']))
    expect([error.code, error.message]).toEqual(['SOURCE_FAILED', 'The account of source "warehouse" may not read table "salaries".'])
    expect(error.hint).toMatch(/Data Viewer/)
  })

  it('fails where a table that the model reads may not be read or is not there, and where none can be', async () => {
    const { server } = await serve()
    expect(await told(open(server.url, {}, ['conformance']))).toBe('yes: BigQuery in EU answers; 1 table can be read.')
    server.tables.set('salaries', { type: 'TABLE', fields: FIELDS, lastModifiedTime: 1, numRows: 1, isSecret: true })
    const message = await told(open(server.url, {}, ['conformance', 'salaries', 'invoices']))
    expect(message).toMatch(/^no: BigQuery in EU answers; \d tables? can be read\. The model reads what cannot be: invoices, salaries\. Source "warehouse" has no table "invoices"\. The account of source "warehouse" may not read table "salaries"\. .*Data Viewer/)
    server.tables.clear()
    expect(await told(open(server.url))).toMatch(/^no: BigQuery in EU answers, but no table can be read\. Grant/)
  })

  it("gives BigQuery's own reason where only its words would tell more", async () => {
    const { server } = await serve()
    const error = await failure(ask(open(server.url), 'SELEC 1 FROM secret_words', ['integer']))
    expect([error.hint, error.data]).toEqual(["Check the `expr` and `where` of the metrics asked; BigQuery's code for the fault is invalidQuery, and the list of its jobs tells more.", { nativeCode: 'invalidQuery' }])
  })

  it('refuses options that contradict each other, without showing them', () => {
    const parse = (more: object): string => JSON.stringify(bigquery.options.safeParse({ projectId: PROJECT, dataset: DATASET, ...more }).error?.issues)
    expect(parse({ accessToken: 'ya29.x', keyFilename: 'key.json' })).toMatch(/name one of/)
    expect(parse({ credentials: '{"private_key": "s3cret"}' })).toMatch(/client_email/)
    expect(parse({ credentials: '{"private_key": "s3cret"}' })).not.toMatch(/s3cret/)
    expect(parse({ dataset: 'a; DROP' })).toMatch(/project\.dataset/)
  })
})

describe('statements to BigQuery', () => {
  it('are jobs with a ceiling, a time limit, a label and typed parameters', async () => {
    const { server } = await serve()
    const source = open(server.url, { maximumBytesBilled: 20_000_000, labels: { team: 'growth' }, statementTimeoutMs: 5000 })
    const moment = { value: '2024-03-31T01:00:00.000Z', type: 'timestamp' } as const
    const result = await source.query({ text: 'SELECT @p1, @p2, @p1', params: [{ value: 9007199254740993n, type: 'integer' }, moment], columns: ['integer', 'timestamp', 'integer'] })
    expect(result.columns).toEqual([[9007199254740993n], ['2024-03-31T01:00:00.000Z'], [9007199254740993n]])
    expect(server.jobs[0]).toMatchObject({
      labels: { application: 'kpiql', team: 'growth' },
      jobTimeoutMs: '5000',
      query: {
        useLegacySql: false,
        useQueryCache: true,
        maximumBytesBilled: '20000000',
        defaultDataset: { projectId: PROJECT, datasetId: DATASET },
        parameterMode: 'NAMED',
        queryParameters: [
          { name: 'p1', parameterType: { type: 'INT64' }, parameterValue: { value: '9007199254740993' } },
          { name: 'p2', parameterType: { type: 'DATETIME' }, parameterValue: { value: '2024-03-31T01:00:00.000' } },
        ],
      },
    })
  })

  it('are refused beyond the ceiling, with the ceiling and what to do', async () => {
    const { server } = await serve()
    const source = open(server.url, { maximumBytesBilled: 1_000_000 })
    const error = await failure(ask(source, 'SELECT 1', ['integer']))
    expect([error.code, error.data]).toEqual(['QUERY_TOO_COSTLY', { maximumBytesBilled: 1_000_000 }])
    expect(error.message).toBe('A statement to source "warehouse" would be billed for more than 1000000 bytes.')
    expect(error.hint).toMatch(/maximumBytesBilled/)
  })

  it('are estimated first where that is asked for, and not run where they would read too much', async () => {
    const { server } = await serve()
    const source = open(server.url, { maximumBytesBilled: 1_000_000, estimateFirst: true })
    const error = await failure(ask(source, 'SELECT 1', ['integer']))
    expect([error.code, error.data]).toEqual(['QUERY_TOO_COSTLY', { maximumBytesBilled: 1_000_000, bytes: 10_485_760 }])
    expect(server.jobs.map(({ dryRun }) => dryRun)).toEqual([true])
  })

  it('are read page by page, in order', async () => {
    const { server } = await serve()
    server.rowsPerPage = 3
    const { columns } = await ask(open(server.url), 'SELECT range FROM range(10)', ['integer'])
    expect(columns[0]).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n])
    expect(server.requests.filter((request) => request.includes('/queries/'))).toHaveLength(4)
  })

  it('keep instants to the microsecond, before 1970 too', async () => {
    const { server } = await serve()
    const { columns } = await ask(open(server.url), "SELECT TIMESTAMPTZ '2024-03-10 07:30:00.123456+00', TIMESTAMPTZ '1969-12-31 23:59:59.999999+00', TIMESTAMPTZ '1900-01-01 00:00:00+00'", ['timestamp', 'timestamp', 'timestamp'])
    expect(columns).toEqual([['2024-03-10T07:30:00.123456Z'], ['1969-12-31T23:59:59.999999Z'], ['1900-01-01T00:00:00.000Z']])
  })

  it('are cancelled at BigQuery when whoever asked goes away', async () => {
    const { server } = await serve()
    const stop = new AbortController()
    const running = failure(ask(open(server.url), ENDLESS, ['integer'], stop.signal))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(server.cancelled).toEqual([])
    stop.abort()
    expect((await running).code).toBe('CANCELLED')
    expect(server.cancelled).toHaveLength(1)
  })

  it('are cancelled at BigQuery when they take too long, and when their answer has too many rows', async () => {
    const { server } = await serve()
    const source = open(server.url, { statementTimeoutMs: 200 })
    expect((await failure(ask(source, ENDLESS, ['integer']))).code).toBe('SOURCE_TIMEOUT')
    expect(server.cancelled).toHaveLength(1)
  })

  it('name a column that is not there, and show no SQL', async () => {
    const { translateError } = await import('./translate-error.ts')
    const refused = Object.assign(new Error('Unrecognized name: nowhere at [1:8]'), { code: 400, errors: [{ reason: 'invalidQuery', message: 'Unrecognized name: nowhere at [1:8]' }] })
    expect(translateError(refused, { source: 'warehouse', maximumBytesBilled: 1 }).message).toBe('No table of the statement has a column "nowhere" in source "warehouse".')
  })
})

describe('what BigQuery knows of its tables', () => {
  const view: ServedTable = { type: 'VIEW', fields: FIELDS, lastModifiedTime: 5, numRows: 0 }

  it('tells tables apart by when they last changed, and views only by time', async () => {
    const { server } = await serve()
    server.tables.set('shown', view)
    const source = open(server.url)
    const [table, shown] = [await source.dataVersion(['conformance'], true), await source.dataVersion(['shown'], true)]
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await source.dataVersion(['conformance'], true)).toBe(table)
    expect(await source.dataVersion(['shown'], true)).not.toBe(shown)
  })

  it('does not trust that time while rows are streamed in', async () => {
    const { server } = await serve()
    server.tables.set('streamed', { ...view, type: 'TABLE', streamingBuffer: { estimatedRows: '10' } })
    const source = open(server.url)
    const before = await source.dataVersion(['streamed'], true)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await source.dataVersion(['streamed'], true)).not.toBe(before)
  })

  it('reads how far times reach by one statement, and knows nothing where that costs too much', async () => {
    const row: ConformanceRow = { id: 1n, amount: '1.00', ratio: 1, label: 'a', active: true, day: '2024-02-29', happened_at: '2024-03-31T01:00:00.000Z' }
    const { server } = await serve([row, { ...row, id: 2n, day: '1999-12-31', happened_at: null }])
    const { rows, columns } = await open(server.url).statistics('conformance')
    expect([rows, columns['day'], columns['happened_at']?.max, columns['id']?.min]).toEqual([2, { distinct: null, min: '1999-12-31', max: '2024-02-29', hasNulls: true }, '2024-03-31T01:00:00.000Z', null])
    expect(server.jobs).toHaveLength(1)
    expect((await open(server.url, { maximumBytesBilled: 1000 }).statistics('conformance')).columns['day']).toEqual({ distinct: null, min: null, max: null, hasNulls: true })
  })
})
