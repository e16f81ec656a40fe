import type { SyncColumn, SyncRecord } from '../sync-contract.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import { outcomeSince } from '../sync-kit/outcome-since.ts'
import type { CrmRecord } from './read-batch.ts'

export const CLOSED_AT: SyncColumn = {
  name: 'closed_at', kind: 'timestamp',
  description: 'When the deal was won or lost: its close date, but not after it came to the stage that closed it; null while it is open.',
}

/**
 * When a deal was won or lost, UTC ms. That is its close date, as in HubSpot's own reports, unless this is empty or lies after the entry into the
 * closing stage: HubSpot does not always set it (https://knowledge.hubspot.com/crm-deals/hubspots-default-deal-properties), and then it is
 * what somebody once expected. Where HubSpot tells no history, the last modification is the latest moment at which it can have been closed.
 *
 * @param closeDate the property `closedate`, UTC ms. @param stays of the deal, oldest first. @returns Null while it is open.
 */
export function closedAtOf({ properties, updatedAt }: CrmRecord, closeDate: unknown, stays: readonly SyncRecord[]): number | null {
  if (properties.hs_is_closed !== 'true') return null
  const entered = outcomeSince(stays.map(({ entered_at, is_closed, probability }) => ({ sinceUtcMs: Number(entered_at), outcome: is_closed === true ? String(Number(probability ?? 0)) : null })))
  const latest = entered ?? utcMsOfIso(updatedAt)
  return typeof closeDate === 'number' ? Math.min(closeDate, latest ?? closeDate) : latest
}
