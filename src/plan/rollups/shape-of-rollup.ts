import { localMsAt } from '../../base/time-zone.ts'
import { stableText } from '../../base/stable-hash.ts'
import { findEntityPath } from '../../model/join-path.ts'
import { dimensionsOf } from '../../model/predicate.ts'
import type { Model, Rollup } from '../../model/types.ts'
import { compileMetric } from '../metrics/compile-metric.ts'
import { isMembership } from '../membership/membership.ts'
import { familyOf, partsWithin } from '../parts.ts'
import type { AnyRead, Measure } from '../read.ts'
import type { PlanContext } from '../rows.ts'
import { isReadOf, needsOf } from './needs-of-measure.ts'
import type { Needs } from './needs-of-measure.ts'
import { CHANGED_ROWS, knownOf } from './rollup.ts'
import type { RollupShape, RollupTime, StoredPart } from './rollup.ts'

const DAY_MS = 86_400_000

/** What a declared rollup keeps, and which of its metrics it cannot serve. */
export interface ShapedRollup {
  /** Null where none of its metrics can be served. */
  readonly shape: RollupShape | null
  /** Aggregates it keeps the parts of. */
  readonly measures: readonly Measure[]
  readonly unserved: readonly { readonly metric: string; readonly why: string }[]
}

/**
 * Works out what a rollup must keep so that its metrics can be answered by its dimensions: the statistics of their aggregates, the
 * dimensions their filters test, and the keys they count. Every metric is tried as a plain total, as the model defines it.
 */
export function shapeOfRollup(context: PlanContext, rollup: Rollup): ShapedRollup {
  const unserved: { metric: string; why: string }[] = []
  const served: Served[] = []
  let time: RollupTime | null = null
  for (const metric of rollup.metrics) {
    const own = plainReads(context, metric).filter(({ measure }) => isReadOf(measure, rollup.semanticModel))
    if (own.length === 0) unserved.push({ metric, why: `it reads nothing of "${rollup.semanticModel}"` })
    for (const { measure, predicate, by } of own) {
      const needs = needsOf(context, measure, rollup.semanticModel)
      if (typeof needs === 'string') unserved.push({ metric, why: needs })
      else if (needs.time !== null && time !== null && stableText(needs.time) !== stableText(time)) unserved.push({ metric, why: 'its rows lie in time by another dimension than those of the metrics before it' })
      else {
        time ??= needs.time
        const tested = needs.tested.flatMap((filter) => [...dimensionsOf(filter)])
        // Amounts of several currencies are told apart, whatever is asked.
        const asked = [...dimensionsOf(predicate), ...by.flatMap((key) => (key.kind === 'dimension' ? [key.dimension] : []))]
        served.push({ ...needs, names: measure.semanticModel === rollup.semanticModel ? [...asked, ...tested] : tested })
      }
    }
  }
  if (time === null || served.length === 0) return { shape: null, measures: [], unserved }
  return { shape: shapeFor(context, rollup, time, served), measures: served.flatMap(({ measures }) => measures), unserved }
}

interface Served extends Pick<Needs, 'entities' | 'measures'> {
  readonly names: readonly string[]
}

function shapeFor(context: PlanContext, rollup: Rollup, time: RollupTime, served: readonly Served[]): RollupShape {
  const { semanticModel } = rollup
  const moments = time.kind === 'event' ? [time.dimension] : []
  const dimensions = [...new Set([...rollup.dimensions, ...served.flatMap(({ names }) => names)])].filter((name) => !isMembership(name) && !moments.includes(name))
  const entities = [...new Set([...rollup.entities, ...served.flatMap((one) => one.entities)])].map((entity, index) => ({ entity, column: `entity_${index + 1}` }))
  const columnOf = new Map(entities.flatMap(({ entity, column }) => ownKey(context.model, semanticModel, entity).map((expr) => [expr, column] as const)))
  const measures = served.flatMap((one) => one.measures)
  const counted = [...new Set(measures.flatMap((measure) => (familyOf(measure) === 'distinct' && measure.expr !== null ? [measure.expr] : [])))]
  const keys = counted.map((expr, index) => ({ expr, column: columnOf.get(expr) ?? `key_${index + 1}` }))
  return {
    name: rollup.name,
    semanticModel,
    time,
    grain: rollup.grain,
    zone: rollup.zone,
    dimensions: dimensions.map((name, index) => ({ name, column: `dimension_${index + 1}` })),
    entities,
    keys,
    parts: partsFor(context, time, measures),
  }
}

function partsFor(context: PlanContext, time: RollupTime, measures: readonly Measure[]): readonly StoredPart[] {
  const parts = new Map<string, Omit<StoredPart, 'column'>>()
  for (const measure of measures) {
    if (familyOf(measure) !== 'additive') continue
    for (const { id, fn } of partsWithin(measure, context.facts)) {
      parts.set(id, { id, fn, type: typeOf(fn) })
      if (time.kind === 'stock' && fn.name === 'sum') parts.set(knownOf(id), { id: knownOf(id), fn: { name: 'count' }, type: 'integer' })
    }
  }
  if (time.kind === 'stock') parts.set(CHANGED_ROWS, { id: CHANGED_ROWS, fn: { name: 'count' }, type: 'integer' })
  return [...parts.values()].map((part, index) => ({ ...part, column: `part_${index + 1}` }))
}

function typeOf(fn: StoredPart['fn']): StoredPart['type'] {
  if (fn.name === 'count') return 'integer'
  if (fn.name === 'sum_float') return 'float'
  return fn.name === 'sum' ? (fn.of ?? null) : null
}

/** The expression of an entity's key in the semantic model itself; none where it is only reached by joins. */
function ownKey(model: Model, semanticModel: string, entity: string): readonly string[] {
  const found = findEntityPath(model, semanticModel, entity)
  return found.kind === 'path' && found.path.steps.length === 0 ? [found.path.expr] : []
}

/** The reads of a metric's plain total over a time long gone, whatever data there is. @throws KpiqlError where the metric cannot be asked so. */
export function plainReads(context: PlanContext, metric: string): readonly AnyRead[] {
  const endUtcMs = Math.floor(context.nowUtcMs / DAY_MS - 1) * DAY_MS
  const zone = 'UTC'
  const startUtcMs = endUtcMs - 366 * DAY_MS
  const period = { zone, startUtcMs, endUtcMs, startLocalMs: localMsAt(zone, startUtcMs), endLocalMs: localMsAt(zone, endUtcMs) }
  // Windows and periods that follow the total lie in the past, however long they are.
  const nowUtcMs = context.nowUtcMs + 100 * 366 * DAY_MS
  const compiled = compileMetric({ ...context, nowUtcMs, coverage: { first: () => null, wantedFromUtcMs: () => null, watermarkUtcMs: () => null, backfill: () => null }, missing: () => null }, { metric, predicate: { kind: 'all' }, period, grain: null, by: [] })
  return compiled.kind === 'computed' ? compiled.reads : []
}
