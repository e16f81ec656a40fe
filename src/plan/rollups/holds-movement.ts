import { zoneSegments } from '../../base/time-zone.ts'
import type { Edge } from '../axis.ts'
import { cutOf } from '../movement/movement-history.ts'
import type { StockMeasure, StockRead } from '../movement/movement-history.ts'
import { partsWithin } from '../parts.ts'
import { Relation } from '../relation.ts'
import { measureColumn } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import { groups, liesOn, reaches } from './reaches-rollup.ts'
import { keeps } from './rollup.ts'
import type { RollupShape, RollupTable } from './rollup.ts'
import { worthOf } from './worth-of-stock.ts'

const HOUR_MS = 3_600_000

/** The moment up to which a movement reads changes: bucket by bucket it nets them by the day, whatever the edges. */
export function movementEdges(context: PlanContext, read: StockRead): readonly Edge[] {
  return [cutOf(context, [read])]
}

/**
 * Whether the changes that a rollup keeps, by day and entity, are those that a movement nets: exact amounts, told apart by all that is asked, on the
 * days of the zone asked.
 */
export function holdsMovement(context: PlanContext, rollup: RollupTable, read: StockRead, edges: readonly Edge[]): boolean {
  const { shape } = rollup
  const { measure, period } = read
  const { start, end, endInclusive } = measure.validity
  const { time } = shape
  if (time.kind !== 'stock' || time.start !== start || time.end !== end || time.endInclusive !== endInclusive) return false
  if (!shape.entities.some(({ entity }) => entity === measure.entity) || !keepsWorth(context, shape, measure)) return false
  if (!tellsDays(context, shape, measure.validity, period.zone, edges)) return false
  if (![start, ...(end === null ? [] : [end])].every((dimension) => liesOn(context, shape, dimension, read, edges))) return false
  return reaches(context, rollup, read.predicate) && reaches(context, rollup, measure.filter) && read.by.every((key) => groups(context, rollup, read, key))
}

/** Sums of integers and decimals are those of their rows; others are made exact row by row. */
function keepsWorth({ facts }: PlanContext, shape: RollupShape, measure: StockMeasure): boolean {
  const type = facts.columnType(measure.semanticModel, measure.expr)
  return (type === 'integer' || type === 'decimal') && partsWithin(worthOf(measure), facts).every(({ id }) => keeps(shape, id))
}

/** Whether changes can be netted by the days of a zone as rows are, besides where its edges lie. */
export function tellsDays(context: PlanContext, shape: RollupShape, validity: Pick<StockMeasure['validity'], 'start' | 'end'>, zone: string, edges: readonly Edge[]): boolean {
  return beginsAndEndsAlike(context, shape.semanticModel, validity) && (shape.grain === 'day' || isOnHours(zone, edges))
}

/** A rollup keeps ends as it keeps starts, so both must be columns of one kind. */
function beginsAndEndsAlike(context: PlanContext, semanticModel: string, validity: Pick<StockMeasure['validity'], 'start' | 'end'>): boolean {
  if (validity.end === null) return true
  const relation = new Relation(context, semanticModel)
  const [start, end] = [measureColumn(context, relation, validity.start), measureColumn(context, relation, validity.end)]
  return start.kind === end.kind && start.zone === end.zone
}

/** Whether days of a zone are whole hours of UTC, from 1970 on. */
function isOnHours(zone: string, edges: readonly Edge[]): boolean {
  const untilUtcMs = Math.max(HOUR_MS, ...edges.map(({ utcMs }) => utcMs))
  return zoneSegments(zone, 0, untilUtcMs).every(({ startUtcMs, offsetMs }, index) => offsetMs % HOUR_MS === 0 && (index === 0 || startUtcMs % HOUR_MS === 0))
}
