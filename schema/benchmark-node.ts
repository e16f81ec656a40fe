import { judge } from '../src/model/verdict.ts'
import type { Judgement, Verdict } from '../src/model/verdict.ts'
import type { Benchmark, Metric, Unit } from '../src/model/types.ts'
import type { BenchmarkType } from './types/benchmark.ts'

const WORDS = { EXCELLENT: 'Excellent', GOOD: 'Good', ACCEPTABLE: 'Acceptable', POOR: 'Poor' } as const satisfies Record<Verdict, string>

/** A benchmark, and where a value stands by it; without a value it tells the bounds alone. */
export function benchmarkOf({ benchmark, direction, unit }: Pick<Metric, 'benchmark' | 'direction' | 'unit'>, value: number | null): BenchmarkType | null {
  if (benchmark === null) return null
  const judged = value === null ? null : judge(value, benchmark, direction)
  return {
    ...benchmark,
    verdict: judged?.verdict ?? null,
    verdictText: judged === null ? null : `${WORDS[judged.verdict]} (${rangeText(judged, unit, direction === 'lower_is_better' && benchmark.acceptable !== null)})`,
  } satisfies BenchmarkType & Benchmark
}

/**
 * `5–7 %`, `under 3 %`, `120 % and more`.
 *
 * @param upTo Whether the bound between acceptable and poor is itself acceptable: poor is over it, acceptable up to it.
 */
function rangeText({ verdict, from, to }: Judgement, unit: Unit, upTo: boolean): string {
  const sign = unit === 'percent' ? ' %' : ''
  if (from === null) return `${upTo && verdict === 'ACCEPTABLE' ? 'up to' : 'under'} ${to ?? ''}${sign}`
  if (to === null) return upTo && verdict === 'POOR' ? `over ${from}${sign}` : `${from}${sign} and more`
  return `${from}–${to}${sign}`
}
