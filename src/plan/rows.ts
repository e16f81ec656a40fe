import type { Calendar, Grain } from '../base/grain.ts'
import { GRAINS } from '../base/grain.ts'
import { truncateLocal } from '../base/civil-time.ts'
import type { Bucket } from '../base/bucket.ts'
import type { Model } from '../model/types.ts'
import { allOf, column, compare, integer, isNull, select } from '../sql/tree.ts'
import type { Expr, From, OutputColumn, Query } from '../sql/tree.ts'
import type { Facts } from './facts.ts'
import type { AnyRead, MeasureTime, Read } from './read.ts'
import type { Memberships } from './membership/membership.ts'
import { Relation } from './relation.ts'
import type { Reach } from './predicate-sql.ts'
import type { RollupShape, RollupTable } from './rollups/rollup.ts'
import type { ScanValue } from './scan.ts'
import { stretchAxis } from './axis.ts'
import type { Edge, EventAxis } from './axis.ts'
import { SUB_DAY, bucketStart, ceilDay, momentFor, timeColumn, within } from './time-column.ts'
import type { Span, TimeColumn } from './time-column.ts'

export interface PlanContext {
  readonly model: Model
  readonly facts: Facts
  readonly calendar: Calendar
  readonly nowUtcMs: number
  readonly memberships: Memberships
  /** Those that can be read now. */
  readonly rollups?: readonly RollupTable[] | undefined
  /** Those that stand for their semantic models, see `rolledUp`; `rows` where they are more than those of its table. */
  readonly readRollups?: readonly { readonly shape: RollupShape; readonly rows: Query | null }[] | undefined
}

/**
 * The rows a scan aggregates, before it does: joined, cut to the time asked, each with its bucket. Scan forms project what they
 * need and build their grouping on top; `from()` is called last.
 */
export interface Rows {
  readonly relation: Relation
  readonly reach: Reach
  readonly span: Span
  /** Adds a column to the projection and returns a reference to it from outside. Equal names must mean equal expressions. */
  project(expr: Expr, as: string): Expr
  /** Reference to the bucket column; null when all rows lie in the one bucket of every read. */
  readonly bucket: Expr | null
  /** Whether `bucket` is a moment to be read in seconds, or a number already. */
  readonly bucketIsMoment: boolean
  /** From the value of the bucket column to the bucket of a read; −1 outside it. */
  bucketOf(read: Read): (value: ScanValue) => number
  /** `extra` is a condition the scan form adds below its projection. */
  from(extra: Expr | null): From
}

const ROWS = 'rows'

/** The union of the reads' periods. All are of one zone. */
export function spanOf(reads: readonly AnyRead[]): Span {
  const [first, ...rest] = reads.map(({ period }): Span => period)
  if (first === undefined) throw new TypeError('A span needs at least one read.')
  return rest.reduce<Span>(
    (span, period) => ({
      zone: span.zone,
      startUtcMs: Math.min(span.startUtcMs, period.startUtcMs),
      endUtcMs: Math.max(span.endUtcMs, period.endUtcMs),
      startLocalMs: Math.min(span.startLocalMs, period.startLocalMs),
      endLocalMs: Math.max(span.endLocalMs, period.endLocalMs),
    }),
    first,
  )
}

function isOnePeriod(reads: readonly AnyRead[]): boolean {
  return new Set(reads.map(({ period }) => `${period.startUtcMs}|${period.endUtcMs}`)).size === 1
}

/** The coarsest grain whose buckets never straddle an edge of any read, so that all can be folded from it; null when none does. */
function commonGrain(reads: readonly AnyRead[], calendar: Calendar, wholeDays: boolean): Grain | null {
  const one = isOnePeriod(reads)
  const { endUtcMs } = spanOf(reads)
  const edges = new Set<number>()
  const add = (localMs: number): void => void edges.add(wholeDays ? ceilDay(localMs) : localMs)
  for (const { buckets } of reads) {
    buckets.forEach((bucket, index) => {
      // The WHERE clause cuts what lies beyond the last end, and where all share one period what lies before its start.
      if (!one || index > 0) add(bucket.startLocalMs)
      if (bucket.endUtcMs < endUtcMs) add(bucket.endLocalMs)
    })
  }
  return GRAINS.toReversed().find((grain) => [...edges].every((edge) => truncateLocal(edge, grain, calendar) === edge)) ?? null
}

