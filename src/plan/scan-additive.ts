import { aggregate, select } from '../sql/tree.ts'
import type { Expr, OutputColumn } from '../sql/tree.ts'
import { ROWS_A_STEP, ReadFold } from './fold.ts'
import { planKeys } from './group-keys.ts'
import type { PlannedKey } from './group-keys.ts'
import { partValue, partsOf } from './parts.ts'
import type { PartSpec } from './parts.ts'
import { narrowing } from './narrowing.ts'
import type { Read, ReadResult } from './read.ts'
import { rowsOf } from './rows.ts'
import type { PlanContext, Rows } from './rows.ts'
import type { Folding, Scan, ScanColumn, ScanValue } from './scan.ts'
import { sharedTests } from './shared-tests.ts'
import { cellKeys, maskKeys } from './slice-keys.ts'

/** Columns of a grouped statement, in the order of its result: bucket, slice keys, group keys, parts. */
export class GroupedColumns {
  readonly outputs: OutputColumn[] = []
  readonly groupBy: Expr[] = []
  readonly kinds: ScanColumn[] = []

  key(expr: Expr, kind: ScanColumn, as: string, shown: Expr = expr): number {
    this.groupBy.push(expr)
    return this.value(shown, kind, as)
  }

  value(expr: Expr, kind: ScanColumn, as: string): number {
    this.kinds.push(kind)
    return this.outputs.push({ expr, as }) - 1
  }
}

export function bucketColumn(columns: GroupedColumns, rows: Rows): number | null {
  if (rows.bucket === null) return null
  if (!rows.bucketIsMoment) return columns.key(rows.bucket, 'id', 'bucket')
  return columns.key(rows.bucket, 'seconds', 'bucket', { kind: 'epoch', of: rows.bucket })
}

/** Aggregates that add up, for any number of slices in one pass. All reads are of one model and one kind of time. */
export function additiveScan(context: PlanContext, reads: readonly Read[], form: 'grouped' | 'masked', why: string): Scan {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const { measure } = first
  const rows = rowsOf(context, measure.time, measure.semanticModel, reads)
  const columns = new GroupedColumns()
  const bucket = bucketColumn(columns, rows)

  const { rests } = sharedTests(reads)
  const slices = form === 'masked' ? maskKeys(rests, rows) : cellKeys(rests, rows.reach, context)
  const sliceColumns = slices.columns.map(({ expr, kind, as }) => columns.key(rows.project(expr, as), kind, as))

  const keyColumns = new Map<string, { index: number; key: PlannedKey }>()
  const keysOfReads = reads.map((read) =>
    planKeys(read.by, rows, read.measure, context).map((key) => {
      const known = keyColumns.get(key.id)
      if (known) return known
      const as = `key_${keyColumns.size + 1}`
      const placed = { index: columns.key(rows.project(key.expr, as), key.kind, as), key }
      keyColumns.set(key.id, placed)
      return placed
    }),
  )

  const partColumns = new Map<string, number>()
  const specsOfReads = reads.map((read) => partsOf(read.measure, rows.relation, context.facts))
  const partIndexes = specsOfReads.map((specs) => specs.map((spec) => partColumn(spec, rows, columns, partColumns)))

  const query = select({ columns: columns.outputs, from: rows.from(narrowing(reads, rows.reach, context)), groupBy: columns.groupBy })
  const bucketOf = reads.map((read) => rows.bucketOf(read))

  return {
    semanticModel: measure.semanticModel,
    form,
    why,
    query,
    columns: columns.kinds,
    reads,
    *fold(data, rowCount): Folding {
      const folds = reads.map((read, index) => new ReadFold(read, (specsOfReads[index] ?? []).map(({ combine }) => combine)))
      const at = (column: number, row: number): ScanValue => data[column]?.[row] ?? null
      for (let row = 0; row < rowCount; row++) {
        if (row % ROWS_A_STEP === ROWS_A_STEP - 1) yield
        for (const index of slices.matching(sliceColumns.map((column) => at(column, row)))) {
          const position = bucket === null ? 0 : (bucketOf[index]?.(at(bucket, row)) ?? -1)
          if (position < 0) continue
          const values = (keysOfReads[index] ?? []).map(({ index: column, key }) => key.decode(at(column, row)))
          folds[index]?.add(values, position, (partIndexes[index] ?? []).map((column) => partValue(at(column, row))))
        }
      }
      return folds.map((fold): ReadResult => fold.result())
    },
  }
}

/** Column of a part, computed once for all reads that need it. */
export function partColumn(spec: PartSpec, rows: Rows, columns: GroupedColumns, known: Map<string, number>): number {
  let index = known.get(spec.id)
  if (index === undefined) {
    const as = `part_${known.size + 1}`
    const arg = spec.arg === null ? null : rows.project(spec.arg, `value_${known.size + 1}`)
    index = columns.value(aggregate(spec.fn, arg), 'number', as)
    known.set(spec.id, index)
  }
  return index
}
