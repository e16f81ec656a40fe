import { stableText } from '../base/stable-hash.ts'
import { predicateText, simplify } from '../model/predicate.ts'
import type { Activity } from '../model/types.ts'
import type { AskKey } from '../plan/ask.ts'
import { NotAvailable, axisOf, readOf } from '../plan/metrics/compile-node.ts'
import type { CompileContext } from '../plan/metrics/compile-node.ts'
import { coverageOf } from '../plan/metrics/coverage.ts'
import { funnelMeasure, isFunnelOpen } from '../plan/metrics/funnel-measure.ts'
import { placePredicate } from '../plan/membership/membership-reach.ts'
import { toNumber } from '../plan/parts.ts'
import type { FunnelMeasure, Part } from '../plan/read.ts'
import { momentOfActivity } from '../plan/metrics/retention-measure.ts'
import { memberMoments } from './member-moments.ts'
import type { Asking, PlannedQuestion, Question } from './question.ts'
import { resolveCohorts } from './resolve-cohorts.ts'
import { compareValues } from './to-cell.ts'
import type { FunnelAnswer, FunnelAsk, FunnelStep } from './types.ts'

/**
 * How far entities come through the steps of an ask. Each counts once: by the attempt that opens in the period, in the slice, and
 * gets furthest, of several the earliest; groups are told by the event that opened it, so that they add up to the whole. The largest
 * comes first.
 */
export function funnelOf(session: Asking, ask: FunnelAsk): Promise<FunnelAnswer> {
  return session.ask(funnelQuestion(ask))
}

function funnelQuestion(ask: FunnelAsk): Question<FunnelAnswer> {
  const { predicate, period, ...rest } = ask
  const { zone, startUtcMs, endUtcMs } = period
  return {
    key: ['funnel', zone, startUtcMs, endUtcMs, predicateText(predicate), stableText(rest)].join('|'),
    slice: { predicate, period },
    plan: (context) => {
      try {
        return planned(context, ask)
      } catch (error) {
        if (!(error instanceof NotAvailable)) throw error
        return unavailable(error)
      }
    },
  }
}

function unavailable({ reason, remedy }: Pick<NotAvailable, 'reason' | 'remedy'>): PlannedQuestion<FunnelAnswer> {
  return { reads: [], finish: (_, provenance) => ({ groups: [], partial: false, unavailable: { reason, remedy }, provenance }) }
}

function planned(context: CompileContext, ask: FunnelAsk): PlannedQuestion<FunnelAnswer> {
  const { period, entity, within, order } = ask
  const buckets = axisOf(context, period, null)
  const [moment] = memberMoments(context, period, [], ask.cohortsAsOf)
  if (moment === undefined) throw new TypeError('A question needs a moment.')
  const predicate = simplify(placePredicate(context, ask.steps[0]?.semanticModel ?? '', resolveCohorts(context, ask.predicate, moment)))
  const steps = ask.steps.map((step): Activity => ({ ...step, filter: simplify(resolveCohorts(context, step.filter, moment)) }))
  const by: readonly AskKey[] = ask.by === null ? [] : [{ kind: 'dimension', dimension: ask.by }]
  const name = `funnel from ${ask.steps[0]?.metric ?? ''}`
  const measure = funnelMeasure(context, name, { entity, steps, within, order }, predicate, by)
  const first = steps[0] as Activity
  const leaf = { period, grain: null, buckets, predicate, by }
  const [known = null] = coverageOf(context, { name }, { time: momentOfActivity(context, first), semanticModel: first.semanticModel }, leaf).covered
  if (known?.reason) return unavailable({ reason: known.reason, remedy: known.remedy ?? '' })
  const read = readOf(measure, predicate, leaf)
  return {
    reads: [read],
    finish: (resultOf, provenance) => {
      const groups = resultOf(read).groups.map(({ values: [value = null], parts }) => ({ value, steps: stepsOf(ask, measure, parts[0]) }))
      return { groups: groups.toSorted((a, b) => (b.steps[0]?.count ?? 0) - (a.steps[0]?.count ?? 0) || compareValues(a.value, b.value)), partial: isFunnelOpen(context, measure, period.endUtcMs), unavailable: null, provenance }
    },
  }
}

/** Parts: counts of all steps, then the medians between them. */
function stepsOf(ask: FunnelAsk, { steps }: FunnelMeasure, parts: readonly Part[] | undefined): readonly FunnelStep[] {
  const numbers = (parts ?? []).map((part) => (part === null ? null : toNumber(part)))
  const counts = steps.map((_, index) => numbers[index] ?? 0)
  const share = (count: number, of: number): number | null => (of === 0 ? null : (100 * count) / of)
  return ask.steps.map((activity, index) => {
    const count = counts[index] ?? 0
    return {
      activity,
      count,
      conversion: share(count, counts[0] ?? 0),
      fromPrevious: index === 0 ? null : share(count, counts[index - 1] ?? 0),
      medianSeconds: index === 0 ? null : (numbers[steps.length + index - 1] ?? null),
    }
  })
}
