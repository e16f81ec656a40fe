import { dimensionsOf } from '../../model/predicate.ts'
import { FOLLOWED_COMPONENTS } from '../../model/types.ts'
import type { Metric, MovementComponent, MovementMetric } from '../../model/types.ts'
import { UNKNOWN_CURRENCY, ZERO, amountOfPart, combine, mixedCurrencies } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { bucketAt } from './compile-currencies.ts'
import { axisOf, readOf } from './compile-node.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'
import { ConversionNotes } from './conversion-notes.ts'
import { currencyKey } from './currency-sides.ts'
import type { CurrencySide } from './currency-sides.ts'
import { exchangeOf, missingRate } from './exchange.ts'
import type { RatesOn } from './exchange.ts'
import { followedEdges } from '../movement/movement-history.ts'
import { MOVEMENT_PARTS } from '../read.ts'
import type { FollowedMeasure, MovementMeasure, MovementPart } from '../read.ts'
import { ceilDay } from '../time-column.ts'

const DAY_MS = 86_400_000

/** The dimension that tells each row's currency; null where one is said for all, or no money is asked. */
export function movementCurrency(metric: Metric, { of }: MovementMetric): string | null {
  return of === 'amount' && metric.unit === 'currency' && metric.currency !== null && 'dimension' in metric.currency ? metric.currency.dimension : null
}

/** A day of a bucket: where its parts are, the day itself, and the day before. */
interface Step {
  readonly index: number
  readonly firstDayMs: number
  readonly lastDayMs: number
}

/** An amount in its own currency, and the day whose rate converts it. */
interface Term {
  readonly native: Amount
  readonly dayMs: number
}

/**
 * A component of a movement whose rows tell their currency. Changes are netted and classified in their own currencies, and told at
 * the rate of their day; what is held at an edge at that of the day before; `fx` is what was held at the start of each day times
 * the change of the rate. So start and components yield the end, exactly, and days add up to months. Without rates a bucket of
 * several currencies has no value.
 */
export function movedByCurrency(context: CompileContext, { component }: MovementMetric, measure: MovementMeasure, dimension: string, leaf: Leaf): Pick<Node, 'reads' | 'evaluate'> {
  const exchange = exchangeOf(context, leaf.period)
  const key = currencyKey(leaf.by, dimension)
  const days = exchange === null ? leaf : { ...leaf, grain: 'day' as const, buckets: axisOf(context, leaf.period, 'day') }
  const read = readOf(measure, leaf.predicate, { ...days, by: key.by })
  const steps: Step[][] = leaf.buckets.map(() => [])
  read.buckets.forEach((bucket, index) => {
    if (bucket.startUtcMs >= context.nowUtcMs) return
    steps[exchange === null ? index : bucketAt(leaf.buckets, bucket.startUtcMs)]?.push({ index, firstDayMs: ceilDay(bucket.startLocalMs), lastDayMs: ceilDay(bucket.endLocalMs) - DAY_MS })
  })
  const parts = partsOf(component as MovementComponent, isWhole(context, measure, leaf))
  return {
    reads: [read, ...(exchange?.reads ?? [])],
    evaluate: (resultOf) => {
      const { groups, sides } = key.sidesOf(resultOf(read))
      const rates = exchange?.ratesOf(resultOf) ?? null
      return { groups, at: (id) => steps.map((ofBucket) => told(context, rates, (sides.get(id) ?? []).map((side) => ({ currency: side.currency, terms: termsOf(component as MovementComponent, parts, side, ofBucket) })))) }
    },
  }
}

/**
 * A followed component whose rows tell their currency. Each currency is followed by itself, so that taking up another is no
 * expansion of it; all are told at the rates of the day before the window's start, so that a ratio of them holds no change of rates.
 */
export function followedByCurrency(context: CompileContext, { component }: MovementMetric, measure: FollowedMeasure, dimension: string, leaf: Leaf): Pick<Node, 'reads' | 'evaluate'> {
  const exchange = exchangeOf(context, leaf.period)
  const key = currencyKey(leaf.by, dimension)
  const read = readOf(measure, leaf.predicate, { ...leaf, by: key.by })
  const part = FOLLOWED_COMPONENTS.findIndex((one) => one === component)
  const daysMs = leaf.buckets.map((_, index) => followedEdges(context, read, index, measure.window).start.localMs - DAY_MS)
  return {
    reads: [read, ...(exchange?.reads ?? [])],
    evaluate: (resultOf) => {
      const { groups, sides } = key.sidesOf(resultOf(read))
      const rates = exchange?.ratesOf(resultOf) ?? null
      const termsAt = ({ currency, parts }: CurrencySide, index: number): { currency: string; terms: readonly Term[] } => {
        const native = amountOfPart(parts[index]?.[part] ?? 0n)
        return { currency, terms: native.value?.isZero() ? [] : [{ native, dayMs: daysMs[index] ?? 0 }] }
      }
      return { groups, at: (id) => daysMs.map((_, index) => told(context, rates, (sides.get(id) ?? []).map((side) => termsAt(side, index)))) }
    },
  }
}

