import { bucketsOf } from '../base/bucket.ts'
import type { Bucket } from '../base/bucket.ts'
import { addLocal, truncateLocal } from '../base/civil-time.ts'
import { KpiqlError } from '../base/errors.ts'
import { GRAINS } from '../base/grain.ts'
import type { DatePart, Grain } from '../base/grain.ts'
import { periodFromLocal, shiftPeriod } from '../base/period.ts'
import type { Period } from '../base/period.ts'
import { stableHash } from '../base/stable-hash.ts'
import { utcMsOf } from '../base/time-zone.ts'
import { findJoinPath } from '../model/join-path.ts'
import { and, dimensionsOf, predicateText, simplify } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { CumulativeMetric, DerivedMetric, Metric, MetricDefinition, MetricInput, RatioMetric, SemanticModel, SimpleMetric } from '../model/types.ts'
import { ZERO, amountOfPart, amountOfText, combine, divide, evaluateFormula, none } from './amount.ts'
import type { Amount } from './amount.ts'
import type { GroupKey, MetricAsk } from './ask.ts'
import { groupKeyId } from './group-keys.ts'
import { groupId } from './read.ts'
import type { Measure, MeasureTime, Part, Read, ReadResult } from './read.ts'
import type { Reason } from './reason.ts'
import { semanticModelOf } from './relation.ts'
import type { PlanContext } from './rows.ts'

/** Most buckets a single series may have. */
export const MAX_BUCKETS = 10_000

/** From when until when a semantic model has data, as far as that is known. */
export interface Coverage {
  /** First moment with data of a time dimension: local ms for dates, UTC ms for timestamps; null unknown. */
  first(semanticModel: string, dimension: string): { readonly kind: 'date' | 'timestamp'; readonly ms: number } | null
  /** UTC ms up to which data is complete. */
  watermarkUtcMs(semanticModel: string): number | null
}

export interface CompileContext extends PlanContext {
  readonly coverage: Coverage
  /** Null when the model's source can be asked; otherwise why not, and what to do. */
  missing(semanticModel: string): { readonly reason: Reason; readonly remedy: string } | null
}

/** Amounts by group and bucket. */
export interface Evaluated {
  readonly groups: ReadonlyMap<string, readonly (string | number | boolean | null)[]>
  /** One amount a bucket; also for groups without rows. */
  at(group: string): readonly Amount[]
}

export interface Compiled {
  readonly kind: 'computed'
  readonly buckets: readonly Bucket[]
  readonly reads: readonly Read[]
  /** Buckets still open, by the clock or by the data of any part. */
  readonly partial: readonly boolean[]
  /** Position of the implementation used. */
  readonly implementation: number
  evaluate(resultOf: (read: Read) => ReadResult): Evaluated
}

export interface Unavailable {
  readonly kind: 'unavailable'
  readonly buckets: readonly Bucket[]
  readonly reason: Reason
  readonly remedy: string
}

/** A question as it goes down into the inputs of a metric: the axis stays, filters gather. */
interface Leaf {
  readonly period: Period
  readonly grain: Grain | null
  readonly buckets: readonly Bucket[]
  readonly predicate: Predicate
  readonly by: readonly GroupKey[]
}

type Node = Omit<Compiled, 'buckets' | 'kind' | 'implementation'>

/** Thrown inside, caught where implementations are tried: not an error for callers but a reason for a null. */
class NotAvailable extends Error {
  readonly reason: Reason
  readonly remedy: string

  constructor(reason: Reason, remedy: string) {
    super(remedy)
    this.reason = reason
    this.remedy = remedy
  }
}

/**
 * What a metric needs read, and how its number follows. The first implementation that can be answered is taken.
 *
 * @throws KpiqlError `METRIC_UNKNOWN`, `TOO_MANY_POINTS`, `GRAIN_TOO_FINE`, `JOIN_AMBIGUOUS`, `NOT_SUPPORTED`.
 */
