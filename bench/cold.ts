import { fork } from 'node:child_process'
import { once } from 'node:events'
import { CASES } from './best-form.ts'
import { connectToBench } from './data.ts'
import { openBenchGateway } from './planner.ts'
import { timeOnce } from './turns.ts'

export const COLD_CONTENDERS = ['planner', 'design', 'separate'] as const
export type ColdContender = (typeof COLD_CONTENDERS)[number]

/**
 * Milliseconds of a first answer in a process and an engine of its own, statements and fold. The engine is open by then, as a server opens
 * its sources when it starts, but has read nothing; the system still holds the file in memory.
 */
export async function timeCold(path: string, caseName: string, contender: ColdContender): Promise<number> {
  const child = fork(import.meta.filename, [path, caseName, contender])
  let coldMs = Number.NaN
  child.on('message', (message) => (coldMs = Number(message)))
  const [code] = await once(child, 'exit')
  if (code !== 0 || Number.isNaN(coldMs)) throw new Error(`The cold run of ${contender} in ${caseName} ended with code ${code}.`)
  return coldMs
}

async function runCold(path: string, caseName: string, contender: string): Promise<number> {
  const one = CASES.find(({ name }) => name === caseName)
  if (one === undefined) throw new RangeError(`There is no case ${caseName}.`)
  if (contender === 'planner') {
    const gateway = await openBenchGateway(path)
    await gateway.source.discover()
    const coldMs = await timeOnce(() => gateway.ask(one.ask, 'CACHED_OK'))
    await gateway.close()
    return coldMs
  }
  const form = contender === 'design' ? one.design : one.separate
  const { connection, close } = await connectToBench(path)
  const coldMs = await timeOnce(() => form(connection))
  close()
  return coldMs
}

if (import.meta.filename === process.argv[1]) {
  const [path = '', caseName = '', contender = ''] = process.argv.slice(2)
  process.send?.(await runCold(path, caseName, contender))
}
