import { hasMoved, KpiqlError } from '../base/errors.ts'

const FIRST_DELAY_MS = 100
/** A source that asks for more patience than this is not waited for. */
const MOST_PATIENCE_MS = 2_000
/** What ran this long before it failed may be what brought the source down: it is not asked again. */
const MOST_ELAPSED_MS = 5_000

export interface AskAgainOptions {
  /** At most so many times after the first. */
  readonly retries: number
  readonly signal: AbortSignal | undefined
  /** 0 to 1. */
  readonly random: () => number
  /** Whether another try makes sense still. */
  readonly mayRetry: () => boolean
}

/**
 * Runs a read, and again with a growing, jittered delay where it failed before anything came of it: the source could not be
 * reached, or said when to come back. Timeouts are not repeated, nor is anything after its signal aborted.
 */
export async function askAgain<T>(read: () => Promise<T>, { retries, signal, random, mayRetry }: AskAgainOptions): Promise<T> {
  const over = (): boolean => signal?.aborted === true || !mayRetry()
  for (let attempt = 0; ; attempt++) {
    const startedMs = performance.now()
    try {
      return await read()
    } catch (error) {
      const delayMs = delayAfter(error, attempt)
      if (delayMs === null || attempt >= retries || performance.now() - startedMs > MOST_ELAPSED_MS || over()) throw error
      await pause(delayMs * (0.5 + 0.5 * random()), signal)
      if (over()) throw error
    }
  }
}

/** Null where asking again is not safe or not worth while. */
function delayAfter(error: unknown, attempt: number): number | null {
  // A version that is gone stays gone: whoever asked must look anew.
  if (!(error instanceof KpiqlError) || hasMoved(error)) return null
  const backOffMs = FIRST_DELAY_MS * 2 ** attempt
  const asked = error.data?.['retryAfterMs']
  if (typeof asked === 'number' && asked > MOST_PATIENCE_MS) return null
  // The jitter takes up to half of a delay away: what the source asked for is waited for in full.
  if (error.code === 'SOURCE_BUSY') return typeof asked === 'number' ? Math.max(backOffMs, asked * 2) : null
  return error.code === 'SOURCE_UNAVAILABLE' ? Math.max(backOffMs, typeof asked === 'number' ? asked * 2 : 0) : null
}

/** Resolves when the time is over or the signal aborts. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
