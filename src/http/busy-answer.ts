import type { GraphQLFormattedError } from 'graphql'

/** How a client is told that sources have more to do than they can. */
export interface BusyAnswer {
  /** In seconds. */
  readonly retryAfter: number
  /** Nothing was answered, for no other reason: it is as if the server itself were busy. */
  readonly isRefusal: boolean
}

/** @param data what was answered beside the errors; null for nothing. @returns Null where no error says that a source is busy. */
export function busyAnswer(errors: readonly GraphQLFormattedError[], data: unknown): BusyAnswer | null {
  const busy = errors.filter(({ extensions }) => extensions?.['code'] === 'SOURCE_BUSY')
  if (busy.length === 0) return null
  return { retryAfter: Math.max(...busy.map(secondsOf)), isRefusal: busy.length === errors.length && !holdsValue(data) }
}

/** A database that is busy says milliseconds, if it says anything. */
function secondsOf({ extensions }: GraphQLFormattedError): number {
  const { retryAfterSeconds, retryAfterMs } = extensions ?? {}
  if (typeof retryAfterSeconds === 'number') return retryAfterSeconds
  return typeof retryAfterMs === 'number' ? Math.max(1, Math.ceil(retryAfterMs / 1_000)) : 1
}

/** Anything but nulls, and the lists and objects around them. */
function holdsValue(data: unknown): boolean {
  if (data === null || data === undefined) return false
  if (typeof data !== 'object') return true
  return Object.values(data).some(holdsValue)
}
