import { resolvePeriod } from '../src/base/period.ts'
import { ALL } from '../src/model/predicate.ts'
import type { Activity } from '../src/model/types.ts'
import { connectToBench } from './data.ts'
import { joinedToNearest, nestedWindows, packedPairs, windowsOfPairs } from './forms/funnel.ts'
import type { CountedSteps, FunnelCase, FunnelForm } from './forms/funnel.ts'
import { BENCH_NOW, openBenchGateway } from './planner.ts'
import type { BenchGateway } from './planner.ts'
import { ms, times, verdict } from './report.ts'
import type { Section } from './report.ts'
import { takeTurns } from './turns.ts'

const MAX_RATIO = 2
const LOOK: readonly string[] = ['page_view']

const year = { start: '2025-01-01', end: '2026-01-01', days: 7 }

const CASES: readonly { readonly name: string; readonly ask: FunnelCase }[] = [
  { name: 'every event is a step', ask: { ...year, steps: [LOOK, ['feature_used', 'search', 'login'], ['export', 'share', 'comment', 'purchase', 'invite', 'upgrade_viewed', 'logout', 'error']] } },
  { name: 'three kinds of event', ask: { ...year, steps: [LOOK, ['feature_used'], ['purchase']] } },
  { name: 'three kinds of event, one month', ask: { ...year, start: '2025-11-01', end: '2025-12-01', steps: [LOOK, ['feature_used'], ['purchase']] } },
]

/**
 * Ordered funnels of three steps over all events, none of which fits two steps, against several forms written by hand.
 *
 * @throws Error when the gateway's counts or medians differ from any of theirs.
 */
export async function benchFunnel(path: string): Promise<Section> {
  const rows: string[][] = []
  const forms: string[][] = []
  for (const { name, ask } of CASES) {
    const tried: Readonly<Record<string, FunnelForm>> = {
      'joins with the nearest event': joinedToNearest(ask),
      'nested windows': nestedWindows(ask),
      'windows of two steps each': windowsOfPairs(ask),
      'the same, time and step packed': packedPairs(ask),
    }
    const gateway = await openBenchGateway(path)
    const { connection, close } = await connectToBench(path)
    try {
      const { counted, scans, rowsRead } = await askGateway(gateway, ask)
      for (const [form, run] of Object.entries(tried)) {
        const found = await run(connection)
        if (!isSame(counted, found)) throw new Error(`${name}: "${form}" differs from the gateway: ${found.join(', ')} against ${counted.join(', ')}`)
      }
      const [own, ...timings] = await takeTurns([() => askGateway(gateway, ask), ...Object.values(tried).map((run) => () => run(connection))], { budgetMs: 20_000 })
      const [best] = Object.keys(tried)
        .flatMap((form, index) => (timings[index] ? [{ form, timing: timings[index] }] : []))
        .toSorted((a, b) => a.timing.medianMs - b.timing.medianMs)
      if (own === undefined || best === undefined) throw new RangeError(`${name}: a timing is missing.`)
      const ratio = own.medianMs / best.timing.medianMs
      rows.push([name, ms(own.medianMs), ms(own.minMs), best.form, ms(best.timing.medianMs), ms(best.timing.minMs), times(ratio), `≤ ${MAX_RATIO}×`, String(scans), String(rowsRead), verdict(ratio <= MAX_RATIO)])
      Object.keys(tried).forEach((form, index) => timings[index] && forms.push([name, form, ms(timings[index].medianMs), ms(timings[index].minMs)]))
      console.error(`  ${name.padEnd(34)} gateway ${ms(own.medianMs)} ms, best by hand ${ms(best.timing.medianMs)} (${best.form})`)
    } finally {
      close()
      await gateway.close()
    }
  }
  return {
    title: '(funnel) Funnels against the best form written by hand',
    about: [
      'Milliseconds to the counts of three steps in order within 7 days, and the medians between them, over 2025 or a month of it. Any attempt of a user may succeed; the furthest counts, of several the first. The gateway plans, scans and folds anew each time; its cache is not used.',
      'Fair, because all read the same file through the same version of DuckDB with the same threads and memory, take turns within one run, and give the same counts and medians, which is checked before anything is timed. The fastest of all forms is the one compared with.',
    ],
    tables: [
      { columns: ['Case', 'Gateway', '(min)', 'Fastest by hand', 'ms', '(min)', 'Ratio', 'Wanted', 'Statements', 'Rows read', 'Verdict'], rows },
      { columns: ['Case', 'Form by hand', 'ms', '(min)'], rows: forms },
    ],
  }
}

async function askGateway({ analytics, model }: BenchGateway, { steps, start, end, days }: FunnelCase): Promise<{ readonly counted: CountedSteps; readonly scans: number; readonly rowsRead: number }> {
  const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  const period = resolvePeriod({ between: { start, end } }, { nowUtcMs: BENCH_NOW, zone: 'UTC', calendar: model.calendar })
  const { groups } = await session.funnel({ entity: 'user', steps: steps.map(stepOf), within: { count: days, unit: 'day' }, order: 'ordered', predicate: ALL, period, by: null, cohortsAsOf: 'period_end' })
  const [first, second, third] = groups[0]?.steps ?? []
  return {
    counted: [first?.count ?? 0, second?.count ?? 0, third?.count ?? 0, second?.medianSeconds ?? null, third?.medianSeconds ?? null],
    scans: session.stats.scans,
    rowsRead: session.stats.rowsRead,
  }
}

function stepOf(events: readonly string[]): Activity {
  return { metric: 'events', semanticModel: 'events', filter: { kind: 'atom', dimension: 'event_name', test: { op: 'in', values: events, caseInsensitive: false } }, time: { kind: 'event', dimension: 'ts' } }
}

function isSame(one: CountedSteps, other: CountedSteps): boolean {
  return one.every((value, index) => {
    const found = other[index] ?? null
    return value === null || found === null ? value === found : Math.abs(value - found) < 1e-3
  })
}
