import { localMsAt, zoneSegments } from '../../base/time-zone.ts'
import { findEntityPath, findJoinPath } from '../../model/join-path.ts'
import { dimensionsOf } from '../../model/predicate.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { DimensionKind } from '../../model/types.ts'
import type { AskKey } from '../ask.ts'
import type { Edge } from '../axis.ts'
import { isMembership } from '../membership/membership.ts'
import { placeMembership } from '../membership/membership-reach.ts'
import type { AnyRead } from '../read.ts'
import { semanticModelOf } from '../relation.ts'
import type { PlanContext } from '../rows.ts'
import { SUB_DAY } from '../time-column.ts'
import { isDecidedThrough } from './reads-through.ts'
import type { RollupShape, RollupTable } from './rollup.ts'
import { rolledUp } from './rollup-context.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Whether no row of a day (or hour) of the rollup lies on the other side of an edge than the others. */
export function liesOn(context: PlanContext, shape: RollupShape, dimension: string, { period }: Pick<AnyRead, 'period'>, edges: readonly Edge[]): boolean {
  // Hours keep a date as its midnight in UTC.
  if (kindOf(context, shape, dimension) === 'date') return shape.grain === 'day' || period.zone === 'UTC'
  if (shape.grain === 'hour') return edges.every(({ utcMs }) => utcMs % HOUR_MS === 0)
  return period.zone === shape.zone && edges.every((edge) => edge.localMs % DAY_MS === 0 && partsDays(period.zone, edge))
}

/** Of a dimension of the semantic model itself; null for others. */
export function kindOf({ model }: PlanContext, { semanticModel }: RollupShape, dimension: string): DimensionKind | null {
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

/** Whether the rows of a rollup can be told by all that a predicate tests. */
export function reaches(context: PlanContext, rollup: RollupTable, predicate: Predicate): boolean {
  return [...dimensionsOf(predicate)].every((name) => (isMembership(name) ? reachesMembership(context, rollup.shape, name) : reachesDimension(context, rollup, name)))
}

/** Members are told by a key that the rollup keeps, and by rows of other tables. */
function reachesMembership(context: PlanContext, { semanticModel, entities }: RollupShape, name: string): boolean {
  const place = placeMembership(context, semanticModel, name)
  if (place.kind === 'key') return entities.some(({ entity }) => entity === place.entity)
  if (place.kind !== 'joined' && place.kind !== 'pushed') return false
  return entities.some(({ entity }) => entity === place.membership.entity) && !isDecidedThrough(context, place.membership, semanticModel)
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
  const kept = findJoinPath(rolledUp(context, [{ rollup, tail: null }]).model, shape.semanticModel, name)
  return kept.kind === 'path' && kept.path.steps.map(({ to }) => to).join('\n') === own.path.steps.map(({ to }) => to).join('\n')
}

function keepsKey({ model }: PlanContext, { semanticModel, entities }: RollupShape, entity: string, expr: string): boolean {
  if (!entities.some((kept) => kept.entity === entity)) return false
  const path = findEntityPath(model, semanticModel, entity)
  return path.kind === 'path' && path.path.steps.length === 0 && path.path.expr === expr
}

/** Whether the rows of a rollup can be grouped by a key as those of the table. */
export function groups(context: PlanContext, rollup: RollupTable, { period }: AnyRead, key: AskKey): boolean {
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
