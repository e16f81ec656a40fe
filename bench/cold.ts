import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { BenchCase } from './bench-case.ts'
import { CASES } from './best-form.ts'
import { connectToBench, openBenchDatabase } from './data.ts'
import { openBenchGateway } from './planner.ts'
import { timeOnce } from './turns.ts'

export const COLD_CONTENDERS = ['planner', 'design', 'separate'] as const
export type ColdContender = (typeof COLD_CONTENDERS)[number]

/**
 * Milliseconds of a first answer in a process and an engine of its own, statements and fold, by code warmed on a small database. The engine is open by then and its tables
 * are known, as a server looks at its sources when it starts, but no row was read; the system still holds the file in memory.
 */
export async function timeCold(path: string, caseName: string, contender: ColdContender): Promise<number> {
  const child = fork(import.meta.filename, [path, caseName, contender])
  let coldMs = Number.NaN
  child.on('message', (message) => (coldMs = Number(message)))
  const [code] = await once(child, 'exit')
  if (code !== 0 || Number.isNaN(coldMs)) throw new Error(`The cold run of ${contender} in ${caseName} ended with code ${code}.`)
  return coldMs
}

/** Rows of the small database on which the code is warmed, so that its first run is not Node's compiler's. */
const SMALL_ROWS = 20_000
const WARMING_RUNS = 10

async function runCold(path: string, caseName: string, contender: string): Promise<number> {
  const one = CASES.find(({ name }) => name === caseName)
  if (one === undefined) throw new RangeError(`There is no case ${caseName}.`)
  const small = await openContender(await openBenchDatabase(SMALL_ROWS), one, contender)
  for (let run = 0; run < WARMING_RUNS; run++) await small.answer()
  await small.close()
  const { answer, close } = await openContender(path, one, contender)
  const coldMs = await timeOnce(answer)
  await close()
  return coldMs
}

async function openContender(path: string, one: BenchCase, contender: string): Promise<{ answer(): Promise<unknown>; close(): Promise<void> | void }> {
  if (contender === 'planner') {
    const gateway = await openBenchGateway(path)
    // Of the analytics that are asked: each looks at its sources itself.
    await gateway.forgetful.sources()
    return { answer: () => gateway.ask(one.ask, false), close: () => gateway.close() }
  }
  const form = contender === 'design' ? one.design : one.separate
  const { connection, close } = await connectToBench(path)
  return { answer: () => form(connection), close }
}

if (import.meta.filename === process.argv[1]) {
  const [path = '', caseName = '', contender = ''] = process.argv.slice(2)
  process.send?.(await runCold(path, caseName, contender))
}
