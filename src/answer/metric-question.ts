import { predicateText } from '../model/predicate.ts'
import type { MetricAsk } from '../plan/ask.ts'
import type { Compiled, Unavailable } from '../plan/metrics/compile-metric.ts'
import { groupKeyId } from '../plan/group-keys.ts'
import { compileAsk } from './compile-ask.ts'
import type { PlannedQuestion, Question } from './question.ts'
import { computedAnswer, unavailableAnswer } from './to-cell.ts'
import type { MetricAnswer } from './types.ts'

/** A metric of a slice, as a question. */
export function metricQuestion(ask: MetricAsk): Question<MetricAnswer> {
  const { metric, predicate, period, grain, by, allowEstimates = false, cumulative = false, cohortsAsOf = 'period_end' } = ask
  const { zone, startUtcMs, endUtcMs } = period
  const grouped = by.some((key) => !(key.kind === 'time' && key.dimension === null))
  return {
    key: ['metric', metric, grain ?? '', by.map(groupKeyId).join('&'), allowEstimates, cumulative, cohortsAsOf, zone, startUtcMs, endUtcMs, predicateText(predicate)].join('|'),
    slice: { predicate, period },
    plan: (context) => plannedAnswer(compileAsk(context, ask), grouped),
  }
}

/** The answer of something compiled, once its reads are there. */
export function plannedAnswer(compiled: Compiled | Unavailable, grouped: boolean): PlannedQuestion<MetricAnswer> {
  if (compiled.kind === 'unavailable') return { reads: [], finish: (_, provenance) => unavailableAnswer(compiled, grouped, provenance) }
  return { reads: compiled.reads, finish: (resultOf, provenance) => computedAnswer(compiled, resultOf, grouped, provenance) }
}
