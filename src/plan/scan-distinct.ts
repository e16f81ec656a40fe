import type { Grain } from '../base/grain.ts'
import { aggregate, column, select } from '../sql/tree.ts'
import type { Expr, From, OutputColumn } from '../sql/tree.ts'
import { ReadFold } from './fold.ts'
import { planKeys } from './group-keys.ts'
import { narrowing } from './narrowing.ts'
import type { Read, ReadResult } from './read.ts'
import { rowsOf } from './rows.ts'
import type { PlanContext, Rows } from './rows.ts'
import type { Scan, ScanColumn, ScanValue } from './scan.ts'
import { distinctPredicates, maskKeys } from './slice-keys.ts'
import type { SliceKeys } from './slice-keys.ts'
import { timeColumn, within } from './time-column.ts'

/**
 * Exact distinct counts of one key for many slices: per bucket and key one row with the OR of its slices' bits, then the bits are
 * counted. All reads share measure and group keys; with `grain` they share their buckets, with `windows` each has one of its own.
 */
export function distinctScan(context: PlanContext, reads: readonly Read[], grain: Grain | 'none' | 'windows', why: string): Scan {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const { measure } = first
  if (measure.expr === null) throw new TypeError('A distinct count needs a key.')
  const rows = rowsOf(context, measure.time, measure.semanticModel, reads, grain === 'windows' ? 'none' : grain)
  const entity = rows.relation.base(measure.expr, 'entity')
  const projectedEntity = rows.project(entity, 'entity')
  const slices = masksOf(context, reads, rows, grain)
  const masks = slices?.columns.map(({ expr, as }) => rows.project(expr, as)) ?? []
  const keys = planKeys(first.by, rows, measure, context)
  const keyColumns = keys.map(({ expr }, index) => rows.project(expr, `key_${index + 1}`))

  const groupBy: Expr[] = [...(rows.bucket === null ? [] : [rows.bucket]), ...keyColumns, projectedEntity]
  const names = [...(rows.bucket === null ? [] : ['bucket']), ...keys.map((_, index) => `key_${index + 1}`)]
  const perEntity = select({
    columns: [
      ...groupBy.map((expr, index) => ({ expr, as: names[index] ?? 'entity' })),
      ...masks.map((mask, index) => ({ expr: aggregate({ name: 'bit_or' }, mask), as: `mask_${index + 1}` })),
    ],
    from: rows.from(narrowing(reads, rows.reach, context)),
    where: { kind: 'not', of: { kind: 'is_null', of: projectedEntity } },
    groupBy,
  })

  const inner: From = { kind: 'query', query: perEntity, as: 'entities' }
  const outputs: OutputColumn[] = []
  const kinds: ScanColumn[] = []
  const outerKeys: Expr[] = []
  for (const name of names) {
    const expr = column('entities', name)
    outerKeys.push(expr)
    const isBucket = name === 'bucket'
    outputs.push({ expr: isBucket && rows.bucketIsMoment ? { kind: 'epoch', of: expr } : expr, as: name })
    kinds.push(isBucket ? (rows.bucketIsMoment ? 'seconds' : 'id') : (keys[Number(name.slice(4)) - 1]?.kind ?? 'text'))
  }
  const maskStart = outputs.length
  masks.forEach((_, index) => {
    const expr = column('entities', `mask_${index + 1}`)
    outerKeys.push(expr)
    outputs.push({ expr, as: `mask_${index + 1}` })
    kinds.push('integer')
  })
  const countColumn = outputs.push({ expr: aggregate({ name: 'count' }, null), as: 'entities' }) - 1
  kinds.push('number')

  const hasBucket = rows.bucket !== null
  const keyStart = hasBucket ? 1 : 0
  const bucketOf = reads.map((read) => rows.bucketOf(read))
  const all = reads.map((_, index) => index)
  return {
    semanticModel: measure.semanticModel,
    form: 'distinct',
    why,
    query: select({ columns: outputs, from: inner, groupBy: outerKeys }),
    columns: kinds,
    reads,
    fold: (data, rowCount) => {
      const folds = reads.map((read) => new ReadFold(read, ['add']))
      const at = (index: number, row: number): ScanValue => data[index]?.[row] ?? null
      for (let row = 0; row < rowCount; row++) {
        const words = masks.map((_, index) => at(maskStart + index, row))
        const count = at(countColumn, row)
        const values = keys.map((key, index) => key.decode(at(keyStart + index, row)))
        for (const index of slices === null ? all : slices.matching(words)) {
          const bucket = hasBucket ? (bucketOf[index]?.(at(0, row)) ?? -1) : 0
          if (bucket >= 0) folds[index]?.add(values, bucket, [typeof count === 'bigint' ? count : Number(count)])
        }
      }
      return folds.map((fold): ReadResult => fold.result())
    },
  }
}

/** Null when one slice is all there is: the WHERE clause holds it. */
function masksOf(context: PlanContext, reads: readonly Read[], rows: Rows, grain: Grain | 'none' | 'windows'): SliceKeys | null {
  if (grain === 'windows') return maskKeys(reads, rows, (read) => windowOf(context, read, rows))
  return distinctPredicates(reads).length === 1 ? null : maskKeys(reads, rows)
}

function windowOf(context: PlanContext, read: Read, rows: Rows): Expr | null {
  const { time } = read.measure
  if (time.kind !== 'event') throw new TypeError('Only events have windows of their own.')
  return within(timeColumn(rows.reach(time.dimension), context.facts), read.period)
}
