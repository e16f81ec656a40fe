import type { Fact } from './billed-facts.ts'
import type { PriceTerms } from './price-terms.ts'

/** An item is charged so over `[from, to)`, seconds since 1970; `to` null: still. */
export interface Span {
  readonly item: string
  readonly from: number
  readonly to: number | null
  readonly terms: PriceTerms
  readonly quantity: number
  /** Something ended it, rather than its period. */
  readonly isOver: boolean
}

/**
 * The facts of each item one after the other: each holds until its own end, or until the next one begins. Of facts that begin
 * together the last one holds, and what is charged goes before what is credited.
 *
 * @returns In the order of time, those without a break joined.
 */
export function spansOf(facts: readonly Fact[]): readonly Span[] {
  return [...Map.groupBy(facts, ({ item }) => item).values()].flatMap((of) => {
    const ordered = [...of].sort((a, b) => a.at - b.at || a.rank - b.rank)
    const spans: Span[] = []
    ordered.forEach(({ item, at, until, terms, quantity }, index) => {
      const next = ordered[index + 1]?.at ?? null
      const to = next === null ? until : until === null ? next : Math.min(until, next)
      const last = spans.at(-1)
      if (terms === null) {
        if (last) spans[spans.length - 1] = { ...last, isOver: true }
      } else if (to !== at) {
        if (last && last.to === at && last.quantity === quantity && last.terms.id === terms.id) spans[spans.length - 1] = { ...last, to, isOver: false }
        else spans.push({ item, from: at, to, terms, quantity, isOver: false })
      }
    })
    return spans
  })
}

/** What is left of spans before `end`, and outside `[from, to)`. */
export function cut(spans: readonly Span[], end: number | null, trial: { readonly from: number; readonly to: number } | null): readonly Span[] {
  const before = end === null ? spans : spans.flatMap((span) => (span.from >= end ? [] : [{ ...span, to: span.to === null ? end : Math.min(span.to, end) }]))
  if (trial === null) return before
  return before.flatMap((span) => {
    if (span.from >= trial.to || (span.to !== null && span.to <= trial.from)) return [span]
    const parts: Span[] = []
    if (span.from < trial.from) parts.push({ ...span, to: trial.from })
    if (span.to === null || span.to > trial.to) parts.push({ ...span, from: trial.to })
    return parts
  })
}
