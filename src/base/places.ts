export interface PlacesOptions {
  readonly count: number
  /** Told whenever another number waits. */
  readonly onWaiting?: (waiting: number) => void
  /** What someone who leaves while waiting is told; without it, the reason of the signal. */
  readonly leftError?: (signal: AbortSignal) => unknown
}

interface Waiting {
  readonly called: () => void
  readonly sentAway: (reason: unknown) => void
}

/** So many at once; the others wait. Owners of what waits take turns; what is of one owner goes first come, first served. */
export class Places {
  readonly #options: Omit<PlacesOptions, 'count'>
  #count: number
  /** By owner, in the order of their turns; no line is empty. */
  readonly #lines = new Map<string, Set<Waiting>>()
  #waiting = 0
  #running = 0

  constructor(options: PlacesOptions) {
    this.#options = options
    this.#count = options.count
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting
  }

  get isFull(): boolean {
    return this.#running >= this.#count
  }

  /** Fewer than now run are left until enough have ended. */
  changeCount(count: number): void {
    this.#count = count
    while (!this.isFull && this.#waiting > 0) {
      this.#running += 1
      this.#next()
    }
  }

  waitingOf(owner: string): number {
    return this.#lines.get(owner)?.size ?? 0
  }

  /**
   * Runs the work once there is a place for it; it never starts when the signal aborts before.
   *
   * @param owner whose work it is. With n owners waiting, the k-th of an owner's is among the next k·n to start.
   */
  async within<T>(signal: AbortSignal | undefined, work: () => Promise<T>, owner = ''): Promise<T> {
    if (signal?.aborted === true) throw this.#left(signal)
    if (this.isFull) await this.#turn(signal, owner)
    else this.#running += 1
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  /** Sends away the last to wait of the owner of most that wait, if those are more than `most`; false when none has as many. */
  sendLastAway(most: number, reason: unknown): boolean {
    const longest = [...this.#lines].reduce<readonly [string, Set<Waiting>] | null>((found, line) => (line[1].size > (found?.[1].size ?? most) ? line : found), null)
    const last = [...(longest?.[1] ?? [])].at(-1)
    if (longest === null || last === undefined) return false
    last.sentAway(reason)
    return true
  }

  #turn(signal: AbortSignal | undefined, owner: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const left = (): void => {
        if (signal) waiting.sentAway(this.#left(signal))
      }
      const waiting: Waiting = {
        called: () => {
          signal?.removeEventListener('abort', left)
          resolve()
        },
        sentAway: (reason) => {
          signal?.removeEventListener('abort', left)
          this.#remove(owner, waiting)
          reject(reason)
        },
      }
      signal?.addEventListener('abort', left, { once: true })
      const line = this.#lines.get(owner)
      if (line === undefined) this.#lines.set(owner, new Set([waiting]))
      else line.add(waiting)
      this.#waiting += 1
      this.#told()
    })
  }

  /** Hands the place on, or gives it back. */
  #next(): void {
    const [turn] = this.#lines
    const [first] = turn?.[1] ?? []
    if (turn === undefined || first === undefined || this.#running > this.#count) {
      this.#running -= 1
      return
    }
    const [owner, line] = turn
    this.#remove(owner, first)
    if (this.#lines.delete(owner)) this.#lines.set(owner, line)
    first.called()
  }

  #remove(owner: string, waiting: Waiting): void {
    const line = this.#lines.get(owner)
    if (line?.delete(waiting) !== true) return
    if (line.size === 0) this.#lines.delete(owner)
    this.#waiting -= 1
    this.#told()
  }

  #told(): void {
    this.#options.onWaiting?.(this.#waiting)
  }

  #left(signal: AbortSignal): unknown {
    return this.#options.leftError?.(signal) ?? signal.reason
  }
}
