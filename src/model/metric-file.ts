import { z } from 'zod'
import { GRAINS } from '../base/grain.ts'
import { activity, condition, currencyCode, duration, expression, name, text } from './file-parts.ts'
import { AGGREGATIONS, CATEGORIES, FOLLOWED_COMPONENTS, FRAMEWORKS, FUNNEL_ORDERS, MISSING_REASONS, MOVEMENT_COMPONENTS, RETENTION_MODES, STAGES, UNITS } from './types.ts'

/** The shape of a metric in a model file. */

export const METRIC_TYPES = ['simple', 'ratio', 'derived', 'cumulative', 'movement', 'active', 'conversion', 'retention', 'funnel'] as const

const metricInput = z.union([
  text,
  z.strictObject({
    name: text,
    filter: condition.optional(),
    alias: text.optional(),
    offset_window: duration.optional().describe('The same metric that long ago.'),
    offset_to_grain: z.enum(GRAINS).optional(),
    assume_none: text.optional().describe('derived: counts as nothing where there is no data for it, and the answer says this among its assumptions. Without it there is no value then.'),
  }),
])

const formula = z.union([text, z.number()])

const definitionShape = {
  type: z.enum(METRIC_TYPES).optional().describe('simple without it.'),
  semantic_model: text.optional(),
  agg: z.enum(AGGREGATIONS).optional(),
  expr: expression.optional().describe('simple: SQL over the columns of the table. derived: arithmetic over the metrics. movement: what a row is worth while it holds.'),
  percentile: z.number().optional(),
  filter: condition.optional(),
  as_of: z.enum(['period_start', 'period_end', 'average']).optional().describe('A stock: rows valid at that moment of each period.'),
  non_additive_dimension: z
    .strictObject({ name: text, window_choice: z.enum(['min', 'max', 'exact']).optional(), window_groupings: z.array(text).optional() })
    .optional()
    .describe('Semi-additive: only the first (min) or last (max) moment of each bucket counts. Not additive at all (exact): a bucket has a value only where it is exactly one day, week, month, … of the time dimension.'),
  agg_time_dimension: text.optional(),
  numerator: metricInput.optional(),
  denominator: metricInput.optional(),
  metrics: z.array(metricInput).min(1).optional().describe('Inputs of a derived metric.'),
  input_metrics: z.array(metricInput).min(1).optional().describe("dbt's name of `metrics`."),
  metric: metricInput.optional().describe('Input of a cumulative metric.'),
  input_metric: metricInput.optional().describe("dbt's name of `metric`."),
  window: duration
    .optional()
    .describe('cumulative: the window added up. active: the window that ends with each bucket. conversion: how long after the base event; ever since without it. movement: how long a followed component looks back.'),
  grain_to_date: z.enum(GRAINS).optional(),
  entity: text.optional().describe('movement, active, conversion, retention, funnel: who is followed or counted.'),
  component: z
    .enum([...MOVEMENT_COMPONENTS, ...FOLLOWED_COMPONENTS])
    .optional()
    .describe('movement: the part of the change. followed_*: of those that held something a `window` earlier, what they held then, hold at the end, and the smaller of the two for each.'),
  of: z.enum(['amount', 'entities']).optional().describe('movement: the amount, or how many entities; amount without it.'),
  activity: activity.optional().describe('active: what makes an entity active. retention: what it comes back for.'),
  base: activity.optional().describe('conversion: the event that may convert.'),
  conversion: activity.optional().describe('conversion: the event that it converts to.'),
  constant_properties: z
    .array(z.strictObject({ base: text, conversion: text }))
    .min(1)
    .optional()
    .describe('conversion: dimensions that must be equal on both events.'),
  calculation: z.enum(['rate', 'conversions', 'converted', 'opportunities']).optional().describe('conversion: converted base events in per cent of all (rate, the default), conversion events credited, base events converted, or base events.'),
  start: activity.optional().describe('retention: the activity whose first time starts an entity.'),
  grain: z.enum(GRAINS).optional().describe('retention: the unit of `period`.'),
  period: z.int().min(0).optional().describe('retention: how many units after its start an entity is looked at.'),
  mode: z.enum(RETENTION_MODES).optional().describe('retention: active in that period (bounded, the default), or in that or any later one (unbounded).'),
  steps: z.array(activity).min(1).optional().describe('funnel: two to ten activities.'),
  within: duration.optional().describe('funnel: the time from the first step to the last.'),
  order: z.enum(FUNNEL_ORDERS).optional().describe('funnel: each step after the one before (ordered, the default), with no other step between (strict), or in any order.'),
}