export function compileMetric(context: CompileContext, asked: MetricAsk): Compiled | Unavailable {
  const { grain, by } = liftPeriodKey(asked)
  const buckets = axisOf(context, asked.period, grain)
  const leaf: Leaf = { period: asked.period, grain, buckets, predicate: asked.predicate, by }
  const tried = tryImplementations(context, metricOf(context, asked.metric), leaf)
  return tried instanceof NotAvailable
    ? { kind: 'unavailable', buckets, reason: tried.reason, remedy: tried.remedy }
    : { kind: 'computed', buckets, ...tried }
}

/** Grouping by `PERIOD` at a grain is a series at that grain. */
function liftPeriodKey(asked: MetricAsk): { grain: Grain | null; by: readonly GroupKey[] } {
  const own = asked.by.find((key) => key.kind === 'time' && key.dimension === null)
  if (own === undefined || own.kind !== 'time') return { grain: asked.grain, by: asked.by }
  if (asked.grain !== null) {
    throw new KpiqlError('GROUPING_INVALID', { message: 'A series cannot be grouped by PERIOD again.', hint: 'Ask the series at the grain you want.' })
  }
  return { grain: own.grain, by: asked.by.filter((key) => key !== own) }
}

/** The buckets of a period; those of one period object are made once, since many metrics share it. */
export function axisOf(context: PlanContext, period: Period, grain: Grain | null): readonly Bucket[] {
  const known = axes.get(period) ?? new Map<string, readonly Bucket[]>()
  axes.set(period, known)
  const key = `${grain ?? ''}|${context.calendar.weekStart}|${context.calendar.fiscalYearStart}`
  let buckets = known.get(key)
  if (buckets === undefined) {
    buckets = grain === null ? [wholePeriod(period)] : bucketsOf(period, grain, context.calendar, MAX_BUCKETS)
    known.set(key, buckets)
  }
  return buckets
}

const axes = new WeakMap<Period, Map<string, readonly Bucket[]>>()

function wholePeriod(period: Period): Bucket {
  const { startUtcMs, endUtcMs, startLocalMs, endLocalMs } = period
  return { startUtcMs, endUtcMs, startLocalMs, endLocalMs, cut: false, key: startLocalMs / 1000 }
}

function metricOf(context: PlanContext, name: string): Metric {
  const metric = context.model.metrics.get(name)
  if (metric === undefined) throw new KpiqlError('METRIC_UNKNOWN', { message: `Metric "${name}" is not in the model.` })
  return metric
}

function tryImplementations(context: CompileContext, metric: Metric, leaf: Leaf): (Node & { implementation: number }) | NotAvailable {
  let refused: NotAvailable | null = null
  for (const [implementation, definition] of metric.implementations.entries()) {
    try {
      return { ...compileDefinition(context, metric, definition, leaf), implementation }
    } catch (error) {
      if (!(error instanceof NotAvailable)) throw error
      refused ??= error
    }
  }
  return refused ?? new NotAvailable('SOURCE_MISSING', `Metric "${metric.name}" has no implementation.`)
}

function compileDefinition(context: CompileContext, metric: Metric, definition: MetricDefinition, leaf: Leaf): Node {
  const node = (() => {
    switch (definition.type) {
      case 'simple':
        return compileSimple(context, metric, definition, leaf)
      case 'ratio':
        return compileRatio(context, definition, leaf)
      case 'derived':
        return compileDerived(context, definition, leaf)
      case 'cumulative':
        return compileCumulative(context, definition, leaf)
    }
  })()
  return metric.fillNullsWith === null ? node : filled(node, amountOfText(String(metric.fillNullsWith)))
}

function filled(node: Node, fill: Amount): Node {
  return {
    ...node,
    evaluate: (resultOf) => {
      const { groups, at } = node.evaluate(resultOf)
      return { groups, at: (group) => at(group).map((amount) => (amount.value === null && amount.reason === 'NO_ROWS' ? fill : amount)) }
    },
  }
}

