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
  /** A cohort at a destination. */
  readonly activation_audiences: {
    readonly id: string
    readonly destination: string
    readonly cohort: string
    readonly entity: string
    /** Runs that found changes: their number is part of the ids of the changes. */
    readonly runs: number
  }
  /** Whom a destination was told of, and of whom it is to be told. Nobody is kept who left and whose leaving is acknowledged. */
  readonly activation_members: {
    readonly audience_id: string
    readonly member: string
    /** What the destination holds besides the pending change: `in`, `out`, or `unknown` where a change may or may not have arrived. */
    readonly told: string
    /** `entered` or `left`: not acknowledged yet. */
    readonly pending: string | null
    /** Of the run that found the pending change. */
    readonly number: number | null
    /** Why the destination did not take the pending change. */
    readonly reason: string | null
  }
  readonly activation_reports: {
    readonly id: string
    readonly destination: string
    readonly cohort: string
    readonly state: string
    /** The process that runs it. */
    readonly owner: string
    /** UTC ms; a process that lives moves it on. */
    readonly alive_until: number
    /** JSON. */
    readonly report: string
  }
  /** Who asked to be forgotten: keyed hashes of ids and e-mail addresses. */
  readonly forgotten: {
    readonly hash: string
    readonly created_at: string
  }
  /** What was read of sources, by day and shape. */
  readonly query_log: {
    readonly day: string
    /** Hash of the detail. */
    readonly shape: string
    /** Empty for the table itself. */
    readonly rollup: string
    /** JSON. */
    readonly detail: string
    readonly reads: number
    readonly rows: number | null
    readonly ms: number
    readonly last_ms: number
  }
  /** What statements were seen to find and to take. */
  readonly observed: {
    readonly key: string
    readonly asked: number
    readonly figure: number
    readonly last_ms: number
  }
  /** Counts the changes of what is read as a source. */
  readonly revisions: {
    readonly name: string
    readonly value: number
  }
}

export type StoreReader = Kysely<StoreTables>
export type StoreWriter = Transaction<StoreTables>
