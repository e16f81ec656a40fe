import { GraphQLError, Kind } from 'graphql'
import type { DocumentNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql'
import { refuseOperation } from './refusal.ts'

export interface OperationLimits {
  /** Selections inside selections, fragments followed. */
  readonly maxDepth: number
  /** Fields and spreads of one operation with fragments written out. */
  readonly maxFields: number
  /** Of those, the ones with an alias. */
  readonly maxAliases: number
}

interface Size {
  readonly depth: number
  readonly fields: number
  readonly aliases: number
}

// Validation compares fields that meet in one place of the answer pair by pair, and fragments likewise, so both are bounded
// before it runs. Real documents stay far below.
const MAX_MEETING = 100
const MAX_FRAGMENTS = 300

const NOTHING: Size = { depth: 0, fields: 0, aliases: 0 }

/**
 * Measures a parsed document without a schema, in time linear in its text: a fragment is measured once however often it is spread.
 *
 * @returns The first limit that an operation of the document breaks, by name; null when it may be validated. Unknown
 * spreads are left to validation.
 */
export function refuseOversized(document: DocumentNode, limits: OperationLimits): GraphQLError | null {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  if (fragments.size > MAX_FRAGMENTS) return tooLarge('fragments', fragments.size, MAX_FRAGMENTS)

  const measured = new Map<string, Size | 'open'>()
  let circular: string | null = null
  const measureFragment = (name: string): Size => {
    const known = measured.get(name)
    if (known === 'open') circular = name
    if (known !== undefined) return known === 'open' ? NOTHING : known
    measured.set(name, 'open')
    const fragment = fragments.get(name)
    const size = fragment === undefined ? NOTHING : measure(fragment.selectionSet)
    measured.set(name, size)
    return size
  }
  const measure = (set: SelectionSetNode): Size => {
    let [depth, fields, aliases] = [0, 0, 0]
    for (const selection of set.selections) {
      let size = NOTHING
      if (selection.kind === Kind.FRAGMENT_SPREAD) size = measureFragment(selection.name.value)
      else if (selection.selectionSet !== undefined) size = measure(selection.selectionSet)
      depth = Math.max(depth, size.depth + (selection.kind === Kind.FIELD ? 1 : 0))
      fields += size.fields + 1
      aliases += size.aliases + (selection.kind === Kind.FIELD && selection.alias !== undefined ? 1 : 0)
    }
    return { depth, fields, aliases }
  }

  for (const definition of document.definitions) {
    let size = NOTHING
    if (definition.kind === Kind.FRAGMENT_DEFINITION) size = measureFragment(definition.name.value)
    else if (definition.kind === Kind.OPERATION_DEFINITION) size = measure(definition.selectionSet)
    else continue
    if (circular !== null) return new GraphQLError(`Cannot spread fragment "${circular}" within itself.`, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } })
    if (size.depth > limits.maxDepth) return tooDeep(size.depth, limits.maxDepth)
    if (size.fields > limits.maxFields) return tooLarge('fields and spreads', size.fields, limits.maxFields, 'limits.maxFields')
    if (size.aliases > limits.maxAliases) return tooLarge('aliases', size.aliases, limits.maxAliases, 'limits.maxAliases')
    const meeting = mostMeeting([definition.selectionSet], fragments)
    if (meeting > MAX_MEETING) return tooLarge('fields of one name in one place', meeting, MAX_MEETING)
  }
  return null
}

/** The largest number of fields that share one place of the answer; walks the operation with its fragments written out. */
function mostMeeting(sets: readonly SelectionSetNode[], fragments: ReadonlyMap<string, FragmentDefinitionNode>): number {
  const meeting = new Map<string, { count: number; below: SelectionSetNode[] }>()
  const collect = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value
        const group = meeting.get(key) ?? { count: 0, below: [] }
        group.count += 1
        if (selection.selectionSet !== undefined) group.below.push(selection.selectionSet)
        meeting.set(key, group)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet)
      } else {
        const fragment = fragments.get(selection.name.value)
        if (fragment !== undefined) collect(fragment.selectionSet)
      }
    }
  }
  for (const set of sets) collect(set)
  let most = 0
  for (const { count, below } of meeting.values()) most = Math.max(most, count, below.length === 0 ? 0 : mostMeeting(below, fragments))
  return most
}

function tooDeep(asked: number, limit: number): GraphQLError {
  return refuseOperation('QUERY_TOO_DEEP', `The query nests ${asked} levels deep; ${limit} are allowed.`, {
    limit,
    asked,
    hint: 'Ask for less at once, or raise limits.maxDepth in the configuration.',
  })
}

function tooLarge(what: string, asked: number, limit: number, setting?: string): GraphQLError {
  // Fragments that double multiply beyond what a JSON number holds.
  const count = Number.isSafeInteger(asked) ? String(asked) : 'far too many'
  return refuseOperation('QUERY_TOO_LARGE', `The query has ${count} ${what}; ${limit} are allowed.`, {
    limit,
    hint: setting === undefined ? 'Split the query, or send the repeated part once.' : `Split the query, or raise ${setting} in the configuration. \`slices\` takes a list in place of aliases.`,
  })
}
