import { z } from 'zod'
import { GRAINS } from '../base/grain.ts'
import { READ_FORMATS, READ_TYPES } from '../base/read-options.ts'
import { cohort } from './cohort-file.ts'
import { condition, currencyCode, duration, expression, name, text } from './file-parts.ts'
import { metric } from './metric-file.ts'
import { DIMENSION_KINDS } from './types.ts'

/**
 * The shape of a model file, before names are looked up. The JSON Schema that editors use is printed from this. Nothing is
 * transformed here, so that what is checked is what stands in the file.
 */

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
export const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'] as const

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
  sql: text.optional().describe("A query in place of a table. {{ table('customers') }} in it is a table by its name in the source, also where that is synced and landed."),
  tables: z.array(text).min(1).optional().describe('The tables that `sql` reads and names itself.'),
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

const exchangeRates = z
  .strictObject({
    semantic_model: text,
    currency: text.describe('The dimension that names the currency of a row.'),
    date: text.describe('The time dimension, of granularity day, from which on the rate holds.'),
    rate: expression.describe('SQL over the columns: what one unit of the currency is worth in `to`.'),
    to: currencyCode.describe('The reporting currency.'),
  })
  .describe('Rates by which money is converted to one currency. At most once over all files.')

const rollup = z
  .strictObject({
    name,
    semantic_model: text,
    metrics: z.array(text).min(1).describe('Whose aggregates are kept; each must read the semantic model.'),
    dimensions: z.array(text).optional().describe('By which they can be sliced and grouped; what filters of the metrics test is kept without saying so.'),
    entities: z.array(text).optional().describe('Whose keys are kept: for distinct counts, trailing actives, cohorts and joins. The rollup grows with them.'),
    granularity: z.enum(['day', 'hour']).optional().describe('day without it. Days serve one time zone (dates serve all); hours serve every zone of whole hours.'),
    time_zone: text.optional().describe('IANA; whose days are kept. UTC without it.'),
  })
  .describe('Kept beside the table and read in its place where it answers exactly.')

export const modelFileSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.union([z.literal(1), z.literal(2)]).optional().describe('Accepted for dbt.'),
  currency: currencyCode.optional().describe('Of every metric with unit currency that names none.'),
  calendar: z
    .strictObject({
      week_start: z.union([z.enum(WEEKDAYS), z.int().min(1).max(7)]).optional().describe('A day, or its ISO number (Monday is 1).'),
      fiscal_year_start: z.union([z.enum(MONTHS), z.int().min(1).max(12)]).optional().describe('A month, or its number.'),
    })
    .optional(),
  exchange_rates: exchangeRates.optional(),
  semantic_models: z.array(semanticModel).optional(),
  metrics: z.array(metric).optional(),
  cohorts: z.array(cohort).optional(),
  saved_queries: z.array(savedQuery).optional(),
  rollups: z.array(rollup).optional(),
  tests: z.array(modelTest).optional(),
})

export type ModelFileData = z.infer<typeof modelFileSchema>
export type SemanticModelData = z.infer<typeof semanticModel>
export type DimensionData = z.infer<typeof dimension>
export type EntityData = z.infer<typeof entity>
export type SavedQueryData = z.infer<typeof savedQuery>
export type ModelTestData = z.infer<typeof modelTest>
export type RollupData = z.infer<typeof rollup>
export type ExchangeRatesData = z.infer<typeof exchangeRates>

/** The JSON Schema (draft 2020-12) of a model file, for editors. */
export function modelJsonSchema(): object {
  return {
    ...z.toJSONSchema(modelFileSchema, { io: 'input' }),
    $id: 'https://kpiql.dev/schema/model.json',
    title: 'KPIQL model',
    description: 'Semantic models, metrics, cohorts and saved queries of a KPIQL gateway.',
  }
}
