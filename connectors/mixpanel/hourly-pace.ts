import type { SyncDeps } from '../sync-contract.ts'

const HOUR_MS = 3_600_000
/** Waits after refusals that name no time: the hour's budget may be used up by others. */
const WAITS_MS = [10_000, 60_000, 300_000]

/** No more than so many requests in any hour. */
export class HourlyPace {
  readonly #most: number
  readonly #deps: SyncDeps
  readonly #begunUtcMs: number[] = []

  constructor(most: number, deps: SyncDeps) {
    this.#most = most
    this.#deps = deps
  }

  /** Resolves when a request may begin. */
  async enter(signal: AbortSignal): Promise<void> {
    for (;;) {
      const now = this.#deps.now()
      while (this.#begunUtcMs.length > 0 && (this.#begunUtcMs[0] ?? 0) <= now - HOUR_MS) this.#begunUtcMs.shift()
      const [first] = this.#begunUtcMs
      if (first === undefined || this.#begunUtcMs.length < this.#most) return void this.#begunUtcMs.push(now)
      await this.#deps.wait(first + HOUR_MS - now, signal)
    }
  }
}

/** Mixpanel's 429 names no time to wait: seconds after the first one, minutes after the next, until an answer comes. */
export function growingPatience(): (status: number, headers: Headers) => number | null {
  let refusals = 0
  return (status, headers) => {
    if (status < 400) refusals = 0
    if (status !== 429) return null
    const seconds = Number(headers.get('retry-after') ?? Number.NaN)
    const waitMs = WAITS_MS[Math.min(refusals++, WAITS_MS.length - 1)] ?? 0
    return Number.isFinite(seconds) ? seconds * 1_000 : waitMs
  }
}
