import type { ReadRequest, Stream, SyncPage, SyncRecord } from '../sync-contract.ts'
import { utcMsOfIso } from '../sync-kit/instants.ts'
import { listCursor, writeListCursor } from '../sync-kit/list-cursor.ts'
import { valuesOf } from '../sync-kit/property-columns.ts'
import type { PropertyColumn } from '../sync-kit/property-columns.ts'
import { textOf } from './event-record.ts'
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

function userRecord({ $distinct_id, $properties = {} }: EngagePage['results'][number], columns: readonly PropertyColumn[]): SyncRecord {
  const { $email, $name, $first_name, $last_name, $phone, $country_code, $region, $city, $created, $last_seen, ...properties } = $properties
  const name = textOf($name) ?? [$first_name, $last_name].map(textOf).filter((part) => part !== null).join(' ')
  return {
    distinct_id: textOf($distinct_id),
    email: $email,
    name: name === '' ? null : name,
    phone: textOf($phone),
    country_code: $country_code,
    region: $region,
    city: $city,
    created_at: instantOf($created),
    last_seen_at: instantOf($last_seen),
    properties: { ...properties, ...($first_name === undefined ? {} : { $first_name }), ...($last_name === undefined ? {} : { $last_name }) },
    ...valuesOf(columns, $properties),
  }
}

/** Text without a zone is UTC; what is no time stays as it is, for the quarantine. */
function instantOf(value: unknown): unknown {
  return utcMsOfIso(value) ?? value
}
