import type { SyncRecord } from '../sync-contract.ts'
import { outcomeSince } from '../sync-kit/outcome-since.ts'

const HOUR_MS = 3_600_000
/** How far the clocks of the earliest zone are ahead of UTC: the day that a user's clock showed is not after the day there. */
const MOST_AHEAD_MS = 14 * HOUR_MS

/**
 * The day on which an opportunity was won or lost. That is its close date, as in Salesforce's own reports, unless this lies after the entry
 * into the closing stage: Salesforce moves a close date that lies ahead to the day of closing for won opportunities alone
 * (https://help.salesforce.com/s/articleView?id=004517774), so that a lost one keeps the day on which it was once expected. Where the history cannot be read,
 * the last modification is the latest moment at which it can have been closed.
 *
 * @param opportunity a row of the table; `close_date` a day of the user's, as text. @param states of it, oldest first.
 * @returns `YYYY-MM-DD`: the close date, or a day by UTC; null while it is open.
 */
export function closedOnOf({ is_closed, close_date, system_modstamp }: SyncRecord, states: readonly SyncRecord[]): string | null {
  if (is_closed !== true) return null
  const entered = outcomeSince(states.map((state) => ({ sinceUtcMs: Number(state.created_date), outcome: state.is_closed === true ? String(state.is_won) : null })))
  const latestMs = entered ?? (typeof system_modstamp === 'number' ? system_modstamp : null)
  const closeDate = typeof close_date === 'string' ? close_date : null
  if (latestMs === null || (closeDate !== null && closeDate <= dayOf(latestMs + MOST_AHEAD_MS))) return closeDate
  return dayOf(latestMs)
}

function dayOf(utcMs: number): string {
  return new Date(utcMs).toISOString().slice(0, 10)
}