/** The coarsest grain in which every edge a stock is taken at is the end of a bucket; null when none is. */
export function stockGrain(reads: readonly Read[], asOf: 'period_start' | 'period_end' | 'average', calendar: Calendar, wholeDays: boolean): Grain | null {
  const { endUtcMs } = spanOf(reads)
  const edges = new Set<number>()
  for (const { buckets } of reads) {
    for (const bucket of buckets) {
      if (asOf === 'period_start') edges.add(bucket.startLocalMs)
      // What lies beyond the span is not read, so its end is an edge anyway.
      else if (bucket.endUtcMs < endUtcMs) edges.add(bucket.endLocalMs)
    }
  }
  const days = [...edges].map((edge) => (wholeDays ? ceilDay(edge) : edge))
  return GRAINS.toReversed().find((grain) => days.every((edge) => truncateLocal(edge, grain, calendar) === edge)) ?? null
}

/** Finds the bucket of a read from the start of a finer (or equal) calendar bucket, in seconds. */
function searchBuckets(read: AnyRead, grain: Grain, wholeDays: boolean, onePeriod: boolean): (value: ScanValue) => number {
  const utc = SUB_DAY.has(grain)
  const start = (bucket: Bucket): number => (utc ? bucket.startUtcMs : wholeDays ? ceilDay(bucket.startLocalMs) : bucket.startLocalMs)
  const end = (bucket: Bucket): number => (utc ? bucket.endUtcMs : wholeDays ? ceilDay(bucket.endLocalMs) : bucket.endLocalMs)
  const starts = read.buckets.map(start)
  const first = starts[0] ?? 0
  const last = read.buckets.at(-1)
  const lastEnd = last ? end(last) : 0
  const memo = new Map<number, number>()
  const search = (seconds: number): number => {
    // A period that cuts its first calendar bucket: its rows carry the start of the whole one. With several periods none is cut.
    const ms = onePeriod ? Math.max(first, seconds * 1000) : seconds * 1000
    if (ms < first || ms >= lastEnd) return -1
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] as number) <= ms) low = middle
      else high = middle - 1
    }
    return low
  }
  return (value) => {
    if (typeof value !== 'number') return -1
    let index = memo.get(value)
    if (index === undefined) memo.set(value, (index = search(value)))
    return index
  }
}

class Projection {
  readonly columns: OutputColumn[] = []

  project(expr: Expr, as: string): Expr {
    if (!this.columns.some((known) => known.as === as)) this.columns.push({ expr, as })
    return column(ROWS, as)
  }
}

function wrap(query: Query): From {
  return { kind: 'query', query, as: ROWS }
}

/** Rows of these reads with their buckets. @throws TypeError when they share no bucket column: `sharesAxis` tells before. */
export function rowsOf(context: PlanContext, time: MeasureTime, semanticModel: string, reads: readonly Read[]): Rows {
  switch (time.kind) {
    case 'event':
      return eventRows(context, time, semanticModel, reads)
    case 'semi_additive':
      return semiAdditiveRows(context, time, semanticModel, reads)
    case 'stock':
      return stockRows(context, time, semanticModel, reads)
    case 'timeless':
      return timelessRows(context, semanticModel, reads)
  }
}

export function measureColumn(context: PlanContext, relation: Relation, dimension: string): TimeColumn {
  return timeColumn(relation.dimension(dimension), context.facts)
}

/** Many slices share few axes. */
function oneOfEachAxis(reads: readonly AnyRead[]): readonly AnyRead[] {
  return [...new Map(reads.map((read) => [axisId(read), read])).values()]
}

/** Reads of one id have equal buckets. */
export function axisId({ period, grain, buckets }: AnyRead): string {
  return `${period.zone} ${period.startUtcMs} ${period.endUtcMs} ${grain ?? ''} ${buckets.length} ${buckets[0]?.startUtcMs ?? ''} ${buckets.at(-1)?.endUtcMs ?? ''}`
}

/** The bucket column of reads over one time column; `none` when all rows lie in the one bucket of every read; null when no column serves all. */
export function axisFor(context: PlanContext, moment: TimeColumn, reads: readonly AnyRead[]): EventAxis | 'none' | null {
  const onePeriod = isOnePeriod(reads)
  if (onePeriod && reads.every(({ buckets }) => buckets.length <= 1)) return 'none'
  const stretches = stretchAxis(moment, oneOfEachAxis(reads))
  if (stretches) return stretches
  const wholeDays = moment.kind === 'date'
  const grain = commonGrain(reads, context.calendar, wholeDays)
  if (grain === null) return null
  const expr = bucketStart(moment, grain, spanOf(reads), context.calendar)
  return { expr, isMoment: true, bucketOf: (read) => searchBuckets(read, grain, wholeDays, onePeriod) }
}

