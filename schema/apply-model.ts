import { mapSchema, MapperKind } from '@graphql-tools/utils'
import { GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, getNamedType, isInputObjectType, isListType, isNonNullType, isObjectType } from 'graphql'
import type { GraphQLEnumValueConfigMap, GraphQLInputFieldConfigMap, GraphQLInputType, GraphQLNamedType, GraphQLOutputType, GraphQLSchema } from 'graphql'
import { enumNameOf } from '../src/model/names.ts'
import { shownMetrics } from '../src/model/shown-metrics.ts'
import type { Dimension, DimensionKind, Metric, Model, Named } from '../src/model/types.ts'
import { calculatorsOf } from './calculators.ts'
import { Calculators, PERIOD_DIMENSION } from './placeholders.ts'

const FILTERS = {
  text: 'StringFilter',
  integer: 'NumberFilter',
  decimal: 'NumberFilter',
  float: 'NumberFilter',
  boolean: 'BooleanFilter',
  date: 'DateFilter',
  timestamp: 'DateFilter',
} as const satisfies Record<DimensionKind, string>

/**
 * Puts what a model names in the place of the stand-ins of the static schema: enums of its metrics, dimensions, cohorts and entities,
 * and `Where` with one typed field a dimension. What needs an enum that would be empty is left out: GraphQL has no empty enums.
 * Neither the schema nor the model is changed.
 */
export function applyModel(base: GraphQLSchema, model: Model): GraphQLSchema {
  const enums = enumsOf(model)
  const empty = new Set(enums.filter(({ values }) => Object.keys(values).length === 0).map(({ name }) => name))
  const types = new Map<string, GraphQLNamedType>([...enums.filter(({ name }) => !empty.has(name)).map((config) => [config.name, new GraphQLEnumType(config)] as const), ['Where', whereOf(base, model, empty)], [Calculators.name, calculatorsOf(base)]])
  const named = mapSchema(base, { [MapperKind.TYPE]: (type) => types.get(type.name) })
  return empty.size === 0 ? named : withoutTypes(named, empty)
}

interface EnumConfig {
  readonly name: string
  readonly description: string
  readonly values: GraphQLEnumValueConfigMap
}

function enumsOf(model: Model): readonly EnumConfig[] {
  return [
    { name: 'MetricName', description: 'The metrics of the model.', values: metricValues(model) },
    { name: 'DimensionName', description: 'The dimensions of the model, by which rows are grouped.', values: { [PERIOD_DIMENSION]: { value: PERIOD_DIMENSION, description: 'Each metric’s own time.' }, ...valuesOf(model.dimensions) } },
    { name: 'CohortName', description: 'The cohorts of the model.', values: valuesOf(model.cohorts) },
    { name: 'EntityName', description: 'The entities of the model: what is counted, joined on and gathered in cohorts.', values: valuesOf(model.entities) },
  ]
}

function valuesOf(named: ReadonlyMap<string, Named>): GraphQLEnumValueConfigMap {
  return Object.fromEntries([...named.values()].map(({ name, enumName, label, description }) => [enumName, { value: name, description: textOf(label, description) }]))
}

/** A former name stands before the present one, so that answers are written with the latter: the last of two equal values is. */
function metricValues(model: Model): GraphQLEnumValueConfigMap {
  return Object.fromEntries(
    shownMetrics(model).flatMap((metric: Metric) => [
      ...metric.deprecatedNames.map((former) => [enumNameOf(former), { value: metric.name, deprecationReason: `Renamed: use ${metric.enumName}.` }] as const),
      [metric.enumName, { value: metric.name, description: textOf(metric.label, metric.description) }] as const,
    ]),
  )
}

function textOf(label: string, description: string | null): string {
  return description === null ? label : `${label}. ${description}`
}

function whereOf(base: GraphQLSchema, model: Model, empty: ReadonlySet<string>): GraphQLInputObjectType {
  const filter = (name: string): GraphQLInputType => {
    const type = base.getType(name)
    if (!isInputObjectType(type)) throw new TypeError(`${name} is no input of the schema.`)
    return type
  }
  const where: GraphQLInputObjectType = new GraphQLInputObjectType({
    name: 'Where',
    description: 'Which rows to keep: everything given must hold, `{}` keeps all. A test on a row without a value is false, and `not` is the exact complement, so that a slice and its negation add up to the whole. A null anywhere inside is refused.',
    fields: (): GraphQLInputFieldConfigMap => {
      const several = new GraphQLList(new GraphQLNonNull(where))
      return {
        and: { type: several, description: 'All of these; an empty list keeps all.' },
        or: { type: several, description: 'Any of these; an empty list keeps nothing.' },
        not: { type: where, description: 'Everything but this.' },
        ...(empty.has('CohortName') && empty.has('EntityName') ? {} : { cohort: { type: filter('CohortFilter'), description: 'Membership of cohorts.' } }),
        ...Object.fromEntries([...model.dimensions.values()].map((dimension: Dimension) => [dimension.name, { type: filter(FILTERS[dimension.kind]), description: textOf(dimension.label, dimension.description) }])),
      }
    },
  })
  return where
}

/**
 * Leaves out every argument and field of these types, every field that cannot be asked without one, and every type of which one is
 * an indispensable part: without entities there are no cohorts and no funnels.
 */
function withoutTypes(schema: GraphQLSchema, empty: ReadonlySet<string>): GraphQLSchema {
  const names = new Set(empty)
  // One type may go because another has gone: until none does.
  for (let before = -1; before !== names.size; ) {
    before = names.size
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isInputObjectType(type) && !(isObjectType(type) && type !== schema.getQueryType())) continue
      const fields: readonly { readonly type: GraphQLOutputType | GraphQLInputType }[] = Object.values(type.getFields())
      const left = fields.filter((field) => !names.has(getNamedType(field.type).name))
      const lacks = fields.some((field) => isNonNullType(field.type) && !isListType(field.type.ofType) && !left.includes(field))
      if (left.length === 0 || lacks) names.add(type.name)
    }
  }
  const gone = (type: GraphQLInputType | undefined): boolean => type !== undefined && names.has(getNamedType(type).name)
  return mapSchema(schema, {
    [MapperKind.TYPE]: (type) => (names.has(type.name) ? null : undefined),
    [MapperKind.INPUT_OBJECT_FIELD]: (field) => (gone(field.type) ? null : undefined),
    [MapperKind.OBJECT_FIELD]: (field) => {
      if (names.has(getNamedType(field.type).name)) return null
      const args = Object.entries(field.args ?? {})
      if (args.some(([, arg]) => gone(arg.type) && isNonNullType(arg.type))) return null
      return args.some(([, arg]) => gone(arg.type)) ? { ...field, args: Object.fromEntries(args.filter(([, arg]) => !gone(arg.type))) } : undefined
    },
  })
}
