import type { QueryOptions, QueryResult, Statement } from '../../connectors/contract.ts'
import { asKpiqlError } from './source-set.ts'
import type { ConnectedSource, SourceSet } from './source-set.ts'
import type { RequestStats } from './types.ts'

/** Runs a statement, counted in what the request cost and told to whoever measures the gateway. @throws whatever the source throws. */
export async function countedQuery(set: SourceSet, name: string, { source }: ConnectedSource, statement: Statement, options: QueryOptions, stats: RequestStats): Promise<QueryResult> {
  stats.scans += 1
  const fromMs = performance.now()
  try {
    const result = await source.query(statement, options)
    stats.engineMs += result.elapsedMs
    if (result.rowsRead === null) stats.rowsReadUnknown = true
    else stats.rowsRead += result.rowsRead
    set.telemetry.scanDone(name, performance.now() - fromMs, result.rowsRead, null)
    return result
  } catch (error) {
    set.telemetry.scanDone(name, performance.now() - fromMs, null, asKpiqlError(error, name).code)
    throw error
  }
}
