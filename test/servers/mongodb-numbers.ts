/** A decimal of BSON as the pipelines of the test server hold it: exact, to 34 digits. Doubles are JavaScript's numbers, integers bigints. */
export class Dec {
  readonly units: bigint
  readonly scale: number

  constructor(units: bigint, scale: number) {
    let [whole, places] = [units, scale]
    while (places > 0 && whole % 10n === 0n) [whole, places] = [whole / 10n, places - 1]
    if (places < 0) [whole, places] = [whole * 10n ** BigInt(-places), 0]
    const digits = whole.toString().replace('-', '').length
    if (digits > 34 && places > 0) {
      const cut = Math.min(digits - 34, places)
      ;[whole, places] = [divideRounded(whole, 10n ** BigInt(cut)), places - cut]
    }
    this.units = whole
    this.scale = places
  }

  toString(): string {
    if (this.scale === 0) return this.units.toString()
    const digits = (this.units < 0n ? -this.units : this.units).toString().padStart(this.scale + 1, '0')
    return `${this.units < 0n ? '-' : ''}${digits.slice(0, -this.scale)}.${digits.slice(-this.scale)}`
  }

  static from(text: string): Dec {
    const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
    if (whole === '') throw new TypeError(`"${text}" is no decimal.`)
    const units = BigInt(whole + fraction)
    return new Dec(sign === '-' ? -units : units, fraction.length - Number(exponent))
  }
}

export type Num = number | bigint | Dec

export const isNum = (value: unknown): value is Num => typeof value === 'number' || typeof value === 'bigint' || value instanceof Dec

/** Half to even, as IEEE 754 and MongoDB round. */
export function divideRounded(of: bigint, by: bigint): bigint {
  const [quotient, rest] = [of / by, of % by]
  const twice = (rest < 0n ? -rest : rest) * 2n
  const up = twice > by || (twice === by && quotient % 2n !== 0n)
  return up ? quotient + (of < 0n ? -1n : 1n) : quotient
}

/** Of a double, 15 digits are kept. */
export const toDec = (value: Num): Dec => (value instanceof Dec ? value : typeof value === 'bigint' ? new Dec(value, 0) : Dec.from(Number(value.toPrecision(15)).toString()))
export const toDouble = (value: Num): number => (value instanceof Dec ? Number(value.toString()) : Number(value))
const LARGEST = 2n ** 63n

/** Integers that overflow go on as doubles. */
const fit = (value: bigint): Num => (value >= LARGEST || value < -LARGEST ? Number(value) : value)

export function add(a: Num, b: Num): Num {
  if (typeof a === 'bigint' && typeof b === 'bigint') return fit(a + b)
  if (!(a instanceof Dec) && !(b instanceof Dec)) return Number(a) + Number(b)
  const [x, y] = [toDec(a), toDec(b)]
  const scale = Math.max(x.scale, y.scale)
  return new Dec(x.units * 10n ** BigInt(scale - x.scale) + y.units * 10n ** BigInt(scale - y.scale), scale)
}

export function negate(a: Num): Num {
  return a instanceof Dec ? new Dec(-a.units, a.scale) : typeof a === 'bigint' ? fit(-a) : -a
}

export function multiply(a: Num, b: Num): Num {
  if (typeof a === 'bigint' && typeof b === 'bigint') return fit(a * b)
  if (!(a instanceof Dec) && !(b instanceof Dec)) return Number(a) * Number(b)
  const [x, y] = [toDec(a), toDec(b)]
  return new Dec(x.units * y.units, x.scale + y.scale)
}

/** Doubles, unless a side is a decimal. */
export function divide(a: Num, b: Num): Num {
  if (!(a instanceof Dec) && !(b instanceof Dec)) return Number(a) / Number(b)
  const [x, y] = [toDec(a), toDec(b)]
  const scale = 60
  const sign = y.units < 0n ? -1n : 1n
  return new Dec(divideRounded(sign * x.units * 10n ** BigInt(scale + y.scale - x.scale), sign * y.units), scale)
}

export function roundTo(a: Num, places: number, how: 'round' | 'trunc' | 'floor' | 'ceil'): Num {
  if (typeof a === 'bigint') return a
  if (typeof a === 'number') {
    if (how !== 'round') return Math[how](a)
    const [floor, rest] = [Math.floor(a), a - Math.floor(a)]
    return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor
  }
  if (a.scale <= places) return a
  const by = 10n ** BigInt(a.scale - places)
  if (how === 'round') return new Dec(divideRounded(a.units, by), places)
  const cut = a.units / by
  const isOff = a.units % by !== 0n
  return new Dec(cut + (isOff && how === 'floor' && a.units < 0n ? -1n : isOff && how === 'ceil' && a.units > 0n ? 1n : 0n), places)
}

export function compareNum(a: Num, b: Num): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a))
    return a < b ? -1 : a > b ? 1 : 0
  }
  // NaN is the smallest number of BSON.
  for (const [value, sign] of [[a, 1], [b, -1]] as const) if (typeof value === 'number' && !Number.isFinite(value)) return value > 0 ? sign : -sign
  const [x, y] = [exactly(a), exactly(b)]
  const scale = Math.max(x.scale, y.scale)
  const [left, right] = [x.units * 10n ** BigInt(scale - x.scale), y.units * 10n ** BigInt(scale - y.scale)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** Every double is a decimal of many digits: a fraction of a power of two. */
function exactly(value: Num): { readonly units: bigint; readonly scale: number } {
  if (value instanceof Dec) return value
  if (typeof value === 'bigint') return { units: value, scale: 0 }
  let [mantissa, scale] = [value, 0]
  while (!Number.isInteger(mantissa)) [mantissa, scale] = [mantissa * 2, scale + 1]
  return { units: BigInt(mantissa) * 5n ** BigInt(scale), scale }
}
