import { aggregate, column, select, small } from '../../sql/tree.ts'
import type { Expr, OutputColumn, Query } from '../../sql/tree.ts'
import { withNamed } from '../carried.ts'
import { ReadFold } from '../fold.ts'
import { partValue } from '../parts.ts'
import type { Read, ReadResult, RetentionMeasure } from '../read.ts'
import { followByBits } from './retention-bits.ts'
import { followBySpans, periodSeconds } from './retention-spans.ts'
import { retentionPlan } from './retention-start.ts'
import type { Followed, RetentionPlan } from './retention-start.ts'
import { distinctRanges, fitWord, lastPeriod, rangeId, unitEdges } from './retention-units.ts'
import type { PeriodRange } from './retention-units.ts'
import { axisFor } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import type { Scan, ScanColumn, ScanValue } from '../scan.ts'
import { WORD_BITS, hasBit } from '../forms/slice-keys.ts'
import { within } from '../time-column.ts'

const COUNTED = 'counted'

/**
 * Sizes and activity of starts, for any number of slices, ranges and axes at once. All reads share start, activity, unit, clock and
 * group keys. An entity is of the slices, and in the groups, of the rows of its first start moment, one or several.
 */
export function retentionScan(context: PlanContext, reads: readonly Read<RetentionMeasure>[]): Scan {
  const plan = retentionPlan(context, reads)
  const ranges = distinctRanges(reads.map(({ measure }) => measure))
  const { followed, why } = follow(plan, ranges)
  const axis = axisFor(context, followed.first, reads)
  if (axis === null) throw new TypeError('These reads share no bucket column.')

  const kinds: ScanColumn[] = []
  const inner: OutputColumn[] = []
  const outer: OutputColumn[] = []
  const key = (expr: Expr, kind: ScanColumn, as: string, shown: (of: Expr) => Expr = (of) => of): number => {
    inner.push({ expr, as })
    kinds.push(kind)
    return outer.push({ expr: shown(column(COUNTED, as)), as }) - 1
  }
  const bucket = axis === 'none' ? null : axis.isMoment ? key(axis.expr, 'seconds', 'bucket', (of) => ({ kind: 'epoch', of })) : key(axis.expr, 'id', 'bucket')
  const slices = sliceMasks(followed).map((expr, index) => key(expr, 'integer', `slices_${index + 1}`))
  const keys = plan.start.keys.map((planned, index) => ({ planned, at: key(followed.keys[index] as Expr, planned.kind, `key_${index + 1}`) }))
  const groupBy = inner.map(({ as }) => column(COUNTED, as))
  const words = followed.words.map((expr, index) => {
    const as = `active_${index + 1}`
    inner.push({ expr, as })
    return column(COUNTED, as)
  })
  const count = (filter: Expr | null, as: string): number => {
    kinds.push('number')
    return outer.push({ expr: aggregate({ name: 'count' }, null, filter), as }) - 1
  }
  const size = count(null, 'size')
  const actives = new Map(ranges.map((range, index) => [rangeId(range), count(followed.isActive(index, words), `range_${index + 1}`)]))

  const only = plan.slices.length === 1 ? (followed.isOfSlice[0] ?? null) : null
  const isInside = within(followed.first, plan.span)
  const entities = select({ columns: inner.length > 0 ? inner : [{ expr: small(1), as: 'one' }], from: followed.from, where: only === null ? isInside : { kind: 'and', of: [isInside, only] } })
  const body: Query = select({ columns: outer, from: { kind: 'query', query: entities, as: COUNTED }, groupBy })
  const bucketOf = reads.map((read) => (axis === 'none' ? () => 0 : axis.bucketOf(read)))

  return {
    semanticModel: plan.measure.semanticModel,
    form: 'retention',
    why,
    query: withNamed(followed.tables, body),
    columns: kinds,
    reads,
    fold: (data, rowCount) => {
      const folds = reads.map((read) => new ReadFold(read, [size, ...read.measure.ranges].map(() => 'add' as const)))
      const at = (index: number, row: number): ScanValue => data[index]?.[row] ?? null
      for (let row = 0; row < rowCount; row++) {
        const masks = slices.map((index) => at(index, row))
        const values = keys.map(({ planned, at: index }) => planned.decode(at(index, row)))
        plan.slices.forEach((slice, position) => {
          if (masks.length > 0 && !hasBit(masks, position)) return
          for (const index of slice.reads) {
            const found = bucket === null ? 0 : (bucketOf[index]?.(at(bucket, row)) ?? -1)
            if (found < 0) continue
            const { ranges: wanted = [] } = reads[index]?.measure ?? {}
            folds[index]?.add(values, found, [size, ...wanted.map((range) => actives.get(rangeId(range)) ?? -1)].map((part) => partValue(at(part, row))))
          }
        })
      }
      return folds.map((fold): ReadResult => fold.result())
    },
  }
}

function follow(plan: RetentionPlan, ranges: readonly PeriodRange[]): { readonly followed: Followed; readonly why: string } {
  const { measure, span, context } = plan
  if (measure.clock === 'hours_24') {
    const seconds = periodSeconds(measure.unit)
    if (seconds === null) throw new TypeError(`A ${measure.unit} has no number of hours.`)
    return { followed: followBySpans(plan, ranges, { kind: 'elapsed', periodSeconds: seconds }), why: `periods of ${seconds} seconds from the moment of each start` }
  }
  const edges = unitEdges(span, measure.unit, lastPeriod(ranges), context.calendar)
  if (fitWord(edges)) return { followed: followByBits(plan, ranges, edges), why: `${edges.length - 1} ${measure.unit}s as bits per entity` }
  return { followed: followBySpans(plan, ranges, { kind: 'units', edges }), why: `${edges.length - 1} ${measure.unit}s are too many for bits, so each is met with the start of its entity` }
}

/** Bits of the slices an entity is of; no column where there is one slice, or all are everything. */
function sliceMasks({ isOfSlice }: Followed): readonly Expr[] {
  if (isOfSlice.length === 1) return []
  return Array.from({ length: Math.ceil(isOfSlice.length / WORD_BITS) }, (_, word): Expr => {
    const bits = isOfSlice.slice(word * WORD_BITS, (word + 1) * WORD_BITS).map((when, bit): Expr => (when === null ? { kind: 'integer', value: 1n << BigInt(bit) } : { kind: 'bit_when', bit, when }))
    const [only] = bits
    return bits.length === 1 && only !== undefined ? only : { kind: 'sum_of', of: bits }
  })
}
