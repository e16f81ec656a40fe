import type { OpenLanding } from '../../connectors/landing-contract.ts'
import type { Log } from '../base/log.ts'
import type { Telemetry } from '../base/telemetry.ts'
import { guardOptions } from '../sources/guard-options.ts'
import { guardSource } from '../sources/guard-source.ts'
import type { ConnectorConfig } from './config/parse-config.ts'
import { openSyncs } from './open-tool-jobs.ts'
import type { ToolJobs } from './open-tool-jobs.ts'
import { landingOf, openLanding, sinceOf } from './open-tools.ts'
import type { OpenSource } from './open-gateway.ts'
import { LANDED_SOURCE } from './own-sources.ts'
import type { Setup } from './read-setup.ts'
import { sourceIdentity } from './shared-state.ts'
import type { LazyStore } from '../store/lazy-store.ts'
import type { World } from './world.ts'

const WHEN_MISSING = 'It is there once its tool was synced: kpiql sync, or the mutation `sync`.'

/** What a gateway has of synced tools. */
export interface GatewayTools {
  readonly opened: OpenLanding
  /** Where the records land, as a source of the model. */
  readonly source: OpenSource
  readonly syncs: ToolJobs
  /** Equal keys mean that the syncs can go on as they are. */
  readonly key: string
}

/**
 * Opens the landing and the tools of a setup; null where nothing is synced. What did not change is taken over from the gateway
 * before; a landing is opened once only, since it has one writer.
 */
export async function openGatewayTools(setup: Setup, store: LazyStore, world: World, log: Log, previous: GatewayTools | null, isShared: boolean, telemetry: Telemetry): Promise<GatewayTools | null> {
  const { config: { synced, sync, identity } } = setup
  if (synced.size === 0) return null
  const landing = landingOf(setup)
  const landingKey = JSON.stringify([landing, setup.landingFolder])
  const kept = previous?.source.key === landingKey ? previous : null
  const ownLog = log.child({ source: LANDED_SOURCE })
  const opened = kept?.opened ?? (await openLanding(setup, world, { log: ownLog }))
  const source = { ...(kept?.source ?? { source: guardSource(opened.source, guardOptions.parse({}), { telemetry, log: ownLog }), connector: landing.connector, nowUtcMs: null, key: landingKey, stateFolder: '', sharedAs: await identityOf(setup.config.landing, isShared), whenMissing: WHEN_MISSING }), wantedFromUtcMs: wantedFrom(synced) }
  const key = JSON.stringify([landingKey, [...synced], sync, identity, store.file])
  if (kept?.key === key) return kept
  const syncs = await openSyncs(setup, opened, store, world, log)
  return { opened, source, syncs, key }
}

/** Tables of a source are called `<source>_<table>`; of sources whose names begin alike the longer one is meant. */
export function wantedFrom(synced: Setup['config']['synced']): (table: string) => number | null {
  const longest = [...synced].toSorted(([one], [other]) => other.length - one.length)
  return (table) => sinceOf(longest.find(([name]) => table.startsWith(`${name}_`))?.[1].sync)
}

/** The embedded engine is this instance's own. */
async function identityOf(landing: ConnectorConfig | null, isShared: boolean): Promise<string | null> {
  return landing === null || !isShared ? null : sourceIdentity(landing.connector, landing.options)
}

/** Stops the syncs of a gateway that the one after it does not use. Its landing is closed as its source is. */
export async function closeUnusedTools(previous: GatewayTools | null, next: GatewayTools | null): Promise<void> {
  if (previous !== null && previous.syncs !== next?.syncs) await previous.syncs.close()
}
