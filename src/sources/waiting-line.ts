import { KpiqlError } from '../base/errors.ts'

/** A bounded number of places, and a bounded line before them: first come, first served. */
export class WaitingLine {
  readonly #source: string
  readonly #places: number
  readonly #maxQueued: number
  readonly #onLength: (waiting: number) => void
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(source: string, places: number, maxQueued: number, onLength: (waiting: number) => void) {
    this.#source = source
    this.#places = Math.max(1, places)
    this.#maxQueued = maxQueued
    this.#onLength = onLength
  }

  /** @throws KpiqlError `SOURCE_BUSY` at once where the line is full; `CANCELLED`, or the signal's own reason, when it aborts first. */
  async within<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#places) this.#running += 1
    else await this.#turn(signal)
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw this.#cancelled(signal)
    if (this.#waiting.size >= this.#maxQueued) {
      throw new KpiqlError('SOURCE_BUSY', {
        message: `Source "${this.#source}" has ${this.#running} statements running and ${this.#waiting.size} waiting, which is all it takes.`,
        hint: 'Ask again in a moment, ask for less at once, or raise `guard.maxQueued` of the source.',
        data: { running: this.#running, waiting: this.#waiting.size },
      })
    }
    return new Promise((resolve, reject) => {
      const left = (): void => {
        this.#waiting.delete(called)
        this.#onLength(this.#waiting.size)
        if (signal) reject(this.#cancelled(signal))
      }
      const called = (): void => {
        signal?.removeEventListener('abort', left)
        resolve()
      }
      signal?.addEventListener('abort', left, { once: true })
      this.#waiting.add(called)
      this.#onLength(this.#waiting.size)
    })
  }

  /** Hands the place on, or gives it back. */
  #next(): void {
    const [first] = this.#waiting
    if (first === undefined) {
      this.#running -= 1
      return
    }
    this.#waiting.delete(first)
    this.#onLength(this.#waiting.size)
    first()
  }

  #cancelled({ reason }: AbortSignal): KpiqlError {
    return reason instanceof KpiqlError ? reason : new KpiqlError('CANCELLED', { message: `The query to source "${this.#source}" was cancelled while it waited.`, hint: 'Ask again.' })
  }
}
