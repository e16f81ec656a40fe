import type { GroupSlots } from '../../../connectors/contract.ts'
import type { AskKey } from '../ask.ts'
import type { Facts } from '../facts.ts'
import type { MeasureTime, Read } from '../read.ts'
import { spanOf } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import type { Reach } from '../predicate-sql.ts'
import { narrowing, rangeShare, selectivity } from './narrowing.ts'
import { distinctPredicates } from './slice-keys.ts'

/**
 * Slots a row from which making and looking through them costs more than hashing saves: of 10 million rows by users and months 0.9 took
 * 650 ms in place of 1,365, 1.7 took 1,022 in place of 2,138; of a week's 150,000 rows 3.5 took 16 in place of 12, and 28 took 175 in
 * place of 21. Rows of late are mostly more than an even share of all.
 */
const MOST_A_ROW = 3

/**
 * For groups of whole numbers whose bounds are known: how many slots it would take to have one for each combination. Undefined where
 * some bound is unknown, or the slots are many for the rows expected.
 *
 * @param spreads of each group column, from its smallest number to its largest; null where they are unknown.
 * @param bytes of a slot.
 */
export function groupSlots(context: PlanContext, reads: readonly Read[], reach: Reach, spreads: readonly (number | null)[], bytes: number): GroupSlots | undefined {
  if (spreads.includes(null)) return undefined
  // One more for null, and numbers are counted from 1.
  const bits = spreads.reduce<number>((sum, spread) => sum + Math.floor(Math.log2((spread ?? 0) + 2)) + 1, 0)
  const rows = rowsExpected(context, reads, reach)
  return rows === null || 2 ** bits > rows * MOST_A_ROW ? undefined : { bits, bytes }
}

/** Of a plain column of whole numbers. */
export function spreadOf(facts: Facts, semanticModel: string, expr: string): number | null {
  if (facts.columnType(semanticModel, expr) !== 'integer') return null
  const bounds = facts.range(semanticModel, expr)
  const [from, to] = [Number(bounds?.min ?? Number.NaN), Number(bounds?.max ?? Number.NaN)]
  return Number.isSafeInteger(from) && Number.isSafeInteger(to) ? to - from : null
}

/** Of a dimension of whole numbers that is grouped by as it stands. */
export function spreadOfKey(facts: Facts, reach: Reach, key: AskKey): number | null {
  if (key.kind !== 'dimension') return null
  const { home, dimension } = reach(key.dimension)
  return dimension.kind === 'integer' ? spreadOf(facts, home, dimension.expr) : null
}

/** Bytes that an OR of so many bits takes, with the mark whether there was any. */
export function bytesOfBits(bits: number): number {
  return bits <= SMALL_WORD_BITS ? 8 : 16
}

/** Bits of a whole number of 32 bits without its sign. */
const SMALL_WORD_BITS = 31

/** Of numbers that stand for the stretches between all edges of the reads' buckets. */
export function spreadOfBuckets(reads: readonly Read[]): number {
  return new Set(reads.flatMap(({ buckets }) => buckets.flatMap(({ startUtcMs, endUtcMs }) => [startUtcMs, endUtcMs]))).size - 2
}

/** Share of the table's time from which its values are taken for all there are. */
const MOST_OF_TIME = 0.5

/** Whether statements of these reads look through most of the table: no test leaves rows out, and their time is most of its time. */
export function readMost(context: PlanContext, reads: readonly Read[], reach: Reach): boolean {
  const { time } = reads[0]?.measure ?? { time: null }
  if (narrowing(reads, reach, context) !== null) return false
  return time?.kind === 'timeless' || (time?.kind === 'event' && (shareOfTime(context, reads, reach, time) ?? 0) >= MOST_OF_TIME)
}

function rowsExpected(context: PlanContext, reads: readonly Read[], reach: Reach): number | null {
  const { semanticModel, time } = reads[0]?.measure ?? { semanticModel: '', time: null }
  const rows = context.facts.rows(semanticModel)
  if (rows === null) return null
  if (time?.kind !== 'event') return rows
  const kept = narrowing(reads, reach, context) === null ? 1 : Math.min(1, distinctPredicates(reads).reduce((sum, { predicate }) => sum + selectivity(predicate, reach, context), 0))
  return rows * (shareOfTime(context, reads, reach, time) ?? 1) * kept
}

/** As if rows lay evenly; null where the bounds of the time are unknown. */
function shareOfTime({ facts }: PlanContext, reads: readonly Read[], reach: Reach, time: MeasureTime & { kind: 'event' }): number | null {
  const { home, dimension } = reach(time.dimension)
  const { startUtcMs, endUtcMs } = spanOf(reads)
  return rangeShare({ op: 'range', from: { value: textOf(startUtcMs), inclusive: true }, to: { value: textOf(endUtcMs), inclusive: false } }, dimension.kind, facts.range(home, dimension.expr))
}

const textOf = (utcMs: number): string => new Date(utcMs).toISOString()