// Simple

const ZERO_WHEN_EMPTY: ReadonlySet<SimpleMetric['agg']> = new Set<SimpleMetric['agg']>(['count', 'count_distinct', 'approx_count_distinct', 'sum_boolean'])

function compileSimple(context: CompileContext, metric: Metric, definition: SimpleMetric, leaf: Leaf): Node {
  const missing = context.missing(definition.semanticModel)
  if (missing) throw new NotAvailable(missing.reason, missing.remedy)
  const asked = and([leaf.predicate, definition.filter])
  requireDimensions(context, metric, definition.semanticModel, asked, leaf.by)
  const predicate = simplify(asked)
  const measure = measureOf(context, metric, definition)
  const average = measure.time.kind === 'stock' && measure.time.asOf === 'average'
  const { covered, partial } = coverageOf(context, metric, measure, leaf)
  const finish = (parts: readonly Part[] | undefined): Amount => finishParts(definition.agg, parts)
  // What is known without a row is not read for.
  if (predicate.kind === 'none' || (leaf.by.length === 0 && covered.every((amount) => amount !== null))) {
    const empty = covered.map((amount) => amount ?? (average ? divide(ZERO, amountOfText('1')) : finish(undefined)))
    return { reads: [], partial, evaluate: () => ({ groups: new Map(), at: () => empty }) }
  }
  const read = average ? dailyRead(context, measure, predicate, leaf) : readOf(measure, predicate, leaf)
  return {
    reads: [read],
    partial,
    evaluate: (resultOf) => {
      const found = new Map(resultOf(read).groups.map((group) => [groupId(group.values), group]))
      return {
        groups: new Map([...found].map(([id, { values }]) => [id, values])),
        at: (id) => {
          const parts = found.get(id)?.parts ?? []
          const amounts = average ? dailyAverages(context, read, leaf, parts, finish) : leaf.buckets.map((_, index) => finish(parts[index]))
          return amounts.map((amount, index) => covered[index] ?? amount)
        },
      }
    },
  }
}

/** Measures follow from the model alone. */
const measures = new WeakMap<SimpleMetric, Measure>()

function measureOf(context: CompileContext, metric: Metric, definition: SimpleMetric): Measure {
  const known = measures.get(definition)
  if (known) return known
  const { semanticModel, agg, expr, percentile } = definition
  const money = metric.unit === 'currency' && (agg === 'sum' || agg === 'average')
  const time = timeOf(context, metric, definition)
  const measure: Measure = { id: stableHash([semanticModel, agg, expr, percentile, money, time]), semanticModel, agg, expr, percentile, money, time }
  measures.set(definition, measure)
  return measure
}

function timeOf(context: CompileContext, metric: Metric, definition: SimpleMetric): MeasureTime {
  const semanticModel = semanticModelOf(context.model, definition.semanticModel)
  if (definition.asOf !== null) {
    const { validity } = semanticModel
    if (validity === null) throw new KpiqlError('MODEL_INVALID', { message: `Metric "${metric.name}" is taken as of a moment, but "${semanticModel.name}" has no validity.` })
    return { kind: 'stock', start: validity.start, end: validity.end, endInclusive: validity.endInclusive, asOf: definition.asOf }
  }
  const dimension = definition.timeDimension ?? semanticModel.aggTimeDimension
  if (dimension === null) throw new KpiqlError('MODEL_INVALID', { message: `Metric "${metric.name}" has no time dimension.`, hint: `Set agg_time_dimension on "${semanticModel.name}".` })
  const granularity = semanticModel.dimensions.find(({ publicName }) => publicName === dimension)?.granularity ?? null
  if (definition.nonAdditive === null) return { kind: 'event', dimension, granularity }
  const { dimension: at, choice, groupings } = definition.nonAdditive
  return { kind: 'semi_additive', dimension, granularity, at, choice, groupings }
}

