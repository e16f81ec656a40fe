import { KpiqlError } from '../base/errors.ts'
import { resolveTimeZone } from '../base/time-zone.ts'
import { findEntityPath, findJoinPath } from './join-path.ts'
import type { RollupData } from './model-file.ts'
import { unique } from './named-sections.ts'
import { suggest } from './problem.ts'
import type { QuerySurroundings } from './resolve-queries.ts'
import { dimensionLookup } from './resolve-dimensions.ts'
import type { Section } from './section.ts'
import type { Rollup } from './types.ts'

/** Rollups in the order of files. What of its metrics each can serve is known only beside the data. Faults go to the sections. */
export function resolveRollups(sections: readonly Section<RollupData>[], around: QuerySurroundings): readonly Rollup[] {
  const lookup = dimensionLookup(around.dimensions, around.semanticModels, null)
  return unique(sections, 'rollups').flatMap((section): readonly Rollup[] => {
    const { data } = section
    const zone = zoneOf(section)
    data.metrics.forEach((metric, index) => {
      if (!around.metrics.has(metric) && !around.brokenMetrics.has(metric)) section.blame(['metrics', index], `There is no metric "${metric}".`, suggest(metric, around.metrics.keys()))
    })
    if (!around.semanticModels.has(data.semantic_model)) {
      section.blame(['semantic_model'], `There is no semantic model "${data.semantic_model}".`, suggest(data.semantic_model, around.semanticModels.keys()))
      return []
    }
    const dimensions = (data.dimensions ?? []).flatMap((written, index) => {
      const at = ['dimensions', index]
      const found = lookup(written)
      if ('message' in found) {
        section.blame(at, found.message, found.hint)
        return []
      }
      const path = findJoinPath(around, data.semantic_model, found.publicName)
      if (path.kind === 'none') section.blame(at, `"${data.semantic_model}" does not reach it. ${path.reason}`)
      if (path.kind === 'ambiguous') section.blame(at, `"${data.semantic_model}" reaches it in two ways.`)
      return [found.publicName]
    })
    const entities = (data.entities ?? []).filter((entity, index) => {
      const at = ['entities', index]
      if (!around.entities.has(entity)) section.blame(at, `There is no entity "${entity}".`, suggest(entity, around.entities.keys()))
      else if (findEntityPath(around, data.semantic_model, entity).kind !== 'path') section.blame(at, `"${data.semantic_model}" does not lead to one key of ${entity}.`)
      return around.entities.has(entity)
    })
    return [{ name: data.name, semanticModel: data.semantic_model, metrics: data.metrics, dimensions, entities, grain: data.granularity ?? 'day', zone }]
  })
}

function zoneOf(section: Section<RollupData>): string {
  try {
    return resolveTimeZone(section.data.time_zone ?? 'UTC')
  } catch (error) {
    if (!(error instanceof KpiqlError)) throw error
    section.blame(['time_zone'], error.message, error.hint)
    return 'UTC'
  }
}
