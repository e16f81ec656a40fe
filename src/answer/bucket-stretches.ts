import { bucketsOf } from '../base/bucket.ts'
import type { Bucket } from '../base/bucket.ts'
import { truncateLocal } from '../base/civil-time.ts'
import type { Calendar, Grain } from '../base/grain.ts'
import { localMsAt, utcMsOf } from '../base/time-zone.ts'

/** Buckets of one grain, one after the other; null for a single one that is no calendar's. */
export interface Stretch {
  readonly grain: Grain | null
  readonly buckets: readonly Bucket[]
}

/** As many buckets as a series may have. */
const MOST = 10_000

/**
 * A bucket that is not over, cut into what is over and can be kept, and the rest: the months before the present one, the days
 * before the present day, and what begins with it. Together they cover the bucket exactly.
 *
 * @param grain of the bucket; null for the whole of a period.
 * @returns null where the bucket is over, has not begun before today, or is a day or less.
 */
export function stretchesOf(bucket: Bucket, grain: Grain | null, zone: string, calendar: Calendar, nowUtcMs: number): readonly Stretch[] | null {
  if (grain === 'day' || grain === 'hour' || grain === 'minute' || bucket.endUtcMs < nowUtcMs) return null
  const localNowMs = localMsAt(zone, nowUtcMs)
  const todayLocalMs = truncateLocal(localNowMs, 'day', calendar)
  const today = { localMs: todayLocalMs, utcMs: utcMsOf(zone, todayLocalMs) }
  const start = { localMs: bucket.startLocalMs, utcMs: bucket.startUtcMs }
  const end = { localMs: bucket.endLocalMs, utcMs: bucket.endUtcMs }
  if (start.utcMs >= today.utcMs || today.utcMs >= end.utcMs) return null
  const monthLocalMs = truncateLocal(localNowMs, 'month', calendar)
  const month = { localMs: monthLocalMs, utcMs: utcMsOf(zone, monthLocalMs) }
  // A week may begin in the month before; its days are its own.
  const daysFrom = grain === 'week' || month.utcMs <= start.utcMs ? start : month
  const between = (from: Edge, to: Edge, step: Grain): readonly Stretch[] => {
    const buckets = bucketsOf({ zone, ...spanOf(from, to) }, step, calendar, MOST)
    return buckets.length === 0 ? [] : [{ grain: step, buckets }]
  }
  const rest: Stretch = { grain: null, buckets: [{ ...spanOf(today, end), cut: true, key: today.localMs / 1000 }] }
  return [...between(start, daysFrom, 'month'), ...between(daysFrom, today, 'day'), rest]
}

interface Edge {
  readonly utcMs: number
  readonly localMs: number
}

function spanOf(start: Edge, end: Edge): Pick<Bucket, 'startUtcMs' | 'startLocalMs' | 'endUtcMs' | 'endLocalMs'> {
  return { startUtcMs: start.utcMs, startLocalMs: start.localMs, endUtcMs: end.utcMs, endLocalMs: end.localMs }
}
