import { KpiqlError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Period } from '../base/period.ts'
import { stableHash } from '../base/stable-hash.ts'
import { dimensionsOf, predicateText } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { SemanticModel } from '../model/types.ts'
import { ZERO, amountOfPart, none } from '../plan/amount.ts'
import { axisOf, readOf } from '../plan/metrics/compile-node.ts'
import type { CompileContext, Compiled, Unavailable } from '../plan/metrics/compile-metric.ts'
import { modelsBehind, placePredicate, unreachable } from '../plan/membership/membership-reach.ts'
import { momentAt } from '../plan/membership/membership.ts'
import { groupId } from '../plan/read.ts'
import type { Measure, MeasureTime } from '../plan/read.ts'
import { semanticModelOf } from '../plan/relation.ts'
import { sliceName } from '../plan/metrics/require-dimensions.ts'
import { modelsTelling, notWhole } from '../plan/metrics/require-whole.ts'
import { memberMoment } from './member-moments.ts'
import { plannedAnswer } from './metric-question.ts'
import type { Question } from './question.ts'
import { resolveCohorts } from './resolve-cohorts.ts'
import type { MetricAnswer, SizeAsk } from './types.ts'

const DAY_MS = 86_400_000

/** The size of a slice, as a question. */
export function sizeQuestion({ entity, predicate, period, cohortsAsOf = 'period_end', rowsAsOf = 'period_end' }: SizeAsk): Question<MetricAnswer> {
  const { zone, startUtcMs, endUtcMs } = period
  return {
    key: ['size', entity, cohortsAsOf, rowsAsOf, zone, startUtcMs, endUtcMs, predicateText(predicate)].join('|'),
    slice: { predicate, period },
    plan: (context) => {
      const resolved = resolveCohorts(context, predicate, memberMoment(context, period, cohortsAsOf))
      return plannedAnswer(compileSize(context, entity, resolved, rowsAsOf === 'now' ? dayUntil(zone, context.nowUtcMs) : period), false)
    },
  }
}

function dayUntil(zone: string, nowUtcMs: number): Period {
  const [start, end] = [momentAt(zone, nowUtcMs - DAY_MS), momentAt(zone, nowUtcMs)]
  return { zone, startUtcMs: start.utcMs, startLocalMs: start.localMs, endUtcMs: end.utcMs, endLocalMs: end.localMs }
}

/**
 * How many entities a slice holds just before the period's end: distinct keys of the entity's primary table, of rows valid then.
 * Tables without `validity` count every row, whenever it came.
 */
function compileSize(context: CompileContext, entity: string, asked: Predicate, period: Period): Compiled | Unavailable {
  const buckets = axisOf(context, period, null)
  const { semanticModel, keyExpr } = primaryOf(context, entity)
  const missing = context.missing(semanticModel.name)
  if (missing) return { kind: 'unavailable', buckets, ...missing }
  const predicate = placePredicate(context, semanticModel.name, asked)
  for (const dimension of dimensionsOf(predicate)) {
    const fault = unreachable(context, semanticModel.name, dimension)
    if (fault?.kind === 'none') {
      return { kind: 'unavailable', buckets, reason: 'DIMENSION_NOT_AVAILABLE', remedy: `Entity "${entity}" cannot be sliced by ${sliceName(context, dimension)}: ${fault.reason}` }
    }
    if (fault !== null) throw new KpiqlError('JOIN_AMBIGUOUS', { message: fault.reason, hint: 'Give one of the dimensions a public_name.' })
    const behind = modelsBehind(context, semanticModel.name, dimension).map((name) => context.missing(name)).find((one) => one !== null)
    if (behind) return { kind: 'unavailable', buckets, ...behind }
  }
  const open = notWhole(context, [semanticModel.name, ...modelsTelling(context, semanticModel.name, dimensionsOf(predicate))])
  if (open) return { kind: 'unavailable', buckets, ...open }
  const time = momentOf(semanticModel)
  const measure: Measure = {
    kind: 'aggregate',
    id: stableHash([semanticModel.name, 'size', keyExpr, time]),
    semanticModel: semanticModel.name,
    agg: 'count_distinct',
    expr: keyExpr,
    percentile: null,
    money: false,
    time,
  }
  const read = readOf(measure, predicate, { period, grain: null, buckets, predicate, by: [] })
  const future = time.kind === 'stock' && period.startUtcMs > context.nowUtcMs
  return {
    kind: 'computed',
    buckets,
    reads: [read],
    partial: [period.endUtcMs > context.nowUtcMs],
    implementation: 0,
    evaluate: (resultOf) => {
      const part = resultOf(read).groups[0]?.parts[0]?.[0] ?? null
      return { groups: new Map([[groupId([]), []]]), at: () => [future ? none('AFTER_WATERMARK') : part === null ? ZERO : amountOfPart(part)] }
    },
  }
}

function momentOf(semanticModel: SemanticModel): MeasureTime {
  const { validity } = semanticModel
  if (validity === null) return { kind: 'timeless' }
  return { kind: 'stock', start: validity.start, end: validity.end, endInclusive: validity.endInclusive, asOf: 'period_end' }
}

/** The table in which an entity is primary, and its key. @throws KpiqlError `ENTITY_UNKNOWN`. */
export function primaryOf(context: CompileContext, entity: string): { readonly semanticModel: SemanticModel; readonly keyExpr: string } {
  const found = context.model.entities.get(entity)
  if (found === undefined) {
    throw new KpiqlError('ENTITY_UNKNOWN', {
      message: `Entity "${entity}" is not in the model.`,
      hint: `Closest: ${nearest(entity, context.model.entities.keys(), 3).join(', ') || 'none'}.`,
    })
  }
  if (found.primaryModel === null) {
    throw new KpiqlError('NOT_SUPPORTED', {
      message: `Entity "${entity}" has no table of its own in the model, so it cannot be counted.`,
      hint: `Add a semantic model in which "${entity}" is primary.`,
    })
  }
  const semanticModel = semanticModelOf(context.model, found.primaryModel)
  const link = semanticModel.entities.find((one) => one.entity === entity && one.type === 'primary')
  if (link === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `Entity "${entity}" lost its primary key.` })
  return { semanticModel, keyExpr: link.expr }
}
