import { addLocal } from '../../base/civil-time.ts'
import { localMsAt, utcMsOf } from '../../base/time-zone.ts'
import type { Interval } from '../../model/interval.ts'
import { predicateText } from '../../model/predicate.ts'
import type { Predicate } from '../../model/predicate.ts'
import { arithmetic, column, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, From, OutputColumn, Query } from '../../sql/tree.ts'
import { named } from '../carried.ts'
import type { Edge } from '../axis.ts'
import { groupKeyId, planKeys } from '../group-keys.ts'
import type { PlannedKey } from '../group-keys.ts'
import { keptChanges } from './movement-rolled-up.ts'
import type { KeptChanges } from './movement-rolled-up.ts'
import { predicateSql } from '../predicate-sql.ts'
import type { FollowedMeasure, MeasureTime, MovementMeasure, Read } from '../read.ts'
import { Relation } from '../relation.ts'
import { intervalOf } from '../rows.ts'
import type { PlanContext, Rows } from '../rows.ts'
import { asUtcClock, ceilDay, localClock, startsBefore } from '../time-column.ts'
import type { Span, TimeColumn } from '../time-column.ts'

export type StockMeasure = MovementMeasure | FollowedMeasure
export type StockRead = Read<StockMeasure>

/** The rows behind a stock, once each, and the changes they make: what all its movements are worked out from. */
export interface History {
  /** Columns `entity`, `start_day`, `end_day` (null while it holds), `amount`, one a slice and one a group key; of a rollup `day` in place of both days. */
  readonly held: { readonly name: string; readonly query: Query }
  /** Slices by number; 0 is everything. */
  numberOf(predicate: Predicate): number
  keysOf(read: StockRead): readonly PlannedKey[]
  /** Whether a key tells an entity apart by something else than the entity itself. */
  splits(key: PlannedKey): boolean
  /** Whether those that begin and those that end are better read each by themselves than kept: one table whose columns the engine reads, or changes already. */
  readonly isInPlace: boolean
  /**
   * Changes with `entity`, `day`, `amount`, and what is asked: `change_<n>` is the amount within slice n, null outside it.
   *
   * @param from `held`, by its name or as it stands.
   */
  changes(as: string, slices: readonly number[], keys: readonly PlannedKey[], from?: From): From
}

const HELD = 'held'
const DAY_MS = 86_400_000

/** Days are told apart by the zone's rules of this time and later; nobody's subscriptions are older. */
const FIRST_UTC_MS = Date.UTC(1970, 0, 1)

export const keyColumn = (key: PlannedKey): string => `key ${key.id}`

/**
 * @param reads of one stock, entity and zone. Rows are read up to the end of the last day asked, or to the present.
 * @param counted of a rollup: a key that it keeps in place of the entity, of which rows are counted in place of what they are worth.
 */
export function historyOf(context: PlanContext, reads: readonly StockRead[], counted: string | null = null): History {
  const [first] = reads
  if (first === undefined) throw new TypeError('A history needs at least one read.')
  const { measure } = first
  const cut = cutOf(context, reads)
  const relation = new Relation(context, measure.semanticModel)
  const time: MeasureTime & { kind: 'stock' } = { kind: 'stock', ...measure.validity, asOf: 'period_end' }
  const span: Span = { zone: first.period.zone, startUtcMs: FIRST_UTC_MS, startLocalMs: FIRST_UTC_MS, endUtcMs: Math.max(cut.utcMs, FIRST_UTC_MS + DAY_MS), endLocalMs: Math.max(cut.localMs, FIRST_UTC_MS + DAY_MS) }
  const behind = relation.rollup === null ? heldRows(context, relation, measure, span, cut) : keptRows(context, keptChanges(context, relation, measure, counted), span, cut)
  const columns: OutputColumn[] = [...behind.columns]
  const project = (expr: Expr, as: string): Expr => {
    if (!columns.some((known) => known.as === as)) columns.push({ expr, as })
    return column('changes', as)
  }
  const rows: Rows = {
    relation,
    reach: (name) => relation.dimension(name),
    span,
    project,
    bucket: null,
    bucketIsMoment: true,
    bucketOf: () => () => 0,
    from: () => relation.from(),
  }
  const numbers = numberSlices(reads)
  for (const [, { predicate, number }] of numbers) if (number > 0) project(predicateSql(predicate, rows.reach), sliceColumn(number))
  const keys = new Map(reads.map((read) => [read, planKeys(read.by, rows, { time }, context)]))
  for (const key of [...keys.values()].flat()) project(key.expr, keyColumn(key))

  const where: Expr[] = [behind.where]
  if (measure.filter.kind !== 'all') where.push(predicateSql(measure.filter, rows.reach))
  const all: Query = select({ columns, from: relation.from(), where: { kind: 'and', of: where } })
  return {
    held: { name: HELD, query: behind.dated(all, columns.map(({ as }) => as)) },
    numberOf: (predicate) => numbers.get(predicateText(predicate))?.number ?? 0,
    keysOf: (read) => keys.get(read) ?? [],
    splits: ({ id }) => id !== groupKeyId({ kind: 'entity', entity: measure.entity }),
    isInPlace: relation.rollup !== null || (relation.isOneTable && !context.facts.byRow(measure.semanticModel)),
    changes: behind.changes,
  }
}

