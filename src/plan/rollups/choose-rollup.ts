import { localMsAt } from '../../base/time-zone.ts'
import type { Edge } from '../axis.ts'
import { canSubtract, familyOf, partsWithin } from '../parts.ts'
import type { ActiveMeasure, AnyRead, Measure, Read, RetentionMeasure } from '../read.ts'
import { localNow, stockEdges } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import { activityEdges, holdsActivities, holdsStarts, isApart, isOfTwo, startEdges } from './holds-retention.ts'
import { holdsMovement, movementEdges, tellsDays } from './holds-movement.ts'
import { groups, kindOf, liesOn, reaches } from './reaches-rollup.ts'
import { CHANGED_ROWS, keeps } from './rollup.ts'
import type { RollupShape, RollupTable } from './rollup.ts'
import { endOf, startWithin } from './rollup-tail.ts'
import type { EndOfRead, RollupTail } from './rollup-tail.ts'

/** A rollup that is read in place of its semantic model: up to a tail where the read ends within a day (or hour). */
export interface PlacedRollup {
  readonly rollup: RollupTable
  readonly tail: RollupTail | null
}

/** A read, and the rollups it is read from, one a semantic model. */
export interface PlacedRead {
  readonly rollups: readonly PlacedRollup[]
  /** As it is asked of the rollups. */
  readonly read: AnyRead
}

/** The smallest rollup that answers a read exactly as the table would; null where none does. */
export function chooseRollup(context: PlanContext, read: AnyRead): RollupTable | null {
  return smallest(context, read.measure.semanticModel, (rollup) => (answers(context, rollup, read, edgesRead(context, read)) ? rollup : null))
}

/** The same, also where the table must tell the last day (or hour). */
export function placeRead(context: PlanContext, read: AnyRead): PlacedRead | null {
  if (context.rollups === undefined || context.rollups.length === 0) return null
  const { measure } = read
  if (measure.kind === 'retention' && isOfTwo(measure)) return placeOfTwo(context, { ...read, measure })
  return place(context, read, measure.semanticModel, edgesRead(context, read), (rollup, asked, edges) => answers(context, rollup, asked, edges))
}

/** Each semantic model by itself: from a rollup, or from its table. */
function placeOfTwo(context: PlanContext, read: Read<RetentionMeasure>): PlacedRead | null {
  if (!isApart(context, read, 'start') || !isApart(context, read, 'activity')) return null
  const { start, activity } = read.measure
  const starts = place(context, read, start.semanticModel, startEdges(context, read), (rollup, _, edges) => holdsStarts(context, rollup, read, edges))
  const activities = place(context, read, activity.semanticModel, activityEdges(context, read), (rollup, _, edges) => holdsActivities(context, rollup, read, edges))
  const rollups = [...(starts?.rollups ?? []), ...(activities?.rollups ?? [])]
  return rollups.length === 0 ? null : { rollups, read }
}

/** Whether a rollup holds what is asked, where no row of it may stand for rows on both sides of an edge. */
type Holds = (rollup: RollupTable, read: AnyRead, edges: readonly Edge[]) => boolean

function place(context: PlanContext, read: AnyRead, semanticModel: string, edges: readonly Edge[], holds: Holds): PlacedRead | null {
  const end = edges.length === 0 ? null : endOf(read, edges)
  return smallest(context, semanticModel, (rollup) => (holds(rollup, read, edges) ? { rollups: [{ rollup, tail: null }], read } : end === null ? null : withTail(rollup, end, edges, holds)))
}

function smallest<T>(context: PlanContext, semanticModel: string, found: (rollup: RollupTable) => T | null): T | null {
  let [best, fewest]: [T | null, number] = [null, context.facts.rows(semanticModel) ?? Infinity]
  for (const rollup of context.rollups ?? []) {
    if (rollup.rows >= fewest) continue
    const one = found(rollup)
    if (one !== null) [best, fewest] = [one, rollup.rows]
  }
  return best
}

function withTail(rollup: RollupTable, { until, read }: EndOfRead, edges: readonly Edge[], holds: Holds): PlacedRead | null {
  const { shape } = rollup
  const from = startWithin(shape, read.period.zone, until)
  if (edges.some(({ utcMs }) => utcMs > from.utcMs && utcMs < until.utcMs)) return null
  // Where all of a period lies in the tail, the rollup would be read for nothing.
  if (read.measure.kind === 'aggregate' && read.measure.time.kind === 'event' && read.period.startUtcMs >= from.utcMs) return null
  const parting = [from, ...edges.filter(({ utcMs }) => utcMs <= from.utcMs)]
  return holds(rollup, read, parting) ? { rollups: [{ rollup, tail: { from, until } }], read } : null
}

