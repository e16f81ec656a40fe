import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const KPIQL = fileURLToPath(new URL('../bin/kpiql.cjs', import.meta.url))
const FOLDER = fileURLToPath(new URL('./data/company', import.meta.url))

/** One metric over a month: what a tile of a dashboard asks. */
export const TILE_QUERY = '{ slice(period: { last: { count: 30, unit: DAY } }) { metric(name: REVENUE) { value } } }'

/** @throws Error when the tile's number is missing. */
export function expectTile(data: unknown): void {
  const { slice } = data as { slice: { metric: { value: number | null } } }
  if (typeof slice.metric.value !== 'number') throw new Error(`The tile has no number: ${JSON.stringify(data)}`)
}

/** Makes the default demo company where a start without configuration in the returned folder finds it; kept for the next run. */
export async function openCompanyFolder(): Promise<string> {
  const demo = join(FOLDER, '.kpiql', 'demo')
  if (!existsSync(join(demo, 'truth.json'))) await makeCompany(demo, FOLDER, [])
  return FOLDER
}

/** Makes a demo company of another size; kept for the next run. @returns The folder of its files. */
export async function openCompanyOf(customers: number, events: number): Promise<string> {
  const folder = fileURLToPath(new URL(`./data/company-${customers}-${events}`, import.meta.url))
  if (!existsSync(join(folder, 'truth.json'))) await makeCompany(folder, dirname(folder), ['--customers', String(customers), '--events', String(events)])
  return folder
}

async function makeCompany(out: string, cwd: string, flags: readonly string[]): Promise<void> {
  await mkdir(cwd, { recursive: true })
  const child = spawn(process.execPath, [KPIQL, 'demo', '--out', out, ...flags], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The demo company was not made: code ${code}.`)
}

/** Forgets what the gateway made of the company's files, so that the next start is the first on this data. */
export async function forgetWorkingCopy(folder: string): Promise<void> {
  await rm(join(folder, '.kpiql', 'state'), { recursive: true, force: true })
}
