import { join } from 'node:path'
import type { ConnectorDeps } from '../../connectors/contract.ts'
import type { OpenLanding } from '../../connectors/landing-contract.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { SyncedSource } from '../jobs/sync/types.ts'
import type { ConnectorConfig } from './config/parse-config.ts'
import { LANDED_SOURCE } from './own-sources.ts'
import type { Setup } from './read-setup.ts'
import { toolDeps } from './tool-deps.ts'
import type { World } from './world.ts'

const EMBEDDED: ConnectorConfig = { connector: 'duckdb', options: {} }

/** Where the records of synced tools land, by the configuration. Its file, where it has one, stays where it is whoever opens it: there is no second copy of what was synced. */
export function landingOf({ config }: Setup): ConnectorConfig {
  return config.landing ?? EMBEDDED
}

/** Opens the place where records land, and the source that answers from it. Nothing is touched before the first call. */
export async function openLanding(setup: Setup, world: World, deps: Omit<ConnectorDeps, 'stateFolder'>): Promise<OpenLanding> {
  const { connector, options } = landingOf(setup)
  const place = await world.roster[connector]?.loadLanding?.()
  if (place === undefined) throw new KpiqlError('CONFIG_INVALID', { message: `Synced records cannot land in "${connector}".` })
  return place.open(LANDED_SOURCE, place.options.parse(options), { ...deps, stateFolder: join(setup.landingFolder, 'synced') })
}

/** Opens the synced tools of the configuration, in its order. No network is touched. */
export async function openTools({ config: { synced, sync } }: Setup, world: World, log: Log): Promise<readonly SyncedSource[]> {
  return Promise.all(
    [...synced].map(async ([name, { connector, options, sync: own }]): Promise<SyncedSource> => {
      const loaded = await world.roster[connector]?.loadSync?.()
      if (loaded === undefined) throw new KpiqlError('CONFIG_INVALID', { message: `There is no connector "${connector}" to sync from.` })
      return {
        name,
        connector,
        source: loaded.open(name, loaded.options.parse(options), toolDeps(log.child({ source: name }))),
        settings: { sinceUtcMs: sinceOf(own), streams: own.streams ?? null, personal: own.personal, hashKey: sync.hashKey ?? null },
      }
    }),
  )
}

/** The day before which nothing of a tool is wanted, UTC ms; null where all is. */
export function sinceOf(sync: { readonly since?: string | undefined } | undefined): number | null {
  return sync?.since === undefined ? null : Date.parse(`${sync.since}T00:00:00Z`)
}
