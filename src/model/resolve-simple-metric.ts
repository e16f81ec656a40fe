import { GRAINS } from '../base/grain.ts'
import { resolveCondition } from './condition.ts'
import type { DefinitionData } from './metric-file.ts'
import { semanticModelOf } from './metric-scope.ts'
import type { MetricScope } from './metric-scope.ts'
import { suggest } from './problem.ts'
import { expressionOf, timeDimension } from './resolve-semantic-models.ts'
import type { Section } from './section.ts'
import type { SemanticModel, SimpleMetric } from './types.ts'

/** Reads a simple metric; null where what it lacks leaves nothing to read. Faults go to the section. */
export function resolveSimple(section: Section<DefinitionData>, scope: MetricScope): SimpleMetric | null {
  const { data } = section
  const { agg } = data
  if (agg === undefined) section.blame([], 'A simple metric needs `agg`.', 'Write agg: sum, count, count_distinct, average, …')
  const model = semanticModelOf(section, scope)
  if (!model) return null
  if (data.expr === undefined && agg !== undefined && agg !== 'count') section.blame(['agg'], `agg: ${agg} needs an \`expr\`.`, agg === 'count_distinct' ? 'Write the key to count, like expr: customer_id.' : 'Write the column, like expr: amount.')
  checkPercentile(section)
  const isStock = data.as_of !== undefined
  if (isStock) checkStock(section, model)
  const timeName = isStock ? null : timeDimensionOf(section, model)
  return {
    type: 'simple',
    semanticModel: model.name,
    agg: agg ?? 'count',
    expr: data.expr === undefined ? null : expressionOf(section, data.expr, ''),
    percentile: data.percentile ?? null,
    filter: resolveCondition(section, ['filter'], data.filter, scope.lookup(model)),
    timeDimension: timeName,
    asOf: data.as_of ?? null,
    nonAdditive: isStock ? null : nonAdditiveOf(section, model, timeName),
  }
}

function checkPercentile(section: Section<DefinitionData>): void {
  const { agg, percentile } = section.data
  if (agg === 'percentile' && percentile === undefined) section.blame(['agg'], 'agg: percentile needs `percentile`.', 'Write a number from 0 to 1, like percentile: 0.95.')
  if (percentile === undefined) return
  if (agg !== 'percentile') section.blame(['percentile'], 'Only agg: percentile has a percentile.')
  if (percentile < 0 || percentile > 1) section.blame(['percentile'], `A percentile lies between 0 and 1, not at ${percentile}.`, percentile > 1 && percentile <= 100 ? `Write ${percentile / 100}.` : null)
}

function checkStock(section: Section<DefinitionData>, model: SemanticModel): void {
  const { data } = section
  if (model.validity === null) section.blame(['as_of'], `\`as_of\` needs rows that are true over an interval, and "${model.name}" has no validity.`, 'Write validity: { start: …, end: … } on the semantic model.')
  if (data.agg_time_dimension !== undefined) section.blame(['agg_time_dimension'], 'A stock follows the validity of its rows, not a time dimension.', 'Remove it.')
  if (data.non_additive_dimension !== undefined) section.blame(['non_additive_dimension'], 'A stock is taken at one moment already.', 'Keep as_of or non_additive_dimension.')
}

function timeDimensionOf(section: Section<DefinitionData>, model: SemanticModel): string | null {
  const { agg_time_dimension: own } = section.data
  if (own !== undefined) return timeDimension(section, ['agg_time_dimension'], own, model.dimensions)
  if (model.aggTimeDimension === null) section.blame([], `Nothing says when rows of "${model.name}" count.`, 'Write agg_time_dimension on the metric or on the semantic model.')
  return model.aggTimeDimension
}

function nonAdditiveOf(section: Section<DefinitionData>, model: SemanticModel, time: string | null): SimpleMetric['nonAdditive'] {
  const written = section.data.non_additive_dimension
  if (!written) return null
  const at = 'non_additive_dimension'
  const dimension = timeDimension(section, [at, 'name'], written.name, model.dimensions)
  if (dimension !== null && time !== null && dimension !== time) {
    section.blame([at, 'name'], `The metric follows ${time}, so it can only be non-additive over ${time}.`, `Write name: ${time}, or agg_time_dimension: ${dimension}.`)
  }
  if (written.window_choice === undefined) section.blame([at], 'Which moment of each bucket counts?', 'Write window_choice: max for the last, min for the first, exact where rows of several moments never make a value of both.')
  if (written.window_choice === 'exact') checkExact(section, model, dimension)
  const keys = model.entities.map((link) => link.entity)
  ;(written.window_groupings ?? []).forEach((grouping, index) => {
    if (!keys.includes(grouping)) section.blame([at, 'window_groupings', index], `"${model.name}" has no entity "${grouping}".`, suggest(grouping, keys))
  })
  return dimension === null ? null : { dimension, choice: written.window_choice ?? 'max', groupings: written.window_groupings ?? [] }
}

function checkExact(section: Section<DefinitionData>, model: SemanticModel, time: string | null): void {
  const at = 'non_additive_dimension'
  const granularity = model.dimensions.find(({ publicName }) => publicName === time)?.granularity ?? null
  if (granularity !== null && GRAINS.indexOf(granularity) < GRAINS.indexOf('day')) {
    section.blame([at, 'window_choice'], `Values that hold for exactly one period need a time dimension of days or longer, and ${time ?? 'it'} is kept by the ${granularity}.`, 'Write granularity: day, week or month on the dimension.')
  }
  if (section.data.non_additive_dimension?.window_groupings !== undefined) section.blame([at, 'window_groupings'], 'Groupings choose a moment for each entity, and exact chooses none.', 'Remove window_groupings.')
}
