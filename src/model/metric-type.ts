import type { DefinitionData, METRIC_TYPES } from './metric-file.ts'

type MetricType = (typeof METRIC_TYPES)[number]

/** Which keys each type of metric takes beside `type`. A new type does not compile until it has said so. */
export const KEYS_OF_TYPE = {
  simple: ['semantic_model', 'agg', 'expr', 'percentile', 'filter', 'as_of', 'non_additive_dimension', 'agg_time_dimension'],
  ratio: ['numerator', 'denominator', 'filter'],
  derived: ['expr', 'metrics', 'input_metrics', 'filter'],
  cumulative: ['metric', 'input_metric', 'window', 'grain_to_date', 'filter'],
  movement: ['semantic_model', 'entity', 'expr', 'filter', 'component', 'of', 'window'],
  active: ['entity', 'activity', 'window'],
  conversion: ['entity', 'base', 'conversion', 'window', 'constant_properties', 'calculation'],
  retention: ['entity', 'start', 'activity', 'grain', 'period', 'mode'],
  funnel: ['entity', 'steps', 'within', 'order'],
} as const satisfies Record<MetricType, readonly (keyof DefinitionData)[]>

const AGAINST_PARTS = 'Make running totals of its inputs, and combine those in a derived metric.'
const AGAINST_ENTITIES = 'Ask for it over the longer period: entities are then counted once.'

/** What to do in place of a running total. */
export const HINTS_AGAINST_TOTALS = {
  simple: 'A stock is what it is at one moment: ask for it at the end of the period.',
  ratio: AGAINST_PARTS,
  derived: AGAINST_PARTS,
  cumulative: 'Name the metric that it adds up.',
  movement: 'Ask for it over the longer period: its components are those of the whole period then.',
  active: AGAINST_ENTITIES,
  conversion: AGAINST_ENTITIES,
  retention: AGAINST_ENTITIES,
  funnel: AGAINST_ENTITIES,
} as const satisfies Record<MetricType, string>
