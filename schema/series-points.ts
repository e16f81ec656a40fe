import type { Cell, Group, MetricAnswer } from '../src/answer/types.ts'
import type { Bucket } from '../src/base/bucket.ts'
import { KpiqlError } from '../src/base/errors.ts'
import { formatInstant } from '../src/base/period.ts'
import type { Point, SeriesColumns } from './types/metric-value.ts'
import { standsAsWritten } from './written.ts'

/** Buckets of series whose text is kept: shorter ones are written in no time, longer ones in parts. */
const WORTH = { least: 8, most: 5_000 }

interface Made {
  readonly points: readonly Point[]
  columns: SeriesColumns | null
}

/** An answer that comes from what is kept is the same object again, and so are its points. */
const made = new WeakMap<readonly Group[], Made>()

/** The buckets of an ungrouped answer as points. @param zone of the answer's period: bounds are written with its offsets. */
export function seriesPoints(answer: Pick<MetricAnswer, 'buckets' | 'groups'>, zone: string): readonly Point[] {
  return madeOf(answer, zone).points
}

/** The same as parallel lists. */
export function seriesColumns(answer: Pick<MetricAnswer, 'buckets' | 'groups'>, zone: string): SeriesColumns {
  const found = madeOf(answer, zone)
  if (found.columns === null) {
    found.columns = columnsOf(found.points)
    if (isWorth(found.points)) standsAsWritten(found.columns)
  }
  return found.columns
}

export function cellAt(cells: readonly Cell[], index: number): Cell {
  const cell = cells[index]
  if (!cell) throw new KpiqlError('PLAN_BROKEN', { message: 'An answer has fewer numbers than buckets.' })
  return cell
}

function madeOf({ buckets, groups }: Pick<MetricAnswer, 'buckets' | 'groups'>, zone: string): Made {
  let found = made.get(groups)
  if (found === undefined) {
    const cells = groups[0]?.cells ?? []
    found = { points: buckets.map((bucket, index) => new SeriesPoint(bucket, cellAt(cells, index), zone)), columns: null }
    if (isWorth(found.points)) standsAsWritten(found.points)
    made.set(groups, found)
  }
  return found
}

function isWorth({ length }: readonly Point[]): boolean {
  return length >= WORTH.least && length <= WORTH.most
}

function columnsOf(points: readonly Point[]): SeriesColumns {
  return {
    starts: points.map(({ start }) => start),
    ends: points.map(({ end }) => end),
    values: points.map(({ value }) => value),
    exact: points.map(({ exact }) => exact),
    currencies: points.map(({ currency }) => currency),
    quality: points.map(({ quality }) => quality),
    partial: points.map(({ partial }) => partial),
  }
}

/** Bounds are written when first asked for: a long series is mostly values. */
class SeriesPoint implements Point {
  readonly value: number | null
  readonly exact: string | null
  readonly currency: string | null
  readonly quality: Cell['quality']
  readonly partial: boolean
  readonly reason: Cell['reason']
  readonly remedy: string | null
  readonly assumptions: readonly string[]
  readonly #bucket: Bucket
  readonly #zone: string
  #start: string | null = null
  #end: string | null = null

  constructor(bucket: Bucket, { value, exact, currency, quality, partial, reason, remedy, assumptions }: Cell, zone: string) {
    this.value = value
    this.exact = exact
    this.currency = currency
    this.quality = quality
    this.partial = partial
    this.reason = reason
    this.remedy = remedy
    this.assumptions = assumptions
    this.#bucket = bucket
    this.#zone = zone
  }

  get start(): string {
    this.#start ??= formatInstant(this.#bucket.startUtcMs, this.#zone)
    return this.#start
  }

  get end(): string {
    this.#end ??= formatInstant(this.#bucket.endUtcMs, this.#zone)
    return this.#end
  }
}
