import { aggregate, column, select } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import { ROWS_A_STEP, ReadFold } from '../fold.ts'
import { planKeys } from '../group-keys.ts'
import { bytesOfBits, groupSlots, spreadOf, spreadOfBuckets, spreadOfKey } from './group-slots.ts'
import { narrowing } from './narrowing.ts'
import type { Part, Read, ReadResult } from '../read.ts'
import { rowsOf } from '../rows.ts'
import type { PlanContext, Rows } from '../rows.ts'
import type { Folding, Scan, ScanValue } from '../scan.ts'
import { GroupedColumns } from './scan-additive.ts'
import { sharedTests } from './shared-tests.ts'
import { WORD_BITS, distinctPredicates, maskKeys } from './slice-keys.ts'
import type { SliceKeys } from './slice-keys.ts'
import { timeColumn, within } from '../time-column.ts'

/**
 * Exact distinct counts of one key for many slices: per bucket and key one row with the OR of its slices' bits, then each bit is
 * counted. All reads share measure and group keys. `series`: they share their buckets; `windows`: each is one bucket of its own.
 */
export function distinctScan(context: PlanContext, reads: readonly Read[], axis: 'series' | 'windows', why: string): Scan {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const { measure } = first
  if (measure.expr === null) throw new TypeError('A distinct count needs a key.')
  const rows = axis === 'windows' ? windowRows(context, reads) : rowsOf(context, measure.time, measure.semanticModel, reads)
  const entity = rows.project(rows.relation.base(measure.expr, 'entity'), 'entity')
  const slices = masksOf(context, reads, rows, axis)
  const masks = slices?.columns.map(({ expr, as }) => ({ as, expr: aggregate({ name: 'bit_or' }, rows.project(expr, as)) })) ?? []
  const keys = planKeys(first.by, rows, measure, context)
  const keyColumns = keys.map(({ expr }, index) => ({ expr: rows.project(expr, `key_${index + 1}`), as: `key_${index + 1}` }))
  const inner = [...(rows.bucket === null ? [] : [{ expr: rows.bucket, as: 'bucket' }]), ...keyColumns, { expr: entity, as: 'entity' }]
  const perEntity = select({
    columns: [...inner, ...masks],
    from: rows.from(narrowing(reads, rows.reach, context)),
    where: { kind: 'not', of: { kind: 'is_null', of: entity } },
    groupBy: inner.map(({ expr }) => expr),
  })

  const columns = new GroupedColumns()
  const bucket = rows.bucket === null ? null : column('entities', 'bucket')
  const bucketIndex = bucket === null ? null : columns.key(bucket, rows.bucketIsMoment ? 'seconds' : 'id', 'bucket', rows.bucketIsMoment ? { kind: 'epoch', of: bucket } : bucket)
  const keyIndexes = keys.map(({ kind }, index) => columns.key(column('entities', `key_${index + 1}`), kind, `key_${index + 1}`))
  const counts = slices === null ? [null] : slices.bits
  const countIndexes = counts.map((_, index) => {
    const bit: Expr | null =
      slices === null ? null : { kind: 'bit_test', of: column('entities', `mask_${Math.floor(index / WORD_BITS) + 1}`), bit: index % WORD_BITS }
    return columns.value(aggregate({ name: 'count' }, null, bit), 'number', `slice_${index + 1}`)
  })
  const readsOfCount = slices === null ? [reads.map((_, index) => index)] : slices.bits

  const bucketOf = reads.map((read) => rows.bucketOf(read))
  const spreads = [
    ...(rows.bucket === null ? [] : [measure.time.kind === 'event' && !rows.bucketIsMoment ? spreadOfBuckets(reads) : null]),
    ...first.by.map((key) => spreadOfKey(context.facts, rows.reach, key)),
    spreadOf(context.facts, measure.semanticModel, measure.expr),
  ]
  const bytes = slices === null ? bytesOfBits(0) : slices.columns.length * bytesOfBits(Math.min(WORD_BITS, slices.bits.length))
  return {
    semanticModel: measure.semanticModel,
    form: 'distinct',
    why,
    query: select({ columns: columns.outputs, from: { kind: 'query', query: perEntity, as: 'entities' }, groupBy: columns.groupBy }),
    columns: columns.kinds,
    slots: groupSlots(context, reads, rows.reach, spreads, bytes),
    reads,
    *fold(data, rowCount): Folding {
      const folds = reads.map((read) => new ReadFold(read, ['add']))
      const at = (index: number, row: number): ScanValue => data[index]?.[row] ?? null
      for (let row = 0; row < rowCount; row++) {
        if (row % ROWS_A_STEP === ROWS_A_STEP - 1) yield
        const values = keys.map((key, index) => key.decode(at(keyIndexes[index] ?? -1, row)))
        countIndexes.forEach((position, slice) => {
          const count = countOf(at(position, row))
          // A group that only other slices have is none of this slice's.
          if (count === null) return
          for (const index of readsOfCount[slice] ?? []) {
            const found = bucketIndex === null ? 0 : (bucketOf[index]?.(at(bucketIndex, row)) ?? -1)
            if (found >= 0) folds[index]?.add(values, found, [count])
          }
        })
      }
      return folds.map((fold): ReadResult => fold.result())
    },
  }
}

/** Null where nothing was counted. */
export function countOf(value: ScanValue): Part {
  if (typeof value === 'bigint') return value === 0n ? null : value
  return typeof value === 'number' && value !== 0 ? value : null
}

/** Null when one slice is all there is: the WHERE clause holds it. */
function masksOf(context: PlanContext, reads: readonly Read[], rows: Rows, axis: 'series' | 'windows'): SliceKeys | null {
  const { rests } = sharedTests(reads)
  if (axis === 'windows') return maskKeys(rests, rows, (read) => windowOf(context, read, rows))
  return distinctPredicates(rests).length === 1 ? null : maskKeys(rests, rows, null, context.facts)
}

function windowOf(context: PlanContext, read: Read, rows: Rows): Expr {
  const { time } = read.measure
  if (time.kind !== 'event') throw new TypeError('Only events have windows of their own.')
  return within(timeColumn(rows.reach(time.dimension), context.facts), read.period)
}

/** All rows of the windows together, without a bucket column: the bits say which window a row is in. */
function windowRows(context: PlanContext, reads: readonly Read[]): Rows {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const { measure } = first
  const startUtcMs = Math.min(...reads.map(({ period }) => period.startUtcMs))
  const endUtcMs = Math.max(...reads.map(({ period }) => period.endUtcMs))
  const startLocalMs = Math.min(...reads.map(({ period }) => period.startLocalMs))
  const endLocalMs = Math.max(...reads.map(({ period }) => period.endLocalMs))
  const period = { zone: first.period.zone, startUtcMs, endUtcMs, startLocalMs, endLocalMs }
  const whole: Read = { ...first, period, grain: null, buckets: [{ ...period, cut: false, key: startLocalMs / 1000 }] }
  const rows = rowsOf(context, measure.time, measure.semanticModel, [whole])
  return { ...rows, bucketOf: () => () => 0 }
}
