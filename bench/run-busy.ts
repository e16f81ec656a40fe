import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { LOOK_MS } from '../src/http/loop-delay.ts'
import { CASES } from './best-form.ts'
import { openCompanyFolder, TILE_QUERY } from './company.ts'
import { askAsCrowd } from './crowd.ts'
import type { CrowdFigures } from './crowd.ts'
import { graphqlAsk } from './graphql-ask.ts'
import { memoryOf } from './machine.ts'
import { megabytes, ms, times, verdict } from './report.ts'
import type { Section, Table } from './report.ts'
import { startKpiql } from './server.ts'
import type { BenchServer } from './server.ts'

const SECONDS = 8
const WARM_UP_S = 4
const MAX_P99_MS = 50
const MAX_RESIDENT_BYTES = 400e6
const MAX_DELAY_MS = 20
const HEAVY_CLIENTS = 8
/** Of the generated events. */
const FIRST_USER = 100_000
/** Of requests worked on and waiting together, where the server is overloaded on purpose. */
const TAKEN = 100
const OVERLOAD = 10
const MIN_KEPT_THROUGHPUT = 0.8
const FOLDER = fileURLToPath(new URL('./data/busy', import.meta.url))

/** Many clients at once, heavy scans, and more requests than the server takes. Linux only. */
export async function benchBusy(path: string): Promise<Section> {
  return {
    title: '(busy) Many clients at once, and too many',
    about: [
      `Clients that each wait for their answer before they ask again, ${SECONDS} s after ${WARM_UP_S} s of warming up, on one machine with the server. On the demo company a question is one metric over 30 days by one of 12 metrics; "word for word" repeats the documents, "never the same" gives the value another name every time, so that no document was there before, and each is parsed and put together from cached reads. Resident is the highest of what the system tells every 100 ms.`,
      `Under heavy scans ${HEAVY_CLIENTS} clients ask 24 slices × 3 metrics × 12 months of 10 million rows, with a filter that never comes again. The delay is of the server's own event loop, from its \`/metrics\`.`,
      `Overloaded, the server may work on ${TAKEN / 2} requests and let as many wait; ${TAKEN / 2} clients are what it can do, and ${OVERLOAD}× what it takes ask again at once where they are refused, which is worse than clients do that obey \`Retry-After\`. Fair, because the clients share the two cores with the server.`,
    ],
    tables: [await manyClients(), await heavyScans(path), await overload()],
  }
}

const METRICS = ['REVENUE', 'MRR', 'ARR', 'ARPU', 'ACTIVE_CUSTOMERS', 'NEW_CUSTOMERS', 'CHURN_RATE', 'NRR', 'GRR', 'DAU', 'WAU', 'MAU']

/** Over all questions of the run, so that none comes again that is never to be the same. */
let tiles = 0

function nextTile(isRepeated: boolean): string {
  const number = tiles++
  const name = METRICS[number % METRICS.length] ?? 'REVENUE'
  const alias = isRepeated ? 'tile' : `tile_${number}`
  return JSON.stringify({ query: `{ slice(period: { last: { count: 30, unit: DAY } }) { ${alias}: metric(name: ${name}) { value } } }` })
}

async function manyClients(): Promise<Table> {
  const server = await startKpiql([], { name: 'busy-company', cwd: await openCompanyFolder(), env: { NODE_ENV: 'production' } })
  try {
    await server.firstAnswer(TILE_QUERY)
    const rows: (readonly string[])[] = []
    for (const isRepeated of [true, false]) {
      const ask = (clients: number, seconds: number): Promise<CrowdFigures> => askAsCrowd({ url: server.url, clients, seconds, bodyOf: () => nextTile(isRepeated) })
      await ask(100, WARM_UP_S)
      for (const clients of [100, 1_000]) {
        const { figures, residentBytes } = await watchingMemory(server, () => ask(clients, SECONDS))
        const isLate = clients === 100 && figures.p99Ms >= MAX_P99_MS
        const wanted = `${clients === 100 ? `p99 < ${MAX_P99_MS} ms, ` : ''}none failed, < ${megabytes(MAX_RESIDENT_BYTES)} MB`
        rows.push([`${isRepeated ? 'word for word' : 'never the same'}, ${clients} clients`, figures.answeredPerSecond.toFixed(0), ms(figures.p50Ms), ms(figures.p99Ms), String(figures.failed + figures.refused), megabytes(residentBytes), wanted, verdict(!isLate && figures.failed + figures.refused === 0 && residentBytes < MAX_RESIDENT_BYTES)])
      }
    }
    return { columns: ['Demo company', 'Answers/s', 'p50 ms', 'p99 ms', 'Failed', 'Resident MB', 'Wanted', 'Verdict'], rows }
  } finally {
    await server.stop()
  }
}

