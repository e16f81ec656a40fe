import { describeSteps, findEntityPath, findJoinPath } from './join-path.ts'
import type { JoinableModel } from './join-path.ts'
import { dimensionsOf } from './predicate.ts'
import type { Predicate } from './predicate.ts'
import type { Section } from './section.ts'

interface Fault {
  readonly message: string
  readonly hint: string | null
}

const ONE_WAY = 'Rename an entity on one of the ways, so that one way is left.'

/**
 * Blames a condition that no implementation reaches, or reaches in two ways.
 *
 * @param leaves Semantic models that must all reach it, one list an implementation; one list that does is enough.
 */
export function blameUnreachable(section: Section<object>, keys: readonly (string | number)[], predicate: Predicate, leaves: readonly (readonly string[])[], model: JoinableModel): void {
  for (const dimension of dimensionsOf(predicate)) {
    const faults = leaves.map((names) => names.map((name) => faultOfReach(model, name, dimension)).find((fault) => fault !== null) ?? null)
    const [first] = faults
    if (first && faults.every((fault) => fault !== null)) section.blame(keys, first.message, first.hint)
  }
}

/** @returns What keeps metrics of a semantic model from being sliced by a dimension; null where nothing does. */
export function faultOfReach(model: JoinableModel, semanticModel: string, dimension: string): Fault | null {
  const result = findJoinPath(model, semanticModel, dimension)
  if (result.kind === 'path') return null
  if (result.kind === 'none') return { message: `"${dimension}" cannot be used here. ${result.reason}`, hint: null }
  const [one, two] = result.paths.map((path) => describeSteps(semanticModel, path.steps))
  return { message: `"${dimension}" can be reached in two ways: ${one}, or ${two}.`, hint: ONE_WAY }
}

/** @returns What keeps rows of a semantic model from being told by an entity; null where nothing does. */
export function faultOfEntityReach(model: JoinableModel, semanticModel: string, entity: string): Fault | null {
  const result = findEntityPath(model, semanticModel, entity)
  if (result.kind === 'path') return null
  if (result.kind === 'none') return { message: `Rows of ${semanticModel} belong to no ${entity}. ${result.reason}`, hint: null }
  const [one, two] = result.paths.map((path) => describeSteps(semanticModel, path.steps))
  return { message: `Rows of ${semanticModel} lead to ${entity} in two ways: ${one}, or ${two}.`, hint: ONE_WAY }
}
