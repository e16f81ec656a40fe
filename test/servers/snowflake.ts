import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync, gzipSync } from 'node:zlib'
import { openWarehouse, type Warehouse, type WarehouseAnswer } from './warehouse.ts'

/**
 * Plays the part of Snowflake that its Node.js client speaks with: signing in, statements and their results (also in chunks, and after
 * a while), stopping a statement, ending a session. Statements go to DuckDB with other words for types, and those over
 * INFORMATION_SCHEMA are answered from a list, so this proves the talk with the service and nothing of its SQL.
 */
export interface SnowflakeServer {
  readonly url: string
  readonly warehouse: Warehouse
  /** Paths, in order, without ids. */
  readonly requests: string[]
  readonly logins: LoginData[]
  readonly statements: QueryRequest[]
  /** Request ids of statements that were asked to stop. */
  readonly aborted: string[]
  readonly tables: Map<string, ServedTable>
  /** Rows that come with the answer; more come as chunks of so many. */
  rowsInline: number
  /** Sessions end, as if they had lasted too long. */
  endSessions(): void
  stop(): Promise<void>
}

export interface ServedTable {
  readonly type: 'BASE TABLE' | 'VIEW'
  /** Name, type, scale. */
  readonly columns: readonly (readonly [string, string, number | null])[]
  lastAltered: string
  rows: number
  readonly isSecret?: boolean
}

export interface LoginData {
  readonly LOGIN_NAME: string
  readonly PASSWORD?: string
  readonly TOKEN?: string
  readonly AUTHENTICATOR?: string
  readonly SESSION_PARAMETERS?: Readonly<Record<string, unknown>>
}

export interface QueryRequest {
  readonly sqlText: string
  readonly bindings?: Readonly<Record<string, { readonly type: string; readonly value: string | null }>>
}

interface Running {
  readonly queryId: string
  readonly requestId: string
  readonly done: Promise<object>
  finish(answer: object): void
}

export const USER = 'kpiql_reader'
export const PASSWORD = 'right-Password-of-the-test'
export const DATABASE = 'ACME'
/** A statement that the server never ends by itself. */
export const ENDLESS = 'SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000)) AS a, TABLE(GENERATOR(ROWCOUNT => 1000000)) AS b'
/** Shorter than the 45 seconds after which the service tells a client to come again. */
const PATIENCE_MS = 300

