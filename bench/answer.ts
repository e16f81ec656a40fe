import { DuckDBDateValue, DuckDBDecimalValue, DuckDBTimestampValue } from '@duckdb/node-api'
import type { DuckDBValue } from '@duckdb/node-api'
import type { BenchAsk, BenchMetric } from './slices.ts'

/**
 * The canonical answer: `"<slice index>|<bucket start as toISOString>"` to one value a metric, in the order asked.
 * Every slice has every bucket of its window. Counts of nothing are 0, as is what did not move; everything else over nothing is null; money is in the major unit.
 */
export type Answer = ReadonlyMap<string, readonly (number | null)[]>

/** What adds up over disjoint rows: `total` in the column's smallest unit (cents for DECIMAL(18,2)), `rows` the values that are not null. */
export interface Parts {
  total: bigint
  rows: bigint
}

const COUNTS: ReadonlySet<BenchMetric['agg']> = new Set(['count', 'count_distinct', 'live_distinct', 'trailing_distinct'])
const DECIMAL_COLUMNS: ReadonlySet<string | null> = new Set(['amount', 'monthly_price'])

/** Adds up parts of slices and turns them into an answer. */
export class AnswerBuilder {
  readonly #ask: BenchAsk
  readonly #cells: readonly ReadonlyMap<number, readonly Cell[]>[]

  constructor(ask: BenchAsk) {
    this.#ask = ask
    this.#cells = ask.slices.map(
      (slice) => new Map(bucketStarts(slice.start, slice.end, ask.grain).map((bucketMs) => [bucketMs, ask.metrics.map(() => ({ total: 0n, rows: 0n }))])),
    )
  }

  /** Adds to one metric (by position) of one slice in one bucket; `bucketMs` is the start in epoch milliseconds. A bucket outside of the window is an error. */
  add(slice: number, bucketMs: number, metric: number, total: bigint, rows: bigint): void {
    const cell = this.#cell(slice, bucketMs, metric)
    cell.total += total
    cell.rows += rows
  }

  /** Sets a value that the engine has finished itself (an `avg`, a `median`), instead of adding parts up. */
  set(slice: number, bucketMs: number, metric: number, value: number | null): void {
    this.#cell(slice, bucketMs, metric).finished = value
  }

  build(): Answer {
    const answer = new Map<string, readonly (number | null)[]>()
    for (const [slice, buckets] of this.#cells.entries())
      for (const [bucketMs, cells] of buckets)
        answer.set(answerKey(slice, bucketMs), cells.map((cell, metric) => (cell.finished === undefined ? finish(cell, this.#ask.metrics[metric]) : cell.finished)))
    return answer
  }

  #cell(slice: number, bucketMs: number, metric: number): Cell {
    const cell = this.#cells[slice]?.get(bucketMs)?.[metric]
    if (cell === undefined) throw new RangeError(`Nobody asked for metric ${metric} of ${answerKey(slice, bucketMs)}.`)
    return cell
  }
}

interface Cell extends Parts {
  finished?: number | null
}

function finish(part: Parts, metric: BenchMetric | undefined): number | null {
  if (metric === undefined) throw new RangeError('A value without a metric.')
  if (COUNTS.has(metric.agg)) return Number(part.total)
  const scale = DECIMAL_COLUMNS.has(metric.column) ? 100 : 1
  if (metric.agg === 'movement') return Number(part.total) / scale
  if (part.rows === 0n) return null
  if (metric.agg === 'average') return Number(part.total) / Number(part.rows) / scale
  return Number(part.total) / scale
}

export function answerKey(slice: number, bucketMs: number): string {
  return `${slice}|${new Date(bucketMs).toISOString()}`
}

/** Starts of the UTC buckets of `[start, end)` in epoch milliseconds; the bounds are ISO dates on bucket edges. */
export function bucketStarts(start: string, end: string, grain: BenchAsk['grain']): readonly number[] {
  const starts: number[] = []
  const endMs = Date.parse(end)
  for (const at = new Date(start); at.getTime() < endMs; ) {
    starts.push(at.getTime())
    if (grain === 'month') at.setUTCMonth(at.getUTCMonth() + 1)
    else at.setUTCDate(at.getUTCDate() + 1)
  }
  return starts
}

/** The first difference in words, or null; averages may differ in the last digits, everything else must be equal. */
export function differenceOf(one: Answer, other: Answer): string | null {
  if (one.size !== other.size) return `${one.size} values against ${other.size}`
  for (const [key, values] of one) {
    const others = other.get(key)
    for (const [metric, value] of values.entries()) {
      const counterpart = others?.[metric]
      if (!same(value, counterpart)) return `${key}, metric ${metric}: ${value} against ${counterpart}`
    }
  }
  return null
}

function same(one: number | null, other: number | null | undefined): boolean {
  if (one === null || other === null || other === undefined) return one === other
  return one === other || Math.abs(one - other) <= 1e-12 * Math.max(Math.abs(one), Math.abs(other))
}

/** Any number that the engine returns, in the major unit; null stays null. */
export function toNumber(value: DuckDBValue | undefined): number | null {
  if (value === null) return null
  if (value instanceof DuckDBDecimalValue) return Number(value.value) / 10 ** value.scale
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value)
  throw new TypeError(`Not a number: ${String(value)}`)
}

/** Integers and decimals in their smallest unit; null counts as nothing. */
export function toUnits(value: DuckDBValue | undefined): bigint {
  if (value === null) return 0n
  if (value instanceof DuckDBDecimalValue) return value.value
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  throw new TypeError(`Neither an integer nor a decimal: ${String(value)}`)
}

/** Epoch milliseconds of a DATE or a TIMESTAMP, both taken as UTC. */
export function toEpochMs(value: DuckDBValue | undefined): number {
  if (value instanceof DuckDBTimestampValue) return Number(value.micros / 1000n)
  if (value instanceof DuckDBDateValue) return value.days * 86_400_000
  throw new TypeError(`Neither a date nor a timestamp: ${String(value)}`)
}
