import { z } from 'zod'
import { GRAINS } from '../base/grain.ts'
import { READ_FORMATS, READ_TYPES } from '../base/read-options.ts'
import { AGGREGATIONS, CATEGORIES, DIMENSION_KINDS, FRAMEWORKS, STAGES, UNITS } from './types.ts'

/**
 * The shape of a model file, before names are looked up. The JSON Schema that editors use is printed from this. Nothing is
 * transformed here, so that what is checked is what stands in the file.
 */

/** Metric types of the full specification that this version does not compute yet. */
export const LATER_METRIC_TYPES: readonly string[] = ['movement', 'conversion', 'active', 'retention', 'funnel']

export const METRIC_TYPES = ['simple', 'ratio', 'derived', 'cumulative'] as const

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
export const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'] as const

const name = z.string().min(1).describe('Letters, digits and underscores; unique among its kind.')
const text = z.string().min(1)
const expression = z.union([text, z.number(), z.boolean()])
const condition = z.union([text, z.array(text).min(1)]).describe("A condition over dimensions, like plan = 'Pro' AND country IN ('DE', 'FR'); a list is joined by AND.")
const duration = z.string().describe('A count and a unit, like "28 days" or "1 month".')

const readColumn = z.strictObject({
  name: text,
  type: z.enum(READ_TYPES).optional().describe('Without it the engine infers the type.'),
  format: text.optional().describe('strptime pattern of dates and timestamps, like %Y%m%d.'),
  required: z.boolean().optional().describe('The file must have the column, and no row may leave it empty.'),
  unique: z.boolean().optional().describe('A second row with the same value goes to quarantine.'),
  min: z.number().optional().describe('Rows with smaller numbers go to quarantine.'),
  values: z.array(z.string()).min(1).optional().describe('Rows with other texts go to quarantine.'),
})

const read = z.strictObject({
  file: text.optional().describe("File name or glob in the data folder; without it the table's name with any known ending."),
  format: z.enum(READ_FORMATS).optional(),
  delimiter: z.union([z.literal('whitespace'), z.string().length(1)]).optional().describe('One character, or "whitespace" for runs of blanks.'),
  header: z.boolean().optional(),
  encoding: z.enum(['utf-8', 'latin-1', 'utf-16']).optional(),
  timezone: text.optional().describe('IANA zone of timestamps that carry none; UTC without it.'),
  null_values: z.array(z.string()).optional(),
  columns: z.array(readColumn).optional(),
})

const entity = z.strictObject({
  name,
  type: z.enum(['primary', 'unique', 'foreign']),
  expr: expression.optional().describe('The key: SQL over the columns of the table; the name of the entity without it.'),
  label: text.optional(),
  description: text.optional(),
})

const dimension = z.strictObject({
  name,
  type: z.enum(['categorical', 'time']),
  expr: expression.optional().describe('SQL over the columns of the table; the name of the dimension without it.'),
  granularity: z.enum(GRAINS).optional().describe('Finest grain of a time dimension that means something; day without it.'),
  value_type: z.enum(DIMENSION_KINDS).optional().describe('What the values are. Without it: the type of the column under `read`, else date or timestamp by granularity, else text.'),
  timezone: text.optional().describe('IANA zone of wall-clock timestamps.'),
  label: text.optional(),
  description: text.optional(),
  public_name: name.optional().describe('The name clients see, where two entities have a dimension of one name.'),
})

const statement = z.union([text, z.strictObject({ sql: text })]).describe('A SQL expression over the table.')

const semanticModel = z.strictObject({
  name,
  label: text.optional(),
  description: text.optional(),
  source: text.optional().describe('A connection of the configuration.'),
  table: text.optional(),
  sql: text.optional().describe('A query in place of a table.'),
  tables: z.array(text).min(1).optional().describe('The tables that `sql` reads.'),
  read: read.optional(),
  agg_time_dimension: text.optional().describe('The time dimension that metrics follow unless they name their own.'),
  entities: z.array(entity).optional(),
  dimensions: z.array(dimension).optional(),
  validity: z
    .strictObject({ start: text, end: text.optional(), end_inclusive: z.boolean().optional() })
    .optional()
    .describe('Rows that are true over an interval: names of two time dimensions. A null end is still true; an end is exclusive unless said otherwise.'),
  watermark: statement.optional(),
  late_arrival: duration.optional(),
  refresh_key: statement.optional(),
})

const metricInput = z.union([
  text,
  z.strictObject({
    name: text,
    filter: condition.optional(),
    alias: text.optional(),
    offset_window: duration.optional().describe('The same metric that long ago.'),
    offset_to_grain: z.enum(GRAINS).optional(),
  }),
])

