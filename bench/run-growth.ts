import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { CASES } from './best-form.ts'
import { askAsCrowd } from './crowd.ts'
import { COUNTRIES, ENGINE_SETTINGS, openBenchDatabase } from './data.ts'
import { drawGrowth } from './draw-growth.ts'
import { graphqlAsk } from './graphql-ask.ts'
import { memoryOf } from './machine.ts'
import { megabytes, ms } from './report.ts'
import type { Section, Table } from './report.ts'
import { startKpiql } from './server.ts'
import type { BenchServer } from './server.ts'
import type { BenchAsk, BenchSlice } from './slices.ts'
import { takeTurns } from './turns.ts'

const SLICES = [1, 8, 64, 512]
const COHORTS = [1, 10, 50]
const CLIENTS = [1, 10, 100, 500]
const CROWD_S = 8
const WARM_UP_S = 2
/** Of the generated events. */
const FIRST_USER = 100_000
const FOLDER = fileURLToPath(new URL('./data/growth', import.meta.url))

/** What one size of a question costs: its median, and the most memory that a server held which was asked nothing else. */
export interface GrowthPoint {
  readonly size: number
  readonly medianMs: number
  readonly peakBytes: number
}

/** One thing that grows while all others stay. */
export interface Growth {
  readonly name: string
  readonly axis: string
  readonly points: readonly GrowthPoint[]
}

/** How time and memory grow with rows, slices, cohorts and clients (growth). Linux only; writes a picture of each beside this file. */
export async function benchGrowth(rowCounts: readonly number[], rows: number): Promise<Section> {
  const sizes: Growth[] = [await byRows(rowCounts), await bySlices(rows), await byCohorts(rows)]
  const { growth: crowd, table: crowdTable } = await byClients(rows)
  for (const growth of [...sizes, crowd]) await writeFile(new URL(`./growth-${growth.name}.svg`, import.meta.url), drawGrowth(growth))
  return {
    title: '(growth) Time and memory against rows, slices, cohorts and clients',
    about: [
      `Milliseconds from the request to the answer read, over HTTP, with \`NO_CACHE\`: everything is planned and scanned each time. Medians. Memory is the most that the process of the server ever held (\`VmHWM\`), engine and code included; each row is a server of its own, which is asked nothing else. The engine may use ${ENGINE_SETTINGS['memory_limit'] ?? ''}. For information: no bound is judged.`,
      `Slices are 24 countries × 3 metrics × 12 months where rows grow; countries, devices and ranges of score, no two alike, over ${rows.toLocaleString('en')} rows where their number grows. Cohorts are users by what they did in the last 28 days, no two alike, each a slice of 3 metrics × 12 months. Clients ask one metric of one slice over ${rows.toLocaleString('en')} rows with a filter that never comes again, each at once when it has its answer, for ${CROWD_S} s on the machine of the server.`,
      ...[...sizes, crowd].map(({ name, axis }) => `![${axis}](growth-${name}.svg)`),
    ],
    tables: [...sizes.map(tableOf), crowdTable],
  }
}

function tableOf({ axis, points }: Growth): Table {
  return { columns: [axis, 'Median ms', 'Peak MB'], rows: points.map(({ size, medianMs, peakBytes }) => [size.toLocaleString('en'), ms(medianMs), megabytes(peakBytes)]) }
}

async function byRows(rowCounts: readonly number[]): Promise<Growth> {
  const equality = CASES.find(({ name }) => name === 'equality')
  if (equality === undefined) throw new RangeError('The bench has no case "equality".')
  const points: GrowthPoint[] = []
  for (const size of rowCounts) points.push(await pointOf(size, await openBenchDatabase(size), graphqlAsk(equality.ask, 'NO_CACHE')))
  return { name: 'rows', axis: 'Rows', points }
}

async function bySlices(rows: number): Promise<Growth> {
  const path = await openBenchDatabase(rows)
  const points: GrowthPoint[] = []
  for (const size of SLICES) points.push(await pointOf(size, path, graphqlAsk(askOf(differentSlices(size)), 'NO_CACHE')))
  return { name: 'slices', axis: 'Slices', points }
}

async function byCohorts(rows: number): Promise<Growth> {
  const path = await openBenchDatabase(rows)
  const points: GrowthPoint[] = []
  for (const size of COHORTS) {
    const { query, variables } = graphqlAsk(askOf(Array.from({ length: size }, () => ({ where: [], start: '2025-01-01', end: '2026-01-01' }))), 'NO_CACHE')
    const inputs = variables.inputs.map((input, index) => ({ ...input, where: { cohort: { in: [cohortName(index).toUpperCase()] } } }))
    points.push(await pointOf(size, path, { query, variables: { ...variables, inputs } }))
  }
  return { name: 'cohorts', axis: 'Cohorts', points }
}

