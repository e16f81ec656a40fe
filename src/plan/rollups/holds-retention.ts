import { localMsAt } from '../../base/time-zone.ts'
import { findEntityPath, findJoinPath } from '../../model/join-path.ts'
import { dimensionsOf } from '../../model/predicate.ts'
import type { Activity } from '../../model/types.ts'
import type { AskKey } from '../ask.ts'
import type { Edge } from '../axis.ts'
import { isMembership } from '../membership/membership.ts'
import { placeMembership } from '../membership/membership-reach.ts'
import type { AnyRead, Read, RetentionMeasure } from '../read.ts'
import { isOpen, lastPeriod, unitEdges } from '../retention/retention-units.ts'
import type { PlanContext } from '../rows.ts'
import { groups, kindOf, liesOn, reaches } from './reaches-rollup.ts'
import { readsThrough } from './reads-through.ts'
import type { RollupTable } from './rollup.ts'

/** Starts, and what follows them, are told from the rows of one semantic model, or of two. */
export function isOfTwo({ start, activity }: RetentionMeasure): boolean {
  return start.semanticModel !== activity.semanticModel
}

/** The moments at which a retention tells starts before from starts after. */
export function startEdges(context: PlanContext, { period, buckets }: AnyRead): readonly Edge[] {
  const edges = [period, ...buckets].flatMap(({ startUtcMs, startLocalMs, endUtcMs, endLocalMs }): readonly Edge[] => [
    { utcMs: startUtcMs, localMs: startLocalMs },
    { utcMs: endUtcMs, localMs: endLocalMs },
  ])
  return upToPresent(context, period.zone, edges, false)
}

/** The moments at which it tells activities of one unit from those of the next; none where it counts from the very moment of each start. @throws KpiqlError `TOO_MANY_POINTS`. */
export function activityEdges(context: PlanContext, { measure, period }: Read<RetentionMeasure>): readonly Edge[] {
  const { ranges, unit, clock } = measure
  const edges = clock === 'calendar' ? unitEdges(period, unit, lastPeriod(ranges), context.calendar) : []
  return upToPresent(context, period.zone, edges, isOpen(ranges))
}

/** What is dated ahead has not happened, so the present is the last of the moments that matter. */
function upToPresent({ nowUtcMs }: PlanContext, zone: string, edges: readonly Edge[], always: boolean): readonly Edge[] {
  const past = edges.filter(({ utcMs }) => utcMs <= nowUtcMs)
  return always || past.length < edges.length ? [...past, { utcMs: nowUtcMs, localMs: localMsAt(zone, nowUtcMs) }] : past
}

/**
 * Whether a rollup tells the starts of a retention as the table does. Of a day it does not tell which of an entity's rows came first:
 * where the table does, slices and groups must be the same for all rows of the entity.
 */
export function holdsStarts(context: PlanContext, rollup: RollupTable, read: Read<RetentionMeasure>, edges: readonly Edge[]): boolean {
  const { start, entity } = read.measure
  if (!follows(context, rollup, start, read, edges)) return false
  if (!reaches(context, rollup, read.predicate) || !read.by.every((key) => groups(context, rollup, read, key))) return false
  const isDay = start.time.kind === 'event' && kindOf(context, rollup.shape, start.time.dimension) === 'date'
  if (isDay) return true
  const names = [...dimensionsOf(read.predicate), ...read.by.flatMap(dimensionIn)]
  return names.every((name) => isOfEntity(context, start.semanticModel, entity, name)) && read.by.every((key) => key.kind !== 'entity' || key.entity === entity)
}

/** Whether it tells what the entities did. */
export function holdsActivities(context: PlanContext, rollup: RollupTable, read: Read<RetentionMeasure>, edges: readonly Edge[]): boolean {
  return follows(context, rollup, read.measure.activity, read, edges)
}

/** Whether the rows of one activity can be read from a table while a rollup stands for the semantic model of the other. */
export function isApart(context: PlanContext, { measure, predicate, by }: Read<RetentionMeasure>, which: 'start' | 'activity'): boolean {
  const { entity, start, activity } = measure
  const [own, other] = which === 'start' ? [start, activity] : [activity, start]
  const asked = which === 'start' ? [...dimensionsOf(predicate), ...by.flatMap(dimensionIn)] : []
  const entities = [entity, ...(which === 'start' ? by.flatMap((key) => (key.kind === 'entity' ? [key.entity] : [])) : [])]
  return !readsThrough(context, own.semanticModel, [...asked, ...dimensionsOf(own.filter)], entities, other.semanticModel)
}

/** Spans of hours since a start are told only from dates, whose midnights are all that there is. */
function follows(context: PlanContext, rollup: RollupTable, { semanticModel, time, filter }: Activity, read: Read<RetentionMeasure>, edges: readonly Edge[]): boolean {
  const { shape } = rollup
  const { entity, clock } = read.measure
  if (semanticModel !== shape.semanticModel || time.kind !== 'event' || shape.time.kind !== 'event' || time.dimension !== shape.time.dimension) return false
  if (!shape.entities.some((kept) => kept.entity === entity)) return false
  if (clock !== 'calendar' && kindOf(context, shape, time.dimension) !== 'date') return false
  return liesOn(context, shape, time.dimension, read, edges) && reaches(context, rollup, filter)
}

/** The time of the start itself is no dimension: rows of one day lie in one bucket. */
function dimensionIn(key: AskKey): readonly string[] {
  return key.kind === 'entity' || key.dimension === null ? [] : [key.dimension]
}

/** Whether a dimension or cohort is the same for all rows of an entity. */
function isOfEntity(context: PlanContext, semanticModel: string, entity: string, name: string): boolean {
  if (isMembership(name)) {
    const place = placeMembership(context, semanticModel, name)
    return place.kind === 'key' ? place.entity === entity : (place.kind === 'joined' || place.kind === 'pushed') && place.membership.entity === entity
  }
  const key = findEntityPath(context.model, semanticModel, entity)
  const found = findJoinPath(context.model, semanticModel, name)
  if (key.kind !== 'path' || found.kind !== 'path') return false
  const step = found.path.steps[key.path.steps.length]
  const isSameWay = key.path.steps.every(({ to }, index) => found.path.steps[index]?.to === to)
  return isSameWay && step?.entity === entity && step.fromExpr === key.path.expr
}
