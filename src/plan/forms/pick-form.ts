import type { Facts } from '../facts.ts'
import type { ScanForm } from '../scan.ts'

export interface FormPick {
  readonly form: ScanForm
  /** What was seen and how it decided, for `explain`; empty where the estimate did. */
  readonly seen: string
}

/** Below this many rows any form takes a moment. */
const SMALL_TABLE = 250_000
/** Figures below are mostly of the machine. */
const FEWEST_MS = 20
/** Two estimates nearer than this may be the wrong way round: the other form is tried once. */
const WITHIN = 3
const TRIED_AFTER = 2
/** The form that is estimated to be slower must have been this much faster. */
const CLEARLY = 0.8

/**
 * Between the form that is estimated to be faster and another: what both took for questions of this shape decides, once both were
 * tried. Deterministic in what was observed.
 *
 * @param apart how many times the other's estimate is that of `expected`; at least 1.
 */
export function pickForm(facts: Facts, semanticModel: string, shape: string, expected: ScanForm, other: ScanForm, apart: number): FormPick {
  const rows = facts.rows(semanticModel)
  const mine = facts.observed?.form(shape, expected) ?? null
  if (rows === null || rows < SMALL_TABLE || mine === null || mine.ms < FEWEST_MS) return { form: expected, seen: '' }
  const theirs = facts.observed?.form(shape, other) ?? null
  if (theirs === null) {
    if (apart > WITHIN || mine.asked < TRIED_AFTER) return { form: expected, seen: '' }
    return { form: other, seen: `; ${expected} took ${Math.round(mine.ms)} ms, and ${other} is estimated to be near it and was not tried` }
  }
  const form = theirs.ms < mine.ms * CLEARLY ? other : expected
  return { form, seen: `; ${expected} took ${Math.round(mine.ms)} ms, ${other} ${Math.round(theirs.ms)}` }
}
