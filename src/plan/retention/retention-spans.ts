import type { Grain } from '../../base/grain.ts'
import { aggregate, allOf, arithmetic, column, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, From, OutputColumn, Query } from '../../sql/tree.ts'
import type { Edge } from '../axis.ts'
import { halving } from '../forms/halving.ts'
import { carried, named } from '../carried.ts'
import { earliest, isStart, startColumns } from './retention-start.ts'
import type { Followed, RetentionPlan } from './retention-start.ts'
import { touches, unitOfEnd, unitOfStart, whenever } from './retention-times.ts'
import { isOpen, lastPeriod } from './retention-units.ts'
import type { PeriodRange } from './retention-units.ts'
import { WORD_BITS } from '../forms/slice-keys.ts'
import { utcClockOf, within } from '../time-column.ts'
import type { Span, TimeColumn } from '../time-column.ts'

const DAY_MS = 86_400_000
const ENTITIES = 'entities'
const NOTHING: Expr = { kind: 'null' }

/** How periods are counted from a start: by units of the calendar told by their number, or by elapsed time. */
type Ruler = { readonly kind: 'units'; readonly edges: readonly Edge[] } | { readonly kind: 'elapsed'; readonly periodSeconds: number }

/** Length of a period of the clock `hours_24`, in seconds; null for units that have none. */
export function periodSeconds(unit: Grain): number | null {
  return unit === 'day' ? 86_400 : unit === 'week' ? 604_800 : null
}

/**
 * Every activity laid beside the first start of its entity; bit `i` says that range `i` was met. For periods counted from the very
 * moment, and for more units of the calendar than a word has bits. The rows are read once, kept, and met with their starts.
 */
export function followBySpans(plan: RetentionPlan, ranges: readonly PeriodRange[], ruler: Ruler): Followed {
  const { start, slices } = plan
  const side = ruler.kind === 'units' ? unitSide(plan, ranges, ruler.edges) : elapsedSide(plan, ranges, ruler.periodSeconds)
  const keys = start.keys.map(({ expr }, index): OutputColumn => ({ expr, as: `key_${index + 1}` }))
  const moments = startColumns(plan, whenever(isStart(plan), side.start.expr))
  const entity = column('rows', 'entity')
  const firstColumn: TimeColumn = { ...side.start, expr: column('firsts', 'first') }
  const firsts: Query = select({
    columns: [{ expr: column('firsts', 'entity'), as: 'entity' }, ...carried(moments, 'firsts'), ...(side.unit === null ? [] : [{ expr: side.unit(firstColumn), as: 'unit' }])],
    from: { kind: 'query', as: 'firsts', query: select({ columns: [{ expr: entity, as: 'entity' }, ...earliest(fromRows(moments))], from: ROWS, groupBy: [entity] }) },
    where: within(firstColumn, plan.span),
  })
  const masks = Array.from({ length: Math.ceil(ranges.length / WORD_BITS) }, (_, word) => ranges.slice(word * WORD_BITS, (word + 1) * WORD_BITS))
  const words = masks.map((part, index): OutputColumn => ({ expr: aggregate({ name: 'bit_or' }, side.rangesMet(part, firstColumn)), as: `ranges_${index + 1}` }))
  const met: Query = select({
    columns: [{ expr: column('firsts', 'entity'), as: 'entity' }, ...words],
    from: { kind: 'inner_join', left: ROWS, right: named('firsts'), on: compare(entity, '=', column('firsts', 'entity')) },
    where: { kind: 'not', of: isNull(column('rows', 'begins')) },
    groupBy: [column('firsts', 'entity')],
  })
  const tables = [{ name: 'rows', query: rowsQuery(plan, side, moments, keys) }, { name: 'firsts', query: firsts }, { name: 'met', query: met }]
  const whole = joined('firsts', 'met', [...carried(moments, 'firsts'), ...words.map(({ as }) => ({ expr: { kind: 'coalesce' as const, of: [column('met', as), integer(0)] }, as }))])
  const first: TimeColumn = { ...side.start, expr: column(ENTITIES, 'first') }
  return {
    tables: keys.length === 0 ? tables : [...tables, { name: 'starts', query: groupsOf(moments, keys) }, { name: 'whole', query: whole }],
    from: { kind: 'query', as: ENTITIES, query: keys.length === 0 ? whole : byGroups(moments, keys, words) },
    first,
    isOfSlice: slices.map(({ predicate }, index) => (predicate.kind === 'all' ? null : compare(column(ENTITIES, `first_${index + 1}`), '=', first.expr))),
    keys: keys.map(({ as }) => column(ENTITIES, as)),
    words: words.map(({ as }) => column(ENTITIES, as)),
    isActive: (range, found) => ({ kind: 'bit_test', of: found[Math.floor(range / WORD_BITS)] as Expr, bit: range % WORD_BITS }),
  }
}

