import { KpiqlError } from '../../base/errors.ts'
import { GRAINS } from '../../base/grain.ts'
import type { Grain } from '../../base/grain.ts'
import { stableHash } from '../../base/stable-hash.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { Activity } from '../../model/types.ts'
import { eventTime, requireActivity } from './activity-rows.ts'
import type { AskKey } from '../ask.ts'
import type { CompileContext } from './compile-node.ts'
import { requireOneSource } from './one-source.ts'
import { requireWhole } from './require-whole.ts'
import type { MeasureTime, RetentionMeasure } from '../read.ts'
import { periodSeconds } from '../retention/retention-spans.ts'

/**
 * A measure that can be planned.
 *
 * @param name What asks, for people.
 * @throws KpiqlError `RETENTION_INVALID` for units without days or, by hours, of no fixed length; `GRAIN_TOO_FINE`; `NOT_SUPPORTED` for two
 *   sources; `JOIN_AMBIGUOUS`. NotAvailable where a source is missing, or slices or the entity are not reached.
 */
export function retentionMeasure(context: CompileContext, name: string, asked: Omit<RetentionMeasure, 'kind' | 'id' | 'semanticModel'>, predicate: Predicate, by: readonly AskKey[]): RetentionMeasure {
  const { start, activity, entity, unit, clock } = asked
  requireUnit(unit, clock)
  requireOneSource(context, [start, activity])
  requireActivity(context, { name }, start, entity, by, [predicate])
  requireActivity(context, { name }, activity, entity, [], [])
  requireWhole(context, [start.semanticModel, activity.semanticModel])
  for (const one of [start, activity]) requireGrain(context, one, unit)
  return { ...asked, kind: 'retention', id: stableHash(['retention', asked]), semanticModel: start.semanticModel }
}

/** The moment at which a row of an activity happens, or begins to hold. */
export function momentOfActivity(context: CompileContext, { semanticModel, time }: Activity): MeasureTime & { kind: 'event' } {
  return eventTime(context.model, semanticModel, time.kind === 'interval' ? time.start : time.dimension)
}

function requireUnit(unit: Grain, clock: RetentionMeasure['clock']): void {
  if (unit === 'minute' || unit === 'hour') {
    throw new KpiqlError('RETENTION_INVALID', { message: `Retention cannot be told by the ${unit}.`, hint: 'Ask days, weeks, months, quarters or years.' })
  }
  if (clock === 'hours_24' && periodSeconds(unit) === null) {
    throw new KpiqlError('RETENTION_INVALID', { message: `A ${unit} is no fixed number of hours.`, hint: 'Count by HOURS_24 in days or weeks, or by CALENDAR.' })
  }
}

function requireGrain(context: CompileContext, activity: Activity, unit: Grain): void {
  const { granularity } = momentOfActivity(context, activity)
  if (granularity === null || GRAINS.indexOf(unit) >= GRAINS.indexOf(granularity)) return
  throw new KpiqlError('GRAIN_TOO_FINE', {
    message: `"${activity.metric}" is recorded by the ${granularity}; retention by the ${unit} cannot be told of it.`,
    hint: `Ask for ${granularity} or coarser.`,
    data: { finestGrain: granularity.toUpperCase() },
  })
}
