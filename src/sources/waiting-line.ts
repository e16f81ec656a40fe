import { KpiqlError } from '../base/errors.ts'
import { Places } from '../base/places.ts'

/** A bounded number of places, and a bounded line before them: first come, first served. */
export class WaitingLine {
  readonly #source: string
  readonly #places: Places
  readonly #maxQueued: number

  constructor(source: string, places: number, maxQueued: number, onLength: (waiting: number) => void) {
    this.#source = source
    this.#maxQueued = maxQueued
    this.#places = new Places({ count: Math.max(1, places), onWaiting: onLength, leftError: (signal) => this.#cancelled(signal) })
  }

  /** @throws KpiqlError `SOURCE_BUSY` at once where the line is full; `CANCELLED`, or the signal's own reason, when it aborts first. */
  async within<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const { isFull, running, waiting } = this.#places
    if (isFull && waiting >= this.#maxQueued && signal?.aborted !== true) {
      throw new KpiqlError('SOURCE_BUSY', {
        message: `Source "${this.#source}" has ${running} statements running and ${waiting} waiting, which is all it takes.`,
        hint: 'Ask again in a moment, ask for less at once, or raise `guard.maxQueued` of the source.',
        data: { running, waiting },
      })
    }
    return this.#places.within(signal, work)
  }

  #cancelled({ reason }: AbortSignal): KpiqlError {
    return reason instanceof KpiqlError ? reason : new KpiqlError('CANCELLED', { message: `The query to source "${this.#source}" was cancelled while it waited.`, hint: 'Ask again.' })
  }
}
