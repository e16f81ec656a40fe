import type { Bucket } from '../../base/bucket.ts'
import { addLocal, truncateLocal } from '../../base/civil-time.ts'
import { KpiqlError } from '../../base/errors.ts'
import { GRAINS } from '../../base/grain.ts'
import type { Grain } from '../../base/grain.ts'
import { localMsAt, utcMsOf } from '../../base/time-zone.ts'
import type { Activity, ActiveMetric, Metric } from '../../model/types.ts'
import { none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { activityTime } from '../metrics/activity-rows.ts'
import type { CompileContext, Leaf } from '../metrics/compile-node.ts'
import { coverageOf, readBack } from '../metrics/coverage.ts'
import { semanticModelOf } from '../relation.ts'
import { backfilling } from '../metrics/require-whole.ts'
import { SUB_DAY, ceilDay } from '../time-column.ts'

/** The trailing window of each bucket, and what is known of it before reading. */
export interface ActiveWindows {
  /** One a bucket: `[start of the window, end of the bucket's last day)`, whole local days; empty where nothing is to be read. */
  readonly windows: readonly Bucket[]
  /** Why there is no value; null where there is one. */
  readonly covered: readonly (Amount | null)[]
  readonly partial: readonly boolean[]
}

/**
 * The last day of a bucket is that of its last moment, of a running one that of the present of the clock or of the data, whichever
 * is earlier; months are subtracted by the calendar.
 *
 * @throws KpiqlError `GRAIN_TOO_FINE` for series finer than days; `MODEL_INVALID` for windows finer than days.
 */
export function activeWindows(context: CompileContext, metric: Metric, { activity, window }: ActiveMetric, leaf: Leaf): ActiveWindows {
  requireDays(metric, window.unit, leaf.grain)
  const { zone } = leaf.period
  const { semanticModel } = activity
  const rows = { time: activityTime(context.model, activity), semanticModel }
  const { covered, partial } = coverageOf(context, metric, rows, leaf)
  const [isReadBack, open] = [readBack(context, rows), backfilling(semanticModel)]
  const completeUtcMs = Math.min(context.nowUtcMs, context.coverage.watermarkUtcMs(semanticModel) ?? Number.POSITIVE_INFINITY)
  const openFromUtcMs = completeUtcMs - semanticModelOf(context.model, semanticModel).lateArrivalMs
  const firstDayLocalMs = firstDayOf(context, activity, zone)
  const found = leaf.buckets.map((bucket, index): { window: Bucket; amount: Amount | null } => {
    const lastDayEndLocalMs = ceilDay(bucket.endUtcMs <= completeUtcMs ? bucket.endLocalMs : localMsAt(zone, completeUtcMs))
    const startLocalMs = addLocal(lastDayEndLocalMs, -window.count, window.unit)
    const startUtcMs = utcMsOf(zone, startLocalMs)
    const amount = covered[index] ?? (isReadBack({ startUtcMs, startLocalMs }) ? uncovered(context, metric, activity, [startLocalMs, lastDayEndLocalMs], firstDayLocalMs) : none(open.reason, open.remedy))
    const bounds = { startUtcMs, startLocalMs, endUtcMs: utcMsOf(zone, lastDayEndLocalMs), endLocalMs: lastDayEndLocalMs }
    const empty = { startUtcMs: bounds.endUtcMs, startLocalMs: lastDayEndLocalMs }
    return { window: { ...bucket, ...bounds, ...(amount === null ? {} : empty) }, amount }
  })
  return {
    windows: found.map(({ window: { startUtcMs, startLocalMs, endUtcMs, endLocalMs, cut, key } }) => ({ startUtcMs, endUtcMs, startLocalMs, endLocalMs, cut, key })),
    covered: found.map(({ amount }) => amount),
    partial: found.map(({ window: { endUtcMs } }, index) => (partial[index] ?? false) || endUtcMs > openFromUtcMs),
  }
}

function requireDays(metric: Metric, unit: Grain, grain: Grain | null): void {
  if (SUB_DAY.has(unit)) {
    throw new KpiqlError('MODEL_INVALID', { message: `Metric "${metric.name}" has a window in ${unit}s.`, hint: 'Windows of actives are whole days, weeks, months, quarters or years.' })
  }
  if (grain === null || !SUB_DAY.has(grain)) return
  throw new KpiqlError('GRAIN_TOO_FINE', {
    message: `Metric "${metric.name}" counts over windows of whole days; it cannot be told by the ${grain}.`,
    hint: 'Ask for day or coarser.',
    data: { finestGrain: 'DAY' },
  })
}

/** Local midnight of the day with the first data; null where that is not known. */
function firstDayOf(context: CompileContext, { semanticModel, time }: Activity, zone: string): number | null {
  const first = context.coverage.first(semanticModel, time.kind === 'event' ? time.dimension : time.start)
  if (first === null) return null
  return truncateLocal(first.kind === 'date' ? first.ms : localMsAt(zone, first.ms), 'day', context.calendar)
}

function uncovered(context: CompileContext, metric: Metric, activity: Activity, window: readonly [number, number], firstDayLocalMs: number | null): Amount | null {
  const { semanticModel } = activity
  if (firstDayLocalMs !== null && window[0] < firstDayLocalMs) {
    return none('WINDOW_NOT_COVERED', `The window of "${metric.name}" begins before the data of "${semanticModel}". Load its history, or ask a later period.`)
  }
  const time = activityTime(context.model, activity)
  const granularity = time.kind === 'event' ? time.granularity : null
  if (granularity === null || GRAINS.indexOf(granularity) <= GRAINS.indexOf('day') || window.every((ms) => truncateLocal(ms, granularity, context.calendar) === ms)) return null
  return none('PERIOD_CUTS_FACTS', `The facts behind "${metric.name}" are recorded by the ${granularity}, and its window is not made of whole ${granularity}s.`)
}
