import type { DefinitionData, MetricData } from './metric-file.ts'
import type { MetricScope } from './metric-scope.ts'
import { suggest } from './problem.ts'
import type { Section } from './section.ts'
import type { Benchmark, MetricCurrency, MetricDefinition, Unit } from './types.ts'

/** The unit that follows from how a metric is computed; null where its author says it. */
export function fixedUnitOf(definition: DefinitionData): Unit | null {
  switch (definition.type) {
    case 'retention':
    case 'funnel':
      return 'percent'
    case 'conversion':
      return (definition.calculation ?? 'rate') === 'rate' ? 'percent' : 'count'
    case 'active':
      return 'count'
    case 'movement':
      return definition.of === 'entities' ? 'count' : null
    default:
      return null
  }
}

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

/** The dimension that says the currency of each row: every way to compute the metric has it, and it is a text. */
export function currencyDimension(section: Section<MetricData>, name: string, definitions: readonly MetricDefinition[], { around }: MetricScope): MetricCurrency | null {
  const at = ['currency', 'dimension']
  const found = new Set<string>()
  for (const definition of definitions) {
    if (definition.type !== 'simple' && definition.type !== 'movement') {
      section.blame(['currency'], `A ${definition.type} metric reads no rows that could say their currency.`, 'Remove it: the currency follows from the inputs.')
      return null
    }
    const dimensions = around.semanticModels.get(definition.semanticModel)?.dimensions ?? []
    const dimension = dimensions.find((candidate) => candidate.name === name) ?? dimensions.find((candidate) => candidate.publicName === name)
    if (!dimension) {
      section.blame(at, `"${definition.semanticModel}" has no dimension "${name}".`, suggest(name, dimensions.map((candidate) => candidate.name)))
      return null
    }
    if (dimension.kind !== 'text') section.blame(at, `A currency is a text like EUR; "${name}" holds ${dimension.kind}.`)
    found.add(dimension.publicName)
  }
  const [publicName, other] = found
  if (other !== undefined) section.blame(at, `The implementations call it differently: ${[...found].join(' and ')}.`, 'Give the dimensions one public_name.')
  return publicName === undefined ? null : { dimension: publicName }
}
