export interface PlacesOptions {
  readonly count: number
  /** Told whenever another number waits. */
  readonly onWaiting?: (waiting: number) => void
  /** What someone who leaves while waiting is told; without it, the reason of the signal. */
  readonly leftError?: (signal: AbortSignal) => unknown
}

/** So many at once, first come, first served; the others wait. */
export class Places {
  readonly #options: PlacesOptions
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(options: PlacesOptions) {
    this.#options = options
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get isFull(): boolean {
    return this.#running >= this.#options.count
  }

  /** Runs the work once there is a place for it; it never starts when the signal aborts before. */
  async within<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (signal?.aborted === true) throw this.#left(signal)
    if (this.isFull) await this.#turn(signal)
    else this.#running += 1
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const left = (): void => {
        this.#waiting.delete(called)
        this.#told()
        if (signal) reject(this.#left(signal))
      }
      const called = (): void => {
        signal?.removeEventListener('abort', left)
        resolve()
      }
      signal?.addEventListener('abort', left, { once: true })
      this.#waiting.add(called)
      this.#told()
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
    this.#told()
    first()
  }

  #told(): void {
    this.#options.onWaiting?.(this.#waiting.size)
  }

  #left(signal: AbortSignal): unknown {
    return this.#options.leftError?.(signal) ?? signal.reason
  }
}
