import type { SyncColumn, SyncColumnKind } from '../sync-contract.ts'

/** Columns of one kind, by their names. */
export function columnsOf(kind: SyncColumnKind, names: readonly string[], personal = false): readonly SyncColumn[] {
  return names.map((name) => ({ name, kind, ...(personal ? { personal } : {}) }))
}

