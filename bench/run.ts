import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ENGINE_SETTINGS, openBenchDatabase } from './data.ts'
import { describeMachine } from './machine.ts'
import { countVerdicts, printSection } from './report.ts'
import type { Section } from './report.ts'
import { benchBoard } from './board.ts'
import { openBenchClickhouse } from './clickhouse.ts'
import { benchDatabase } from './databases.ts'
import { benchFunnel } from './funnel.ts'
import { benchPeers } from './peers/bench-peers.ts'
import { openBenchPostgres } from './postgres.ts'
import { benchRefresh } from './refresh.ts'
import { benchBusy } from './run-busy.ts'
import { benchGraphql } from './run-graphql.ts'
import { benchGrowth } from './run-growth.ts'
import { benchHotPath } from './run-hot-path.ts'
import { benchLoad } from './run-load.ts'
import { benchMemory } from './run-memory.ts'
import { benchModel } from './run-model.ts'
import { benchPlanner } from './run-planner.ts'
import { benchRollups } from './run-rollups.ts'
import { benchStart } from './run-start.ts'
import { benchRetention } from './retention.ts'
import { benchSync } from './sync.ts'

const FULL_ROWS = 10_000_000
/** Besides, of what must not grow with the rows. */
const LARGE_ROWS = 100_000_000
/** Of the databases behind servers. */
const DATABASE_ROWS = 2_000_000
/** Of (peers), besides. */
const PEERS_ROWS = 1_000_000
const SYNC_RECORDS = 5_000_000
const PARTS = ['a', 'b', 'c', 'd', 'e', 'start', 'busy', 'hot-path', 'rollups', 'refresh', 'growth', 'model', 'retention', 'funnel', 'board', 'databases', 'peers', 'sync'] as const
type Part = (typeof PARTS)[number]

const USAGE = `npm run bench -- [--rows ${FULL_ROWS}] [--only ${PARTS.join(',')}] [--case equality,…] [--out FILE]
  --rows   rows of the generated events; of (peers) ${PEERS_ROWS} and ${FULL_ROWS} without it, of (a), (b) and (rollups) also ${LARGE_ROWS}, whose file takes minutes to make
  --only   parts to measure; all without it
  --case   cases of (a) and (b); all without it
  --out    where to write the figures; a whole run on ${FULL_ROWS} rows writes bench/RESULTS.md, any other only prints`

/** Runs the parts asked, one after the other, and prints their figures as Markdown. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rows: { type: 'string' }, only: { type: 'string' }, case: { type: 'string' }, out: { type: 'string' }, help: { type: 'boolean', default: false } } })
  if (values.help) return void console.log(USAGE)
  const rows = Number(values.rows ?? FULL_ROWS)
  const parts = new Set(values.only === undefined ? PARTS : values.only.split(',').map(partOf))
  const cases = values.case?.split(',') ?? []
  /** Of what is measured at both. */
  const sizes = values.rows === undefined ? [FULL_ROWS, LARGE_ROWS] : [rows]

  // Servers and schema are measured as built.
  execFileSync(process.execPath, [fileURLToPath(new URL('../scripts/build.mjs', import.meta.url))], { stdio: 'inherit' })
  const begunMs = performance.now()
  const path = await openBenchDatabase(rows)
  const sections: Section[] = []
  const measure = async (what: string, run: () => Promise<readonly Section[]>): Promise<void> => {
    console.error(`Measuring ${what} …`)
    for (const section of await run()) {
      sections.push(section)
      console.log(`${printSection(section)}\n`)
    }
  }
  if (parts.has('a') || parts.has('b')) {
    for (const size of sizes) await measure(`(a) and (b): the planner, ${size.toLocaleString('en')} rows`, async () => (await benchPlanner(await openBenchDatabase(size), size, cases)).filter((_, index) => parts.has(index === 0 ? 'a' : 'b')))
  }
  if (parts.has('c')) await measure('(c): GraphQL and the cache', async () => [await benchGraphql(path)])
  if (parts.has('d')) await measure('(d): requests a second', async () => [await benchLoad()])
  if (parts.has('e')) await measure('(e): memory', async () => [await benchMemory(path)])
  if (parts.has('start')) await measure('(start)', async () => [await benchStart()])
  if (parts.has('busy')) await measure('(busy): many clients', async () => [await benchBusy(path)])
  if (parts.has('hot-path')) await measure('(hot-path): cached questions', async () => [await benchHotPath()])

  if (parts.has('rollups')) {
    for (const size of sizes) await measure(`(rollups): ${size.toLocaleString('en')} rows`, async () => [await benchRollups(await openBenchDatabase(size), size)])
  }
  if (parts.has('refresh')) await measure('(refresh): a dashboard after a new day', async () => [await benchRefresh(path, rows)])
  if (parts.has('growth')) await measure('(growth)', async () => [await benchGrowth([rows / 10, rows, rows * 10], rows)])
  if (parts.has('model')) await measure('(model)', async () => [await benchModel()])
  if (parts.has('retention')) await measure('(retention)', async () => [await benchRetention(path)])
  if (parts.has('funnel')) await measure('(funnel)', async () => [await benchFunnel(path)])
  if (parts.has('board')) await measure('(board): the AARRR board', async () => [await benchBoard()])

  if (parts.has('databases')) {
    const databaseRows = Math.min(rows, DATABASE_ROWS)
    const events = await openBenchDatabase(databaseRows)
    await measure('(databases)', async () => [await benchDatabase(await openBenchPostgres(events), databaseRows), await benchDatabase(await openBenchClickhouse(events), databaseRows)])
  }

  if (parts.has('peers')) {
    for (const size of values.rows === undefined ? [PEERS_ROWS, FULL_ROWS] : [rows]) await measure(`(peers): ${size.toLocaleString('en')} rows`, async () => benchPeers(await openBenchDatabase(size), size))
  }

  if (parts.has('sync')) await measure('(sync): records landed', async () => [await benchSync(Math.min(rows, SYNC_RECORDS))])

  const { held, total } = countVerdicts(sections)
  const minutes = ((performance.now() - begunMs) / 60_000).toFixed(0)
  const summary = `${held} of ${total} bounds held. ${rows.toLocaleString('en')} generated rows, DuckDB with ${ENGINE_SETTINGS['threads']} threads and ${ENGINE_SETTINGS['memory_limit']} in (a) to (c); one run of ${minutes} minutes.`
  console.log(summary)
  const whole = rows === FULL_ROWS && parts.size === PARTS.length && cases.length === 0
  const file = values.out ?? (whole ? new URL('./RESULTS.md', import.meta.url) : null)
  if (file !== null) await writeFile(file, await printResults(summary, sections))
}

async function printResults(summary: string, sections: readonly Section[]): Promise<string> {
  const machine: Section = { title: 'Machine', about: [], tables: [await describeMachine()] }
  return `# What the bench measured\n\nWritten by \`npm run bench\`; do not edit. ${summary}\n\n${[machine, ...sections].map(printSection).join('\n\n')}\n`
}

function partOf(text: string): Part {
  const part = PARTS.find((one) => one === text)
  if (part === undefined) throw new RangeError(`There is no part "${text}".\n${USAGE}`)
  return part
}

await main()
