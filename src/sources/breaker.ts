import type { BreakerState } from '../base/telemetry.ts'
import type { GuardOptions } from './guard-options.ts'

/** What a call found: the source answered (with a fault of the statement, too), was down or too slow, or nothing of either. */
export type Finding = 'answered' | 'down' | 'nothing'

/** Leave to call a source. */
export interface Pass {
  /** The one call that tells whether a source left alone is back. */
  readonly isTrial: boolean
}

export interface BreakerDeps {
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number
  /** 0 to 1. */
  readonly random: () => number
  readonly onChange: (state: BreakerState, openForMs: number) => void
}

/** While a trial is under way nobody knows how long it takes: this long others wait for its end, and are told to. */
export const TRIAL_MS = 1_000

/**
 * A circuit breaker: closed until so many calls in a row found the source down, then open, so that nobody waits for it; after a
 * back-off with jitter one call is let through as a trial, and decides.
 */
export class Breaker {
  readonly #options: Pick<GuardOptions, 'failures' | 'openMs' | 'maxOpenMs'>
  readonly #deps: BreakerDeps
  #state: BreakerState = 'closed'
  #downInARow = 0
  #openingsInARow = 0
  #openUntilMs = 0
  #trialOver = Promise.withResolvers<void>()

  constructor(options: Pick<GuardOptions, 'failures' | 'openMs' | 'maxOpenMs'>, deps: BreakerDeps) {
    this.#options = options
    this.#deps = deps
  }

  get state(): BreakerState {
    return this.#state
  }

  /** Milliseconds until a call may be let through; 0 when one may be now. */
  get refusedForMs(): number {
    if (this.#state === 'closed') return 0
    if (this.#state === 'half_open') return TRIAL_MS
    return Math.max(0, Math.ceil(this.#openUntilMs - this.#deps.nowMs()))
  }

  /** Resolves when the trial that is under way has ended. */
  get trialOver(): Promise<void> {
    return this.#trialOver.promise
  }

  /** Null while `refusedForMs` is not 0. Whoever gets a pass hands it back with `leave`. */
  enter(): Pass | null {
    if (this.refusedForMs > 0) return null
    if (this.#state === 'closed') return { isTrial: false }
    this.#move('half_open', 0)
    return { isTrial: true }
  }

  leave({ isTrial }: Pass, finding: Finding): void {
    // What was under way before the source was left alone decides nothing any more.
    if (isTrial ? this.#state !== 'half_open' : this.#state !== 'closed') return
    if (finding === 'nothing') {
      if (isTrial) this.#move('open', 0)
    } else if (finding === 'down') {
      this.#downInARow += 1
      if (isTrial || this.#downInARow >= this.#options.failures) this.#open()
    } else {
      this.#downInARow = 0
      this.#openingsInARow = 0
      if (isTrial) this.#move('closed', 0)
    }
  }

  #open(): void {
    const { openMs, maxOpenMs } = this.#options
    const backOffMs = Math.min(maxOpenMs, openMs * 2 ** Math.min(20, this.#openingsInARow))
    this.#openingsInARow += 1
    this.#downInARow = 0
    // Instances that lost a source together must not come back together.
    const openForMs = backOffMs * (0.75 + 0.25 * this.#deps.random())
    this.#openUntilMs = this.#deps.nowMs() + openForMs
    this.#move('open', openForMs)
  }

  #move(state: BreakerState, openForMs: number): void {
    if (this.#state === 'half_open') this.#trialOver.resolve()
    if (state === 'half_open') this.#trialOver = Promise.withResolvers()
    this.#state = state
    this.#deps.onChange(state, openForMs)
  }
}
