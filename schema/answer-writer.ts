import { getDirectiveValues, getNullableType, GraphQLIncludeDirective, GraphQLSkipDirective, isLeafType, isListType, isNonNullType, isObjectType, Kind } from 'graphql'
import type { DirectiveNode, FieldNode, GraphQLField, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo, SelectionNode } from 'graphql'
import { writtenOnce } from './written.ts'

/** Puts a value into the form of the response, or throws. */
export type Write = (value: unknown) => unknown

/** A value is not of the plain kind, or an error: the answer must be made the careful way. */
export class Irregular extends Error {}

/** Types whose values are read property by property: nothing of them is computed, waited for or chosen by arguments. */
export class PlainTypes {
  readonly #known = new Map<GraphQLObjectType, boolean>()

  /** Whether values of the type, lists of it included, are written by reading properties alone. */
  has(type: GraphQLOutputType): boolean {
    const nullable = getNullableType(type)
    if (isListType(nullable)) return this.has(nullable.ofType)
    return isLeafType(nullable) || (isObjectType(nullable) && this.#isPlain(nullable))
  }

  #isPlain(type: GraphQLObjectType): boolean {
    const known = this.#known.get(type)
    if (known !== undefined) return known
    // A type within itself is not looked into again.
    this.#known.set(type, false)
    const isPlain = !type.isTypeOf && Object.values(type.getFields()).every((field) => isRead(field) && this.has(field.type))
    this.#known.set(type, isPlain)
    return isPlain
  }
}

function isRead({ resolve, args }: GraphQLField<unknown, unknown>): boolean {
  return resolve === undefined && args.length === 0
}

type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'variableValues'>

const kept = new WeakMap<FieldNode, { readonly type: GraphQLOutputType; readonly write: Write }>()

/**
 * What writes a field of a plain type as its selections ask: equal to what graphql-js makes of it, without a visit to each field of each
 * object. Documents are kept and asked again, so a writer that hangs on no variable is made once, and takes the text of a value that
 * stands as it was written.
 */
export function writerOf(type: GraphQLOutputType, info: Info): Write {
  const [node, ...others] = info.fieldNodes
  const found = node === undefined || others.length > 0 ? undefined : kept.get(node)
  if (found?.type === type) return found.write
  const making: Making = { info, isFixed: true }
  const write = valueWriter(type, info.fieldNodes, making)
  if (node === undefined || others.length > 0 || !making.isFixed) return write
  const standing: Write = (value) => writtenOnce(value, node, () => write(value))
  kept.set(node, { type, write: standing })
  return standing
}

interface Making {
  readonly info: Info
  /** Nothing asked hangs on a directive. */
  isFixed: boolean
}

function valueWriter(type: GraphQLOutputType, nodes: readonly FieldNode[], making: Making): Write {
  if (isNonNullType(type)) {
    const write = valueWriter(type.ofType, nodes, making)
    return (value) => {
      const written = write(value)
      if (written === null) throw new Irregular()
      return written
    }
  }
  if (isListType(type)) {
    const write = valueWriter(type.ofType, nodes, making)
    return (value) => {
      if (value === null || value === undefined) return null
      if (!Array.isArray(value)) throw new Irregular()
      return value.map((one: unknown) => write(one))
    }
  }
  if (isLeafType(type)) {
    return (value) => {
      if (value === null || value === undefined) return null
      if (typeof value === 'function' || value instanceof Error || value instanceof Promise) throw new Irregular()
      const written: unknown = type.serialize(value)
      if (written === null || written === undefined) throw new Irregular()
      return written
    }
  }
  if (!isObjectType(type)) throw new Irregular()
  return objectWriter(type, nodes, making)
}

function objectWriter(type: GraphQLObjectType, nodes: readonly FieldNode[], making: Making): Write {
  const asked = new Map<string, FieldNode[]>()
  for (const { selectionSet } of nodes) collect(selectionSet?.selections ?? [], asked, making, new Set())
  const fields = type.getFields()
  const parts = [...asked].map(([key, [first, ...others]]) => {
    const name = first?.name.value ?? ''
    const field = fields[name]
    if (key === '__proto__' || first === undefined) throw new Irregular()
    if (name === '__typename') return { key, name: null, write: (_value: unknown): unknown => type.name }
    if (field === undefined) throw new Irregular()
    return { key, name, write: valueWriter(field.type, [first, ...others], making) }
  })
  return (value) => {
    if (value === null || value === undefined) return null
    if (typeof value !== 'object' || value instanceof Error || value instanceof Promise) throw new Irregular()
    const written: Record<string, unknown> = {}
    for (const { key, name, write } of parts) written[key] = name === null ? write(null) : write((value as Readonly<Record<string, unknown>>)[name])
    return written
  }
}

/** The fields asked, by the names they are answered under and in the order of the response; of one type, so that every fragment is of it. */
function collect(selections: readonly SelectionNode[], asked: Map<string, FieldNode[]>, making: Making, spread: Set<string>): void {
  for (const selection of selections) {
    if (!isAsked(selection, making)) continue
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value
      const nodes = asked.get(key)
      if (nodes === undefined) asked.set(key, [selection])
      else nodes.push(selection)
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      collect(selection.selectionSet.selections, asked, making, spread)
    } else if (!spread.has(selection.name.value)) {
      spread.add(selection.name.value)
      collect(making.info.fragments[selection.name.value]?.selectionSet.selections ?? [], asked, making, spread)
    }
  }
}

function isAsked(node: { readonly directives?: readonly DirectiveNode[] }, making: Making): boolean {
  if (node.directives === undefined || node.directives.length === 0) return true
  making.isFixed = false
  const { variableValues } = making.info
  if (getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.['if'] === true) return false
  return getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.['if'] !== false
}
