import type { ActivationConnector } from '../../connectors/activation-contract.ts'
import type { ConnectorDeps, QueryConnector, QuerySource, TableFeed } from '../../connectors/contract.ts'
import type { LandingConnector } from '../../connectors/landing-contract.ts'
import type { SyncConnector } from '../../connectors/sync-contract.ts'

/** What the command line needs of one connector. Nothing of it is loaded before it is asked for. */
export interface RosterEntry {
  /** Answers where the data lives. */
  load?(): Promise<QueryConnector<unknown>>
  /** Reads a tool's records, which are landed before they are asked. */
  loadSync?(): Promise<SyncConnector<unknown>>
  /** Answers from tables that the gateway itself keeps; only an engine of our own process can. */
  openFeed?(): Promise<(name: string, feed: TableFeed, deps: ConnectorDeps) => QuerySource>
  /** Takes synced records and answers from them. */
  loadLanding?(): Promise<LandingConnector<unknown>>
  /** Takes the members of cohorts. */
  loadActivation?(): Promise<ActivationConnector<unknown>>
}

/** Every connector there is, by name. Generated from the folders under `connectors`. */
export type Roster = Readonly<Record<string, RosterEntry>>
