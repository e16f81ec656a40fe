import type { ConnectorDeps } from '../contract.ts'
import { defineLandingConnector } from '../landing-contract.ts'
import type { OpenLanding } from '../landing-contract.ts'
import { LandedSource } from './landing/landed-source.ts'
import { DuckdbLanding } from './landing/landing.ts'
import type { LandingOptions } from './landing/open-file.ts'
import { landingOptions } from './options.ts'
import { LandingPlace } from './landing/place.ts'

/**
 * Synced tables in a database file `synced.duckdb` of the state folder; in memory where the folder's name is empty. Nothing is
 * touched before the first call.
 */
export function openLanding(name: string, options: LandingOptions, deps: ConnectorDeps): OpenLanding {
  const place = new LandingPlace(name, options, deps.stateFolder, deps.log)
  const source = new LandedSource(name, options, deps, place)
  return { landing: new DuckdbLanding(name, place, Date.now), source }
}

/** The embedded engine, for synced records. */
export default defineLandingConnector<LandingOptions>({ name: 'duckdb', options: landingOptions, paths: [], secrets: [], open: openLanding })
