import type { DefinitionData, MetricData } from './metric-file.ts'
import { isMade } from './implemented-metrics.ts'
import type { ImplementedMetrics } from './implemented-metrics.ts'
import { nameOf } from './metric-input.ts'
import type { MetricSurroundings } from './metric-scope.ts'
import { suggest } from './problem.ts'
import type { Section } from './section.ts'
import type { MetricCurrency, MetricDefinition, Unit } from './types.ts'

/** Units and currencies of metrics, which may follow from those of other metrics. */
export class MetricUnits {
  readonly #sections: ImplementedMetrics['sections']
  readonly #implementers: ImplementedMetrics['implementers']
  readonly #around: MetricSurroundings
  readonly #units = new Map<string, Unit>()
  readonly #byRows = new Map<string, boolean>()

  constructor({ sections, implementers }: ImplementedMetrics, around: MetricSurroundings) {
    this.#sections = sections
    this.#implementers = implementers
    this.#around = around
  }

  /** Counts are counts, ratios ratios, a running total is what it adds up; a currency means money. Without a word, a number is a count. */
  unitOf(name: string): Unit {
    const known = this.#units.get(name)
    if (known) return known
    // What follows from itself is refused later; until then it counts.
    this.#units.set(name, 'count')
    const section = this.#sections.get(name)
    const unit = section ? this.#findUnit(section) : 'count'
    this.#units.set(name, unit)
    return unit
  }

  /** Written, or that of the input of a running total, or the model's; none where it follows from the rows of an input or from who implements it. Faults go to the section. */
  currencyOf(section: Section<MetricData>, unit: Unit, definitions: readonly MetricDefinition[]): MetricCurrency | null {
    const { data } = section
    if (unit !== 'currency') {
      if (data.currency !== undefined) section.blame(['currency'], `A metric with unit ${unit} has no currency.`, 'Write unit: currency, or remove the currency.')
      return null
    }
    if (typeof data.currency === 'object') return currencyDimension(section, data.currency.dimension, definitions, this.#around)
    if (this.#followsRows(data.name)) {
      if (data.currency !== undefined) section.blame(['currency'], `"${data.name}" is made from amounts whose rows say their currency, and follows them.`, 'Remove the currency.')
      return null
    }
    if (isMade(section)) return this.#sharedCurrency(data.name)
    const code = data.currency ?? this.#inheritedCurrency(data) ?? this.#around.currency
    return code === null ? null : { code }
  }

  #findUnit(section: Section<MetricData>): Unit {
    const { data } = section
    if (data.unit) return data.unit
    const [first] = isMade(section) ? (this.#implementers.get(data.name) ?? []) : []
    if (first) return this.unitOf(first.data.name)
    if (data.currency !== undefined) return 'currency'
    const definition = data.implementations?.[0] ?? data
    const fixed = fixedUnitOf(definition)
    if (fixed !== null) return fixed
    if (definition.type === 'ratio') return 'ratio'
    const input = definition.metric ?? definition.input_metric
    return definition.type === 'cumulative' && input !== undefined ? this.unitOf(nameOf(input)) : 'count'
  }

  #inheritedCurrency(data: MetricData): string | null {
    const definition = data.implementations?.[0] ?? data
    const input = definition.type === 'cumulative' ? (definition.metric ?? definition.input_metric) : undefined
    const written = input === undefined ? undefined : this.#sections.get(nameOf(input))?.data.currency
    return typeof written === 'string' ? written : null
  }

  /** That of all its implementers. */
  #sharedCurrency(name: string): MetricCurrency | null {
    const codes = new Set((this.#implementers.get(name) ?? []).map(({ data }) => (typeof data.currency === 'string' ? data.currency : (this.#inheritedCurrency(data) ?? this.#around.currency))))
    const [only = null] = codes
    return codes.size > 1 || only === null ? null : { code: only }
  }

  /** Whether the rows of the metric, of some input, or of who implements it say their currency. */
  #followsRows(name: string): boolean {
    const known = this.#byRows.get(name)
    if (known !== undefined) return known
    this.#byRows.set(name, false)
    const section = this.#sections.get(name)
    const data = section?.data
    const inputs = data ? (data.implementations ?? [data]).flatMap((part) => [part.numerator, part.denominator, part.metric, part.input_metric, ...(part.metrics ?? []), ...(part.input_metrics ?? [])]) : []
    const others = section && isMade(section) ? (this.#implementers.get(name) ?? []).map((implementer) => implementer.data.name) : []
    const follows = typeof data?.currency === 'object' || inputs.some((input) => input !== undefined && this.#followsRows(nameOf(input))) || others.some((other) => this.#followsRows(other))
    this.#byRows.set(name, follows)
    return follows
  }
}

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

/** The dimension that says the currency of each row: every way to compute the metric has it, and it is a text. */
function currencyDimension(section: Section<MetricData>, name: string, definitions: readonly MetricDefinition[], around: MetricSurroundings): MetricCurrency | null {
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
