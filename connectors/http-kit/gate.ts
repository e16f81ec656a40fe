/** What a gate needs of the world. */
export interface GateOptions {
  readonly maxConcurrent: number
  readonly spacingMs: number
  /** No wait that the tool asks for holds longer than this; the requests after it show whether the tool still means it. */
  readonly mostHeldMs: number
  readonly now: () => number
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Lets requests of one tool through: so many at once, so far apart, and none while the tool asked to wait. */
export class Gate {
  readonly #options: GateOptions
  #inside = 0
  readonly #line: (() => void)[] = []
  /** UTC ms: by the tool's rate, and by what it asked for. */
  #nextUtcMs = 0
  #heldUntilUtcMs = 0
  /** What the tool asked for, which may be later than it is obeyed. */
  #askedUntilUtcMs = 0

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** Holds everyone who has not entered yet for so long, but no longer than `mostHeldMs`. */
  hold(ms: number): void {
    const nowUtcMs = this.#options.now()
    // Of a hold that is over, nothing is left.
    if (this.#heldUntilUtcMs <= nowUtcMs) this.#askedUntilUtcMs = 0
    this.#heldUntilUtcMs = Math.max(this.#heldUntilUtcMs, nowUtcMs + Math.min(ms, this.#options.mostHeldMs))
    this.#askedUntilUtcMs = Math.max(this.#askedUntilUtcMs, nowUtcMs + ms)
  }

  /**
   * Resolves in the order of the calls, once there is a place and its moment has come. Rejects with the signal's reason, or with
   * what `check` throws, which is called whenever the tool asks to wait, with all of what it asks for; the place is free again then.
   *
   * @returns Leaves the place; more calls do nothing.
   */
  async enter(signal: AbortSignal, check: (heldMs: number) => void): Promise<() => void> {
    signal.throwIfAborted()
    if (this.#inside >= this.#options.maxConcurrent) await this.#queue(signal)
    else this.#inside++
    try {
      await this.#untilDue(signal, check)
    } catch (error) {
      this.#leave()
      throw error
    }
    let isInside = true
    return () => {
      if (isInside) this.#leave()
      isInside = false
    }
  }

  async #untilDue(signal: AbortSignal, check: (heldMs: number) => void): Promise<void> {
    const { now, wait, spacingMs } = this.#options
    // A moment that was waited for has come, whatever the clock shows.
    let reachedUtcMs = now()
    for (;;) {
      signal.throwIfAborted()
      const presentUtcMs = Math.max(reachedUtcMs, now())
      if (this.#heldUntilUtcMs > presentUtcMs) check(this.#askedUntilUtcMs - presentUtcMs)
      const dueUtcMs = Math.max(this.#nextUtcMs, this.#heldUntilUtcMs)
      if (dueUtcMs <= presentUtcMs) {
        this.#nextUtcMs = presentUtcMs + spacingMs
        return
      }
      await wait(dueUtcMs - presentUtcMs, signal)
      reachedUtcMs = dueUtcMs
    }
  }

  /** Waits for a place that one who leaves hands over. */
  #queue(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const takeOver = (): void => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = (): void => {
        this.#line.splice(this.#line.indexOf(takeOver), 1)
        reject(signal.reason as Error)
      }
      this.#line.push(takeOver)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  #leave(): void {
    const next = this.#line.shift()
    if (next) next()
    else this.#inside--
  }
}