/** What is read in place of the rows of a stock. */
interface RowsBehind {
  /** Whose, when, and how much. */
  readonly columns: readonly OutputColumn[]
  readonly where: Expr
  /** What was read, with its days, and without what is nothing. */
  dated(all: Query, names: readonly string[]): Query
  readonly changes: History['changes']
}

const read = (as: string): Expr => column('read', as)
const readFrom = (query: Query): From => ({ kind: 'query', query, as: 'read' })
const isWorth: Expr = { kind: 'not', of: isNull(read('amount')) }

function heldRows(context: PlanContext, relation: Relation, measure: StockMeasure, span: Span, cut: Edge): RowsBehind {
  const { start, end } = intervalOf(context, relation, { kind: 'stock', ...measure.validity, asOf: 'period_end' })
  // A date at or after the cut ends after any start before it; a moment may end on the day it began.
  const areDates = start.kind === 'date' && end?.kind === 'date'
  const lastCut: Expr = areDates ? startsBefore({ ...start, expr: ofHeld('end_day') }, cut.utcMs, cut.localMs) : { kind: 'not', of: isNull(ofHeld('end_day')) }
  return {
    columns: [
      { expr: relation.entity(measure.entity), as: 'entity' },
      { expr: clockOf(start, span).expr, as: 'start_day' },
      { expr: areDates ? goneAt(end, measure.validity.endInclusive).expr : endClock(end, measure.validity.endInclusive, span, cut), as: 'end_day' },
      { expr: amountOf(context, relation, measure), as: 'amount' },
    ],
    where: startsBefore(start, cut.utcMs, cut.localMs),
    dated: (all, names) => {
      // Days follow in a step of their own: a zone's rules name the clock at every change, and the column's own zone has rules, too.
      const dayIn = (as: string, moment: TimeColumn): Expr => dayOf(context, { ...clockOf(moment, span), expr: read(as) }, span)
      const days = new Map([['start_day', dayIn('start_day', start)], ['end_day', dayIn('end_day', end ?? start)]])
      const dated = select({ columns: names.map((as) => ({ expr: days.get(as) ?? read(as), as })), from: readFrom(all), where: isWorth })
      // What ends on the day it began, or before, is in no stock at the end of any day.
      const lasts: Expr = { kind: 'or', of: [isNull(read('end_day')), compare(read('end_day'), '>', read('start_day'))] }
      return select({ columns: names.map((as) => ({ expr: read(as), as })), from: readFrom(dated), where: lasts })
    },
    changes: (as, slices, keys, from = named(HELD)) => changesOfRows(as, slices, keys, from, lastCut),
  }
}

/** Changes that a rollup keeps. What ends on the day it began is among them twice, and nothing in sum. */
function keptRows(context: PlanContext, { entity, moment, amount }: KeptChanges, span: Span, cut: Edge): RowsBehind {
  return {
    columns: [{ expr: entity, as: 'entity' }, { expr: clockOf(moment, span).expr, as: 'day' }, { expr: amount, as: 'amount' }],
    where: startsBefore(moment, cut.utcMs, cut.localMs),
    dated: (all, names) => {
      const day = dayOf(context, { ...clockOf(moment, span), expr: read('day') }, span)
      return select({ columns: names.map((as) => ({ expr: as === 'day' ? day : read(as), as })), from: readFrom(all), where: isWorth })
    },
    changes: (as, slices, keys, from = named(HELD)) => ({ kind: 'query', query: side('day', ofHeld('amount'), slices, keys, from), as }),
  }
}

/** A day as the moment at which it begins; a period that begins or ends within a day has it in the bucket where it begins. */
export const dayEdge = (localMs: number): Edge => ({ utcMs: ceilDay(localMs), localMs: ceilDay(localMs) })