async function heavyScans(path: string): Promise<Table> {
  const server = await serveEvents(path)
  try {
    await server.firstAnswer('{ __typename }')
    const rows: (readonly string[])[] = []
    for (const name of ['equality', 'ranges'] as const) {
      const found = CASES.find((one) => one.name === name)
      if (found === undefined) throw new RangeError(`The bench has no case "${name}".`)
      const { query, variables } = graphqlAsk(found.ask, 'CACHED_OK')
      let round = 0
      const bodyOf = (): string => {
        round += 1
        const inputs = variables.inputs.map((input) => ({ ...input, where: { and: ['where' in input ? input.where : {}, { user_id: { gte: FIRST_USER + round } }] } }))
        return JSON.stringify({ query, variables: { ...variables, inputs } })
      }
      const ask = (seconds: number): Promise<CrowdFigures> => askAsCrowd({ url: server.url, clients: HEAVY_CLIENTS, seconds, bodyOf })
      await ask(WARM_UP_S)
      await loopDelayMs(server)
      const { figures, residentBytes } = await watchingMemory(server, () => ask(SECONDS * 2))
      const delayMs = await loopDelayMs(server)
      rows.push([name, figures.answeredPerSecond.toFixed(1), ms(figures.p50Ms), ms(figures.p99Ms), String(figures.failed + figures.refused), megabytes(residentBytes), ms(delayMs), `< ${MAX_DELAY_MS} ms`, verdict(delayMs < MAX_DELAY_MS && figures.failed + figures.refused === 0)])
    }
    return { columns: [`${HEAVY_CLIENTS} clients, uncached`, 'Answers/s', 'p50 ms', 'p99 ms', 'Failed', 'Resident MB', 'Loop delay p99 ms', 'Wanted', 'Verdict'], rows }
  } finally {
    await server.stop()
  }
}

async function overload(): Promise<Table> {
  const cwd = `${FOLDER}-overload`
  await mkdir(cwd, { recursive: true })
  const company = await openCompanyFolder()
  await writeFile(`${cwd}/kpiql.config.yml`, JSON.stringify({ limits: { maxRequestsRunning: TAKEN / 2, maxRequestsWaiting: TAKEN / 2 } }))
  const server = await startKpiql(['--data', `${company}/.kpiql/demo`], { name: 'busy-overload', cwd, env: { NODE_ENV: 'production' } })
  try {
    await server.firstAnswer(TILE_QUERY)
    const ask = (clients: number, seconds: number): Promise<CrowdFigures> => askAsCrowd({ url: server.url, clients, seconds, bodyOf: () => nextTile(false) })
    await ask(TAKEN / 2, WARM_UP_S)
    const able = await watchingMemory(server, () => ask(TAKEN / 2, SECONDS))
    await ask(TAKEN * OVERLOAD, WARM_UP_S)
    const over = await watchingMemory(server, () => ask(TAKEN * OVERLOAD, SECONDS))
    const share = over.figures.answeredPerSecond / able.figures.answeredPerSecond
    const row = (what: string, { figures, residentBytes }: Watched, wanted: readonly string[]): readonly string[] => [what, figures.answeredPerSecond.toFixed(0), ms(figures.p50Ms), ms(figures.p99Ms), String(figures.refused), String(figures.failed), megabytes(residentBytes), ...wanted]
    return {
      columns: ['Clients', 'Answers/s', 'p50 ms', 'p99 ms', 'Refused', 'Failed', 'Resident MB', 'Share', 'Wanted', 'Verdict'],
      rows: [
        row(String(TAKEN / 2), able, ['', 'none refused', verdict(able.figures.refused + able.figures.failed === 0)]),
        row(String(TAKEN * OVERLOAD), over, [times(share), `≥ ${MIN_KEPT_THROUGHPUT}×, none failed, < ${megabytes(MAX_RESIDENT_BYTES)} MB`, verdict(share >= MIN_KEPT_THROUGHPUT && over.figures.failed === 0 && over.residentBytes < MAX_RESIDENT_BYTES)]),
      ],
    }
  } finally {
    await server.stop()
  }
}

async function serveEvents(path: string): Promise<BenchServer> {
  await mkdir(FOLDER, { recursive: true })
  const config = { model: '../../model.yml', sources: { bench: { connector: 'duckdb', database: path, now: '2026-01-01' } }, server: { deadlineMs: 300_000 } }
  await writeFile(`${FOLDER}/kpiql.config.yml`, JSON.stringify(config, null, 2))
  return startKpiql([], { name: 'busy-events', cwd: FOLDER, env: { NODE_ENV: 'production' } })
}

interface Watched {
  readonly figures: CrowdFigures
  readonly residentBytes: number
}

async function watchingMemory({ pid }: BenchServer, work: () => Promise<CrowdFigures>): Promise<Watched> {
  let residentBytes = 0
  const look = async (): Promise<void> => {
    residentBytes = Math.max(residentBytes, (await memoryOf(pid)).residentBytes)
  }
  const looking = setInterval(() => void look(), 100)
  try {
    const figures = await work()
    await look()
    return { figures, residentBytes }
  } finally {
    clearInterval(looking)
  }
}

/** The 99th percentile since it was asked last; the monitor counts the time between two looks as delay. */
async function loopDelayMs({ url }: BenchServer): Promise<number> {
  const text = await (await fetch(url.replace(/graphql$/, 'metrics'))).text()
  const seconds = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1]
  if (seconds === undefined) throw new Error('The server tells no delay of its event loop.')
  return Math.max(0, Number(seconds) * 1_000 - LOOK_MS)
}
