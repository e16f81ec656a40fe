import type { FunnelAsk } from '../src/answer/types.ts'
import { KpiqlError } from '../src/base/errors.ts'
import { formatInstant } from '../src/base/period.ts'
import type { Interval } from '../src/model/interval.ts'
import { findEntityPath } from '../src/model/join-path.ts'
import type { Activity, FunnelOrder, Model } from '../src/model/types.ts'
import { askedActivity } from './activity-input.ts'
import { showPeriod } from './ask-period.ts'
import { checkSpan } from './check-span.ts'
import { PERIOD_DIMENSION } from './placeholders.ts'
import type { SliceNode } from './slice-node.ts'
import type { FunnelStepInput, FunnelType } from './types/funnel.ts'
import { toPredicate } from './where.ts'

const MOST_STEPS = 10

export interface FunnelAsked {
  readonly steps: readonly FunnelStepInput[]
  readonly within: Interval
  readonly order: FunnelOrder
  readonly by: string | null
  readonly entity: string | null
}

/** A funnel of a slice. @throws KpiqlError `FUNNEL_INVALID`, and those of activities and filters. */
export async function funnelOf(slice: SliceNode, { steps, within, order, by, entity }: FunnelAsked): Promise<FunnelType> {
  if (steps.length < 2 || steps.length > MOST_STEPS) throw invalid(`A funnel has 2 to ${MOST_STEPS} steps, not ${steps.length}.`, 'One event alone is a metric.')
  checkSpan(within, 'FUNNEL_INVALID', 'within')
  if (by === PERIOD_DIMENSION) throw invalid('A funnel is not told by PERIOD.', 'Define a metric of type funnel and ask its series.')
  const { where, session, predicate, options, asked } = slice
  const read = ({ metric, where: narrowed }: FunnelStepInput, index: number, of: string | null): Activity => askedActivity(where.model, metric, toPredicate(narrowed, where), of, `steps[${index}]`)
  const followed = entity ?? sharedEntity(where.model, steps.map((step, index) => read(step, index, null)))
  const activities = steps.map((step, index) => read(step, index, followed))
  const ask: FunnelAsk = { entity: followed, steps: activities, within, order, predicate, period: asked.period, by, cohortsAsOf: options.cohortsAsOf }
  const { groups, partial, unavailable, provenance } = await session.funnel(ask)
  const labels = steps.map(({ label, metric }) => label ?? where.model.metrics.get(metric)?.label ?? metric)
  return {
    entity: followed,
    period: showPeriod(asked.period),
    groups: groups.map(({ value, steps: counted }) => ({
      value,
      steps: counted.map(({ activity, ...step }, index) => ({ ...step, metric: activity.metric, label: labels[index] ?? activity.metric })),
      conversion: counted.at(-1)?.conversion ?? null,
    })),
    partial,
    asOf: formatInstant(provenance.asOfUtcMs, asked.period.zone),
    stale: provenance.stale,
    reason: unavailable?.reason ?? null,
    remedy: unavailable?.remedy ?? null,
  }
}

/** The one entity that every step can be told by and that has a table of its own; the events themselves do not count: an entity whose own table is every step. */
function sharedEntity(model: Model, steps: readonly Activity[]): string {
  const candidates = [...model.entities.values()].filter(({ name, primaryModel }) =>
    steps.some(({ semanticModel }) => semanticModel !== primaryModel) && steps.every(({ semanticModel }) => findEntityPath(model, semanticModel, name).kind === 'path'),
  )
  const own = candidates.filter(({ primaryModel }) => primaryModel !== null)
  const [only, ...others] = own.length > 0 ? own : candidates
  if (only && others.length === 0) return only.name
  const names = [...(only ? [only] : []), ...others].map(({ enumName }) => enumName)
  throw invalid(names.length === 0 ? 'The steps share no entity.' : `The steps share several entities: ${names.join(', ')}.`, names.length === 0 ? 'Choose steps whose rows carry the key of one entity, like a user or a customer.' : `Name what goes through the funnel: entity: ${names.join(' or ')}.`)
}

function invalid(message: string, hint: string): KpiqlError {
  return new KpiqlError('FUNNEL_INVALID', { message, hint })
}
