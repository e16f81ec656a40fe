import { Decimal as DecimalJs } from 'decimal.js'
import { decimalToText } from '../base/decimal-number.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Formula } from '../model/formula.ts'
import type { Part } from './read.ts'
import type { Reason } from './reason.ts'

// Enough digits for any DECIMAL(38) times another without rounding.
const Decimal = DecimalJs.clone({ precision: 80, toExpNeg: -40, toExpPos: 60 })

/** A number on its way through a formula, or the reason why there is none. */
export interface Amount {
  readonly value: DecimalJs | null
  /** Every digit is right: sums, counts and their sums, differences and products. Quotients and floats are not. */
  readonly exact: boolean
  readonly reason: Reason | null
  readonly remedy: string | null
}

export const ZERO: Amount = { value: new Decimal(0), exact: true, reason: null, remedy: null }

export function none(reason: Reason, remedy: string | null = null): Amount {
  return { value: null, exact: false, reason, remedy }
}

export function amountOfPart(part: Part): Amount {
  if (part === null) return none('NO_ROWS')
  if (typeof part === 'number') {
    if (!Number.isFinite(part)) return none('OVERFLOW')
    // The 16th digit of a float sum depends on the order of its rows; fifteen are the same in any.
    return { value: new Decimal(Number.isInteger(part) ? part : Number(part.toPrecision(15))), exact: Number.isSafeInteger(part), reason: null, remedy: null }
  }
  const text = typeof part === 'bigint' ? part.toString() : decimalToText(part)
  return { value: new Decimal(text), exact: true, reason: null, remedy: null }
}

export function amountOfText(text: string): Amount {
  return { value: new Decimal(text), exact: true, reason: null, remedy: null }
}

export function divide(a: Amount, b: Amount): Amount {
  if (a.value === null) return a
  if (b.value === null) return b
  if (b.value.isZero()) return none('DIVISION_BY_ZERO')
  return { value: a.value.div(b.value), exact: false, reason: null, remedy: null }
}

export function combine(a: Amount, b: Amount, op: '+' | '-' | '*'): Amount {
  if (a.value === null) return a
  if (b.value === null) return b
  const value = op === '+' ? a.value.plus(b.value) : op === '-' ? a.value.minus(b.value) : a.value.times(b.value)
  return { value, exact: a.exact && b.exact, reason: null, remedy: null }
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

export function evaluateFormula(formula: Formula, inputs: ReadonlyMap<string, Amount>): Amount {
  switch (formula.kind) {
    case 'number':
      return amountOfText(formula.text)
    case 'input': {
      const found = inputs.get(formula.alias)
      if (found === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `The formula names "${formula.alias}", which is no input.` })
      return found
    }
    case 'negate':
      return combine(ZERO, evaluateFormula(formula.of, inputs), '-')
    case 'binary': {
      const left = evaluateFormula(formula.left, inputs)
      const right = evaluateFormula(formula.right, inputs)
      return formula.op === '/' ? divide(left, right) : combine(left, right, formula.op)
    }
    case 'call':
      return call(formula.name, formula.args.map((arg) => evaluateFormula(arg, inputs)))
  }
}

function call(name: (Formula & { kind: 'call' })['name'], args: readonly Amount[]): Amount {
  const [first = none('NO_ROWS'), second] = args
  if (name === 'coalesce') return args.find(({ value }) => value !== null) ?? first
  const missing = args.find(({ value }) => value === null)
  if (name === 'nullif') {
    if (first.value === null || second === undefined || second.value === null) return first
    return first.value.eq(second.value) ? none('NO_ROWS') : first
  }
  if (missing) return missing
  switch (name) {
    case 'abs':
      return first.value === null ? first : { ...first, value: first.value.abs() }
    case 'round':
      return first.value === null ? first : { ...first, value: first.value.toDecimalPlaces(second?.value?.toNumber() ?? 0, Decimal.ROUND_HALF_UP) }
    case 'least':
      return args.reduce((least, arg) => (arg.value !== null && least.value !== null && arg.value.lt(least.value) ? arg : least))
    case 'greatest':
      return args.reduce((most, arg) => (arg.value !== null && most.value !== null && arg.value.gt(most.value) ? arg : most))
  }
}
