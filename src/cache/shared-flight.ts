import { KpiqlError } from '../base/errors.ts'
import { untilAborted } from '../base/until-aborted.ts'

/**
 * Work that several may wait for. It is stopped when the last of those waiting has gone, and not before: one client's
 * disconnect never fails another's answer. The work's signal has the reason for which the last one went.
 */
export class SharedFlight<T> {
  readonly #controller = new AbortController()
  readonly #done: Promise<T>
  #waiting = 0

  constructor(start: (signal: AbortSignal) => Promise<T>) {
    this.#done = start(this.#controller.signal)
    // Everyone may have left by the time it fails; those who stay get the failure through `join`.
    this.#done.catch(() => undefined)
  }

  /** True once nobody waits: joining now would only get a cancellation. */
  get isAbandoned(): boolean {
    return this.#controller.signal.aborted
  }

  /** @throws whatever the work throws; KpiqlError `CANCELLED` or the signal's own KpiqlError when `signal` aborts first. */
  async join(signal: AbortSignal): Promise<T> {
    if (signal.aborted) {
      // Whoever started it may be gone before anyone waits.
      if (this.#waiting === 0) this.#controller.abort(cancellation(signal))
      throw cancellation(signal)
    }
    this.#waiting += 1
    try {
      return await unlessAborted(this.#done, signal)
    } finally {
      this.#waiting -= 1
      if (this.#waiting === 0) this.#controller.abort(signal.aborted ? cancellation(signal) : NOBODY_WAITS)
    }
  }
}

/** Made once: an error of its own for each, with where it came from, was a hundredth of what a question costs. */
const NOBODY_WAITS = new KpiqlError('CANCELLED', { message: 'Nobody waits for this any more.' })

/** Waits for work that goes on by itself. @throws what the work throws, or what `cancellation` tells when the signal aborts first. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return untilAborted(work, signal, cancellation)
}

export function cancellation(signal: AbortSignal): KpiqlError {
  if (signal.reason instanceof KpiqlError) return signal.reason
  return new KpiqlError('CANCELLED', { message: 'The request was cancelled.', hint: 'Ask again.' })
}
