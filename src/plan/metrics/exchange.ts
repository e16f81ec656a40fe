import { civilFromDays } from '../../base/civil-time.ts'
import { formatLocalDate } from '../../base/period.ts'
import type { Period } from '../../base/period.ts'
import { stableHash } from '../../base/stable-hash.ts'
import { ALL } from '../../model/predicate.ts'
import type { Predicate } from '../../model/predicate.ts'
import { amountOfPart, none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { readOf, wholePeriod } from './compile-node.ts'
import type { CompileContext } from './compile-node.ts'
import type { AnyRead, Measure, Read, ReadResult } from '../read.ts'
import { notWhole } from './require-whole.ts'

/** The rate that holds on a day: of the latest row on or before it. */
export interface Rate {
  /** What one unit is worth in the reporting currency; exact. */
  readonly rate: Amount
  /** ISO date of the row. */
  readonly date: string
}

/** Converts money into the reporting currency of the model. */
export interface Exchange {
  readonly to: string
  readonly reads: readonly AnyRead[]
  /** Rates once they are read. `dayLocalMs`: local midnight, or any moment of the day. */
  ratesOf(resultOf: (read: AnyRead) => ReadResult): RatesOn
}

/** Null where no row lies on or before the day; the remedy of a missing rate is with `missingRate`. */
export type RatesOn = (currency: string, dayLocalMs: number) => Rate | null

/** A table of more rows than this is read a few years at a time. */
const WHOLE_TABLE = 50_000
const YEARS_BACK = 1

/** Null when the model has no exchange rates. A source of rates that is not connected has none to give: see `missingRate`. */
export function exchangeOf(context: CompileContext, period: Period): Exchange | null {
  const { exchangeRates } = context.model
  if (exchangeRates === null) return null
  const { to } = exchangeRates
  if ((context.missing(exchangeRates.semanticModel) ?? notWhole(context, [exchangeRates.semanticModel])) !== null) return { to, reads: [], ratesOf: () => () => null }
  const read = ratesRead(context, period)
  return { to, reads: [read], ratesOf: (resultOf) => ratesOn(resultOf(read)) }
}

export function missingRate(context: CompileContext, currency: string, dayLocalMs: number): Amount {
  const { exchangeRates } = context.model
  const from = exchangeRates?.semanticModel ?? ''
  const unconnected = (context.missing(from) ?? notWhole(context, [from]))?.remedy
  const rate = `There is no rate of ${currency} to ${exchangeRates?.to ?? ''} on or before ${formatLocalDate(dayLocalMs)}.`
  return none('EXCHANGE_RATE_MISSING', `${rate} ${unconnected ?? `Add it to "${from}".`}`)
}

/** One question for all metrics and periods, unless the table is so large that years have to be told apart. */
function ratesRead(context: CompileContext, period: Period): Read {
  const { semanticModel, currency, date, rate } = context.model.exchangeRates ?? { semanticModel: '', currency: '', date: '', rate: '' }
  // Of several rows for one day the highest: a maximum does not depend on their order.
  const measure: Measure = { kind: 'aggregate', id: stableHash(['exchange', semanticModel, rate]), semanticModel, agg: 'max', expr: rate, percentile: null, money: false, time: { kind: 'timeless' } }
  const rows = context.facts.rows(semanticModel)
  const predicate: Predicate = rows === null || rows <= WHOLE_TABLE ? ALL : yearsAround(date, period)
  return readOf(measure, predicate, {
    period: ALWAYS,
    grain: null,
    buckets: [wholePeriod(ALWAYS)],
    predicate,
    by: [{ kind: 'dimension', dimension: currency }, { kind: 'time', dimension: date, grain: 'day' }],
  })
}

const [FIRST_MS, LAST_MS] = [Date.UTC(1900, 0, 1), Date.UTC(2100, 0, 1)]
const ALWAYS: Period = { zone: 'UTC', startUtcMs: FIRST_MS, endUtcMs: LAST_MS, startLocalMs: FIRST_MS, endLocalMs: LAST_MS }
const DAY_MS = 86_400_000

/** Whole years, so that questions of one year are one read. */
function yearsAround(dimension: string, { startLocalMs, endLocalMs }: Period): Predicate {
  const year = (ms: number): number => civilFromDays(Math.floor(ms / DAY_MS)).year
  const from = { value: `${year(startLocalMs) - YEARS_BACK}-01-01`, inclusive: true }
  const to = { value: `${year(endLocalMs) + 1}-01-01`, inclusive: false }
  return { kind: 'atom', dimension, test: { op: 'range', from, to } }
}

function ratesOn(result: ReadResult): RatesOn {
  const byCurrency = new Map<string, Rate[]>()
  for (const { values: [currency, date], parts: [parts] } of result.groups) {
    const rate = amountOfPart(parts?.[0] ?? null)
    // A rate of nothing, or less, is none.
    if (typeof currency !== 'string' || typeof date !== 'string' || rate.value === null || !rate.value.isPositive() || rate.value.isZero()) continue
    const list = byCurrency.get(currency) ?? []
    // A rate kept as a float means the decimal that was written.
    list.push({ rate: { ...rate, exact: true }, date })
    byCurrency.set(currency, list)
  }
  for (const list of byCurrency.values()) list.sort((a, b) => (a.date < b.date ? -1 : 1))
  // Every group of a question asks for the same days again.
  const known = new Map<string, Map<number, Rate | null>>()
  return (currency, dayLocalMs) => {
    const days = known.get(currency) ?? new Map<number, Rate | null>()
    known.set(currency, days)
    let rate = days.get(dayLocalMs)
    if (rate === undefined) days.set(dayLocalMs, (rate = latest(byCurrency.get(currency) ?? [], formatLocalDate(dayLocalMs))))
    return rate
  }
}

/** The last rate on or before a day, found by halving. */
function latest(rates: readonly Rate[], day: string): Rate | null {
  let low = 0
  let high = rates.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rates[middle] as Rate).date <= day) low = middle + 1
    else high = middle
  }
  return rates[low - 1] ?? null
}
