import { defineLandingConnector } from '../landing-contract.ts'
import type { LandingConnector } from '../landing-contract.ts'
import { LandedEngine, type LandedSign } from '../sql-kit/landed-engine.ts'
import { LandedSource } from '../sql-kit/landed-source.ts'
import { secretsOf } from '../sql-kit/options.ts'
import { RowSink } from '../sql-kit/row-sink.ts'
import { SqlSource } from '../sql-kit/sql-source.ts'
import { addressOf } from './connection-string.ts'
import { PostgresEngine } from './engine.ts'
import { PostgresLanding } from './landing.ts'
import { postgresLandingOptions, type PostgresLandingOptions } from './options.ts'

/** Tables and their versions, of what is still there; a table that was made anew is another, and so is one that is complete from elsewhere on. */
const SIGNS = `
  SELECT t.name, c.oid || '/' || t.version || CASE WHEN s.is_whole OR s.complete_until_utc_ms IS NOT NULL THEN '' ELSE concat('/', s.backfilled_from_utc_ms, '/', s.backfilled_until_utc_ms) END, t.key
  FROM _kpiql_tables t JOIN pg_namespace n ON n.nspname = $1 JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.name
  LEFT JOIN _kpiql_streams s ON s.source = t.source AND s.stream = t.stream`

/** A schema of PostgreSQL that synced records land in; only the landing's own session writes. */
export const openLanding: LandingConnector<PostgresLandingOptions>['open'] = (name, options, deps) => {
  const schema = options.landingSchema
  const engine = new PostgresEngine(name, { ...options, schema })
  const signs = async (signal: AbortSignal): Promise<ReadonlyMap<string, LandedSign>> => {
    const sink = new RowSink(['text', 'text', 'text'], Number.POSITIVE_INFINITY, name)
    try {
      await engine.run({ text: SIGNS, params: [{ value: schema, type: 'text' }], columns: ['text', 'text', 'text'] }, sink, { signal })
    } catch (error) {
      // Nothing has landed yet.
      if (engine.translate(error).code !== 'TABLE_MISSING') throw error
    }
    const [names = [], versions = [], keys = []] = sink.columns
    return new Map(names.map((table, index) => [String(table), { version: String(versions[index]), key: JSON.parse(String(keys[index])) as string[] }]))
  }
  const source = new SqlSource(name, new LandedEngine(engine, signs), options, deps)
  const landing = new PostgresLanding(source, { ...options, source: name, schema, address: addressOf(options) })
  return { landing, source: new LandedSource(source, landing) }
}

/** PostgreSQL, for synced records. */
export default defineLandingConnector<PostgresLandingOptions>({ name: 'postgres', options: postgresLandingOptions, paths: ['caFile'], secrets: secretsOf(postgresLandingOptions), open: openLanding })
