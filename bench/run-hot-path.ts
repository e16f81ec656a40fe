import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { bytesOf, dataPieces } from '../src/http/answer-text.ts'
import type { Pieces } from '../src/http/answer-text.ts'
import { openCompanyFolder } from './company.ts'
import { processorMsOf } from './machine.ts'
import { ms, times, verdict } from './report.ts'
import type { Section, Table } from './report.ts'
import { freePort, startKpiql, startServer } from './server.ts'
import { timingOf } from './turns.ts'

const CONNECTIONS = 50
const STOCK = fileURLToPath(new URL('./stock-server.ts', import.meta.url))
const KPIQL = fileURLToPath(new URL('../bin/kpiql.cjs', import.meta.url))

const STOCK_PAGE = 'query Page($inputs: [SliceInput!]!) { slices(inputs: $inputs) { key metrics { name series { start value } } } }'
const KPIQL_PAGE = 'query Page($inputs: [SliceInput!]!) { slices(inputs: $inputs) { key metrics(names: [REVENUE, MRR, TOTAL_REVENUE]) { name series(grain: DAY) { start value } } } }'
const PERIOD = { last: { count: 100, unit: 'DAY' } }
const TYPENAME = JSON.stringify({ query: '{ __typename }' })

interface Load {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Microseconds of the server's processor time for one request; NaN where the system does not tell. */
  readonly processorUs: number
}

interface Contender {
  readonly name: string
  readonly url: string
  readonly pid: number
  readonly headers: Readonly<Record<string, string>>
  /** The body of the next request. */
  readonly body: () => string
  /** Throws for an answer that is not the one meant. */
  readonly check: (text: string) => void
}