const definition = z.strictObject(definitionShape)

const benchmark = z
  .strictObject({
    text,
    excellent: z.number().optional(),
    good: z.number().optional(),
    acceptable: z.number().optional(),
    source: text.optional().describe('Who says so, and when.'),
  })
  .describe("What others reach. Bounds are in the metric's unit, in the order of its direction.")

export const metric = z.strictObject({
  name,
  label: text.optional(),
  description: text.optional(),
  ...definitionShape,
  implementations: z.array(definition).min(1).optional().describe('Several ways to compute the metric; the first whose source is configured and whose dimensions reach is used.'),
  implements: text
    .optional()
    .describe('A standard metric that this one is another implementation of, like mrr: it is used where the metric of that name has no definition of its own that serves.'),
  unit: z.enum(UNITS).optional(),
  currency: z
    .union([currencyCode, z.strictObject({ dimension: text.describe('A dimension of its semantic model that says the currency of each row.') })])
    .optional()
    .describe('Of every row by its code, or of each row by a dimension.'),
  direction: z.enum(['higher_is_better', 'lower_is_better']).optional(),
  formula: text.optional().describe('How it is computed, in words.'),
  interpretation: text.optional(),
  category: z.enum(CATEGORIES).optional(),
  frameworks: z.strictObject(Object.fromEntries(FRAMEWORKS.map((framework) => [framework, z.array(text).min(1).optional()]))).optional(),
  stage: z.union([z.enum(STAGES), z.array(z.enum(STAGES)).min(1)]).optional(),
  benchmark: benchmark.optional(),
  goal: z.number().optional(),
  rate_period: z.enum(GRAINS).optional().describe('The base period of a rate. Its formula may name `periods`, the number of base periods.'),
  recorded_every: z
    .enum(GRAINS)
    .optional()
    .describe('Sums of what is recorded in each of these, like costs by month: a longer period is the sum of its months, each with its own estimate, and has no value while one that is over holds nothing.'),
  fill_nulls_with: z.number().optional().describe('What an empty bucket holds. Counts are 0 without it, everything else null.'),
  join_to_timespine: z.boolean().optional().describe('Accepted for dbt; empty buckets are always shown.'),
  deprecated_names: z.array(name).optional(),
  hidden: z.boolean().optional().describe('Serves other metrics and is shown to no client.'),
  when_missing: z
    .strictObject({ reason: z.enum(MISSING_REASONS), remedy: text.describe('Names the mutation, file or connector that helps.') })
    .optional()
    .describe('What to say where there is nothing to compute from.'),
  estimate: z
    .strictObject({ expr: formula.describe('Arithmetic over `metrics`, or a number.'), metrics: z.array(metricInput).min(1).optional(), assumption: text })
    .optional()
    .describe('A stand-in on request, where there is nothing to compute from.'),
})

export type MetricData = z.infer<typeof metric>
export type DefinitionData = z.infer<typeof definition>
export type MetricInputData = z.infer<typeof metricInput>

/** Keys that say how a metric is computed; they stand on the metric or in each of its implementations, never in both. */
export const DEFINITION_KEYS = Object.keys(definitionShape) as readonly (keyof DefinitionData)[]
