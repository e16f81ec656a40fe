import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { megabytes, verdict } from './report.ts'
import type { Section } from './report.ts'

const LEAST_A_SECOND = 20_000
const MOST_BYTES = 300e6
const RECORDS_A_PAGE = 1000
/** What the engine may hold of the tables that it writes. */
const ENGINE_MEMORY = '40MB'
/** What it may hold where the configuration says nothing: for a gateway, which answers questions as well. */
const DEFAULT_MEMORY = '1GB'
const CHILD = fileURLToPath(new URL('./sync-child.mjs', import.meta.url))

/** Records landed a second from a server on this machine, and the memory that takes (sync). Linux only. */
export async function benchSync(records: number): Promise<Section> {
  const rows = [
    ...(await measure('first reading', records, ENGINE_MEMORY, 1)),
    ...(await measure(`first reading, engine with ${DEFAULT_MEMORY}`, records, DEFAULT_MEMORY, 1)),
    ...(await measure('read again from the beginning, by key', records, ENGINE_MEMORY, 2)),
  ]
  return {
    title: '(sync) Records landed',
    about: [
      `${records.toLocaleString('en')} records of eight fields, ${RECORDS_A_PAGE.toLocaleString('en')} a page, read over HTTP from a server in another process of this machine, checked and committed with their cursor by a process that does nothing else, as built, whose heap is kept small as \`kpiql sync\` does. The rows that are judged let the engine hold ${ENGINE_MEMORY} (\`sync: { into: { connector: duckdb, memoryLimit } }\`); its default is the 1GB of the row for information, which holds more. Wanted: ${LEAST_A_SECOND.toLocaleString('en')} a second, and never more than ${megabytes(MOST_BYTES)} MB resident (\`VmHWM\`; some 90 MB of it are Node's and DuckDB's own code).`,
      'Fair, because reading, JSON, checks, commits and checkpoints are all in it, and the server takes its share of the processor.',
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

/** Figures of the last of so many passes over one file. */
async function measure(name: string, records: number, memory: string, passes: number): Promise<readonly (readonly string[])[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kpiql-bench-sync-'))
  const server = fork(import.meta.filename, [String(records)])
  try {
    const [port] = (await once(server, 'message')) as [number]
    let cells: readonly string[] = []
    for (let pass = 0; pass < passes; pass++) {
      const { seconds, peakBytes, fileBytes, landed } = await onePass(port, folder, memory, pass > 0)
      const rate = records / seconds
      const verdictOnMemory = memory === ENGINE_MEMORY ? verdict(peakBytes < MOST_BYTES) : 'information'
      cells = [name, landed.toLocaleString('en'), seconds.toFixed(0), Math.round(rate).toLocaleString('en'), verdict(rate >= LEAST_A_SECOND && landed === records), megabytes(peakBytes), verdictOnMemory, megabytes(fileBytes)]
    }
    return [cells]
  } finally {
    const ended = once(server, 'exit')
    server.disconnect()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
}

async function onePass(port: number, folder: string, memory: string, isFull: boolean): Promise<Measured> {
  const child = fork(CHILD, [String(port), folder, String(isFull), memory])
  const ended = once(child, 'exit')
  const [told] = (await once(child, 'message')) as [Omit<Measured, 'fileBytes'> & { readonly error: string | null }]
  await ended
  if (told.error !== null) throw new Error(`The sync failed: ${told.error}`)
  return { ...told, fileBytes: (await stat(join(folder, 'synced.duckdb'))).size }
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

if (import.meta.filename === process.argv[1]) serve(Number(process.argv[2]))
