import { stableHash } from '../../src/base/stable-hash.ts'
import type { SyncRecord } from '../sync-contract.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import { besides, strangeLine, valuesOf } from '../sync-kit/property-columns.ts'
import type { PropertyColumn } from '../sync-kit/property-columns.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * The record of a line of an export. What is none becomes a record without a key, which goes to quarantine. Times are UTC and say
 * no zone; one that is none stays as it is, for the quarantine.
 */
export function eventRecord(line: string, columns: readonly PropertyColumn[], userColumns: readonly PropertyColumn[]): SyncRecord {
  const event = parse(line)
  if (event === null) return { event_id: null, properties: strangeLine(line, [...columns, ...userColumns]) }
  const properties = objectOf(event['event_properties'])
  const userProperties = objectOf(event['user_properties'])
  return {
    // Events older than uuids are told apart by all they say.
    event_id: textOf(event['uuid']) ?? stableHash(event),
    event: event['event_type'],
    amplitude_id: event['amplitude_id'],
    user_id: textOf(event['user_id']),
    device_id: textOf(event['device_id']),
    session_id: event['session_id'] === -1 ? null : event['session_id'],
    time: instantOf(event['event_time']),
    uploaded_at: instantOf(event['server_upload_time']),
    user_created_at: instantOf(event['user_creation_time']),
    insert_id: textOf(event['$insert_id']),
    platform: textOf(event['platform']),
    os_name: textOf(event['os_name']),
    device_family: textOf(event['device_family']),
    country: textOf(event['country']),
    region: textOf(event['region']),
    city: textOf(event['city']),
    language: textOf(event['language']),
    app_version: textOf(event['version_name']),
    ip_address: textOf(event['ip_address']),
    properties: besides(columns, properties),
    user_properties: besides(userColumns, userProperties),
    groups: objectOf(event['groups']),
    ...valuesOf(columns, properties),
    ...valuesOf(userColumns, userProperties),
  }
}

function instantOf(value: unknown): unknown {
  return utcMsOfIso(value) ?? value
}

function textOf(value: unknown): string | null {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : null
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function parse(line: string): Fields | null {
  try {
    const event: unknown = JSON.parse(line)
    return typeof event === 'object' && event !== null && !Array.isArray(event) && typeof (event as Fields)['event_type'] === 'string' ? (event as Fields) : null
  } catch {
    return null
  }
}
