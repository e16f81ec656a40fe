const SECOND_MS = 1_000
/** Numbers beyond these are moments, in seconds and in milliseconds since 1970. */
const EPOCH_SECONDS = 1_000_000_000
const EPOCH_MS = 1_000_000_000_000
const REMAINING = ['x-ratelimit-remaining', 'ratelimit-remaining', 'x-rate-limit-remaining']
const RESET = ['x-ratelimit-reset', 'ratelimit-reset', 'x-rate-limit-reset', 'x-ratelimit-reset-after']

/**
 * How long an answer asks to wait, in ms: `Retry-After` in seconds or as a date, else the reset that goes with an exhausted
 * limit (`X-RateLimit-Remaining: 0`, `RateLimit-…`, `X-Rate-Limit-…`), in seconds, as an epoch in seconds or ms, or as a date.
 * A success asks to wait only where it says that the limit is exhausted. Null where it says nothing.
 */
export function patienceOf(status: number, headers: Headers, _body: string, nowUtcMs: number): number | null {
  const isSuccess = status >= 200 && status < 300
  // With 202 it says when to look for a result, which holds nobody else.
  const after = isSuccess ? null : waitOf(headers.get('retry-after'), nowUtcMs)
  if (after !== null) return after
  const remaining = firstOf(headers, REMAINING)
  const isExhausted = remaining !== null && remaining.trim() !== '' && Number(remaining) <= 0
  return isExhausted || status === 429 ? waitOf(firstOf(headers, RESET), nowUtcMs) : null
}

function waitOf(text: string | null, nowUtcMs: number): number | null {
  if (text === null || text.trim() === '') return null
  const number = Number(text)
  const ms = Number.isFinite(number) ? (number >= EPOCH_MS ? number - nowUtcMs : number >= EPOCH_SECONDS ? number * SECOND_MS - nowUtcMs : number * SECOND_MS) : Date.parse(text) - nowUtcMs
  return Number.isFinite(ms) ? Math.max(0, Math.ceil(ms)) : null
}

function firstOf(headers: Headers, names: readonly string[]): string | null {
  for (const name of names) {
    const value = headers.get(name)
    if (value !== null) return value
  }
  return null
}