async function byClients(rows: number): Promise<{ readonly growth: Growth; readonly table: Table }> {
  const path = await openBenchDatabase(rows)
  const points: GrowthPoint[] = []
  const cells: (readonly string[])[] = []
  for (const clients of CLIENTS) {
    const { figures, peakBytes } = await withServer(path, async (server) => {
      const { query, variables } = graphqlAsk({ ...askOf([{ where: [], start: '2025-01-01', end: '2026-01-01' }]), metrics: [{ name: 'revenue', agg: 'sum', column: 'amount' }] }, 'CACHED_OK')
      let asked = 0
      const bodyOf = (): string => {
        asked += 1
        return JSON.stringify({ query, variables: { ...variables, inputs: variables.inputs.map((input) => ({ ...input, where: { and: [{ country: { in: [COUNTRIES[asked % COUNTRIES.length]] } }, { user_id: { gte: FIRST_USER + asked } }] } })) } })
      }
      await askAsCrowd({ url: server.url, clients, seconds: WARM_UP_S, bodyOf })
      return askAsCrowd({ url: server.url, clients, seconds: CROWD_S, bodyOf })
    })
    points.push({ size: clients, medianMs: figures.p50Ms, peakBytes })
    cells.push([String(clients), figures.answeredPerSecond.toFixed(1), ms(figures.p50Ms), ms(figures.p99Ms), String(figures.refused), String(figures.failed), megabytes(peakBytes)])
  }
  return { growth: { name: 'clients', axis: 'Clients', points }, table: { columns: ['Clients', 'Answers/s', 'p50 ms', 'p99 ms', 'Refused', 'Failed', 'Peak MB'], rows: cells } }
}

function pointOf(size: number, path: string, { query, variables }: { readonly query: string; readonly variables: object }): Promise<GrowthPoint> {
  return withServer(path, async (server) => {
    const [timing] = await takeTurns([() => server.ask(query, variables)], { minRounds: 3, budgetMs: 3_000, maxRounds: 30 })
    if (timing === undefined) throw new RangeError('A timing is missing.')
    return timing
  }).then(({ figures, peakBytes }) => ({ size, medianMs: figures.medianMs, peakBytes }))
}

async function withServer<T>(path: string, work: (server: BenchServer) => Promise<T>): Promise<{ readonly figures: T; readonly peakBytes: number }> {
  await mkdir(FOLDER, { recursive: true })
  const cohorts = Array.from({ length: Math.max(...COHORTS) }, (_, index) => ({ name: cohortName(index), entity: 'user', behavior: { event: { metric: 'events', filter: `score >= ${index * 15}` }, at_least: 1 + (index % 3), within: '28 days' } }))
  const users = { name: 'users', source: 'bench', sql: "SELECT DISTINCT user_id FROM {{ table('events') }}", entities: [{ name: 'user', type: 'primary', expr: 'user_id' }] }
  await writeFile(`${FOLDER}/cohorts.yml`, JSON.stringify({ semantic_models: [users], cohorts }))
  const limits = { maxAliases: 10_000, maxFields: 100_000 }
  const config = { model: ['../../model.yml', 'cohorts.yml'], sources: { bench: { connector: 'duckdb', database: path, now: '2026-01-01', threads: Number(ENGINE_SETTINGS['threads']), memoryLimit: ENGINE_SETTINGS['memory_limit'] } }, server: { deadlineMs: 300_000 }, limits }
  await writeFile(`${FOLDER}/kpiql.config.yml`, JSON.stringify(config, null, 2))
  const server = await startKpiql([], { name: 'growth', cwd: FOLDER, env: { NODE_ENV: 'production' } })
  try {
    await server.firstAnswer('{ __typename }')
    const figures = await work(server)
    return { figures, peakBytes: (await memoryOf(server.pid)).peakBytes }
  } finally {
    await server.stop()
  }
}

const cohortName = (index: number): string => `scored_${index}`

function askOf(slices: readonly BenchSlice[]): BenchAsk {
  const equality = CASES.find(({ name }) => name === 'equality')
  if (equality === undefined) throw new RangeError('The bench has no case "equality".')
  return { ...equality.ask, slices }
}

/** Countries alone, then with a device and a range of score besides, which overlap. */
function differentSlices(count: number): readonly BenchSlice[] {
  const devices = ['desktop', 'mobile', 'tablet', 'api'] as const
  return Array.from({ length: count }, (_, index): BenchSlice => {
    const round = Math.floor(index / COUNTRIES.length)
    const country = { dimension: 'country', in: [COUNTRIES[index % COUNTRIES.length] ?? ''] } as const
    const more = round === 0 ? [] : [{ dimension: 'device', in: [devices[round % devices.length] ?? ''] } as const, { dimension: 'score', gte: round * 20, lt: round * 20 + 400 } as const]
    return { where: [country, ...more], start: '2025-01-01', end: '2026-01-01' }
  })
}