/** Cached questions against stock Apollo over plain objects and against a bare Fastify route; and long answers against the event loop. */
export async function benchHotPath({ rounds, roundS, warmUpS } = { rounds: 4, roundS: 5, warmUpS: 4 }): Promise<Section> {
  const cwd = await openCompanyFolder()
  const env = { NODE_ENV: 'production' }
  const secret = execFileSync(process.execPath, [KPIQL, 'keys', 'create', '--name', 'bench', '--role', 'viewer'], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  const port = await freePort()
  const stock = await startServer([STOCK, String(port)], port, { name: 'stock', cwd, env })
  const kpiql = await startKpiql([], { name: 'hot-path', cwd, env })
  try {
    await stock.firstAnswer('{ __typename }')
    await kpiql.firstAnswer('{ __typename }')
    let asked = 0
    const key = { authorization: `Bearer ${secret}` }
    const page = (text: string): void => {
      const { data } = JSON.parse(text) as { readonly data: { readonly slices: readonly { readonly metrics: readonly { readonly series: readonly unknown[] }[] }[] } }
      if (data.slices[0]?.metrics.map(({ series }) => series.length).join() !== '100,100,100') throw new Error(`The page is not the one meant: ${text.slice(0, 500)}`)
    }
    const typename = (text: string): void => {
      if (!text.includes('"__typename":"Query"')) throw new Error(`The answer is not the one meant: ${text.slice(0, 500)}`)
    }
    const contenders = {
      stock: { name: 'stock Apollo on Fastify, 300 points of plain objects', url: stock.url, pid: stock.pid, headers: {}, body: () => JSON.stringify({ query: STOCK_PAGE, variables: { inputs: [{ key: String((asked += 1)) }] } }), check: page },
      warm: { name: 'KPIQL, 300 points, put together anew from what is cached', url: kpiql.url, pid: kpiql.pid, headers: key, body: () => JSON.stringify({ query: KPIQL_PAGE, variables: { inputs: [{ key: String((asked += 1)), period: PERIOD }] } }), check: page },
      again: { name: 'KPIQL, 300 points, the same question again', url: kpiql.url, pid: kpiql.pid, headers: key, body: () => JSON.stringify({ query: KPIQL_PAGE, variables: { inputs: [{ key: 'same', period: PERIOD }] } }), check: page },
      json: { name: 'a JSON route of Fastify alone', url: stock.url.replace('/graphql', '/json'), pid: stock.pid, headers: {}, body: () => TYPENAME, check: typename },
      typename: { name: 'KPIQL, { __typename }', url: kpiql.url, pid: kpiql.pid, headers: key, body: () => TYPENAME, check: typename },
    } satisfies Record<string, Contender>
    const names = ['stock', 'warm', 'again', 'json', 'typename'] as const
    const found = new Map(names.map((name) => [name, [] as Load[]]))
    for (const name of names) await load(contenders[name], warmUpS)
    for (let round = 0; round < rounds; round++) for (const name of names) found.get(name)?.push(await load(contenders[name], roundS))
    const figure = (name: (typeof names)[number], field: keyof Load): number => timingOf((found.get(name) ?? []).map((one) => one[field])).medianMs
    const row = (name: (typeof names)[number], against: (typeof names)[number] | null, least: number): readonly string[] => {
      const ratio = against === null ? null : figure(name, 'perSecond') / figure(against, 'perSecond')
      const judged = ratio === null || against === null ? ['', '', '', ''] : [times(ratio), times(figure(against, 'processorUs') / figure(name, 'processorUs')), `≥ ${least}×`, verdict(ratio >= least)]
      return [contenders[name].name, figure(name, 'perSecond').toFixed(0), ms(figure(name, 'p50Ms')), ms(figure(name, 'p99Ms')), figure(name, 'processorUs').toFixed(0), ...judged]
    }
    return {
      title: '(hot-path) Cached questions, and long answers',
      about: [
        `Requests a second by ${CONNECTIONS} connections that each wait for their answer before they ask again; ${rounds} rounds of ${roundS} s each, in turns, after ${warmUpS} s of warming up; medians. Three series of a hundred days (15 KB). "Anew": every request has another key of its slice, so that no whole answer is found and each is put together from cached answers of its metrics. "Again": one request word for word. KPIQL runs with its default settings on the demo company, a key in every request, its request log in a file.`,
        'Fair, because all run the same Node with `NODE_ENV=production` on the same machine as the one client, which takes a core of it; the stock server has the plugins Apollo installs by itself, answers from objects in memory, and does not authenticate, limit, log or count. Before each round one answer is looked into, and every answer must be a 200. The ratio of processor time is given besides, since it hardly moves where the client is the one who cannot keep up.',
        'The second table holds the event loop of a process that writes one long answer as JSON and sends it to another process: the longest delay of a timer from the request to the last byte, by `monitorEventLoopDelay` with a resolution of 1 ms; medians.',
      ],
      tables: [
        { columns: ['Server', 'Requests/s', 'p50 ms', 'p99 ms', 'CPU µs a request', 'Ratio', 'of CPU', 'Wanted', 'Verdict'], rows: [row('stock', null, 0), row('warm', 'stock', 2.5), row('again', 'stock', 10), row('json', null, 0), row('typename', 'json', 0.25)] },
        await longAnswers(),
      ],
    }
  } finally {
    await Promise.all([stock.stop(), kpiql.stop()])
  }
}

async function load({ url, pid, headers, body, check }: Contender, duration: number): Promise<Load> {
  const all = { 'content-type': 'application/json', ...headers }
  const answer = await fetch(url, { method: 'POST', headers: all, body: body() })
  check(await answer.text())
  const beforeMs = await processorMsOf(pid)
  const { requests, latency, non2xx, errors, timeouts } = await autocannon({
    url, connections: CONNECTIONS, duration, requests: [{ method: 'POST', headers: all, body: body(), setupRequest: (request) => ({ ...request, body: body() }) }],
  })
  if (non2xx + errors + timeouts > 0) throw new Error(`Under load ${non2xx} answers were no 200, ${errors} failed, ${timeouts} were late.`)
  const afterMs = await processorMsOf(pid)
  const processorUs = beforeMs === null || afterMs === null ? Number.NaN : ((afterMs - beforeMs) * 1000) / requests.total
  return { perSecond: requests.average, p50Ms: latency.p50, p99Ms: latency.p99, processorUs }
}

const LONG_POINTS = 200_000
const MOST_DELAY_MS = 20
const LONG_RUNS = 5

const READER = 'fetch(process.argv[1]).then((answer) => answer.arrayBuffer())'

/** One answer of many points, written and sent at once and in parts, to a reader in another process. */
async function longAnswers(): Promise<Table> {
  const answerOf = (): object => ({ slice: { metric: { series: Array.from({ length: LONG_POINTS }, (_, at) => ({ start: '2026-01-01T00:00:00Z', value: at / 7, quality: 'ACTUAL' })) } } })
  const delays = async (write: (data: object) => Pieces | Promise<Pieces>): Promise<number> => {
    const longest: number[] = []
    for (let run = 0; run <= LONG_RUNS; run++) {
      const data = answerOf()
      const watch = monitorEventLoopDelay({ resolution: 1 })
      const server = createServer(async (_request, response) => {
        // The monitor counts from its own first look.
        watch.enable()
        await sleep(20)
        const pieces = await write(data)
        response.writeHead(200, { 'content-length': bytesOf(pieces) })
        for (const piece of pieces) response.write(piece)
        response.end()
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      await once(spawn(process.execPath, ['-e', READER, `http://127.0.0.1:${port}`], { stdio: 'inherit' }), 'exit')
      watch.disable()
      server.close()
      // The first time the program is compiled.
      if (run > 0) longest.push(watch.max / 1e6)
    }
    return timingOf(longest).medianMs
  }
  const megabytes = (bytesOf(await dataPieces(answerOf())) / 1e6).toFixed(1)
  const [atOnce, inParts] = [await delays((data) => [JSON.stringify(data)]), await delays((data) => dataPieces(data))]
  return {
    columns: [`${LONG_POINTS.toLocaleString('en')} points, ${megabytes} MB`, 'Longest delay ms', 'Wanted', 'Verdict'],
    rows: [['JSON.stringify', ms(atOnce), '', ''], ['in parts, as the gateway writes and sends it', ms(inParts), `≤ ${MOST_DELAY_MS}`, verdict(inParts <= MOST_DELAY_MS)]],
  }
}
