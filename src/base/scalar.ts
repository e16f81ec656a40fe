import { Decimal } from 'decimal.js'
import { compareDecimals, parseDecimal } from './decimal-number.ts'
import type { DecimalNumber } from './decimal-number.ts'

/**
 * A value that rows are compared with. Dates are ISO text (`YYYY-MM-DD`); instants ISO text in UTC with `Z`; big integers `bigint`;
 * decimals that a double would round are plain text (`12345678901234567.89`).
 */
export type Scalar = string | number | bigint | boolean

/** How the values of one column compare. One value may be written in several ways (`2`, `2n`, `"2.00"`): it has one id. */
export interface ScalarOrder {
  /** Equal values have equal ids, different ones different. */
  id(value: Scalar): string
  /** Below 0 where `a` comes first, 0 exactly where the ids are equal. */
  compare(a: Scalar, b: Scalar): number
}

/**
 * Whole and decimal numbers, exactly and by value; a double stands for its shortest decimal text, so that 0.1 is a tenth.
 *
 * @throws KpiqlError `PLAN_BROKEN` from its functions for a text that is no plain decimal.
 */
export const exactOrder: ScalarOrder = {
  id: (value) => (Number.isSafeInteger(value) ? String(value) : trimmed(plainNumber(value))),
  compare: (a, b) => (typeof a === 'number' && typeof b === 'number' ? sign(a, b) : compareDecimals(exactly(a), exactly(b))),
}

/** Doubles: what a double cannot tell apart is one value. */
export const doubleOrder: ScalarOrder = {
  // Adding 0 makes -0 the 0 it equals.
  id: (value) => String(Number(value) + 0),
  compare: (a, b) => sign(Number(a), Number(b)),
}

/** Texts by their code units, which for ISO dates is by time; booleans as their names. */
export const textOrder: ScalarOrder = {
  id: String,
  compare: (a, b) => sign(String(a), String(b)),
}

/** Plain notation without an exponent, every digit kept: `1e21` becomes `1000000000000000000000`. */
export function plainNumber(value: Scalar): string {
  if (typeof value !== 'number') return String(value)
  const text = String(value)
  return text.includes('e') ? new Decimal(value).toFixed() : text
}

function exactly(value: Scalar): DecimalNumber {
  return typeof value === 'bigint' ? { units: value, scale: 0 } : parseDecimal(plainNumber(value))
}

function trimmed(plain: string): string {
  const { units, scale } = parseDecimal(plain)
  let kept = units
  let places = scale
  while (places > 0 && kept % 10n === 0n) {
    kept /= 10n
    places -= 1
  }
  return places === 0 ? kept.toString() : `${kept}e-${places}`
}

function sign<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
