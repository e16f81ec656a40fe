import { aggregate, arithmetic, column, compare, integer, isNull, select } from '../sql/tree.ts'
import type { Expr, From, OutputColumn, Query } from '../sql/tree.ts'
import { activePositions, isRead } from './active-positions.ts'
import type { PlacedWindow } from './active-positions.ts'
import { activityTime, activityWhere } from './activity-rows.ts'
import { ReadFold } from './fold.ts'
import { groupKeyId, planKeys } from './group-keys.ts'
import { narrowing } from './narrowing.ts'
import { partValue } from './parts.ts'
import type { ActiveMeasure, Read } from './read.ts'
import { Relation } from './relation.ts'
import type { PlanContext } from './rows.ts'
import type { Scan, ScanColumn, ScanValue } from './scan.ts'
import { WORD_BITS, distinctPredicates, maskKeys } from './slice-keys.ts'

/**
 * Entities active in trailing windows, for any number of windows, slices and group keys in one pass. Per slice, group and entity
 * each activity holds until the next one: the entity is in a window that ends before that next one just when this one lies in it.
 * So rows are counted by where they lie and where the next one lies, and windows add up these counts: no row is repeated for each
 * of the days it is near to. All reads share their activity.
 */
export function activeScan(context: PlanContext, reads: readonly Read<ActiveMeasure>[]): Scan {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const { activity, entity, semanticModel } = first.measure
  const relation = new Relation(context, semanticModel)
  const reach = (name: string) => relation.dimension(name)
  const positions = activePositions(context, relation, activity, reads)
  const rows = { relation, reach, span: positions.span }
  const predicates = distinctPredicates(reads)
  const masks = predicates.length === 1 ? [] : maskKeys(reads, rows).columns
  const time = activityTime(context.model, activity)
  const keysOfReads = reads.map(({ by }) => planKeys(by, rows, { time }, context))
  const keys = [...new Map(keysOfReads.flat().map((key) => [key.id, key])).values()].map((key, index) => ({ ...key, as: `key_${index + 1}` }))

  const key = relation.entity(entity)
  const own: readonly OutputColumn[] = [
    { expr: key, as: 'entity' },
    { expr: positions.from, as: 'position' },
    ...(positions.last === null ? [] : [{ expr: positions.last, as: 'last' }]),
    ...keys.map(({ expr, as }) => ({ expr, as })),
  ]
  const where = activityWhere(activity, reach, [...positions.where, { kind: 'not', of: isNull(key) }, narrowing(reads, reach, context)])
  const base = select({ columns: [...own, ...masks.map(({ expr, as }) => ({ expr, as }))], from: relation.from(), where })

  const parts = partsOf(reads, predicates)
  const table = 'active'
  const carried = own.map(({ as }) => as)
  const partRows = (part: Part, index: number, from: From): Query => {
    const bit: Expr | null = masks.length === 0 ? null : { kind: 'bit_test', of: column(table, `mask_${Math.floor(part.slice / WORD_BITS) + 1}`), bit: part.slice % WORD_BITS }
    const columns = carried.map((as) => {
      const planned = keys.find((one) => one.as === as)
      const expr = column(table, as)
      return { as, expr: planned === undefined || part.keys.has(planned.id) ? expr : nullLike(expr) }
    })
    return select({ columns: [{ expr: integer(index), as: 'part' }, ...columns], from, where: bit })
  }
  const [only] = parts
  const source: Query =
    parts.length === 1 && only !== undefined
      ? partRows(only, 0, { kind: 'query', query: base, as: table })
      : { kind: 'union_all', parts: parts.map((part, index) => partRows(part, index, { kind: 'named', name: 'activity', as: table })) }

  const windows = new Map<string, PlacedWindow & { readonly index: number }>()
  const bucketsOf = reads.map((read) => {
    const found = new Map<number, number[]>()
    read.buckets.forEach((bucket, position) => {
      if (!isRead(bucket)) return
      const placed = positions.place(bucket)
      const id = `${placed.from}|${placed.until}`
      const known = windows.get(id) ?? { ...placed, index: windows.size }
      windows.set(id, known)
      found.set(known.index, [...(found.get(known.index) ?? []), position])
    })
    return found
  })
  const counted = countedByWindow(source, [...windows.values()], keys.map(({ as }) => as), positions.last !== null)
  const query: Query =
    parts.length === 1 ? counted : { kind: 'with', tables: [{ name: 'activity', query: masks.length === 0 ? base : oncePerPlace(base, carried, masks.map(({ as }) => as)) }], body: counted }

  return {
    semanticModel,
    form: 'active',
    why: `${windows.size} windows over ${parts.length} slices and groupings count each row once`,
    query,
    columns: ['id', 'id', ...keys.map(({ kind }): ScanColumn => kind), 'number'],
    reads,
    fold: (data, rowCount) => {
      const folds = reads.map((read) => new ReadFold(read, ['add']))
      const at = (index: number, row: number): ScanValue => data[index]?.[row] ?? null
      for (let row = 0; row < rowCount; row++) {
        const [part, window] = [at(0, row), at(1, row)]
        if (typeof part !== 'number' || typeof window !== 'number') continue
        for (const read of parts[part]?.reads ?? []) {
          const buckets = bucketsOf[read]?.get(window) ?? []
          if (buckets.length === 0) continue
          const values = (keysOfReads[read] ?? []).map((planned) => planned.decode(at(2 + keys.findIndex(({ id }) => id === planned.id), row)))
          for (const bucket of buckets) folds[read]?.add(values, bucket, [partValue(at(2 + keys.length, row))])
        }
      }
      return folds.map((fold) => fold.result())
    },
  }
}

