import { getNamedType, getNullableType, isLeafType, isListType, Kind, TokenKind, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import type { DocumentNode, GraphQLLeafType, GraphQLSchema, Token, ValueNode } from 'graphql'

/** Of the numbers and texts of a valid document, in their order, the types that have to take them; null where they cannot be looked at one by one. */
export type ValueTypes = readonly GraphQLLeafType[] | null

/** @param values the tokens of the document's numbers and texts. */
export function typesOfValues(schema: GraphQLSchema, document: DocumentNode, values: readonly Token[]): ValueTypes {
  const typeInfo = new TypeInfo(schema)
  const found = new Map<Token, GraphQLLeafType>()
  const note = (node: ValueNode): void => {
    const type = getNamedType(typeInfo.getInputType())
    if (node.loc !== undefined && isLeafType(type)) found.set(node.loc.startToken, type)
  }
  // A list or an object that a scalar takes is one value.
  const list = (): false | undefined => (isListType(getNullableType(typeInfo.getParentInputType())) ? undefined : false)
  const object = (): false | undefined => (isLeafType(getNamedType(typeInfo.getInputType())) ? false : undefined)
  visit(document, visitWithTypeInfo(typeInfo, { IntValue: note, FloatValue: note, StringValue: note, ListValue: list, ObjectValue: object }))
  const types = values.flatMap((value) => found.get(value) ?? [])
  return types.length === values.length ? types : null
}

/** Whether each type takes its value, as the rule `ValuesOfCorrectType` of graphql-js asks. */
export function areTaken(values: readonly Token[], types: readonly GraphQLLeafType[]): boolean {
  return values.every((token, at) => {
    try {
      return types[at]?.parseLiteral(nodeOf(token), undefined) !== undefined
    } catch {
      // What exactly is wrong with it is told by whoever validates the document as a whole.
      return false
    }
  })
}

function nodeOf({ kind, value }: Token): ValueNode {
  if (kind === TokenKind.INT) return { kind: Kind.INT, value }
  return kind === TokenKind.FLOAT ? { kind: Kind.FLOAT, value } : { kind: Kind.STRING, value }
}
