/** A state that a sale was in. */
export interface PastState {
  /** UTC ms. */
  readonly sinceUtcMs: number
  /** Null while the sale is open. */
  readonly outcome: string | null
}

/**
 * Since when a sale has the outcome it has now: the entry into the last state, or into the first of those with the same outcome that lead to
 * it without a break. Who moves a won sale from one closing stage to another wins it once; who opens it again, or turns lost into won, closes it anew.
 *
 * @param states oldest first.
 * @returns UTC ms; null without states, and while the sale is open.
 */
export function outcomeSince(states: readonly PastState[]): number | null {
  const outcome = states.at(-1)?.outcome ?? null
  if (outcome === null) return null
  const before = states.findLastIndex((state) => state.outcome !== outcome)
  return states[before + 1]?.sinceUtcMs ?? null
}
