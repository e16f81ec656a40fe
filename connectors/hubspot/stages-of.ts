import type { SyncRecord } from '../sync-contract.ts'
import { utcMsOfIso } from '../sync-kit/instants.ts'
import type { ObjectKind } from './object-reading.ts'
import type { CrmRecord } from './read-batch.ts'

/** The stages a record went through, oldest first, counted from 1; entries that repeat the stage before are one stay. */
export function stagesOf({ id, propertiesWithHistory }: CrmRecord, { history, idColumn }: ObjectKind): readonly SyncRecord[] {
  if (history === null) return []
  const entries = (propertiesWithHistory?.[history.property] ?? [])
    .flatMap(({ value, timestamp, sourceType }) => {
      const enteredAt = utcMsOfIso(timestamp)
      return value === '' || enteredAt === null ? [] : [{ value, enteredAt, sourceType }]
    })
    // HubSpot tells the newest first; what has one instant keeps that order.
    .toReversed()
    .toSorted((a, b) => a.enteredAt - b.enteredAt)
  const stays = entries.filter(({ value }, index) => value !== entries[index - 1]?.value)
  return stays.map(({ value, enteredAt, sourceType }, index) => ({ [idColumn]: id, position: index + 1, stage: value, entered_at: enteredAt, left_at: stays[index + 1]?.enteredAt ?? null, source_type: sourceType ?? null }))
}