const ROWS: From = named('rows')

/** What differs between the two rulers. */
interface Side {
  readonly start: TimeColumn
  /** Where a row's activity begins and ends on the ruler; without an end for events. */
  readonly begins: Expr
  readonly ends: Expr | null
  /** Rows whose activity can meet any range. */
  readonly isActivity: Expr
  /** Rows of one entity that are equal but for their start count once. */
  readonly isGrouped: boolean
  /** What is worked out once of each first start, where anything is. */
  readonly unit: ((first: TimeColumn) => Expr) | null
  rangesMet(ranges: readonly PeriodRange[], first: TimeColumn): Expr
}

function unitSide(plan: RetentionPlan, ranges: readonly PeriodRange[], edges: readonly Edge[]): Side {
  const { activity, start } = plan
  const last = isOpen(ranges) ? null : (edges.at(-1) as Edge)
  // Numbers from −1: before the first unit.
  const number = (position: number): Expr => integer(position - 1)
  const since = (of: Expr): Expr => arithmetic(of, '-', column('firsts', 'unit'))
  return {
    start: start.times.from,
    begins: unitOfStart(activity.from, edges, number),
    ends: activity.until === null ? null : unitOfEnd(activity.until, edges, number),
    isActivity: allOf([activity.where, touches(activity, edges[0] as Edge, last)]) as Expr,
    isGrouped: true,
    unit: (first) => unitOfStart(first, edges, number),
    rangesMet: (part) => {
      const begins = since(column('rows', 'begins'))
      if (activity.until === null) return eventRanges(part, (period) => compare(begins, '<', integer(period)))
      const ends = since(column('rows', 'ends'))
      return intervalRanges(part, (period) => compare(begins, '<', integer(period)), (period) => compare(ends, '>=', integer(period)))
    },
  }
}

function elapsedSide(plan: RetentionPlan, ranges: readonly PeriodRange[], seconds: number): Side {
  const { activity, start, span } = plan
  // A day of margin, since the bounds of dates and clocks are those of other zones.
  const reachMs = (lastPeriod(ranges) + 1) * seconds * 1000 + 2 * DAY_MS
  const whole: Span = { ...span, startUtcMs: span.startUtcMs - DAY_MS, startLocalMs: span.startLocalMs - DAY_MS, endUtcMs: span.endUtcMs + reachMs, endLocalMs: span.endLocalMs + reachMs }
  const columns = [start.times.from, activity.from, ...(activity.until?.column ? [activity.until.column] : [])]
  const isDates = columns.every(({ kind }) => kind === 'date')
  const clock = (one: TimeColumn): Expr => (isDates ? { kind: 'cast', of: one.expr, to: 'timestamp' } : utcClockOf(one, whole))
  const last = isOpen(ranges) ? null : { utcMs: whole.endUtcMs, localMs: whole.endLocalMs }
  const { until } = activity
  const after = (first: TimeColumn, period: number): Expr => ({ kind: 'add_seconds', of: first.expr, seconds: integer(period * seconds) })
  return {
    start: isDates ? { expr: clock(start.times.from), kind: 'date', zone: 'UTC' } : { expr: clock(start.times.from), kind: 'clock', zone: 'UTC' },
    begins: clock(activity.from),
    ends: until === null ? null : until.column === null ? NOTHING : until.inclusive ? { kind: 'add_seconds', of: clock(until.column), seconds: integer(86_400) } : clock(until.column),
    isActivity: allOf([activity.where, touches(activity, { utcMs: whole.startUtcMs, localMs: whole.startLocalMs }, last)]) as Expr,
    isGrouped: false,
    unit: null,
    rangesMet: (part, first) => {
      const begins = column('rows', 'begins')
      const isBefore = (period: number): Expr => compare(begins, '<', after(first, period))
      if (until === null) return eventRanges(part, isBefore)
      const ends = column('rows', 'ends')
      return intervalRanges(part, isBefore, (period) => ({ kind: 'or', of: [isNull(ends), compare(ends, '>', after(first, period))] }))
    },
  }
}

