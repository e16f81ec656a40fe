import { fork } from 'node:child_process'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { differenceOf } from './answer.ts'
import type { BenchCase } from './bench-case.ts'
import { CASES } from './best-form.ts'
import { connectToBench, openBenchDatabase } from './data.ts'
import type { Form } from './forms/sql-text.ts'

/** Milliseconds of wall time, statement and fold together. */
export interface Timing {
  readonly bestMs: number
  readonly medianMs: number
}

const WARM_RUNS = 5

/**
 * Runs each once to warm up and five times for the figures, taking turns, so that a busy moment of the machine strikes all alike.
 * @returns one timing for each, in order.
 */
export async function timeInTurns(runs: readonly (() => Promise<unknown>)[]): Promise<readonly Timing[]> {
  const times = runs.map((): number[] => [])
  for (const run of runs) await run()
  for (let round = 0; round < WARM_RUNS; round++)
    for (const [index, run] of runs.entries()) times[index]?.push(await timeOnce(run))
  return times.map((ofOne) => {
    const sorted = ofOne.toSorted((one, other) => one - other)
    return { bestMs: sorted[0] ?? Number.NaN, medianMs: sorted[Math.floor(WARM_RUNS / 2)] ?? Number.NaN }
  })
}

async function timeOnce(run: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await run()
  return performance.now() - from
}

/** The forms of a case by name, the separate statements first. */
function formsOf(benchCase: BenchCase): readonly (readonly [string, Form])[] {
  return [['one statement a slice', benchCase.separate], ...Object.entries(benchCase.tried)]
}

/** The first run of a form in a process and an engine of its own; the operating system may still hold the file in memory. */
async function timeCold(rows: number, benchCase: BenchCase, form: string): Promise<number> {
  const child = fork(new URL(import.meta.url).pathname, [String(rows), '--cold', benchCase.name, form])
  let coldMs = Number.NaN
  child.on('message', (message) => (coldMs = Number(message)))
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The cold run of "${form}" in ${benchCase.name} ended with code ${code}.`)
  return coldMs
}

async function runCold(rows: number, caseName: string, form: string): Promise<void> {
  const run = CASES.flatMap((benchCase) => (benchCase.name === caseName ? formsOf(benchCase) : [])).find(([name]) => name === form)?.[1]
  if (run === undefined) throw new RangeError(`No form "${form}" in a case ${caseName}.`)
  const path = await openBenchDatabase(rows)
  const { connection, close } = await connectToBench(path)
  process.send?.(await timeOnce(() => run(connection)))
  close()
}

async function runAll(rows: number, chosen: readonly string[]): Promise<void> {
  const path = await openBenchDatabase(rows)
  const { connection, close } = await connectToBench(path)
  console.log(`${rows} rows, DuckDB with 2 threads; milliseconds of statement and fold; warm: best and median of ${WARM_RUNS}; cold: new process and engine`)
  for (const benchCase of CASES.filter(({ name }) => chosen.length === 0 || chosen.includes(name))) {
    console.log(`\n${benchCase.name}: ${benchCase.description}`)
    console.log(`${'warm best'.padStart(10)}${'median'.padStart(8)}${'cold'.padStart(8)}${'speed-up'.padStart(10)}`)
    const forms = formsOf(benchCase)
    const expected = await benchCase.separate(connection)
    for (const [name, form] of forms) {
      const difference = differenceOf(expected, await form(connection))
      if (difference !== null) throw new Error(`${benchCase.name}, "${name}" differs from one statement a slice: ${difference}`)
    }
    const timings = await timeInTurns(forms.map(([, form]) => () => form(connection)))
    for (const [index, [name, form]] of forms.entries()) {
      const { bestMs, medianMs } = timings[index] ?? { bestMs: Number.NaN, medianMs: Number.NaN }
      const marks = [form === benchCase.best ? 'best' : '', form === benchCase.design ? 'design' : ''].filter((mark) => mark !== '').join(', ')
      const isNamed = marks !== '' || form === benchCase.separate
      const cold = isNamed ? (await timeCold(rows, benchCase, name)).toFixed(0) : ''
      const speedup = `${((timings[0]?.bestMs ?? Number.NaN) / bestMs).toFixed(1)}×`
      const figures = `${bestMs.toFixed(0).padStart(10)}${medianMs.toFixed(0).padStart(8)}${cold.padStart(8)}${speedup.padStart(10)}`
      console.log(`${figures}  ${name}${marks === '' ? '' : `  ← ${marks}`}`)
    }
  }
  close()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [rows = '10000000', ...rest] = process.argv.slice(2)
  if (rest[0] === '--cold') await runCold(Number(rows), rest[1] ?? '', rest[2] ?? '')
  else await runAll(Number(rows), rest)
}
