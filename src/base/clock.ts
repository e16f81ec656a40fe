/** Where "now" comes from, so that tests and demo data can stand still in time. */
export interface Clock {
  /** The present instant in UTC epoch milliseconds. */
  nowMs(): number
}

/** The machine's clock. It may step backwards when the machine is set right. */
export const systemClock: Clock = { nowMs: () => Date.now() }

/** A clock that always shows `utcMs`. */
export function fixedClock(utcMs: number): Clock {
  return { nowMs: () => utcMs }
}
