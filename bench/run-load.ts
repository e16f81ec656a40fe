import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { expectTile, openCompanyFolder, TILE_QUERY } from './company.ts'
import { processorMsOf } from './machine.ts'
import { times, verdict } from './report.ts'
import type { Section } from './report.ts'
import { freePort, startKpiql, startServer } from './server.ts'
import type { BenchServer } from './server.ts'
import { timingOf } from './turns.ts'

const CONNECTIONS = 50
const ROUNDS = 4
const ROUND_S = 5
const WARM_UP_S = 3
const MIN_SHARE = 0.5
const BARE = fileURLToPath(new URL('./bare-server.ts', import.meta.url))

interface Load {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Microseconds of the server's processor time for one request; NaN where the system does not tell. */
  readonly processorUs: number
}

/** Requests a second of one cached metric against a server that does nothing (d). */
export async function benchLoad(): Promise<Section> {
  const cwd = await openCompanyFolder()
  const env = { NODE_ENV: 'production' }
  const port = await freePort()
  const bare = await startServer([BARE, String(port)], port, { name: 'bare', cwd, env })
  const kpiql = await startKpiql([], { name: 'load', cwd, env })
  try {
    await bare.firstAnswer('{ __typename }')
    await kpiql.firstAnswer(TILE_QUERY)
    await load(bare, '{ __typename }', WARM_UP_S)
    await load(kpiql, TILE_QUERY, WARM_UP_S)
    await load(kpiql, TILE_QUERY, WARM_UP_S, ANEW)
    const found = { bare: [] as Load[], kpiql: [] as Load[], anew: [] as Load[] }
    for (let round = 0; round < ROUNDS; round++) {
      found.bare.push(await load(bare, '{ __typename }', ROUND_S))
      await expectCached(kpiql)
      found.kpiql.push(await load(kpiql, TILE_QUERY, ROUND_S))
      await expectCached(kpiql)
      found.anew.push(await load(kpiql, TILE_QUERY, ROUND_S, ANEW))
    }
    const share = median(found.kpiql, 'perSecond') / median(found.bare, 'perSecond')
    const row = (name: string, loads: readonly Load[], wanted: readonly string[]): readonly string[] => [
      name, median(loads, 'perSecond').toFixed(0), Math.max(...loads.map(({ perSecond }) => perSecond)).toFixed(0), median(loads, 'p50Ms').toFixed(1), median(loads, 'p99Ms').toFixed(1), median(loads, 'processorUs').toFixed(0), ...wanted,
    ]
    return {
      title: '(d) Requests a second, from cache',
      about: [
        `One metric of one slice, answered from cache by \`kpiql serve\` on the demo company with its default settings (its request log goes to a file), against Apollo Server on Fastify that answers \`{ __typename }\` and does nothing else. ${CONNECTIONS} connections that each wait for their answer before they ask again; ${ROUNDS} rounds of ${ROUND_S} s each, in turns (bare, KPIQL, bare, …), after ${WARM_UP_S} s of warming up.`,
        'The second row repeats one question word for word, which is what polling dashboards do: its whole answer is kept as long as no source moves. The third row asks with `cache-control: no-cache`, so no whole answer is taken: each goes through Apollo and is put together from cached answers of its metrics: what a new question over known numbers costs. It is not judged.',
        'Fair, because both run the same Node with `NODE_ENV=production`, the same versions of Apollo and Fastify and the same Apollo options, on the same machine as the one client, which takes a core of it. Every answer must be a 200, and before and after each round the gateway must say that it read nothing. The processor time of a request is given besides, since it hardly moves when something else runs on the machine.',
      ],
      tables: [
        {
          columns: ['Server', 'Requests/s (median)', '(max)', 'p50 ms', 'p99 ms', 'CPU µs a request', 'Share', 'Wanted', 'Verdict'],
          rows: [row('bare Apollo on Fastify', found.bare, ['1.00×', '', '']), row('KPIQL, one cached metric', found.kpiql, [times(share), `≥ ${MIN_SHARE}×`, verdict(share >= MIN_SHARE)]), row('KPIQL, the answer put together anew', found.anew, [times(median(found.anew, 'perSecond') / median(found.bare, 'perSecond')), '', ''])],
        },
      ],
    }
  } finally {
    await Promise.all([bare.stop(), kpiql.stop()])
  }
}

/** Whoever wants no cached response is not answered from whole answers. */
const ANEW = { 'cache-control': 'no-cache' }

async function load({ url, pid }: BenchServer, query: string, duration: number, headers: Readonly<Record<string, string>> = {}): Promise<Load> {
  const beforeMs = await processorMsOf(pid)
  const { requests, latency, non2xx, errors, timeouts } = await autocannon({
    url, connections: CONNECTIONS, duration, method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query }),
  })
  if (non2xx + errors + timeouts > 0) throw new Error(`Under load ${non2xx} answers were no 200, ${errors} failed, ${timeouts} were late.`)
  const afterMs = await processorMsOf(pid)
  const processorUs = beforeMs === null || afterMs === null ? Number.NaN : ((afterMs - beforeMs) * 1000) / requests.total
  return { perSecond: requests.average, p50Ms: latency.p50, p99Ms: latency.p99, processorUs }
}

async function expectCached(server: BenchServer): Promise<void> {
  const { data, kpiql } = await server.ask(TILE_QUERY)
  expectTile(data)
  if (kpiql['scans'] !== 0 || kpiql['cacheHits'] === 0) throw new Error(`The tile did not come from cache: ${JSON.stringify(kpiql)}`)
}

function median(loads: readonly Load[], field: keyof Load): number {
  return timingOf(loads.map((one) => one[field])).medianMs
}
