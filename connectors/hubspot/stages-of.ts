import type { SyncRecord } from '../sync-contract.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import type { ObjectReading } from './object-reading.ts'
import type { CrmRecord } from './read-batch.ts'

/**
 * The stages a record went through, oldest first, counted from 1; entries that repeat the stage before are one stay. What a stage
 * is worth (its probability, whether it is closed) is what its pipeline says now; stages that are gone have neither. The cursor holds what they are worth, so that all is read anew once that changes.
 *
 * @param present columns of the record that are repeated with each stay.
 */
export function stagesOf({ id, properties, propertiesWithHistory }: CrmRecord, { kind: { history, idColumn }, stages }: ObjectReading, present: SyncRecord): readonly SyncRecord[] {
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
  const pipeline = properties[history.pipeline]
  // Of the present stage a deal tells itself whether it is closed, also where its pipeline cannot be read.
  const closedNow = properties.hs_is_closed === 'true' ? true : properties.hs_is_closed === 'false' ? false : null
  return stays.map(({ value, enteredAt, sourceType }, index) => {
    // A record may have come from another pipeline.
    const named = stages.filter(({ stageId }) => stageId === value)
    const stage = named.find(({ pipelineId }) => pipelineId === pipeline) ?? named[0]
    return {
      [idColumn]: id, position: index + 1, pipeline_id: stage?.pipelineId ?? pipeline ?? null, stage: value, entered_at: enteredAt, left_at: stays[index + 1]?.enteredAt ?? null,
      is_closed: (index === stays.length - 1 ? closedNow : null) ?? stage?.isClosed ?? null, probability: stage?.probability ?? null, source_type: sourceType ?? null, ...present,
    }
  })
}
