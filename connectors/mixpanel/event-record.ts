import { stableHash } from '../../src/base/stable-hash.ts'
import type { SyncRecord } from '../sync-contract.ts'
import { besides, strangeLine, valuesOf } from '../sync-kit/property-columns.ts'
import type { PropertyColumn } from '../sync-kit/property-columns.ts'
import { exportedMs, instantOfWallClock } from './event-time.ts'

export interface EventLayout {
  /** Of projects made before 2023, whose times are wall clocks; null for times in UTC. */
  readonly wallClockZone: string | null
  readonly columns: readonly PropertyColumn[]
}

/** Which going through a day's export wrote a row: the one that ends with nothing but the day as exported, or one before. */
export type ExportPass = 'read' | 'reading'

export function exportPass(day: string, pass: ExportPass): string {
  return `${day} ${pass}`
}

/**
 * The record of a line of an export. What is none becomes a record without a key, which goes to quarantine.
 *
 * Two lines are one event if name, user, time and insert id are equal; events without an insert id if all their properties are.
 */
export function eventRecord(line: string, { wallClockZone, columns }: EventLayout, pass: ExportPass): SyncRecord {
  const parsed = parse(line)
  if (parsed === null) return { event_id: null, properties: strangeLine(line, columns) }
  const { event, properties } = parsed
  const { time, distinct_id, $insert_id, mp_processing_time_ms, $user_id, $device_id, ...others } = properties
  const ms = exportedMs(time)
  const day = ms === null ? null : new Date(ms).toISOString().slice(0, 10)
  const processedUtcMs = exportedMs(mp_processing_time_ms)
  return {
    event_id: stableHash([event, textOf(distinct_id), ms ?? time, textOf($insert_id) ?? { ...others, $user_id, $device_id }]),
    event,
    distinct_id: textOf(distinct_id),
    user_id: textOf($user_id),
    device_id: textOf($device_id),
    time: ms === null ? time : wallClockZone === null ? ms : instantOfWallClock(wallClockZone, ms, processedUtcMs),
    export_day: day,
    export_pass: day === null ? null : exportPass(day, pass),
    insert_id: textOf($insert_id),
    processed_at: processedUtcMs,
    properties: besides(columns, others),
    ...valuesOf(columns, properties),
  }
}

/** Ids may be numbers; an empty one is none. */
export function textOf(id: unknown): string | null {
  return (typeof id === 'string' && id !== '') || typeof id === 'number' ? String(id) : null
}

function parse(line: string): { readonly event: string; readonly properties: Readonly<Record<string, unknown>> } | null {
  try {
    const { event, properties } = JSON.parse(line) as { event?: unknown; properties?: unknown }
    if (typeof event !== 'string' || typeof properties !== 'object' || properties === null) return null
    return { event, properties: properties as Readonly<Record<string, unknown>> }
  } catch {
    return null
  }
}
