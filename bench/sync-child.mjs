import { readFileSync } from 'node:fs'
import { openLanding } from '../dist/connectors/duckdb/open-landing.js'
import { HttpClient } from '../dist/connectors/http-kit/http-client.js'
import { silentLog } from '../dist/src/base/log.js'
import { keepHeapSmall } from '../dist/src/base/small-heap.js'
import { createSyncs } from '../dist/src/jobs/sync/create-syncs.js'

// As `kpiql sync` does.
keepHeapSmall()

// The process that is measured: plain JavaScript, so that nothing of it is there only to strip types.
const [port = '', stateFolder = '', full = '', memoryLimit = ''] = process.argv.slice(2)

const column = (name, kind, scale) => ({ name, kind, scale })
const payments = {
  name: 'payments',
  description: 'Payments.',
  key: ['id'],
  columns: [column('id', 'text'), column('customer', 'text'), column('amount', 'decimal', 2), column('currency', 'text'), column('quantity', 'integer'), column('paid', 'boolean'), column('created', 'timestamp'), column('note', 'text')],
}

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

async function* read({ cursor, signal }) {
  let at = cursor ?? 0
  while (at !== 'end') {
    const { body } = await client.json({ path: 'payments', query: { from: at } }, signal)
    at = body.next ?? 'end'
    yield { writes: [{ kind: 'upsert', table: 'payments', records: body.data }], cursor: at, done: null }
  }
}

const source = {
  name: 'bench',
  maxConcurrent: 1,
  test: () => Promise.resolve({ ok: true, message: 'It is there.' }),
  close: () => Promise.resolve(),
  streams: () => Promise.resolve([{ name: 'payments', tables: [payments], showsAll: true, read }]),
}

const { landing } = openLanding('synced', { memoryLimit, threads: 2 }, { log: silentLog, stateFolder })
const syncs = createSyncs({
  sources: [{ name: 'bench', connector: 'bench', source, settings: { sinceUtcMs: null, streams: null, personal: 'keep', hashKey: null } }],
  landing,
  clock: { nowMs: Date.now },
  log: silentLog,
  forgotten: { any: () => false, has: () => false, aliasOf: () => null, redacted: (text) => text, prepare: () => Promise.resolve() },
})
const begun = performance.now()
await syncs.start({ source: 'bench', full: full === 'true', streams: null })
const [stream] = (await syncs.settled('bench')).streams
const seconds = (performance.now() - begun) / 1000
await landing.close()
const peakKibibytes = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
process.send({ seconds, peakBytes: peakKibibytes * 1024, landed: stream?.rows ?? 0, error: stream?.error?.message ?? null })
