import type { Catalogue } from './catalogue.ts'
import { isCharged, priceTerms } from './price-terms.ts'
import type { PriceTerms } from './price-terms.ts'
import { at, idOf, numberOf, subscriptionOf, textOf } from './record.ts'
import type { StripeObject } from './record.ts'

/** From a moment on an item of a subscription is charged so; `terms` null: nothing is charged. Times are seconds since 1970. */
export interface Fact {
  readonly item: string
  readonly at: number
  /** Null: until another fact of the item says otherwise. */
  readonly until: number | null
  readonly terms: PriceTerms | null
  readonly quantity: number
  /** Of facts that begin together, a higher one goes after a lower: what ends, what a period charges, what a change within it charges, what a sync saw. */
  readonly rank: 0 | 1 | 2 | 3
}

export interface BilledInvoice {
  readonly invoice: StripeObject
  readonly lines: readonly StripeObject[]
}

/**
 * The lines that tell something: all of an invoice that counts; of a renewal that was written off still the prorations, which are
 * of changes before it.
 */
export function tellingLines({ invoice, lines }: BilledInvoice, counts: boolean): readonly StripeObject[] {
  return counts ? lines : invoice['billing_reason'] === 'subscription_cycle' ? lines.filter(prorationOf) : []
}

/** Written off, or held back while collection is paused: earns nothing for its period. */
export function isWaived({ invoice }: BilledInvoice): boolean {
  const { status } = invoice
  return status === 'void' || status === 'uncollectible' || (status === 'draft' && invoice['auto_advance'] === false)
}

/**
 * What the lines of invoices say of a subscription: regular lines charge an item for their period, a proration that credits unused
 * time ends what was charged, one that charges remaining time begins what is charged now.
 *
 * @param lines of one invoice, or pending invoice items.
 */
export async function factsOf(lines: readonly StripeObject[], subscription: string, currency: string, catalogue: Catalogue): Promise<readonly Fact[]> {
  const facts: Fact[] = []
  for (const line of lines) {
    const start = numberOf(at(line, 'period', 'start'))
    const until = numberOf(at(line, 'period', 'end'))
    const amount = numberOf(line['amount'])
    if (start === null || until === null || start >= until || amount === null) continue
    const named = subscriptionOf(line)
    const isProration = prorationOf(line)
    if ((named !== null && named !== subscription) || (!isProration && isSingle(line))) continue
    const item = await itemOf(line, catalogue)
    const price = await catalogue.price(at(line, 'pricing', 'price_details', 'price') ?? line['price'] ?? line['plan'], currency)
    const terms = price === null ? null : priceTerms(price, currency)
    if (item === null || terms === null) continue
    const quantity = numberOf(line['quantity']) ?? 1
    if (amount < 0) facts.push({ item, at: start, until, terms: null, quantity: 0, rank: 0 })
    else if (amount > 0) facts.push({ item, at: start, until, terms, quantity, rank: isProration ? 2 : 1 })
    // A trial is billed as a line of nothing.
    else if (!isProration) facts.push({ item, at: start, until, terms: isCharged(terms, quantity) ? null : terms, quantity, rank: isCharged(terms, quantity) ? 0 : 1 })
  }
  return facts
}

function prorationOf(line: StripeObject): boolean {
  return line['proration'] === true || at(line, 'parent', 'subscription_item_details', 'proration') === true || at(line, 'parent', 'invoice_item_details', 'proration') === true
}

/** A charge beside the subscription's items. */
function isSingle(line: StripeObject): boolean {
  const type = textOf(at(line, 'parent', 'type')) ?? textOf(line['type'])
  return type === 'invoice_item_details' || type === 'invoiceitem' || line['object'] === 'invoiceitem'
}

/** Lines made of invoice items name their item only there since 2025-03-31 (basil). */
async function itemOf(line: StripeObject, catalogue: Catalogue): Promise<string | null> {
  const named = idOf(line['subscription_item']) ?? textOf(at(line, 'parent', 'subscription_item_details', 'subscription_item')) ?? textOf(at(line, 'parent', 'subscription_details', 'subscription_item'))
  if (named !== null) return named
  const invoiceItem = textOf(at(line, 'parent', 'invoice_item_details', 'invoice_item')) ?? textOf(line['invoice_item'])
  if (invoiceItem === null) return null
  const found = await catalogue.invoiceItem(invoiceItem)
  return found === null ? null : (idOf(found['subscription_item']) ?? textOf(at(found, 'parent', 'subscription_details', 'subscription_item')))
}

/** From when an invoice charges the subscription's own terms; null where it settles a change only. */
export function regularStart({ lines }: BilledInvoice): number | null {
  const starts = lines.filter((line) => !prorationOf(line) && !isSingle(line)).flatMap((line) => numberOf(at(line, 'period', 'start')) ?? [])
  return starts.length === 0 ? null : Math.min(...starts)
}
