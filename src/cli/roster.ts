import type { ConnectorDeps, QueryConnector, QuerySource, TableFeed } from '../../connectors/contract.ts'

/** What the command line needs of one connector. Nothing of it is loaded before it is asked for. */
export interface RosterEntry {
  load(): Promise<QueryConnector<unknown>>
  /** Answers from tables that the gateway itself keeps; only an engine of our own process can. */
  openFeed?(): Promise<(name: string, feed: TableFeed, deps: ConnectorDeps) => QuerySource>
}

/** Every connector there is, by name. Generated from the folders under `connectors`. */
export type Roster = Readonly<Record<string, RosterEntry>>
