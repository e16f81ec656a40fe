import type { DimensionLookup } from './filter-language.ts'
import { parseInterval } from './interval.ts'
import type { Interval } from './interval.ts'
import type { DefinitionData, MetricData } from './metric-file.ts'
import { suggest } from './problem.ts'
import { faultOfEntityReach } from './reach.ts'
import type { ActivitySurroundings } from './resolve-activity.ts'
import type { Section } from './section.ts'
import type { Dimension, SemanticModel } from './types.ts'

export interface MetricSurroundings {
  readonly semanticModels: ReadonlyMap<string, SemanticModel>
  readonly dimensions: ReadonlyMap<string, Dimension>
  /** Currency of metrics that name none. */
  readonly currency: string | null
  /** Names that exist but had to be left out as faulty; what refers to them is not blamed as well. */
  readonly brokenSemanticModels: ReadonlySet<string>
  readonly brokenMetrics: ReadonlySet<string>
  /** Metrics that give their words to those of their name that no file defines. */
  readonly standardMetrics: () => readonly Section<MetricData>[]
}

/** What reading one metric takes. */
export interface MetricScope {
  readonly around: MetricSurroundings
  readonly activities: ActivitySurroundings
  /** The language of conditions on rows of a semantic model; null: of the whole model. */
  lookup(model: SemanticModel | null): DimensionLookup
}

/** Blames a key that is not there; one whose value was taken out as faulty has been blamed. @returns Whether there is a value. */
export function requireKey<Key extends keyof DefinitionData>(section: Section<DefinitionData>, key: Key, hint: string): boolean {
  if (section.data[key] !== undefined) return true
  const type = section.data.type ?? 'simple'
  if (!section.has(key)) section.blame([], `${type === 'active' ? 'An' : 'A'} ${type} metric needs \`${key}\`.`, hint)
  return false
}

export function semanticModelOf(section: Section<DefinitionData>, { around }: MetricScope): SemanticModel | null {
  const { semantic_model: name } = section.data
  if (!requireKey(section, 'semantic_model', `Semantic models here: ${[...around.semanticModels.keys()].join(', ') || 'none'}.`) || name === undefined) return null
  const model = around.semanticModels.get(name)
  if (!model && !around.brokenSemanticModels.has(name)) section.blame(['semantic_model'], `There is no semantic model "${name}".`, suggest(name, around.semanticModels.keys()))
  return model ?? null
}

/** The entity of a metric; with `from`, one that the rows of that semantic model lead to. */
export function entityOf(section: Section<DefinitionData>, { around }: MetricScope, from: SemanticModel | null = null): string | null {
  const { entity } = section.data
  const known = new Set([...around.semanticModels.values()].flatMap((model) => model.entities.map((link) => link.entity)))
  if (!requireKey(section, 'entity', `Entities here: ${[...known].join(', ') || 'none'}.`) || entity === undefined) return null
  if (!known.has(entity)) {
    // A semantic model that was left out may have had it.
    if (around.brokenSemanticModels.size === 0) section.blame(['entity'], `There is no entity "${entity}".`, suggest(entity, known))
    return null
  }
  const fault = from === null ? null : faultOfEntityReach(around, from.name, entity)
  if (fault) section.blame(['entity'], fault.message, fault.hint)
  return entity
}

/** A span of calendar units, or null with a fault. */
export function resolveInterval(section: Section<object>, keys: readonly (string | number)[], written: string): Interval | null {
  const interval = parseInterval(written)
  if (!interval) section.blame(keys, `"${written}" is not a span of time.`, 'Write a count and a unit, like "28 days" or "1 month".')
  return interval
}