/** Whether rows of an entity are in the question all or none: it can then enter and leave no segment but a currency. */
function isWhole(context: CompileContext, { entity }: MovementMeasure, { predicate, by }: Leaf): boolean {
  const ofEntity = (name: string): boolean => (context.model.dimensions.get(name)?.entity ?? context.memberships.get(name)?.entity) === entity
  return [...dimensionsOf(predicate)].every(ofEntity) && by.every((key) => (key.kind === 'entity' ? key.entity === entity : key.dimension !== null && ofEntity(key.dimension)))
}

/** The parts that make a flow. A customer who takes up, or drops, one of several currencies expands, or contracts. */
function partsOf(component: MovementComponent, whole: boolean): readonly MovementPart[] {
  switch (component) {
    case 'expansion':
      return whole ? ['expansion', 'entering_segment'] : ['expansion']
    case 'contraction':
      return whole ? ['contraction', 'leaving_segment'] : ['contraction']
    case 'entering_segment':
    case 'leaving_segment':
      return whole ? [] : [component]
    case 'new':
    case 'churned':
    case 'reactivation':
      return [component]
    case 'start':
    case 'end':
    case 'net':
    case 'fx':
      return []
  }
}

function termsOf(component: MovementComponent, parts: readonly MovementPart[], side: CurrencySide, steps: readonly Step[]): readonly Term[] {
  const nativeOf = ({ index }: Step, part: MovementPart): Amount => {
    const native = side.parts[index]?.[MOVEMENT_PARTS.indexOf(part)] ?? 0n
    return native === 0n ? ZERO : amountOfPart(native)
  }
  const [first, last] = [steps[0], steps.at(-1)]
  if (first === undefined || last === undefined) return []
  const opening = (sign: Amount): Term => ({ native: combine(sign, nativeOf(first, 'start'), '*'), dayMs: first.firstDayMs - DAY_MS })
  const closing: Term = { native: nativeOf(last, 'end'), dayMs: last.lastDayMs }
  const terms = ((): readonly Term[] => {
    switch (component) {
      case 'start':
        return [opening(ONE)]
      case 'end':
        return [closing]
      case 'net':
        return [closing, opening(MINUS_ONE)]
      case 'fx':
        return steps.flatMap((step) => {
          const held = nativeOf(step, 'start')
          return [{ native: held, dayMs: step.lastDayMs }, { native: combine(MINUS_ONE, held, '*'), dayMs: step.firstDayMs - DAY_MS }]
        })
      default:
        return steps.flatMap((step) => parts.map((part) => ({ native: nativeOf(step, part), dayMs: step.lastDayMs })))
    }
  })()
  return terms.filter(({ native }) => native.value === null || !native.value.isZero())
}

const ONE = amountOfPart(1n)
const MINUS_ONE = amountOfPart(-1n)

function told(context: CompileContext, rates: RatesOn | null, all: readonly { readonly currency: string; readonly terms: readonly Term[] }[]): Amount {
  const sides = all.filter(({ terms }) => terms.length > 0)
  const currencies = sides.map(({ currency }) => currency)
  const to = rates === null ? null : (context.model.exchangeRates?.to ?? null)
  if (currencies.length > 1 && (to === null || currencies.includes(UNKNOWN_CURRENCY))) return mixedCurrencies(currencies)
  const notes = new ConversionNotes(to ?? '')
  const converted = sides.flatMap(({ currency, terms }) => terms.map(({ native, dayMs }) => {
    if (rates === null || currency === to || currency === UNKNOWN_CURRENCY || native.value === null) return native
    const rate = rates(currency, dayMs)
    if (rate === null) return missingRate(context, currency, dayMs)
    notes.add(currency, rate)
    return combine(native, rate.rate, '*')
  }))
  const sum = converted.reduce((total, amount) => combine(total, amount, '+'), ZERO)
  if (sum.value === null) return sum
  const only = currencies[0] ?? (all.length === 1 ? all[0]?.currency : undefined) ?? null
  return { ...sum, currency: only === UNKNOWN_CURRENCY ? only : (to ?? only), assumptions: notes.lines() }
}
