import type { DatabaseSync } from 'node:sqlite'
import { storeError } from './store-error.ts'
import type { StoreTables } from './tables.ts'

/** Reads single cohorts as they are committed now; some microseconds a row, some milliseconds a list of 100,000 ids. */
export interface CohortRows {
  row(id: string): StoreTables['saved_cohorts'] | undefined
  /** In the order of their characters; empty for a definition. */
  members(id: string): readonly string[]
}

export function cohortRows(database: DatabaseSync): CohortRows {
  const row = database.prepare('SELECT * FROM saved_cohorts WHERE id = ?')
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
    row: (id) => translated(() => row.get(id) as StoreTables['saved_cohorts'] | undefined),
    members: (id) => translated(() => JSON.parse(String(members.get(id)?.['ids'] ?? '[]')) as string[]),
  }
}
