import type { Predicate } from '../model/predicate.ts'

/** What one sync of a source is asked for. */
export interface SyncAsk {
  readonly source: string
  /** Reads every stream from the beginning. */
  readonly full: boolean
  /** UTC ms: reads again what is newer, from the beginning; rows that are older stay, and streams that no day cuts are left out. Not together with `full`. Absent or null: what the configuration says. */
  readonly sinceUtcMs?: number | null | undefined
  /** Names; null for all. */
  readonly streams: readonly string[] | null
}

/** A stream as it stands; times are UTC ms. */
export interface StreamStatus {
  readonly name: string
  readonly state: 'never' | 'running' | 'whole' | 'partial' | 'failed'
  /** 0 to 1 while it runs; null where the tool does not tell. */
  readonly done: number | null
  /** Rows in its tables. */
  readonly rows: number
  /** Records in quarantine. */
  readonly quarantined: number
  readonly lastCommitUtcMs: number | null
  readonly completeUntilUtcMs: number | null
  /** Of this run, or of the last one: records landed, rows removed. */
  readonly written: number
  readonly removed: number
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null
}

export interface SyncStatus {
  readonly source: string
  readonly connector: string
  readonly running: boolean
  readonly startedUtcMs: number | null
  readonly endedUtcMs: number | null
  readonly nextRunUtcMs: number | null
  /** The gateway that syncs, such as `host, process 4711`, where several land in one place and it is another one; null where it is this one, or nobody now. */
  readonly syncedBy: string | null
  readonly streams: readonly StreamStatus[]
}

/** Syncs as clients and the command line see them. */
export interface Syncs {
  /** In the order of the configuration. */
  status(): Promise<readonly SyncStatus[]>
  /**
   * Starts a sync and resolves once it has begun.
   *
   * @throws KpiqlError `SYNC_UNKNOWN` for a source or stream that is not there, `SYNC_RUNNING` while the source is being synced, `USAGE` for `full` together with `sinceUtcMs`.
   */
  start(ask: SyncAsk): Promise<SyncStatus>
  /** Resolves with the last status once the source's sync has ended; at once where none runs. */
  settled(source: string): Promise<SyncStatus>
}

export interface ActivationAsk {
  /** Names the membership at the destination. */
  readonly cohort: { readonly name: string; readonly entity: string; readonly predicate: Predicate }
  readonly destination: string
  /** Tells what would be sent and sends nothing. */
  readonly dryRun: boolean
}

export interface ActivationReport {
  readonly id: string
  readonly cohort: string
  readonly destination: string
  readonly dryRun: boolean
  readonly state: 'running' | 'done' | 'failed' | 'interrupted'
  /** Members now. */
  readonly members: number
  readonly entered: number
  readonly left: number
  readonly sent: number
  /** Changes that the destination did not take, at most 100 of them listed. */
  readonly refused: number
  readonly refusals: readonly { readonly member: string; readonly reason: string }[]
  /** Members without what the destination knows them by. */
  readonly unaddressed: number
  readonly startedUtcMs: number
  readonly endedUtcMs: number | null
  readonly error: { readonly code: string; readonly message: string } | null
}

export interface Activations {
  destinations(): readonly { readonly name: string; readonly connector: string }[]
  /**
   * Looks at the membership now, and sends what changed since the last run. Runs to its end whoever waits.
   *
   * @returns The report when it is over, or as it stands after `waitMs`.
   * @throws KpiqlError `DESTINATION_UNKNOWN`, `ACTIVATION_INVALID`, `ACTIVATION_RUNNING` for the same cohort and destination; failures on the way are in the report.
   */
  activate(ask: ActivationAsk, waitMs: number): Promise<ActivationReport>
  /** Newest first. */
  reports(first: number): Promise<readonly ActivationReport[]>
}

/** How often tools disagree on who is who. */
export interface IdentityStatus {
  readonly entity: string
  /** People found over all tools. */
  readonly people: number
  readonly sources: readonly { readonly source: string; readonly table: string; readonly rows: number; readonly linked: number; readonly unlinked: number }[]
  /** Rows whose keys point to different people: left apart, not merged. */
  readonly conflicts: number
  readonly examples: readonly string[]
  readonly resolvedUtcMs: number | null
}

/** What runs beside questions; each part is null where the configuration has none. */
export interface Jobs {
  readonly syncs: Syncs | null
  readonly activations: Activations | null
  identities(): Promise<readonly IdentityStatus[]>
}
