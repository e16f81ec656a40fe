import type { ConnectorDeps, QuerySource, TableFeed } from '../contract.ts'
import { DuckdbSource } from './source.ts'

/** Far more than people record, for which one thread is enough. */
const MEMORY = '512MB'

/** Tables that the gateway keeps, in an engine of their own and in memory: a change is seen by the very next question. */
export function openFeed(name: string, feed: TableFeed, deps: ConnectorDeps): QuerySource {
  // Every question asks the feed whether it has changed, so that no look is ever too old.
  return new DuckdbSource(name, { feed, tables: [], memoryLimit: MEMORY, threads: 1, ttlSeconds: Infinity }, deps)
}