/** @param edges at which no row of the rollup may stand for rows on both sides. */
function answers(context: PlanContext, rollup: RollupTable, read: AnyRead, edges: readonly Edge[]): boolean {
  const { shape } = rollup
  const { measure } = read
  if (measure.semanticModel !== shape.semanticModel) return false
  if (measure.kind === 'retention') {
    const asked = { ...read, measure }
    return holdsStarts(context, rollup, asked, edges) && (isOfTwo(measure) || holdsActivities(context, rollup, asked, edges))
  }
  if (measure.kind === 'movement' || measure.kind === 'followed') return holdsMovement(context, rollup, { ...read, measure }, edges)
  if (measure.kind === 'aggregate') {
    if (!holdsAggregate(context, shape, { ...read, measure }, edges)) return false
  } else if (measure.kind !== 'active' || !holdsActivity(context, shape, { ...read, measure }, edges)) return false
  const tested = measure.kind === 'active' ? [read.predicate, measure.activity.filter] : [read.predicate]
  return tested.every((predicate) => reaches(context, rollup, predicate)) && read.by.every((key) => groups(context, rollup, read, key))
}

function holdsAggregate(context: PlanContext, shape: RollupShape, read: Read, edges: readonly Edge[]): boolean {
  const { measure } = read
  const { time } = measure
  if (!holdsParts(context, shape, measure)) return false
  switch (time.kind) {
    case 'timeless':
      return shape.time.kind === 'event'
    case 'event':
      return shape.time.kind === 'event' && shape.time.dimension === time.dimension && liesOn(context, shape, time.dimension, read, edges)
    case 'stock': {
      if (shape.time.kind !== 'stock' || shape.time.start !== time.start || shape.time.end !== time.end || shape.time.endInclusive !== time.endInclusive) return false
      if (familyOf(measure) === 'distinct' ? !tellsDays(context, shape, time, read.period.zone, edges) : !canSubtract(measure, context.facts)) return false
      return [time.start, ...(time.end === null ? [] : [time.end])].every((dimension) => liesOn(context, shape, dimension, read, edges))
    }
    case 'semi_additive': {
      // The last moment of a bucket is a day only where moments are dates.
      if (shape.time.kind !== 'event' || shape.time.dimension !== time.dimension || time.at !== time.dimension || kindOf(context, shape, time.at) !== 'date') return false
      return time.groupings.every((grouping) => shape.entities.some(({ entity }) => entity === grouping)) && liesOn(context, shape, time.dimension, read, edges)
    }
  }
}

function holdsParts(context: PlanContext, shape: RollupShape, measure: Measure): boolean {
  switch (familyOf(measure)) {
    case 'additive':
      return partsWithin(measure, context.facts).every(({ id }) => keeps(shape, id))
    case 'distinct':
      return shape.keys.some(({ expr }) => expr === measure.expr) && (measure.time.kind !== 'stock' || keeps(shape, CHANGED_ROWS))
    case 'holistic':
      return false
  }
}

function holdsActivity(context: PlanContext, shape: RollupShape, read: Read<ActiveMeasure>, edges: readonly Edge[]): boolean {
  const { activity, entity } = read.measure
  if (activity.time.kind !== 'event' || shape.time.kind !== 'event' || activity.time.dimension !== shape.time.dimension) return false
  if (!shape.entities.some((kept) => kept.entity === entity)) return false
  return liesOn(context, shape, activity.time.dimension, read, edges)
}

/** The moments at which a read tells rows before from rows after; none where it can be read from no rollup. */
export function edgesRead(context: PlanContext, read: AnyRead): readonly Edge[] {
  const { measure, period, buckets } = read
  if (measure.kind === 'active') {
    // What has not happened yet is left out at the present moment.
    const upTo = buckets.some(({ endUtcMs }) => endUtcMs > context.nowUtcMs) ? [{ utcMs: context.nowUtcMs, localMs: localMsAt(period.zone, context.nowUtcMs) }] : []
    return [...buckets.flatMap(edgesOf), ...upTo]
  }
  if (measure.kind === 'retention') return [...startEdges(context, read), ...(isOfTwo(measure) ? [] : activityEdges(context, { ...read, measure }))]
  if (measure.kind === 'movement' || measure.kind === 'followed') return movementEdges(context, { ...read, measure })
  if (measure.kind !== 'aggregate') return []
  const { time } = measure
  if (time.kind === 'event' || time.kind === 'semi_additive') return [...edgesOf(period), ...buckets.flatMap(edgesOf)]
  if (time.kind !== 'stock') return []
  const own = { ...read, measure }
  return stockEdges(own, time.asOf, context.nowUtcMs, localNow(context, own)).filter((edge) => edge !== null)
}

function edgesOf({ startUtcMs, startLocalMs, endUtcMs, endLocalMs }: Pick<AnyRead['period'], 'startUtcMs' | 'startLocalMs' | 'endUtcMs' | 'endLocalMs'>): readonly Edge[] {
  return [
    { utcMs: startUtcMs, localMs: startLocalMs },
    { utcMs: endUtcMs, localMs: endLocalMs },
  ]
}
