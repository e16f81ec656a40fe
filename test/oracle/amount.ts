/** A number of the oracle: a fraction of whole numbers where every digit counts, a float elsewhere. */
export type Amount = Fraction | { readonly kind: 'float'; readonly value: number }

export interface Fraction {
  readonly kind: 'fraction'
  readonly top: bigint
  readonly bottom: bigint
  /** Whether clients are promised every digit. */
  readonly exact: boolean
}

export const whole = (value: bigint | number): Fraction => ({ kind: 'fraction', top: BigInt(value), bottom: 1n, exact: true })
export const float = (value: number): Amount => ({ kind: 'float', value })

/** `12.30` → 1230/100. */
export function fractionOf(text: string): Fraction {
  const [digits = '0', decimals = ''] = text.replace('-', '').split('.')
  const top = BigInt(digits + decimals)
  return { kind: 'fraction', top: text.startsWith('-') ? -top : top, bottom: 10n ** BigInt(decimals.length), exact: true }
}

export function toNumber(amount: Amount): number {
  if (amount.kind === 'float') return amount.value
  // Twenty-five decimals, then one rounding.
  const scaled = (amount.top * 10n ** 25n) / amount.bottom
  return Number(`${scaled}e-25`)
}

export function plus(a: Amount, b: Amount): Amount {
  if (a.kind === 'float' || b.kind === 'float') return float(toNumber(a) + toNumber(b))
  return { kind: 'fraction', top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom, exact: a.exact && b.exact }
}

export function minus(a: Amount, b: Amount): Amount {
  return plus(a, b.kind === 'float' ? float(-b.value) : { ...b, top: -b.top })
}

export function times(a: Amount, b: Amount): Amount {
  if (a.kind === 'float' || b.kind === 'float') return float(toNumber(a) * toNumber(b))
  return { kind: 'fraction', top: a.top * b.top, bottom: a.bottom * b.bottom, exact: a.exact && b.exact }
}

/** Null for a division by zero. */
export function over(a: Amount, b: Amount): Amount | null {
  if (a.kind === 'float' || b.kind === 'float') return toNumber(b) === 0 ? null : float(toNumber(a) / toNumber(b))
  if (b.top === 0n) return null
  const sign = b.top < 0n ? -1n : 1n
  return { kind: 'fraction', top: a.top * b.bottom * sign, bottom: a.bottom * b.top * sign, exact: false }
}

export function isLess(a: Amount, b: Amount): boolean {
  const difference = minus(a, b)
  return difference.kind === 'float' ? difference.value < 0 : difference.top < 0n
}

/** Plain notation without trailing zeros; null where the fraction has no end or no promise. */
export function exactText(amount: Amount): string | null {
  if (amount.kind === 'float' || !amount.exact) return null
  for (let scale = 0n; scale < 40n; scale++) {
    const shifted = amount.top * 10n ** scale
    if (shifted % amount.bottom !== 0n) continue
    const units = shifted / amount.bottom
    const digits = (units < 0n ? -units : units).toString().padStart(Number(scale) + 1, '0')
    const text = scale === 0n ? digits : `${digits.slice(0, -Number(scale))}.${digits.slice(-Number(scale))}`
    return units < 0n ? `-${text}` : text
  }
  return null
}
