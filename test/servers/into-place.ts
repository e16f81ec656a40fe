import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import type { ConnectorDeps } from '../../connectors/contract.ts'
import type { OpenLanding } from '../../connectors/landing-contract.ts'
import { roster } from '../../connectors/roster.ts'
import type { Roster } from '../../src/cli/roster.ts'
import { silentLog } from '../../src/base/log.ts'
import { askClickhouse } from './clickhouse.ts'
import { makePlace } from './postgres-place.ts'

/** Where the tools of a test's gateways land: in the embedded engine, or in the server of the project. */
export const LANDING_ENGINE = process.env['KPIQL_TEST_ENGINE'] ?? 'duckdb'

export interface IntoPlace {
  /** `sync.into` of a configuration; null for the embedded engine. */
  readonly into: Readonly<Record<string, unknown>> | null
  /** Runs SQL in the place, past the gateway. @returns each row as JSON. @throws for the embedded engine. */
  own(sql: string): Promise<readonly string[]>
  remove(): Promise<void>
}

/** A place that nobody else has; nothing is made before it is used. */
export function intoPlace(): IntoPlace {
  if (LANDING_ENGINE === 'duckdb') return { into: null, own: () => Promise.reject(new Error('The embedded engine is the gateway’s own.')), remove: () => Promise.resolve() }
  const server = inject('server')
  if (server === null) throw new Error(`There is no server of ${LANDING_ENGINE} to test on.`)
  const { host, port, user, password } = server
  const place = `into_${randomBytes(4).toString('hex')}`
  if (LANDING_ENGINE === 'clickhouse') {
    return {
      into: { connector: 'clickhouse', url: `http://${host}:${port}`, user, password, landingDatabase: place, connectTimeoutMs: 120_000, statementTimeoutMs: 120_000 },
      own: async (sql) => (await askClickhouse(server, `${sql} FORMAT JSONEachRow`, place)).split('\n').filter((line) => line !== ''),
      remove: async () => void (await askClickhouse(server, `DROP DATABASE IF EXISTS ${place} SYNC`)),
    }
  }
  const owned = async (sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const owner = await makePlace('')
    try {
      return await owner.own(sql)
    } finally {
      await owner.remove()
    }
  }
  return {
    into: { connector: 'postgres', host, port, user, password, database: 'postgres', landingSchema: place },
    own: async (sql) => (await owned(`SET search_path = ${place}; ${sql}`)).map((row) => JSON.stringify(row)),
    remove: async () => void (await owned(`DROP SCHEMA IF EXISTS ${place} CASCADE`)),
  }
}

/** The landing of a place, without a gateway; in memory for the embedded engine. */
export async function openInto({ into }: IntoPlace): Promise<OpenLanding> {
  const { connector, ...options } = into ?? { connector: 'duckdb' }
  const places: Roster = roster
  const loaded = await places[String(connector)]?.loadLanding?.()
  if (loaded === undefined) throw new Error(`Nothing lands in ${String(connector)}.`)
  const deps: ConnectorDeps = { log: silentLog, stateFolder: '' }
  return loaded.open('landed', loaded.options.parse(options), deps)
}
