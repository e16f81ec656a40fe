import type { RecurringDiscount } from './discounts.ts'
import { monthly } from './price-terms.ts'
import { decimalText, isPositive, minus, over, plus, rational, times, ZERO } from './rational.ts'
import type { Rational } from './rational.ts'
import { exponentOf } from './record.ts'
import type { Span } from './spans.ts'

/** What an item of a subscription brings in a month over `[from, to)`, in the currency's major unit. */
export interface Amount {
  readonly item: string
  readonly from: number
  readonly to: number | null
  readonly span: Span
  readonly gross: string | null
  readonly mrr: string | null
  readonly coupons: string | null
}

const SCALE = 6
const ONE = rational(1n)

/**
 * Spans of a subscription, cut wherever a discount begins or ends, with what is left a month. Shares are taken one after the other; an
 * amount off the whole subscription is spread over its items as what they charge.
 */
export function amountsOf(spans: readonly Span[], discounts: readonly RecurringDiscount[], currency: string): readonly Amount[] {
  const exponent = exponentOf(currency)
  const moments = [...new Set([...spans, ...discounts].flatMap(({ from, to }) => (to === null ? [from] : [from, to])))].sort((a, b) => a - b)
  const amounts: Amount[] = []
  const open = new Map<string, number>()
  moments.forEach((from, index) => {
    const to = moments[index + 1] ?? null
    const alive = spans.filter((span) => span.from <= from && (span.to === null || span.to > from))
    const running = discounts.filter((one) => one.from <= from && (one.to === null || one.to > from))
    const gross = new Map(alive.map((span) => [span, monthly(span.terms, span.quantity)]))
    for (const [span, full] of gross) {
      const taken = running.filter((discount) => lowers(discount, span))
      const net = taken.reduce((left, discount) => lowered(left, discount, span, full, [...gross].reduce((sum, [other, amount]) => (lowers(discount, other) ? plus(sum, amount) : sum), ZERO)), full)
      const next: Amount = { item: span.item, from, to, span, gross: majorOf(full, exponent), mrr: majorOf(net, exponent), coupons: taken.length === 0 ? null : taken.map(({ coupon }) => coupon).join(', ') }
      const place = open.get(span.item)
      const before = place === undefined ? undefined : amounts[place]
      if (place !== undefined && before && before.to === from && before.span === span && before.mrr === next.mrr && before.coupons === next.coupons) amounts[place] = { ...before, to }
      else open.set(span.item, amounts.push(next) - 1)
    }
  })
  return amounts
}

function lowers({ item, products }: RecurringDiscount, span: Span): boolean {
  return (item === null || item === span.item) && (products === null || (span.terms.product !== null && products.includes(span.terms.product)))
}

/** @param total of all items that the discount lowers. */
function lowered(left: Rational, { share, amount }: RecurringDiscount, { terms }: Span, full: Rational, total: Rational): Rational {
  if (share !== null) return times(left, minus(ONE, share))
  const part = over(full, total)
  if (amount === null || part === null) return left
  const rest = minus(left, times(times(amount, terms.perMonth), part))
  return isPositive(rest) ? rest : ZERO
}

function majorOf(minor: Rational, exponent: number | null): string | null {
  return exponent === null ? null : decimalText(times(minor, rational(1n, 10n ** BigInt(exponent))), SCALE)
}