/** Which ranges an event meets: all events between two bounds of ranges meet the same. */
function eventRanges(ranges: readonly PeriodRange[], isBefore: (period: number) => Expr): Expr {
  const bounds = [...new Set(ranges.flatMap(({ from, to }) => (to === null ? [from] : [from, to + 1])))].toSorted((a, b) => a - b)
  return halving(
    bounds.length,
    (index) => isBefore(bounds[index] ?? 0),
    (position) => {
      const period = bounds[position - 1]
      const isMet = ({ from, to }: PeriodRange): boolean => period !== undefined && from <= period && (to === null || period <= to)
      return integer(ranges.reduce((bits, range, bit) => (isMet(range) ? bits | (1n << BigInt(bit)) : bits), 0n))
    },
  )
}

/** @param isBefore Whether the row begins before a period. @param reaches Whether it lasts into a period, or beyond. */
function intervalRanges(ranges: readonly PeriodRange[], isBefore: (period: number) => Expr, reaches: (period: number) => Expr): Expr {
  const bits = ranges.map(({ from, to }, bit): Expr => ({ kind: 'bit_when', bit, when: allOf([reaches(from), to === null ? null : isBefore(to + 1)]) as Expr }))
  const [only] = bits
  return bits.length === 1 && only !== undefined ? only : { kind: 'sum_of', of: bits }
}

/** Starts and activities, each table read once. */
function rowsQuery(plan: RetentionPlan, side: Side, moments: readonly OutputColumn[], keys: readonly OutputColumn[]): Query {
  const { start, other } = plan
  const activity = (when: Expr | null): readonly OutputColumn[] => [
    { expr: whenever(when, side.begins), as: 'begins' },
    ...(side.ends === null ? [] : [{ expr: whenever(when, side.ends), as: 'ends' }]),
  ]
  const isKnown = (entity: Expr): Expr => ({ kind: 'not', of: isNull(entity) })
  if (other === null) {
    const [groups, active] = [[{ expr: start.entity, as: 'entity' }, ...keys], activity(side.isActivity)]
    const all = select({ columns: [...groups, ...moments, ...active], from: start.relation.from(), where: allOf([isKnown(start.entity), { kind: 'or', of: [isStart(plan), side.isActivity] }]) })
    if (!side.isGrouped) return all
    const kept = carried([...groups, ...active], 'rows')
    return select({ columns: [...kept, ...earliest(fromRows(moments))], from: { kind: 'query', query: all, as: 'rows' }, groupBy: kept.map(({ expr }) => expr) })
  }
  const empty = (columns: readonly OutputColumn[]): readonly OutputColumn[] => columns.map(({ as }) => ({ expr: NOTHING, as }))
  const active = activity(null)
  const starts = select({
    columns: [{ expr: start.entity, as: 'entity' }, ...keys, ...moments, ...empty(active)],
    from: start.relation.from(),
    where: allOf([isKnown(start.entity), isStart(plan)]),
  })
  const activities = select({
    columns: [{ expr: other.entity, as: 'entity' }, ...empty(keys), ...empty(moments), ...active],
    from: other.relation.from(),
    where: allOf([isKnown(other.entity), side.isActivity]),
  })
  return { kind: 'union_all', parts: [starts, activities] }
}

function fromRows(columns: readonly OutputColumn[]): readonly OutputColumn[] {
  return carried(columns, 'rows')
}

function joined(left: string, right: string, more: readonly OutputColumn[]): Query {
  return select({
    columns: [{ expr: column(left, 'entity'), as: 'entity' }, ...more],
    from: { kind: 'left_join', left: named(left), right: named(right), on: compare(column(left, 'entity'), '=', column(right, 'entity')) },
  })
}

/** The groups in which an entity has starts, with the first of each. */
function groupsOf(moments: readonly OutputColumn[], keys: readonly OutputColumn[]): Query {
  const groups = [{ expr: column('rows', 'entity'), as: 'entity' }, ...fromRows(keys)]
  return select({ columns: [...groups, ...earliest(fromRows(moments))], from: ROWS, where: { kind: 'not', of: isNull(column('rows', 'first')) }, groupBy: groups.map(({ expr }) => expr) })
}

/** Of those the groups of its very first start, each with all that the entity did. */
function byGroups(moments: readonly OutputColumn[], keys: readonly OutputColumn[], words: readonly OutputColumn[]): Query {
  const on: Expr = { kind: 'and', of: [compare(column('starts', 'entity'), '=', column('whole', 'entity')), compare(column('starts', 'first'), '=', column('whole', 'first'))] }
  return select({
    columns: [...carried(moments, 'starts'), ...carried(keys, 'starts'), ...carried(words, 'whole')],
    from: { kind: 'inner_join', left: named('starts'), right: named('whole'), on },
  })
}
