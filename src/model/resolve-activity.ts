import { activityOfSimple, activityWay } from './activity.ts'
import { resolveCondition } from './condition.ts'
import type { ActivityData } from './file-parts.ts'
import type { JoinableModel } from './join-path.ts'
import { ALL } from './predicate.ts'
import { suggest } from './problem.ts'
import { blameUnreachable, faultOfEntityReach } from './reach.ts'
import { dimensionLookup } from './resolve-dimensions.ts'
import type { Section } from './section.ts'
import type { Activity, SimpleMetric } from './types.ts'

/** What activities are looked up in. */
export interface ActivitySurroundings {
  readonly model: JoinableModel
  readonly metricNames: Iterable<string>
  readonly brokenMetrics: ReadonlySet<string>
  /** The type of a metric, and those of its ways that are simple and sound; null for a name nobody knows. */
  waysOf(metric: string): { readonly type: string; readonly simple: readonly SimpleMetric[] } | null
}

type Keys = readonly (string | number)[]

/**
 * Reads an activity of an entity. Faults go to the section.
 *
 * @param keys From the section to the activity.
 * @param entity Null where it is at fault already.
 */
export function resolveActivity(section: Section<object>, keys: Keys, written: ActivityData, entity: string | null, around: ActivitySurroundings): Activity | null {
  const name = typeof written === 'string' ? written : written.metric
  const at: Keys = typeof written === 'string' ? keys : [...keys, 'metric']
  const ways = around.waysOf(name)
  if (ways === null) {
    if (!around.brokenMetrics.has(name)) section.blame(at, `There is no metric "${name}".`, suggest(name, around.metricNames))
    return null
  }
  if (ways.type !== 'simple') {
    section.blame(at, `"${name}" is a ${ways.type} metric and has no rows of its own; an activity is the rows of a simple metric.`, 'Name a simple metric, like a count of events.')
    return null
  }
  const way = activityWay(ways.simple, entity, around.model)
  const semanticModel = way && around.model.semanticModels.get(way.semanticModel)
  if (!way || !semanticModel) return null
  const unreached = entity === null ? null : faultOfEntityReach(around.model, semanticModel.name, entity)
  if (unreached) section.blame(at, unreached.message, unreached.hint)
  const lookup = dimensionLookup(around.model.dimensions, around.model.semanticModels, semanticModel)
  const part = typeof written === 'string' ? null : section.part(written)
  const extra = part ? resolveCondition(part, ['filter'], part.data.filter, lookup) : ALL
  if (part) blameUnreachable(part, ['filter'], extra, [[semanticModel.name]], around.model)
  return activityOfSimple(name, way, semanticModel, extra)
}

/** Blames activities that are compared with each other and whose tables stand in different sources. */
export function blameSources(section: Section<object>, keys: Keys, activities: readonly Activity[], model: JoinableModel): void {
  const [first, ...others] = activities
  const sourceOf = (activity: Activity): string => model.semanticModels.get(activity.semanticModel)?.source ?? ''
  const other = first && others.find((activity) => sourceOf(activity) !== sourceOf(first))
  if (first && other) {
    section.blame(keys, `${first.semanticModel} reads the source "${sourceOf(first)}" and ${other.semanticModel} the source "${sourceOf(other)}": what happened in one cannot be compared with the other.`, 'Name metrics of one source.')
  }
}
