import { localMsAt } from '../../base/time-zone.ts'
import { aggregate, column, isNull, select, small } from '../../sql/tree.ts'
import type { Expr, OutputColumn, Query, Select } from '../../sql/tree.ts'
import { partsOf } from '../parts.ts'
import type { Measure } from '../read.ts'
import { Relation, semanticModelOf } from '../relation.ts'
import { afterEnd } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import { asUtcClock, localClock, notBefore, startsBefore, timeColumn } from '../time-column.ts'
import type { Span, TimeColumn } from '../time-column.ts'
import { BUCKET, CHANGED_ROWS, STARTS, knownOf } from './rollup.ts'
import type { RollupShape, RollupTime } from './rollup.ts'

const ROWS = 'rows'
const ENDED = 'ended'
const MOMENT = 'moment'

/** Days (or hours) of a rollup, half-open in both readings. */
export type RollupSpan = Pick<Span, 'startUtcMs' | 'endUtcMs' | 'startLocalMs' | 'endLocalMs'>

/**
 * The rows of a rollup as its table tells them now. Columns: `bucket`, of a stock `starts`, then dimensions, entities, keys and
 * parts by the names of the shape.
 *
 * @param measures those the shape was made for.
 * @param spans whole days (or hours) of the rollup, besides what has no time; of a stock, those in which something begins or ends. Null for all.
 */
export function rollupQuery(context: PlanContext, shape: RollupShape, measures: readonly Measure[], spans: readonly RollupSpan[] | null): Query {
  if (shape.time.kind === 'event') return eventQuery(context, shape, measures, shape.time.dimension, (moment) => (spans === null ? [null] : [isNull(moment.expr), ...apart(spans).map((span) => within(moment, span))]))
  return stockQuery(context, shape, measures, spans)
}

/** The same for one span of time, without rows that have none. */
export function rowsBetween(context: PlanContext, shape: RollupShape, measures: readonly Measure[], span: RollupSpan): Query {
  if (shape.time.kind === 'stock') return stockQuery(context, shape, measures, [span])
  return eventQuery(context, shape, measures, shape.time.dimension, (moment) => [within(moment, span)])
}

/** Names of the columns of `rollupQuery`, in their order. */
export function rollupColumns(shape: RollupShape): readonly string[] {
  const kept = [...shape.dimensions, ...shape.entities, ...keysApart(shape), ...shape.parts]
  return [BUCKET, ...(shape.time.kind === 'stock' ? [STARTS] : []), ...kept.map(({ column: name }) => name)]
}

/** @param wheres conditions on rows, no two of which hold for one row. Each is a branch of its own, since engines skip blocks for one span and not for several. */
function eventQuery(context: PlanContext, shape: RollupShape, measures: readonly Measure[], dimension: string, wheres: (moment: TimeColumn) => readonly (Expr | null)[]): Query {
  const relation = new Relation(context, shape.semanticModel)
  const moment = timeColumn(relation.dimension(dimension), context.facts)
  const projected: OutputColumn[] = []
  const { keys, args } = columnsOf(context, relation, shape, measures)
  const groupBy = [{ expr: bucketOf(context, moment, shape), as: BUCKET }, ...keys].map(({ expr, as }) => {
    projected.push({ expr, as })
    return { expr: column(ROWS, as), as }
  })
  const parts = shape.parts.map(({ id, fn, column: as }) => {
    const arg = args.get(id) ?? null
    if (arg === null) return { expr: aggregate(fn, null), as }
    projected.push({ expr: arg, as })
    return { expr: aggregate(fn, column(ROWS, as)), as }
  })
  const from = relation.from()
  const branches = wheres(moment).map((where) => select({ columns: projected, from, where }))
  const [only] = branches
  const rows: Query = branches.length === 1 && only !== undefined ? only : { kind: 'union_all', parts: branches }
  return select({ columns: [...groupBy, ...parts], from: { kind: 'query', query: rows, as: ROWS }, groupBy: groupBy.map(({ expr }) => expr) })
}

/** Spans of which no two overlap; many become the one around them all. */
function apart(spans: readonly RollupSpan[]): readonly RollupSpan[] {
  const merged: RollupSpan[] = []
  for (const span of spans.toSorted((a, b) => a.startUtcMs - b.startUtcMs)) {
    const last = merged.at(-1)
    if (last === undefined || (span.startUtcMs > last.endUtcMs && span.startLocalMs > last.endLocalMs && merged.length < MOST_BRANCHES)) merged.push(span)
    else merged[merged.length - 1] = { ...last, endUtcMs: Math.max(last.endUtcMs, span.endUtcMs), endLocalMs: Math.max(last.endLocalMs, span.endLocalMs) }
  }
  return merged
}

const MOST_BRANCHES = 8

