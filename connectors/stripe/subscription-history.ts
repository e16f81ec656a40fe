import { amountsOf } from './amounts.ts'
import type { Amount } from './amounts.ts'
import { factsOf, isWaived, tellingLines } from './billed-facts.ts'
import type { BilledInvoice, Fact } from './billed-facts.ts'
import { presentDiscounts, recurringDiscounts, unbilledDiscounts } from './discounts.ts'
import type { Reading } from './object-kind.ts'
import { withObservation } from './observed.ts'
import type { Observation } from './observed.ts'
import { priceTerms } from './price-terms.ts'
import type { PriceTerms } from './price-terms.ts'
import { at, idOf, numberOf, subscriptionOf, textOf } from './record.ts'
import type { StripeObject } from './record.ts'
import { cut, spansOf } from './spans.ts'
import type { Span } from './spans.ts'

interface PresentItem {
  readonly item: string
  readonly terms: PriceTerms
  readonly quantity: number
  readonly created: number
  readonly periodStart: number
}

/** "Active and past-due subscriptions": https://docs.stripe.com/data/analytics/supported-metrics#revenue-mrr */
const COUNTED = new Set(['active', 'past_due'])
const NEVER_PAID = new Set(['incomplete', 'incomplete_expired'])

/**
 * What a subscription brought a month since it began, and brings from now on. The past is what its invoices charged; the present is
 * what it consists of now; prorations that wait for an invoice are between. Where they do not meet, it changed when an event told so, else with this sync, which
 * remembers it in `reading.observed`.
 *
 * @param items all of the subscription's. @param invoices all of them with all lines, newest first.
 */
export async function historyOf(subscription: StripeObject, items: readonly StripeObject[], invoices: readonly BilledInvoice[], reading: Reading): Promise<readonly Amount[]> {
  const id = idOf(subscription)
  const currency = textOf(subscription['currency'])
  const status = textOf(subscription['status']) ?? ''
  if (id === null || currency === null || NEVER_PAID.has(status) || isLostTrial(subscription, invoices)) return []
  const { catalogue, now } = reading
  const isCounted = COUNTED.has(status) && (subscription['pause_collection'] ?? null) === null
  const isKnown = status === 'canceled' || reading.changedAt.has(id) || reading.observed[id] !== undefined
  const oldestFirst = invoices.toReversed().toSorted((a, b) => (numberOf(a.invoice['created']) ?? 0) - (numberOf(b.invoice['created']) ?? 0))
  const counts = (one: BilledInvoice): boolean => !isWaived(one) && (isCounted || isKnown || one.invoice['status'] === 'paid')
  const billed = oldestFirst.filter(counts)
  // Where nothing was billed yet, what it is made of tells also of the past.
  const made = isCounted || (invoices.length === 0 && status !== 'trialing') ? await presentItems(subscription, items, currency, reading) : []
  const present = isCounted ? made : []
  const named = new Map(made.map(({ terms }) => [terms.id, terms]))
  const facts: Fact[] = []
  for (const one of oldestFirst) facts.push(...(await factsOf(tellingLines(one, counts(one)), id, currency, catalogue)))
  for (const { terms } of facts) if (terms !== null) named.set(terms.id, terms)
  for (const one of made) if (!facts.some(({ item }) => item === one.item)) facts.push({ item: one.item, at: one.created, until: null, terms: one.terms, quantity: one.quantity, rank: 0 })

  const observations = (): readonly Observation[] => reading.observed[id] ?? []
  const all = async (): Promise<readonly Fact[]> => [...facts, ...(await Promise.all(observations().map((one) => observedFacts(one, facts, named, currency, reading)))).flat()]
  facts.push(...(await factsOf((await reading.pending(idOf(subscription['customer']))).filter((one) => subscriptionOf(one) === id), id, currency, catalogue)))
  let spans = spansOf(await all())
  if (status !== 'canceled') {
    const discounts = presentDiscounts(subscription).flatMap(({ discount }) => idOf(discount) ?? [])
    const given = unbilledDiscounts(subscription, billed, observations())
    const lost = (await recurringDiscounts(subscription, billed, observations(), catalogue)).some((one) => !discounts.includes(one.id) && (one.to === null || one.to > now))
    if (!agree(spans, present, now) || (isCounted && (lost || given.length > 0))) {
      const seen: Observation = { at: reading.changedAt.get(id) ?? now, items: Object.fromEntries(present.map(({ item, terms, quantity }) => [item, [terms.id, quantity] as const])), discounts, given }
      reading.observed = withObservation(reading.observed, id, seen)
      spans = spansOf(await all())
    }
    spans = spans.map((span) => (goesOn(span, spans, present) ? { ...span, to: null } : span))
  }
  const trialStart = numberOf(subscription['trial_start'])
  const trialEnd = numberOf(subscription['trial_end'])
  const kept = cut(spans, endOf(subscription, items), trialStart === null || trialEnd === null ? null : { from: trialStart, to: trialEnd })
  return amountsOf(kept, await recurringDiscounts(subscription, billed, observations(), catalogue), currency)
}

