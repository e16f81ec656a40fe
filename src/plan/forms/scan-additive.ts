import { aggregate, allOf, select } from '../../sql/tree.ts'
import type { Expr, OutputColumn } from '../../sql/tree.ts'
import { ROWS_A_STEP, ReadFold } from '../fold.ts'
import { groupKeyId, planKeys } from '../group-keys.ts'
import type { PlannedKey } from '../group-keys.ts'
import type { Facts } from '../facts.ts'
import { groupSlots, readMost, spreadOf, spreadOfBuckets, spreadOfKey } from './group-slots.ts'
import { inTwoSteps } from './in-two-steps.ts'
import { partValue, partsOf } from '../parts.ts'
import type { PartSpec } from '../parts.ts'
import { narrowing } from './narrowing.ts'
import { groupId } from '../read.ts'
import type { Part, Read, ReadGroup, ReadResult } from '../read.ts'
import { axisId, rowsOf } from '../rows.ts'
import type { PlanContext, Rows } from '../rows.ts'
import type { Folding, Scan, ScanColumn, ScanValue } from '../scan.ts'
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
export function additiveScan(context: PlanContext, reads: readonly Read[], form: 'grouped' | 'stepped' | 'masked', why: string): Scan {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const { measure } = first
  const rows = rowsOf(context, measure.time, measure.semanticModel, reads)
  const columns = new GroupedColumns()
  const bucket = bucketColumn(columns, rows)

  const { rests } = sharedTests(reads)
  const slices = form === 'masked' ? maskKeys(rests, rows, null, context.facts) : cellKeys(rests, rows.reach, context)
  const sliceColumns = slices.columns.map(({ expr, kind, as, fine }) => columns.key(rows.project(form === 'stepped' ? (fine?.expr ?? expr) : expr, as), kind, as))

  const keyColumns = new Map<string, { index: number; key: PlannedKey }>()
  const keysOfReads = reads.map((read) =>
    planKeys(read.by, rows, read.measure, context).map((key) => {
      const known = keyColumns.get(key.id)
      if (known) return known
      const as = `key_${keyColumns.size + 1}`
      const placed = { index: columns.key(rows.project(key.grouped ?? key.expr, as), key.kind, as), key }
      keyColumns.set(key.id, placed)
      return placed
    }),
  )

  const partColumns = new Map<string, number>()
  const specsOfReads = reads.map((read) => partsOf(read.measure, rows.relation, context.facts))
  const partIndexes = specsOfReads.map((specs) => specs.map((spec) => partColumn(spec, rows, columns, partColumns)))

  const dimensionKeys = [...new Map(reads.flatMap(({ by }) => by.flatMap((key) => (key.kind === 'dimension' ? [[groupKeyId(key), rows.reach(key.dimension)] as const] : []))))].flatMap(([id, { home, dimension }]) => {
    const index = keyColumns.get(id)?.index
    return index === undefined ? [] : [{ index, semanticModel: home, expr: dimension.expr }]
  })
  const from = rows.from(allOf([narrowing(reads, rows.reach, context), slices.ofAny]))
  const query = form === 'stepped' ? inTwoSteps(columns, from, slices) : select({ columns: columns.outputs, from, groupBy: columns.groupBy })
  const spreads = [
    ...(bucket === null ? [] : [measure.time.kind === 'event' && !rows.bucketIsMoment ? spreadOfBuckets(reads) : null]),
    ...slices.columns.map((slice) => spreadOfSlice(context.facts, form, slice)),
    ...[...new Map(reads.flatMap(({ by }) => by.map((key) => [groupKeyId(key), key] as const))).values()].map((key) => spreadOfKey(context.facts, rows.reach, key)),
  ]
  const slots = groupSlots(context, reads, rows.reach, spreads, partColumns.size * BYTES_OF_A_PART)
  const seen = [...slices.columns.flatMap(({ raw }, index) => (raw == null ? [] : [{ index: sliceColumns[index] ?? -1, ...raw }])), ...dimensionKeys]
  const whole = (form !== 'masked' || reads.some(({ predicate }) => predicate.kind === 'all')) && seen.length > 0 && readMost(context, reads, rows.reach)
  const ofAxis = new Map(reads.map((read) => [axisId(read), read]))
  const bucketOfAxis = new Map([...ofAxis].map(([id, read]) => [id, rows.bucketOf(read)]))
  const bucketOf = reads.map((read) => bucketOfAxis.get(axisId(read)))

  return {
    semanticModel: measure.semanticModel,
    form,
    why,
    query,
    columns: columns.kinds,
    seen: seen.map((one) => ({ ...one, whole })),
    slots,
    reads,
    *fold(data, rowCount): Folding {
      const folds = reads.map((read, index) => new ReadFold(read, (specsOfReads[index] ?? []).map(({ combine }) => combine)))
      const at = (column: number, row: number): ScanValue => data[column]?.[row] ?? null
      // Reads of one metric and its group keys are many where slices are; what a row holds for them is read once.
      const kinds = kindsOf(reads.map((_, index) => ({ parts: partIndexes[index] ?? [], keys: keysOfReads[index] ?? [] })))
      for (let row = 0; row < rowCount; row++) {
        if (row % ROWS_A_STEP === ROWS_A_STEP - 1) yield
        const held: (RowOfKind | undefined)[] = []
        const stretch = bucket === null ? null : at(bucket, row)
        for (const index of slices.matching(sliceColumns.map((column) => at(column, row)))) {
          const position = bucket === null ? 0 : (bucketOf[index]?.(stretch) ?? -1)
          if (position < 0) continue
          const { number, kind } = kinds[index] as NumberedKind
          const found = (held[number] ??= rowOfKind(kind, (column) => at(column, row)))
          folds[index]?.add(found.values, position, found.parts, found.id)
        }
      }
      return folds.map((fold): ReadResult => fold.result())
    },
  }
}

/** Of the engine's larger sums. */
const BYTES_OF_A_PART = 32

function spreadOfSlice(facts: Facts, form: 'grouped' | 'stepped' | 'masked', { kind, estimate, raw, fine }: ReturnType<typeof cellKeys>['columns'][number]): number | null {
  const plain = form === 'stepped' && fine ? fine.raw : raw
  if (plain != null) return spreadOf(facts, plain.semanticModel, plain.expr)
  return kind === 'id' && estimate !== undefined ? estimate - 1 : null
}

interface ReadKind {
  readonly parts: readonly number[]
  readonly keys: readonly { readonly index: number; readonly key: PlannedKey }[]
}

interface NumberedKind {
  readonly number: number
  readonly kind: ReadKind
}

interface RowOfKind {
  readonly values: ReadGroup['values']
  readonly id: string
  readonly parts: readonly Part[]
}

function kindsOf(reads: readonly ReadKind[]): readonly NumberedKind[] {
  const known = new Map<string, NumberedKind>()
  return reads.map((kind) => {
    const id = `${kind.parts.join()}|${kind.keys.map(({ index }) => index).join()}`
    const found = known.get(id) ?? { number: known.size, kind }
    known.set(id, found)
    return found
  })
}

function rowOfKind({ parts, keys }: ReadKind, at: (column: number) => ScanValue): RowOfKind {
  const values = keys.map(({ index, key }) => key.decode(at(index)))
  return { values, id: groupId(values), parts: parts.map((column) => partValue(at(column))) }
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
