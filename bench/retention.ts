import type { RetentionAnswer } from '../src/answer/types.ts'
import { resolvePeriod } from '../src/base/period.ts'
import { ALL } from '../src/model/predicate.ts'
import type { Activity } from '../src/model/types.ts'
import { connectToBench } from './data.ts'
import { countedDistinct, joinedPairs, monthsAsBits, windowedPairs } from './forms/retention.ts'
import type { Matrix, MatrixAsk, RetentionForm } from './forms/retention.ts'
import { BENCH_NOW, openBenchGateway } from './planner.ts'
import type { BenchGateway } from './planner.ts'
import { ms, times, verdict } from './report.ts'
import type { Section } from './report.ts'
import { takeTurns } from './turns.ts'
import type { Timing } from './turns.ts'

const MAX_RATIO = 2
const EVENTS: Activity = { metric: 'events', semanticModel: 'events', filter: ALL, time: { kind: 'event', dimension: 'ts' } }

interface Case {
  readonly name: string
  readonly ask: MatrixAsk
}

const months2024 = Array.from({ length: 13 }, (_, month) => new Date(Date.UTC(2024, month)).toISOString().slice(0, 10))

const CASES: readonly Case[] = [
  { name: '12 × 12 months', ask: { months: months2024, periods: 12, plans: null } },
  { name: '12 × 12 months for three cohorts', ask: { months: months2024, periods: 12, plans: ['basic', 'pro', 'enterprise'] } },
]

/**
 * Monthly retention matrices of all events: starts of twelve months, and twelve periods each, against several forms written by hand.
 *
 * @throws Error when the gateway's matrix differs from any of theirs.
 */
export async function benchRetention(path: string): Promise<Section> {
  const rows: string[][] = []
  const forms: string[][] = []
  for (const { name, ask } of CASES) {
    const found = await measured(path, name, ask)
    const [best] = found.forms.toSorted((a, b) => a.timing.medianMs - b.timing.medianMs)
    if (best === undefined) throw new RangeError(`${name}: no form was timed.`)
    const ratio = found.gateway.medianMs / best.timing.medianMs
    rows.push([name, ms(found.gateway.medianMs), ms(found.gateway.minMs), best.name, ms(best.timing.medianMs), ms(best.timing.minMs), times(ratio), `≤ ${MAX_RATIO}×`, String(found.scans), String(found.rowsRead), verdict(ratio <= MAX_RATIO)])
    for (const form of found.forms) forms.push([name, form.name, ms(form.timing.medianMs), ms(form.timing.minMs)])
    console.error(`  ${name.padEnd(34)} gateway ${ms(found.gateway.medianMs)} ms, best by hand ${ms(best.timing.medianMs)} (${best.name})`)
  }
  return {
    title: '(retention) Retention matrices against the best form written by hand',
    about: [
      'Milliseconds to the finished matrix: users by the month of their first event ever, and how many have an event in that month and the eleven after it. The gateway plans, scans and folds anew each time; its cache is not used.',
      'Fair, because all read the same file through the same version of DuckDB with the same threads and memory, take turns within one run, and give the same matrix, which is checked cell by cell before anything is timed. The fastest of all forms is the one compared with.',
    ],
    tables: [
      { columns: ['Case', 'Gateway', '(min)', 'Fastest by hand', 'ms', '(min)', 'Ratio', 'Wanted', 'Statements', 'Rows read', 'Verdict'], rows },
      { columns: ['Case', 'Form by hand', 'ms', '(min)'], rows: forms },
    ],
  }
}

interface Measured {
  readonly gateway: Timing
  readonly forms: readonly { readonly name: string; readonly timing: Timing }[]
  readonly scans: number
  readonly rowsRead: number
}

async function measured(path: string, name: string, ask: MatrixAsk): Promise<Measured> {
  const tried: Readonly<Record<string, RetentionForm>> = {
    'pairs joined with starts': joinedPairs(ask),
    'count(DISTINCT) of joined events': countedDistinct(ask),
    'pairs, starts by a window': windowedPairs(ask),
    'months as bits, spelled out': monthsAsBits(ask, 'literals'),
    'months as bits, shifted': monthsAsBits(ask, 'shifted'),
  }
  const gateway = await openBenchGateway(path)
  const { connection, close } = await connectToBench(path)
  try {
    const { matrix, scans, rowsRead } = await askGateway(gateway, ask)
    for (const [form, run] of Object.entries(tried)) {
      const difference = differenceOf(await run(connection), matrix)
      if (difference !== null) throw new Error(`${name}: "${form}" differs from the gateway: ${difference}`)
    }
    const [own, ...timings] = await takeTurns([() => askGateway(gateway, ask), ...Object.values(tried).map((run) => () => run(connection))], { budgetMs: 20_000 })
    if (own === undefined) throw new RangeError(`${name}: a timing is missing.`)
    return { gateway: own, forms: Object.keys(tried).flatMap((form, index) => (timings[index] ? [{ name: form, timing: timings[index] }] : [])), scans, rowsRead }
  } finally {
    close()
    await gateway.close()
  }
}

async function askGateway({ analytics, model }: BenchGateway, { months, periods, plans }: MatrixAsk): Promise<{ readonly matrix: Matrix; readonly scans: number; readonly rowsRead: number }> {
  const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  const period = resolvePeriod({ between: { start: months[0] ?? '', end: months.at(-1) ?? '' } }, { nowUtcMs: BENCH_NOW, zone: 'UTC', calendar: model.calendar })
  const slices = plans === null ? [ALL] : plans.map((plan) => ({ kind: 'atom', dimension: 'plan', test: { op: 'in', values: [plan], caseInsensitive: false } }) as const)
  const answers = await Promise.all(
    slices.map((predicate) => session.retention({ entity: 'user', predicate, period, unit: 'month', periods: periods - 1, mode: 'bounded', brackets: [], clock: 'calendar', start: EVENTS, activity: EVENTS, cohortsAsOf: 'period_end' })),
  )
  return { matrix: matrixOf(answers), scans: session.stats.scans, rowsRead: session.stats.rowsRead }
}

function matrixOf(answers: readonly RetentionAnswer[]): Matrix {
  const found = new Map<string, number>()
  answers.forEach(({ rows }, slice) => {
    for (const { bucket, size, cells } of rows) {
      const month = new Date(bucket.startUtcMs).toISOString().slice(0, 10)
      if (size !== null && size > 0) found.set(`${slice}|${month}|size`, size)
      for (const { from, active } of cells) if (active) found.set(`${slice}|${month}|${from}`, active)
    }
  })
  return found
}

function differenceOf(one: Matrix, other: Matrix): string | null {
  if (one.size !== other.size) return `${one.size} cells against ${other.size}`
  for (const [key, count] of one) if (other.get(key) !== count) return `${key}: ${count} against ${other.get(key)}`
  return null
}
