import type { Bucket } from '../../base/bucket.ts'
import { truncateLocal } from '../../base/civil-time.ts'
import { KpiqlError } from '../../base/errors.ts'
import { GRAINS } from '../../base/grain.ts'
import type { DatePart, Grain } from '../../base/grain.ts'
import type { Metric, SemanticModel } from '../../model/types.ts'
import { none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import type { CompileContext, Leaf } from './compile-node.ts'
import type { Measure, MeasureTime } from '../read.ts'
import type { Reason } from '../reason.ts'
import { semanticModelOf } from '../relation.ts'
import { backfilling } from './require-whole.ts'

/** Nobody's clock is further ahead of UTC; a table's dates may be of any zone. */
const FARTHEST_ZONE_MS = 14 * 3_600_000

/** What is known before reading: buckets without data are null for a reason, others may still be open. */
export function coverageOf(context: CompileContext, metric: Pick<Metric, 'name'>, measure: Pick<Measure, 'time' | 'semanticModel'>, leaf: Leaf): { covered: readonly (Amount | null)[]; partial: readonly boolean[] } {
  const { time, semanticModel } = measure
  const source = semanticModelOf(context.model, semanticModel)
  const completeUtcMs = Math.min(context.nowUtcMs, context.coverage.watermarkUtcMs(semanticModel) ?? Number.POSITIVE_INFINITY)
  const openFromUtcMs = completeUtcMs - source.lateArrivalMs
  const granularity = recordedGrain(source, time)
  requireGrain(metric, time, granularity, leaf)
  const firstName = time.kind === 'event' || time.kind === 'semi_additive' ? time.dimension : time.kind === 'stock' ? time.start : null
  const first = firstName === null ? null : context.coverage.first(semanticModel, firstName)
  const isReadBack = readBack(context, measure)
  const wantedFromUtcMs = context.coverage.wantedFromUtcMs(semanticModel) ?? Number.NEGATIVE_INFINITY
  // The day from which on a tool is wanted begins at midnight UTC.
  const begunBefore = (bucket: Bucket): boolean => bucket.startUtcMs < wantedFromUtcMs
  const covered = leaf.buckets.map((bucket): Amount | null => {
    if (time.kind === 'timeless') return isReadBack(bucket) ? null : none(...toldOf(semanticModel))
    if (bucket.startUtcMs >= completeUtcMs) return none('AFTER_WATERMARK', 'The period has not begun in the data. Ask an earlier one, or refresh the source.')
    if (!isReadBack(bucket)) return none(...toldOf(semanticModel))
    if (first !== null && (first.kind === 'date' ? bucket.endLocalMs : bucket.endUtcMs) <= first.ms) {
      return none('BEFORE_FIRST_DATA', `The data of "${semanticModel}" begins later. Load its history, or ask a later period.`)
    }
    if (begunBefore(bucket) && bucket.endUtcMs <= wantedFromUtcMs + FARTHEST_ZONE_MS) {
      return none('BEFORE_FIRST_DATA', `The data of "${semanticModel}" is synced from a later day on. Name an earlier one in \`sync: { since }\` of its source, or ask a later period.`)
    }
    if (granularity !== null && GRAINS.indexOf(granularity) > GRAINS.indexOf('day') && cuts(context, bucket, granularity)) {
      return none('PERIOD_CUTS_FACTS', `The facts behind "${metric.name}" are recorded by the ${granularity} and are not prorated. Ask whole ${granularity}s.`)
    }
    return null
  })
  // A bucket that the period cuts holds a part of what its name promises.
  const isCut = (bucket: Bucket): boolean => leaf.grain !== null && bucket.cut
  return { covered, partial: leaf.buckets.map((bucket) => time.kind !== 'timeless' && (bucket.endUtcMs > openFromUtcMs || isCut(bucket) || (time.kind !== 'stock' && begunBefore(bucket)))) }
}

const toldOf = (semanticModel: string): [Reason, string] => {
  const { reason, remedy } = backfilling(semanticModel)
  return [reason, remedy]
}

/**
 * Whether all rows that a bucket takes have been read, while the first reading of a table goes on. What happens is there from some
 * moment on; what holds over time, or whenever, only once the table is whole.
 */
export function readBack({ coverage, model }: Pick<CompileContext, 'coverage' | 'model'>, { time, semanticModel }: Pick<Measure, 'time' | 'semanticModel'>): (bucket: Pick<Bucket, 'startUtcMs' | 'startLocalMs'>) => boolean {
  const backfill = coverage.backfill(semanticModel)
  if (backfill === null) return () => true
  const { completeFromUtcMs } = backfill
  if (completeFromUtcMs === null || (time.kind !== 'event' && time.kind !== 'semi_additive')) return () => false
  const { dimension } = time
  const isDate = semanticModelOf(model, semanticModel).dimensions.some(({ publicName, kind }) => publicName === dimension && kind === 'date')
  return isDate ? ({ startLocalMs }) => startLocalMs >= completeFromUtcMs + FARTHEST_ZONE_MS : ({ startUtcMs }) => startUtcMs >= completeFromUtcMs
}

/** The grain in which facts are recorded; null where nothing is said of it. A stock's average is made of daily closes. */
function recordedGrain(semanticModel: SemanticModel, time: MeasureTime): Grain | null {
  if (time.kind === 'timeless') return null
  if (time.kind !== 'stock') return time.granularity
  const start = semanticModel.dimensions.find(({ publicName }) => publicName === time.start)?.granularity ?? null
  return time.asOf === 'average' && (start === null || GRAINS.indexOf(start) < GRAINS.indexOf('day')) ? 'day' : start
}

export const GRAIN_OF_PART = {
  hour_of_day: 'hour',
  day_of_week: 'day',
  day_of_month: 'day',
  week_of_year: 'week',
  month_of_year: 'month',
  quarter_of_year: 'quarter',
  year: 'year',
} as const satisfies Record<DatePart, Grain>

/** @throws KpiqlError `GRAIN_TOO_FINE` for series and date parts finer than the facts, `GROUPING_INVALID` for date parts of a stock. */
function requireGrain(metric: Pick<Metric, 'name'>, time: MeasureTime, granularity: Grain | null, leaf: Leaf): void {
  const parts = leaf.by.flatMap((key) => (key.kind === 'date_part' && key.dimension === null ? [key.part] : []))
  if (parts.length > 0 && (time.kind === 'stock' || time.kind === 'timeless')) {
    throw new KpiqlError('GROUPING_INVALID', {
      message: `Metric "${metric.name}" is taken at the end of each bucket; its rows have no moment to take a ${parts.join(' or ')} of.`,
      hint: 'Ask a series at a grain, or group by a part of a time dimension by its own name.',
    })
  }
  if (granularity === null) return
  const tooFine = [...(leaf.grain === null ? [] : [leaf.grain]), ...parts.map((part) => GRAIN_OF_PART[part])].find((grain) => GRAINS.indexOf(grain) < GRAINS.indexOf(granularity))
  if (tooFine === undefined) return
  throw new KpiqlError('GRAIN_TOO_FINE', {
    message: `Metric "${metric.name}" is recorded by the ${granularity}; it cannot be told by the ${tooFine}.`,
    hint: `Ask for ${granularity} or coarser.`,
    data: { finestGrain: granularity.toUpperCase() },
  })
}

function cuts(context: CompileContext, bucket: Bucket, granularity: Grain): boolean {
  return [bucket.startLocalMs, bucket.endLocalMs].some((ms) => truncateLocal(ms, granularity, context.calendar) !== ms)
}
