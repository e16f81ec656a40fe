import { addLocal } from '../../base/civil-time.ts'
import { KpiqlError } from '../../base/errors.ts'
import { stableHash, stableText } from '../../base/stable-hash.ts'
import type { Predicate } from '../../model/predicate.ts'
import { requireActivity } from './activity-rows.ts'
import type { AskKey } from '../ask.ts'
import type { CompileContext } from './compile-node.ts'
import type { FunnelMeasure } from '../read.ts'
import { presentOf } from './retention-elapsed.ts'
import { requireOneSource } from './one-source.ts'
import { requireWhole } from './require-whole.ts'

const LEAST_STEPS = 2
const MOST_STEPS = 10

/**
 * A measure that can be planned.
 *
 * @param name What asks, for people.
 * @throws KpiqlError `FUNNEL_INVALID` for fewer than 2 or more than 10 steps, steps that are no events, an empty window, and one activity
 *   at two steps of an unordered funnel; `NOT_SUPPORTED` for two sources; `JOIN_AMBIGUOUS`. NotAvailable where a source is missing, or
 *   slices, groups or the entity are not reached.
 */
export function funnelMeasure(context: CompileContext, name: string, asked: Omit<FunnelMeasure, 'kind' | 'id' | 'semanticModel'>, predicate: Predicate, by: readonly AskKey[]): FunnelMeasure {
  const { steps, entity, within, order } = asked
  const [first] = steps
  if (first === undefined || steps.length < LEAST_STEPS || steps.length > MOST_STEPS) {
    throw new KpiqlError('FUNNEL_INVALID', { message: `A funnel has ${LEAST_STEPS} to ${MOST_STEPS} steps, not ${steps.length}.`, hint: 'One event alone is a metric.' })
  }
  if (!Number.isSafeInteger(within.count) || within.count < 1) {
    throw new KpiqlError('FUNNEL_INVALID', { message: `A funnel's window is at least 1 ${within.unit}, not ${within.count}.`, hint: 'Write how long the way from the first step to the last may take, like 7 days.' })
  }
  const lasting = steps.find(({ time }) => time.kind === 'interval')
  if (lasting) throw new KpiqlError('FUNNEL_INVALID', { message: `"${lasting.metric}" holds over time; a step is an event.`, hint: 'Name a metric that counts events.' })
  if (order === 'unordered' && new Set(steps.map(({ semanticModel, filter, time }) => stableText([semanticModel, filter, time]))).size < steps.length) {
    throw new KpiqlError('FUNNEL_INVALID', { message: 'An unordered funnel takes each activity once.', hint: 'Ask an ordered one to tell the first from the second time.' })
  }
  requireOneSource(context, steps)
  requireWhole(context, steps.map(({ semanticModel }) => semanticModel))
  steps.forEach((step, index) => requireActivity(context, { name }, step, entity, index === 0 ? by : [], index === 0 ? [predicate] : []))
  return { ...asked, kind: 'funnel', id: stableHash(['funnel', asked]), semanticModel: first.semanticModel }
}

/** Whether attempts opened before a moment may still get further, by the clock, the watermarks of all steps or what may arrive late. */
export function isFunnelOpen(context: CompileContext, { steps, within }: Pick<FunnelMeasure, 'steps' | 'within'>, endUtcMs: number): boolean {
  const { settledUtcMs } = presentOf(context, steps.map(({ semanticModel }) => semanticModel))
  return addLocal(endUtcMs, within.count, within.unit) > settledUtcMs
}
