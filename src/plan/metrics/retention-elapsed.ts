import type { Bucket } from '../../base/bucket.ts'
import { addLocal, truncateLocal } from '../../base/civil-time.ts'
import { utcMsOf } from '../../base/time-zone.ts'
import type { CompileContext } from './compile-node.ts'
import type { RetentionMeasure } from '../read.ts'
import { semanticModelOf } from '../relation.ts'
import { periodSeconds } from '../retention/retention-spans.ts'
import type { PeriodRange } from '../retention/retention-units.ts'

export interface Elapsed {
  /** Some of the range has elapsed for the earliest start of the bucket. */
  readonly begun: boolean
  /**
   * All of it has elapsed for the latest, by the clock, the watermarks of both activities and what may still arrive late. Of an open
   * range its first period: what comes later may still raise it.
   */
  readonly complete: boolean
}

/** How far a range of periods has elapsed for the starts of a bucket. */
export function elapsedOf(context: CompileContext, measure: Pick<RetentionMeasure, 'start' | 'activity' | 'unit' | 'clock'>, zone: string, bucket: Bucket, { from, to }: PeriodRange): Elapsed {
  const { knownUtcMs, settledUtcMs } = presentOf(context, [measure.start.semanticModel, measure.activity.semanticModel])
  const beyond = (to ?? from) + 1
  if (measure.clock === 'hours_24') {
    const lengthMs = (periodSeconds(measure.unit) ?? 0) * 1000
    return { begun: bucket.startUtcMs + from * lengthMs < knownUtcMs, complete: bucket.endUtcMs + beyond * lengthMs <= settledUtcMs }
  }
  const unitAfter = (localMs: number, count: number): number => utcMsOf(zone, addLocal(truncateLocal(localMs, measure.unit, context.calendar), count, measure.unit))
  const begins = Math.max(bucket.startUtcMs, unitAfter(bucket.startLocalMs, from))
  return { begun: begins < knownUtcMs, complete: unitAfter(bucket.endLocalMs - 1, beyond) <= settledUtcMs }
}

/** Up to when all these semantic models are known, and up to when nothing of theirs changes any more. UTC ms. */
export function presentOf(context: CompileContext, semanticModels: readonly string[]): { readonly knownUtcMs: number; readonly settledUtcMs: number } {
  const known = semanticModels.map((name) => Math.min(context.nowUtcMs, context.coverage.watermarkUtcMs(name) ?? Number.POSITIVE_INFINITY))
  const settled = semanticModels.map((name, index) => (known[index] ?? context.nowUtcMs) - semanticModelOf(context.model, name).lateArrivalMs)
  return { knownUtcMs: Math.min(...known), settledUtcMs: Math.min(...settled) }
}