/** The day before which changes count at the end of a bucket, and that of a window earlier; the running bucket ends at present. */
export function followedEdges(context: PlanContext, read: StockRead, index: number, window: Interval): { readonly start: Edge; readonly end: Edge } {
  const bucket = read.buckets[index]
  if (bucket === undefined) throw new TypeError(`There is no bucket ${index}.`)
  const open = bucket.endUtcMs > context.nowUtcMs
  const end = dayEdge(open ? localMsAt(read.period.zone, context.nowUtcMs) : bucket.endLocalMs)
  return { start: dayEdge(addLocal(end.localMs, -window.count, window.unit)), end }
}

/** Up to when rows are read. */
export function cutOf(context: PlanContext, reads: readonly StockRead[]): Edge {
  const zone = reads[0]?.period.zone ?? 'UTC'
  const localMs = ceilDay(Math.max(...reads.map(({ period }) => period.endLocalMs)))
  const utcMs = utcMsOf(zone, localMs)
  return utcMs <= context.nowUtcMs ? { utcMs, localMs } : { utcMs: context.nowUtcMs, localMs: localMsAt(zone, context.nowUtcMs) }
}

function dayOf(context: PlanContext, moment: TimeColumn, span: Span): Expr {
  return { kind: 'truncate', of: localClock(moment, span), grain: 'day', calendar: context.calendar }
}

/** Dates stay dates; moments become clocks of the asked zone, where they are such, or of UTC. */
function clockOf(moment: TimeColumn, span: Span): TimeColumn {
  if (moment.kind === 'date' || (moment.kind === 'clock' && moment.zone === span.zone)) return moment
  return { expr: asUtcClock(moment, span), kind: 'clock', zone: 'UTC' }
}

/** When the row is gone; null where that lies beyond what is read. */
function endClock(end: TimeColumn | null, inclusive: boolean, span: Span, cut: Edge): Expr {
  // Two sides of one type: a column of nothing but nulls has none.
  if (end === null) return { kind: 'cast', of: { kind: 'null' }, to: 'date' }
  const gone = goneAt(end, inclusive)
  return { kind: 'case', whens: [{ when: startsBefore(gone, cut.utcMs, cut.localMs), result: clockOf(gone, span).expr }], otherwise: { kind: 'null' } }
}

function goneAt(end: TimeColumn, inclusive: boolean): TimeColumn {
  return inclusive && end.kind === 'date' ? { ...end, expr: { kind: 'add_units', of: end.expr, count: 1, unit: 'day' } } : end
}

/** Exact: what is no integer or decimal becomes one of nine digits after the point. */
function amountOf(context: PlanContext, relation: Relation, measure: StockMeasure): Expr {
  const expr = relation.base(measure.expr, 'worth')
  const type = context.facts.columnType(measure.semanticModel, measure.expr)
  return type === 'integer' || type === 'decimal' ? expr : { kind: 'cast', of: expr, to: 'decimal' }
}

function numberSlices(reads: readonly StockRead[]): ReadonlyMap<string, { readonly predicate: Predicate; readonly number: number }> {
  const found = new Map<string, { predicate: Predicate; number: number }>()
  let next = 1
  for (const { predicate } of reads) {
    const id = predicateText(predicate)
    if (!found.has(id)) found.set(id, { predicate, number: predicate.kind === 'all' ? 0 : next++ })
  }
  return found
}

const sliceColumn = (number: number): string => `in_${number}`
export const changeColumn = (number: number): string => `change_${number}`

const ofHeld = (name: string): Expr => column(HELD, name)

function changesOfRows(as: string, slices: readonly number[], keys: readonly PlannedKey[], from: From, lastCut: Expr): From {
  const ends = side('end_day', arithmetic(integer(0), '-', ofHeld('amount')), slices, keys, from, lastCut)
  return { kind: 'query', query: { kind: 'union_all', parts: [side('start_day', ofHeld('amount'), slices, keys, from), ends] }, as }
}

function side(day: string, amount: Expr, slices: readonly number[], keys: readonly PlannedKey[], from: From, where: Expr | null = null): Query {
  return select({
    columns: [
      { expr: ofHeld('entity'), as: 'entity' },
      { expr: ofHeld(day), as: 'day' },
      { expr: amount, as: 'amount' },
      ...slices.map((number) => ({ expr: within(ofHeld(sliceColumn(number)), amount, number), as: changeColumn(number) })),
      ...keys.map((key) => ({ expr: ofHeld(keyColumn(key)), as: keyColumn(key) })),
    ],
    from,
    where,
  })
}

function within(slice: Expr, amount: Expr, number: number): Expr {
  return number === 0 ? amount : { kind: 'case', whens: [{ when: slice, result: amount }], otherwise: { kind: 'null' } }
}