export function readOf(measure: Measure, predicate: Predicate, leaf: Leaf): Read {
  const { period, grain, buckets, by } = leaf
  const { zone, startUtcMs, endUtcMs } = period
  const key = [measure.id, zone, startUtcMs, endUtcMs, grain ?? '', by.map(groupKeyId).join('&'), predicateText(predicate)].join('|')
  return { key, measure, predicate, period, grain, buckets, by }
}

function finishParts(agg: SimpleMetric['agg'], parts: readonly Part[] | undefined): Amount {
  const [first = null, second = null] = parts ?? []
  if (ZERO_WHEN_EMPTY.has(agg)) return first === null ? ZERO : amountOfPart(first)
  if (agg !== 'average') return amountOfPart(first)
  const count = amountOfPart(second)
  if (count.value === null || count.value.isZero()) return none('NO_ROWS')
  return divide(amountOfPart(first), count)
}

/** A stock's average over a period is the mean of its daily closes, so it is read a day at a time. */
function dailyRead(context: CompileContext, measure: Measure, predicate: Predicate, leaf: Leaf): Read {
  const buckets = axisOf(context, leaf.period, 'day')
  return readOf(measure, predicate, { ...leaf, grain: 'day', buckets })
}

function dailyAverages(
  context: CompileContext,
  read: Read,
  leaf: Leaf,
  parts: readonly (readonly Part[] | undefined)[],
  finish: (parts: readonly Part[] | undefined) => Amount,
): readonly Amount[] {
  const closesAtZero = read.measure.agg === 'sum' || ZERO_WHEN_EMPTY.has(read.measure.agg)
  return leaf.buckets.map((bucket) => {
    let sum: Amount = ZERO
    let days = 0
    read.buckets.forEach((day, index) => {
      if (day.startUtcMs < bucket.startUtcMs || day.startUtcMs >= bucket.endUtcMs || day.startUtcMs >= context.nowUtcMs) return
      const close = finish(parts[index])
      // Where nothing holds, a sum or a count has closed at nothing; an extreme or an average has not closed at all.
      if (close.value === null && !closesAtZero) return
      sum = combine(sum, close.value === null ? ZERO : close, '+')
      days += 1
    })
    return days === 0 ? none('NO_ROWS') : divide(sum, amountOfText(String(days)))
  })
}

function requireDimensions(context: CompileContext, metric: Metric, semanticModel: string, predicate: Predicate, by: readonly GroupKey[]): void {
  const wanted = new Set([...dimensionsOf(predicate), ...by.flatMap((key) => key.dimension ?? [])])
  for (const name of wanted) {
    const found = findJoinPath(context.model, semanticModel, name)
    if (found.kind === 'ambiguous') {
      const paths = found.paths.map((path) => [semanticModel, ...path.steps.map(({ to }) => to)].join(' → '))
      throw new KpiqlError('JOIN_AMBIGUOUS', {
        message: `Metric "${metric.name}" reaches dimension "${name}" in two ways: ${paths.join(' and ')}.`,
        hint: 'Remove one of the entities that link them, or give one of the dimensions a public_name.',
      })
    }
    if (found.kind === 'none') {
      throw new NotAvailable('DIMENSION_NOT_AVAILABLE', `Metric "${metric.name}" cannot be sliced by "${name}": ${found.reason}`)
    }
  }
}

