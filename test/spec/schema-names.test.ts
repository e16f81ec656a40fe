import { GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, isEnumType, isInputObjectType, isObjectType, lexicographicSortSchema, parse, printSchema, validate, validateSchema } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { baseSchema } from '../../schema/base-schema.ts'
import { buildSchema } from '../../schema/build-schema.ts'
import { modelOf, shopModel } from './schema-world.ts'

const schema = buildSchema(shopModel)
const PERIOD = 'period: { preset: LAST_MONTH }'

function faultsOf(query: string, within = schema): readonly string[] {
  return validate(within, parse(query)).map(({ message }) => message)
}

function fieldsOf(name: string, within = schema): readonly string[] {
  const type = within.getType(name)
  return isObjectType(type) || isInputObjectType(type) ? Object.keys(type.getFields()) : []
}

function valuesOf(name: string, within = schema): readonly string[] {
  const type = within.getType(name)
  return isEnumType(type) ? type.getValues().map((value) => value.name) : []
}

describe('the schema of a model', () => {
  it('is valid GraphQL, also for printing and reading back', () => {
    expect(validateSchema(schema)).toEqual([])
    expect(printSchema(lexicographicSortSchema(schema))).toContain('input PeriodInput @oneOf {')
  })

  it('names metrics, dimensions, cohorts and entities in upper case, PERIOD among the dimensions', () => {
    expect(valuesOf('MetricName')).toEqual(['TURNOVER', 'SALES', 'ORDERS', 'MARGIN', 'BROKEN'])
    expect(valuesOf('DimensionName')).toEqual(['PERIOD', 'COUNTRY', 'AMOUNT', 'QUANTITY', 'WEIGHT', 'IS_GIFT', 'ORDERED_AT', 'DUE_ON', 'JOINED_ON', 'TIER'])
    expect(valuesOf('CohortName')).toEqual(['GOLD', 'GERMAN'])
    expect(valuesOf('EntityName')).toEqual(['ORDER', 'CUSTOMER'])
  })

  it('keeps a renamed metric’s former name as a deprecated one', () => {
    const metrics = schema.getType('MetricName') as GraphQLEnumType
    expect(metrics.getValue('TURNOVER')).toMatchObject({ value: 'sales', deprecationReason: 'Renamed: use SALES.' })
    expect(metrics.getValue('SALES')).toMatchObject({ value: 'sales', deprecationReason: undefined, description: 'Sales. What was paid.' })
    expect(metrics.serialize('sales')).toBe('SALES')
  })

  it('has a field in Where for each dimension, typed by its kind', () => {
    const where = schema.getType('Where') as GraphQLInputObjectType
    expect(Object.fromEntries(Object.values(where.getFields()).map(({ name, type }) => [name, String(type)]))).toEqual({
      and: '[Where!]',
      or: '[Where!]',
      not: 'Where',
      cohort: 'CohortFilter',
      country: 'StringFilter',
      amount: 'NumberFilter',
      quantity: 'NumberFilter',
      weight: 'NumberFilter',
      is_gift: 'BooleanFilter',
      ordered_at: 'DateFilter',
      due_on: 'DateFilter',
      joined_on: 'DateFilter',
      tier: 'StringFilter',
    })
  })

  it.each([
    [`{ slice(${PERIOD}) { metric(name: SALE) { value } } }`, 'Value "SALE" does not exist in "MetricName" enum. Did you mean the enum value "SALES"?'],
    [`{ slice(${PERIOD}, where: { contry: { eq: "DE" } }) { key } }`, 'Field "contry" is not defined by type "Where". Did you mean "country" or "cohort"?'],
    [`{ slice(${PERIOD}, cohorts: [GOLDEN]) { key } }`, 'Value "GOLDEN" does not exist in "CohortName" enum. Did you mean the enum value "GOLD"?'],
    [`{ slice(${PERIOD}, where: { amount: { contains: "1" } }) { key } }`, 'Field "contains" is not defined by type "NumberFilter".'],
    ['{ slice(period: { preset: LAST_MONTH, last: { count: 1, unit: DAY } }) { key } }', 'OneOf Input Object "PeriodInput" must specify exactly one key.'],
    ['{ slice(period: {}) { key } }', 'OneOf Input Object "PeriodInput" must specify exactly one key.'],
  ])('refuses a wrong name before anything is read: %s', (query, message) => {
    const faults = faultsOf(query)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(message)
  })

  it('takes IANA time zones only', () => {
    expect(faultsOf(`{ slice(${PERIOD}, timezone: "europe/berlin") { key } }`)).toEqual([])
    expect(faultsOf(`{ slice(${PERIOD}, timezone: "+02:00") { key } }`)[0]).toContain('"+02:00" is not an IANA time zone.')
    expect(faultsOf(`{ slice(${PERIOD}, timezone: 2) { key } }`)[0]).toContain('A time zone is a text.')
  })

  it('explains every type and every argument that its name does not', () => {
    const silent = Object.values(schema.getTypeMap())
      .filter(({ name, description }) => !name.startsWith('__') && !['Query', 'Mutation', 'Int', 'Float', 'String', 'Boolean', 'ID'].includes(name) && !description)
      .map(({ name }) => name)
    expect(silent).toEqual([])
  })

  it('has arguments in the order they are written, and nullable wherever they have a default', () => {
    const query = schema.getType('Query') as GraphQLObjectType
    expect(query.getFields()['table']?.args.map(({ name }) => name)).toEqual(['metrics', 'period', 'by', 'where', 'cohorts', 'having', 'compare', 'timezone', 'orderBy', 'first', 'after', 'totals', 'freshness', 'maxStale', 'allowEstimates', 'cohortsAsOf'])
    const strict = Object.values(schema.getTypeMap()).flatMap((type) => (isObjectType(type) && !type.name.startsWith('__') ? Object.values(type.getFields()).flatMap(({ args }) => args.filter((arg) => arg.defaultValue !== undefined && String(arg.type).endsWith('!'))) : []))
    expect(strict).toEqual([])
  })

  it('leaves the values of plain lists to GraphQL, which reads them without a call', () => {
    const plain = ['Point', 'ResolvedPeriod', 'DimensionValueOfRow', 'TableColumn', 'CellReason', 'QuarantinedRow', 'Benchmark']
    const resolved = plain.flatMap((name) => Object.values((schema.getType(name) as GraphQLObjectType).getFields()).filter(({ resolve }) => resolve !== undefined))
    expect(resolved).toEqual([])
  })
})