/** Whether it had a trial and was canceled without that anything billed after it was ever paid: as with `incomplete_expired`, nothing was sold. */
function isLostTrial(subscription: StripeObject, invoices: readonly BilledInvoice[]): boolean {
  const above0 = invoices.filter(({ invoice }) => (numberOf(invoice['total']) ?? 0) > 0)
  return subscription['status'] === 'canceled' && numberOf(subscription['trial_end']) !== null && above0.some(({ invoice }) => invoice['status'] === 'open') && !above0.some(({ invoice }) => invoice['status'] === 'paid')
}

async function presentItems(subscription: StripeObject, items: readonly StripeObject[], currency: string, { catalogue }: Reading): Promise<readonly PresentItem[]> {
  const present: PresentItem[] = []
  for (const item of items) {
    const id = idOf(item)
    const price = await catalogue.price(item['price'] ?? item['plan'], currency)
    const terms = price === null ? null : priceTerms(price, currency)
    if (id === null || terms === null) continue
    const began = numberOf(subscription['start_date']) ?? numberOf(subscription['created']) ?? 0
    present.push({
      item: id, terms, quantity: numberOf(item['quantity']) ?? 1,
      created: Math.max(began, numberOf(item['created']) ?? began),
      periodStart: numberOf(item['current_period_start']) ?? numberOf(subscription['current_period_start']) ?? 0, // the latter before 2025-03-31 (basil)
    })
  }
  return present
}

/** Whether what was billed and observed leads to what the subscription is made of now. */
function agree(spans: readonly Span[], present: readonly PresentItem[], now: number): boolean {
  const running = spans.filter(({ from, to }) => from <= now && (to === null || to > now))
  return running.every(({ item }) => present.some((one) => one.item === item)) && present.every((one) => spans.some((span) => goesOn(span, spans, [one])))
}

/** Whether a span is its item's last and reaches the present period in the present terms. */
function goesOn(span: Span, spans: readonly Span[], present: readonly PresentItem[]): boolean {
  const one = present.find(({ item }) => item === span.item)
  if (one === undefined || span.isOver || spans.some(({ item, from }) => item === span.item && from > span.from)) return false
  return span.terms.id === one.terms.id && span.quantity === one.quantity && (span.to === null || span.to >= one.periodStart)
}

async function observedFacts({ at: moment, items }: Observation, facts: readonly Fact[], named: ReadonlyMap<string, PriceTerms>, currency: string, { catalogue }: Reading): Promise<readonly Fact[]> {
  const all = new Set([...facts.map(({ item }) => item), ...Object.keys(items)])
  return Promise.all(
    [...all].map(async (item): Promise<Fact> => {
      const [id, quantity] = items[item] ?? [null, 0]
      const price = id === null || named.has(id) ? null : await catalogue.price(id, currency)
      const terms = id === null ? null : (named.get(id) ?? (price === null ? null : priceTerms(price, currency)))
      return { item, at: moment, until: null, terms, quantity, rank: 3 }
    }),
  )
}

/** When it ended, or is going to end; null while it goes on. */
function endOf(subscription: StripeObject, items: readonly StripeObject[]): number | null {
  const stated = numberOf(subscription['ended_at']) ?? numberOf(subscription['cancel_at'])
  if (stated !== null) return stated
  if (subscription['cancel_at_period_end'] !== true) return null
  const ends = [subscription['current_period_end'], ...items.map((item) => at(item, 'current_period_end'))].flatMap((end) => numberOf(end) ?? [])
  return ends.length === 0 ? null : Math.max(...ends)
}
