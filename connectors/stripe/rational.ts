/** An exact fraction; `denominator` is positive. */
export interface Rational {
  readonly numerator: bigint
  readonly denominator: bigint
}

export const ZERO: Rational = { numerator: 0n, denominator: 1n }

export function rational(numerator: bigint | number, denominator: bigint | number = 1n): Rational {
  const [a, b] = [BigInt(numerator), BigInt(denominator)]
  const sign = b < 0n ? -1n : 1n
  const divisor = gcd(a < 0n ? -a : a, b * sign)
  return divisor === 0n ? ZERO : { numerator: (a * sign) / divisor, denominator: (b * sign) / divisor }
}

/** Reads plain decimals, as text or a number; null for anything else. */
export function rationalOf(value: unknown): Rational | null {
  const text = typeof value === 'string' ? value.trim() : typeof value === 'number' && Number.isFinite(value) ? String(value) : ''
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (!match) return null
  const [, sign = '', whole = '', fraction = ''] = match
  return rational(BigInt(`${sign}${whole}${fraction}`), 10n ** BigInt(fraction.length))
}

export function plus(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
}

export function minus(a: Rational, b: Rational): Rational {
  return plus(a, { numerator: -b.numerator, denominator: b.denominator })
}

export function times(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.numerator, a.denominator * b.denominator)
}

/** Null for a divisor of 0. */
export function over(a: Rational, b: Rational): Rational | null {
  return b.numerator === 0n ? null : rational(a.numerator * b.denominator, a.denominator * b.numerator)
}

export function isPositive({ numerator }: Rational): boolean {
  return numerator > 0n
}

/** Plain notation with `scale` decimals, halves away from zero. */
export function decimalText({ numerator, denominator }: Rational, scale: number): string {
  const isNegative = numerator < 0n
  const scaled = (isNegative ? -numerator : numerator) * 10n ** BigInt(scale)
  const units = (scaled * 2n + denominator) / (denominator * 2n)
  const digits = units.toString().padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return isNegative && units !== 0n ? `-${text}` : text
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}
