import type { RetentionAsk } from '../src/answer/types.ts'
import { KpiqlError } from '../src/base/errors.ts'
import type { Grain } from '../src/base/grain.ts'
import { formatInstant } from '../src/base/period.ts'
import type { Activity, RetentionMode } from '../src/model/types.ts'
import { askedActivity } from './activity-input.ts'
import type { CohortNode } from './cohort-node.ts'
import { checkLimit } from './limits.ts'
import type { ActivityInput } from './types/cohort-inputs.ts'
import type { Retention } from './types/retention.ts'
import { toPredicate } from './where.ts'

const MOST_PERIODS = 60

export interface RetentionAsked {
  readonly grain: Grain
  readonly periods: number
  readonly mode: RetentionMode
  readonly clock: 'calendar' | 'hours_24'
  readonly start: ActivityInput
  readonly activity: ActivityInput
  readonly brackets: readonly number[]
}

/** The retention matrix of a cohort's members. @throws KpiqlError `INVALID_LIMIT`, `RETENTION_INVALID`, and those of activities. */
export async function retentionOf({ entity, slice }: CohortNode, asked: RetentionAsked): Promise<Retention> {
  checkLimit('periods', asked.periods, MOST_PERIODS)
  checkBrackets(asked)
  const { where, session, predicate, options } = slice
  const read = ({ metric, where: narrowed }: ActivityInput, place: string): Activity => askedActivity(where.model, metric, toPredicate(narrowed, where), entity, place)
  const ask: RetentionAsk = {
    entity,
    predicate,
    period: slice.asked.period,
    unit: asked.grain,
    periods: asked.periods,
    mode: asked.mode,
    brackets: asked.brackets,
    clock: asked.clock,
    start: read(asked.start, 'start'),
    activity: read(asked.activity, 'activity'),
    cohortsAsOf: options.cohortsAsOf,
  }
  const { rows, average, unavailable, provenance } = await session.retention(ask)
  const { zone } = slice.asked.period
  return {
    rows: rows.map(({ bucket, size, cells, reason, remedy }) => ({
      cohortStart: formatInstant(bucket.startUtcMs, zone),
      cohortEnd: formatInstant(bucket.endUtcMs, zone),
      size,
      cells: cells.map(({ from, ...cell }) => ({ period: from, ...cell })),
      reason,
      remedy,
    })),
    average: average.map(({ from, ...rest }) => ({ period: from, ...rest })),
    asOf: formatInstant(provenance.asOfUtcMs, zone),
    stale: provenance.stale,
    reason: unavailable?.reason ?? null,
    remedy: unavailable?.remedy ?? null,
  }
}

function checkBrackets({ mode, brackets, periods }: RetentionAsked): void {
  if (mode !== 'bracket') {
    if (brackets.length > 0) throw invalid(`Brackets are given, but the mode is ${mode.toUpperCase()}.`, 'Ask mode: BRACKET, or leave the brackets out.')
    return
  }
  const rising = brackets.every((end, index) => end > (brackets[index - 1] ?? -1))
  const last = brackets.at(-1)
  if (last === undefined || !rising) throw invalid('BRACKET needs the last period of each range, rising.', 'Write brackets: [1, 3, 7].')
  if (last > periods) throw invalid(`The last bracket ends with period ${last}, but only ${periods} are asked.`, `Ask periods: ${last}.`)
}

function invalid(message: string, hint: string): KpiqlError {
  return new KpiqlError('RETENTION_INVALID', { message, hint })
}