describe('a model without some names', () => {
  const bare = (rest: string): GraphQLSchema =>
    buildSchema(modelOf(`
semantic_models:
  - { name: hits, source: web, table: hits, agg_time_dimension: at, dimensions: [{ name: at, type: time, granularity: minute }] }
${rest}`))

  it('loses what would need them, and nothing else', () => {
    const hits = bare('metrics: [{ name: hits, type: simple, semantic_model: hits, agg: count }]')
    expect(validateSchema(hits)).toEqual([])
    expect(hits.getType('CohortName')).toBeUndefined()
    expect(hits.getType('EntityName')).toBeUndefined()
    expect(fieldsOf('Query', hits)).toEqual(['catalog', 'slice', 'slices', 'table', 'dimensionValues', 'calculate', 'syncStatus', 'destinations', 'activations', 'recordedCosts', 'recordedRevenue'])
    expect(fieldsOf('Slice', hits)).toEqual(['key', 'period', 'metric', 'metrics', 'slice'])
    expect(fieldsOf('Where', hits)).toEqual(['and', 'or', 'not', 'at'])
    expect(faultsOf(`{ slice(${PERIOD}) { metric(name: HITS) { value } } }`, hits)).toEqual([])
    expect(faultsOf(`{ slice(${PERIOD}, cohorts: []) { key } }`, hits)).not.toEqual([])
  })

  it('of which nothing is left still has a catalog', () => {
    const empty = bare('')
    expect(validateSchema(empty)).toEqual([])
    expect(fieldsOf('Query', empty)).toEqual(['catalog', 'slice', 'slices', 'dimensionValues', 'calculate', 'syncStatus', 'destinations', 'activations', 'recordedCosts', 'recordedRevenue'])
    expect(fieldsOf('Slice', empty)).not.toContain('metric')
  })
})

describe('a changed model', () => {
  it('makes another schema and leaves the first as it was', () => {
    const before = printSchema(schema)
    const other = buildSchema(modelOf('semantic_models: [{ name: hits, source: web, table: hits, agg_time_dimension: at, dimensions: [{ name: at, type: time, granularity: day }] }]\nmetrics: [{ name: hits, type: simple, semantic_model: hits, agg: count }]'))
    expect(valuesOf('MetricName', other)).toEqual(['HITS'])
    expect(printSchema(schema)).toBe(before)
    expect(String(baseSchema().getType('MetricName'))).toBe('MetricName')
    expect(isEnumType(baseSchema().getType('MetricName'))).toBe(false)
  })
})
