import type { Bucket } from '../../base/bucket.ts'
import { periodFromLocal } from '../../base/period.ts'
import type { Period } from '../../base/period.ts'
import type { Metric, SimpleMetric } from '../../model/types.ts'
import { UNKNOWN_CURRENCY, combine, divide, mixedCurrencies, none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { axisOf, readOf } from './compile-node.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'
import { ConversionNotes } from './conversion-notes.ts'
import { currencyKey } from './currency-sides.ts'
import { exchangeOf, missingRate } from './exchange.ts'
import type { RatesOn } from './exchange.ts'
import { countOfParts, finishParts, firstOfParts, hasValue, meanOfCloses } from './finish-parts.ts'
import type { Measure, Part } from '../read.ts'
import { localNow, stockEdges } from '../rows.ts'

const DAY_MS = 86_400_000

/** How an aggregate of money is put together from its currencies. `whole`: only where there is one. Null for what is no money. */
const FOLDS = {
  sum: 'sum',
  average: 'average',
  min: 'extreme',
  max: 'extreme',
  median: 'whole',
  percentile: 'whole',
  stddev: 'whole',
  count: null,
  count_distinct: null,
  approx_count_distinct: null,
  sum_boolean: null,
} as const satisfies Record<SimpleMetric['agg'], 'sum' | 'average' | 'extreme' | 'whole' | null>

/** The dimension that tells each row's currency; null where one is said for all, or the metric is no money. */
export function currencyDimension(metric: Metric, { agg }: SimpleMetric): string | null {
  if (metric.unit !== 'currency' || metric.currency === null || FOLDS[agg] === null) return null
  return 'dimension' in metric.currency ? metric.currency.dimension : null
}

/** What one currency holds in one bucket of the read. */
interface Piece {
  readonly currency: string
  /** Local day whose rate converts it. */
  readonly dayLocalMs: number
  readonly parts: readonly Part[]
}

interface Step {
  /** Position among the read's buckets. */
  readonly index: number
  readonly dayLocalMs: number
}

/**
 * Money whose rows tell their currency, read by it. With exchange rates everything is told in the reporting currency: events at
 * the rate of their local day, stocks and semi-additive facts at that of the day before their edge; medians, percentiles and
 * deviations, which need all rows of one currency at once, at that of the bucket's last day. Without rates a bucket of several
 * currencies has no value. Rows without a currency are of an unknown one, and mix with no other.
 */
export function foldedByCurrency(context: CompileContext, { agg }: SimpleMetric, measure: Measure, dimension: string, leaf: Leaf): Pick<Node, 'reads' | 'evaluate'> {
  const exchange = exchangeOf(context, leaf.period)
  const key = currencyKey(leaf.by, dimension)
  const closes = measure.time.kind === 'stock' && measure.time.asOf === 'average'
  const daily = closes || (exchange !== null && measure.time.kind === 'event' && FOLDS[agg] !== 'whole' && !isSubDay(leaf))
  const read = readOf(measure, leaf.predicate, { ...leaf, by: key.by, ...(daily ? dayAxis(context, measure, leaf, closes) : {}) })
  const steps = stepsOf(context, measure, read, leaf)

  return {
    reads: [read, ...(exchange?.reads ?? [])],
    evaluate: (resultOf) => {
      const rates = exchange?.ratesOf(resultOf) ?? null
      const { groups, sides } = key.sidesOf(resultOf(read))
      return {
        groups,
        at: (id) => {
          const own = sides.get(id) ?? []
          return steps.map((stepsOfBucket) => {
            const pieces = stepsOfBucket.map(({ index, dayLocalMs }) =>
              own.flatMap(({ currency, parts: ofBuckets }): readonly Piece[] => {
                const parts = ofBuckets[index]
                return parts === undefined || !hasValue(agg, parts) ? [] : [{ currency, dayLocalMs, parts }]
              }),
            )
            return new Teller(context, agg, rates).tell(pieces, closes)
          })
        },
      }
    },
  }
}

function isSubDay({ grain }: Leaf): boolean {
  return grain === 'hour' || grain === 'minute'
}

/** Days of the period; where events begin later, from their first on, since a period may reach back for ever. */
function dayAxis(context: CompileContext, { semanticModel, time }: Measure, leaf: Leaf, closes: boolean): Pick<Leaf, 'grain' | 'period' | 'buckets'> {
  const first = closes || time.kind !== 'event' ? null : context.coverage.first(semanticModel, time.dimension)
  const period = first === null ? leaf.period : beginningAt(leaf.period, Math.floor(first.ms / DAY_MS - 1) * DAY_MS)
  return { grain: 'day', period, buckets: axisOf(context, period, 'day') }
}

function beginningAt(period: Period, localMs: number): Period {
  return localMs <= period.startLocalMs || localMs >= period.endLocalMs ? period : periodFromLocal(period.zone, localMs, period.endLocalMs)
}

/** For each bucket asked, the buckets of the read in it, each with the day of its rate. */
function stepsOf(context: CompileContext, measure: Measure, read: ReturnType<typeof readOf<Measure>>, leaf: Leaf): readonly (readonly Step[])[] {
  const { time } = measure
  const asOf = time.kind === 'stock' ? (time.asOf === 'period_start' ? 'period_start' : 'period_end') : 'period_end'
  const edges = stockEdges(read, asOf, context.nowUtcMs, localNow(context, read))
  const atStart = time.kind === 'event' && FOLDS[measure.agg] !== 'whole'
  const steps: Step[][] = leaf.buckets.map(() => [])
  const same = read.buckets.length === leaf.buckets.length && read.grain === leaf.grain
  read.buckets.forEach((bucket, index) => {
    const edge = edges[index] ?? null
    if (!atStart && (edge === null || bucket.startUtcMs >= context.nowUtcMs)) return
    const dayLocalMs = atStart || edge === null ? bucket.startLocalMs : edge.localMs - 1
    steps[same ? index : bucketAt(leaf.buckets, bucket.startUtcMs)]?.push({ index, dayLocalMs })
  })
  return steps
}

/** Position of the bucket that begins last, at or before a moment. */
export function bucketAt(buckets: readonly Bucket[], utcMs: number): number {
  let low = 0
  let high = buckets.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((buckets[middle] as Bucket).startUtcMs <= utcMs) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Tells one bucket. */
class Teller {
  readonly #context: CompileContext
  readonly #agg: SimpleMetric['agg']
  readonly #rates: RatesOn | null
  readonly #notes: ConversionNotes
  readonly #to: string | null

  constructor(context: CompileContext, agg: SimpleMetric['agg'], rates: RatesOn | null) {
    this.#context = context
    this.#agg = agg
    this.#rates = rates
    this.#to = rates === null ? null : (context.model.exchangeRates?.to ?? null)
    this.#notes = new ConversionNotes(this.#to ?? '')
  }

  /** @param steps pieces of each step; `closes` takes the mean of the steps, else they are one. */
  tell(steps: readonly (readonly Piece[])[], closes: boolean): Amount {
    const currencies = [...new Set(steps.flat().map(({ currency }) => currency))]
    const [only = null] = currencies
    if (currencies.length > 1) {
      if (this.#to === null || currencies.includes(UNKNOWN_CURRENCY)) return mixedCurrencies(currencies)
      if (FOLDS[this.#agg] === 'whole') {
        return none('MIXED_CURRENCIES', `A ${this.#agg} over amounts in ${currencies.toSorted().join(', ')} cannot be put together from its currencies. Filter by one.`)
      }
    }
    const amount = closes ? meanOfCloses(this.#agg, steps.map((pieces) => this.#fold(pieces))) : this.#fold(steps.flat())
    if (amount.value === null) return amount
    return { ...amount, currency: only === UNKNOWN_CURRENCY ? only : (this.#to ?? only), assumptions: this.#notes.lines() }
  }

  #fold(pieces: readonly Piece[]): Amount {
    if (pieces.length === 0) return finishParts(this.#agg, undefined)
    switch (FOLDS[this.#agg]) {
      case 'sum':
        return sumOf(pieces.map((piece) => this.#converted(piece, firstOfParts('sum', piece.parts))))
      case 'average':
        return divide(sumOf(pieces.map((piece) => this.#converted(piece, firstOfParts('average', piece.parts)))), sumOf(pieces.map(({ parts }) => countOfParts(parts))))
      case 'extreme':
        return pieces.map((piece) => this.#converted(piece, finishParts(this.#agg, piece.parts))).reduce((a, b) => this.#extreme(a, b))
      default:
        return pieces.map((piece) => this.#converted(piece, finishParts(this.#agg, piece.parts))).reduce((_, last) => last)
    }
  }

  #extreme(a: Amount, b: Amount): Amount {
    if (a.value === null) return a
    if (b.value === null) return b
    return (this.#agg === 'min' ? b.value.lt(a.value) : b.value.gt(a.value)) ? b : a
  }

  #converted({ currency, dayLocalMs }: Piece, amount: Amount): Amount {
    if (this.#rates === null || amount.value === null || currency === this.#to || currency === UNKNOWN_CURRENCY) return amount
    const rate = this.#rates(currency, dayLocalMs)
    if (rate === null) return missingRate(this.#context, currency, dayLocalMs)
    this.#notes.add(currency, rate)
    return combine(amount, rate.rate, '*')
  }
}

/** The sum of some; of null ones the first's reason. */
function sumOf(amounts: readonly Amount[]): Amount {
  return amounts.reduce((sum, amount) => combine(sum, amount, '+'))
}