/** What is known before reading: buckets without data are null for a reason, others may still be open. */
function coverageOf(context: CompileContext, metric: Metric, measure: Measure, leaf: Leaf): { covered: readonly (Amount | null)[]; partial: readonly boolean[] } {
  const { time, semanticModel } = measure
  const source = semanticModelOf(context.model, semanticModel)
  const completeUtcMs = Math.min(context.nowUtcMs, context.coverage.watermarkUtcMs(semanticModel) ?? Number.POSITIVE_INFINITY)
  const openFromUtcMs = completeUtcMs - source.lateArrivalMs
  const granularity = recordedGrain(source, time)
  requireGrain(metric, time, granularity, leaf)
  const firstName = time.kind === 'event' || time.kind === 'semi_additive' ? time.dimension : time.kind === 'stock' ? time.start : null
  const first = firstName === null ? null : context.coverage.first(semanticModel, firstName)
  const covered = leaf.buckets.map((bucket): Amount | null => {
    if (time.kind === 'timeless') return null
    if (bucket.startUtcMs >= completeUtcMs) return none('AFTER_WATERMARK', 'The period has not begun in the data. Ask an earlier one, or refresh the source.')
    if (first !== null && (first.kind === 'date' ? bucket.endLocalMs : bucket.endUtcMs) <= first.ms) {
      return none('BEFORE_FIRST_DATA', `The data of "${semanticModel}" begins later. Load its history, or ask a later period.`)
    }
    if (granularity !== null && GRAINS.indexOf(granularity) > GRAINS.indexOf('day') && cuts(context, bucket, granularity)) {
      return none('PERIOD_CUTS_FACTS', `The facts behind "${metric.name}" are recorded by the ${granularity} and are not prorated. Ask whole ${granularity}s.`)
    }
    return null
  })
  return { covered, partial: leaf.buckets.map((bucket) => time.kind !== 'timeless' && bucket.endUtcMs > openFromUtcMs) }
}

/** The grain in which facts are recorded; null where nothing is said of it. A stock's average is made of daily closes. */
function recordedGrain(semanticModel: SemanticModel, time: MeasureTime): Grain | null {
  if (time.kind === 'timeless') return null
  if (time.kind !== 'stock') return time.granularity
  const start = semanticModel.dimensions.find(({ publicName }) => publicName === time.start)?.granularity ?? null
  return time.asOf === 'average' && (start === null || GRAINS.indexOf(start) < GRAINS.indexOf('day')) ? 'day' : start
}

const GRAIN_OF_PART = {
  hour_of_day: 'hour',
  day_of_week: 'day',
  day_of_month: 'day',
  week_of_year: 'week',
  month_of_year: 'month',
  quarter_of_year: 'quarter',
  year: 'year',
} as const satisfies Record<DatePart, Grain>

/** @throws KpiqlError `GRAIN_TOO_FINE` for series and date parts finer than the facts, `GROUPING_INVALID` for date parts of a stock. */
function requireGrain(metric: Metric, time: MeasureTime, granularity: Grain | null, leaf: Leaf): void {
  const parts = leaf.by.flatMap((key) => (key.kind === 'date_part' && key.dimension === null ? [key.part] : []))
  if (parts.length > 0 && (time.kind === 'stock' || time.kind === 'timeless')) {
    throw new KpiqlError('GROUPING_INVALID', {
      message: `Metric "${metric.name}" is taken at the end of each bucket; its rows have no moment to take a ${parts.join(' or ')} of.`,
      hint: 'Ask a series at a grain, or group by a part of a time dimension by its own name.',
    })
  }
  if (granularity === null) return
  const tooFine = [...(leaf.grain === null ? [] : [leaf.grain]), ...parts.map((part) => GRAIN_OF_PART[part])].find((grain) => GRAINS.indexOf(grain) < GRAINS.indexOf(granularity))
  if (tooFine === undefined) return
  throw new KpiqlError('GRAIN_TOO_FINE', {
    message: `Metric "${metric.name}" is recorded by the ${granularity}; it cannot be told by the ${tooFine}.`,
    hint: `Ask for ${granularity} or coarser.`,
    data: { finestGrain: granularity.toUpperCase() },
  })
}

function cuts(context: CompileContext, bucket: Bucket, granularity: Grain): boolean {
  return [bucket.startLocalMs, bucket.endLocalMs].some((ms) => truncateLocal(ms, granularity, context.calendar) !== ms)
}

// Ratio and derived

