import { aggregate, column, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, From, OutputColumn, Query } from '../../sql/tree.ts'
import { named, withNamed } from '../carried.ts'
import { activePositions, isRead } from './active-positions.ts'
import type { PlacedWindow } from './active-positions.ts'
import { activeSpans, countedByWindow } from './active-spans.ts'
import type { SpanShape } from './active-spans.ts'
import { activityTime, activityWhere } from '../metrics/activity-rows.ts'
import { ROWS_A_STEP, ReadFold } from '../fold.ts'
import { groupKeyId, planKeys } from '../group-keys.ts'
import { narrowing } from '../forms/narrowing.ts'
import { partValue } from '../parts.ts'
import type { ActiveMeasure, Read } from '../read.ts'
import { Relation } from '../relation.ts'
import type { PlanContext } from '../rows.ts'
import type { Folding, Scan, ScanColumn, ScanValue } from '../scan.ts'
import { sharedTests } from '../forms/shared-tests.ts'
import { WORD_BITS, distinctPredicates, maskKeys } from '../forms/slice-keys.ts'

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
  const { rests } = sharedTests(reads)
  const predicates = distinctPredicates(rests)
  const masks = predicates.length === 1 ? [] : maskKeys(rests, rows).columns
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
  const carried = own.map(({ as }) => as)

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
  const shape: SpanShape = { keys: keys.map(({ as }) => as), days: positions.areDays, intervals: positions.last !== null, windows: [...windows.values()] }
  const spansOfPart = ({ slice, keys: wanted }: Part, index: number, from: From): Query => {
    const bit: Expr | null = masks.length === 0 ? null : { kind: 'bit_test', of: column('activity', `mask_${Math.floor(slice / WORD_BITS) + 1}`), bit: slice % WORD_BITS }
    const others = new Set(keys.filter(({ id }) => !wanted.has(id)).map(({ as }) => as))
    const columns = carried.map((as) => ({ as, expr: others.has(as) ? nullLike(column('activity', as)) : column('activity', as) }))
    return activeSpans(select({ columns, from, where: bit }), index, shape.keys.filter((as) => !others.has(as)), shape)
  }
  const [only] = parts
  const query: Query =
    parts.length === 1 && only !== undefined
      ? countedByWindow(spansOfPart(only, 0, { kind: 'query', query: base, as: 'activity' }), shape)
      : withNamed(
          [{ name: 'activities', query: masks.length === 0 ? base : oncePerPlace(base, carried, masks.map(({ as }) => as)) }],
          countedByWindow({ kind: 'union_all', parts: parts.map((part, index) => spansOfPart(part, index, named('activities', 'activity'))) }, shape),
        )

  return {
    semanticModel,
    form: 'active',
    why: `${windows.size} windows over ${parts.length} slices and groupings count each row once`,
    query,
    columns: ['id', 'id', ...keys.map(({ kind }): ScanColumn => kind), 'number'],
    reads,
    *fold(data, rowCount): Folding {
      const folds = reads.map((read) => new ReadFold(read, ['add']))
      const at = (index: number, row: number): ScanValue => data[index]?.[row] ?? null
      for (let row = 0; row < rowCount; row++) {
        if (row % ROWS_A_STEP === ROWS_A_STEP - 1) yield
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
