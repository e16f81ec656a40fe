import type { Kysely, Transaction } from 'kysely'

/** The store's own tables. Moments are ISO text in UTC, dates `YYYY-MM-DD`, amounts plain decimal text with every digit. */
export interface StoreTables {
  readonly recorded_amounts: {
    readonly id: string
    /** `cost` or `revenue`. */
    readonly kind: string
    readonly date: string
    readonly type: string
    readonly amount: string
    readonly currency: string
    /** Of revenue only. */
    readonly customer: string | null
    readonly channel: string | null
    readonly description: string | null
    readonly created_at: string
    readonly updated_at: string
  }
  /** Requests that came with a key of the client's, and what they were answered. */
  readonly answered_requests: {
    readonly scope: string
    readonly key: string
    readonly fingerprint: string
    readonly answer: string
    readonly created_at: string
  }
  readonly saved_cohorts: {
    readonly id: string
    readonly name: string
    /** The name as comparisons see it: two names that differ in case only are one. */
    readonly folded_name: string
    readonly description: string | null
    readonly entity: string
    /** A predicate as JSON; null for an uploaded list. */
    readonly definition: string | null
    /** Hash of an uploaded list's members; null for a definition. */
    readonly list_version: string | null
    readonly list_size: number | null
    readonly created_at: string
    readonly updated_at: string
  }
  readonly cohort_members: {
    readonly cohort_id: string
    readonly member: string
  }
  readonly api_keys: {
    readonly id: string
    readonly name: string
    readonly hash: string
    readonly created_at: string
    readonly expires_at: string | null
    readonly revoked_at: string | null
    readonly role: string
  }
  /** Counts the changes of what is read as a source. */
  readonly revisions: {
    readonly name: string
    readonly value: number
  }
}

export type StoreReader = Kysely<StoreTables>
export type StoreWriter = Transaction<StoreTables>
