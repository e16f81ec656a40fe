import { mkdir, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CASES } from './best-form.ts'
import { forgetWorkingCopy, openCompanyFolder, TILE_QUERY } from './company.ts'
import { graphqlAsk } from './graphql-ask.ts'
import { memoryOf } from './machine.ts'
import { megabytes, verdict } from './report.ts'
import type { Section, Table } from './report.ts'
import { startKpiql } from './server.ts'
import type { BenchServer } from './server.ts'

const MAX_OWN_BYTES = 250e6
const CACHE_BYTES = 200e6
/** What the engine may use: the default, and so little that large aggregations must spill. */
const ENGINES = [
  { limit: '1GB', bytes: 1e9 },
  { limit: '256MB', bytes: 256e6 },
]
const FOLDER = fileURLToPath(new URL('./data/memory', import.meta.url))
const CHECKED_WITHIN_MS = 30_000

/** Peak and resident memory of the server (e). Linux only. */
export async function benchMemory(path: string): Promise<Section> {
  const tables = [await beforeFirstQuery()]
  for (const { limit, bytes } of ENGINES) tables.push(await afterHeavyQueries(path, limit, bytes))
  return {
    title: '(e) Memory',
    about: [
      'Megabytes (10⁶ bytes) that the server\'s process holds in RAM, from `/proc/<pid>/status`: resident before its first query on the demo company, and the peak (`VmHWM`) after the queries of (a), all by GraphQL over HTTP with `NO_CACHE`, one after the other and then all at once.',
      `Fair, because it is what the system counts, engine, cache, JavaScript and code together, of the server as it ships. The bound is what the engine may use by configuration, plus the cache (${megabytes(CACHE_BYTES)} MB), plus ${megabytes(MAX_OWN_BYTES)} MB.`,
    ],
    tables,
  }
}

async function beforeFirstQuery(): Promise<Table> {
  const cwd = await openCompanyFolder()
  await forgetWorkingCopy(cwd)
  const rows = [...(await memoryOfStart(cwd, 'first start')), ...(await memoryOfStart(cwd, 'later start'))]
  return { columns: ['Demo company', 'Resident MB', 'Peak MB', 'Wanted (resident)', 'Verdict'], rows }
}

async function memoryOfStart(cwd: string, name: string): Promise<readonly (readonly string[])[]> {
  const server = await startKpiql([], { name: 'memory-before', cwd })
  try {
    await untilLogged(server, 'is listening')
    const listening = await memoryOf(server.pid)
    // The sources are looked at, and on a first start loaded, in the background; that too comes before the first query.
    await untilLogged(server, 'Sources checked')
    const checked = await memoryOf(server.pid)
    await server.ask(TILE_QUERY)
    const asked = await memoryOf(server.pid)
    const row = (when: string, { residentBytes, peakBytes }: typeof listening): readonly string[] => [`${name}: ${when}`, megabytes(residentBytes), megabytes(peakBytes), `< ${megabytes(MAX_OWN_BYTES)}`, verdict(residentBytes < MAX_OWN_BYTES)]
    return [row('listening', listening), row('sources checked, no query yet', checked), [`${name}: after the first query`, megabytes(asked.residentBytes), megabytes(asked.peakBytes), '', '']]
  } finally {
    await server.stop()
  }
}

async function afterHeavyQueries(path: string, limit: string, engineBytes: number): Promise<Table> {
  await mkdir(FOLDER, { recursive: true })
  const config = {
    model: '../../model.yml',
    sources: { bench: { connector: 'duckdb', database: path, memoryLimit: limit, now: '2026-01-01' } },
    cache: { maxBytes: CACHE_BYTES },
    server: { deadlineMs: 300_000 },
    limits: { maxGroups: 500_000 },
  }
  // JSON is YAML.
  await writeFile(`${FOLDER}/kpiql.config.yml`, JSON.stringify(config, null, 2))
  const server = await startKpiql([], { name: `memory-${limit}`, cwd: FOLDER })
  const bound = engineBytes + CACHE_BYTES + MAX_OWN_BYTES
  const rows: (readonly string[])[] = []
  const tell = async (what: string, failed: string): Promise<void> => {
    const { peakBytes, residentBytes } = await memoryOf(server.pid)
    rows.push([what, megabytes(residentBytes), megabytes(peakBytes), `≤ ${megabytes(bound)}`, verdict(peakBytes <= bound && failed === ''), failed])
  }
  try {
    await server.firstAnswer('{ __typename }')
    await tell('start', '')
    for (const one of CASES) await tell(one.name, await outcome(server, [one]))
    await tell('all at once', await outcome(server, CASES))
    return { columns: [`Engine limit ${limit}, after`, 'Resident MB', 'Peak MB', 'Wanted (peak)', 'Verdict', 'Failed'], rows }
  } finally {
    await server.stop()
  }
}

/** Empty when all are answered; a query that fails for want of memory is a finding, not the end of the bench. */
async function outcome(server: BenchServer, cases: typeof CASES): Promise<string> {
  const asked = await Promise.allSettled(
    cases.map(({ ask }) => {
      const { query, variables } = graphqlAsk(ask, 'NO_CACHE')
      return server.ask(query, variables)
    }),
  )
  return asked.flatMap((one, index) => (one.status === 'rejected' ? [`${cases[index]?.name}: ${one.reason instanceof Error ? one.reason.message.slice(0, 160) : String(one.reason)}`] : [])).join('; ')
}

async function untilLogged(server: BenchServer, text: string): Promise<void> {
  const lateMs = performance.now() + CHECKED_WITHIN_MS
  while (!(await server.log()).includes(text)) {
    if (performance.now() > lateMs) throw new Error(`The server did not log "${text}" in time: ${(await server.log()).slice(-1000)}`)
    await sleep(20)
  }
}
