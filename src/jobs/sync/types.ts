import type { Landing } from '../../../connectors/landing-contract.ts'
import type { SyncSource } from '../../../connectors/sync-contract.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Syncs } from '../types.ts'

/** What becomes of columns that are marked personal. Columns of a key cannot be dropped: they are hashed. */
export type PersonalPolicy = 'keep' | 'hash' | 'drop'

export interface SyncSettings {
  /** UTC ms before which nothing is wanted; null for all that the tool has. */
  readonly sinceUtcMs: number | null
  /** Names; null for all. */
  readonly streams: readonly string[] | null
  /** One for all tables, or by the tool's own names of tables; those that are not named are kept. */
  readonly personal: PersonalPolicy | Readonly<Record<string, PersonalPolicy>>
  /** Of the HMAC that hashes; needed wherever something is hashed. */
  readonly hashKey: string | null
}

export interface SyncedSource {
  /** As in the configuration; its tables are `<name>_<table>`. */
  readonly name: string
  readonly connector: string
  readonly source: SyncSource
  readonly settings: SyncSettings
}

/** By what a record tells of whom it is about; values as text, before they are hashed. */
export interface Person {
  readonly source: string
  /** The tool's own name of the table. */
  readonly table: string
  readonly user: readonly string[]
  /** Of records that tell of no user. */
  readonly device: readonly string[]
  readonly email: readonly string[]
  /** When what the record tells happened, UTC ms; absent or null where it does not say. */
  readonly atUtcMs?: number | null | undefined
}

/** Who asked to be forgotten: their records do not land again, and others do not name them. */
export interface Forgotten {
  /** False where nobody asked, so that nothing needs to be looked up. */
  any(): boolean
  has(person: Person): boolean
  /**
   * What is of these users of a source and happened until then, or does not say when, does not land again; what they do later does.
   *
   * @throws KpiqlError `STORE_*`, `SOURCE_*`.
   */
  keepOutUntil(source: string, users: readonly string[], untilUtcMs: number): Promise<void>
  /** What stands for an id of theirs in rows that stay: the same for the same id, and from it nobody is known. Null for ids of others. */
  aliasOf(source: string, id: string): string | null
  /** A text without their e-mail addresses. */
  redacted(text: string): string
  /** Before something lands: takes in whom other gateways have forgotten. @throws KpiqlError `STORE_INVALID` where it could not recognise them; `STORE_*`, `SOURCE_*`. */
  prepare(): Promise<void>
}

/** When a commit is due: at the first of these. */
export interface CommitLimits {
  readonly records: number
  /** Of texts, roughly what a batch takes in memory. */
  readonly characters: number
  readonly ms: number
}

export interface SyncsDeps {
  /** In the order of the configuration. */
  readonly sources: readonly SyncedSource[]
  readonly landing: Landing
  readonly clock: Clock
  readonly log: Log
  readonly forgotten: Forgotten
  /** Absent: 20,000 records, 8 million characters, 5 s. */
  readonly limits?: CommitLimits | undefined
  /** UTC ms of a source's next run by schedule; null where it has none. */
  readonly nextRunUtcMs?: ((source: string) => number | null) | undefined
}

export interface WebhookRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** As it came, for its signature. */
  readonly body: Uint8Array
}

export interface SyncEngine extends Syncs {
  /** Stops a source's sync, and waits for its end; what was committed stays. */
  cancel(source: string): Promise<void>
  /**
   * Lands what a tool sent by itself; resolves once it is committed.
   *
   * @throws KpiqlError `SYNC_UNKNOWN` for a source that is not there or sends nothing, `WEBHOOK_REFUSED`, `WEBHOOK_INVALID`, `SOURCE_*`.
   */
  receive(source: string, request: WebhookRequest): Promise<{ readonly written: number; readonly quarantined: number }>
  /** Stops all syncs and waits for their ends; leaves the sources and the landing open. */
  close(): Promise<void>
}