const definitionShape = {
  type: z.enum(METRIC_TYPES).optional().describe('simple without it.'),
  semantic_model: text.optional(),
  agg: z.enum(AGGREGATIONS).optional(),
  expr: expression.optional().describe('simple: SQL over the columns of the table. derived: arithmetic over the metrics.'),
  percentile: z.number().optional(),
  filter: condition.optional(),
  as_of: z.enum(['period_start', 'period_end', 'average']).optional().describe('A stock: rows valid at that moment of each period.'),
  non_additive_dimension: z
    .strictObject({ name: text, window_choice: z.enum(['min', 'max']).optional(), window_groupings: z.array(text).optional() })
    .optional()
    .describe('Semi-additive: only the first (min) or last (max) moment of each bucket counts.'),
  agg_time_dimension: text.optional(),
  numerator: metricInput.optional(),
  denominator: metricInput.optional(),
  metrics: z.array(metricInput).min(1).optional().describe('Inputs of a derived metric.'),
  input_metrics: z.array(metricInput).min(1).optional().describe("dbt's name of `metrics`."),
  metric: metricInput.optional().describe('Input of a cumulative metric.'),
  input_metric: metricInput.optional().describe("dbt's name of `metric`."),
  window: duration.optional(),
  grain_to_date: z.enum(GRAINS).optional(),
}

const definition = z.strictObject(definitionShape)

const benchmark = z.strictObject({ text, good: z.number().optional(), excellent: z.number().optional(), source: text.optional() })

const metric = z.strictObject({
  name,
  label: text.optional(),
  description: text.optional(),
  ...definitionShape,
  implementations: z.array(definition).min(1).optional().describe('Several ways to compute the metric; the first whose source is configured and whose dimensions reach is used.'),
  unit: z.enum(UNITS).optional(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'A currency is three capital letters of ISO 4217, like USD.').optional(),
  direction: z.enum(['higher_is_better', 'lower_is_better']).optional(),
  formula: text.optional().describe('How it is computed, in words.'),
  interpretation: text.optional(),
  category: z.enum(CATEGORIES).optional(),
  frameworks: z.strictObject(Object.fromEntries(FRAMEWORKS.map((framework) => [framework, z.array(text).min(1).optional()]))).optional(),
  stage: z.union([z.enum(STAGES), z.array(z.enum(STAGES)).min(1)]).optional(),
  benchmark: benchmark.optional(),
  goal: z.number().optional(),
  rate_period: z.enum(GRAINS).optional().describe('The base period of a rate.'),
  fill_nulls_with: z.number().optional().describe('What an empty bucket holds. Counts are 0 without it, everything else null.'),
  join_to_timespine: z.boolean().optional().describe('Accepted for dbt; empty buckets are always shown.'),
  deprecated_names: z.array(name).optional(),
})

const cohort = z.strictObject({ name, label: text.optional(), description: text.optional(), entity: text, where: condition })

const groupBy = z.union([text, z.strictObject({ dimension: text, grain: z.enum(GRAINS).optional() })])

const savedQuery = z.strictObject({
  name,
  label: text.optional(),
  description: text.optional(),
  metrics: z.array(text).min(1),
  group_by: z.array(groupBy).optional(),
  where: condition.optional(),
})

const modelTest = z.strictObject({
  name: text,
  metric: text,
  period: z.strictObject({ start: text, end: text }).describe('Half-open ISO dates.'),
  where: condition.optional(),
  cohorts: z.array(text).optional(),
  expected: z.union([z.number(), z.string().regex(/^[+-]?\d+(\.\d+)?$/, 'Expected is a plain number.'), z.null()]).describe('Null expects no value.'),
  tolerance: z.number().min(0).optional().describe('Largest absolute difference that still passes; 0 without it.'),
})

export const modelFileSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.union([z.literal(1), z.literal(2)]).optional().describe('Accepted for dbt.'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'A currency is three capital letters of ISO 4217, like USD.').optional().describe('Of every metric with unit currency that names none.'),
  calendar: z
    .strictObject({
      week_start: z.union([z.enum(WEEKDAYS), z.int().min(1).max(7)]).optional().describe('A day, or its ISO number (Monday is 1).'),
      fiscal_year_start: z.union([z.enum(MONTHS), z.int().min(1).max(12)]).optional().describe('A month, or its number.'),
    })
    .optional(),
  semantic_models: z.array(semanticModel).optional(),
  metrics: z.array(metric).optional(),
  cohorts: z.array(cohort).optional(),
  saved_queries: z.array(savedQuery).optional(),
  tests: z.array(modelTest).optional(),
})

export type ModelFileData = z.infer<typeof modelFileSchema>
export type SemanticModelData = z.infer<typeof semanticModel>
export type DimensionData = z.infer<typeof dimension>
export type EntityData = z.infer<typeof entity>
export type MetricData = z.infer<typeof metric>
export type DefinitionData = z.infer<typeof definition>
export type MetricInputData = z.infer<typeof metricInput>
export type CohortData = z.infer<typeof cohort>
export type SavedQueryData = z.infer<typeof savedQuery>
export type ModelTestData = z.infer<typeof modelTest>
export type ConditionData = z.infer<typeof condition>

/** Keys that say how a metric is computed; they stand on the metric or in each of its implementations, never in both. */
export const DEFINITION_KEYS = Object.keys(definitionShape) as readonly (keyof DefinitionData)[]

/** The JSON Schema (draft 2020-12) of a model file, for editors. */
export function modelJsonSchema(): object {
  return {
    ...z.toJSONSchema(modelFileSchema, { io: 'input' }),
    $id: 'https://kpiql.dev/schema/model.json',
    title: 'KPIQL model',
    description: 'Semantic models, metrics, cohorts and saved queries of a KPIQL gateway.',
  }
}
