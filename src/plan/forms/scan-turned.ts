import type { Predicate } from '../../model/predicate.ts'
import { aggregate, allOf, column, select } from '../../sql/tree.ts'
import type { Expr, OutputColumn } from '../../sql/tree.ts'
import { bitsOfEvents, bitsOfStock } from './bucket-bits.ts'
import type { BucketBits } from './bucket-bits.ts'
import { ROWS_A_STEP, ReadFold } from '../fold.ts'
import { planKeys } from '../group-keys.ts'
import { bytesOfBits, groupSlots, spreadOf, spreadOfKey } from './group-slots.ts'
import { narrowing } from './narrowing.ts'
import { rawValues } from './raw-values.ts'
import type { RawValues } from './raw-values.ts'
import type { Read, ReadResult } from '../read.ts'
import { Relation } from '../relation.ts'
import { spanOf } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import type { Folding, Scan, ScanValue } from '../scan.ts'
import { GroupedColumns } from './scan-additive.ts'
import { countOf } from './scan-distinct.ts'
import { sharedTests } from './shared-tests.ts'
import { distinctPredicates } from './slice-keys.ts'

/** What lets distinct counts be turned round: buckets that fit a word, and slices of one value each. */
export interface Turned {
  readonly relation: Relation
  readonly bits: BucketBits
  /** Null where all reads are of one slice, which the WHERE clause holds. */
  readonly values: RawValues | null
  /** Indexes of the reads of each value's predicate. */
  readonly readsOf: readonly (readonly number[])[]
}

/** @param reads of one measure, group keys, period and grain. Null where they cannot be turned round. */
export function turnedOf(context: PlanContext, reads: readonly Read[]): Turned | null {
  const [first] = reads
  if (first === undefined || first.measure.expr === null) return null
  const relation = new Relation(context, first.measure.semanticModel)
  const { time } = first.measure
  const bits = time.kind === 'event' ? bitsOfEvents(context, relation, time, reads) : time.kind === 'stock' ? bitsOfStock(context, relation, time, reads) : null
  if (bits === null) return null
  const slices = distinctPredicates(sharedTests(reads).rests)
  const readsOf = slices.map((slice) => slice.reads)
  if (slices.length === 1) return { relation, bits, values: null, readsOf }
  const values = rawValues(slices.map(({ predicate }): Predicate => predicate), (name) => relation.dimension(name), context.facts)
  return values === null ? null : { relation, bits, values, readsOf }
}

/**
 * Exact distinct counts of one key for slices that are values of one column: per value and key one row with the bits of the buckets it
 * was seen in (of a stock: at whose edges it held), then each bit is counted. A key is mostly seen in many buckets and with few values,
 * so this keeps fewer rows than one a bucket and key, and tests none of them. Measured on 2 million rows, 24 countries and 12 months:
 * 113 ms of processor time against 493.
 */
export function turnedScan(context: PlanContext, reads: readonly Read[], turned: Turned, why: string): Scan {
  const [first] = reads
  if (first?.measure.expr == null) throw new TypeError('Only distinct counts are turned round.')
  const { measure } = first
  const { relation, bits, values } = turned
  const span = spanOf(reads)
  const reach = (name: string) => relation.dimension(name)
  const entity = relation.base(measure.expr ?? '', 'entity')
  const keys = planKeys(first.by, { relation, reach, span }, measure, context)
  const grouped: readonly OutputColumn[] = [
    ...keys.map(({ expr }, index) => ({ expr, as: `key_${index + 1}` })),
    ...(values === null ? [] : [{ expr: values.reached.expr, as: 'value' }]),
    { expr: entity, as: 'entity' },
  ]
  const known: Expr = { kind: 'not', of: { kind: 'is_null', of: entity } }
  const where = allOf([bits.where, known, narrowing(reads, reach, context)])
  const rows = select({ columns: [...grouped, { expr: bits.expr, as: 'bucket' }], from: relation.from(), where })
  const perEntity = select({
    columns: [...grouped.map(({ as }) => ({ expr: column('rows', as), as })), { expr: aggregate({ name: 'bit_or' }, column('rows', 'bucket')), as: 'buckets' }],
    from: { kind: 'query', query: rows, as: 'rows' },
    groupBy: grouped.map(({ as }) => column('rows', as)),
  })

  const columns = new GroupedColumns()
  const keyIndexes = keys.map(({ kind }, index) => columns.key(column('entities', `key_${index + 1}`), kind, `key_${index + 1}`))
  const valueIndex = values === null ? -1 : columns.key(column('entities', 'value'), values.kind, 'value')
  const countIndexes = Array.from({ length: bits.count }, (_, bucket) => {
    const seen: Expr = { kind: 'bit_test', of: column('entities', 'buckets'), bit: bucket }
    return columns.value(aggregate({ name: 'count' }, null, seen), 'number', `bucket_${bucket + 1}`)
  })
  const bucketOf = reads.map((read) => bits.bucketOf(read))
  const { facts } = context
  const spreads = [
    ...first.by.map((key) => spreadOfKey(facts, reach, key)),
    ...(values === null ? [] : [spreadOf(facts, values.reached.home, values.reached.dimension.expr)]),
    spreadOf(facts, measure.semanticModel, measure.expr ?? ''),
  ]
  return {
    semanticModel: measure.semanticModel,
    form: 'turned',
    why,
    query: select({ columns: columns.outputs, from: { kind: 'query', query: perEntity, as: 'entities' }, groupBy: columns.groupBy }),
    columns: columns.kinds,
    slots: groupSlots(context, reads, reach, spreads, bytesOfBits(bits.count)),
    reads,
    seen: values === null ? [] : [{ index: valueIndex, semanticModel: values.reached.home, expr: values.reached.dimension.expr }],
    *fold(data, rowCount): Folding {
      const folds = reads.map((read) => new ReadFold(read, ['add']))
      const at = (index: number, row: number): ScanValue => data[index]?.[row] ?? null
      for (let row = 0; row < rowCount; row++) {
        if (row % ROWS_A_STEP === ROWS_A_STEP - 1) yield
        const slice = values === null ? 0 : values.predicateOf(at(valueIndex, row))
        if (slice === null) continue
        const group = keys.map((key, index) => key.decode(at(keyIndexes[index] ?? -1, row)))
        countIndexes.forEach((position, bit) => {
          const count = countOf(at(position, row))
          if (count === null) return
          for (const index of turned.readsOf[slice] ?? []) {
            const bucket = bucketOf[index]?.(bit) ?? -1
            if (bucket >= 0) folds[index]?.add(group, bucket, [count])
          }
        })
      }
      return folds.map((fold): ReadResult => fold.result())
    },
  }
}
