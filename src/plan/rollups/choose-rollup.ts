import { localMsAt, zoneSegments } from '../../base/time-zone.ts'
import { findEntityPath, findJoinPath } from '../../model/join-path.ts'
import { dimensionsOf } from '../../model/predicate.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { DimensionKind } from '../../model/types.ts'
import type { AskKey } from '../ask.ts'
import type { Edge } from '../axis.ts'
import { isMembership } from '../membership.ts'
import { modelsBehind, placeMembership } from '../membership-reach.ts'
import { canSubtract, familyOf, partsWithin } from '../parts.ts'
import type { ActiveMeasure, AnyRead, Measure, Read } from '../read.ts'
import { semanticModelOf } from '../relation.ts'
import { localNow, stockEdges } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import { SUB_DAY } from '../time-column.ts'
import { keeps } from './rollup.ts'
import type { RollupShape, RollupTable } from './rollup.ts'
import { rolledUp } from './rollup-context.ts'
import { endOf, startWithin } from './rollup-tail.ts'
import type { EndOfRead, RollupTail } from './rollup-tail.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** A read, and the rollup it is read from: up to a tail where it ends within a day (or hour). */
export interface PlacedRead {
  readonly rollup: RollupTable
  readonly tail: RollupTail | null
  /** As it is asked of the rollup. */
  readonly read: AnyRead
}

/** The smallest rollup that answers a read exactly as the table would; null where none does. */
export function chooseRollup(context: PlanContext, read: AnyRead): RollupTable | null {
  return smallest(context, read, (rollup) => (answers(context, rollup, read, edgesRead(context, read)) ? rollup : null))
}

/** The same, also where the table must tell the last day (or hour). */
export function placeRead(context: PlanContext, read: AnyRead): PlacedRead | null {
  if (context.rollups === undefined || context.rollups.length === 0) return null
  const edges = edgesRead(context, read)
  const end = edges.length === 0 ? null : endOf(read, edges)
  return smallest(context, read, (rollup) => (answers(context, rollup, read, edges) ? { rollup, tail: null, read } : end === null ? null : withTail(context, rollup, end, edges)))
}

function smallest<T>(context: PlanContext, read: AnyRead, found: (rollup: RollupTable) => T | null): T | null {
  let [best, fewest]: [T | null, number] = [null, context.facts.rows(read.measure.semanticModel) ?? Infinity]
  for (const rollup of context.rollups ?? []) {
    if (rollup.rows >= fewest) continue
    const one = found(rollup)
    if (one !== null) [best, fewest] = [one, rollup.rows]
  }
  return best
}

function withTail(context: PlanContext, rollup: RollupTable, { until, read }: EndOfRead, edges: readonly Edge[]): PlacedRead | null {
  const { shape } = rollup
  const from = startWithin(shape, read.period.zone, until)
  if (edges.some(({ utcMs }) => utcMs > from.utcMs && utcMs < until.utcMs)) return null
  // Where all of a period lies in the tail, the rollup would be read for nothing.
  if (read.measure.kind === 'aggregate' && read.measure.time.kind === 'event' && read.period.startUtcMs >= from.utcMs) return null
  const parting = [from, ...edges.filter(({ utcMs }) => utcMs <= from.utcMs)]
  return answers(context, rollup, read, parting) ? { rollup, tail: { from, until }, read } : null
}

/** @param edges at which no row of the rollup may stand for rows on both sides. */
function answers(context: PlanContext, rollup: RollupTable, read: AnyRead, edges: readonly Edge[]): boolean {
  const { shape } = rollup
  const { measure } = read
  if (measure.semanticModel !== shape.semanticModel) return false
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
      if (!canSubtract(measure, context.facts)) return false
      return [time.start, ...(time.end === null ? [] : [time.end])].every((dimension) => liesOn(context, shape, dimension, read, edges))
    }
    case 'semi_additive':
      return false
  }
}

