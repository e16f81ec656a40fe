import type { ReadRequest, Stream, SyncPage, SyncRecord } from '../sync-contract.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import { listCursor, writeListCursor } from '../sync-kit/list-cursor.ts'
import { valuesOf } from '../sync-kit/property-columns.ts'
import type { PropertyColumn } from '../sync-kit/property-columns.ts'
import { textOf } from './event-record.ts'
import { exportedMs } from './event-time.ts'
import type { EngagePage, MixpanelApi } from './mixpanel-api.ts'
import type { MixpanelOptions } from './options.ts'
import { profilePages } from './profiles.ts'
import { usersTable } from './tables.ts'

/** Profiles, read whole every so often: the query API cannot be asked for what changed or was deleted. */
export function usersStream(api: MixpanelApi, { userColumns, usersEveryHours }: MixpanelOptions): Stream {
  return {
    name: 'users',
    tables: [usersTable(userColumns)],
    showsAll: true,
    ignoresSince: true,
    read: (request) => readUsers(api, userColumns, usersEveryHours, request),
  }
}

async function* readUsers(api: MixpanelApi, columns: readonly PropertyColumn[], everyHours: number, { cursor, nowUtcMs, signal }: ReadRequest): AsyncGenerator<SyncPage> {
  const at = listCursor(cursor, nowUtcMs, everyHours)
  if (at === null) return
  for await (const { results, page, token, isLast } of profilePages(api, at, null, signal)) {
    yield {
      writes: [{ kind: 'upsert', table: 'users', records: results.map((profile) => userRecord(profile, columns)) }],
      cursor: writeListCursor({ ...at, page, token, isDone: isLast }),
      done: isLast ? 1 : null,
      completeUntilUtcMs: isLast ? at.begunUtcMs : null,
    }
  }
}

/** Profiles hold whatever the product sent. What does not fit its column is null there, and stays among the properties. */
function userRecord({ $distinct_id, $properties = {} }: EngagePage['results'][number], columns: readonly PropertyColumn[]): SyncRecord {
  const properties: Record<string, unknown> = { ...$properties }
  const take = <T>(property: string, read: (value: unknown) => T | null): T | null => {
    const value = read($properties[property])
    if (value !== null) delete properties[property]
    return value
  }
  const parts = [textOf($properties['$first_name']), textOf($properties['$last_name'])].filter((part) => part !== null).join(' ')
  return {
    distinct_id: textOf($distinct_id),
    email: take('$email', textOf),
    name: take('$name', textOf) ?? (parts === '' ? null : parts),
    phone: take('$phone', textOf),
    country_code: take('$country_code', textOf),
    region: take('$region', textOf),
    city: take('$city', textOf),
    created_at: take('$created', instantOf),
    last_seen_at: take('$last_seen', instantOf),
    properties,
    ...valuesOf(columns, $properties),
  }
}

/** Text without a zone is UTC; numbers are seconds or milliseconds since 1970. */
function instantOf(value: unknown): number | null {
  return typeof value === 'number' ? exportedMs(value) : utcMsOfIso(value)
}