function compileRatio(context: CompileContext, definition: RatioMetric, leaf: Leaf): Node {
  const inputs = [compileInput(context, definition.numerator, leaf), compileInput(context, definition.denominator, leaf)]
  return joined(inputs, ([top = none('NO_ROWS'), bottom = none('NO_ROWS')]) => divide(top, bottom))
}

function compileDerived(context: CompileContext, definition: DerivedMetric, leaf: Leaf): Node {
  const inputs = definition.inputs.map((input) => compileInput(context, input, leaf))
  return joined(inputs, (amounts) =>
    evaluateFormula(definition.formula, new Map(definition.inputs.map(({ alias }, index) => [alias, amounts[index] ?? none('NO_ROWS')]))),
  )
}

/** Groups of any input are groups of the whole; an input without a row there counts as empty. */
function joined(inputs: readonly Node[], compute: (amounts: readonly Amount[]) => Amount): Node {
  const length = inputs[0]?.partial.length ?? 0
  return {
    reads: inputs.flatMap(({ reads }) => reads),
    partial: Array.from({ length }, (_, index) => inputs.some(({ partial }) => partial[index] ?? false)),
    evaluate: (resultOf) => {
      const sides = inputs.map((input) => input.evaluate(resultOf))
      return {
        groups: new Map(sides.flatMap(({ groups }) => [...groups])),
        at: (group) => {
          const columns = sides.map((side) => side.at(group))
          return Array.from({ length }, (_, index) => compute(columns.map((column) => column[index] ?? none('NO_ROWS'))))
        },
      }
    },
  }
}

function compileInput(context: CompileContext, input: MetricInput, leaf: Leaf): Node {
  const metric = metricOf(context, input.metric)
  const narrowed: Leaf = { ...leaf, predicate: and([leaf.predicate, input.filter]) }
  if (input.offsetWindow) return offsetInput(context, metric, input.offsetWindow, narrowed)
  if (input.offsetToGrain) return offsetToGrain(context, metric, input.offsetToGrain, narrowed)
  return required(tryImplementations(context, metric, narrowed))
}

function required(tried: Node | NotAvailable): Node {
  if (tried instanceof NotAvailable) throw tried
  return tried
}

function offsetInput(context: CompileContext, metric: Metric, offset: { count: number; unit: Grain }, leaf: Leaf): Node {
  const { grain } = leaf
  // A quarter a month ago begins and ends a month earlier: no bucket of any series, so each is a window of its own.
  if (grain !== null && GRAINS.indexOf(grain) > GRAINS.indexOf(offset.unit)) {
    return windowed(leaf, leaf.buckets.map((bucket) => {
      const period = shiftPeriod({ ...bucket, zone: leaf.period.zone }, -offset.count, offset.unit, context.calendar)
      return required(tryImplementations(context, metric, { ...leaf, period, grain: null, buckets: [wholePeriod(period)] }))
    }))
  }
  const period = shiftPeriod(leaf.period, -offset.count, offset.unit, context.calendar)
  const buckets = axisOf(context, period, grain)
  const node = required(tryImplementations(context, metric, { ...leaf, period, buckets }))
  if (grain === null) return node
  return picked(node, leaf, buckets, (bucket) => truncateLocal(addLocal(bucket.startLocalMs, -offset.count, offset.unit), grain, context.calendar))
}

/** One node a bucket, each asked over a period of its own. */
function windowed(leaf: Leaf, nodes: readonly Node[]): Node {
  return {
    reads: nodes.flatMap(({ reads }) => reads),
    partial: leaf.buckets.map((_, index) => nodes[index]?.partial[0] ?? false),
    evaluate: (resultOf) => {
      const windows = nodes.map((node) => node.evaluate(resultOf))
      return {
        groups: new Map(windows.flatMap(({ groups }) => [...groups])),
        at: (group) => windows.map((window) => window.at(group)[0] ?? none('NO_ROWS')),
      }
    },
  }
}

