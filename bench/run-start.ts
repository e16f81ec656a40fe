import { expectTile, forgetWorkingCopy, openCompanyFolder, TILE_QUERY } from './company.ts'
import { ms, verdict } from './report.ts'
import type { Section } from './report.ts'
import { startKpiql } from './server.ts'
import { timingOf } from './turns.ts'
import type { Timing } from './turns.ts'

const RUNS = 5
const MAX_FIRST_MS = 3_000
const MAX_LATER_MS = 1_500

/** From the start of the process to the first answer over HTTP (point 4). */
export async function benchStart(): Promise<Section> {
  const cwd = await openCompanyFolder()
  const first: number[] = []
  const later: number[] = []
  for (let run = 0; run < RUNS; run++) {
    await forgetWorkingCopy(cwd)
    first.push(await timeStart(cwd))
    later.push(await timeStart(cwd))
  }
  const row = (name: string, { medianMs, minMs, p95Ms }: Timing, maxMs: number): readonly string[] => [name, ms(medianMs), ms(minMs), ms(p95Ms), `< ${maxMs} ms`, verdict(p95Ms < maxMs)]
  return {
    title: '(start) From process start to the first answer',
    about: [
      `Milliseconds from just before the process is made to the first answer with a number over HTTP, asked every 5 ms from the start; \`kpiql serve\` without configuration, the demo company made before; ${RUNS} runs of each, in turns. The slowest run is judged.`,
      'Fair, because it is what a newcomer waits for, on the server as built and on the default company. "First" is the first start on these files, which loads them into the engine; later starts find them loaded.',
    ],
    tables: [{ columns: ['Start', 'Median ms', 'min ms', 'max ms', 'Wanted', 'Verdict'], rows: [row('first, files not loaded yet', timingOf(first), MAX_FIRST_MS), row('later', timingOf(later), MAX_LATER_MS)] }],
  }
}

async function timeStart(cwd: string): Promise<number> {
  const server = await startKpiql([], { name: 'start', cwd })
  try {
    const { data } = await server.firstAnswer(TILE_QUERY)
    const elapsedMs = performance.now() - server.startedMs
    expectTile(data)
    return elapsedMs
  } finally {
    await server.stop()
  }
}
