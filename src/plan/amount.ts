import { Decimal as DecimalJs } from 'decimal.js'
import { decimalToText } from '../base/decimal-number.ts'
import type { Part } from './read.ts'
import type { Reason } from './reason.ts'

// Enough digits for any DECIMAL(38) times another without rounding.
export const Decimal = DecimalJs.clone({ precision: 80, toExpNeg: -40, toExpPos: 60 })

/** A number on its way through a formula, or the reason why there is none. */
export interface Amount {
  readonly value: DecimalJs | null
  /** Every digit is right: sums, counts and their sums, differences and products. Quotients, floats and estimates are not. */
  readonly exact: boolean
  readonly reason: Reason | null
  readonly remedy: string | null
  /** ISO 4217 of money; null for what is no money. `UNKNOWN_CURRENCY` where rows do not tell it, `UNSTATED_CURRENCY` where the model does not. */
  readonly currency: string | null
  /** Some part of it stands in for data that is not there. */
  readonly estimated: boolean
  /** What it takes for granted (estimates, exchange rates), each once. */
  readonly assumptions: readonly string[]
}

/** Money of rows whose currency is null: never added to money of a known one. */
export const UNKNOWN_CURRENCY = '?'

/** Money of metrics for which the model states no currency: unknown like that of rows that do not tell it. */
export const UNSTATED_CURRENCY = '¤'

/** ISO 4217 as clients see it; null where there is none to tell. */
export function shownCurrency(currency: string | null): string | null {
  return currency === UNKNOWN_CURRENCY || currency === UNSTATED_CURRENCY ? null : currency
}

const PLAIN = { reason: null, remedy: null, currency: null, estimated: false, assumptions: [] } as const

export const ZERO: Amount = { ...PLAIN, value: new Decimal(0), exact: true }

export function none(reason: Reason, remedy: string | null = null): Amount {
  return { ...PLAIN, value: null, exact: false, reason, remedy }
}

export function amountOfPart(part: Part): Amount {
  if (part === null) return none('NO_ROWS')
  if (typeof part === 'number') {
    if (!Number.isFinite(part)) return none('OVERFLOW')
    // The 16th digit of a float sum depends on the order of its rows; fifteen are the same in any.
    return { ...PLAIN, value: new Decimal(Number.isInteger(part) ? part : Number(part.toPrecision(15))), exact: Number.isSafeInteger(part) }
  }
  const text = typeof part === 'bigint' ? part.toString() : decimalToText(part)
  return { ...PLAIN, value: new Decimal(text), exact: true }
}

export function amountOfText(text: string): Amount {
  return { ...PLAIN, value: new Decimal(text), exact: true }
}

/** What a result of several amounts inherits from them, besides its currency. */
export function heritageOf(amounts: readonly Amount[]): Pick<Amount, 'estimated' | 'assumptions'> {
  const said = amounts.filter(({ assumptions }) => assumptions.length > 0)
  const assumptions = said.length < 2 ? (said[0]?.assumptions ?? []) : [...new Set(said.flatMap((amount) => amount.assumptions))]
  return { estimated: amounts.some(({ estimated }) => estimated), assumptions }
}

export function currencyName(currency: string): string {
  return currency === UNKNOWN_CURRENCY ? 'an unknown currency' : currency === UNSTATED_CURRENCY ? 'a currency that the model does not state' : currency
}

export function mixedCurrencies(currencies: readonly string[]): Amount {
  const names = currencies.toSorted().map(currencyName)
  const listed = names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
  const remedy = currencies.includes(UNSTATED_CURRENCY) ? 'Write `currency:` in the model.' : 'Filter by one currency, or add exchange_rates to the model.'
  return none('MIXED_CURRENCIES', `Amounts in ${listed} are not added up. ${remedy}`)
}

/** The different currencies that several amounts are in: none for plain numbers; an unknown and an unstated one are one, unknown. */
export function currenciesOf(amounts: readonly Amount[]): readonly string[] {
  const found = new Set(amounts.flatMap(({ currency }) => currency ?? []))
  if (found.has(UNKNOWN_CURRENCY)) found.delete(UNSTATED_CURRENCY)
  return [...found]
}

/** Money by money of one currency is a plain number, as is a number by money; money of different currencies is none. */
export function divide(a: Amount, b: Amount): Amount {
  if (a.value === null) return a
  if (b.value === null) return b
  const currencies = currenciesOf([a, b])
  if (currencies.length > 1) return mixedCurrencies(currencies)
  if (b.value.isZero()) return none('DIVISION_BY_ZERO')
  return { ...PLAIN, ...heritageOf([a, b]), value: a.value.div(b.value), exact: false, currency: b.currency === null ? a.currency : null }
}

/** Money of different currencies has no sum, difference or product. */
export function combine(a: Amount, b: Amount, op: '+' | '-' | '*'): Amount {
  if (a.value === null) return a
  if (b.value === null) return b
  const currencies = a.currency === b.currency ? [] : currenciesOf([a, b])
  if (currencies.length > 1) return mixedCurrencies(currencies)
  const value = op === '+' ? a.value.plus(b.value) : op === '-' ? a.value.minus(b.value) : a.value.times(b.value)
  const squared = op === '*' && a.currency !== null && b.currency !== null
  return { ...PLAIN, ...heritageOf([a, b]), value, exact: a.exact && b.exact, currency: squared ? null : (currencies[0] ?? a.currency) }
}

/** The finite number clients get; null with `OVERFLOW` when it does not fit one. */
export function toFinite(amount: Amount): number | null {
  if (amount.value === null) return null
  const value = amount.value.toNumber()
  return Number.isFinite(value) ? value : null
}

/** Plain notation without an exponent or trailing zeros. */
export function toExactText(amount: Amount): string | null {
  return amount.value === null || !amount.exact ? null : amount.value.toFixed()
}
