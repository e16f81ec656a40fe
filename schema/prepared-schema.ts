import { mapSchema, MapperKind } from '@graphql-tools/utils'
import { defaultFieldResolver, getNamedType, getNullableType, GraphQLNonNull, GraphQLScalarType, isLeafType, isListType, isNonNullType } from 'graphql'
import type { GraphQLFieldResolver, GraphQLOutputType, GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { Irregular, PlainTypes, writerOf } from './answer-writer.ts'
import { DIRECT } from './direct-resolvers.ts'

/** What is put together already. */
const Prepared = new GraphQLScalarType({ name: 'PreparedAnswer', serialize: (value) => value })

const prepared = new WeakMap<GraphQLSchema, GraphQLSchema>()

/**
 * The same schema for execution alone: what is read property by property (points of a series, cells, rows) is written in one go where
 * its field is resolved, in place of a visit to each property. Documents are validated against the schema itself. Answers are equal to
 * graphql-js's own, errors included, but for an `Irregular` among the errors: then ask the schema itself.
 */
export function preparedSchema(schema: GraphQLSchema): GraphQLSchema {
  let found = prepared.get(schema)
  if (found === undefined) {
    found = prepare(schema)
    prepared.set(schema, found)
  }
  return found
}

function prepare(schema: GraphQLSchema): GraphQLSchema {
  const plain = new PlainTypes()
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field, name, typeName) => {
      const own = DIRECT[`${typeName}.${name}`]
      const { type, resolve = defaultFieldResolver } = own === undefined || field.resolve === undefined ? field : { ...field, resolve: own }
      if (typeName.startsWith('__') || isSingleLeaf(type) || !plain.has(type)) return resolve === own ? { ...field, resolve } : undefined
      // Where the field must have a value, a failure still takes what holds the field with it.
      return { ...field, type: isNonNullType(type) ? new GraphQLNonNull(Prepared) : Prepared, resolve: written(type, resolve) }
    },
  })
}

function isSingleLeaf(type: GraphQLOutputType): boolean {
  return isLeafType(getNamedType(type)) && !isListType(getNullableType(type))
}

function written(type: GraphQLOutputType, resolve: GraphQLFieldResolver<unknown, unknown>): GraphQLFieldResolver<unknown, unknown> {
  return (source, args, context, info) => {
    const found = resolve(source, args, context, info)
    return found instanceof Promise ? found.then((value: unknown) => write(type, info, value)) : write(type, info, found)
  }
}

/** @throws Irregular, whatever was wrong with the value: where exactly, graphql-js tells. */
function write(type: GraphQLOutputType, info: GraphQLResolveInfo, value: unknown): unknown {
  try {
    return writerOf(type, info)(value)
  } catch {
    throw new Irregular()
  }
}
