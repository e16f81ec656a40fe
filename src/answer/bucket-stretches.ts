import { bucketsOf } from '../base/bucket.ts'
import type { Bucket } from '../base/bucket.ts'
import { addLocal, truncateLocal } from '../base/civil-time.ts'
import type { Calendar, Grain } from '../base/grain.ts'
import { localMsAt, utcMsOf } from '../base/time-zone.ts'

/** Days, one after the other, or one longer stretch: months that are over, which others may have read one by one, or the rest. */
export interface Stretch {
  readonly kind: 'days' | 'over' | 'rest'
  readonly buckets: readonly Bucket[]
}

/** As many buckets as a series may have. */
const MOST = 10_000

/**
 * A bucket that reaches to the present day or beyond, cut into what is over and can be kept, and the rest: the whole months before the present
 * one together, the days before the present day, and what begins with it. Together they cover the bucket exactly. The days before the first whole
 * month are kept one by one too, since a period of the last so many days begins a day later tomorrow.
 *
 * @param grain of the bucket; null for the whole of a period.
 * @returns null where the bucket ends before today, has not begun before it, or is of a day or less.
 */
export function stretchesOf(bucket: Bucket, grain: Grain | null, zone: string, calendar: Calendar, nowUtcMs: number): readonly Stretch[] | null {
  if (grain === 'day' || grain === 'hour' || grain === 'minute') return null
  const edgeAt = (localMs: number): Edge => ({ localMs, utcMs: utcMsOf(zone, localMs) })
  const localNowMs = localMsAt(zone, nowUtcMs)
  const today = edgeAt(truncateLocal(localNowMs, 'day', calendar))
  const start = { localMs: bucket.startLocalMs, utcMs: bucket.startUtcMs }
  const end = { localMs: bucket.endLocalMs, utcMs: bucket.endUtcMs }
  if (start.utcMs >= today.utcMs || end.utcMs < today.utcMs) return null
  const days = (from: Edge, to: Edge): readonly Stretch[] => {
    const buckets = from.utcMs >= to.utcMs ? [] : bucketsOf({ zone, ...spanOf(from, to) }, 'day', calendar, MOST)
    return buckets.length === 0 ? [] : [{ kind: 'days', buckets }]
  }
  const whole = (kind: 'over' | 'rest', from: Edge, to: Edge): readonly Stretch[] => (from.utcMs >= to.utcMs ? [] : [{ kind, buckets: [{ ...spanOf(from, to), cut: true, key: from.localMs / 1000 }] }])
  const month = edgeAt(truncateLocal(localNowMs, 'month', calendar))
  const firstMonth = truncateLocal(start.localMs, 'month', calendar)
  const wholeFrom = firstMonth === start.localMs ? start : edgeAt(addLocal(firstMonth, 1, 'month'))
  if (wholeFrom.utcMs >= month.utcMs) return [...days(start, today), ...whole('rest', today, end)]
  return [...days(start, wholeFrom), ...whole('over', wholeFrom, month), ...days(month, today), ...whole('rest', today, end)]
}

interface Edge {
  readonly utcMs: number
  readonly localMs: number
}

function spanOf(start: Edge, end: Edge): Pick<Bucket, 'startUtcMs' | 'startLocalMs' | 'endUtcMs' | 'endLocalMs'> {
  return { startUtcMs: start.utcMs, startLocalMs: start.localMs, endUtcMs: end.utcMs, endLocalMs: end.localMs }
}
