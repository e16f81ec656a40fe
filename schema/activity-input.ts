import { KpiqlError } from '../src/base/errors.ts'
import { activityOf } from '../src/model/activity.ts'
import { dimensionsOf } from '../src/model/predicate.ts'
import type { Predicate } from '../src/model/predicate.ts'
import { faultOfReach } from '../src/model/reach.ts'
import type { Activity, Model } from '../src/model/types.ts'

/**
 * An activity that a question names by a metric.
 *
 * @param narrowed Rows of it that count.
 * @param entity Whose activity it is; null where that is not known yet.
 * @param path Names the place in errors.
 * @throws KpiqlError `METRIC_UNKNOWN`, `NOT_SUPPORTED`, `JOIN_AMBIGUOUS`; `FILTER_INVALID` where its rows do not reach what `narrowed` tests.
 */
export function askedActivity(model: Model, metric: string, narrowed: Predicate, entity: string | null, path: string): Activity {
  const activity = placed(path, () => activityOf(model, metric, narrowed, entity))
  for (const dimension of dimensionsOf(narrowed)) {
    const fault = faultOfReach(model, activity.semanticModel, dimension)
    if (fault) throw new KpiqlError('FILTER_INVALID', { message: `${path}.where: ${fault.message}`, hint: fault.hint ?? 'Test dimensions of the metric’s own rows, or of what they are joined to.' })
  }
  return activity
}

function placed<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof KpiqlError)) throw error
    throw new KpiqlError(error.code, { message: `${path}: ${error.message}`, hint: error.hint, data: error.data, cause: error })
  }
}
