import { differenceOf } from './answer.ts'
import { CASES } from './best-form.ts'
import { connectToBench, openBenchDatabase } from './data.ts'
import { openBenchGateway } from './planner.ts'
import { timeInTurns } from './run-sql.ts'

/** Each case: the gateway's answer without cache, the forms written by hand, and one statement a slice, taking turns in one run. */
export interface PlannerResult {
  readonly name: string
  readonly description: string
  readonly planner: number
  readonly design: number
  readonly best: number
  readonly separate: number
  readonly statements: number
  readonly rowsRead: number
  readonly minSpeedup: number
  readonly maxRatioToBest: number
}

export async function benchPlanner(rows: number, chosen: readonly string[]): Promise<readonly PlannerResult[]> {
  const path = await openBenchDatabase(rows)
  const gateway = await openBenchGateway(path)
  const { connection, close } = await connectToBench(path)
  const results: PlannerResult[] = []
  for (const one of CASES.filter(({ name }) => chosen.length === 0 || chosen.includes(name))) {
    const { answer, session } = await gateway.ask(one.ask, 'NO_CACHE')
    const difference = differenceOf(await one.separate(connection), answer)
    if (difference !== null) throw new Error(`${one.name}: the planner differs from one statement a slice: ${difference}`)
    const timings = await timeInTurns([
      () => gateway.ask(one.ask, 'NO_CACHE'),
      () => one.design(connection),
      () => one.best(connection),
      () => one.separate(connection),
    ])
    const [planner = Number.NaN, design = Number.NaN, best = Number.NaN, separate = Number.NaN] = timings.map(({ medianMs }) => medianMs)
    const { scans: statements, rowsRead } = session.stats
    results.push({ name: one.name, description: one.description, planner, design, best, separate, statements, rowsRead, minSpeedup: one.minSpeedup, maxRatioToBest: one.maxRatioToBest })
    console.log(
      `${one.name.padEnd(20)} planner ${planner.toFixed(0).padStart(6)}  design ${design.toFixed(0).padStart(6)} (${(planner / design).toFixed(2)}×)  best ${best.toFixed(0).padStart(6)} (${(planner / best).toFixed(2)}×)  separate ${separate.toFixed(0).padStart(6)} (${(separate / planner).toFixed(1)}× faster)  ${statements} statements, ${rowsRead} rows`,
    )
  }
  close()
  await gateway.close()
  return results
}

if (import.meta.filename === process.argv[1]) {
  const [rows = '10000000', ...chosen] = process.argv.slice(2)
  await benchPlanner(Number(rows), chosen)
}
