import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLanding } from '../connectors/duckdb/open-landing.ts'
import { HttpClient } from '../connectors/http-kit/http-client.ts'
import type { Json, SyncPage, SyncRecord, SyncSource, SyncTable } from '../connectors/sync-contract.ts'
import { silentLog } from '../src/base/log.ts'
import { createSyncs } from '../src/jobs/sync/create-syncs.ts'
import { memoryOf } from './machine.ts'
import { megabytes, verdict } from './report.ts'
import type { Section } from './report.ts'

const LEAST_A_SECOND = 20_000
const MOST_BYTES = 300e6
const RECORDS_A_PAGE = 1000
/** What the engine may hold of the tables that it writes. */
const MEMORY = '64MB'

/** Records landed a second from a server on this machine, and the memory that takes (sync). Linux only. */
export async function benchSync(records: number): Promise<Section> {
  const rows: (readonly string[])[] = []
  for (const [name, passes] of [['first reading', 1], ['the same read again, all by key', 2]] as const) {
    const { seconds, peakBytes, fileBytes, landed } = await measure(records, passes)
    const rate = records / seconds
    rows.push([`${name}`, landed.toLocaleString('en'), seconds.toFixed(0), Math.round(rate).toLocaleString('en'), verdict(rate >= LEAST_A_SECOND && landed === records), megabytes(peakBytes), verdict(peakBytes < MOST_BYTES), megabytes(fileBytes)])
  }
  return {
    title: '(sync) Records landed',
    about: [
      `${records.toLocaleString('en')} records of eight fields, ${RECORDS_A_PAGE.toLocaleString('en')} a page, read over HTTP from a server in another process of this machine, checked and committed with their cursor by a process that does nothing else; the engine may hold ${MEMORY}. Wanted: ${LEAST_A_SECOND.toLocaleString('en')} a second, and never more than ${megabytes(MOST_BYTES)} MB resident (\`VmHWM\`).`,
      'Fair, because reading, JSON, checks, commits and checkpoints are all in it, and the server, which writes the same text again and again, takes its share of the processor.',
    ],
    tables: [{ columns: ['Sync', 'Rows', 'Seconds', 'Records a second', 'Verdict', 'Peak MB', 'Verdict', 'File MB'], rows }],
  }
}

interface Measured {
  readonly seconds: number
  readonly peakBytes: number
  readonly fileBytes: number
  readonly landed: number
}

/** Of the last pass. */
async function measure(records: number, passes: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'kpiql-bench-sync-'))
  const server = fork(import.meta.filename, ['serve', String(records)])
  try {
    const [port] = (await once(server, 'message')) as [number]
    let last: Measured | null = null
    for (let pass = 0; pass < passes; pass++) last = await onePass(port, folder, pass > 0)
    if (last === null) throw new RangeError('There is nothing to measure.')
    return last
  } finally {
    await end(server)
    await rm(folder, { recursive: true, force: true })
  }
}

async function onePass(port: number, folder: string, isFull: boolean): Promise<Measured> {
  const child = fork(import.meta.filename, ['sync', String(port), folder, String(isFull)])
  const [told] = (await once(child, 'message')) as [{ readonly seconds: number; readonly landed: number; readonly error: string | null }]
  if (told.error !== null) throw new Error(`The sync failed: ${told.error}`)
  const { peakBytes } = await memoryOf(child.pid ?? 0)
  await end(child)
  return { ...told, peakBytes, fileBytes: (await stat(join(folder, 'synced.duckdb'))).size }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}

/** Pages of records whose text differs in their numbers only. */
function serve(records: number): void {
  const server = createServer((request, response) => {
    const from = Number(new URL(request.url ?? '/', 'http://bench').searchParams.get('from'))
    const to = Math.min(records, from + RECORDS_A_PAGE)
    const items: string[] = []
    for (let index = from; index < to; index++) {
      items.push(`{"id":"evt_${index}","customer":"cus_${(index * 7919) % 100_003}","amount":"${index % 5000}.${index % 90 + 10}","currency":"eur","quantity":${index % 12},"paid":${index % 3 > 0},"created":${1_600_000_000_000 + index * 1000},"note":${index % 4 === 0 ? 'null' : `"Invoice ${index} of the month"`}}`)
    }
    response.setHeader('content-type', 'application/json')
    response.end(`{"data":[${items.join(',')}],"next":${to < records ? to : 'null'}}`)
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  process.once('disconnect', () => {
    server.close()
    server.closeAllConnections()
  })
}

const PAYMENTS: SyncTable = {
  name: 'payments',
  description: 'Payments.',
  key: ['id'],
  columns: [
    { name: 'id', kind: 'text' },
    { name: 'customer', kind: 'text' },
    { name: 'amount', kind: 'decimal', scale: 2 },
    { name: 'currency', kind: 'text' },
    { name: 'quantity', kind: 'integer' },
    { name: 'paid', kind: 'boolean' },
    { name: 'created', kind: 'timestamp' },
    { name: 'note', kind: 'text' },
  ],
}

function paymentsTool(port: number): SyncSource {
  const client = new HttpClient({
    tool: 'The bench',
    baseUrl: `http://127.0.0.1:${port}`,
    headers: () => ({}),
    deps: { log: silentLog, now: Date.now, wait: () => Promise.resolve() },
    maxConcurrent: 1,
    spacingMs: 0,
    timeoutMs: 60_000,
    attempts: 1,
  })
  return {
    name: 'bench',
    maxConcurrent: 1,
    test: () => Promise.resolve({ ok: true, message: 'It is there.' }),
    close: () => Promise.resolve(),
    streams: () =>
      Promise.resolve([
        {
          name: 'payments',
          tables: [PAYMENTS],
          showsAll: true,
          async *read({ cursor, signal }): AsyncIterable<SyncPage> {
            let at: Json = cursor ?? 0
            while (at !== 'end') {
              const { body } = await client.json<{ readonly data: readonly SyncRecord[]; readonly next: number | null }>({ path: 'payments', query: { from: Number(at) } }, signal)
              at = body.next ?? 'end'
              yield { writes: [{ kind: 'upsert', table: 'payments', records: body.data }], cursor: at, done: null }
            }
          },
        },
      ]),
  }
}

async function sync(port: number, stateFolder: string, full: boolean): Promise<void> {
  const { landing } = openLanding('synced', { memoryLimit: MEMORY, threads: 2 }, { log: silentLog, stateFolder })
  const syncs = createSyncs({
    sources: [{ name: 'bench', connector: 'bench', source: paymentsTool(port), settings: { sinceUtcMs: null, streams: null, personal: 'keep', hashKey: null } }],
    landing,
    clock: { nowMs: Date.now },
    log: silentLog,
    forgotten: { any: () => false, has: () => false },
  })
  const begun = performance.now()
  await syncs.start({ source: 'bench', full, streams: null })
  const status = await syncs.settled('bench')
  const seconds = (performance.now() - begun) / 1000
  await landing.close()
  const [stream] = status.streams
  process.send?.({ seconds, landed: stream?.rows ?? 0, error: stream?.error?.message ?? null })
}

if (import.meta.filename === process.argv[1]) {
  const [what = '', first = '', folder = '', full = ''] = process.argv.slice(2)
  if (what === 'serve') serve(Number(first))
  else await sync(Number(first), folder, full === 'true')
}
