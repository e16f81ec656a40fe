import { KpiqlError } from '../../base/errors.ts'
import { stableHash } from '../../base/stable-hash.ts'
import { utcMsOf } from '../../base/time-zone.ts'
import { and, simplify } from '../../model/predicate.ts'
import { FOLLOWED_COMPONENTS } from '../../model/types.ts'
import type { FollowedComponent, Metric, MovementComponent, MovementMetric } from '../../model/types.ts'
import { ZERO, amountOfPart, combine, none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { NotAvailable, readOf } from './compile-node.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'
import { coverageOf } from './coverage.ts'
import { CLASSES } from '../movement/movement-flows.ts'
import type { ChangeClass } from '../movement/movement-flows.ts'
import { followedEdges } from '../movement/movement-history.ts'
import type { StockMeasure } from '../movement/movement-history.ts'
import { followedByCurrency, movedByCurrency, movementCurrency } from './movement-currencies.ts'
import { MOVEMENT_PARTS, groupId } from '../read.ts'
import type { Part, Read } from '../read.ts'
import { semanticModelOf } from '../relation.ts'
import { requireDimensions } from './require-dimensions.ts'
import { SUB_DAY } from '../time-column.ts'

/**
 * A component of a stock's movement. Where the data covers a bucket and nothing is held or moves, it is 0.
 *
 * @throws KpiqlError `GRAIN_TOO_FINE` below days, `MODEL_INVALID`; NotAvailable where dimensions or the entity cannot be reached.
 */
export function compileMovement(context: CompileContext, metric: Metric, definition: MovementMetric, leaf: Leaf): Node {
  const missing = context.missing(definition.semanticModel)
  if (missing) throw new NotAvailable(missing.reason, missing.remedy)
  requireDays(metric, leaf)
  requireDimensions(context, metric, definition.semanticModel, and([leaf.predicate, definition.filter]), [...leaf.by, { kind: 'entity', entity: definition.entity }])
  const measure = measureFor(context, metric, definition, leaf)
  const predicate = simplify(leaf.predicate)
  const read = readOf(measure, predicate, leaf)
  const { covered, partial } = coverageOf(context, metric, { semanticModel: measure.semanticModel, time: { kind: 'stock', ...measure.validity, asOf: 'period_end' } }, leaf)
  const known = measure.kind === 'followed' ? covered.map((amount, index) => amount ?? beforeData(context, read, index)) : covered
  if (predicate.kind === 'none' || (leaf.by.length === 0 && known.every((amount) => amount !== null))) {
    const empty = known.map((amount) => amount ?? ZERO)
    return { reads: [], partial, evaluate: () => ({ groups: new Map(), at: () => empty }) }
  }
  const currency = movementCurrency(metric, definition)
  if (currency !== null) {
    const narrowed = { ...leaf, predicate }
    const node = measure.kind === 'movement' ? movedByCurrency(context, definition, measure, currency, narrowed) : followedByCurrency(context, definition, measure, currency, narrowed)
    return {
      reads: node.reads,
      partial,
      evaluate: (resultOf) => {
        const { groups, at } = node.evaluate(resultOf)
        return { groups, at: (id) => at(id).map((amount, index) => known[index] ?? amount) }
      },
    }
  }
  const pick = pickOf(definition)
  return {
    reads: [read],
    partial,
    evaluate: (resultOf) => {
      const found = new Map(resultOf(read).groups.map((group) => [groupId(group.values), group]))
      return {
        groups: new Map([...found].map(([id, { values }]) => [id, values])),
        at: (id) => leaf.buckets.map((_, index) => known[index] ?? pick(found.get(id)?.parts[index])),
      }
    },
  }
}

/** Changes are netted by the day; there is nothing finer. */
function requireDays(metric: Metric, leaf: Leaf): void {
  if (leaf.grain === null || !SUB_DAY.has(leaf.grain)) return
  throw new KpiqlError('GRAIN_TOO_FINE', {
    message: `Metric "${metric.name}" nets the changes of a day; it cannot be told by the ${leaf.grain}.`,
    hint: 'Ask for day or coarser.',
    data: { finestGrain: 'DAY' },
  })
}

/** Told by the entity itself, a flow concerns few of those that hold. Of several currencies one flow is made of others. */
function measureFor(context: CompileContext, metric: Metric, definition: MovementMetric, leaf: Leaf): StockMeasure {
  const measure = measureOf(context, metric, definition)
  const { component } = definition
  const isByItself = leaf.by.some((key) => key.kind === 'entity' && key.entity === definition.entity)
  if (measure.kind !== 'movement' || !isByItself || !isFlow(component) || movementCurrency(metric, definition) !== null) return measure
  return { ...measure, only: component, id: stableHash([measure.id, component]) }
}

const measures = new WeakMap<MovementMetric, StockMeasure>()

function measureOf(context: CompileContext, metric: Metric, definition: MovementMetric): StockMeasure {
  const made = measures.get(definition)
  if (made) return made
  const { semanticModel, entity, expr, filter, window } = definition
  const { validity } = semanticModelOf(context.model, semanticModel)
  if (validity === null) {
    throw new KpiqlError('MODEL_INVALID', { message: `Metric "${metric.name}" follows a stock, but "${semanticModel}" has no validity.`, hint: `Set validity on "${semanticModel}".` })
  }
  if (window !== null && SUB_DAY.has(window.unit)) {
    throw new KpiqlError('MODEL_INVALID', { message: `Metric "${metric.name}" has a window of ${window.count} ${window.unit}s; stocks are followed by the day.`, hint: 'Use days or longer units.' })
  }
  const common = { semanticModel, entity, expr, filter: simplify(filter), money: metric.unit === 'currency', validity }
  const measure: StockMeasure =
    window === null ? { ...common, kind: 'movement', only: null, id: stableHash(['movement', common]) } : { ...common, kind: 'followed', window, apart: movementCurrency(metric, definition), id: stableHash(['followed', common, window, movementCurrency(metric, definition)]) }
  measures.set(definition, measure)
  return measure
}

/** Why a bucket's window cannot be followed: nothing is known of its start. */
function beforeData(context: CompileContext, read: Read<StockMeasure>, index: number): Amount | null {
  const { measure, period } = read
  if (measure.kind !== 'followed') return null
  const first = context.coverage.first(measure.semanticModel, measure.validity.start)
  if (first === null) return null
  const { localMs } = followedEdges(context, read, index, measure.window).start
  if ((first.kind === 'date' ? localMs : utcMsOf(period.zone, localMs)) > first.ms) return null
  return none('WINDOW_NOT_COVERED', `The data of "${measure.semanticModel}" does not reach ${measure.window.count} ${measure.window.unit}s back from the end of the period. Load its history, or ask a later period.`)
}

/** How a component follows from the parts of a read. */
function pickOf({ component, of }: MovementMetric): (parts: readonly Part[] | undefined) => Amount {
  const at = (parts: readonly Part[] | undefined, index: number): Amount => (parts === undefined ? ZERO : amountOfPart(parts[index] ?? 0n))
  if (isFollowed(component)) {
    const index = FOLLOWED_COMPONENTS.indexOf(component) + (of === 'entities' ? FOLLOWED_COMPONENTS.length : 0)
    return (parts) => at(parts, index)
  }
  // One currency throughout: nothing changes but what customers hold.
  if (component === 'fx') return () => ZERO
  const place = (part: Exclude<MovementComponent, 'fx' | 'net'>): number => MOVEMENT_PARTS.indexOf(part) + (of === 'entities' ? MOVEMENT_PARTS.length : 0)
  if (component === 'net') return (parts) => combine(at(parts, place('end')), at(parts, place('start')), '-')
  const index = place(component)
  return (parts) => at(parts, index)
}

function isFlow(component: MovementMetric['component']): component is ChangeClass & MovementComponent {
  return component in CLASSES
}

function isFollowed(component: MovementMetric['component']): component is FollowedComponent {
  return (FOLLOWED_COMPONENTS as readonly string[]).includes(component)
}