function holdsParts(context: PlanContext, shape: RollupShape, measure: Measure): boolean {
  switch (familyOf(measure)) {
    case 'additive':
      return partsWithin(measure, context.facts).every(({ id }) => keeps(shape, id))
    case 'distinct':
      return measure.time.kind !== 'stock' && shape.keys.some(({ expr }) => expr === measure.expr)
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
  if (measure.kind !== 'aggregate') return []
  const { time } = measure
  if (time.kind === 'event') return [...edgesOf(period), ...buckets.flatMap(edgesOf)]
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

/** Whether no row of a day (or hour) of the rollup lies on the other side of an edge than the others. */
function liesOn(context: PlanContext, shape: RollupShape, dimension: string, { period }: Pick<AnyRead, 'period'>, edges: readonly Edge[]): boolean {
  if (kindOf(context, shape, dimension) === 'date') return true
  if (shape.grain === 'hour') return edges.every(({ utcMs }) => utcMs % HOUR_MS === 0)
  return period.zone === shape.zone && edges.every((edge) => edge.localMs % DAY_MS === 0 && partsDays(period.zone, edge))
}

function kindOf({ model }: PlanContext, { semanticModel }: RollupShape, dimension: string): DimensionKind | null {
  return semanticModelOf(model, semanticModel).dimensions.find(({ publicName }) => publicName === dimension)?.kind ?? null
}

/** Clocks are set by less. */
const MOST_SET_BACK_MS = 3 * HOUR_MS

/** Whether clocks show an earlier day before a midnight, and no earlier day after it: not so where they are set around it. */
export function partsDays(zone: string, { utcMs, localMs }: Edge): boolean {
  if (zone === 'UTC') return true
  if (localMsAt(zone, utcMs) !== localMs || localMsAt(zone, utcMs - 1) !== localMs - 1) return false
  return zoneSegments(zone, utcMs, utcMs + MOST_SET_BACK_MS).every(({ startUtcMs, offsetMs }) => Math.max(startUtcMs, utcMs) + offsetMs >= localMs)
}

function reaches(context: PlanContext, rollup: RollupTable, predicate: Predicate): boolean {
  return [...dimensionsOf(predicate)].every((name) => (isMembership(name) ? reachesMembership(context, rollup.shape, name) : reachesDimension(context, rollup, name)))
}

/** Members are told by a key that the rollup keeps, and by rows of other tables. */
function reachesMembership(context: PlanContext, { semanticModel, entities }: RollupShape, name: string): boolean {
  const place = placeMembership(context, semanticModel, name)
  if (place.kind === 'key') return entities.some(({ entity }) => entity === place.entity)
  if (place.kind !== 'joined' && place.kind !== 'pushed') return false
  return entities.some(({ entity }) => entity === place.membership.entity) && !modelsBehind(context, semanticModel, name).includes(semanticModel)
}

function reachesDimension(context: PlanContext, rollup: RollupTable, name: string): boolean {
  const { shape } = rollup
  if (shape.dimensions.some((kept) => kept.name === name)) return true
  if (shape.time.kind === 'event' && shape.time.dimension === name) return kindOf(context, shape, name) === 'date'
  const own = findJoinPath(context.model, shape.semanticModel, name)
  if (own.kind !== 'path') return false
  const [first] = own.path.steps
  // Over a key that the rollup keeps, the way is the same as from the table.
  if (first === undefined || !keepsKey(context, shape, first.entity, first.fromExpr)) return false
  const kept = findJoinPath(rolledUp(context, rollup).model, shape.semanticModel, name)
  return kept.kind === 'path' && kept.path.steps.map(({ to }) => to).join('\n') === own.path.steps.map(({ to }) => to).join('\n')
}

function keepsKey({ model }: PlanContext, { semanticModel, entities }: RollupShape, entity: string, expr: string): boolean {
  if (!entities.some((kept) => kept.entity === entity)) return false
  const path = findEntityPath(model, semanticModel, entity)
  return path.kind === 'path' && path.path.steps.length === 0 && path.path.expr === expr
}

function groups(context: PlanContext, rollup: RollupTable, { period }: AnyRead, key: AskKey): boolean {
  const { shape } = rollup
  switch (key.kind) {
    case 'dimension':
      return reachesDimension(context, rollup, key.dimension)
    case 'entity':
      return shape.entities.some(({ entity }) => entity === key.entity)
    case 'time':
      if (key.dimension !== null) return shape.dimensions.some(({ name }) => name === key.dimension)
      return shape.time.kind === 'event' && !SUB_DAY.has(key.grain) && (kindOf(context, shape, shape.time.dimension) === 'date' || (shape.grain === 'day' && period.zone === shape.zone))
    case 'date_part':
      return key.dimension === null ? shape.time.kind === 'event' && kindOf(context, shape, shape.time.dimension) === 'date' : shape.dimensions.some(({ name }) => name === key.dimension)
  }
}
