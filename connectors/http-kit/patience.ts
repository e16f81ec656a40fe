const SECOND_MS = 1_000
/** Numbers beyond this are moments, in seconds since 1970. */
const EPOCH_SECONDS = 1_000_000_000

/**
 * How long an answer asks to wait, in ms: `Retry-After` in seconds or as a date, else the reset that goes with an exhausted
 * limit (`X-RateLimit-Remaining: 0`), in seconds or as an epoch. Null where it says nothing.
 */
export function patienceOf(status: number, headers: Headers, _body: string, nowUtcMs: number): number | null {
  const after = headers.get('retry-after')
  if (after !== null) {
    const seconds = Number(after)
    const ms = Number.isFinite(seconds) ? seconds * SECOND_MS : Date.parse(after) - nowUtcMs
    if (Number.isFinite(ms)) return Math.max(0, ms)
  }
  if (status !== 429 && headers.get('x-ratelimit-remaining') !== '0') return null
  const reset = Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset') ?? Number.NaN)
  if (!Number.isFinite(reset) || reset <= 0) return null
  return Math.max(0, reset > EPOCH_SECONDS ? reset * SECOND_MS - nowUtcMs : reset * SECOND_MS)
}
