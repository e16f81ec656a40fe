import { Decimal } from 'decimal.js'
import { areComparable } from '../src/answer/order-amounts.ts'
import type { AnalyticsSession, Cell, DrillAnswer, Explanation, MetricAnswer, Provenance } from '../src/answer/types.ts'
import { KpiqlError } from '../src/base/errors.ts'
import type { Grain } from '../src/base/grain.ts'
import type { Period } from '../src/base/period.ts'
import { and } from '../src/model/predicate.ts'
import type { Predicate } from '../src/model/predicate.ts'
import type { Metric, MovementComponent, Unit } from '../src/model/types.ts'
import { UNKNOWN_CURRENCY, mixedCurrencies } from '../src/plan/amount.ts'
import type { GroupKey, MetricAsk } from '../src/plan/ask.ts'
import { comparisonPeriod, showPeriod } from './ask-period.ts'
import type { AskedPeriod } from './ask-period.ts'
import { cellAt, seriesColumns, seriesPoints } from './series-points.ts'
import type { SliceNode } from './slice-node.ts'
import type { ComparisonInput } from './types/inputs.ts'
import type { Compared, Point, SeriesColumns } from './types/metric-value.ts'
import { toPredicate } from './where.ts'

export interface Reading {
  readonly cell: Cell
  readonly provenance: Provenance
}

/** A metric of a slice. It is read when a field first needs it, once for all fields. */
export class MetricNode {
  readonly metric: Metric
  readonly asked: AskedPeriod
  readonly session: AnalyticsSession
  readonly #slice: SliceNode
  #reading: Promise<Reading> | null = null

  constructor(metric: Metric, slice: SliceNode) {
    this.metric = metric
    this.asked = slice.asked
    this.session = slice.session
    this.#slice = slice
  }

  get zone(): string {
    return this.asked.period.zone
  }

  ask(grain: Grain | null = null, by: readonly GroupKey[] = [], period: Period = this.asked.period): MetricAsk {
    const { predicate, options } = this.#slice
    return { metric: this.metric.name, predicate, period, grain, by, ...options }
  }

  /** The same metric where this holds too. */
  narrow(predicate: Predicate): MetricNode {
    return new MetricNode(this.metric, { ...this.#slice, predicate: and([this.#slice.predicate, predicate]) })
  }

  /** The one number of the whole period. Rejects with the source's KpiqlError. */
  read(): Promise<Reading> {
    this.#reading ??= this.session.metric(this.ask()).then(readingOf)
    return this.#reading
  }

  /** @param fill False leaves out the buckets without a row. */
  async series(grain: Grain, fill: boolean, cumulative = false): Promise<readonly Point[]> {
    const points = seriesPoints(await this.session.metric({ ...this.ask(grain), cumulative }), this.zone)
    return fill ? points : points.filter((point) => point.reason !== 'NO_ROWS')
  }

  async seriesColumns(grain: Grain, cumulative: boolean): Promise<SeriesColumns> {
    return seriesColumns(await this.session.metric({ ...this.ask(grain), cumulative }), this.zone)
  }

  /**
   * @param current This period's number, where it is known already.
   * @returns Null while nothing of the period has elapsed.
   */
  async compare(to: ComparisonInput, current: Promise<Cell> | Cell): Promise<Compared | null> {
    const period = comparisonPeriod(to, this.asked, this.#slice.where)
    if (period === null) return null
    const [here, there] = await Promise.all([current, this.session.metric(this.ask(null, [], period)).then(readingOf)])
    return compareCells(here, there.cell, period, this.metric.unit)
  }

  /** The entities behind the number. */
  drill(component: MovementComponent | null, first: number, after: string | null): Promise<DrillAnswer> {
    return this.session.drill({ ask: this.ask(), component, first, after })
  }

  explain(): Promise<Explanation> {
    return this.session.explain(this.ask())
  }
}

function readingOf({ groups, provenance }: MetricAnswer): Reading {
  return { cell: cellAt(groups[0]?.cells ?? [], 0), provenance }
}

/** How a number has changed since another period; every difference is null where either number is, and between different currencies. */
export function compareCells(here: Cell, there: Cell, period: Period, unit: Unit): Compared {
  const { value, exact, currency, quality, partial, assumptions, reason, remedy } = there
  const shown = { period: showPeriod(period), value, exact, currency, quality, partial, assumptions, reason, remedy }
  const none = { ...shown, change: null, changePercent: null, changePoints: null }
  if (here.value === null || value === null) return none
  if (!areComparable(here, there)) {
    const mixed = mixedCurrencies([here.currency ?? UNKNOWN_CURRENCY, currency ?? UNKNOWN_CURRENCY])
    return { ...none, reason: mixed.reason, remedy: mixed.remedy }
  }
  // From the exact texts: 0.3 less 0.1 is 0.2.
  const before = new Decimal(exact ?? value)
  const difference = new Decimal(here.exact ?? here.value).minus(before)
  const change = finite(difference)
  return {
    ...shown,
    change,
    changePercent: before.greaterThan(0) ? finite(difference.dividedBy(before).times(100)) : null,
    changePoints: unit === 'percent' ? change : null,
  }
}

function finite(decimal: Decimal): number | null {
  const number = decimal.toNumber()
  return Number.isFinite(number) ? number : null
}

/** @param name As the model writes it. */
export function metricOf(slice: SliceNode, name: string, where?: unknown): MetricNode {
  const metric = slice.where.model.metrics.get(name)
  if (!metric) throw new KpiqlError('METRIC_UNKNOWN', { message: `The model has no metric "${name}".` })
  const predicate = where === null || where === undefined ? slice.predicate : and([slice.predicate, toPredicate(where, slice.where)])
  return new MetricNode(metric, { ...slice, predicate })
}
