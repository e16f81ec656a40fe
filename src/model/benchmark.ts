import type { MetricData } from './metric-file.ts'
import type { Section } from './section.ts'
import type { Benchmark } from './types.ts'

/** Bounds need a direction, and lie in its order. */
export function benchmarkOf(section: Section<MetricData>): Benchmark | null {
  const { benchmark: written, direction } = section.data
  if (!written) return null
  const { excellent, good, acceptable } = written
  const bounds = ([['excellent', excellent], ['good', good], ['acceptable', acceptable]] as const).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]))
  const [first] = bounds
  if (first && direction === undefined) section.blame(['benchmark', first.key], 'Bounds say nothing without a direction.', 'Write direction: higher_is_better or lower_is_better.')
  else {
    bounds.slice(1).forEach(({ key, value }, index) => {
      const better = bounds[index]
      if (better && (direction === 'higher_is_better' ? value >= better.value : value <= better.value)) {
        section.blame(['benchmark', key], `Where ${direction === 'higher_is_better' ? 'higher' : 'lower'} is better, ${key} lies ${direction === 'higher_is_better' ? 'below' : 'above'} ${better.key} (${better.value}), not at ${value}.`, 'Order the bounds by the direction, or turn the direction round.')
      }
    })
  }
  return { text: written.text.trim(), excellent: excellent ?? null, good: good ?? null, acceptable: acceptable ?? null, source: written.source ?? null }
}
