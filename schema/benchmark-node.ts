import { judge } from '../src/model/verdict.ts'
import type { Verdict } from '../src/model/verdict.ts'
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
    verdictText: judged === null ? null : `${WORDS[judged.verdict]} (${rangeText(judged.from, judged.to, unit)})`,
  } satisfies BenchmarkType & Benchmark
}

/** `5–7 %`, `under 3 %`, `120 % and more`. */
function rangeText(from: number | null, to: number | null, unit: Unit): string {
  const sign = unit === 'percent' ? ' %' : ''
  if (from === null) return `under ${to ?? ''}${sign}`
  return to === null ? `${from}${sign} and more` : `${from}–${to}${sign}`
}
