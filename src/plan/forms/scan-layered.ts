import type { ScalarOrder } from '../../base/scalar.ts'
import type { Atom, Predicate } from '../../model/predicate.ts'
import { select, small } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import { ROWS_A_STEP, ReadFold } from '../fold.ts'
import { planKeys } from '../group-keys.ts'
import { partValue, partsOf } from '../parts.ts'
import { orderOf, predicateSql } from '../predicate-sql.ts'
import type { Reach } from '../predicate-sql.ts'
import { rawValues } from './raw-values.ts'
import type { Read, ReadResult } from '../read.ts'
import { rowsOf } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import { narrowing } from './narrowing.ts'
import type { Folding, Scan, ScanValue } from '../scan.ts'
import { GroupedColumns, bucketColumn, partColumn } from './scan-additive.ts'
import { sharedTests } from './shared-tests.ts'
import { distinctPredicates } from './slice-keys.ts'

/**
 * Aggregates that need all rows of a slice at once (medians, percentiles, deviations). Slices that cannot share a row stand side
 * by side in one column; each such layer is one grouping set. All reads share buckets and group keys.
 */
export function layeredScan(context: PlanContext, reads: readonly Read[], why: string): Scan {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const { measure } = first
  const rows = rowsOf(context, measure.time, measure.semanticModel, reads)
  const columns = new GroupedColumns()
  const bucket = bucketColumn(columns, rows)
  const keys = planKeys(first.by, rows, measure, context)
  const keyColumns = keys.map(({ expr, kind }, index) => columns.key(rows.project(expr, `key_${index + 1}`), kind, `key_${index + 1}`))
  const shared = [...columns.groupBy]

  const predicates = distinctPredicates(sharedTests(reads).rests)
  const layers = predicates.length === 1 ? [] : layersOf(predicates.map(({ predicate }) => predicate), rows.reach)
  const layerColumns = layers.map((members, index): Layer => {
    const as = `layer_${index + 1}`
    const values = rawValues(members.map((member) => predicates[member]?.predicate ?? { kind: 'none' }), rows.reach, context.facts)
    if (values !== null) return { column: columns.key(rows.project(values.reached.expr, as), values.kind, as), members, memberOf: values.predicateOf }
    const whens = members.map((member, position) => ({
      when: predicateSql(predicates[member]?.predicate ?? { kind: 'none' }, rows.reach),
      result: small(position + 1),
    }))
    // 0, not null, for rows outside: null says that a grouping set left the column out.
    const expr: Expr = { kind: 'case', whens, otherwise: small(0) }
    return { column: columns.key(rows.project(expr, as), 'id', as), members, memberOf: (value) => (typeof value === 'number' && value > 0 ? value - 1 : null) }
  })

  const partColumns = new Map<string, number>()
  const partIndexes = reads.map((read) =>
    partsOf(read.measure, rows.relation, context.facts).map((spec) => partColumn(spec, rows, columns, partColumns)),
  )
  const layerKeys = columns.groupBy.slice(shared.length)
  const query = select({
    columns: columns.outputs,
    from: rows.from(narrowing(reads, rows.reach, context)),
    ...(layers.length > 1 ? { groupingSets: layerKeys.map((key) => [...shared, key]) } : { groupBy: columns.groupBy }),
  })
  const bucketOf = reads.map((read) => rows.bucketOf(read))

  return {
    semanticModel: measure.semanticModel,
    form: 'layered',
    why,
    query,
    columns: columns.kinds,
    reads,
    *fold(data, rowCount): Folding {
      const folds = reads.map((read) => new ReadFold(read, ['never']))
      const at = (index: number, row: number): ScanValue => data[index]?.[row] ?? null
      const add = (index: number, row: number): void => {
        const position = bucket === null ? 0 : (bucketOf[index]?.(at(bucket, row)) ?? -1)
        if (position < 0) return
        const values = keys.map((key, column) => key.decode(at(keyColumns[column] ?? -1, row)))
        folds[index]?.add(values, position, (partIndexes[index] ?? []).map((column) => partValue(at(column, row))))
      }
      for (let row = 0; row < rowCount; row++) {
        if (row % ROWS_A_STEP === ROWS_A_STEP - 1) yield
        if (layers.length === 0) {
          reads.forEach((_, index) => add(index, row))
          continue
        }
        for (const { column, members, memberOf } of layerColumns) {
          const member = memberOf(at(column, row))
          if (member === null) continue
          for (const read of predicates[members[member] ?? -1]?.reads ?? []) add(read, row)
        }
      }
      return folds.map((fold): ReadResult => fold.result())
    },
  }
}

interface Layer {
  readonly column: number
  /** Predicates that share no row. */
  readonly members: readonly number[]
  /** Which of the members a value of the column says; null for none. */
  memberOf(value: ScanValue): number | null
}

/** Puts each predicate into the first layer all of whose members it shares no row with. */
function layersOf(predicates: readonly Predicate[], reach: Reach): readonly (readonly number[])[] {
  const orders = new Map<string, ScalarOrder>()
  const orderFor = (dimension: string): ScalarOrder => {
    const order = orders.get(dimension) ?? orderOf(reach(dimension).dimension)
    orders.set(dimension, order)
    return order
  }
  const layers: number[][] = []
  predicates.forEach((predicate, index) => {
    const layer = layers.find((members) => members.every((member) => areDisjoint(predicate, predicates[member] as Predicate, orderFor)))
    if (layer) layer.push(index)
    else layers.push([index])
  })
  return layers
}

/** True only when two conjunctions plainly exclude each other by one dimension; false may mean unknown. */
export function areDisjoint(a: Predicate, b: Predicate, orderFor: (dimension: string) => ScalarOrder): boolean {
  if (a.kind === 'none' || b.kind === 'none') return true
  const right = conjuncts(b)
  return conjuncts(a).some((one) => right.some((other) => one.dimension === other.dimension && exclude(one.test, other.test, orderFor(one.dimension))))
}

function conjuncts(predicate: Predicate): readonly Atom[] {
  if (predicate.kind === 'atom') return [predicate]
  return predicate.kind === 'and' ? predicate.of.filter((part) => part.kind === 'atom') : []
}

function exclude(a: Atom['test'], b: Atom['test'], order: ScalarOrder): boolean {
  if (a.op === 'isNull' || b.op === 'isNull') return a.op !== b.op
  if (a.op === 'in' && b.op === 'in' && !a.caseInsensitive && !b.caseInsensitive) {
    const values = new Set(a.values.map(order.id))
    return !b.values.some((value) => values.has(order.id(value)))
  }
  if (a.op === 'range' && b.op === 'range') return endsBefore(a, b, order) || endsBefore(b, a, order)
  return false
}

function endsBefore(a: Atom['test'] & { op: 'range' }, b: Atom['test'] & { op: 'range' }, order: ScalarOrder): boolean {
  if (!a.to || !b.from) return false
  const apart = order.compare(a.to.value, b.from.value)
  return apart < 0 || (apart === 0 && !(a.to.inclusive && b.from.inclusive))
}
