import type { Bucket } from '../base/bucket.ts'
import type { Period } from '../base/period.ts'
import type { CohortMoment } from '../plan/ask.ts'
import { endMoment, momentAt } from '../plan/membership/membership.ts'
import type { Moment } from '../plan/membership/membership.ts'
import type { PlanContext } from '../plan/rows.ts'

/** When membership of cohorts is decided for a question without buckets. */
export function memberMoment({ nowUtcMs }: Pick<PlanContext, 'nowUtcMs'>, period: Period, asOf: CohortMoment): Moment {
  return asOf === 'now' ? momentAt(period.zone, nowUtcMs) : endMoment(period, nowUtcMs)
}

/** When membership of cohorts is decided: one moment for all buckets, or with `each_bucket` one for each. */
export function memberMoments(context: PlanContext, period: Period, buckets: readonly Bucket[], asOf: CohortMoment): readonly Moment[] {
  if (asOf === 'each_bucket' && buckets.length > 0) return buckets.map((bucket) => endMoment({ ...bucket, zone: period.zone }, context.nowUtcMs))
  return [memberMoment(context, period, asOf)]
}
