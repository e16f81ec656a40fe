import type { Predicate } from '../model/predicate.ts'
import type { MetricAsk } from '../plan/ask.ts'
import { compileMetric, liftPeriodKey } from '../plan/metrics/compile-metric.ts'
import type { Compiled, Unavailable } from '../plan/metrics/compile-metric.ts'
import { axisOf } from '../plan/metrics/compile-node.ts'
import type { CompileContext } from '../plan/metrics/compile-node.ts'
import { windowed } from '../plan/metrics/compile-inputs.ts'
import { endMoment, momentAt } from '../plan/membership/membership.ts'
import { resolveCohorts } from './resolve-cohorts.ts'

/** What a metric of a slice needs read, with who belongs to its cohorts decided as at the moment asked. Errors are those of compileMetric and resolveCohorts. */
export function compileAsk(context: CompileContext, ask: MetricAsk): Compiled | Unavailable {
  const { cohortsAsOf = 'period_end', period, predicate } = ask
  if (cohortsAsOf === 'each_bucket') return compileEachBucket(context, ask)
  const moment = cohortsAsOf === 'now' ? momentAt(period.zone, context.nowUtcMs) : endMoment(period, context.nowUtcMs)
  return compileMetric(context, { ...ask, predicate: resolveCohorts(context, predicate, moment) })
}

/** One ask a bucket, each over members of its own; their reads are fused like any others. */
function compileEachBucket(context: CompileContext, ask: MetricAsk): Compiled | Unavailable {
  const { period, predicate } = ask
  const { grain, by } = liftPeriodKey(ask)
  const buckets = axisOf(context, period, grain)
  const predicates = buckets.map((bucket): Predicate => resolveCohorts(context, predicate, endMoment({ ...bucket, zone: period.zone }, context.nowUtcMs)))
  const first = predicates[0] ?? predicate
  if (predicates.every((one) => one === first)) return compileMetric(context, { ...ask, predicate: first })
  const nodes: Compiled[] = []
  for (const [index, bucket] of buckets.entries()) {
    const { startUtcMs, startLocalMs } = ask.cumulative && bucket.startUtcMs < context.nowUtcMs ? period : bucket
    const { endUtcMs, endLocalMs } = bucket
    const node = compileMetric(context, { ...ask, by, grain: null, period: { zone: period.zone, startUtcMs, startLocalMs, endUtcMs, endLocalMs }, predicate: predicates[index] ?? predicate })
    if (node.kind === 'unavailable') return { ...node, buckets }
    nodes.push(node)
  }
  return { kind: 'computed', buckets, implementation: nodes[0]?.implementation ?? 0, ...windowed({ period, grain, buckets, predicate, by }, nodes) }
}
