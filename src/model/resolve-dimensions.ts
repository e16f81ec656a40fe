import { GRAINS } from '../base/grain.ts'
import type { Grain } from '../base/grain.ts'
import type { DimensionLookup, NamedDimension } from './filter-language.ts'
import { enumNameOf, labelOf } from './names.ts'
import { suggest } from './problem.ts'
import type { DraftModel } from './resolve-semantic-models.ts'
import type { Section } from './section.ts'
import type { DimensionData, EntityData } from './model-file.ts'
import type { Dimension, Entity, ModelDimension, SemanticModel } from './types.ts'

interface Sighting {
  readonly section: Section<DimensionData>
  readonly model: SemanticModel
  readonly dimension: ModelDimension
  readonly entity: string | null
}

/**
 * Makes the dimensions that clients see. One name on one entity is one dimension, wherever it is seen; likewise among semantic
 * models without a primary entity, whose dimensions each reach only their own rows. One name on two entities is a fault.
 */
export function resolveDimensions(drafts: readonly DraftModel[]): ReadonlyMap<string, Dimension> {
  const sightings = new Map<string, Sighting[]>()
  for (const { model, dimensionSections } of drafts) {
    const entity = model.entities.find((link) => link.type === 'primary')?.entity ?? null
    model.dimensions.forEach((dimension, index) => {
      const section = dimensionSections[index]
      if (!section) return
      const seen = sightings.get(dimension.publicName) ?? []
      seen.push({ section, model, dimension, entity })
      sightings.set(dimension.publicName, seen)
    })
  }
  const byEnumName = new Map<string, string>()
  const dimensions = new Map<string, Dimension>()
  for (const [name, seen] of sightings) {
    const [first] = seen
    if (!first) continue
    blameDifferences(first, seen.slice(1))
    const enumName = enumNameOf(name)
    const twin = byEnumName.get(enumName)
    if (twin !== undefined) first.section.blame(['name'], `The dimensions "${twin}" and "${name}" are both ${enumName} to clients.`, 'Give one of them a `public_name`.')
    byEnumName.set(enumName, name)
    dimensions.set(name, {
      name,
      enumName,
      label: seen.map(({ section }) => section.data.label).find((label) => label !== undefined) ?? labelOf(name),
      description: seen.map(({ section }) => section.data.description).find((description) => description !== undefined)?.trim() ?? null,
      kind: first.dimension.kind,
      granularity: finest(seen.map(({ dimension }) => dimension.granularity)),
      entity: first.entity,
      homes: seen.map(({ model, dimension }) => ({ semanticModel: model.name, dimension: dimension.name })),
    })
  }
  return dimensions
}

function blameDifferences(first: Sighting, others: readonly Sighting[]): void {
  for (const other of others) {
    if (other.entity !== first.entity) {
      const owner = (sighting: Sighting): string => (sighting.entity === null ? `of ${sighting.model.name} alone, which has no primary entity` : `of the entity ${sighting.entity}`)
      const proposal = `${other.entity ?? other.model.name}_${other.dimension.name}`
      other.section.blame(
        [other.section.data.public_name === undefined ? 'name' : 'public_name'],
        `Two dimensions are called "${other.dimension.publicName}": this one is ${owner(other)}, the one at ${first.section.place} is ${owner(first)}.`,
        `Give one of them another name for clients, like public_name: ${proposal}.`,
      )
    } else if (other.dimension.kind !== first.dimension.kind) {
      other.section.blame(
        [other.section.data.value_type === undefined ? 'name' : 'value_type'],
        `"${other.dimension.publicName}" is ${other.dimension.kind} here and ${first.dimension.kind} at ${first.section.place}: one dimension has one kind.`,
        'Set the same value_type, or give one of them another public_name.',
      )
    }
  }
}

function finest(granularities: readonly (Grain | null)[]): Grain | null {
  return GRAINS.find((grain) => granularities.includes(grain)) ?? null
}

/** Entities in the order in which they are first named. */
export function resolveEntities(drafts: readonly DraftModel[]): ReadonlyMap<string, Entity> {
  const sections = new Map<string, Section<EntityData>[]>()
  for (const draft of drafts) {
    for (const section of draft.entitySections) sections.set(section.data.name, [...(sections.get(section.data.name) ?? []), section])
  }
  const byEnumName = new Map<string, string>()
  const entities = new Map<string, Entity>()
  for (const [name, seen] of sections) {
    const enumName = enumNameOf(name)
    const twin = byEnumName.get(enumName)
    if (twin !== undefined) seen[0]?.blame(['name'], `The entities "${twin}" and "${name}" are both ${enumName} to clients.`)
    byEnumName.set(enumName, name)
    const primary = drafts.find(({ model }) => model.entities.some((link) => link.entity === name && link.type === 'primary'))
    entities.set(name, {
      name,
      enumName,
      label: seen.map(({ data }) => data.label).find((label) => label !== undefined) ?? labelOf(name),
      description: seen.map(({ data }) => data.description).find((description) => description !== undefined)?.trim() ?? null,
      primaryModel: primary?.model.name ?? null,
    })
  }
  return entities
}

/**
 * Looks names up as conditions write them: public names, names of the semantic model at hand, and dbt's `entity__dimension`.
 * A name that means one dimension here and another to clients is refused rather than guessed.
 */
export function dimensionLookup(dimensions: ReadonlyMap<string, Dimension>, semanticModels: ReadonlyMap<string, SemanticModel>, here: SemanticModel | null): DimensionLookup {
  const named = (dimension: Dimension, local: ModelDimension | undefined): NamedDimension => {
    const [home] = dimension.homes
    const first = local ?? semanticModels.get(home?.semanticModel ?? '')?.dimensions.find((candidate) => candidate.name === home?.dimension)
    return { publicName: dimension.name, kind: dimension.kind, granularity: dimension.granularity, timezone: first?.timezone ?? null }
  }
  return (name) => {
    const known = dimensions.get(name)
    const local = here?.dimensions.find((candidate) => candidate.name === name)
    if (known && local && local.publicName !== name) {
      return {
        message: `"${name}" could be ${local.publicName} of ${here?.name ?? ''} or ${name} of ${known.entity ?? known.homes[0]?.semanticModel ?? ''}.`,
        hint: `Write ${local.publicName}, or ${known.entity === null ? 'rename one of them' : `${known.entity}__${name}`}.`,
      }
    }
    if (known) return named(known, here?.dimensions.find((candidate) => candidate.publicName === name))
    const publicOfLocal = local && dimensions.get(local.publicName)
    if (publicOfLocal) return named(publicOfLocal, local)
    const qualified = [...dimensions.values()].find((dimension) => dimension.entity !== null && dimension.homes.some((home) => `${dimension.entity}__${home.dimension}` === name))
    if (qualified) return named(qualified, here?.dimensions.find((candidate) => candidate.publicName === qualified.name))
    return { message: `There is no dimension "${name}".`, hint: suggest(name, new Set([...(here?.dimensions.map((candidate) => candidate.name) ?? []), ...dimensions.keys()])) }
  }
}