function offsetToGrain(context: CompileContext, metric: Metric, to: Grain, leaf: Leaf): Node {
  const { grain } = leaf
  if (grain === null) {
    throw new KpiqlError('NOT_SUPPORTED', { message: `An offset to the start of the ${to} needs a series.`, hint: 'Ask series(grain: …) instead of one value.' })
  }
  const period = periodFromLocal(leaf.period.zone, truncateLocal(leaf.period.startLocalMs, to, context.calendar), leaf.period.endLocalMs)
  const buckets = axisOf(context, period, grain)
  const node = required(tryImplementations(context, metric, { ...leaf, period, buckets }))
  return picked(node, leaf, buckets, (bucket) => truncateLocal(bucket.startLocalMs, to, context.calendar))
}

/** Takes, for each bucket asked, the bucket of another axis that begins at a given local time. */
function picked(node: Node, leaf: Leaf, buckets: readonly Bucket[], startFor: (bucket: Bucket) => number): Node {
  const position = new Map(buckets.map((bucket, index) => [bucket.startLocalMs, index]))
  const indexes = leaf.buckets.map((bucket, index) => position.get(startFor(bucket)) ?? (buckets.length === leaf.buckets.length ? index : -1))
  return {
    reads: node.reads,
    partial: indexes.map((index) => node.partial[index] ?? false),
    evaluate: (resultOf) => {
      const { groups, at } = node.evaluate(resultOf)
      return {
        groups,
        at: (group) => {
          const amounts = at(group)
          return indexes.map((index) => amounts[index] ?? none('WINDOW_NOT_COVERED'))
        },
      }
    },
  }
}

// Cumulative

/** Each bucket is a window of its own that ends with it; the planner adds up what they share. */
function compileCumulative(context: CompileContext, definition: CumulativeMetric, leaf: Leaf): Node {
  const { zone } = leaf.period
  const metric = metricOf(context, definition.input.metric)
  const nodes = leaf.buckets.map((bucket) => {
    const startLocalMs = windowStart(context, definition, metric, bucket)
    const startUtcMs = utcMsOf(zone, startLocalMs)
    const period: Period = { zone, startUtcMs, endUtcMs: bucket.endUtcMs, startLocalMs, endLocalMs: bucket.endLocalMs }
    return compileInput(context, definition.input, { ...leaf, period, grain: null, buckets: [wholePeriod(period)] })
  })
  const notBegun = leaf.buckets.map(({ startUtcMs }) => startUtcMs >= context.nowUtcMs)
  const node = windowed(leaf, nodes)
  return {
    ...node,
    evaluate: (resultOf) => {
      const { groups, at } = node.evaluate(resultOf)
      return { groups, at: (group) => at(group).map((amount, index) => (notBegun[index] ? none('AFTER_WATERMARK') : amount)) }
    },
  }
}

const SINCE_EVER = Date.UTC(1900, 0, 1)

function windowStart(context: CompileContext, definition: CumulativeMetric, metric: Metric, bucket: Bucket): number {
  // The bucket's last moment lies just before its end.
  if (definition.grainToDate) return truncateLocal(bucket.endLocalMs - 1, definition.grainToDate, context.calendar)
  if (definition.window) return addLocal(bucket.endLocalMs, -definition.window.count, definition.window.unit)
  const firsts = metric.implementations.flatMap((implementation) => {
    if (implementation.type !== 'simple') return []
    const dimension = implementation.timeDimension ?? semanticModelOf(context.model, implementation.semanticModel).aggTimeDimension
    const first = dimension === null ? null : context.coverage.first(implementation.semanticModel, dimension)
    // A day of slack: the first moment is in UTC, the window in local time.
    return first === null ? [] : [first.ms - 86_400_000]
  })
  return truncateLocal(Math.min(bucket.startLocalMs, firsts.length > 0 ? Math.min(...firsts) : SINCE_EVER), 'year', context.calendar)
}
