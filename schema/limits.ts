import { KpiqlError } from '../src/base/errors.ts'
import type { KpiqlContext } from './context.ts'

export const MOST_SLICES = 1000
export const MOST_ROWS = 10_000
export const MOST_GROUPS = 1000
export const MOST_BREAKDOWN_KEYS = 3
export const MOST_TABLE_KEYS = 8

const slicesOf = new WeakMap<KpiqlContext, number>()

/** Counts the slices a request opens. @throws KpiqlError `TOO_MANY_SLICES` beyond 1000. */
export function countSlices(context: KpiqlContext, more: number): void {
  const total = (slicesOf.get(context) ?? 0) + more
  slicesOf.set(context, total)
  if (total <= MOST_SLICES) return
  throw new KpiqlError('TOO_MANY_SLICES', {
    message: `The request asks for more than ${MOST_SLICES} slices.`,
    hint: 'Send them in several requests, or use a breakdown or table where a dimension tells the slices apart.',
    data: { limit: MOST_SLICES },
  })
}

/** @throws KpiqlError `INVALID_LIMIT` outside 1…`most`. */
export function checkLimit(argument: string, value: number, most: number): void {
  if (value >= 1 && value <= most) return
  throw new KpiqlError('INVALID_LIMIT', { message: `${argument} is ${value}; it goes from 1 to ${most}.`, hint: 'Read longer lists page by page.', data: { limit: most } })
}
