/** Fewer at once would leave the processor idle while sources are waited for. */
const FEWEST = 32
const FIRST = 128
/** A loop that waits for less than this is what there is too little of. */
const BUSY = 0.95

/**
 * How many requests are worked on at once. As long as the event loop keeps up the number may double; when it is late, fewer are
 * worked on than were. What the loop itself does not feel, such as a slow source, therefore keeps nobody out. A loop that is busy all the time does no
 * more with more at once: they would only hold memory, which is moved at each collection, so their number comes down as well.
 */
export class RunningLimit {
  readonly #most: number
  readonly #fewest: number
  readonly #maxDelayMs: number
  #now: number

  constructor(most: number, maxDelayMs: number) {
    this.#most = most
    this.#fewest = Math.min(FEWEST, most)
    this.#maxDelayMs = maxDelayMs
    this.#now = Math.min(FIRST, most)
  }

  get now(): number {
    return this.#now
  }

  /**
   * @param delayMs of the event loop since it was told last.
   * @param running requests worked on now.
   * @param utilization of the event loop since, from 0 to 1.
   * @returns The limit from now on.
   */
  told(delayMs: number, running: number, utilization: number): number {
    if (delayMs > this.#maxDelayMs) this.#now = Math.max(this.#fewest, Math.floor(Math.min(this.#now, running) * 0.7))
    else if (utilization > BUSY) this.#now = Math.max(this.#fewest, Math.floor(this.#now * 0.7))
    else if (running >= this.#now) this.#now = Math.min(this.#most, this.#now * 2)
    return this.#now
  }
}
