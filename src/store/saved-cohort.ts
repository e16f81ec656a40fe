import type { Predicate } from '../model/predicate.ts'
import type { StoreTables } from './tables.ts'

/** A cohort that clients saved or uploaded, without its members. */
export interface SavedCohort {
  readonly id: string
  /** Different from all others, also where upper and lower case are alike. */
  readonly name: string
  readonly description: string | null
  readonly entity: string
  readonly kind: 'definition' | 'list'
  /** Ids of an uploaded list, whether or not the data knows them; null for a definition. */
  readonly listSize: number | null
  /** UTC, ISO text. */
  readonly createdAt: string
  readonly updatedAt: string
}

/** With who belongs, as questions take it: the definition, or the list with all its ids. */
export interface ResolvedCohort extends SavedCohort {
  readonly predicate: Predicate
}

export function toCohort({ id, name, description, entity, list_size, created_at, updated_at }: Omit<StoreTables['saved_cohorts'], 'folded_name' | 'definition' | 'list_version'>): SavedCohort {
  return { id, name, description, entity, kind: list_size === null ? 'definition' : 'list', listSize: list_size, createdAt: created_at, updatedAt: updated_at }
}
