import type { DatabaseSync } from 'node:sqlite'
import { storeError } from './store-error.ts'
import type { StoreTables } from './tables.ts'

/** What tells one cohort from another: its content, which may be long, never changes while it has its id. */
export type CohortRow = Omit<StoreTables['saved_cohorts'], 'folded_name' | 'definition'>

/** Reads single cohorts as they are committed now; some microseconds a row, some milliseconds a list of 100,000 ids. */
export interface CohortRows {
  row(id: string): CohortRow | undefined
  /** JSON; null for a list, and for one that is gone. */
  definition(id: string): string | null
  /** In the order of their characters; empty for a definition. */
  members(id: string): readonly string[]
}

export function cohortRows(database: DatabaseSync): CohortRows {
  const row = database.prepare('SELECT id, name, description, entity, list_version, list_size, created_at, updated_at FROM saved_cohorts WHERE id = ?')
  const definition = database.prepare('SELECT definition FROM saved_cohorts WHERE id = ?')
  // One text instead of a row an id: an object each would take several times as long.
  const members = database.prepare('SELECT json_group_array(member) AS ids FROM (SELECT member FROM cohort_members WHERE cohort_id = ? ORDER BY member)')
  const translated = <Result>(read: () => Result): Result => {
    try {
      return read()
    } catch (error) {
      throw storeError(error)
    }
  }
  return {
    row: (id) => translated(() => row.get(id) as CohortRow | undefined),
    definition: (id) => translated(() => (definition.get(id)?.['definition'] ?? null) as string | null),
    members: (id) => translated(() => JSON.parse(String(members.get(id)?.['ids'] ?? '[]')) as string[]),
  }
}
