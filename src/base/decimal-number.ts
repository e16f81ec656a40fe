import { KpiqlError } from './errors.ts'

/**
 * An exact decimal: `units × 10^-scale`. Sums of these do not depend on order, and money survives them to the last cent.
 * Only what folding needs is here (add, compare, text); formulas use decimal.js.
 */
export interface DecimalNumber {
  readonly units: bigint
  readonly scale: number
}

const DECIMAL_TEXT = /^([+-]?)(\d+)(?:\.(\d+))?$/

/** Reads plain notation (`-12.30`). @throws KpiqlError `PLAN_BROKEN` for anything else: a connector promised a decimal. */
export function parseDecimal(text: string): DecimalNumber {
  const match = DECIMAL_TEXT.exec(text)
  if (!match) throw new KpiqlError('PLAN_BROKEN', { message: `"${text.slice(0, 40)}" is not a plain decimal.` })
  const [, sign, whole = '0', fraction = ''] = match
  const units = BigInt(whole + fraction)
  return { units: sign === '-' ? -units : units, scale: fraction.length }
}

function rescale(value: DecimalNumber, scale: number): bigint {
  return value.scale === scale ? value.units : value.units * 10n ** BigInt(scale - value.scale)
}

export function addDecimals(a: DecimalNumber, b: DecimalNumber): DecimalNumber {
  if (a.scale === b.scale) return { units: a.units + b.units, scale: a.scale }
  const scale = Math.max(a.scale, b.scale)
  return { units: rescale(a, scale) + rescale(b, scale), scale }
}

export function compareDecimals(a: DecimalNumber, b: DecimalNumber): number {
  const scale = Math.max(a.scale, b.scale)
  const left = rescale(a, scale)
  const right = rescale(b, scale)
  return left < right ? -1 : left > right ? 1 : 0
}

/** Plain notation without an exponent; trailing zeros of the scale are kept (`12.30`). */
export function decimalToText(value: DecimalNumber): string {
  if (value.scale === 0) return value.units.toString()
  const negative = value.units < 0n
  const digits = (negative ? -value.units : value.units).toString().padStart(value.scale + 1, '0')
  const whole = digits.slice(0, -value.scale)
  return `${negative ? '-' : ''}${whole}.${digits.slice(-value.scale)}`
}