/** One slice under one list of group keys. */
interface Part {
  readonly slice: number
  readonly keys: ReadonlySet<string>
  /** Indexes of the reads it answers. */
  readonly reads: number[]
}

function partsOf(reads: readonly Read<ActiveMeasure>[], predicates: ReturnType<typeof distinctPredicates<Read<ActiveMeasure>>>): readonly Part[] {
  const parts = new Map<string, Part>()
  predicates.forEach((predicate, slice) => {
    for (const index of predicate.reads) {
      const ids = (reads[index]?.by ?? []).map(groupKeyId).toSorted()
      const id = JSON.stringify([slice, ids])
      const known = parts.get(id) ?? { slice, keys: new Set(ids), reads: [] }
      known.reads.push(index)
      parts.set(id, known)
    }
  })
  return [...parts.values()]
}

/** Rows that several parts will go over: those alike become one, with the bits of all their slices. */
function oncePerPlace(base: Query, carried: readonly string[], masks: readonly string[]): Query {
  const own = carried.map((as) => ({ expr: column('activity_rows', as), as }))
  return select({
    columns: [...own, ...masks.map((as) => ({ expr: aggregate({ name: 'bit_or' }, column('activity_rows', as)), as }))],
    from: { kind: 'query', query: base, as: 'activity_rows' },
    groupBy: own.map(({ expr }) => expr),
  })
}

/** A null of a column's own type, so that all parts of a union have it. */
function nullLike(expr: Expr): Expr {
  return { kind: 'case', whens: [{ when: compare(integer(1), '=', integer(0)), result: expr }], otherwise: { kind: 'null' } }
}

/** Entities by part, window and keys. `source` has `part`, `entity`, `position`, the keys, and for intervals `last`. */
function countedByWindow(source: Query, windows: readonly (PlacedWindow & { readonly index: number })[], keys: readonly string[], intervals: boolean): Query {
  const row = (as: string): Expr => column('places', as)
  const groups = ['part', ...keys]
  const order = { partitionBy: [...groups, 'entity'].map(row), orderBy: [{ expr: row('position'), direction: 'ASC' as const }] }
  const lastKnown: Expr = intervals ? { kind: 'window', fn: 'max', arg: row('last'), ...order, frame: 'peers' } : row('position')
  const followed = select({
    columns: [
      ...groups.map((as) => ({ expr: row(as), as })),
      ...(intervals ? [{ expr: row('position'), as: 'position' }] : []),
      { expr: lastKnown, as: 'last' },
      { expr: { kind: 'window', fn: 'lead', arg: row('position'), ...order, frame: 'partition' }, as: 'next' },
    ],
    from: { kind: 'query', query: source, as: 'places' },
  })

  const step = (as: string): Expr => column('steps', as)
  const reach = Math.max(...windows.map(({ from, until }) => until - from))
  // No window tells apart what lies further on than the longest reaches.
  const horizon = intervals ? integer(Math.max(...windows.map(({ until }) => until))) : arithmetic(step('last'), '+', integer(reach))
  const next: Expr = { kind: 'case', whens: [{ when: compare(step('next'), '<=', horizon), result: step('next') }], otherwise: horizon }
  const shown = [...groups, ...(intervals ? ['position'] : []), 'last'].map((as) => ({ expr: step(as), as }))
  const isLast: Expr = { kind: 'or', of: [isNull(step('next')), compare(step('next'), '>', step(intervals ? 'position' : 'last'))] }
  const spans = select({
    columns: [...shown, { expr: next, as: 'next' }, { expr: aggregate({ name: 'count' }, null), as: 'entities' }],
    from: { kind: 'query', query: followed, as: 'steps' },
    where: isLast,
    groupBy: [...shown.map(({ expr }) => expr), next],
  })

  const span = (as: string): Expr => column('spans', as)
  const edge = (as: string): Expr => column('windows', as)
  const shownGroups = groups.map((as) => ({ expr: span(as), as }))
  return select({
    columns: [shownGroups[0] as OutputColumn, { expr: edge('bucket'), as: 'bucket' }, ...shownGroups.slice(1), { expr: aggregate({ name: 'sum' }, span('entities')), as: 'entities' }],
    from: {
      kind: 'inner_join',
      left: { kind: 'query', query: spans, as: 'spans' },
      right: { kind: 'values', rows: windows.map(({ index, from, until }) => [integer(index), integer(from), integer(until)]), columns: ['bucket', 'begins', 'ends'], as: 'windows' },
      on: {
        kind: 'and',
        of: [compare(span(intervals ? 'position' : 'last'), '<', edge('ends')), compare(span('next'), '>=', edge('ends')), compare(span('last'), '>=', edge('begins'))],
      },
    },
    groupBy: [...shownGroups.map(({ expr }) => expr), edge('bucket')],
  })
}
