import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Session } from 'chdb'

/**
 * ClickHouse's HTTP interface before the engine of `chdb`, as far as the official client speaks it: parameters, settings, formats, query ids,
 * `KILL QUERY`, errors and the summary header. The engine runs in this process only, so it is started as a program of its own:
 *
 *     node test/servers/clickhouse-server.ts '{"folder": …, "configFile": …, "users": [{"name": …, "password": …, "denied": ["secrets"]}]}'
 *
 * What is not the engine's here: who may log in, which tables a user may read, and the ids of queries. Statements, sessions, read-only
 * mode, limits, the list of processes and their end are the engine's own.
 */
interface ServerOptions {
  readonly folder: string
  readonly configFile: string
  readonly users: readonly { readonly name: string; readonly password: string; readonly denied: readonly string[] }[]
}

const options = JSON.parse(process.argv[2] ?? '') as ServerOptions

/** Settings of the protocol, not of the engine. */
const PROTOCOL = new Set(['query', 'query_id', 'database', 'default_format', 'user', 'password', 'session_id', 'role', 'wait_end_of_query', 'send_progress_in_http_headers', 'enable_http_compression', 'cancel_http_readonly_queries_on_client_close'])

const connect = (): Session => new Session(options.folder, { connectionArgs: [`--config-file=${options.configFile}`] })
const killer = connect()
/** Read-only sessions stay so, therefore a session serves one set of settings only. */
const idle = new Map<string, Session[]>()

