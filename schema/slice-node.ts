import type { AnalyticsSession, SizeAnswer } from '../src/answer/types.ts'
import type { PeriodContext } from '../src/base/period.ts'
import { and } from '../src/model/predicate.ts'
import type { Predicate } from '../src/model/predicate.ts'
import type { CohortMoment } from '../src/plan/ask.ts'
import { askPeriod } from './ask-period.ts'
import type { AskedPeriod } from './ask-period.ts'
import type { KpiqlContext } from './context.ts'
import type { PeriodInput } from './types/inputs.ts'
import { inAllCohorts, toPredicate } from './where.ts'
import type { WhereContext } from './where-context.ts'

export interface SliceAsked {
  readonly key?: string | null | undefined
  readonly period: PeriodInput
  readonly where?: unknown
  readonly cohorts?: readonly string[] | null | undefined
  readonly timezone?: string | null | undefined
  readonly allowEstimates?: boolean | null | undefined
  readonly cohortsAsOf?: CohortMoment | null | undefined
}

/** How all metrics of a slice are asked. */
export interface SliceOptions {
  readonly allowEstimates: boolean
  readonly cohortsAsOf: CohortMoment
}

/** A slice of one request. Nothing of it has been read. */
export interface SliceNode {
  readonly key: string | null
  readonly asked: AskedPeriod
  readonly predicate: Predicate
  readonly options: SliceOptions
  readonly session: AnalyticsSession
  readonly where: WhereContext
}

/** @param timezone An IANA name; null is UTC. */
export function whereContext(context: KpiqlContext, session: AnalyticsSession, timezone: string | null | undefined): WhereContext {
  const period: PeriodContext = { nowUtcMs: session.nowUtcMs, zone: timezone ?? 'UTC', calendar: context.calendar }
  return { ...period, model: context.model, savedCohorts: context.savedCohorts }
}

/** @throws KpiqlError `INVALID_PERIOD`, `FILTER_INVALID`. Never touches a source. */
export function openSlice(context: KpiqlContext, session: AnalyticsSession, { key, period, where, cohorts, timezone, allowEstimates, cohortsAsOf }: SliceAsked): SliceNode {
  const within = whereContext(context, session, timezone)
  return {
    key: key ?? null,
    asked: askPeriod(period, within),
    predicate: and([toPredicate(where, within), inAllCohorts(cohorts)]),
    options: { allowEstimates: allowEstimates ?? false, cohortsAsOf: cohortsAsOf ?? 'period_end' },
    session,
    where: within,
  }
}

/** How many entities it holds just before the period's end. */
export function sizeOf({ session, predicate, asked, options }: SliceNode, entity: string): Promise<SizeAnswer> {
  return session.size({ entity, predicate, period: asked.period, cohortsAsOf: options.cohortsAsOf })
}

/** The rows of a slice that also meet this. @throws KpiqlError `FILTER_INVALID`. */
export function narrowSlice(slice: SliceNode, where: unknown, cohorts: readonly string[] | null | undefined): SliceNode {
  return { ...slice, predicate: and([slice.predicate, toPredicate(where, slice.where), inAllCohorts(cohorts)]) }
}
