import { defineLandingConnector, type LandingConnector } from '../landing-contract.ts'
import { LandedEngine, type LandedSign } from '../sql-kit/landed-engine.ts'
import { LandedSource } from '../sql-kit/landed-source.ts'
import { secretsOf } from '../sql-kit/options.ts'
import { RowSink } from '../sql-kit/row-sink.ts'
import { SqlSource } from '../sql-kit/sql-source.ts'
import { ClickhouseEngine } from './engine.ts'
import { ClickhouseLanding } from './landing.ts'
import { isNothingYet } from './landing-books.ts'
import { clickhouseLandingOptions, type ClickhouseLandingOptions } from './options.ts'

/**
 * Tables, and what changes with every block that is written and with every mutation, but not with merges: these drop versions of
 * rows that nobody is shown. Also from when on a table is complete that was never read to its end; one that only live events fill has no stream.
 */
const SIGNS = `
SELECT substring(t.name, 7) AS name,
  concat(toString(any(t.uuid)), ' ', toString(max(if(p.active = 1, p.max_block_number, 0))), ' ', toString(max(if(p.active = 1 AND p.data_version <> p.min_block_number, p.data_version, 0))), ifNull(any(k.backfill), '')) AS version,
  any(k.key) AS key
FROM system.tables AS t
JOIN (
  SELECT name, key, backfill FROM (SELECT name, key, source, stream FROM _kpiql_tables FINAL) AS named
  LEFT JOIN (
    SELECT source, stream, if(is_whole OR complete_until_utc_ms IS NOT NULL, '', concat(' ', ifNull(toString(backfilled_from_utc_ms), ''), ' ', ifNull(toString(backfilled_until_utc_ms), ''))) AS backfill
    FROM _kpiql_streams FINAL
  ) AS read ON read.source = named.source AND read.stream = ifNull(named.stream, '')
) AS k ON concat('_rows_', k.name) = t.name
LEFT JOIN (SELECT table, active, max_block_number, data_version, min_block_number FROM system.parts WHERE database = currentDatabase() AND active) AS p ON p.table = t.name
WHERE t.database = currentDatabase()
GROUP BY t.name`

/** A database of ClickHouse that synced records land in; the connection that reads cannot write. */
export const openLanding: LandingConnector<ClickhouseLandingOptions>['open'] = (name, options, deps) => {
  const engine = new ClickhouseEngine(name, { ...options, database: options.landingDatabase })
  const signs = async (signal: AbortSignal): Promise<ReadonlyMap<string, LandedSign>> => {
    const sink = new RowSink(['text', 'text', 'text'], Number.POSITIVE_INFINITY, name)
    try {
      await engine.run({ text: SIGNS, params: [], columns: ['text', 'text', 'text'] }, sink, { signal })
    } catch (error) {
      if (!isNothingYet(engine.translate(error))) throw error
    }
    const [names = [], versions = [], keys = []] = sink.columns
    return new Map(names.map((table, index) => [String(table), { version: String(versions[index]), key: JSON.parse(String(keys[index])) as string[] }]))
  }
  const source = new SqlSource(name, new LandedEngine(engine, signs), options, deps)
  const landing = new ClickhouseLanding(source, options)
  return { landing, source: new LandedSource(source, landing) }
}

/** ClickHouse, for synced records. */
export default defineLandingConnector<ClickhouseLandingOptions>({ name: 'clickhouse', options: clickhouseLandingOptions, paths: ['caFile'], secrets: secretsOf(clickhouseLandingOptions), open: openLanding })