/** Whether one bucket column serves all these reads. */
export function sharesAxis(context: PlanContext, time: MeasureTime, semanticModel: string, reads: readonly Read[]): boolean {
  if (time.kind !== 'event') return true
  return axisFor(context, measureColumn(context, new Relation(context, semanticModel), time.dimension), reads) !== null
}

function requireAxis(axis: EventAxis | 'none' | null): EventAxis | null {
  if (axis === null) throw new TypeError('These reads share no bucket column.')
  return axis === 'none' ? null : axis
}

function eventRows(context: PlanContext, time: MeasureTime & { kind: 'event' }, semanticModel: string, reads: readonly Read[]): Rows {
  const relation = new Relation(context, semanticModel)
  const moment = measureColumn(context, relation, time.dimension)
  const span = spanOf(reads)
  const projection = new Projection()
  const axis = requireAxis(axisFor(context, moment, reads))
  return {
    relation,
    reach: (name) => relation.dimension(name),
    span,
    project: (expr, as) => projection.project(expr, as),
    bucket: axis === null ? null : projection.project(axis.expr, 'bucket'),
    bucketIsMoment: axis?.isMoment ?? false,
    bucketOf: (read) => axis?.bucketOf(read) ?? (() => 0),
    from: (extra) => wrap(select({ columns: columnsOf(projection), from: relation.from(), where: allOf([within(moment, span), extra]) })),
  }
}

/** A projection without columns still needs one. */
function columnsOf(projection: Projection): readonly OutputColumn[] {
  return projection.columns.length > 0 ? projection.columns : [{ expr: integer(1), as: 'one' }]
}

function timelessRows(context: PlanContext, semanticModel: string, reads: readonly Read[]): Rows {
  const relation = new Relation(context, semanticModel)
  const projection = new Projection()
  return {
    relation,
    reach: (name) => relation.dimension(name),
    span: spanOf(reads),
    project: (expr, as) => projection.project(expr, as),
    bucket: null,
    bucketIsMoment: true,
    bucketOf: () => () => 0,
    from: (extra) => wrap(select({ columns: columnsOf(projection), from: relation.from(), where: extra })),
  }
}

/** Keeps the rows of each bucket's last (first) moment. That moment is the table's, not a slice's, so that slices add up. */
function semiAdditiveRows(context: PlanContext, time: MeasureTime & { kind: 'semi_additive' }, semanticModel: string, reads: readonly Read[]): Rows {
  const relation = new Relation(context, semanticModel)
  const moment = measureColumn(context, relation, time.dimension)
  const at = measureColumn(context, relation, time.at)
  const span = spanOf(reads)
  const projection = new Projection()
  const axis = requireAxis(axisFor(context, moment, reads))
  const start = axis?.expr ?? null
  const bucket = start === null ? null : projection.project(start, 'bucket')
  const instant = projection.project(at.expr, 'moment')
  const keys = [...(start === null ? [] : [start]), ...time.groupings.map((entity) => relation.entity(entity))]
  const edge = projection.project({ kind: 'extreme_of_group', which: time.choice, of: at.expr, keys }, 'edge')
  return {
    relation,
    reach: (name) => relation.dimension(name),
    span,
    project: (expr, as) => projection.project(expr, as),
    bucket,
    bucketIsMoment: axis?.isMoment ?? false,
    bucketOf: (read) => axis?.bucketOf(read) ?? (() => 0),
    from: (extra) => {
      // `extra` narrows to the slices asked; inside, it would move the edge.
      const flag = extra === null ? null : projection.project({ kind: 'is_true', of: extra }, 'wanted')
      const inner = select({ columns: projection.columns, from: relation.from(), where: within(moment, span) })
      const where = allOf([compare(instant, '=', edge), flag])
      return wrap(select({ columns: projection.columns.map(({ as }) => ({ expr: column(ROWS, as), as })), from: wrap(inner), where }))
    },
  }
}

/** The moment of each bucket at which a stock is taken; null where that lies in the future. */
export function stockEdges(read: Read, asOf: 'period_start' | 'period_end' | 'average', nowUtcMs: number, nowLocalMs: number): readonly (Edge | null)[] {
  return read.buckets.map((bucket) => {
    if (bucket.startUtcMs > nowUtcMs) return null
    if (asOf === 'period_start') return { utcMs: bucket.startUtcMs, localMs: bucket.startLocalMs }
    if (bucket.endUtcMs > nowUtcMs) return { utcMs: nowUtcMs, localMs: nowLocalMs }
    return { utcMs: bucket.endUtcMs, localMs: bucket.endLocalMs }
  })
}

