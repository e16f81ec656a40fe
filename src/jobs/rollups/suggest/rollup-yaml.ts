import { stringify } from 'yaml'
import type { Rollup } from '../../../model/types.ts'

/** Rollups as the model takes them: a file of its own, or to be pasted. What has its default is left out. */
export function rollupYaml(rollups: readonly Rollup[]): string {
  const written = rollups.map(({ name, semanticModel, metrics, dimensions, entities, grain, zone }) => ({
    name,
    semantic_model: semanticModel,
    metrics,
    ...(dimensions.length === 0 ? {} : { dimensions }),
    ...(entities.length === 0 ? {} : { entities }),
    ...(grain === 'day' ? {} : { granularity: grain }),
    ...(zone === 'UTC' ? {} : { time_zone: zone }),
  }))
  return stringify({ rollups: written }, { collectionStyle: 'any', flowCollectionPadding: false, lineWidth: 160 })
}
