import type { Benchmark, Metric } from './types.ts'

export const VERDICTS = ['EXCELLENT', 'GOOD', 'ACCEPTABLE', 'POOR'] as const
export type Verdict = (typeof VERDICTS)[number]

/** Where a value stands among others, and the bounds of that verdict in the metric's unit; a null bound is open. */
export interface Judgement {
  readonly verdict: Verdict
  readonly from: number | null
  readonly to: number | null
}

/**
 * Where higher is better, a value at or above a bound has its verdict. Where lower is better, one below `excellent` or `good` has
 * theirs, and one up to and with `acceptable` is acceptable: 5 of "good 5, acceptable 7" is acceptable, as is 7. What meets no bound
 * is poor, but only if there is an `acceptable` (else a `good`) to miss.
 *
 * @returns Null where the benchmark has no bounds, or too few to judge this value.
 */
export function judge(value: number, benchmark: Benchmark, direction: Metric['direction']): Judgement | null {
  if (direction === null) return null
  const { excellent, good, acceptable } = benchmark
  const bounds = [
    { verdict: 'EXCELLENT', bound: excellent },
    { verdict: 'GOOD', bound: good },
    { verdict: 'ACCEPTABLE', bound: acceptable },
  ] as const
  const higher = direction === 'higher_is_better'
  let better: number | null = null
  for (const { verdict, bound } of bounds) {
    if (bound === null) continue
    const meets = higher ? value >= bound : verdict === 'ACCEPTABLE' ? value <= bound : value < bound
    if (meets) return higher ? { verdict, from: bound, to: better } : { verdict, from: better, to: bound }
    better = bound
  }
  if (acceptable === null && good === null) return null
  return higher ? { verdict: 'POOR', from: null, to: better } : { verdict: 'POOR', from: better, to: null }
}
