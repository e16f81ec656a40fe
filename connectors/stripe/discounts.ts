import { regularStart } from './billed-facts.ts'
import type { BilledInvoice } from './billed-facts.ts'
import type { Catalogue } from './catalogue.ts'
import type { Observation } from './observed.ts'
import { over, rational, rationalOf } from './rational.ts'
import type { Rational } from './rational.ts'
import { at, idOf, listOf, numberOf, objectOf, objectsOf, textOf } from './record.ts'
import type { StripeObject } from './record.ts'

/** A coupon that lowers what recurs, over `[from, to)`, seconds since 1970. */
export interface RecurringDiscount {
  readonly id: string
  readonly coupon: string
  /** Null for the whole subscription. */
  readonly item: string | null
  readonly from: number
  readonly to: number | null
  /** What it is limited to; null for everything. */
  readonly products: readonly string[] | null
  /** A share from 0 to 1, or an amount of each invoice in the currency's smallest unit. */
  readonly share: Rational | null
  readonly amount: Rational | null
}

/** The discounts that a subscription has now: its own and its items', else its customer's. */
export function presentDiscounts(subscription: StripeObject): readonly { readonly discount: unknown; readonly item: string | null }[] {
  const own = [...listOf(subscription['discounts']), ...(objectOf(subscription['discount']) === null ? [] : [subscription['discount']])].map((discount) => ({ discount, item: null }))
  const ofItems = objectsOf(subscription['items']).flatMap((item) => listOf(item['discounts']).map((discount) => ({ discount, item: idOf(item) })))
  const ofCustomer = at(subscription, 'customer', 'discount')
  return own.length + ofItems.length > 0 || objectOf(ofCustomer) === null ? [...own, ...ofItems] : [{ discount: ofCustomer, item: null }]
}

/**
 * Discounts of a subscription that change its recurring revenue, as the present and the invoices tell. Those of coupons that count
 * `once` are not among them: they lower one invoice. https://support.stripe.com/questions/impact-of-discounts-and-coupons-on-monthly-recurring-revenue-mrr-in-billing
 *
 * One that the subscription has no more ended when an invoice first came without it, or when a sync first missed it.
 */
export async function recurringDiscounts(subscription: StripeObject, billed: readonly BilledInvoice[], observations: readonly Observation[], catalogue: Catalogue): Promise<readonly RecurringDiscount[]> {
  const present = presentDiscounts(subscription)
  const presentIds = new Set(present.map(({ discount }) => idOf(discount)))
  const seen = new Map<string, { readonly discount: StripeObject; readonly item: string | null }>()
  const note = (discount: unknown, item: string | null): void => {
    const object = objectOf(discount)
    const id = idOf(discount)
    if (object !== null && id !== null && !seen.has(id)) seen.set(id, { discount: object, item: textOf(object['subscription_item']) ?? item })
  }
  for (const { discount, item } of present) note(discount, item)
  for (const { invoice, lines } of billed) {
    for (const discount of [...listOf(invoice['discounts']), invoice['discount']]) note(discount, null)
    for (const line of lines) for (const discount of listOf(line['discounts'])) note(discount, textOf(at(line, 'parent', 'subscription_item_details', 'subscription_item')) ?? idOf(line['subscription_item']))
  }
  for (const { given } of observations) for (const discount of given) note(discount, null)
  const found: RecurringDiscount[] = []
  for (const [id, { discount, item }] of seen) {
    const from = numberOf(discount['start'])
    if (from === null) continue
    const end = numberOf(discount['end'])
    const missed = presentIds.has(id) ? null : missedFrom(id, from, billed, observations)
    const to = end === null ? missed : missed === null ? end : Math.min(end, missed)
    const terms = await termsOf(id, discount, textOf(subscription['currency']) ?? '', billed, catalogue)
    if (terms !== null && (to === null || to > from)) found.push({ id, item, from, to, ...terms })
  }
  return found.sort((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1))
}

/** Discounts that the subscription has, and that neither an invoice nor an observation tells of: what is to be remembered of them. */
export function unbilledDiscounts(subscription: StripeObject, billed: readonly BilledInvoice[], observations: readonly Observation[]): readonly StripeObject[] {
  const told = new Set([...billed.flatMap(idsOn), ...observations.flatMap(({ given }) => given.map(idOf))])
  return presentDiscounts(subscription).flatMap(({ discount, item }) => {
    const object = objectOf(discount)
    if (object === null || told.has(idOf(object))) return []
    return [{ id: idOf(object), start: object['start'], end: object['end'], subscription_item: textOf(object['subscription_item']) ?? item, source: { coupon: idOf(object['coupon']) ?? idOf(at(object, 'source', 'coupon')) } }]
  })
}

/** Ids of discounts that an invoice or a line of it has. */
function idsOn({ invoice, lines }: BilledInvoice): readonly (string | null)[] {
  return [...listOf(invoice['discounts']), invoice['discount'], ...lines.flatMap((line) => listOf(line['discounts']))].map(idOf)
}

type Terms = Pick<RecurringDiscount, 'coupon' | 'products' | 'share' | 'amount'>

async function termsOf(id: string, discount: StripeObject, currency: string, billed: readonly BilledInvoice[], catalogue: Catalogue): Promise<Terms | null> {
  const named = discount['coupon'] ?? at(discount, 'source', 'coupon') // the latter since 2025-09-30 (clover)
  const coupon = await catalogue.coupon(named)
  const name = idOf(named) ?? id
  if (coupon === null) return asBilled(id, name, numberOf(discount['end']) !== null, billed)
  if (coupon['duration'] === 'once') return null
  const limited = listOf(at(coupon, 'applies_to', 'products')).flatMap((product) => idOf(product) ?? [])
  const products = limited.length === 0 ? null : limited
  const percent = rationalOf(coupon['percent_off'])
  if (percent !== null) return { coupon: name, products, share: over(percent, rational(100)), amount: null }
  const amount = coupon['currency'] === currency ? coupon['amount_off'] : at(coupon, 'currency_options', currency, 'amount_off')
  return rationalOf(amount) === null ? null : { coupon: name, products, share: null, amount: rationalOf(amount) }
}

/** Of a coupon that was deleted: the share it last took, where it has an end or came twice, and so was none for once. */
function asBilled(id: string, coupon: string, hasEnd: boolean, billed: readonly BilledInvoice[]): Terms | null {
  const taken = billed.flatMap((one) => {
    if (regularStart(one) === null) return []
    const amounts = one.lines.flatMap((line) => objectsOf(line['discount_amounts']).flatMap((part) => (idOf(part['discount']) === id ? [{ off: numberOf(part['amount']) ?? 0, of: numberOf(line['amount']) ?? 0 }] : [])))
    const of = amounts.reduce((sum, part) => sum + part.of, 0)
    return of > 0 ? [rational(amounts.reduce((sum, part) => sum + part.off, 0), of)] : []
  })
  const last = taken.at(-1)
  return last !== undefined && (hasEnd || taken.length > 1) ? { coupon, products: null, share: last, amount: null } : null
}

function missedFrom(id: string, from: number, billed: readonly BilledInvoice[], observations: readonly Observation[]): number | null {
  const last = billed.findLastIndex((one) => idsOn(one).includes(id))
  const after = billed.slice(last + 1).flatMap((one) => regularStart(one) ?? []).filter((start) => start > from)
  const observed = observations.filter(({ at, discounts }) => at > from && !discounts.includes(id)).map(({ at }) => at)
  const moments = [...(last < 0 ? [] : after), ...observed]
  return moments.length === 0 ? null : Math.min(...moments)
}
