import { KpiqlError } from '../base/errors.ts'
import { ALL, and } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { Metric, MetricDefinition, Model, MovementComponent, SimpleMetric } from '../model/types.ts'
import { Decimal } from '../plan/amount.ts'
import { linearInputs } from '../plan/metrics/linear-formula.ts'

/** What a value is the sum of: metrics that add up over one entity, each so many times. */
export interface DrillTerms {
  readonly entity: string
  readonly terms: readonly DrillTerm[]
}

export interface DrillTerm {
  readonly metric: Metric
  readonly factor: InstanceType<typeof Decimal>
  /** Narrows the term besides the slice. */
  readonly filter: Predicate
}

const ADDITIVE: ReadonlySet<SimpleMetric['agg']> = new Set<SimpleMetric['agg']>(['sum', 'count', 'sum_boolean'])

/**
 * By whom a metric's value can be told, and from which metrics. A movement is told by its own entity; sums and counts by the first
 * entity that their rows name besides themselves and that the model has a table of (payments by customer), else by themselves; a
 * distinct count of keys by the entity whose keys they are.
 *
 * @param component another component of the same stock, for movements.
 * @throws KpiqlError `METRIC_UNKNOWN`; `NOT_SUPPORTED` naming why the value is no sum over entities.
 */
export function drillTermsOf(model: Model, name: string, component: MovementComponent | null): DrillTerms {
  const metric = model.metrics.get(name)
  if (metric === undefined) throw new KpiqlError('METRIC_UNKNOWN', { message: `Metric "${name}" is not in the model.` })
  const found = termsOf(model, metric, component)
  const [first, ...others] = found
  if (first === undefined) throw refusal(metric, 'it is made of no other metric')
  const other = others.find(({ entity }) => entity !== first.entity)
  if (other) throw refusal(metric, `"${first.term.metric.name}" is told by ${first.entity} and "${other.term.metric.name}" by ${other.entity}`)
  return { entity: first.entity, terms: found.map(({ term }) => term) }
}

interface Found {
  readonly entity: string
  readonly term: DrillTerm
}

function termsOf(model: Model, metric: Metric, component: MovementComponent | null): readonly Found[] {
  const [definition] = metric.implementations
  if (definition === undefined) throw refusal(metric, 'it has no implementation')
  if (component !== null && definition.type !== 'movement') throw refusal(metric, 'only movements have components')
  if (metric.ratePeriod !== null) throw refusal(metric, 'a rate over a base period is no sum over entities')
  switch (definition.type) {
    case 'movement':
      return [{ entity: definition.entity, term: plain(component === null ? metric : withComponent(metric, component)) }]
    case 'simple':
      return [{ entity: entityOf(model, metric, definition), term: plain(metric) }]
    case 'derived':
      return inputsOf(model, metric, definition)
    case 'ratio':
    case 'cumulative':
    case 'active':
    case 'conversion':
    case 'retention':
    case 'funnel':
      throw refusal(metric, REFUSED[definition.type])
  }
}

const REFUSED = {
  ratio: 'a ratio is no sum over entities',
  cumulative: 'a running total reaches beyond its period',
  active: 'those active in a window are listed by members of a cohort',
  conversion: 'conversions are told by their events',
  retention: 'retention is a ratio',
  funnel: 'a funnel is a ratio',
} as const satisfies Partial<Record<MetricDefinition['type'], string>>

const plain = (metric: Metric): DrillTerm => ({ metric, factor: new Decimal(1), filter: ALL })

function inputsOf(model: Model, metric: Metric, { formula, inputs }: MetricDefinition & { type: 'derived' }): readonly Found[] {
  const factors = linearInputs(formula)
  if (factors === null) throw refusal(metric, 'its formula does more than add, subtract and multiply by numbers')
  return inputs.flatMap((input): readonly Found[] => {
    const factor = factors.get(input.alias)
    if (factor === undefined || factor.isZero()) return []
    if (input.offsetWindow !== null || input.offsetToGrain !== null) throw refusal(metric, `"${input.metric}" is taken at another time`)
    const inner = model.metrics.get(input.metric)
    if (inner === undefined) throw new KpiqlError('METRIC_UNKNOWN', { message: `Metric "${input.metric}" is not in the model.` })
    return termsOf(model, inner, null).map(({ entity, term }) => ({ entity, term: { metric: term.metric, factor: term.factor.times(factor), filter: and([input.filter, term.filter]) } }))
  })
}

/** The same stock, seen from another side. What an empty bucket holds, and estimates, are the metric's own affair. */
function withComponent(metric: Metric, component: MovementComponent): Metric {
  const implementations = metric.implementations.map((definition) => (definition.type === 'movement' ? { ...definition, component, window: null } : definition))
  return { ...metric, implementations, fillNullsWith: null, estimate: null }
}

function entityOf(model: Model, metric: Metric, { semanticModel, agg, expr, asOf }: SimpleMetric): string {
  if (asOf === 'average') throw refusal(metric, 'an average over days is no sum over entities')
  const links = model.semanticModels.get(semanticModel)?.entities ?? []
  if (agg === 'count_distinct') {
    const counted = links.find((link) => link.expr.trim() === expr?.trim())
    if (counted === undefined) throw refusal(metric, 'what it counts are not the keys of an entity')
    return counted.entity
  }
  if (!ADDITIVE.has(agg)) throw refusal(metric, `an aggregate "${agg}" of parts is not that of the whole`)
  const known = links.filter(({ entity }) => (model.entities.get(entity)?.primaryModel ?? null) !== null)
  const chosen = known.find(({ type }) => type === 'foreign') ?? known[0]
  if (chosen === undefined) throw refusal(metric, `rows of "${semanticModel}" belong to no entity that the model has a table of`)
  return chosen.entity
}

function refusal(metric: Metric, why: string): KpiqlError {
  return new KpiqlError('NOT_SUPPORTED', {
    message: `Metric "${metric.name}" cannot be drilled into: ${why}.`,
    hint: 'Drill into sums, counts, distinct counts of an entity and movements, or into the metrics this one is made of.',
  })
}
