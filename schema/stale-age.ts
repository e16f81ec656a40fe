import { addLocal } from '../src/base/civil-time.ts'
import type { Interval } from '../src/model/interval.ts'
import { checkSpan } from './check-span.ts'

/** A `maxStale` in milliseconds back from the present; months and years are those of the calendar. @throws KpiqlError `INVALID_LIMIT` for more than 100 years. */
export function staleAgeMs(maxStale: Interval, nowUtcMs: number): number {
  checkSpan(maxStale, 'INVALID_LIMIT', 'maxStale')
  return nowUtcMs - addLocal(nowUtcMs, -maxStale.count, maxStale.unit)
}