function stockQuery(context: PlanContext, shape: RollupShape, measures: readonly Measure[], spans: readonly RollupSpan[] | null): Query {
  const { time } = shape
  if (time.kind !== 'stock') throw new TypeError('Only stocks change.')
  const branch = (which: 'start' | 'end'): Select => {
    const relation = new Relation(context, shape.semanticModel)
    const start = timeColumn(relation.dimension(time.start), context.facts)
    const end = time.end === null ? null : timeColumn(relation.dimension(time.end), context.facts)
    const where: Expr[] = [{ kind: 'not', of: isNull(start.expr) }]
    let moment = start
    if (which === 'end' && end !== null) {
      where.push({ kind: 'not', of: isNull(end.expr) })
      moment = { ...start, expr: { kind: 'greatest', of: [afterEnd(end, time.endInclusive), start.expr] } }
    }
    const { keys, args } = columnsOf(context, relation, shape, measures)
    const values = shape.parts.flatMap(({ id, column: as }): readonly OutputColumn[] => {
      const arg = args.get(id) ?? null
      return arg === null ? [] : [{ expr: arg, as }]
    })
    if (spans !== null) where.push({ kind: 'or', of: spans.map((span) => within(moment, span)) })
    const begins: OutputColumn = { expr: small(which === 'start' ? 1 : 0), as: STARTS }
    if (which === 'start') return select({ columns: [{ expr: bucketOf(context, moment, shape), as: BUCKET }, begins, ...keys, ...values], from: relation.from(), where: { kind: 'and', of: where } })
    // Worked out once: the clock changes of a zone name it some hundred times, which parsers of views do not bear.
    const ended = select({ columns: [{ expr: moment.expr, as: MOMENT }, ...keys, ...values], from: relation.from(), where: { kind: 'and', of: where } })
    const kept = [...keys, ...values].map(({ as }): OutputColumn => ({ expr: column(ENDED, as), as }))
    return select({ columns: [{ expr: bucketOf(context, { ...moment, expr: column(ENDED, MOMENT) }, shape), as: BUCKET }, begins, ...kept], from: { kind: 'query', query: ended, as: ENDED } })
  }
  const rows: Query = { kind: 'union_all', parts: time.end === null ? [branch('start')] : [branch('start'), branch('end')] }
  const names = [BUCKET, STARTS, ...shape.dimensions, ...shape.entities, ...keysApart(shape)].map((kept) => (typeof kept === 'string' ? kept : kept.column))
  const groupBy = names.map((as) => ({ expr: column(ROWS, as), as }))
  const counted = new Set(shape.parts.flatMap(({ id, column: as }) => (id === CHANGED_ROWS || id === 'count|*' ? [as] : [])))
  const parts = shape.parts.map(({ fn, column: as }) => ({ expr: aggregate(fn, counted.has(as) ? null : column(ROWS, as)), as }))
  return select({ columns: [...groupBy, ...parts], from: { kind: 'query', query: rows, as: ROWS }, groupBy: groupBy.map(({ expr }) => expr) })
}

/** Key columns of the rows, and the argument of each part; null where rows are counted. */
function columnsOf(context: PlanContext, relation: Relation, shape: RollupShape, measures: readonly Measure[]): { readonly keys: readonly OutputColumn[]; readonly args: ReadonlyMap<string, Expr | null> } {
  const keys = [
    ...shape.dimensions.map(({ name, column: as }) => ({ expr: relation.dimension(name).expr, as })),
    ...shape.entities.map(({ entity, column: as }) => ({ expr: relation.entity(entity), as })),
    ...keysApart(shape).map(({ expr, column: as }) => ({ expr: relation.base(expr, as), as })),
  ]
  const args = new Map<string, Expr | null>()
  for (const measure of measures) {
    for (const { id, arg } of partsOf(measure, relation, context.facts)) {
      args.set(id, arg)
      args.set(knownOf(id), arg)
    }
  }
  return { keys, args }
}

/** Keys that are no entity's. */
function keysApart({ keys, entities }: RollupShape): RollupShape['keys'] {
  return keys.filter(({ column: as }) => !entities.some((entity) => entity.column === as))
}

function bucketOf(context: PlanContext, moment: TimeColumn, { grain, zone, semanticModel, time }: RollupShape): Expr {
  const span = spanIn(zone, timesOf(context, semanticModel, time))
  const { calendar } = context
  // A date begins with the first of its hours.
  if (grain === 'hour') return { kind: 'truncate', of: moment.kind === 'date' ? { kind: 'cast', of: moment.expr, to: 'timestamp' } : asUtcClock(moment, span), grain, calendar }
  return { kind: 'cast', of: { kind: 'truncate', of: localClock(moment, span), grain, calendar }, to: 'date' }
}

/** Around all times of the rows, in UTC ms; two centuries where they are not known. */
function timesOf({ model, facts }: PlanContext, semanticModel: string, time: RollupTime): { readonly first: number; readonly last: number } {
  const names = time.kind === 'event' ? [time.dimension] : [time.start, ...(time.end === null ? [] : [time.end])]
  const ranges = semanticModelOf(model, semanticModel)
    .dimensions.filter(({ publicName }) => names.includes(publicName))
    .map(({ expr }) => facts.range(semanticModel, expr))
  const dayOf = (text: string | undefined): number => Date.parse(`${(text ?? '').slice(0, 10)}T00:00:00Z`)
  const first = Math.min(...ranges.map((range) => dayOf(range?.min)))
  const last = Math.max(...ranges.map((range) => dayOf(range?.max)))
  return Number.isFinite(first) && Number.isFinite(last) ? { first: first - MARGIN_MS, last: last + MARGIN_MS } : { first: Date.UTC(1900, 0, 1), last: Date.UTC(2100, 0, 1) }
}

/** Clocks of any zone lie within a day of UTC; a last day that is inclusive ends a day later. */
const MARGIN_MS = 3 * 86_400_000

function spanIn(zone: string, { first, last }: { readonly first: number; readonly last: number }): Span {
  return { zone, startUtcMs: first, endUtcMs: last, startLocalMs: localMsAt(zone, first), endLocalMs: localMsAt(zone, last) }
}

function within(moment: TimeColumn, span: RollupSpan): Expr {
  return { kind: 'and', of: [notBefore(moment, span.startUtcMs, span.startLocalMs), startsBefore(moment, span.endUtcMs, span.endLocalMs)] }
}
