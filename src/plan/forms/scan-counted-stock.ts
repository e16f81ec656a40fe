import type { MovementMeasure, Read, ReadGroup, ReadResult } from '../read.ts'
import { MOVEMENT_PARTS } from '../read.ts'
import { toNumber } from '../parts.ts'
import type { PlanContext } from '../rows.ts'
import type { Scan } from '../scan.ts'
import { movementScan } from '../movement/scan-movement.ts'

/**
 * Different keys among the rows that hold at the edges of buckets, from the changes that a rollup keeps by key: those of which rows
 * are left when what began and what ended by then is netted. It is the end (or the start) of a movement that counts rows.
 *
 * @param reads distinct counts of one stock and key.
 */
export function countedStockScan(context: PlanContext, reads: readonly Read[]): Scan {
  const [first] = reads
  if (first?.measure.time.kind !== 'stock' || first.measure.expr === null) throw new TypeError('Keys of a stock are counted here.')
  const { id, semanticModel, expr, time } = first.measure
  const { start, end, endInclusive } = time
  const measure: MovementMeasure = { kind: 'movement', id, semanticModel, entity: expr, only: null, expr, filter: { kind: 'all' }, money: false, validity: { start, end, endInclusive } }
  const scan = movementScan(context, reads.map((read) => ({ ...read, measure })), expr)
  const keys = MOVEMENT_PARTS.length + MOVEMENT_PARTS.indexOf(time.asOf === 'period_start' ? 'start' : 'end')
  return {
    ...scan,
    why: `changes of ${reads.length} slices and groupings netted per key and day: who has rows left is counted`,
    reads,
    fold: (columns, rowCount) => {
      const found = scan.fold(columns, rowCount)
      if ('next' in found) throw new TypeError('Movements are folded at once.')
      return found.map((result, index): ReadResult => ({ groups: groupsOf(context, reads[index] as Read, result, keys) }))
    },
  }
}

/** Counts where there are any; what lies in the future holds none yet. */
function groupsOf({ nowUtcMs }: PlanContext, { buckets, by }: Read, { groups }: ReadResult, keys: number): readonly ReadGroup[] {
  const counted = groups.map(({ values, parts }): ReadGroup => ({
    values,
    parts: parts.map((all, index) => {
      const count = all?.[keys] ?? null
      return count === null || toNumber(count) === 0 || (buckets[index]?.startUtcMs ?? 0) > nowUtcMs ? undefined : [count]
    }),
  }))
  return counted.filter(({ parts }) => by.length === 0 || parts.some((part) => part !== undefined))
}
