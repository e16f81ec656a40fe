import type { SyncRecord, TableWrite } from '../sync-contract.ts'

/** Rows of events, and of the users who did them, once each. */
export function writesOf(events: readonly SyncRecord[]): readonly TableWrite[] {
  const users = new Map<unknown, SyncRecord>()
  const userIds = new Map<string, SyncRecord>()
  for (const { amplitude_id, user_id, user_created_at } of events) {
    if (typeof amplitude_id !== 'number') continue
    users.set(amplitude_id, { amplitude_id, created_at: user_created_at })
    if (user_id !== null) userIds.set(`${amplitude_id} ${String(user_id)}`, { amplitude_id, user_id })
  }
  return [
    { kind: 'upsert', table: 'events', records: events },
    { kind: 'upsert', table: 'users', records: [...users.values()] },
    { kind: 'upsert', table: 'user_ids', records: [...userIds.values()] },
  ]
}