/**
 * The rows of a stock repeated for every edge at which they hold: the plain form, for aggregates that do not add up (distinct
 * counts, medians, extremes). Sums and counts take the form of deltas instead.
 */
function stockRows(context: PlanContext, time: MeasureTime & { kind: 'stock' }, semanticModel: string, reads: readonly Read[]): Rows {
  const relation = new Relation(context, semanticModel)
  const { start, end } = intervalOf(context, relation, time)
  const projection = new Projection()
  const edges: Edge[] = []
  const indexOf = new Map<number, number>()
  const nowLocal = (read: Read): number => localNow(context, read)
  const numbered = (read: Read): readonly (number | null)[] =>
    stockEdges(read, time.asOf, context.nowUtcMs, nowLocal(read)).map((edge) => {
      if (edge === null) return null
      let index = indexOf.get(edge.utcMs)
      if (index === undefined) {
        index = edges.push(edge) - 1
        indexOf.set(edge.utcMs, index)
      }
      return index
    })
  const bucketsOfRead = new Map(reads.map((read) => [read, new Map(numbered(read).flatMap((index, bucket) => (index === null ? [] : [[index, bucket] as const])))]))
  const bucket = projection.project(column('edges', 'bucket'), 'bucket')
  const edge = column('edges', 'edge')
  const holds: Expr[] = [compare(start.expr, '<', edge)]
  if (end) holds.push({ kind: 'or', of: [isNull(end.expr), compare(end.expr, '>=', lastingUntil(edge, end, time))] })
  return {
    relation,
    reach: (name) => relation.dimension(name),
    span: spanOf(reads),
    project: (expr, as) => projection.project(expr, as),
    bucket,
    bucketIsMoment: false,
    bucketOf: (read) => {
      const buckets = bucketsOfRead.get(read)
      return (value) => (typeof value === 'number' ? (buckets?.get(value) ?? -1) : -1)
    },
    from: (extra) => {
      if (edges.length === 0) {
        const never: Expr = { kind: 'compare', op: '=', left: integer(1), right: integer(0) }
        const columns = projection.columns.map(({ expr, as }) => ({ expr: as === 'bucket' ? integer(0) : expr, as }))
        return wrap(select({ columns, from: relation.from(), where: never }))
      }
      const rows = edges.map(({ utcMs, localMs }, index) => [integer(index), momentFor(start, utcMs, localMs)])
      const joined: From = {
        kind: 'inner_join',
        left: relation.from(),
        right: { kind: 'values', rows, columns: ['bucket', 'edge'], as: 'edges' },
        on: allOf(holds) as Expr,
      }
      return wrap(select({ columns: projection.columns, from: joined, where: extra }))
    },
  }
}

/** The moment from which a row holds no more: an inclusive last day is over with the next. */
export function afterEnd(end: TimeColumn, endInclusive: boolean): Expr {
  return endInclusive && end.kind === 'date' ? { kind: 'add_seconds', of: end.expr, seconds: integer(86_400) } : end.expr
}

/** What an end must reach to hold just before an edge: an inclusive last day D lasts until D + 1. */
function lastingUntil(edge: Expr, end: TimeColumn, time: MeasureTime & { kind: 'stock' }): Expr {
  return time.endInclusive && end.kind === 'date' ? { kind: 'add_seconds', of: edge, seconds: integer(-86_400) } : edge
}

export function localNow(context: PlanContext, read: Read): number {
  // The offset at the period's own bounds is not the one at present; count from the bucket that holds it.
  const { nowUtcMs } = context
  const bucket = read.buckets.find(({ startUtcMs, endUtcMs }) => startUtcMs <= nowUtcMs && nowUtcMs < endUtcMs)
  if (bucket === undefined) return nowUtcMs
  const fromEnd = bucket.endUtcMs - nowUtcMs
  const fromStart = nowUtcMs - bucket.startUtcMs
  return fromEnd < fromStart ? bucket.endLocalMs - fromEnd : bucket.startLocalMs + fromStart
}

export function intervalOf(context: PlanContext, relation: Relation, time: MeasureTime & { kind: 'stock' }): { start: TimeColumn; end: TimeColumn | null } {
  return {
    start: measureColumn(context, relation, time.start),
    end: time.end === null ? null : measureColumn(context, relation, time.end),
  }
}