function lend(settings: readonly (readonly [string, string])[]): { readonly session: Session; readonly giveBack: () => void } {
  const key = JSON.stringify(settings)
  let session = idle.get(key)?.pop()
  if (session === undefined) {
    session = connect()
    const lastly = (name: string): number => (name === 'readonly' ? 1 : 0)
    for (const [name, value] of [...settings].sort(([a], [b]) => lastly(a) - lastly(b))) session.query(`SET ${name} = ${quoted(value)}`)
  }
  const lent = session
  return { session, giveBack: () => void idle.set(key, [...(idle.get(key) ?? []), lent]) }
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** Parameters come escaped as in a file of tabs. */
const UNESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', '0': '\0' }
const unescaped = (text: string): string => text.replaceAll(/\\([\s\S])/g, (_, next: string) => UNESCAPED[next] ?? next)

class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** The statement, and all that came with it, from the address and the body; long parameters come as a form. */
async function asked(request: IncomingMessage): Promise<{ readonly sql: string; readonly given: ReadonlyMap<string, string> }> {
  const given = new Map(new URL(request.url ?? '/', 'http://localhost').searchParams)
  const body = await bodyOf(request)
  const type = request.headers['content-type'] ?? ''
  let sql = given.get('query') ?? ''
  if (type.startsWith('multipart/form-data')) {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
    for (const [name, value] of form) given.set(name, typeof value === 'string' ? value : await value.text())
    sql = given.get('query') ?? ''
  } else if (body.length > 0) {
    sql = sql === '' ? body.toString('utf8') : `${sql}\n${body.toString('utf8')}`
  }
  return { sql, given }
}

function userOf({ headers }: IncomingMessage): ServerOptions['users'][number] {
  const [, encoded = ''] = /^Basic (.*)$/.exec(headers.authorization ?? '') ?? []
  const [basicName = 'default', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  // The client says it in headers of ClickHouse's own where it is given certificates.
  const { 'x-clickhouse-user': name = basicName, 'x-clickhouse-key': password = rest.join(':') } = headers
  const user = options.users.find((known) => known.name === name && known.password === password)
  if (user === undefined) throw new Refused(403, `Code: 516. DB::Exception: ${name}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)`)
  return user
}

/** A query's id is known to the engine only as its first words. */
const tagOf = (queryId: string): string => `/* id ${queryId} */ `

/** Databases that a connector has asked for anything, and ids of queries it had killed; for tests to look at. */
const witnessed = { databases: new Set<string>(), killed: [] as string[] }

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/ping') return void response.end('Ok.\n')
  if (request.url === '/witnessed') return void response.end(JSON.stringify({ databases: [...witnessed.databases], killed: witnessed.killed }))
  const user = userOf(request)
  const { sql, given } = await asked(request)
  if (request.headers['user-agent']?.startsWith('kpiql') === true) witnessed.databases.add(given.get('database') ?? 'default')
  const kill = /^\s*KILL QUERY WHERE query_id = '([\w-]+)'/.exec(sql)
  if (kill) {
    witnessed.killed.push(kill[1] ?? '')
    // The engine's process list is one for all its sessions, so this ends the statement in truth.
    const { rowsRead } = await killer.queryAsync(`KILL QUERY WHERE startsWith(query, ${quoted(tagOf(kill[1] ?? ''))}) ASYNC`, { format: 'JSONEachRow' })
    response.setHeader('x-clickhouse-summary', JSON.stringify({ read_rows: String(rowsRead) }))
    return void response.end()
  }
  for (const table of user.denied) {
    if (new RegExp(`FROM\\s+(?:["\`]?\\w+["\`]?\\.)?["\`]?${table}\\b`, 'i').test(sql)) {
      throw new Refused(403, `Code: 497. DB::Exception: ${user.name}: Not enough privileges. To execute this query, it's necessary to have the grant SELECT(id) ON ${given.get('database') ?? 'default'}.${table}. (ACCESS_DENIED)`)
    }
  }
  const settings = [...given].filter(([name]) => !PROTOCOL.has(name) && !name.startsWith('param_')).sort(([a], [b]) => (a < b ? -1 : 1))
  const params = Object.fromEntries([...given].filter(([name]) => name.startsWith('param_')).map(([name, value]) => [name.slice('param_'.length), value === '\\N' ? null : unescaped(value)]))
  const { session, giveBack } = lend(settings)
  try {
    session.query(`USE \`${given.get('database') ?? 'default'}\``)
    const written = /\bFORMAT\s+(\w+)\s*$/.exec(sql)
    const text = `${tagOf(given.get('query_id') ?? 'none')}${written ? sql.slice(0, written.index) : sql}`
    const format = written?.[1] ?? given.get('default_format') ?? 'TabSeparated'
    // Of all formats only this one tells what the engine read; it writes the same values.
    const asCounted = format === COUNTED ? 'JSONCompact' : format
    const result = Object.keys(params).length > 0 ? await session.queryBindAsync(text, params, { format: asCounted }) : await session.queryAsync(text, { format: asCounted })
    const { lines, rowsRead } = format === COUNTED ? counted(result.text()) : { lines: Buffer.from(result.bytes()), rowsRead: result.rowsRead }
    response.setHeader('x-clickhouse-query-id', given.get('query_id') ?? '')
    response.setHeader('x-clickhouse-format', format)
    response.setHeader('x-clickhouse-summary', JSON.stringify({ read_rows: String(rowsRead), read_bytes: String(result.bytesRead) }))
    response.end(lines)
  } finally {
    giveBack()
  }
}

const COUNTED = 'JSONCompactEachRowWithNamesAndTypes'

function counted(text: string): { readonly lines: string; readonly rowsRead: number } {
  const { meta, data, statistics } = JSON.parse(text) as { meta: { name: string; type: string }[]; data: unknown[][]; statistics: { rows_read: number } }
  const rows = [meta.map(({ name }) => name), meta.map(({ type }) => type), ...data]
  return { lines: rows.map((row) => `${JSON.stringify(row)}\n`).join(''), rowsRead: statistics.rows_read }
}

const STATUS: Readonly<Record<string, number>> = { '60': 404, '81': 404, '62': 400, '47': 400, '164': 403, '497': 403, '516': 403 }

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    const message = (error instanceof Error ? error.message : String(error)).replace(/^Query failed: /, '')
    const code = /Code: (\d+)/.exec(message)?.[1] ?? '1002'
    response.statusCode = error instanceof Refused ? error.status : (STATUS[code] ?? 500)
    response.setHeader('x-clickhouse-exception-code', code)
    response.end(`${message} (version 26.7.2.1 (official build))\n`)
  })
})
server.keepAliveTimeout = 30_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.stdout.write(`${JSON.stringify({ port: address.port })}\n`)
})

const end = (): void => {
  rmSync(options.folder, { recursive: true, force: true })
  // The engine's own threads may be at work on a statement that nobody waits for any more.
  process.kill(process.pid, 'SIGKILL')
}
process.on('SIGTERM', end)
// The test runner that started it is gone.
process.stdin.on('end', end).resume()
