import { KpiqlError } from '../base/errors.ts'
import { Places } from '../base/places.ts'

/** Nobody knows how long the next statements take. */
const MOST_SECONDS = 30

/** A bounded number of places, and a bounded line before them in which callers take turns. */
export class WaitingLine {
  readonly #source: string
  readonly #places: Places
  readonly #maxQueued: number
  readonly #count: number
  /** Of the last statements, in milliseconds. */
  #averageMs = 0

  constructor(source: string, places: number, maxQueued: number, onLength: (waiting: number) => void) {
    this.#source = source
    this.#maxQueued = maxQueued
    this.#count = Math.max(1, places)
    this.#places = new Places({ count: this.#count, onWaiting: onLength, leftError: (signal) => this.#cancelled(signal) })
  }

  /**
   * Where the line is full, the last statement of the caller of most of them makes room for a caller of fewer: nobody is refused
   * because of others while the statements he has waiting are less than his part of the line.
   *
   * @throws KpiqlError `SOURCE_BUSY` where the line is full, at once or when the place in it is lost, with `retryAfterSeconds`; `CANCELLED`, or the
   * signal's own reason, when it aborts first.
   */
  async within<T>(caller: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const { isFull, waiting } = this.#places
    if (isFull && waiting >= this.#maxQueued && signal?.aborted !== true) {
      const busy = this.#busy()
      if (!this.#places.sendLastAway(this.#places.waitingOf(caller) + 1, busy)) throw busy
    }
    return this.#places.within(signal, () => this.#timed(work), caller)
  }

  async #timed<T>(work: () => Promise<T>): Promise<T> {
    const fromMs = performance.now()
    try {
      return await work()
    } finally {
      this.#averageMs += (performance.now() - fromMs - this.#averageMs) / 8
    }
  }

  #busy(): KpiqlError {
    const { running, waiting } = this.#places
    // By then those that wait now have had their turn.
    const retryAfterSeconds = Math.max(1, Math.min(MOST_SECONDS, Math.ceil((waiting * this.#averageMs) / this.#count / 1_000)))
    return new KpiqlError('SOURCE_BUSY', {
      message: `Source "${this.#source}" has ${running} statements running and ${waiting} waiting, which is all it takes.`,
      hint: 'Ask again in a moment, ask for less at once, or raise `guard.maxQueued` of the source.',
      data: { running, waiting, retryAfterSeconds },
    })
  }

  #cancelled({ reason }: AbortSignal): KpiqlError {
    return reason instanceof KpiqlError ? reason : new KpiqlError('CANCELLED', { message: `The query to source "${this.#source}" was cancelled while it waited.`, hint: 'Ask again.' })
  }
}
