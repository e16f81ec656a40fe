import type { BodyFailure } from '../http-kit/http-client.ts'
import { patienceOf } from '../http-kit/patience.ts'
import { compileOne } from './json-path.ts'
import type { FailureOptions, RestOptions } from './option-types.ts'

/** How failures are told in this tool's bodies; null where they never are. A 403 that says that the limit is exhausted, or when to come again, is one of them. */
export function failureReader(options: readonly FailureOptions[]): (status: number, headers: Headers, body: string) => BodyFailure | null {
  const readers = options.map(({ path, equals, kind, message, retryAfter }) => ({ at: compileOne(path), equals, kind, message: compileOne(message ?? path), retryAfter: retryAfter === undefined ? null : compileOne(retryAfter) }))
  return (status, headers, text) => {
    if (status === 403 && patienceOf(status, headers, text, 0) !== null) return { kind: 'busy', text }
    const body = readers.length === 0 ? undefined : parsed(text)
    if (body === undefined) return null
    for (const { at, equals, kind, message, retryAfter } of readers) {
      const found = at(body)
      const isFailure = equals === undefined ? found !== undefined && found !== null && found !== false && found !== '' : equals.includes(found as string | number | boolean)
      if (!isFailure) continue
      const seconds = Number(retryAfter?.(body) ?? Number.NaN)
      return { kind, text: String(message(body) ?? found), ...(Number.isFinite(seconds) ? { waitMs: Math.max(0, seconds * 1_000) } : {}) }
    }
    return null
  }
}

/** The usual headers, or those that are named. */
export function patienceReader({ remainingHeader, resetHeader, resetFormat }: RestOptions['limits']): typeof patienceOf {
  if (resetHeader === undefined) return patienceOf
  return (status, headers, body, nowUtcMs) => {
    const usual = patienceOf(status, headers, body, nowUtcMs)
    if (usual !== null) return usual
    const remaining = remainingHeader === undefined ? null : headers.get(remainingHeader)
    const isExhausted = remaining !== null && remaining.trim() !== '' && Number(remaining) <= 0
    const reset = headers.get(resetHeader)
    if (reset === null || !(isExhausted || status === 429)) return null
    const ms = { seconds: () => Number(reset) * 1_000, 'epoch-seconds': () => Number(reset) * 1_000 - nowUtcMs, 'epoch-ms': () => Number(reset) - nowUtcMs, date: () => Date.parse(reset) - nowUtcMs }[resetFormat]()
    return Number.isFinite(ms) ? Math.max(0, ms) : null
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
