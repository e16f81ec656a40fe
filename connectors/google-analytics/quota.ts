import { KpiqlError } from '../../src/base/errors.ts'
import { patienceOf } from '../http-kit/patience.ts'

const HOUR_MS = 3_600_000
/** Between two looks where too many requests run at once. */
const CROWDED_MS = 5_000

/**
 * How long a refusal asks to wait. The API answers 429 RESOURCE_EXHAUSTED without a header; which quota it was stands in its words
 * only (https://developers.google.com/analytics/devguides/reporting/data/v1/quotas). Tokens of an hour come back within it.
 *
 * @throws KpiqlError `SOURCE_BUSY` where the quota of the day is used up: nobody waits for that.
 */
export function quotaPatience(status: number, headers: Headers, body: string, nowUtcMs: number): number | null {
  const told = patienceOf(status, headers, body, nowUtcMs)
  if (told !== null || status !== 429) return told
  if (/per day|24 hours|daily/i.test(body)) {
    throw new KpiqlError('SOURCE_BUSY', { message: "The property's tokens of the day are used up.", hint: 'They come back at midnight, Pacific time; the next sync goes on from here. Fewer reports, or fewer days restated, use fewer.' })
  }
  return /hour/i.test(body) ? HOUR_MS - (nowUtcMs % HOUR_MS) + 1_000 : CROWDED_MS
}
