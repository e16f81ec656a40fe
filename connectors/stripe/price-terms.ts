import { at, idOf, numberOf, objectOf, objectsOf, textOf } from './record.ts'
import type { StripeObject } from './record.ts'
import { isPositive, plus, rational, rationalOf, times, ZERO } from './rational.ts'
import type { Rational } from './rational.ts'

/** What a recurring price, or a plan of older versions, charges. */
export interface PriceTerms {
  readonly id: string
  readonly product: string | null
  readonly plan: string | null
  readonly interval: string
  readonly intervalCount: number
  /** Months' share of one interval: 1/12 for a year, 52/12 for a week, 365/12 for a day. */
  readonly perMonth: Rational
  /** Of an interval, in the currency's smallest unit. */
  charge(quantity: number): Rational
}

const MONTHS: Readonly<Record<string, Rational>> = { month: rational(1n), year: rational(1n, 12n), week: rational(52n, 12n), day: rational(365n, 12n) }

/** @returns Null for what brings no revenue that is known beforehand: single charges, metered prices, amounts that customers choose. */
export function priceTerms(price: StripeObject, currency: string): PriceTerms | null {
  const recurring = price['object'] === 'plan' ? price : at(price, 'recurring')
  const interval = textOf(at(recurring, 'interval'))
  const intervalCount = numberOf(at(recurring, 'interval_count')) ?? 1
  const months = interval === null ? undefined : MONTHS[interval]
  const id = idOf(price)
  if (id === null || interval === null || months === undefined || intervalCount < 1 || at(recurring, 'usage_type') === 'metered') return null
  const own = textOf(price['currency']) === currency ? price : optionOf(price, currency)
  const charge = own === null ? null : chargeOf(own)
  if (charge === null) return null
  return { id, product: idOf(price['product']), plan: textOf(price['nickname']) ?? textOf(price['lookup_key']), interval, intervalCount, perMonth: times(months, rational(1, intervalCount)), charge }
}

/** The price in another of its currencies. An option whose tiers are not known has none: those of the price are amounts of its own currency. */
function optionOf(price: StripeObject, currency: string): StripeObject | null {
  const option = objectOf(at(price, 'currency_options', currency))
  return option === null ? null : { ...price, tiers: null, ...option }
}

function chargeOf(price: StripeObject): ((quantity: number) => Rational) | null {
  if (price['billing_scheme'] === 'tiered') {
    const tiers = objectsOf(price['tiers'])
    return tiers.length === 0 ? null : (quantity) => (price['tiers_mode'] === 'volume' ? volume(tiers, quantity) : graduated(tiers, quantity))
  }
  const unit = amountOf(price, 'unit_amount') ?? amountOf(price, 'amount')
  if (unit === null) return null
  const divideBy = numberOf(at(price, 'transform_quantity', 'divide_by')) ?? numberOf(at(price, 'transform_usage', 'divide_by'))
  const round = at(price, 'transform_quantity', 'round') ?? at(price, 'transform_usage', 'round')
  return (quantity) => times(unit, rational(divideBy === null ? quantity : round === 'down' ? Math.floor(quantity / divideBy) : Math.ceil(quantity / divideBy)))
}

/** All units at the price of the tier that the quantity reaches. https://docs.stripe.com/products-prices/pricing-models#volume-pricing */
function volume(tiers: readonly StripeObject[], quantity: number): Rational {
  const tier = tiers.find((one) => quantity <= (numberOf(one['up_to']) ?? Infinity)) ?? tiers.at(-1)
  return tier === undefined ? ZERO : chargeOfTier(tier, quantity)
}

/** Each tier's units at its own price. https://docs.stripe.com/products-prices/pricing-models#graduated-pricing */
function graduated(tiers: readonly StripeObject[], quantity: number): Rational {
  let sum = ZERO
  let below = 0
  for (const tier of tiers) {
    const upTo = numberOf(tier['up_to']) ?? Infinity
    if (quantity > below || (quantity === 0 && below === 0)) sum = plus(sum, chargeOfTier(tier, Math.max(0, Math.min(quantity, upTo) - below)))
    below = upTo
  }
  return sum
}

function chargeOfTier(tier: StripeObject, units: number): Rational {
  return plus(times(amountOf(tier, 'unit_amount') ?? ZERO, rational(units)), amountOf(tier, 'flat_amount') ?? ZERO)
}

/** The decimal form holds what the integer one cannot. */
function amountOf(value: StripeObject, name: string): Rational | null {
  return rationalOf(value[`${name}_decimal`]) ?? rationalOf(value[name])
}

export function monthly(terms: PriceTerms, quantity: number): Rational {
  return times(terms.charge(quantity), terms.perMonth)
}

export function isCharged(terms: PriceTerms, quantity: number): boolean {
  return isPositive(terms.charge(quantity))
}