export async function startSnowflake(): Promise<SnowflakeServer> {
  const warehouse = await openWarehouse()
  const sessions = new Map<string, string | null>()
  const running = new Map<string, Running>()
  const chunks = new Map<string, string>()
  const served: Omit<SnowflakeServer, 'url' | 'stop'> & { url: string; stop(): Promise<void> } = {
    url: '',
    warehouse,
    requests: [],
    logins: [],
    statements: [],
    aborted: [],
    tables: new Map(),
    rowsInline: 2,
    endSessions: () => sessions.clear(),
    stop: () => Promise.resolve(),
  }

  const server: Server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => reply(response, failure('000603', String(error))))
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request)
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    served.requests.push(url.pathname.replace(/[0-9a-f-]{36}/, 'ID'))
    if (url.pathname === '/session/v1/login-request') return reply(response, signIn((JSON.parse(body) as { data: LoginData }).data, url.searchParams))
    const chunk = chunks.get(url.pathname)
    if (chunk !== undefined) {
      response.writeHead(200, { 'content-type': 'binary/octet-stream', 'content-encoding': 'gzip' })
      response.end(gzipSync(chunk))
      return
    }
    const token = /^Snowflake Token="(.+)"$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!sessions.has(token)) return reply(response, failure('390111', 'Session no longer exists.  New login required to access the service.'))
    const [, kind = '', id = '', what = ''] = url.pathname.split('/')
    if (kind === 'session') {
      if (url.searchParams.get('delete') === 'true') sessions.delete(token)
      return reply(response, { success: true, code: null, message: null, data: null })
    }
    if (kind === 'queries' && what === 'query-request') return reply(response, await query(JSON.parse(body) as QueryRequest, url.searchParams.get('requestId') ?? '', sessions.get(token) ?? null))
    if (kind === 'queries' && what === 'abort-request') return reply(response, abort(id === 'v1' ? (JSON.parse(body) as { requestId: string }).requestId : id))
    if (kind === 'queries' && what === 'result') {
      const found = running.get(id)
      return reply(response, found === undefined ? failure('000709', 'Statement not found') : await later(found))
    }
    return reply(response, { success: true, code: null, message: null, data: null })
  }

  function signIn(data: LoginData, query: URLSearchParams): object {
    served.logins.push(data)
    const isKnown = data.LOGIN_NAME === USER && (data.PASSWORD === PASSWORD || data.AUTHENTICATOR === 'SNOWFLAKE_JWT')
    if (!isKnown) return failure('390100', 'Incorrect username or password was specified.')
    const token = randomUUID()
    const database = query.get('databaseName')
    sessions.set(token, database === DATABASE ? database : null)
    const parameters = [...parametersOf(), { name: 'CLIENT_SESSION_KEEP_ALIVE', value: false }]
    return { success: true, code: null, message: null, data: { token, masterToken: randomUUID(), validityInSeconds: 3600, masterValidityInSeconds: 14_400, sessionId: 1, parameters, sessionInfo: { databaseName: database } } }
  }

  async function query(request: QueryRequest, requestId: string, database: string | null): Promise<object> {
    served.statements.push(request)
    const queryId = randomUUID()
    let finish: Running['finish'] = () => undefined
    const done = new Promise<object>((resolve) => {
      finish = resolve
    })
    const one: Running = { queryId, requestId, done, finish }
    running.set(queryId, one)
    if (!request.sqlText.includes('GENERATOR')) void answer(request, queryId, database).then(finish, (error: unknown) => finish(sqlFailure(String(error), queryId)))
    return later(one)
  }

  async function later({ queryId, done }: Running): Promise<object> {
    let clock: NodeJS.Timeout | undefined
    const patience = new Promise<object>((resolve) => {
      clock = setTimeout(() => resolve({ success: true, code: '333333', message: null, data: { queryId, getResultUrl: `/queries/${queryId}/result`, progressDesc: null } }), PATIENCE_MS)
    })
    const found = await Promise.race([done, patience])
    clearTimeout(clock)
    return found
  }

  async function answer({ sqlText, bindings = {} }: QueryRequest, queryId: string, database: string | null): Promise<object> {
    if (sqlText.startsWith('ALTER SESSION SET')) return result({ names: ['status'], types: ['VARCHAR'], rows: [['Statement executed successfully.']] }, queryId)
    if (sqlText.includes('CURRENT_VERSION()')) return result({ names: ['VERSION', 'DATABASE_NAME', 'SCHEMA_NAME', 'WAREHOUSE_NAME'], types: Array(4).fill('VARCHAR'), rows: [['9.35.1', database, database === null ? null : 'PUBLIC', 'COMPUTE_WH']] }, queryId)
    if (database === null) return failure('090105', "Cannot perform SELECT. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.", queryId)
    if (sqlText.startsWith('SHOW PRIMARY KEYS')) return result({ names: ['table_name', 'column_name', 'key_sequence'], types: ['VARCHAR', 'VARCHAR', 'BIGINT'], rows: [] }, queryId)
    if (sqlText.includes('INFORMATION_SCHEMA.TABLES')) {
      return result({ names: ['TABLE_NAME', 'TABLE_TYPE', 'ROW_COUNT', 'LAST_ALTERED'], types: Array(4).fill('VARCHAR'), rows: [...served.tables].map(([name, { type, rows, lastAltered }]) => [name, type, type === 'VIEW' ? null : String(rows), lastAltered]) }, queryId)
    }
    if (sqlText.includes('INFORMATION_SCHEMA.COLUMNS')) {
      const rows = [...served.tables].flatMap(([table, { columns }]) => columns.map(([name, type, scale]) => [table, name, type, scale === null ? null : String(scale), 'YES']))
      return result({ names: ['TABLE_NAME', 'COLUMN_NAME', 'DATA_TYPE', 'NUMERIC_SCALE', 'IS_NULLABLE'], types: Array(5).fill('VARCHAR'), rows }, queryId)
    }
    const hidden = [...served.tables].find(([name, { isSecret }]) => isSecret === true && sqlText.includes(`"${name}"`))
    if (hidden !== undefined) return failure('003001', `SQL access control error:\nInsufficient privileges to operate on table '${hidden[0]}'`, queryId)
    const sql = sqlText
      .replaceAll(/\(:(\d+) AS /g, '($$$1 AS ')
      .replaceAll('NUMBER(', 'DECIMAL(')
      .replaceAll('TIMESTAMP_NTZ', 'TIMESTAMP')
      .replaceAll('TIMESTAMP_LTZ', 'TIMESTAMPTZ')
    return result(await warehouse.ask(sql, Object.values(bindings).map(({ value }) => value)), queryId)
  }

  function result({ names, types, rows }: WarehouseAnswer, queryId: string): object {
    const rowtype = names.map((name, index) => columnOf(name, types[index] ?? ''))
    const rowset = rows.map((row) => row.map((cell, index) => (cell === null ? null : wireText(cell, rowtype[index]?.type ?? ''))))
    const inline = rowset.slice(0, served.rowsInline)
    const rest: { url: string; rowCount: number; uncompressedSize: number; compressedSize: number }[] = []
    for (let at = served.rowsInline; at < rowset.length; at += served.rowsInline) {
      const part = rowset.slice(at, at + served.rowsInline)
      // Rows of a chunk come without the brackets around them.
      const text = JSON.stringify(part).slice(1, -1)
      const path = `/chunks/${queryId}-${at}`
      chunks.set(path, text)
      rest.push({ url: `${served.url}${path}`, rowCount: part.length, uncompressedSize: text.length, compressedSize: text.length })
    }
    const data = { parameters: parametersOf(), rowtype, rowset: inline, total: rowset.length, returned: rowset.length, queryId, databaseProvider: null, finalDatabaseName: DATABASE, finalSchemaName: 'PUBLIC', finalWarehouseName: 'COMPUTE_WH', finalRoleName: 'READER', numberOfBinds: 0, statementTypeId: 4096, version: 1, queryResultFormat: 'json', ...(rest.length > 0 ? { chunks: rest, chunkHeaders: {} } : {}) }
    return { success: true, code: null, message: null, data }
  }

  function abort(id: string): object {
    const found = [...running.values()].find(({ queryId, requestId }) => queryId === id || requestId === id)
    served.aborted.push(found?.requestId ?? id)
    found?.finish({ success: false, code: '000604', message: 'SQL execution canceled', data: { queryId: found.queryId, sqlState: '57014' } })
    return { success: true, code: null, message: null, data: null }
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

function failure(code: string, message: string, queryId?: string): object {
  return { success: false, code, message, data: { queryId, sqlState: '42000', errorCode: code } }
}

function sqlFailure(words: string, queryId: string): object {
  const [, table] = /Table with name (\w+) does not exist/.exec(words) ?? []
  if (table !== undefined) return failure('002003', `SQL compilation error:\nObject '${DATABASE}.PUBLIC.${table}' does not exist or not authorized.`, queryId)
  return failure('001003', `SQL compilation error:\n${words}`, queryId)
}

const parametersOf = (): { name: string; value: string | boolean }[] => [
  { name: 'TIMEZONE', value: 'UTC' },
  { name: 'DATE_OUTPUT_FORMAT', value: 'YYYY-MM-DD' },
  { name: 'TIMESTAMP_OUTPUT_FORMAT', value: 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM' },
  { name: 'TIMESTAMP_NTZ_OUTPUT_FORMAT', value: 'YYYY-MM-DD HH24:MI:SS.FF3' },
  { name: 'JS_TREAT_INTEGER_AS_BIGINT', value: true },
]

interface RowType {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly scale: number | null
  readonly precision: number | null
}

function columnOf(name: string, duck: string): RowType {
  const [, scale] = /^DECIMAL\(\d+,(\d+)\)$/.exec(duck.replaceAll(' ', '')) ?? []
  const type = { DOUBLE: 'real', VARCHAR: 'text', BOOLEAN: 'boolean', DATE: 'date', TIMESTAMP: 'timestamp_ntz', 'TIMESTAMP WITH TIME ZONE': 'timestamp_tz', 'VARCHAR[]': 'array' }[duck] ?? 'fixed'
  return { name, type, nullable: true, scale: type === 'fixed' ? Number(scale ?? 0) : type.startsWith('timestamp') ? 9 : null, precision: type === 'fixed' ? 38 : null }
}

/** Cells as the protocol writes them: days since 1970, seconds with nine digits, minutes of the zone plus 1440. */
function wireText(cell: string, type: string): string {
  if (type === 'boolean') return cell === 'true' ? '1' : '0'
  if (type === 'date') return String(Date.parse(`${cell}T00:00:00Z`) / 86_400_000)
  if (!type.startsWith('timestamp')) return cell
  const [, second = '', fraction = ''] = /^(.{19})(?:\.(\d+))?/.exec(cell) ?? []
  const nanos = BigInt(Date.parse(`${second.replace(' ', 'T')}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
  const sign = nanos < 0n ? '-' : ''
  const size = nanos < 0n ? -nanos : nanos
  const seconds = `${sign}${size / 1_000_000_000n}.${(size % 1_000_000_000n).toString().padStart(9, '0')}`
  return type === 'timestamp_ntz' ? seconds : `${seconds} 1560`
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const body = Buffer.concat(parts)
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
}

function reply(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
  response.end(gzipSync(JSON.stringify(body)))
}
